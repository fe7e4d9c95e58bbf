// Rows of tables that clients send, and recommendations.
import ApusCore
import ApusTabular
import Foundation

extension TabularBlock: ServedInput, @retroactive StoredType {
    public var card: InputCard {
        let kinds = fileKinds
        return InputCard(
            kind: "table", text: "a row",
            columns: columns.map { name in
                if let number = numbers.first(where: { $0.name == name }) {
                    let isTruth = number.kind == .boolean
                    let value = number.fill ?? number.fallback ?? number.mean
                    return ColumnCard(
                        name: name, kind: isTruth ? "boolean" : "number",
                        default: isTruth
                            ? .boolean(value >= 0.5)
                            : number.kind == .integer ? .integer(Int(value.rounded())) : .number(value))
                }
                if let category = categories.first(where: { $0.name == name && $0.indicated == nil }) {
                    let classes = Array(category.classes.dropFirst())
                    return ColumnCard(
                        name: name, kind: "category", classes: classes, default: classes.first.map { .string($0) })
                }
                return ColumnCard(name: name, kind: kinds[name] == .number ? "number" : "day")
            })
    }

    public func value(of item: SentItem, hint: LoadHint) throws -> TableCells {
        guard case .row(let cells) = item.content else { throw item.misfit("rows") }
        return try load(row(of: cells), hint: hint)
    }

    public func notes(on value: TableCells) throws -> [String] { try unfamiliarValues(in: value).sentences }
}

/// A model that recommends: what a user would think of an item, or what a user may like best.
struct RecommenderModel: ServedModel {
    enum Prepared: Sendable {
        case pair(TableCells, notes: [String])
        case user(Cell, count: Int, withSeen: Bool)
    }

    enum Predicted: Sendable {
        case number(Double, notes: [String])
        case items([Recommendation], seen: Int, isKnown: Bool)
    }

    let recommender: Recommender
    let card: ModelCard
    var monitor: DriftMonitor? { recommender.monitor }
    private let input: CollabBlock

    init(_ recommender: Recommender, text: String) {
        self.recommender = recommender
        input = recommender.pipeline.input
        let columns = [input.users, input.items].map {
            ColumnCard(name: $0.name, kind: "category", classes: Array($0.classes.dropFirst()))
        }
        card = ModelCard(
            input: InputCard(kind: "ratings", text: "a user, or a user and an item", columns: columns),
            answer: AnswerCard(kind: "number"), text: text)
    }

    func prepare(_ question: Question) throws -> Prepared {
        guard case .row(let cells) = question.item.content else {
            throw question.item.misfit("rows of \(input.users.name) and \(input.items.name)")
        }
        let names = [input.users.name, input.items.name]
        if let other = cells.keys.sorted().first(where: { !names.contains($0) }) {
            throw WebError.unprocessable(
                "There is no column \"\(other)\"; give \(names[0]), or \(names[0]) and \(names[1]).")
        }
        guard let user = cells[names[0]] else {
            throw WebError.unprocessable("The row lacks \(names[0]); give it a value.")
        }
        guard cells[names[1]] != nil else {
            let options = question.options
            guard options.count >= 1 else {
                throw WebError.unprocessable("count=\(options.count) is not possible; give at least 1.")
            }
            return .user(user, count: options.count, withSeen: options.withSeen)
        }
        let table = try Table(rows: [cells], columns: names)
        return .pair(cells, notes: try input.unfamiliarValues(in: table).sentences)
    }

    func predict(_ items: [Prepared]) -> [Result<Predicted, any Error>] {
        // Pairs go through the model together, users one by one.
        let pairs = items.compactMap { item in if case .pair(let cells, _) = item { cells } else { nil } }
        let together = Result {
            try pairs.isEmpty
                ? [] : recommender.predict(Table(rows: pairs, columns: [input.users.name, input.items.name]))
        }
        var place = 0
        return items.map { item in
            switch item {
            case .pair(let cells, let notes):
                defer { place += 1 }
                guard case .success(let numbers) = together else {
                    // One pair may spoil the table for the others.
                    return Result { .number(try recommender.predict(cells), notes: notes) }
                }
                return .success(.number(numbers[place], notes: notes))
            case .user(let user, let count, let withSeen):
                return Result {
                    .items(
                        try recommender.recommend(to: user, count: count, leavesOutSeen: !withSeen),
                        seen: try recommender.itemsSeen(by: user).count, isKnown: try recommender.isKnown(user: user))
                }
            }
        }
    }

    func answer(_ predicted: Predicted, to question: Question) -> ModelAnswer {
        switch predicted {
        case .number(let number, let notes):
            var answer = ModelAnswer(["number": .number(number)], summary: String(format: "%.6g", number))
            if !notes.isEmpty { answer.fields["notes"] = .array(notes.map { .string($0) }) }
            return answer
        case .items(let items, let seen, let isKnown):
            var answer = ModelAnswer(
                [
                    "recommendations": .array(items.map { [.string($0.item), .number($0.score)] }),
                    "seen": .integer(seen),
                ], summary: items.map(\.item).joined(separator: "; "))
            if !isKnown {
                answer.fields["notes"] = [
                    .string(
                        "The user was in no training row of \(input.users.name); the mean of the known ones takes its place."
                    )
                ]
            }
            return answer
        }
    }
}
