// Losses as functions of a prediction and a target, in the form that a training loop by hand takes; the methods of
// Tensor have all their options.

/// The mean squared error of predictions and targets of the same shape.
public func mseLoss(_ prediction: Tensor, _ target: Tensor) -> Tensor { prediction.mseLoss(target) }

/// The mean absolute error of predictions and targets of the same shape.
public func l1Loss(_ prediction: Tensor, _ target: Tensor) -> Tensor { prediction.l1Loss(target) }

/// The mean cross-entropy of logits `[batch, classes, ...]` and class indices `[batch, ...]`.
public func crossEntropy(_ logits: Tensor, _ target: Tensor) -> Tensor { logits.crossEntropy(target) }

/// The mean cross-entropy of logits and targets from 0 to 1 of the same shape, for several labels at once.
public func binaryCrossEntropyWithLogits(_ logits: Tensor, _ target: Tensor) -> Tensor {
    logits.binaryCrossEntropyWithLogits(target)
}
