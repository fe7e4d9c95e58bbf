// A loss that knows its activation and how an output is decoded.
import Foundation
import Torch

/// A loss together with what turns the model's raw output into probabilities and decisions.
///
/// The losses of the field are static members: ``crossEntropy(dim:labelSmoothing:weights:ignoring:)``,
/// ``binaryCrossEntropyWithLogits(threshold:posWeight:)``, ``mse``, ``l1``, ``smoothL1(beta:)``,
/// ``focal(gamma:dim:weights:ignoring:)``, ``dice(smooth:squareInUnion:averages:)``,
/// ``features(of:layers:weights:base:gramWeight:)`` for pictures, and ``combined(_:)`` for several targets. One's own takes
/// a few closures:
///
/// ```swift
/// let huber = Loss(
///     name: "huber", function: { output, targets in output.huberLoss(targets[0]) },
///     perItem: { output, targets in output.huberLoss(targets[0], reduction: .none).mean(dim: 1) })
/// ```
public struct Loss: Sendable {
    /// The name that messages and exported models show.
    public let name: String
    /// The mean loss of a batch from the model's raw output and the targets.
    public let function: @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    /// The loss of each item, `[batch]`.
    public let perItem: @Sendable (_ output: Tensor, _ targets: [Tensor]) -> Tensor
    /// From the raw output to what a prediction reads, such as probabilities.
    public let activation: Activation
    /// From what `activation` gives to decisions, such as class indices; means over several models are decided so too.
    public let decision: Decision
    /// The settings that the loss was made with, as text; a run is resumed with the same only.
    public internal(set) var settings = ""
    /// The kinds of target that the loss compares with; nil for any.
    public let targetKinds: Set<ElementKind>?
    /// The names of the parts that add up to the loss, each shown as a column `valid_NAME`; empty for a loss of one.
    public let partNames: [String]
    /// What has parameters of its own, by the name that saved runs show; most losses have nothing.
    var modules: [LossModule] = []
    private let parts: @Sendable (_ output: Tensor, _ targets: [Tensor]) -> [Tensor]

    /// - Parameters:
    ///   - activation: What predictions read from the raw output; the output as it is by default. A closure of one's own
    ///     is `.custom { ... }`, and the exported model is then loaded with this loss.
    ///   - decision: How activated outputs become decisions; what the target's block decides by default.
    ///   - targetKinds: The kinds of target that the loss compares with; any by default.
    public init(
        name: String, function: @escaping @Sendable (Tensor, [Tensor]) -> Tensor,
        perItem: @escaping @Sendable (Tensor, [Tensor]) -> Tensor,
        activation: Activation = .identity, decision: Decision = .ofTarget(otherwise: .identity),
        targetKinds: Set<ElementKind>? = nil
    ) {
        self.name = name
        self.function = function
        self.perItem = perItem
        self.activation = activation
        self.decision = decision
        self.targetKinds = targetKinds
        partNames = []
        parts = { _, _ in [] }
    }

    /// A loss that is the sum of parts, each of which the validation shows as a column of its own.
    ///
    /// ```swift
    /// let loss = Loss(
    ///     name: "features", partNames: ["pixel", "style"],
    ///     parts: { output, targets in [output.l1Loss(targets[0]), 5 * styleLoss(output, targets[0])] },
    ///     perItem: { output, targets in output.l1Loss(targets[0], reduction: .none).mean(dims: [1, 2, 3]) })
    /// ```
    /// - Parameters:
    ///   - partNames: The names of the parts; the columns are `valid_pixel` and `valid_style` here.
    ///   - parts: The part of each name, a tensor without dimensions; computed once for a batch.
    public init(
        name: String, partNames: [String], parts: @escaping @Sendable (Tensor, [Tensor]) -> [Tensor],
        perItem: @escaping @Sendable (Tensor, [Tensor]) -> Tensor,
        activation: Activation = .identity, decision: Decision = .ofTarget(otherwise: .identity),
        targetKinds: Set<ElementKind>? = nil
    ) {
        self.name = name
        function = { output, targets in sum(parts(output, targets)) }
        self.perItem = perItem
        self.activation = activation
        self.decision = decision
        self.targetKinds = targetKinds
        self.partNames = partNames
        self.parts = parts
    }

    /// A loss with parameters of its own, such as the centers of classes: they learn with the model's last parameter group and
    /// are part of saved runs and checkpoints. An exported model, which needs no loss, is without them.
    ///
    /// The loss of a batch is the mean over its items.
    ///
    /// ```swift
    /// final class Scale: Module {
    ///     @Parameter var logVariance = Tensor.zeros(1)
    /// }
    /// let loss = Loss(name: "gaussian", module: Scale()) { scale, output, targets in
    ///     ((output - targets[0]).square() / scale.logVariance.exp() + scale.logVariance).mean(dim: 1)
    /// }
    /// ```
    /// - Parameters:
    ///   - module: What has the parameters; one trainer's alone, on whose device it lives.
    ///   - perItem: The loss of each item, `[batch]`.
    public init<Parameters: Module>(
        name: String, module: Parameters, activation: Activation = .identity,
        decision: Decision = .ofTarget(otherwise: .identity), targetKinds: Set<ElementKind>? = nil,
        perItem: @escaping @Sendable (_ module: Parameters, _ output: Tensor, _ targets: [Tensor]) -> Tensor
    ) {
        let held = LossModule(name: "loss", module)
        let losses: @Sendable (Tensor, [Tensor]) -> Tensor = { output, targets in
            held.run { (module: Parameters) in perItem(module, output, targets) }
        }
        self.init(
            name: name, function: { losses($0, $1).mean() }, perItem: losses, activation: activation,
            decision: decision,
            targetKinds: targetKinds)
        modules = [held]
    }

    /// A tensor among the settings of a loss.
    static func text(_ tensor: Tensor?) -> String {
        tensor.map { "\($0.detached().to(.cpu).to(.float64).flatten().array(of: Double.self))" } ?? "none"
    }

    /// The same loss, which says with what settings it was made.
    func with(settings: String) -> Loss {
        var loss = self
        loss.settings = settings
        return loss
    }

    /// The titles of the parts' columns.
    var partTitles: [String] { partNames.map { "valid_\($0)" } }

    /// The loss of a batch with its parts, which are computed once.
    func evaluate(_ output: Tensor, _ targets: [Tensor]) -> (loss: Tensor, parts: [Tensor]) {
        if partNames.isEmpty { return (function(output, targets), []) }
        let values = parts(output, targets)
        guard values.count == partNames.count else {
            TorchError(
                operation: name, reason: "the loss names \(partNames.count) parts and gave \(values.count)"
            ).report()
            return (.undefined, [])
        }
        return (sum(values), values.map { $0.detached() })
    }
}

/// A module that belongs to a loss.
// @unchecked: a trainer reads and changes the module beside the loss, so that no Mutex can own it. The lock lets one
// computation at a time use it, and its one trainer changes it between computations.
final class LossModule: @unchecked Sendable {
    let name: String
    let module: Module
    private let lock: NSLock

    init(name: String, _ module: Module, lock: NSLock = NSLock()) {
        (self.name, self.module, self.lock) = (name, module, lock)
    }

    func run<Parameters: Module>(_ body: (Parameters) -> Tensor) -> Tensor {
        lock.withLock { (module as? Parameters).map(body) ?? .undefined }
    }

    /// The same module under another name.
    func named(_ name: String) -> LossModule { LossModule(name: name, module, lock: lock) }
}

private func sum(_ tensors: [Tensor]) -> Tensor {
    guard let first = tensors.first else { return .undefined }
    return tensors.dropFirst().reduce(first, +)
}
