// The gallery: every kind of figure, drawn from a small training run, in a folder to look at.
import ApusVision
import Foundation
import LetterImages

/// Draws the figures of pictures in a folder for each class; of letters made for it where there is none.
struct Gallery {
    let loaders: DataLoaders<ImageBlock, CategoryBlock>
    let learner: Learner<ImageBlock, CategoryBlock>
    let output: URL

    init(of pictures: URL?, output: URL) throws {
        self.output = output
        let folder = pictures ?? output.appending(path: "letters")
        if pictures == nil { try makeLetterImages(in: folder, count: 4160) }
        manualSeed(42)
        loaders = try ImageDataLoaders.fromFolder(
            folder, split: .random(0.2), itemTransforms: [Resize(64)],
            batchTransforms: augmentations(AugmentationOptions(flip: .none, maxRotate: 5, zoom: 1...1.1, maxWarp: 0.1))
                + [Normalize(.imagenet)], LoaderOptions(seed: 42))
        learner = try Learner(
            loaders, LetterNet(classes: loaders.vocabulary.count), metrics: [.errorRate, .accuracy])
    }

    func save(_ figure: Figure, _ name: String) throws {
        try figure.save(to: output.appending(path: name))
        print("  \(name)")
    }

    func draw() throws {
        try data()
        try training()
        let interpretation = try ClassificationInterpretation(learner)
        try interpreted(interpretation)
        try overlays(interpretation)
        try descent()
        try save(everyKind(interpretation), "every-kind.png")
        for format in ["svg", "pdf"] { try save(everyKind(interpretation), "every-kind.\(format)") }
        try learner.report(to: output.appending(path: "report", directoryHint: .isDirectory))
        print("Look at the figures in \(output.path), and at report/report.html.")
    }

    // MARK: Data

    /// A batch, one picture augmented again and again, and how many items each class has.
    func data() throws {
        try save(loaders.plotBatch(maxCount: 12, columns: 6), "batch.png")
        try save(loaders.plotBatch(maxCount: 8, columns: 4, unique: true), "augmentations.png")
        let counts = Dictionary(grouping: loaders.trainItems, by: \.target).mapValues { Double($0.count) }
        let names = loaders.vocabulary
        try save(
            Figure(
                Axes(title: "Training items", xLabel: "class", yLabel: "items")
                    .bars(names, names.map { counts[$0] ?? 0 }, showsValues: names.count <= 12)),
            "bars.png")
    }

    // MARK: Training

    /// The rate finder, then a run with the figures that follow it.
    func training() throws {
        let finder = try learner.lrFind()
        print(finder)
        try save(finder.plot(), "rate-finder.png")
        let statistics = ActivationStatistics()
        try learner.with([statistics]) { try learner.fitOneCycle(6, learningRate: 4e-3) }
        try save(statistics.plot(), "activations.png")
        try save(statistics.plotHistograms(), "activation-histograms.png")
        try save(learner.recorder.plotLosses(), "losses.png")
        try save(learner.recorder.plotSchedule(), "schedule.png")
        let header = ["epoch", "train_loss", "valid_loss"] + learner.metrics.map(\.name) + ["seconds"]
        let rows = learner.recorder.rows.map { row in
            let numbers = [row.trainLoss, row.validLoss ?? .nan] + row.metrics.map(\.value)
            return ["\(row.epoch)"] + numbers.map { String(format: "%.4f", $0) }
                + [String(format: "%.1f", row.seconds)]
        }
        try save(
            Figure(.table(StyledTable(header: header, rows: rows, title: "Six epochs of one cycle"))), "table.svg")
        try save(
            Figure(.table(StyledTable(header: header, rows: rows, title: "Six epochs of one cycle"))), "table.png")
    }

    // MARK: Interpretation

    func interpreted(_ interpretation: ClassificationInterpretation<ImageBlock>) throws {
        try save(interpretation.plotTopLosses(12, columns: 6), "worst-mistakes.png")
        try save(interpretation.plotConfusionMatrix(), "confusion.png")
        try save(interpretation.plotConfusionMatrix(normalized: true), "confusion-normalized.png")
        try save(interpretation.calibration().plot(), "calibration.png")
        try save(learner.plotResults(maxCount: 12, columns: 6), "results.png")

        // Losses by class, and how they are spread.
        let losses = try interpretation.topLosses()
        let byClass = Dictionary(grouping: losses, by: \.actual).mapValues { $0.map(\.loss) }
        let names = Array(loaders.vocabulary.prefix(12))
        try save(
            Figure(
                Axes(title: "Losses by class", xLabel: "class", yLabel: "loss")
                    .boxes(names, names.map { byClass[$0] ?? [] })), "boxes.png")
        let (right, wrong) = (losses.filter { $0.predicted == $0.actual }, losses.filter { $0.predicted != $0.actual })
        try save(
            Figure(
                Axes(title: "Probability of the prediction", xLabel: "probability", yLabel: "items")
                    .histogram(right.map(\.predictedProbability), label: "right", color: .right)
                    .histogram(wrong.map(\.predictedProbability), label: "wrong", color: .wrong)), "histogram.png")

        // The first two principal components of what the head sees of each class.
        try save(components(), "scatter.png")
    }

    /// The mean of each class's features in the plane of their two principal components.
    func components() throws -> Figure {
        let classes = loaders.vocabulary
        var features: [Tensor] = []
        let head = learner.model.namedModules().last { $0.module is Linear }?.module
        let hook = head?.registerForwardPreHook { _, inputs in
            features.append(inputs[0].detached().float())
            return nil
        }
        let predictions = try learner.getPredictions()
        hook?.remove()
        let all = Tensor.cat(features)
        let targets = predictions.targets[0].array(of: Int.self)
        let means = classes.indices.map { index in
            all[Tensor(targets.indices.filter { targets[$0] == index })].mean(dim: 0)
        }
        let centered = Tensor.stack(means) - Tensor.stack(means).mean(dim: 0)
        let plane = centered.matmul(centered.svd(fullMatrices: false).vh.narrow(dim: 0, start: 0, length: 2).T)
        let (x, y) = (
            plane.select(dim: 1, index: 0).array(of: Double.self), plane.select(dim: 1, index: 1).array(of: Double.self)
        )
        let errors = classes.indices.map { index in
            let members = targets.indices.filter { targets[$0] == index }
            let decided = predictions.decoded.array(of: Int.self)
            return members.contains { decided[$0] != index } ? "some mistakes" : "no mistake"
        }
        return Figure(
            Axes(title: "Classes as the net sees them", xLabel: "first component", yLabel: "second component")
                .scatter(x: x, y: y, groups: errors, names: classes))
    }

    // MARK: Overlays

    /// Where the net looks: how much the probability of the class falls when a patch is covered; with a mask of the dark
    /// pixels, the darkest and brightest points, and a frame.
    func overlays(_ interpretation: ClassificationInterpretation<ImageBlock>) throws {
        let worst = try interpretation.topLosses(3)
        var tiles: [ImageTile] = []
        for item in worst {
            let image = try Image(contentsOf: item.source).resized(to: ImageSize(64), method: .crop)
            let picture = try PlotImage(image)
            let gray = (0..<image.width * image.height).map { pixel in
                (0..<image.channels).reduce(0) { $0 + Int(image.bytes[pixel * image.channels + $1]) } / image.channels
            }
            let rows = (0..<image.height).map { row in Array(gray[row * image.width..<(row + 1) * image.width]) }
            let mean = gray.reduce(0, +) / gray.count
            let darkest = gray.indices.min { gray[$0] < gray[$1] } ?? 0
            let brightest = gray.indices.max { gray[$0] < gray[$1] } ?? 0
            tiles += [
                ImageTile(picture, title: item.actual),
                ImageTile(
                    picture, title: "heat map", overlays: [.heatMap(rows.map { $0.map { Double(255 - $0) } })]),
                ImageTile(picture, title: "mask", overlays: [.mask(rows.map { $0.map { $0 < mean ? 1 : 0 } })]),
                ImageTile(
                    picture, title: "points and box",
                    overlays: [
                        .points([darkest, brightest].map { (Double($0 % image.width), Double($0 / image.width)) }),
                        .box(x: 12, y: 12, width: 40, height: 40, label: "middle"),
                    ]),
            ]
        }
        try save(Figure(.imageGrid(ImageGrid(tiles, columns: 4, title: "Overlays"))), "overlays.png")
    }

    // MARK: Animation

    /// Gradient descent on a line, step by step (lesson 2 of the course).
    func descent() throws {
        manualSeed(42)
        let x = Tensor.rand(100) * 2 - 1
        let y = 3 * x + 2 + Tensor.rand(100)
        let (points, heights) = (x.array(of: Double.self), y.array(of: Double.self))
        var a = Tensor([-1, 1] as [Float]).requiringGradient()
        var frames: [Figure] = []
        for step in 0..<40 {
            let prediction = a[0] * x + a[1]
            let loss = (prediction - y).pow(2).mean()
            if step.isMultiple(of: 2) {
                let ends = [-1.0, 1.0]
                let line = a.detached().array(of: Double.self)
                frames.append(
                    Figure(
                        Axes(
                            title: String(format: "step %d, loss %.3f", step, loss.item() as Double), xLabel: "x",
                            yLabel: "y", yLimits: -3...6.5
                        )
                        .scatter(x: points, y: heights, label: "data")
                        .line(x: ends, y: ends.map { line[0] * $0 + line[1] }, label: "model")))
            }
            loss.backward()
            withoutGradients { a = (a - 0.1 * (a.grad ?? a)).detached() }
            a = a.requiringGradient()
        }
        try Animation(frames, framesPerSecond: 4).save(to: output.appending(path: "gradient-descent.png"))
        print("  gradient-descent.png")
    }

    // MARK: Everything on one page

    /// Several plots on one figure, one of them with logarithmic axes.
    func everyKind(_ interpretation: ClassificationInterpretation<ImageBlock>) throws -> Figure {
        let recorder = learner.recorder
        let losses = try interpretation.topLosses().map(\.loss)
        return Figure(
            Axes(title: "Line", xLabel: "batch", yLabel: "loss").line(recorder.losses, label: "training"),
            Axes(title: "Logarithmic", xLabel: "rank", yLabel: "loss", xScale: .log, yScale: .log)
                .line(x: losses.indices.map { Double($0 + 1) }, y: losses, label: "validation"),
            Axes(title: "Band", xLabel: "batch", yLabel: "rate")
                .band(
                    x: recorder.learningRates.indices.map(Double.init), lower: recorder.learningRates.map { $0 / 2 },
                    upper: recorder.learningRates, label: "from half the rate"
                )
                .line(recorder.momenta.map { $0 / 100 }, label: "momentum / 100", dashed: true),
            Axes(title: "Histogram", xLabel: "loss", yLabel: "items").histogram(losses),
            title: "Several plots on one figure", columns: 2)
    }
}
