// Losses and their gradients against PyTorch's.
import Testing
import Torch

@Suite("Losses")
struct LossTests {
    private static let cases = fixtures("losses.json", count: 79)
    /// What PyTorch itself puts together from operators in Python; here it belongs to the losses of the modules.
    private static let composed: Set = ["gaussian_nll_loss", "multilabel_soft_margin_loss"]

    @Test(
        "gives PyTorch's value and gradients",
        arguments: cases.keys.filter {
            !composed.contains(cases[$0]!.function) && cases[$0]!.argument("reduction")?.string != "batchmean"
        }.sorted())
    func loss(name: String) throws {
        let fixture = Self.cases[name]!
        let gradients = fixture.json["gradients"]
        var inputs: [String: Tensor] = [:]
        for name in ["input", "input1", "input2", "target", "anchor", "positive", "negative", "log_probs", "targets"] {
            guard let input = fixture.optionalInput(name) else { continue }
            inputs[name] = input.requiringGradient(gradients?[name] != nil)
        }
        let loss = try withTorchErrors { try Self.loss(fixture, inputs) }
        expectClose(loss, fixture.outputs[0], rtol: 1e-5, atol: 1e-6)
        probe(loss).backward()
        for (name, input) in inputs {
            guard let expected = gradients?[name]?.tensor else { continue }
            expectClose(try #require(input.grad), expected, rtol: 1e-4, atol: 1e-6, "the gradient of \(name)")
        }
    }

    private static func loss(_ fixture: Fixture, _ inputs: [String: Tensor]) throws -> Tensor {
        let reduction: Reduction =
            switch fixture.argument("reduction")?.string {
            case "none": .none
            case "sum": .sum
            default: .mean
            }
        func argument(_ name: String, _ standard: Double) -> Double { fixture.argument(name)?.double ?? standard }
        let (x, target) = (inputs["input"] ?? inputs["input1"] ?? inputs["anchor"], inputs["target"])
        guard let x else {
            return inputs["log_probs"]!.ctcLoss(
                inputs["targets"]!, inputLengths: Tensor(fixture.argument("input_lengths")!.ints!),
                targetLengths: Tensor(fixture.argument("target_lengths")!.ints!), reduction: reduction)
        }
        switch fixture.function {
        case "cross_entropy":
            return x.crossEntropy(
                target!, weight: fixture.argument("weight")?.tensor, reduction: reduction,
                ignoreIndex: fixture.argument("ignore_index")?.int ?? -100,
                labelSmoothing: argument("label_smoothing", 0))
        case "nll_loss": return x.nllLoss(target!, reduction: reduction)
        case "mse_loss": return x.mseLoss(target!, reduction: reduction)
        case "l1_loss": return x.l1Loss(target!, reduction: reduction)
        case "smooth_l1_loss": return x.smoothL1Loss(target!, reduction: reduction, beta: argument("beta", 1))
        case "huber_loss": return x.huberLoss(target!, reduction: reduction, delta: argument("delta", 1))
        case "binary_cross_entropy": return x.binaryCrossEntropy(target!, reduction: reduction)
        case "binary_cross_entropy_with_logits":
            return x.binaryCrossEntropyWithLogits(
                target!, posWeight: fixture.argument("pos_weight")?.tensor, reduction: reduction)
        case "kl_div": return x.klDiv(target!, reduction: reduction)
        case "poisson_nll_loss":
            return x.poissonNLLLoss(target!, logInput: true, full: false, eps: 1e-8, reduction: reduction)
        case "hinge_embedding_loss": return x.hingeEmbeddingLoss(target!, reduction: reduction)
        case "soft_margin_loss": return x.softMarginLoss(target!, reduction: reduction)
        case "multi_margin_loss": return x.multiMarginLoss(target!, reduction: reduction)
        case "cosine_embedding_loss":
            return .cosineEmbeddingLoss(x, inputs["input2"]!, target!, reduction: reduction)
        case "margin_ranking_loss":
            return .marginRankingLoss(
                x, inputs["input2"]!, target!, margin: argument("margin", 0), reduction: reduction)
        case "triplet_margin_loss":
            return .tripletMarginLoss(x, inputs["positive"]!, inputs["negative"]!, reduction: reduction)
        default:
            Issue.record("the case has no Swift spelling: \(fixture.function)")
            return .zeros(1)
        }
    }
}

/// The number whose gradients the fixtures hold: the sum of `output[i] * cos(i)` over the flattened output.
func probe(_ output: Tensor) -> Tensor {
    let flat = output.flatten()
    return (flat * Tensor.arange(flat.count, dtype: flat.dtype).cos()).sum()
}
