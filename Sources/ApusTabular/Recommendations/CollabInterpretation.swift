// What a recommender has learned of users and items: biases, factors, neighbors, and a map of items.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// What a recommender has learned of users and items.
///
/// ```swift
/// let learned = try CollabInterpretation(learner)
/// for film in try learned.mostLiked() { print(film.name, film.value) }
/// print(try learned.nearest(to: "Fargo (1996)", count: 5).map(\.name))
/// try learned.plotFactors().save(to: URL(filePath: "films.png"))
/// ```
public struct CollabInterpretation: Sendable {
    /// Users or items.
    public enum Side: String, Sendable {
        case users, items
    }

    /// A name and what was learned of it.
    public struct Entry: Sendable, Equatable {
        /// The name of a user or an item.
        public let name: String
        /// The bias, or the likeness.
        public let value: Double
    }

    private let columns: [Side: CategoricalColumn]
    private let weights: [Side: Tensor]
    private let biases: [Side: Tensor]
    private let ratingCounts: [Int]?

    /// - Throws: `TrainingError` when the model is not one that ``collabLearner(_:_:loss:metrics:_:)`` makes.
    public init(_ learner: some Predicting<CollabBlock, NumberBlock>) throws {
        let predictor = learner.predictor
        let input = predictor.pipeline.input
        columns = [.users: input.users, .items: input.items]
        ratingCounts = input.seen.count == 0 ? nil : input.seen.userCounts(itemCount: input.items.classes.count)
        func learned(_ embedding: Embedding, _ column: CategoricalColumn) -> Tensor {
            embedding.predictedTable(untrained: column.untrained).to(.cpu)
        }
        (weights, biases) = try predictor.withModel { model in
            if let model = model as? EmbeddingDotBias {
                return (
                    [.users: learned(model.uWeight, input.users), .items: learned(model.iWeight, input.items)],
                    [
                        .users: learned(model.uBias, input.users).squeeze(dim: 1),
                        .items: learned(model.iBias, input.items).squeeze(dim: 1),
                    ]
                )
            }
            guard let model = model as? TabularModel, model.embeds.count == 2 else {
                throw TrainingError(
                    "A \(type(of: model)) has no factors of users and items; give a model of collabLearner.")
            }
            return (
                [.users: learned(model.embeds[0], input.users), .items: learned(model.embeds[1], input.items)], [:]
            )
        }
    }

    private func places(_ names: [String]?, _ side: Side) throws -> [Int] {
        guard let column = columns[side] else { return [] }
        return try names.map { try column.places(of: $0, String(side.rawValue.dropLast())) }
            ?? Array(1..<column.classes.count)
    }

    private func rows(_ all: Tensor?, _ names: [String]?, _ side: Side) throws -> Tensor {
        guard let all else {
            throw TrainingError("A network has no biases of \(side.rawValue); a dot product has them.")
        }
        return all.indexSelect(dim: 0, Tensor(try places(names, side)))
    }

    // MARK: Biases and factors

    /// The biases of some names, `[names]`: how much better an item is rated than who rates it would lead to expect.
    ///
    /// - Parameters:
    ///   - names: All without the unknown one by default, in the order of ``names(of:)``.
    ///   - side: Items by default.
    /// - Throws: `DataError` for a name that the training rows lack, `TrainingError` for a network.
    public func bias(of names: [String]? = nil, _ side: Side = .items) throws -> Tensor {
        try rows(biases[side], names, side)
    }

    /// The factors of some names, `[names, factors]`; of a network the vectors that it makes of them.
    ///
    /// - Parameters:
    ///   - names: All without the unknown one by default, in the order of ``names(of:)``.
    ///   - side: Items by default.
    /// - Throws: `DataError` for a name that the training rows lack.
    public func weight(of names: [String]? = nil, _ side: Side = .items) throws -> Tensor {
        try rows(weights[side], names, side)
    }

    /// The names of users or items, as the rows of ``bias(of:_:)`` and ``weight(of:_:)`` have them.
    public func names(of side: Side = .items) -> [String] { Array(columns[side]?.classes.dropFirst() ?? []) }

    /// The names of the items that most users have rated, most rated first.
    ///
    /// - Throws: `TrainingError` for a model that does not know what users have rated (`keepsSeen: false`).
    public func mostRated(_ count: Int = 1000) throws -> [String] {
        try checkCount(count, of: "names")
        let names = columns[.items]?.classes ?? []
        guard let ratingCounts else {
            throw TrainingError(
                "The model does not know which items most users have rated, since its loaders were made with "
                    + "keepsSeen: false. Name the items to look at, or train with keepsSeen: true.")
        }
        return ratingCounts.indices.dropFirst()
            .sorted { ratingCounts[$0] == ratingCounts[$1] ? $0 < $1 : ratingCounts[$0] > ratingCounts[$1] }
            .prefix(count).map { names[$0] }
    }

    /// The items with the highest biases, highest first: liked also by users to whose taste they are not.
    public func mostLiked(_ count: Int = 15, among names: [String]? = nil) throws -> [Entry] {
        try ranked(bias(of: names), names, .items, count) { $0 > $1 }
    }

    /// The items with the lowest biases, lowest first.
    public func leastLiked(_ count: Int = 15, among names: [String]? = nil) throws -> [Entry] {
        try ranked(bias(of: names), names, .items, count) { $0 < $1 }
    }

    /// The names whose factors point most nearly into the same direction, by the cosine of the angle between them.
    ///
    /// - Throws: `DataError` for a name that the training rows lack.
    public func nearest(to name: String, count: Int = 10, _ side: Side = .items) throws -> [Entry] {
        try checkCount(count, of: "names")
        let all = try weight(of: nil, side)
        let likeness = all.normalized(dim: 1).matmul(try weight(of: [name], side).normalized(dim: 1)[0])
        return try ranked(likeness, nil, side, .max) { $0 > $1 }.filter { $0.name != name }
            .prefix(count).map { $0 }
    }

    private func ranked(
        _ values: Tensor, _ names: [String]?, _ side: Side, _ count: Int, by isBefore: (Double, Double) -> Bool
    ) throws -> [Entry] {
        try checkCount(count, of: "names")
        let names = names ?? self.names(of: side)
        return zip(names, values.array(of: Double.self)).map { Entry(name: $0, value: $1) }
            .sorted { $0.value == $1.value ? $0.name < $1.name : isBefore($0.value, $1.value) }
            .prefix(count).map { $0 }
    }

    // MARK: Principal components

    /// The items that components are taken of: the thousand that most users have rated, or all where there are no more.
    private func sample() throws -> [String] {
        let all = names(of: .items)
        return all.count <= 1000 ? all : try mostRated(1000)
    }

    /// The factors as seen along the few directions in which they differ most, `[names, count]`.
    ///
    /// - Parameters:
    ///   - count: How many directions; 3 by default.
    ///   - names: The thousand items that most users have rated by default, as in the course; all users.
    public func principalFactors(_ count: Int = 3, of names: [String]? = nil, _ side: Side = .items) throws -> Tensor {
        let chosen = try names ?? (side == .items ? sample() : nil)
        return try withTorchErrors { try weight(of: chosen, side).principalComponents(count) }
    }

    /// The names at the two ends of a principal component, each the farthest first.
    ///
    /// - Parameter component: 0 for the direction in which the factors differ most.
    public func ends(
        ofComponent component: Int, count: Int = 10, of names: [String]? = nil, _ side: Side = .items
    ) throws -> (high: [Entry], low: [Entry]) {
        let chosen = try names ?? (side == .items ? sample() : self.names(of: side))
        guard (0..<1 << 30).contains(component) else {
            throw TrainingError("There is no component \(component); they count from 0.")
        }
        let values = try principalFactors(component + 1, of: chosen, side).select(dim: 1, index: component)
        return (
            try ranked(values, chosen, side, count) { $0 > $1 }, try ranked(values, chosen, side, count) { $0 < $1 }
        )
    }

    /// A map of items: the most rated ones by their places along two principal components, with their names.
    ///
    /// - Parameters:
    ///   - components: Which components lie along x and y; the first and the third by default, as in the course.
    ///   - names: What is shown; the 50 items that most users have rated by default.
    ///   - sample: What the components are taken of; the thousand items that most users have rated by default.
    public func plotFactors(
        components: (x: Int, y: Int) = (0, 2), names: [String]? = nil, of sample: [String]? = nil
    ) throws -> Figure {
        guard (0..<1 << 30).contains(components.x), (0..<1 << 30).contains(components.y) else {
            throw TrainingError("There are no components \(components); they count from 0.")
        }
        let shown = try names ?? mostRated(50)
        let sample = try sample ?? self.sample()
        let all = sample + Set(shown).subtracting(sample).sorted()
        let places = try principalFactors(max(components.x, components.y) + 1, of: all)
        let rows = Dictionary(zip(all, all.indices), uniquingKeysWith: { first, _ in first })
        let chosen = places.indexSelect(dim: 0, Tensor(shown.compactMap { rows[$0] }))
        func values(_ component: Int) -> [Double] { chosen.select(dim: 1, index: component).array(of: Double.self) }
        var axes = Axes(
            title: "\(shown.count) items by what was learned of them", xLabel: "component \(components.x)",
            yLabel: "component \(components.y)"
        ).scatter(x: values(components.x), y: values(components.y), names: shown)
        axes.size = FigureSize(width: 900, height: 900)
        return Figure(axes)
    }
}

/// Refuses to give fewer than one.
func checkCount(_ count: Int, of what: String) throws {
    guard count >= 1 else { throw DataError("\(count) \(what) are not possible; give at least 1.") }
}
