// A learner's report: one web page with the data, the course of the training, and what the model gets wrong.
import ApusPlot
import Foundation
import Torch

extension Learner {
    /// Writes a web page that tells of data, training and results: `report.html`, one file that needs no other and no
    /// network, to be read, printed, or sent along with a model.
    ///
    /// It has a summary of the data, a batch, the search for the learning rate, the curves and the table of the training,
    /// simple models to compare with (the constant, and for classes of pictures the nearest mean picture), the confusion
    /// matrix with the report by class of a classifier, the worst mistakes, the model's layers, and all settings. A part that cannot be
    /// made says why in its place.
    ///
    /// ```swift
    /// let rates = try learner.lrFind()
    /// try learner.fineTune(4)
    /// try learner.report(to: URL(filePath: "runs/first"), title: "Pets, ResNet 34", learningRateSearch: rates)
    /// ```
    /// - Parameters:
    ///   - folder: Where the page goes; made when there is none.
    ///   - title: The heading.
    ///   - learningRateSearch: What a search for the learning rate found, where there was one.
    ///   - figures: Further figures with their headings.
    ///   - measured: What a validation on the present data gave, such as of a loaded model on new items; the last epoch of
    ///     the training by default.
    ///   - date: What the page says of its time.
    /// - Returns: The page's file.
    /// - Throws: `TensorFileError` when the page cannot be written.
    @discardableResult
    public func report(
        to folder: URL, title: String = "Training report", learningRateSearch: LearningRateSearch? = nil,
        figures: [(title: String, figure: Figure)] = [], measured: ValidationResult? = nil, date: Date = .now
    ) throws -> URL {
        var page = HTMLPage(title: title, subtitle: headline(date, measured))
        page.add("Data") { try dataSummary() }
        if let loaders {
            page.add("A batch") {
                [.note("Training items as the model sees them."), try .figure(loaders.plotBatch(), "A training batch")]
            }
        }
        if let learningRateSearch {
            page.add("Learning rate") {
                [try .figure(learningRateSearch.plot(), "Loss by learning rate"), .note("\(learningRateSearch)")]
            }
        }
        for figure in figures { page.add(figure.title) { [try .figure(figure.figure, figure.title)] } }
        page.add("Training") { try trainingCourse() }
        for callback in callbacks {
            do {
                for section in try callback.reportSections(of: self) { page.add(section.title) { section.parts } }
            } catch {
                page.add(callback.name) { throw error }
            }
        }
        if loaders?.valid != nil {
            do {
                if let parts = try comparison(measured) { page.add("Simple models") { parts } }
            } catch {
                page.add("Simple models") { throw error }
            }
            if loaders?.valid?.isStream == true, pipeline.input.kinds == [.tokens] {
                // A stream of tokens has no items to look for mistakes in one by one.
                page.add("Results") { [try .figure(plotResults(seed: 0), "Predictions beside labels")] }
            } else {
                do {
                    try addResults(try Interpretation(self), to: &page)
                } catch {
                    page.add("Results") { throw error }
                }
            }
        }
        page.add("Model") { try modelSummary() }
        page.add("Settings") { [.table(["", ""], settings)] }
        try makeFolder(folder)
        let file = folder.appending(path: "report.html")
        let text = page.text
        try replaceFile(at: file) { try $0.write(Array(text.utf8)) }
        return file
    }

    private func headline(_ date: Date, _ measured: ValidationResult?) -> String {
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current).year().month().day()
            .time(includingFractionalSeconds: false)
        var parts = [date.formatted(style)]
        if let measured {
            parts += ["\(valid?.itemCount ?? 0) items", "loss \(Report.number(measured.loss))"]
            parts += measured.metrics.map { "\($0.name) \(Report.number($0.value))" }
            return parts.joined(separator: " · ")
        }
        if let loaders { parts.append("\(loaders.train.amount) to train on") }
        if let row = recorder.rows.last {
            parts += (row.validLoss.map { ["validation loss \(Report.number($0))"] } ?? [])
            parts += row.metrics.map { "\($0.name) \(Report.number($0.value))" }
        }
        return parts.joined(separator: " · ")
    }

    // MARK: Data

    private func dataSummary() throws -> [ReportPart] {
        guard let loaders else { return [.note("The model was loaded from a file; its data is not known.")] }
        var parts: [ReportPart] = [
            .table(
                ["", ""],
                [
                    ["To train on", loaders.train.amount], ["To validate on", loaders.valid?.amount ?? "nothing"],
                    ["Input", "\(Input.self)"], ["Target", "\(Target.self)"],
                    ["Outputs", "\(pipeline.target.outputCount)"], ["Batch size", "\(loaders.batchSize)"],
                ])
        ]
        if let part = try classCounts(loaders) { parts.append(part) }
        parts += try pipeline.input.reportParts(
            train: loaders.train.sources, valid: loaders.valid?.sources ?? [])
        let transforms =
            pipeline.itemTransforms.map { ("item", $0 as any Transform) }
            + pipeline.batchTransforms.map { ("batch", $0 as any Transform) }
        if !transforms.isEmpty {
            parts.append(
                .table(
                    ["Transform", "of", "settings"],
                    transforms.map { [type(of: $0.1).storedName, $0.0, Report.settings(of: $0.1)] }))
        } else if pipeline.input.kinds.contains(.image) {
            // Of pictures it is worth knowing; texts and rows have none.
            parts.append(.note("There are no transforms."))
        }
        return parts
    }

    /// How many items each class has; nil where no class is counted.
    private func classCounts(_ loaders: DataLoaders<Input, Target>) throws -> ReportPart? {
        guard let names = loaders.pipeline.target.classNames, let train = try loaders.itemsByClass(of: .train) else {
            return nil
        }
        let valid = try loaders.itemsByClass(of: .valid) ?? names.map { _ in 0 }
        let shown = Array(names.prefix(mostClassesInFigure))
        let axes = Axes(title: "Items by class", xLabel: "items")
            .bars(shown, shown.indices.map { Double(train[$0]) }, label: "train", horizontal: true)
            .bars(shown, shown.indices.map { Double(valid[$0]) }, label: "valid", horizontal: true)
        let rest = names.count - shown.count
        return try .figure(
            Figure(axes), "Items of each class",
            caption: rest > 0 ? "The first \(shown.count) of \(names.count) classes." : nil)
    }

    // MARK: Training

    private func trainingCourse() throws -> [ReportPart] {
        guard !recorder.rows.isEmpty else { return [.note("The model has not been trained.")] }
        var names: [String] = []
        for value in recorder.rows.flatMap(\.metrics) where !names.contains(value.name) { names.append(value.name) }
        let rows = recorder.rows.map { row in
            ["\(row.epoch)", Report.number(row.trainLoss), row.validLoss.map(Report.number) ?? "-"]
                + names.map { name in row.metrics.first { $0.name == name }.map { Report.number($0.value) } ?? "-" }
                + [String(format: "%.1f", row.seconds)]
        }
        var parts: [ReportPart] = [try .figure(recorder.plotLosses(), "Losses")]
        // A loaded model knows its epochs only.
        if !recorder.learningRates.isEmpty { parts.append(try .figure(recorder.plotSchedule(), "Schedule")) }
        return parts + [.table(["epoch", "train_loss", "valid_loss"] + names + ["seconds"], rows)]
    }

    // MARK: Results

    private func addResults(_ interpretation: Interpretation<Input, Target>, to page: inout HTMLPage) throws {
        do {
            for section in try pipeline.target.reportSections(interpretation) {
                page.add(section.title) { section.parts }
            }
        } catch {
            page.add("Scores") { throw error }
        }
        page.add("Results") { [try .figure(plotResults(seed: 0), "Predictions beside labels")] }
        page.add("Worst mistakes") {
            [try .figure(interpretation.plotTopLosses(9), "The items with the largest losses")]
        }
    }

    // MARK: Model

    private func modelSummary() throws -> [ReportPart] {
        let own = "\(type(of: model)), \(model.parameters().reduce(0) { $0 + $1.count }) parameters"
        guard let train = loaders?.train else { return [.paragraph(own)] }
        let inputs = try withTorchErrors {
            try withoutGradients {
                guard let item = train.rawItem(0) else {
                    // Of a stream, the first of its lanes.
                    return train.isStream
                        ? try train.plain.oneBatch().inputs.map { $0.narrow(dim: 0, start: 0, length: 1).to(device) }
                        : []
                }
                return try pipeline.batch(
                    inputs: [item.input], targets: nil, indices: [0], isTraining: false, draws: [SeededRandom(seed: 0)]
                ).to(device).inputs
            }
        }
        guard inputs.count == 1 else { return [.paragraph(own)] }
        return [.preformatted("\(try model.summary(inputs[0]))")]
    }

    private var settings: [[String]] {
        [
            ["Loss", loss.name],
            ["Learning rate where none is given", "\(learningRate)"],
            ["Epochs trained", "\(recorder.rows.count)"],
            ["Device", "\(device)"],
            ["Precision", precision.rawValue],
            ["Seed of order and augmentation", train.seed.map(String.init) ?? "-"],
            ["Loader threads", train.workers.map(String.init) ?? "-"],
            ["Processor threads", "\(Machine.threadCount)"],
            ["LibTorch", Machine.torchVersion],
            ["System", ProcessInfo.processInfo.operatingSystemVersionString],
        ]
    }
}

/// Beyond this many classes a figure of all of them cannot be read.
let mostClassesInFigure = 60

/// What the parts of a report share.
private enum Report {
    static func number(_ value: Double) -> String { value.isFinite ? String(format: "%.6f", value) : "\(value)" }

    static func settings(of transform: any Transform) -> String {
        let encoder = JSONEncoder.withNonFinite
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(transform) else { return "" }
        // The JSON object without its braces and quotation marks reads well enough.
        return String(String(decoding: data, as: UTF8.self).dropFirst().dropLast()).replacing("\"", with: "")
            .replacing(",", with: ", ").replacing(":", with: ": ")
    }
}
