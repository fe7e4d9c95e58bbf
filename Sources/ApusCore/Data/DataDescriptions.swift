// What loaders, blocks, batches and splits print: counts, shapes and the first items, never all.
import Torch

/// The first of some values in one line, each cut where it is long.
private func firstOnes(_ values: some Sequence<String>, of count: Int, most: Int = 5) -> String {
    values.prefix(most).map { shortened($0, to: 80) }.joined(separator: ", ") + (count > most ? ", ..." : "")
}

extension Batch: CustomStringConvertible {
    /// The number of items, and the shapes of inputs and targets.
    public var description: String {
        func shapes(_ tensors: [Tensor]) -> String {
            tensors.isEmpty ? "none" : tensors.map { "\($0.shape) \($0.dtype)" }.joined(separator: ", ")
        }
        return "batch of \(count): inputs \(shapes(inputs)); targets \(shapes(targets))"
    }
}

extension Split: CustomStringConvertible {
    /// How many items each part has.
    public var description: String {
        "\(train.count) for training, \(valid.count) for validation"
            + (test.isEmpty ? "" : ", \(test.count) for a test")
    }
}

extension TensorDataset: CustomStringConvertible {
    /// The number of items and the shapes.
    public var description: String {
        func shapes(_ tensors: [Tensor]) -> String { tensors.map { "\($0.shape) \($0.dtype)" }.joined(separator: ", ") }
        return "\(count) items: inputs \(shapes(inputs))" + (targets.isEmpty ? "" : "; targets \(shapes(targets))")
    }
}

extension DataLoader: CustomStringConvertible {
    /// The number of items and of batches.
    public var description: String {
        "\(amount) in \(batchCount) batches of \(batchSize)"
            + (sampler is SequentialSampler ? "" : ", \(type(of: sampler))")
            + (dropLast ? ", the last one dropped if it is not full" : "")
    }
}

extension BlockLoader: CustomStringConvertible {
    /// The number of items and of batches, and the first items.
    public var description: String {
        let head = "\(amount) in \(batchCount) batches of \(batchSize)"
        let shown = firstItems(5)
        return shown.isEmpty ? head : "\(head)\n  " + shown.joined(separator: "\n  ")
    }

    /// The first items as lines: raw input and label, or what the tensors stand for.
    private func firstItems(_ count: Int) -> [String] {
        (0..<Swift.min(count, self.count)).compactMap { index in
            if let (input, target) = rawItem(index) {
                return shortened("\(input)", to: 80) + (target.map { ": " + shortened("\($0)", to: 60) } ?? "")
            }
            guard let (input, target) = try? item(index) else { return nil }
            func text<Shown: Block>(_ value: Shown.Value, _ block: Shown) -> String {
                let caption = (try? block.appearance(of: value, on: nil))?.caption ?? ""
                return shortened(caption.isEmpty ? "\(type(of: value))" : caption.replacing("\n", with: ", "), to: 80)
            }
            return text(input, pipeline.input) + ": " + text(target, pipeline.target)
        }
    }
}

extension DataLoaders: CustomStringConvertible {
    /// The blocks, the transforms, and for each part its number of items, of batches, and its first items.
    public var description: String {
        var lines = ["\(pipeline)"]
        for part in [DataPart.train, .valid, .test] {
            if let loader = loader(of: part) { lines.append("\(part.name): \(loader)") }
        }
        return lines.joined(separator: "\n")
    }
}

extension Pipeline: CustomStringConvertible {
    /// The blocks and the names of the transforms.
    public var description: String {
        func names(_ transforms: [any Transform]) -> String {
            transforms.map { type(of: $0).storedName }.joined(separator: ", ")
        }
        return "\(input) -> \(target)"
            + (itemTransforms.isEmpty ? "" : "\nitem transforms: \(names(itemTransforms))")
            + (batchTransforms.isEmpty ? "" : "\nbatch transforms: \(names(batchTransforms))")
    }
}

extension DataBlock: CustomStringConvertible {
    /// The blocks, the transforms and the splitter.
    public var description: String { "\(pipeline)\nsplit: \(split.name)" }
}

extension CategoryBlock: CustomStringConvertible {
    /// The number of classes and the first of them.
    public var description: String {
        vocabulary.isEmpty
            ? "CategoryBlock(not fitted)"
            : "CategoryBlock(\(vocabulary.count) classes: \(firstOnes(vocabulary, of: vocabulary.count)))"
    }
}

extension MultiCategoryBlock: CustomStringConvertible {
    /// The number of labels and the first of them.
    public var description: String {
        vocabulary.isEmpty
            ? "MultiCategoryBlock(not fitted)"
            : "MultiCategoryBlock(\(vocabulary.count) labels: \(firstOnes(vocabulary, of: vocabulary.count)); above "
                + "\(threshold))"
    }
}
