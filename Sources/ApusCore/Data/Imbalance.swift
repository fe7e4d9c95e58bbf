// Classes of different sizes: weights for the loss, and items that come more than once.
import Torch

extension DataLoaders {
    /// How many items of a part of the data have each class, in the order of the block's ``TargetBlock/classNames``; nil where
    /// the labels are no classes.
    ///
    /// - Throws: What reading rows in memory throws.
    public func itemsByClass(of part: DataPart) throws -> [Int]? {
        guard let loader = loader(of: part), let names = pipeline.target.classNames else { return nil }
        if loader.hasSources {
            var counts: [String: Int] = [:]
            for item in loader.items {
                for label in pipeline.target.classes(in: item.target) {
                    counts[label.target.map { "\($0): \(label.name)" } ?? label.name, default: 0] += 1
                }
            }
            return counts.isEmpty ? nil : names.map { counts[$0] ?? 0 }
        }
        // Data in memory has classes as numbers, or as ones and zeros.
        let kinds = pipeline.target.kinds
        guard kinds == [.category] || kinds == [.categories], pipeline.target.answer == .perItem else { return nil }
        var counts = names.map { _ in 0 }
        let batches = try loader.plain.batches(epoch: 0)
        defer { batches.cancel() }
        while let batch = try batches.next() {
            guard let target = batch.targets.first else { continue }
            if kinds == [.category] {
                for place in target.array(of: Int.self) where counts.indices.contains(place) { counts[place] += 1 }
            } else {
                let own = target.sum(dim: 0).array(of: Double.self)
                for place in counts.indices where place < own.count { counts[place] += Int(own[place]) }
            }
        }
        return counts
    }
}

extension DataLoaders where Target == CategoryBlock {
    /// How many training items each class has, in the order of the vocabulary.
    ///
    /// - Throws: What reading rows in memory throws.
    public var classCounts: [Int] { get throws { try classCounts(of: .train) } }

    /// How many items of a part of the data each class has, in the order of the vocabulary.
    ///
    /// - Throws: What reading rows in memory throws.
    public func classCounts(of part: DataPart) throws -> [Int] {
        try itemsByClass(of: part) ?? vocabulary.map { _ in 0 }
    }

    /// The class of each item, as its place in the vocabulary.
    private func classIndices(of part: DataPart) throws -> [Int] {
        guard let loader = loader(of: part) else { return [] }
        if loader.hasSources {
            let places = Dictionary(vocabulary.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            return loader.items.map { places[normalizedLabel($0.target)] ?? -1 }
        }
        // Data in memory has classes as numbers.
        var found: [Int] = []
        let batches = try loader.plain.batches(epoch: 0)
        defer { batches.cancel() }
        while let batch = try batches.next() { found += batch.targets[0].array(of: Int.self) }
        return found
    }

    /// A weight for each class, the larger the rarer it is: `items / (classes * items of the class)`, scikit-learn's
    /// "balanced"; 0 for a class without items.
    ///
    /// ```swift
    /// let learner = try visionLearner(loaders, .resnet34, loss: .crossEntropy(weights: loaders.classWeights))
    /// ```
    ///
    /// - Throws: What reading rows in memory throws.
    public var classWeights: Tensor { get throws { Tensor(try weights().map(Float.init)) } }

    private func weights() throws -> [Double] {
        let counts = try classCounts
        let total = Double(counts.reduce(0, +))
        return counts.map { $0 == 0 ? 0 : total / Double(counts.count * $0) }
    }

    /// The weight of each training item's class, for a sampler that draws rare classes as often as common ones:
    /// `loaders.with(sampler: .weighted(loaders.itemWeights))`.
    ///
    /// - Throws: What reading rows in memory throws.
    public var itemWeights: [Double] {
        get throws {
            let weights = try weights()
            return try classIndices(of: .train).map { weights.indices.contains($0) ? weights[$0] : 0 }
        }
    }

    /// The loaders with the training items of rarer classes repeated, so that all classes have as many as the largest.
    ///
    /// The items of a class take turns, so that each comes as often as the others or once more. Augmentation is drawn
    /// anew for each. The validation set stays as it is. A sampler with ``itemWeights`` draws them at random instead.
    ///
    /// - Throws: What reading rows in memory throws, or ``DataError`` for a stream.
    public func oversampled() throws -> DataLoaders {
        let classes = try classIndices(of: .train)
        let groups = Dictionary(grouping: classes.indices) { classes[$0] }
        let most = groups.values.map(\.count).max() ?? 0
        // The items as they are, then the repetitions class by class.
        let repeated = vocabulary.indices.flatMap { label -> [Int] in
            guard let own = groups[label] else { return [] }
            return (own.count..<max(most, own.count)).map { own[$0 % own.count] }
        }
        return try with(trainAt: Array(classes.indices) + repeated)
    }
}
