// `apus train image`: trains a model of pictures in a folder.
import ApusCommandSupport
import ApusCore
import ApusVision
import Torch
import ArgumentParser
import Foundation

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model.",
        subcommands: [
            TrainImageCommand.self, TrainTableEntry.self, TrainRatingsEntry.self, TrainTextEntry.self,
            TrainLanguageEntry.self,
        ])
}

struct TrainImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Train a model of pictures: labels, numbers, points, masks, other pictures.",
        discussion: """
            What the labels are decides what is learned:
              a label          its folder by default; --label-regex; --labels-csv FILE
              two labels       --labels-csv FILE --label-column disease,variety
              several labels   --labels-csv FILE --label-delim " "
              a number         --labels-csv FILE --number-column age
              points           --labels-csv FILE --point-columns x,y
              a mask           --masks FOLDER --codes FILE
              another picture  --targets FOLDER; --kind superres or gan compares in another way
              like pictures    --kind gan: of noise
            By default a fifth of the pictures is for validation. A folder that holds train/ and valid/ (or the name \
            given with --valid) is split by them.
            """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup(title: "The model") var model: ImageModelOptions
    @OptionGroup(title: "Pictures from pictures, and from noise") var gan: ImageGANOptions
    @OptionGroup var computing: DeviceOptions
    @OptionGroup(title: "Beside the training") var beside: RunOptions
    @Option(help: "The number of epochs.")
    var epochs = 3
    @Option(help: "The number of epochs with the body frozen, before the others (default 1); not from scratch.")
    var freezeEpochs: Int?
    @Option(help: "The learning rate (default 0.002 for fine-tuning, 0.001 from scratch).")
    var lr: Double?
    @Option(
        help: ArgumentHelp(
            "Train at one size after the other, with all epochs at each, such as 128,224; instead of --size.",
            valueName: "size,..."))
    var progressive: String?
    @Option(help: "Learn from the opinions of this exported model, too (distillation); for one label.")
    var teacher: String?
    @Flag(help: "Also measure means over augmented versions of each validation picture; not for what moves with it.")
    var tta = false
    @Option(help: "Write pictures with labels and predictions to this file (.png, .svg or .pdf).")
    var results: String?
    @Option(help: "Write the trained model to this file.")
    var export: String?
    @Flag(help: "Print one JSON object as the last line.")
    var json = false

    func validate() throws {
        if let scale = data.labels.targetScale, model.yRange != nil {
            throw ValidationError(
                "--target-scale \(scale.rawValue) does not go with --y-range, between whose numbers the outputs lie.")
        }
        if epochs < 1 { throw ValidationError("--epochs \(epochs) is not possible; give at least 1.") }
        if model.fromScratch, freezeEpochs != nil {
            throw ValidationError("--freeze-epochs is for pretrained weights; leave it out with --from-scratch.")
        }
        if let freezeEpochs, freezeEpochs < 0 { throw ValidationError("--freeze-epochs \(freezeEpochs) is negative.") }
        if let lr, !(lr > 0 && lr.isFinite) {
            throw ValidationError("--lr \(lr) is not a rate; give a positive number.")
        }
        let labels = data.labels
        if tta, labels.masks != nil || labels.targets != nil || labels.pointColumns != nil {
            throw ValidationError("--tta averages answers that stay when a picture is mirrored; leave it out here.")
        }
        if teacher != nil,
            labels.masks != nil || labels.targets != nil || labels.pointColumns != nil || labels.numberColumn != nil
                || labels.labelDelim != nil || labels.labelColumns.count > 1
        {
            throw ValidationError("--teacher is for pictures with one label each.")
        }
        try gan.check(
            labels.targets,
            otherLabels: labels.labels != nil || labels.labelRegex != nil || labels.labelsCsv != nil
                || labels.masks != nil,
            size: try sizes().last ?? data.size)
    }

    /// The sizes to train at, one after the other.
    func sizes() throws -> [ImageSize] {
        try progressive?.split(separator: ",").map { text in
            guard let size = ImageSize(argument: String(text)) else {
                throw ValidationError("--progressive has \"\(text)\"; give sizes such as 128,224 or 90x120,180x240.")
            }
            return size
        } ?? [data.size]
    }

    func run() throws {
        try computing.apply()
        try checkWritable(export, "--export")
        try checkWritable(results, "--results", endings: figureEndings)
        if gan.kind == .gan, data.labels.targets == nil { return try trainFromNoise() }
        try data.perform(TrainImageStep(command: self))
    }
}

/// The training of a model for one kind of target.
private struct TrainImageStep: ImageTaskStep {
    let command: TrainImageCommand

    func run<Target: TargetBlock>(_ task: ImageTask<Target>) throws {
        let start = ContinuousClock.now
        manualSeed(command.data.seed)
        // All sizes' data before the first training, so that what is wrong does not come out after hours.
        let stages = try command.sizes().map { try task.loaders(size: $0, presizes: command.model.fromScratch) }
        let loaders = stages[0]
        var learner = try command.model.learner(
            task, loaders, sizes: command.sizes(), callbacks: command.beside.makeCallbacks(command.runSettings),
            loss: command.gan.loss())
        if let teacher = command.teacher, let student = learner as? Learner<ImageBlock, CategoryBlock> {
            try add(teacher, to: student)
        }
        if let name = command.data.labels.numberColumn, command.model.yRange == nil,
            let sentence = loaders.pipeline.target.outputScales.first?.sentence(about: name)
        {
            print(sentence)
        }
        let prepared = ContinuousClock.now
        var closing = ClosingSteps()
        try closing.train(learner) { try learner.stoppingOnInterrupt { try fit(learner, stages) } }
        if command.gan.kind == .gan, !learner.wasInterrupted, let task = task as? ImageTask<ImageBlock>,
            let generator = learner as? Learner<ImageBlock, ImageBlock>,
            let both = try command.trainedAgainstCritic(generator, task) as? Learner<ImageBlock, Target>
        {
            learner = both
        }
        let fitted = ContinuousClock.now
        // The model first: what comes behind may fail.
        closing.export(learner, to: command.export)
        var averaged: [String: Double]?
        if command.tta {
            closing.attempt("--tta") {
                if learner.valid == nil { throw DataError("There are no validation pictures to measure on.") }
                averaged = try tta(learner)
            }
        }
        var labels: MultiLabelReport?
        if learner.valid != nil, let several = learner as? Learner<ImageBlock, MultiCategoryBlock> {
            closing.attempt("The table of the labels") { labels = try Interpretation(several).multiLabelReport() }
            if let labels, !command.json { print(labels) }
        }
        if let results = command.results {
            closing.attempt("--results \(results)") {
                let part: DataPart = learner.valid == nil ? .train : .valid
                if part == .train { printNote("There are no validation pictures; \(results) shows training pictures.") }
                try learner.plotResults(of: part, seed: command.data.seed).save(to: URL(filePath: results))
            }
        }
        if command.json {
            let report = TrainingReport(learner, times: (start, prepared, fitted), export: command.export)
            try printJSON(report, and: TrainImageReport(learner, report, tta: averaged, labels: labels))
        }
        try closing.finish()
    }

    /// Trains at each size: from scratch in one cycle, else with the body frozen and then all of it.
    private func fit<Target>(
        _ learner: Learner<ImageBlock, Target>, _ stages: [DataLoaders<ImageBlock, Target>]
    ) throws {
        if command.model.fromScratch { learner.unfreeze() }
        for (number, loaders) in stages.enumerated() where !learner.wasInterrupted {
            if number > 0 { try learner.replaceData(loaders) }
            guard stages.count > 1 else { return try fit(learner) }
            try learner.stage("size \(number + 1) of \(stages.count)") { try fit(learner) }
        }
    }

    private func fit<Target>(_ learner: Learner<ImageBlock, Target>) throws {
        guard !command.model.fromScratch else {
            return try learner.fitOneCycle(command.epochs, learningRate: command.lr ?? 1e-3)
        }
        try learner.fineTune(
            command.epochs, learningRate: command.lr ?? 2e-3, freezeEpochs: command.freezeEpochs ?? 1)
    }

    private func add(_ file: String, to student: Learner<ImageBlock, CategoryBlock>) throws {
        let teacher = try Learner<ImageBlock, CategoryBlock>(
            from: URL(filePath: file), TrainingOptions(precision: student.precision))
        if let difference = student.pipeline.target.difference(from: teacher.pipeline.target) {
            throw TrainingError("The teacher \(file) does not fit the data: \(difference).")
        }
        guard teacher.pipeline.statistics == student.pipeline.statistics else {
            throw TrainingError("The teacher \(file) wants its pictures normalized in another way than the student.")
        }
        student.add(Distillation(teacher: teacher.model))
    }

    /// The metrics of the outputs averaged over augmented versions, by name.
    private func tta<Target>(_ learner: Learner<ImageBlock, Target>) throws -> [String: Double] {
        let predictions = try learner.tta()
        var values: [String: Double] = [:]
        for metric in learner.metrics { values[metric.name] = try predictions.measure(metric) }
        if !command.json {
            let texts = values.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.4f", $0.value))" }
            print("with test-time augmentation: \(texts.joined(separator: ", "))")
        }
        return values
    }
}

/// What `--json` tells of a training on pictures beside what it tells of every training; the names are the JSON's keys.
struct TrainImageReport: Encodable {
    struct Label: Encodable {
        let label: String
        let precision: Double
        let recall: Double
        let f1_score: Double
        let support: Int
        let best_threshold: Double?

        init(_ row: MultiLabelReport.Row) {
            (label, precision, recall, f1_score) = (row.name, row.precision, row.recall, row.f1Score)
            (support, best_threshold) = (row.support, row.bestThreshold)
        }
    }
    let task: String
    let tta: [String: Double]?
    let labels: [Label]?
    let images_per_second: Double
    let classes: Int

    init<Input, Target>(
        _ learner: Learner<Input, Target>, _ report: TrainingReport, tta: [String: Double]? = nil,
        labels: MultiLabelReport? = nil
    ) {
        (task, self.tta, self.labels) = (Target.task, tta, labels.map { $0.rows.map(Label.init) })
        (images_per_second, classes) = (report.itemsPerSecond, learner.pipeline.target.outputCount)
    }
}
