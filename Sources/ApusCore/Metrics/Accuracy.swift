// Accuracy, error rate and top-k accuracy of classifiers.
import Torch

/// The part of the items whose most probable class is the right one.
public let accuracy: any Metric = BatchMetric("accuracy") { output, targets in
    output.argmax(dim: 1).eq(targets[0]).to(.float64).mean()
}

/// One less the accuracy.
public let errorRate: any Metric = BatchMetric("error_rate") { output, targets in
    1 - output.argmax(dim: 1).eq(targets[0]).to(.float64).mean()
}

/// The part of the items whose right class is among the `k` most probable ones; all classes where there are fewer.
public func topKAccuracy(_ k: Int = 5) -> any Metric {
    BatchMetric("top_k_accuracy") { output, targets in
        let best = output.topk(min(k, output.size(1)), dim: 1).indices
        return best.eq(targets[0].unsqueeze(1).expand(as: best)).to(.float64).sum(dim: 1).mean()
    }
}
