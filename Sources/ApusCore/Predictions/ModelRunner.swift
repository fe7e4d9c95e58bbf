// Running the model for prediction, as fast as it can be once more than one prediction is asked for.
import Foundation
import Synchronization
import Torch

/// A model that is run for predictions, one call at a time.
///
/// A layer may keep what belongs to a call (the feature maps that a U-Net joins, the weights of a plan), so that calls from
/// several tasks wait for each other. What is around a call is as before: the mode of each layer, and during a fit the
/// random numbers.
// @unchecked: a learner trains the same model, so that no Mutex can own it. Predictors use it behind the lock, and a
// learner's is for other tasks only while the learner does not train, as `Learner.predictor` says.
final class ModelRunner: @unchecked Sendable {
    let model: Module
    /// Up to how many items of a batch the model runs on one thread.
    let singleThreadBatchSize: Int
    private let inference: InferenceRunner
    private let lock = NSRecursiveLock()
    /// The modules that carry state from batch to batch, which a prediction begins without and leaves as it was.
    private lazy var stateful = model.namedModules().compactMap { $0.module as? any StatefulModule }
    /// The layer that was tapped last.
    private var tapped: (name: String, module: Module)?
    /// The devices whose random numbers a call leaves as they are: those of a fit that is running.
    private let fitting: @Sendable () -> [Device]

    init(
        _ model: Module, inference: InferenceRunner = InferenceRunner(), singleThreadBatchSize: Int,
        fitting: @escaping @Sendable () -> [Device] = { [] }
    ) {
        (self.model, self.inference, self.fitting) = (model, inference, fitting)
        self.singleThreadBatchSize = singleThreadBatchSize
    }

    /// The model's raw output for the inputs of a batch.
    ///
    /// - Parameters:
    ///   - isPass: Whether the batch is one of a pass over many items.
    ///   - tapping: The name of a layer whose first input is given, too.
    ///   - own: What runs the model instead of the usual one, whose plan stays as it is.
    func output(
        for inputs: [Tensor], precision: Precision, device: Device, isPass: Bool, tapping layer: String? = nil,
        by own: InferenceRunner? = nil
    ) -> (output: Tensor, features: Tensor?) {
        withModel { model in
            var seen: Tensor?
            let hook = layer.flatMap { self.layer($0) }?.registerForwardPreHook { _, inputs in
                seen = inputs.first
                return nil
            }
            defer { hook?.remove() }
            let output = (own ?? inference).output(
                of: model, for: inputs, precision: precision, device: device, isPass: isPass)
            return (output, seen)
        }
    }

    /// A layer of the model by its name.
    private func layer(_ name: String) -> Module? {
        if let tapped, tapped.name == name { return tapped.module }
        let found = model.namedModules().first { $0.name == name }?.module
        tapped = found.map { (name, $0) }
        return found
    }

    /// The name of the linear layer that is run last of those that read a row of numbers for each item.
    func lastLinearLayer(for inputs: [Tensor], precision: Precision, device: Device) -> String? {
        withModel { model in
            let count = inputs.first?.size(0) ?? 0
            var last: String?
            let hooks = model.namedModules().filter { $0.module is Linear }.map { name, module in
                module.registerForwardPreHook { _, inputs in
                    if let input = inputs.first, input.dim > 1, input.size(0) == count { last = name }
                    return nil
                }
            }
            defer { for hook in hooks { hook.remove() } }
            _ = withoutGradients {
                InferenceRunner().output(
                    of: model, for: inputs, precision: precision, device: device, isPass: false)
            }
            return last
        }
    }

    /// Runs `body` with the model in evaluation mode while no other task runs it.
    func withModel<Result>(_ body: (Module) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        let modes =
            model.isTraining ? model.namedModules().map { (module: $0.module, isTraining: $0.module.isTraining) } : []
        if model.isTraining { model.eval() }
        let carried = stateful.map { (module: $0, state: $0.carriedState) }
        for (module, _) in carried { module.carriedState = [] }
        let random = fitting().map { (device: $0, state: Generator.globalState(device: $0).clone()) }
        defer {
            for (module, isTraining) in modes where module.isTraining != isTraining { module.restoreMode(isTraining) }
            for (module, state) in carried { module.carriedState = state }
            for (device, state) in random { Generator.setGlobalState(state, device: device) }
        }
        return try body(model)
    }

    /// Runs `body` on one thread where batches of a size are too little work for several.
    func onFewThreads<Result>(_ batchSize: Int, _ body: () throws -> Result) rethrows -> Result {
        let threads = Machine.threadCount
        if batchSize <= singleThreadBatchSize, threads != 1 { Machine.threadCount = 1 }
        defer { if Machine.threadCount != threads { Machine.threadCount = threads } }
        return try body()
    }
}

/// Runs a model for prediction with an ``InferencePlan``, as long as the model stays as it is.
///
/// Of single predictions the first runs the model itself, so that it is there soon; a pass over many items has a plan from
/// its start, so that it treats all of them alike.
final class InferenceRunner {
    private(set) var plan: InferencePlan?
    private var plannedPrecision = Precision.float32
    private var hasRun = false
    private var isPlanned = true

    /// - Parameter isPass: Whether the inputs are those of a pass over many items.
    func output(
        of model: Module, for inputs: [Tensor], precision: Precision, device: Device, isPass: Bool = false
    ) -> Tensor {
        if let plan, !plan.isCurrent || plannedPrecision != precision { forget() }
        // Without normalizations a plan saves a conversion of the weights, which is nothing beside a batch.
        if hasRun || (isPass && model.hasBatchNorms), isPlanned, plan == nil, !torchHasFailed {
            // Where no plan can be made, or hooks watch the layers, the model runs as it is. One item is example enough.
            let example = inputs.map { $0.dim > 0 && $0.size(0) > 1 ? $0.narrow(dim: 0, start: 0, length: 1) : $0 }
            plan = try? InferencePlan(model, example: example, dtype: precision.dtype ?? .float32)
            plannedPrecision = precision
            isPlanned = plan?.isCurrent ?? false
            if !isPlanned { plan = nil }
        }
        if !isPass { hasRun = true }
        func run() -> Tensor { plan?(inputs) ?? model(inputs) }
        guard let dtype = precision.dtype else { return run() }
        return withAutocast(dtype, device: device, run)
    }

    /// Forgets the plan with its copies of the weights, which training makes stale.
    func forget() {
        plan = nil
        hasRun = false
    }
}

extension Module {
    var hasBatchNorms: Bool { namedModules().contains { $0.module is BatchNorm } }
}

/// The devices from which a fit that is running draws random numbers; none while no fit runs.
final class FittingDevices: Sendable {
    private let state = Mutex<[Device]>([])

    var devices: [Device] { state.withLock { $0 } }
    func note(_ devices: [Device]) { state.withLock { $0 = devices } }
}
