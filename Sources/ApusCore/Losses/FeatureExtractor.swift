// What a trained model sees in pictures: the outputs of some of its layers, and how their channels go together.
import Foundation
import Torch

/// Gives the outputs of some layers of a model that was trained, for losses that compare what it sees.
///
/// ```swift
/// let vgg = try Architecture.named("vgg16_bn").body(weights: .published)
/// let eye = try FeatureExtractor(vgg, layers: vgg.layersBeforeHalving())
/// print(eye(of: pictures).map(\.shape))
/// ```
/// The model is frozen and runs in evaluation mode, on the device of the pictures. Gradients go through it to the pictures.
// @unchecked: the model and its layers come from a caller, who cannot send both away. The model is one of its own, whose
// weights are not changed any more; the lock lets one run at a time change its mode, its device, its hooks and its plan.
public final class FeatureExtractor: @unchecked Sendable {
    private let model: Module
    private let layers: [Module]
    private let lock = NSLock()
    /// The model without its normalizations, which cost the time and the memory of maps as large as the convolutions'.
    private var plan: InferencePlan?
    private var isPlanned = true

    /// - Parameters:
    ///   - model: What sees the features, a model of its own.
    ///   - layers: Parts of the model.
    /// - Throws: ``TrainingError`` without layers, or for one that is no part of the model.
    public init(_ model: Module, layers: [Module]) throws {
        guard !layers.isEmpty else {
            throw TrainingError("There are no layers whose outputs are features; give one or more parts of the model.")
        }
        let parts = Set(model.namedModules().map { ObjectIdentifier($0.module) })
        if let place = layers.firstIndex(where: { !parts.contains(ObjectIdentifier($0)) }) {
            throw TrainingError(
                "Layer \(place) of those whose outputs are features, a \(type(of: layers[place])), is no part of the model; give "
                    + "parts of the model that sees them.")
        }
        (self.model, self.layers) = (model, layers)
        model.freeze()
        model.toChannelsLast()
        isPlanned = model.hasBatchNorms
    }

    /// The layers' outputs for a batch of pictures, in the layers' order.
    public func callAsFunction(of pictures: Tensor) -> [Tensor] {
        lock.withLock {
            if let device = model.parameters().first?.device, device != pictures.device {
                model.to(pictures.device)
                plan = nil
            }
            model.eval()
            makePlan(pictures)
            var stored = [Tensor](repeating: .undefined, count: layers.count)
            // For the run only: a hook that stays would keep the maps of the last batch.
            let hooks = layers.enumerated().map { place, layer in
                layer.registerForwardHook { _, _, output in
                    stored[place] = output
                    return nil
                }
            }
            defer { for hook in hooks { hook.remove() } }
            // The output of a layer that is looked at must be its own.
            if let plan, plan.isCurrent { _ = plan([pictures]) } else { _ = model(pictures) }
            if !torchHasFailed, let place = stored.firstIndex(where: { !$0.isDefined }) {
                TorchError(operation: "features", reason: "layer \(place) does not run for a picture; give another")
                    .report()
            }
            return stored
        }
    }

    /// Plans anew where there is no plan for the model as it is; not where hooks watch the layers.
    private func makePlan(_ pictures: Tensor) {
        if plan?.isCurrent == false { plan = nil }
        guard isPlanned, plan == nil, !torchHasFailed, pictures.isDefined, pictures.dim > 0, pictures.size(0) > 0
        else { return }
        plan = try? InferencePlan(
            model, example: [pictures.detached().narrow(dim: 0, start: 0, length: 1)], recordsGradients: true)
        if let plan { isPlanned = plan.isCurrent }
    }
}

/// How the channels of maps `[batch, channels, height, width]` go together, `[batch, channels, channels]`: the mean product
/// of each two over the places, divided by the number of channels. What they say of textures, without their places.
public func gramMatrix(_ maps: Tensor) -> Tensor {
    guard maps.isDefined, maps.dim >= 3 else { return maps }
    // In float32: the numbers are small, and so are their differences.
    let flat = maps.float().flatten(startDim: 2)
    let products = withAutocast(device: maps.device, enabled: false) { flat.bmm(flat.transpose(1, 2)) }
    return products / Double(flat.size(1) * flat.size(2))
}
