// Running the model for prediction, as fast as it can be once more than one prediction is asked for.
import Torch

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
        // Without normalisations a plan saves a conversion of the weights, which is nothing beside a batch.
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
    fileprivate var hasBatchNorms: Bool { namedModules().contains { $0.module is BatchNorm } }
}
