// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: losses.
import CTorch

extension Tensor {
    /// Cross-entropy of logits (`self`, `[batch, classes, ...]`) and class indices or probabilities.
    public func crossEntropy(_ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, ignoreIndex: Int = -100, labelSmoothing: Double = 0.0) -> Tensor {
        let result = ct_op_cross_entropy_loss(handle.pointer, target.handle.pointer, weight?.handle.pointer, reduction.rawValue, ignoreIndex, labelSmoothing)
        extendLifetime((self, target, weight))
        return Tensor(owning: result)
    }

    /// Negative log likelihood of log-probabilities (`self`) and class indices.
    public func nllLoss(_ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, ignoreIndex: Int = -100) -> Tensor {
        let result = ct_op_nll_loss_nd(handle.pointer, target.handle.pointer, weight?.handle.pointer, reduction.rawValue, ignoreIndex)
        extendLifetime((self, target, weight))
        return Tensor(owning: result)
    }

    /// Cross-entropy of probabilities (`self`) and targets of 0 to 1.
    public func binaryCrossEntropy(_ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_binary_cross_entropy(handle.pointer, target.handle.pointer, weight?.handle.pointer, reduction.rawValue)
        extendLifetime((self, target, weight))
        return Tensor(owning: result)
    }

    /// Cross-entropy of logits (`self`) and targets of 0 to 1.
    public func binaryCrossEntropyWithLogits(_ target: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_binary_cross_entropy_with_logits(handle.pointer, target.handle.pointer, weight?.handle.pointer, posWeight?.handle.pointer, reduction.rawValue)
        extendLifetime((self, target, weight, posWeight))
        return Tensor(owning: result)
    }

    /// The mean squared error.
    public func mseLoss(_ target: Tensor, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_mse_loss(handle.pointer, target.handle.pointer, reduction.rawValue)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// The mean absolute error.
    public func l1Loss(_ target: Tensor, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_l1_loss(handle.pointer, target.handle.pointer, reduction.rawValue)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// Quadratic below `beta`, absolute above.
    public func smoothL1Loss(_ target: Tensor, reduction: Reduction = .mean, beta: Double = 1.0) -> Tensor {
        let result = ct_op_smooth_l1_loss(handle.pointer, target.handle.pointer, reduction.rawValue, beta)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// Quadratic below `delta`, linear above.
    public func huberLoss(_ target: Tensor, reduction: Reduction = .mean, delta: Double = 1.0) -> Tensor {
        let result = ct_op_huber_loss(handle.pointer, target.handle.pointer, reduction.rawValue, delta)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// The Kullback-Leibler divergence of log-probabilities (`self`) from a target.
    public func klDiv(_ target: Tensor, reduction: Reduction = .mean, logTarget: Bool = false) -> Tensor {
        let result = ct_op_kl_div(handle.pointer, target.handle.pointer, reduction.rawValue, logTarget)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// The negative log likelihood of counts.
    public func poissonNLLLoss(_ target: Tensor, logInput: Bool, full: Bool, eps: Double, reduction: Reduction) -> Tensor {
        let result = ct_op_poisson_nll_loss(handle.pointer, target.handle.pointer, logInput, full, eps, reduction.rawValue)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// One less the cosine for like pairs, the cosine above a margin for unlike ones.
    public static func cosineEmbeddingLoss(_ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0.0, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_cosine_embedding_loss(input1.handle.pointer, input2.handle.pointer, target.handle.pointer, margin, reduction.rawValue)
        extendLifetime((input1, input2, target))
        return Tensor(owning: result)
    }

    /// The anchor nearer to the positive than to the negative by a margin.
    public static func tripletMarginLoss(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1.0, p: Double = 2, eps: Double = 1e-06, swap: Bool = false, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_triplet_margin_loss(anchor.handle.pointer, positive.handle.pointer, negative.handle.pointer, margin, p, eps, swap, reduction.rawValue)
        extendLifetime((anchor, positive, negative))
        return Tensor(owning: result)
    }

    /// The first ranked above the second by a margin where the target is 1.
    public static func marginRankingLoss(_ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0.0, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_margin_ranking_loss(input1.handle.pointer, input2.handle.pointer, target.handle.pointer, margin, reduction.rawValue)
        extendLifetime((input1, input2, target))
        return Tensor(owning: result)
    }

    /// The logistic loss of targets -1 and 1.
    public func softMarginLoss(_ target: Tensor, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_soft_margin_loss(handle.pointer, target.handle.pointer, reduction.rawValue)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// The hinge loss of distances and targets -1 and 1.
    public func hingeEmbeddingLoss(_ target: Tensor, margin: Double = 1.0, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_hinge_embedding_loss(handle.pointer, target.handle.pointer, margin, reduction.rawValue)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// The hinge loss of several classes.
    public func multiMarginLoss(_ target: Tensor, p: Scalar = 1, margin: Scalar = 1, weight: Tensor? = nil, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_multi_margin_loss(handle.pointer, target.handle.pointer, p.c, margin.c, weight?.handle.pointer, reduction.rawValue)
        extendLifetime((self, target, weight))
        return Tensor(owning: result)
    }

    /// The hinge loss of several labels.
    public func multilabelMarginLoss(_ target: Tensor, reduction: Reduction = .mean) -> Tensor {
        let result = ct_op_multilabel_margin_loss(handle.pointer, target.handle.pointer, reduction.rawValue)
        extendLifetime((self, target))
        return Tensor(owning: result)
    }

    /// The connectionist temporal classification loss.
    package static func ctcLossRaw(_ logProbs: Tensor, _ targets: Tensor, _ inputLengths: Tensor, _ targetLengths: Tensor, blank: Int = 0, reduction: Reduction = .mean, zeroInfinity: Bool = false) -> Tensor {
        let result = ct_op_ctc_loss_Tensor(logProbs.handle.pointer, targets.handle.pointer, inputLengths.handle.pointer, targetLengths.handle.pointer, blank, reduction.rawValue, zeroInfinity)
        extendLifetime((logProbs, targets, inputLengths, targetLengths))
        return Tensor(owning: result)
    }
}
