// The summary of a data block: one item's way through the pipeline, told stage by stage.
import Foundation
import Torch

extension DataBlock {
    /// Walks an item of a source through the pipeline and tells what each stage makes of it; where a stage fails, the
    /// text ends with that stage and the reason.
    ///
    /// ```swift
    /// print(pets.summary(of: folder))
    /// ```
    public func summary(of source: URL) -> String {
        var story = Story()
        do {
            try walk(source, &story)
        } catch {
            story.tell("failed here: \(error)")
        }
        return story.lines.joined(separator: "\n")
    }

    private func walk(_ source: URL, _ story: inout Story) throws {
        let items = try story.stage("Listing the items of \(source.path)") { tell in
            let items = try self.items(source)
            tell("\(items.count) items")
            guard let first = items.first else { throw DataError("there are no items") }
            tell("first: \(first)")
            return items
        }
        let split = try story.stage("Splitting with \(splitter.name)") { tell in
            let split = try places(of: items)
            tell("\(split.train.count) for training, \(split.valid.count) for validation")
            if split.train.isEmpty { throw DataError("nothing is left for training; give a smaller validation part") }
            return split
        }
        let inputs = try story.stage("Finding the inputs") { tell in
            let inputs = try items.map { try inputSource($0) }
            tell("first for training: \(inputs[split.train[0]])")
            return inputs
        }
        let labels = try story.stage("Labelling") { tell in
            let labels = try items.map { try label($0) }
            tell("first for training: \(labels[split.train[0]])")
            return labels
        }
        let pipeline = try story.stage("Setting up \(Input.self) and \(Target.self)") { tell in
            var pipeline = self.pipeline
            try pipeline.input.setUp(split.train.map { inputs[$0] })
            try pipeline.target.setUp(split.train.map { labels[$0] })
            try pipeline.input.check(inputs)
            try pipeline.target.check(labels)
            tell("\(pipeline.target.outputCount) outputs")
            return pipeline
        }
        let chosen = Array(split.train.prefix(4))
        var draws = chosen.map { SeededRandom(seed: 0, 0, $0) }
        var values = try story.stage("Loading the first training item") { tell in
            let values = try pipeline.parts(input: inputs[chosen[0]], target: labels[chosen[0]], isTraining: true)
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
                inputs: chosen.map { inputs[$0] }, targets: chosen.map { labels[$0] }, indices: chosen,
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
