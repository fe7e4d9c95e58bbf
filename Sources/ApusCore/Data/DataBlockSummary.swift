// The summary of a data block: one item's way through the pipeline, stage by stage.
import Foundation
import Torch

extension DataBlock {
    /// Walks an item of a list through the pipeline and says what each stage makes of it; where a stage fails, the
    /// text ends with that stage and the reason.
    ///
    /// ```swift
    /// print(try pets.summary(of: imageFiles(in: folder)))
    /// ```
    public func summary(of items: [Item], _ options: LoaderOptions = LoaderOptions()) -> String {
        var story = Story()
        do {
            try walk(items, options, &story)
        } catch {
            story.tell("failed here: \(error)")
        }
        return story.lines.joined(separator: "\n")
    }

    private func walk(_ items: [Item], _ options: LoaderOptions, _ story: inout Story) throws {
        try story.stage("Looking at the items") { tell in
            tell("\(items.count) items")
            guard let first = items.first else { throw DataError("there are no items") }
            tell("first: \(first)")
        }
        let split = try story.stage("Splitting with \(split.name)") { tell in
            let split = try self.split.split(items, seed: options.seed)
            let held = split.test.isEmpty ? "" : ", \(split.test.count) for a test"
            tell("\(split.train.count) for training, \(split.valid.count) for validation\(held)")
            if split.train.isEmpty { throw DataError("nothing is left for training; give a smaller validation part") }
            return split
        }
        let (train, rest) = try story.stage("Finding inputs and labels") { tell in
            let train = try labeled(items, at: split.train, of: "training", options)
            let rest = try labeled(items, at: split.valid + split.test, of: "further", options)
            guard let first = train.first else { throw DataError("no training item has a label") }
            tell("first input for training: \(first.input)")
            tell("first label for training: \(first.target)")
            return (train, rest)
        }
        let pipeline = try story.stage("Fitting \(Input.self) and \(Target.self)") { tell in
            let pipeline = try self.pipeline.fitted(to: train)
            try pipeline.input.check((train + rest).map(\.input))
            try pipeline.target.check((train + rest).map(\.target))
            tell("\(pipeline.target.outputCount) outputs")
            return pipeline
        }
        guard try !tellStream(pipeline, train, &story) else { return }
        let chosen = Array(train.indices.prefix(4))
        var draws = chosen.map { SeededRandom(seed: 0, 0, $0) }
        var values = try story.stage("Loading the first training item") { tell in
            let values = try pipeline.parts(input: train[0].input, target: train[0].target, isTraining: true)
            tell(values.map { "\($0)" }.joined(separator: ", "))
            return values
        }
        for transform in pipeline.itemTransforms {
            try story.stage("Applying \(type(of: transform).storedName)") { tell in
                try transform.apply(&values, isTraining: true, random: &draws[0])
                _ = try pipeline.typed(values, hasTarget: true)
                tell(values.map { "\($0)" }.joined(separator: ", "))
            }
        }
        var bare = pipeline
        bare.batchTransforms = []
        draws = chosen.map { SeededRandom(seed: 0, 0, $0) }
        var batch = try story.stage("Joining the first \(chosen.count) training items to a batch") { tell in
            let batch = try bare.batch(
                inputs: chosen.map { train[$0].input }, targets: chosen.map { train[$0].target }, indices: chosen,
                isTraining: true, draws: draws)
            for tensor in batch.inputs + batch.targets { tell("\(tensor.shape) \(tensor.dtype)") }
            return batch
        }
        guard !pipeline.batchTransforms.isEmpty else { return }
        let names = pipeline.batchTransforms.map { type(of: $0).storedName }.joined(separator: ", ")
        try story.stage("Applying to the batch: \(names)") { tell in
            try pipeline.transform(&batch, isTraining: true, draws: &draws)
            for tensor in batch.inputs + batch.targets { tell("\(tensor.shape) \(tensor.dtype)") }
        }
    }
}

extension DataBlock {
    /// Tells of the batches of a stream, where the input makes one of all its raw values; says whether it does.
    private func tellStream(_ pipeline: Pipeline<Input, Target>, _ items: Labeled, _ story: inout Story) throws -> Bool
    {
        let options = LoaderOptions(batchSize: 4, seed: 0)
        guard let stream = try pipeline.input.stream(of: items.map(\.input), isTraining: true, options) else {
            return false
        }
        try story.stage("Cutting the stream into batches of \(stream.batchSize)") { tell in
            tell("\(stream.batchCount) batches; the first has")
            let batches = try stream.batches(epoch: 0)
            defer { batches.cancel() }
            guard let batch = try batches.next() else { return }
            for tensor in batch.inputs + batch.targets { tell("\(tensor.shape) \(tensor.dtype)") }
        }
        return true
    }
}

/// Lines of text: a title for each stage, and what is told of it below.
private struct Story {
    var lines: [String] = []

    mutating func tell(_ text: String) { lines.append("  \(text)") }

    /// Runs a stage under its title; operators that fail in it are thrown.
    mutating func stage<Result>(
        _ title: String, _ body: (_ tell: (String) -> Void) throws -> Result
    ) throws -> Result {
        lines.append(title)
        var told: [String] = []
        defer { for text in told { tell(text) } }
        return try withTorchErrors { try body { told.append($0) } }
    }
}
