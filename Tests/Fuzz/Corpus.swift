// The whole files that Apus writes itself; scripts/make_fuzz_corpus.py writes the others.
import Apus
import Foundation

/// A small model of pictures.
func smallNet() -> Module {
    Sequential([Conv2d(3, 2, kernelSize: 3, stride: 2), AdaptiveAvgPool2d(1), Flatten(), Linear(2, 2)])
}

func fuzzTable() throws -> Table {
    try Table([
        ("kind", Column((0..<40).map { ["red", "blue", "green"][$0 % 3] })),
        ("size", Column((0..<40).map { $0 % 7 == 0 ? nil : Double($0) / 3 })),
        ("answer", Column((0..<40).map { $0 % 2 == 0 ? "yes" : "no" })),
    ])
}

/// A trainer whose state is saved and restored.
func smallTrainer() throws -> Trainer {
    let trainer = Trainer(
        train: try DataLoader(TensorDataset(inputs: [.ones(8, 3)], targets: [.ones(8, 1)]), batchSize: 4), valid: nil,
        model: Sequential([Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 1)]), loss: .mse,
        TrainingOptions(precision: .float32, device: .cpu))
    trainer.showsProgress = false
    return trainer
}

/// Writes the files of Apus's own forms into the corpus.
func addCorpus(to folder: URL) throws {
    Reporting.current = SilentReporter()
    manualSeed(1)
    func file(_ name: String) -> URL { folder.appending(path: name) }
    let image = try Image(width: 24, height: 18, channels: 3, bytes: (0..<1296).map { UInt8($0 * 7 % 256) })
    for ending in ["jpg", "png", "webp"] { try image.write(to: file("picture.\(ending)")) }
    let gray = try Image(width: 9, height: 7, channels: 1, bytes: (0..<63).map { UInt8($0 * 3) })
    for ending in ["jpg", "png"] { try gray.write(to: file("gray.\(ending)")) }
    let table = try fuzzTable()
    try table.writeParquet(to: file("table.parquet"))
    try table.writeArrow(to: file("table.arrow"))
    try Safetensors.save(
        ["a": Tensor.ones(3, 4), "b": Tensor([1, 2, 3]), "c": Tensor.ones(2).to(.bfloat16)], metadata: ["x": "y"],
        to: file("tensors.safetensors"))

    let picture = file("picture.png")
    let loaders = try DataLoaders(
        pipeline: Pipeline(
            input: ImageBlock(), target: CategoryBlock(vocabulary: ["a", "b"]), itemTransforms: [Resize(16)],
            batchTransforms: augmentations(size: 12) + [Normalize(mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.3])]),
        train: (0..<4).map { (input: picture, target: $0 % 2 == 0 ? "a" : "b") },
        LoaderOptions(batchSize: 2, workers: 0, seed: 1))
    let classifier = try ImageClassifier(loaders, smallNet(), TrainingOptions(precision: .float32, device: .cpu))
    try classifier.export(to: file("pictures.picturemodel"))

    let rows = try TabularDataLoaders.fromTable(table, target: "answer", LoaderOptions(batchSize: 8, seed: 1))
    let learner = try tabularLearner(rows, .init(layers: [4]), TrainingOptions(precision: .float32, device: .cpu))
    learner.showsProgress = false
    try learner.fit(1)
    try learner.export(to: file("rows.tablemodel"))
    try LinearModel(maxSteps: 5).fit(to: rows).export(to: file("linear.linearmodel"))
    try GradientBoostedTrees(rounds: 3, leaves: 4, minRowsInLeaf: 2).fit(to: rows).export(to: file("trees.treemodel"))
    let ratings = try Table([
        ("u", Column((0..<30).map { "u\($0 % 5)" })), ("i", Column((0..<30).map { "i\($0 % 6)" })),
        ("r", Column((0..<30).map { Double($0 % 5) })),
    ])
    let collab = try collabLearner(
        CollabDataLoaders.fromTable(ratings, LoaderOptions(batchSize: 8, seed: 1)), .dotProduct(factors: 3),
        TrainingOptions(precision: .float32, device: .cpu))
    try collab.export(to: file("ratings.ratingmodel"))
    let trainer = try smallTrainer()
    try trainer.fit(1)
    try trainer.save(to: file("state.checkpoint"))
}
