// Distillation: a small model learns from a large one's opinions as well as from the labels.
import Torch

/// Mixes the loss with how far the model's softened probabilities are from a teacher's (Hinton, Vinyals and Dean 2015).
///
/// The loss of a training batch becomes `(1 - weight) * loss + weight * temperature² * KL(teacher ‖ student)`, the
/// probabilities being those of logits `[batch, classes]` divided by `temperature`; validation keeps the plain loss. The
/// teacher is moved to the trainer's device, runs in evaluation mode and learns nothing.
///
/// ```swift
/// learner.add(Distillation(teacher: large.model))
/// ```
public final class Distillation: Callback {
    /// The model to learn from.
    public let teacher: Module
    /// How much probabilities are softened; 1 leaves them as they are.
    public let temperature: Double
    /// The teacher's part of the loss, from 0 to 1.
    public let weight: Double

    public init(teacher: Module, temperature: Double = 2, weight: Double = 0.5) {
        self.teacher = teacher
        self.temperature = temperature
        self.weight = weight
    }

    public override var order: Int { -20 }
    public override var settings: String? {
        "temperature \(temperature), weight \(weight), teacher \(Fingerprint(of: teacher))"
    }
    public override var needsStandardStep: Bool { true }
    public override var runsInValidation: Bool { false }
    public override var isSingle: Bool { true }

    public override func beforeFit(_ trainer: Trainer) throws {
        guard temperature > 0, (0...1).contains(weight) else {
            throw TrainingError(
                "A distillation with temperature \(temperature) and weight \(weight) is not possible; give a "
                    + "temperature above 0 and a weight of 0 to 1.")
        }
        guard teacher !== trainer.model else {
            throw TrainingError("A model cannot be its own teacher; give another one.")
        }
        teacher.to(trainer.device)
        teacher.eval()
    }

    public override func afterLoss(_ trainer: Trainer) throws {
        let opinion = withoutGradients { trainer.inPrecision { teacher(trainer.inputs) } }
        guard opinion.shape == trainer.output.shape else {
            throw TrainingError(
                "The teacher puts out \(opinion.shape), the student \(trainer.output.shape); both must know the same "
                    + "classes.")
        }
        let student = (trainer.output.float() / temperature).logSoftmax(dim: 1)
        let goal = (opinion.float() / temperature).softmax(dim: 1)
        // The mean over the items of the sum over the classes.
        let distance = student.klDiv(goal, reduction: .sum) / Double(opinion.size(0))
        trainer.batchLoss = trainer.batchLoss * (1 - weight) + distance * (weight * temperature * temperature)
    }
}
