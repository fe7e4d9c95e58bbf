// What a network has learned of the values of a categorical column: a vector for each.
import ApusCore
import ApusPlot
import Torch

/// The vectors that a network has learned for the values of a categorical column.
///
/// Values that mean much the same to the network lie close together: of the Rossmann shops, the vectors of Germany's
/// states resemble its map.
///
/// Guo and Berkhahn, *Entity Embeddings of Categorical Variables*, 2016.
public struct CategoryEmbedding: Sendable {
    /// The column's name.
    public let column: String
    /// The values, `#na#` for missing and unseen ones first.
    public let classes: [String]
    /// The vectors, `[classes, size]`. A value that no training row has, such as `#na#` where none was missing, has the
    /// mean of the others.
    public let vectors: Tensor
    /// The places of values that no training row has.
    let untrained: [Int]

    /// The vector of a value.
    ///
    /// - Throws: `DataError` for a value that the training rows did not have.
    public func vector(of value: String) throws -> [Double] {
        try vectors[place(of: value)].array(of: Double.self)
    }

    /// The values whose vectors point most nearly in the same direction, the nearest first; `#na#` and values that no
    /// training row has are not among them.
    ///
    /// - Returns: The values with the cosine of the angle: 1 for the same direction, 0 for a right angle.
    /// - Throws: `DataError` for a value that the training rows did not have, or a count below 1.
    public func nearest(to value: String, count: Int = 5) throws -> [(value: String, similarity: Double)] {
        try checkCount(count, of: "values")
        let place = try place(of: value)
        let directions = vectors.to(.float64).normalized()
        let similarities = directions.matmul(directions[place]).array(of: Double.self)
        return classes.indices.dropFirst().filter { $0 != place && !untrained.contains($0) }
            .sorted { (similarities[$1], $0) < (similarities[$0], $1) }.prefix(count)
            .map { (classes[$0], similarities[$0]) }
    }

    /// The values on the two directions in which their vectors differ most (principal components).
    ///
    /// - Parameter includesMissing: Whether `#na#` is shown; false by default.
    public func plot(includesMissing: Bool = false) throws -> Figure {
        let first = includesMissing ? 0 : 1
        guard classes.count - first >= 2, vectors.size(1) >= 2 else {
            throw TrainingError(
                "The column \"\(column)\" has \(classes.count - first) values with vectors of \(vectors.size(1)) numbers; a "
                    + "projection needs two of each.")
        }
        let places = try withTorchErrors {
            vectors.narrow(dim: 0, start: first, length: classes.count - first).principalComponents(2).to(.float64)
        }
        var axes = Axes(title: column, xLabel: "first component", yLabel: "second component").scatter(
            x: places.select(dim: 1, index: 0).array(of: Double.self),
            y: places.select(dim: 1, index: 1).array(of: Double.self), names: Array(classes.dropFirst(first)))
        axes.size = FigureSize(width: 560, height: 440)
        return Figure(axes)
    }

    private func place(of value: String) throws -> Int {
        guard let place = classes.firstIndex(of: value) else {
            throw DataError(
                "The value \"\(value)\" of \"\(column)\" was not in the training rows; they had \(classes.listed).")
        }
        return place
    }
}

extension Learner where Input == TabularBlock {
    /// What the network has learned of each categorical column, in the order of the columns.
    ///
    /// - Throws: `TrainingError` for a model that is no ``TabularModel``.
    public func embeddings() throws -> [CategoryEmbedding] {
        guard let model = model as? TabularModel else {
            throw TrainingError(
                "The model is \(type(of: model)); only a TabularModel has vectors of categories to show.")
        }
        return zip(pipeline.input.categories, model.embeds).map { column, embedding in
            CategoryEmbedding(
                column: column.name, classes: column.classes,
                vectors: embedding.predictedTable(untrained: column.untrained).to(.cpu), untrained: column.untrained)
        }
    }

    /// What the network has learned of a categorical column.
    ///
    /// ```swift
    /// let education = try learner.embedding(of: "education")
    /// print(try education.nearest(to: "Masters", count: 3))
    /// try education.plot().save(to: URL(filePath: "education.png"))
    /// ```
    /// - Throws: `DataError` when there is no such column.
    public func embedding(of column: String) throws -> CategoryEmbedding {
        let all = try embeddings()
        guard let found = all.first(where: { $0.column == column }) else {
            throw DataError(
                "The column \"\(column)\" is not among the categorical ones \(all.map(\.column).listed).")
        }
        return found
    }

    /// A table with what the network has learned in place of each categorical column: `state` becomes `state_0`,
    /// `state_1`, and so on, for other models to learn from.
    ///
    /// Other columns stay as they are, so that the target and continuous columns can be named as before:
    /// ```swift
    /// let features = try learner.embeddingFeatures(of: sales)
    /// let loaders = try TabularDataLoaders.fromTable(
    ///     features, target: "Sales", targetBlock: NumberBlock(), categorical: [])
    /// let trees = try RandomForest().fit(to: loaders)
    /// ```
    /// - Throws: `DataError` that names a column that is not there, or a value that does not fit.
    public func embeddingFeatures(of table: Table) throws -> Table {
        let embeddings = try Dictionary(uniqueKeysWithValues: embeddings().map { ($0.column, $0) })
        let learned = pipeline.input.categories.filter { $0.indicated == nil }
        for column in learned { _ = try table[column.name] }
        return try withTorchErrors {
            try Table(
                try table.columns.flatMap { name, column -> [(String, Column)] in
                    guard let category = learned.first(where: { $0.name == name }), let found = embeddings[name] else {
                        return [(name, column)]
                    }
                    let vectors = found.vectors.to(.float64).indexSelect(dim: 0, try category.coded(column).tensor())
                    return try (0..<vectors.size(1)).map { place in
                        let numbers = vectors.select(dim: 1, index: place).array(of: Double.self)
                        return ("\(name)_\(place)", try Column(numbers))
                    }
                })
        }
    }
}
