// The text of trees in a file, checked before LightGBM reads it.
import ApusCore

/// Trees as LightGBM writes them, version 4.
///
/// LightGBM trusts such a text: a child that is not there, a column too many or a list cut short end the process or read
/// foreign memory. So a file's text is read here first, and LightGBM is given only what was understood, written anew.
struct TreeText {
    /// What LightGBM may read.
    private(set) var checked: [UInt8] = []
    /// The number of trees.
    private(set) var treeCount = 0
    private var lines: ArraySlice<ArraySlice<UInt8>>
    private let columns: Int
    private let outputs: Int

    /// - Parameters:
    ///   - columns: The columns of a row.
    ///   - outputs: The numbers that come out for a row.
    /// - Throws: ``TreeTextError`` that says what is wrong.
    init(_ text: [UInt8], columns: Int, outputs: Int) throws {
        (self.columns, self.outputs) = (columns, outputs)
        lines = text.split(separator: newline, omittingEmptySubsequences: false)[...]
        try readHeader()
        while let line = nextLine(), line.starts(with: "Tree=".utf8) { try readTree() }
        guard treeCount > 0, treeCount % outputs == 0 else {
            throw TreeTextError("\(treeCount) trees are not whole rounds of \(outputs)")
        }
        checked += "end of trees\n".utf8
    }

    /// The next line that is not empty, which ends the trees where it is none of them.
    private mutating func nextLine() -> ArraySlice<UInt8>? {
        while let line = lines.popFirst() { if !line.isEmpty { return line } }
        return nil
    }

    /// The lines `name=value` up to an empty one, by their names.
    private mutating func readFields() -> [String: ArraySlice<UInt8>] {
        var fields: [String: ArraySlice<UInt8>] = [:]
        while let line = lines.popFirst(), !line.isEmpty {
            let end = line.firstIndex(of: UInt8(ascii: "=")) ?? line.endIndex
            fields[String(decoding: line[..<end], as: UTF8.self)] = line[end...].dropFirst()
        }
        return fields
    }

    private mutating func write(_ name: String, _ value: some Sequence<UInt8>) {
        checked += name.utf8
        checked.append(UInt8(ascii: "="))
        checked += value
        checked.append(newline)
    }

    // MARK: Header

    private mutating func readHeader() throws {
        guard nextLine().map({ Array($0) == Array("tree".utf8) }) == true else {
            throw TreeTextError("they do not begin with the word tree")
        }
        let fields = readFields()
        func number(_ name: String) throws -> Int {
            guard let value = fields[name], let number = wholeNumber(value) else {
                throw TreeTextError("\(name) is no whole number")
            }
            return number
        }
        for name in ["num_class", "num_tree_per_iteration"] {
            let found = try number(name)
            guard found == outputs else { throw TreeTextError("\(name) is \(found) for \(outputs) outputs") }
        }
        guard try number("max_feature_idx") == columns - 1 else {
            let found = try number("max_feature_idx") &+ 1
            throw TreeTextError("they are trees of \(found) columns for rows of \(columns)")
        }
        let objective = words(fields["objective"] ?? [])
        try check(objective: objective)
        checked += "tree\nversion=v4\n".utf8
        for name in ["num_class", "num_tree_per_iteration"] { write(name, "\(outputs)".utf8) }
        write("label_index", "0".utf8)
        write("max_feature_idx", "\(columns - 1)".utf8)
        write("objective", objective.joined(separator: [space]))
        if fields["average_output"] != nil { checked += "average_output\n".utf8 }
        // The columns' own names are in the manifest.
        write("feature_names", (0..<columns).map { "Column_\($0)" }.joined(separator: " ").utf8)
        let ranges = words(fields["feature_infos"] ?? [])
        guard ranges.count == columns, ranges.joined().allSatisfy({ (33...126).contains($0) }) else {
            throw TreeTextError("feature_infos are not those of \(columns) columns")
        }
        write("feature_infos", ranges.joined(separator: [space]))
        checked.append(newline)
    }

    /// The objectives that LightGBM can be asked for here: of one number, and of several classes.
    private static let objectives: (single: Set<String>, several: Set<String>) = (
        [
            "regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie", "binary",
            "cross_entropy", "cross_entropy_lambda",
        ], ["multiclass", "multiclassova"]
    )

    private func check(objective: [ArraySlice<UInt8>]) throws {
        let texts = objective.map { String(decoding: $0, as: UTF8.self) }
        let known = outputs == 1 ? Self.objectives.single : Self.objectives.several
        guard let name = texts.first, known.contains(name) else {
            throw TreeTextError("the objective \"\(texts.first ?? "")\" is not one for \(outputs) outputs")
        }
        for (word, text) in zip(objective, texts).dropFirst() where text != "sqrt" {
            let parts = word.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, isNumber(parts[1]), !text.hasPrefix("num_class:") || text == "num_class:\(outputs)"
            else { throw TreeTextError("the objective says \(text)") }
        }
        guard outputs == 1 || texts.contains("num_class:\(outputs)") else {
            throw TreeTextError("the objective does not say its number of classes")
        }
    }

    // MARK: Trees

    private mutating func readTree() throws {
        let place = treeCount
        let fields = readFields()
        func fail(_ reason: String) -> TreeTextError { TreeTextError("tree \(place): \(reason)") }
        func list(_ name: String, _ count: Int) throws -> [ArraySlice<UInt8>] {
            let values = words(fields[name] ?? [])
            guard values.count == count else { throw fail("\(name) has \(values.count) entries, not \(count)") }
            guard values.allSatisfy({ isNumber($0) || isNotFinite($0) }) else {
                throw fail("\(name) holds something that is no number")
            }
            return values
        }
        func wholeNumbers(_ name: String, _ count: Int, _ range: ClosedRange<Int>) throws -> [Int] {
            try list(name, count).map {
                guard let number = wholeNumber($0), range.contains(number) else {
                    throw fail("\(name) holds \(String(decoding: $0, as: UTF8.self)), not one of \(range)")
                }
                return number
            }
        }
        func count(_ name: String, from least: Int) throws -> Int {
            guard let value = fields[name], let number = wholeNumber(value), (least...1 << 24).contains(number) else {
                throw fail("\(name) is not possible")
            }
            return number
        }
        let leaves = try count("num_leaves", from: 1)
        let (nodes, sets) = (leaves - 1, try count("num_cat", from: 0))
        let isLinear = fields["is_linear"].map { wholeNumber($0) != 0 } ?? false
        treeCount += 1

        checked += "Tree=\(place)\n".utf8
        write("num_leaves", "\(leaves)".utf8)
        write("num_cat", "\(sets)".utf8)
        let splits = try wholeNumbers("split_feature", nodes, 0...max(columns - 1, 0))
        write("split_feature", splits)
        try copy("split_gain", list("split_gain", nodes))
        let thresholds = try list("threshold", nodes)
        let decisions = try wholeNumbers("decision_type", nodes, -128...127)
        for (threshold, decision) in zip(thresholds, decisions) where decision & 1 == 1 {
            // A split by a set of categories has the set's number there.
            guard let set = wholeNumber(threshold), (0..<sets).contains(set) else {
                throw fail("a split is by a set of categories that is not there")
            }
        }
        copy("threshold", thresholds)
        write("decision_type", decisions)
        for name in ["left_child", "right_child"] {
            let children = try wholeNumbers(name, nodes, -leaves...max(nodes - 1, 0))
            // A node stands behind the one that it was split from, so that every way ends at a leaf.
            guard zip(children, 0...).allSatisfy({ $0 < 0 || $0 > $1 }) else { throw fail("\(name) leads back") }
            write(name, children)
        }
        copy("leaf_value", try list("leaf_value", leaves))
        // A tree of one leaf may have none.
        for (name, number) in [
            ("leaf_weight", leaves), ("leaf_count", leaves), ("internal_value", nodes), ("internal_weight", nodes),
            ("internal_count", nodes),
        ] where fields[name].map({ !words($0).isEmpty }) == true {
            copy(name, try list(name, number))
        }
        if sets > 0 {
            let bounds = try wholeNumbers("cat_boundaries", sets + 1, 0...1 << 24)
            guard bounds.first == 0, zip(bounds, bounds.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw fail("cat_boundaries do not rise from 0")
            }
            write("cat_boundaries", bounds)
            write("cat_threshold", try wholeNumbers("cat_threshold", bounds[sets], 0...Int(UInt32.max)))
        }
        write("is_linear", (isLinear ? "1" : "0").utf8)
        if isLinear {
            copy("leaf_const", try list("leaf_const", leaves))
            let counts = try wholeNumbers("num_features", leaves, 0...columns)
            write("num_features", counts)
            let all = counts.reduce(0, +)
            write("leaf_features", try wholeNumbers("leaf_features", all, 0...max(columns - 1, 0)))
            copy("leaf_coeff", try list("leaf_coeff", all))
        }
        copy("shrinkage", try list("shrinkage", 1))
        checked += [newline, newline]
    }

    private mutating func copy(_ name: String, _ words: [ArraySlice<UInt8>]) {
        write(name, words.joined(separator: [space]))
    }

    private mutating func write(_ name: String, _ numbers: [Int]) {
        write(name, numbers.map(String.init).joined(separator: " ").utf8)
    }
}

/// What is wrong with the text of trees, as a clause.
struct TreeTextError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

private let newline = UInt8(ascii: "\n")
private let space = UInt8(ascii: " ")

private func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] { line.split(separator: space) }

/// A whole number of at most nine digits, or ten for what fits 32 bits.
private func wholeNumber(_ word: ArraySlice<UInt8>) -> Int? {
    let digits = word.first == UInt8(ascii: "-") ? word.dropFirst() : word
    guard (1...10).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return digits.count == word.count ? number : -number
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// Whether a word is what C prints for a number that is not finite.
private func isNotFinite(_ word: ArraySlice<UInt8>) -> Bool {
    let digits = word.first == UInt8(ascii: "-") ? word.dropFirst() : word
    return digits.elementsEqual("inf".utf8) || digits.elementsEqual("nan".utf8)
}

/// Whether a word is a finite number as C prints it.
private func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
    var rest = word
    func skip(_ bytes: String) { if let first = rest.first, bytes.utf8.contains(first) { rest.removeFirst() } }
    func skipDigits() -> Int {
        let before = rest.count
        rest = rest.drop(while: isDigit)
        return before - rest.count
    }
    skip("+-")
    let whole = skipDigits()
    skip(".")
    guard skipDigits() + whole > 0, word.count <= 64 else { return false }
    guard rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") else { return rest.isEmpty }
    rest.removeFirst()
    skip("+-")
    return skipDigits() > 0 && rest.isEmpty
}
