// Cross-entropy of classes, and focal loss, its variant for rare classes.
import Torch

extension Loss {
    /// Cross-entropy of logits `[batch, classes, ...]` and class indices `[batch, ...]`, computed in float32.
    ///
    /// The activation is a softmax over the classes, the decision the most probable class. Targets may also be
    /// probabilities in the logits' shape.
    ///
    /// - Parameters:
    ///   - dim: The dimension of the classes: 1 as in PyTorch, also for masks; -1 for text, `[batch, length, classes]`.
    ///   - labelSmoothing: The part of the target that is spread over all classes; fastai's
    ///     `LabelSmoothingCrossEntropy` spreads 0.1.
    ///   - weights: A weight for each class; the mean is by weight, as in PyTorch.
    ///   - ignoring: A class that counts neither in the mean nor in an item's loss, such as padding or "void"; a batch
    ///     of nothing else has a loss of 0.
    public static func crossEntropy(
        dim: Int = 1, labelSmoothing: Double = 0, weights: Tensor? = nil, ignoring: Int? = nil
    ) -> Loss {
        let terms = ClassTerms("crossEntropy", dim: dim, ignoring: ignoring)
        return Loss(
            name: terms.name,
            function: { output, targets in
                let (logits, target) = terms.pair(output, targets)
                let weights = weights?.to(logits.device)
                func loss(_ reduction: Reduction) -> Tensor {
                    logits.crossEntropy(
                        target, weight: weights, reduction: reduction, ignoreIndex: ignoring ?? -100,
                        labelSmoothing: labelSmoothing)
                }
                guard ignoring != nil else { return loss(.mean) }
                return loss(.sum) / terms.total(target, weights: weights)
            },
            perItem: { output, targets in
                let (logits, target) = terms.pair(output, targets)
                let losses = logits.crossEntropy(
                    target, weight: weights?.to(logits.device), reduction: .none, ignoreIndex: ignoring ?? -100,
                    labelSmoothing: labelSmoothing)
                return terms.perItem(losses, target, items: output.size(0))
            },
            activation: .softmax(dim: dim), decision: .argmax(dim: dim), targetKinds: [.category, .mask, .tokens]
        )
        .with(settings: "labelSmoothing \(labelSmoothing), \(terms.settings(weights))")
    }

    /// Cross-entropy in which what is already right counts little: each term is multiplied by `(1 - p)^gamma`, with the
    /// probability `p` of the right class (Lin and others 2017, https://arxiv.org/abs/1708.02002).
    ///
    /// - Parameters:
    ///   - gamma: How much less an easy term counts; 0 is plain cross-entropy.
    ///   - dim: The dimension of the classes.
    ///   - weights: A weight for each class, the paper's alpha; it is part of the term before `p` is taken from it, and
    ///     the mean is a plain one, as in fastai.
    ///   - ignoring: A class that does not count.
    public static func focal(
        gamma: Double = 2, dim: Int = 1, weights: Tensor? = nil, ignoring: Int? = nil
    ) -> Loss {
        let terms = ClassTerms("focal", dim: dim, ignoring: ignoring)
        let losses: @Sendable (Tensor, Tensor) -> Tensor = { logits, target in
            let entropy = logits.crossEntropy(
                target, weight: weights?.to(logits.device), reduction: .none, ignoreIndex: ignoring ?? -100)
            return (1 - (-entropy).exp()).pow(gamma) * entropy
        }
        return Loss(
            name: terms.name,
            function: { output, targets in
                let (logits, target) = terms.pair(output, targets)
                let losses = losses(logits, target)
                return ignoring == nil ? losses.mean() : losses.sum() / terms.total(target)
            },
            perItem: { output, targets in
                let (logits, target) = terms.pair(output, targets)
                return terms.perItem(losses(logits, target), target, items: output.size(0))
            },
            activation: .softmax(dim: dim), decision: .argmax(dim: dim), targetKinds: [.category, .mask, .tokens]
        )
        .with(settings: "gamma \(gamma), \(terms.settings(weights))")
    }
}

/// What losses over classes share: their dimension and the class that does not count.
private struct ClassTerms: Sendable {
    let name: String
    let dim: Int
    let ignoring: Int?

    /// - Parameter name: The loss; another dimension than 1 is part of its name.
    init(_ name: String, dim: Int, ignoring: Int?) {
        self.name = dim == 1 ? name : "\(name)(dim: \(dim))"
        self.dim = dim
        self.ignoring = ignoring
    }

    /// The settings as text.
    func settings(_ weights: Tensor?) -> String {
        "dim \(dim), ignoring \(ignoring.map(String.init) ?? "none"), weights \(Loss.text(weights))"
    }

    /// The logits in float32 as `[batch, classes, ...]`, and the targets that fit them.
    func pair(_ output: Tensor, _ targets: [Tensor]) -> (logits: Tensor, target: Tensor) {
        guard let target = targets.first, output.isDefined else { return (.undefined, .undefined) }
        let place = dim < 0 ? dim + output.dim : dim
        guard place < output.dim, place >= 0 else { return (output.softmax(dim: dim), .undefined) }
        // Classes that lie next to each other are cheapest as rows.
        let isLast = place == output.dim - 1
        let classes = output.size(place)
        func arranged(_ tensor: Tensor) -> Tensor {
            isLast ? tensor.reshape(-1, classes) : tensor.movedim(place, to: 1)
        }
        if target.dtype.isFloatingPoint, target.shape == output.shape {
            return (arranged(output.float()), arranged(target.float()))
        }
        var sizes = output.shape.sizes
        sizes.remove(at: place)
        let indices = fittedTarget(targets, as: sizes, for: name, of: output).to(.int64)
        return (arranged(output.float()), isLast ? indices.flatten() : indices)
    }

    /// The number of terms that count, or their weight; at least a trace, so that nothing divided by it is 0.
    func total(_ target: Tensor, weights: Tensor? = nil) -> Tensor {
        guard let ignoring else { return Tensor(Float(target.count)) }
        let isIgnored = target.eq(Scalar(ignoring))
        guard let weights else { return isIgnored.logicalNot().sum().clamp(min: 1) }
        let weight = weights.indexSelect(dim: 0, target.maskedFill(isIgnored, 0).flatten())
        return weight.maskedFill(isIgnored.flatten(), 0).sum().clamp(min: 1e-12)
    }

    /// The mean of each item's terms without those that don't count; 0 where none does.
    func perItem(_ losses: Tensor, _ target: Tensor, items: Int) -> Tensor {
        let rows = losses.reshape(items, -1)
        guard let ignoring else { return rows.mean(dim: 1) }
        let counted = target.reshape(items, -1).ne(Scalar(ignoring)).sum(dim: 1).clamp(min: 1)
        return rows.sum(dim: 1) / counted
    }
}
