// Classes of different sizes: weights for the loss, and items that come more than once.
import Torch

extension DataLoaders where Target == CategoryBlock {
    /// How many training items each class has, in the order of the vocabulary.
    public var classCounts: [Int] {
        var counts = [String: Int]()
        for item in trainItems { counts[item.target, default: 0] += 1 }
        return vocabulary.map { counts[$0] ?? 0 }
    }

    /// A weight for each class, the larger the rarer it is: `items / (classes * items of the class)`, scikit-learn's
    /// "balanced"; 0 for a class without items.
    ///
    /// ```swift
    /// let learner = try visionLearner(loaders, .resnet34, loss: .crossEntropy(weights: loaders.classWeights))
    /// ```
    public var classWeights: Tensor {
        let counts = classCounts
        let total = Double(counts.reduce(0, +))
        return Tensor(counts.map { $0 == 0 ? 0 : Float(total / Double(counts.count * $0)) })
    }

    /// The loaders with the training items of rarer classes repeated, so that all classes have as many as the largest.
    ///
    /// The items of a class take turns, so that each comes as often as the others or once more. Augmentation is drawn
    /// anew for each. The validation set stays as it is.
    public func oversampled() throws -> DataLoaders {
        let groups = Dictionary(grouping: trainItems.indices) { trainItems[$0].target }
        let most = groups.values.map(\.count).max() ?? 0
        // The items as they are, then the repetitions class by class.
        let repeated = vocabulary.flatMap { label -> [Int] in
            guard let own = groups[label] else { return [] }
            return (own.count..<max(most, own.count)).map { own[$0 % own.count] }
        }
        return try with(train: trainItems + repeated.map { trainItems[$0] })
    }
}
