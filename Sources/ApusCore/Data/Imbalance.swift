// Classes of different sizes: weights for the loss, and items that come more than once.
import Torch

extension DataLoaders where Target == CategoryBlock {
    /// How many training items each class has, in the order of the vocabulary.
    ///
    /// - Throws: What reading rows in memory throws.
    public var classCounts: [Int] { get throws { try classCounts(of: .train) } }

    /// How many items of a part of the data each class has, in the order of the vocabulary.
    ///
    /// - Throws: What reading rows in memory throws.
    public func classCounts(of part: DataPart) throws -> [Int] {
        if areInMemory { return try classCountsInMemory(part) }
        var counts = [String: Int]()
        for item in items(of: part) { counts[normalizedLabel(item.target), default: 0] += 1 }
        return vocabulary.map { counts[$0] ?? 0 }
    }

    /// The same of data in memory, which have classes as numbers.
    private func classCountsInMemory(_ part: DataPart) throws -> [Int] {
        var counts = vocabulary.map { _ in 0 }
        guard let source = plain(part) else { return counts }
        let batches = try ((source as? DataLoader)?.inOrder ?? source).batches(epoch: 0)
        while let batch = try batches.next() {
            for place in batch.targets[0].array(of: Int.self) where counts.indices.contains(place) {
                counts[place] += 1
            }
        }
        return counts
    }

    /// A weight for each class, the larger the rarer it is: `items / (classes * items of the class)`, scikit-learn's
    /// "balanced"; 0 for a class without items.
    ///
    /// ```swift
    /// let learner = try visionLearner(loaders, .resnet34, loss: .crossEntropy(weights: loaders.classWeights))
    /// ```
    ///
    /// - Throws: What reading rows in memory throws.
    public var classWeights: Tensor {
        get throws {
            let counts = try classCounts
            let total = Double(counts.reduce(0, +))
            return Tensor(counts.map { $0 == 0 ? 0 : Float(total / Double(counts.count * $0)) })
        }
    }

    /// The loaders with the training items of rarer classes repeated, so that all classes have as many as the largest.
    ///
    /// The items of a class take turns, so that each comes as often as the others or once more. Augmentation is drawn
    /// anew for each. The validation set stays as it is.
    ///
    /// - Throws: ``DataError`` for rows of a table, which lie ready in memory; give the loss ``classWeights`` instead.
    public func oversampled() throws -> DataLoaders {
        let groups = Dictionary(grouping: trainItems.indices) { normalizedLabel(trainItems[$0].target) }
        let most = groups.values.map(\.count).max() ?? 0
        // The items as they are, then the repetitions class by class.
        let repeated = vocabulary.flatMap { label -> [Int] in
            guard let own = groups[label] else { return [] }
            return (own.count..<max(most, own.count)).map { own[$0 % own.count] }
        }
        return try with(train: trainItems + repeated.map { trainItems[$0] })
    }
}
