// Running the model for prediction, as fast as it can be once more than one prediction is asked for.
import Torch

/// Runs a model for prediction. The first call runs the model itself; from the second on, an ``InferencePlan`` does,
/// as long as the model stays as it is.
final class InferenceRunner {
    private var plan: InferencePlan?
    private var plannedPrecision = Precision.float32
    private var hasRun = false
    private var isPlanned = true

    func output(of model: Module, for inputs: [Tensor], precision: Precision, device: Device) -> Tensor {
        if let plan, !plan.isCurrent || plannedPrecision != precision {
            self.plan = nil
            hasRun = false
        }
        if hasRun, isPlanned, plan == nil, !torchHasFailed {
            // Where no plan can be made, or hooks watch the layers, the model runs as it is.
            plan = try? InferencePlan(model, example: inputs, dtype: precision == .bfloat16 ? .bfloat16 : .float32)
            plannedPrecision = precision
            isPlanned = plan?.isCurrent ?? false
            if !isPlanned { plan = nil }
        }
        hasRun = true
        func run() -> Tensor { plan?(inputs) ?? model(inputs) }
        return precision == .bfloat16 ? withAutocast(.bfloat16, device: device, run) : run()
    }
}
