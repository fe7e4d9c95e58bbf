// What a model has to beat: the constant, and for pictures the nearest mean picture.
import Foundation
import Torch

/// Models that are made by one look at the training items: the constant (how frequent each class is, or the mean of the
/// numbers), and the mean picture of each class, of which the nearest answers.
///
/// The mean pictures are those of fast.ai's 2022 course, lesson 3: pictures are made small, and the mean absolute
/// difference of their pixels is the distance.
struct SimpleModels {
    /// The constant's outputs, `[outputs]`, as a loss expects them: logarithms of the classes' frequencies, or a number.
    let constant: Tensor
    /// The mean small picture of each class, `[classes, pixels]`, of a class without pictures infinities; nil where there
    /// are no classes or no pictures.
    let meanPictures: Tensor?

    /// The height and width of a picture at which it is compared.
    static let side = 32

    /// - Parameters:
    ///   - train: The training items as the model sees them, without augmentation.
    ///   - classes: The number of classes; nil for a number.
    /// - Throws: ``TrainingError`` when there are no items, or what the loader throws.
    init(_ train: any BatchSource, classes: Int?, arePictures: Bool) throws {
        let batches = try train.batches(epoch: 0)
        defer { batches.cancel() }
        var (count, total) = (0, 0.0)
        let counts = Tensor.zeros([classes ?? 1], dtype: .float64)
        var sums: Tensor?
        while let batch = try batches.next() {
            guard let target = batch.targets.first, let input = batch.inputs.first else { continue }
            count += batch.count
            guard let classes else {
                total += target.to(.float64).sum().item()
                continue
            }
            _ = counts.indexAdd_(dim: 0, target, .ones([batch.count], dtype: .float64))
            guard arePictures else { continue }
            let pixels = Self.pixels(input)
            let sum = sums ?? .zeros([classes, pixels.size(1)])
            sums = sum.indexAdd_(dim: 0, target, pixels)
        }
        guard count > 0 else { throw TrainingError("There are no training items to compare with.") }
        meanPictures = sums.map { $0 / counts.unsqueeze(1).to(.float32) }.map { means in
            means.maskedFill(counts.unsqueeze(1) .== 0, Double.infinity)
        }
        // A class without items is not impossible, only rare.
        constant =
            classes == nil
            ? Tensor([Float(total / Double(count))]) : ((counts + 1e-3) / Double(count)).log().to(.float32)
    }

    private static func pixels(_ pictures: Tensor) -> Tensor {
        let side = [min(side, pictures.size(2)), min(side, pictures.size(3))]
        return pictures.float().contiguous().adaptiveAvgPool2d(side).reshape(pictures.size(0), -1)
    }

    /// The outputs of the nearest mean picture, `[batch, classes]`: negative distances.
    private func nearest(_ means: Tensor, _ pictures: Tensor) -> Tensor {
        let pixels = Self.pixels(pictures)
        return -Tensor.stack(
            (0..<means.size(0)).map { (pixels - means[$0]).abs().mean(dim: 1) }, dim: 1)
    }

    /// Metrics of the models on a loader, by the model's name.
    func results(_ valid: any BatchSource, _ metrics: [Metric]) throws -> [(name: String, values: [Double])] {
        let names = (meanPictures == nil ? [] : ["nearest mean picture"]) + ["constant"]
        let accumulators = names.map { _ in metrics.map { $0.makeAccumulator() } }
        let batches = try valid.batches(epoch: 0)
        defer { batches.cancel() }
        while let batch = try batches.next() {
            guard let input = batch.inputs.first, !batch.targets.isEmpty else { continue }
            var outputs: [Tensor] = []
            if let meanPictures { outputs.append(nearest(meanPictures, input)) }
            outputs.append(constant.unsqueeze(0).expand(batch.count, constant.count))
            for (own, output) in zip(accumulators, outputs) {
                for accumulator in own { accumulator.update(output: output, targets: batch.targets) }
            }
        }
        return zip(names, accumulators).map { ($0, $1.map { $0.compute() }) }
    }
}

extension Learner {
    /// A table of the model's metrics beside those of simple models; nil for targets that are neither one class nor one
    /// number.
    func comparison(_ measured: ValidationResult?) throws -> [ReportPart]? {
        guard let loaders, let valid = loaders.valid else { return nil }
        let target = pipeline.target
        let classes = target.classCount
        guard classes != nil || target.kinds == [.number] && target.outputCount == 1 else { return nil }
        let own = measured?.metrics ?? recorder.rows.last?.metrics ?? []
        let metrics: [Metric] = metrics.isEmpty ? [classes == nil ? .rmse : .accuracy] : metrics
        let count = loaders.train.count
        // Enough of them for a mean, spread over all.
        let most = 2000
        let chosen = Array(stride(from: 0, to: count, by: max(1, count / most)).prefix(most))
        let train: any BatchSource = count == 0 ? loaders.train : try loaders.train.subset(chosen)
        let rows = try withTorchErrors {
            try withoutGradients {
                let isPicture = pipeline.input.kinds == [.image]
                let models = try SimpleModels(train, classes: classes, arePictures: isPicture)
                return try models.results(valid.inOrder, metrics)
            }
        }
        func text(_ value: Double?) -> String { value.map { String(format: "%.6f", $0) } ?? "-" }
        let model = ["this model"] + metrics.map { metric in text(own.first { $0.name == metric.name }?.value) }
        var parts: [ReportPart] = [
            .table(
                [""] + metrics.map(\.name), [model] + rows.map { [$0.name] + $0.values.map { text($0) } },
                caption: "What any model has to beat, on the same validation items"
                    + (chosen.count < count ? "; simple models know \(chosen.count) training items." : "."))
        ]
        if let metric = metrics.first, let improvement = metric.improvement,
            let value = own.first(where: { $0.name == metric.name })?.value,
            let constant = rows.last?.values.first, !(improvement == .higher ? value > constant : value < constant)
        {
            parts.append(.note("The model is no better than saying the same of every item: it has learned nothing."))
        }
        return parts
    }
}
