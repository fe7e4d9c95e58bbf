// What programs do on several threads at once, for the thread sanitizer: see scripts/check-threads.sh.
//
// Loaders with workers, two trainings, predictions from eight tasks, tensors that are read by all, stops from elsewhere.
import Apus
import Foundation
import Synchronization

Reporting.current = SilentReporter()
Machine.threadCount = 1
let folder = FileManager.default.temporaryDirectory.appending(path: "thread-check-\(UUID().uuidString)")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

/// Fails with a sentence.
func expect(_ isTrue: Bool, _ what: String) {
    if !isTrue {
        print("thread-check: \(what)")
        exit(1)
    }
}

// Pictures of two classes, bright and dark.
for number in 0..<24 {
    let bytes = (0..<16 * 16 * 3).map { UInt8(($0 * 7 + number) % 100 + (number % 2) * 150) }
    try Image(width: 16, height: 16, channels: 3, bytes: bytes)
        .write(to: folder.appending(path: "\(number % 2 == 0 ? "dark" : "bright")_\(number).png"))
}
let files = try imageFiles(in: folder)

@Sendable func makeLoaders(seed: Int) throws -> DataLoaders<ImageBlock, CategoryBlock> {
    try DataLoaders(
        pipeline: Pipeline(
            input: ImageBlock(), target: CategoryBlock(vocabulary: ["bright", "dark"]), itemTransforms: [Resize(16)],
            batchTransforms: augmentations(size: 16)),
        train: files.map { (input: $0, target: String($0.lastPathComponent.prefix { $0 != "_" })) },
        valid: files.prefix(6).map { (input: $0, target: String($0.lastPathComponent.prefix { $0 != "_" })) },
        LoaderOptions(batchSize: 4, workers: 3, seed: seed))
}

@Sendable func makeLearner(seed: Int) throws -> ImageClassifier {
    let model = Sequential([
        Conv2d(3, 4, kernelSize: 3), BatchNorm2d(4), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Linear(4, 2),
    ])
    return try ImageClassifier(
        makeLoaders(seed: seed), model, metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu))
}

/// Runs bodies on threads of their own and waits for them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        let thread = Thread {
            do { try body(number) } catch { expect(false, "thread \(number): \(error)") }
            group.leave()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }
    group.wait()
}

// 1. One loader, read on two threads, and left in the middle.
let shared = try makeLoaders(seed: 1)
onThreads(2) { number in
    for epoch in 0..<2 {
        let batches = try shared.train.batches(epoch: epoch)
        var seen = 0
        while let batch = try batches.next() {
            seen += batch.count
            if number == 1, seen >= 8 { break }
        }
        batches.cancel()
        expect(seen >= 8, "a loader gave \(seen) items")
    }
}
print("loaders: done")

// 2. Two trainings at once, of which a third thread stops one; the reports of both go to one reporter.
let stoppers = Mutex<[Stopper]>([])
onThreads(3) { number in
    guard number < 2 else {
        while stoppers.withLock({ $0.count }) < 2 { usleep(1000) }
        stoppers.withLock { $0[0] }.stop()
        return
    }
    let learner = try makeLearner(seed: number)
    stoppers.withLock { $0.append(learner.stopper) }
    try learner.fineTune(2)
    try learner.export(to: folder.appending(path: "model\(number).safetensors"))
}
print("trainings: done")

// 3. Predictions from eight tasks, each with a learner of its own that was loaded from one file.
let model = folder.appending(path: "model1.safetensors")
let answers = Mutex<[[Float]]>([])
await withTaskGroup(of: Void.self) { group in
    for _ in 0..<8 {
        group.addTask {
            do {
                let learner = try ImageClassifier.load(from: model, precision: .float32, device: .cpu) { _ in
                    Sequential([
                        Conv2d(3, 4, kernelSize: 3), BatchNorm2d(4), ReLU(), AdaptiveAvgPool2d(1), Flatten(),
                        Linear(4, 2),
                    ])
                }
                let found = try files.prefix(4).flatMap { try learner.predict($0).probabilities }
                answers.withLock { $0.append(found) }
            } catch {
                expect(false, "a prediction failed: \(error)")
            }
        }
    }
}
let first = answers.withLock { $0[0] }
expect(answers.withLock { $0.count == 8 && $0.allSatisfy { $0 == first } }, "eight tasks do not agree")
print("predictions: done")

// 4. Tensors that all tasks read, and views of them; each changes only its own.
let weights = Tensor((0..<1024).map { Float($0) }, shape: [32, 32])
let sums = Mutex<[Float]>([])
await withTaskGroup(of: Void.self) { group in
    for number in 0..<8 {
        group.addTask {
            var own = weights.clone()
            for _ in 0..<20 {
                let row = weights[number]
                own += row.unsqueeze(0)
                _ = weights.matmul(own).sum()
                _ = "\(weights.shape) \(weights[0])"
            }
            let total: Float = weights.sum().item(as: Float.self)
            sums.withLock { $0.append(total) }
        }
    }
}
expect(sums.withLock { $0 == Array(repeating: 523_776, count: 8) }, "a shared tensor has changed")
print("tensors: done")

// 5. Trees, which one model answers for all tasks, and tables.
let table = try Table([
    ("kind", Column((0..<60).map { ["red", "blue"][$0 % 2] })), ("size", Column((0..<60).map { Double($0) })),
    ("answer", Column((0..<60).map { $0 < 30 ? "yes" : "no" })),
])
onThreads(2) { number in
    let rows = try TabularDataLoaders.fromTable(table, target: "answer", LoaderOptions(batchSize: 8, seed: number))
    let learner = try tabularLearner(rows, .init(layers: [4]), TrainingOptions(precision: .float32, device: .cpu))
    learner.showsProgress = false
    try learner.fit(1)
    _ = try learner.predict(["kind": "red", "size": 3.0])
}
print("tables: done")
