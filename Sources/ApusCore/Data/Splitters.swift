// Splitters: which items are for training, which for validation, and which for a last test.
import Foundation
import Torch

/// The places of items in the parts of the data.
public struct Split: Sendable, Equatable {
    /// The places of the items to train on.
    public var train: [Int]
    /// The places of the items to validate on.
    public var valid: [Int]
    /// The places of the items that are held back for a last test; none for most splitters.
    public var test: [Int]

    public init(train: [Int], valid: [Int], test: [Int] = []) {
        self.train = train
        self.valid = valid
        self.test = test
    }

    /// A random split of `count` items; `floor(validFraction * count)` of them are for validation, and as many of
    /// `testFraction` for a test.
    ///
    /// - Throws: ``DataError`` for fractions that are not parts, or leave nothing for training.
    public static func random(
        of count: Int, validFraction: Double = 0.2, testFraction: Double = 0, seed: Int? = nil
    ) throws -> Split {
        for fraction in [validFraction, testFraction] where !(0.0..<1.0).contains(fraction) {
            throw DataError("A validation fraction of \(fraction) is not a part; give a number of [0, 1).")
        }
        guard validFraction + testFraction < 1 else {
            throw DataError(
                "Fractions of \(validFraction) for validation and \(testFraction) for a test leave nothing for training; "
                    + "give two whose sum is below 1.")
        }
        var random = SeededRandom(seed: seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self))
        // There may be millions, so that they are shuffled and cut where they are.
        var order = Array(0..<count)
        order.shuffle(using: &random)
        let cuts = (Int(validFraction * Double(count)), Int(testFraction * Double(count)))
        let valid = Array(order[..<cuts.0])
        let test = Array(order[cuts.0..<cuts.0 + cuts.1])
        order.removeFirst(cuts.0 + cuts.1)
        return Split(train: order, valid: valid, test: test)
    }
}

/// What a ``Splitter`` splits: a list of items, or what has its items in one piece, as a table has.
public protocol Splittable {
    /// How many items there are.
    var itemCount: Int { get }
    /// The items at some places, in their order.
    func items(at places: [Int]) throws -> Self
}

extension Array: Splittable {
    public var itemCount: Int { count }
    public func items(at places: [Int]) -> [Element] { places.map { self[$0] } }
}

/// Decides which items are for training, which for validation, and which for a last test.
///
/// One splitter serves lists (`Splitter<[URL]>`) and tables (`Splitter<Table>`); which of the static members there are
/// depends on what is split. A custom one is a function from items to places:
///
/// ```swift
/// let byEnd = Splitter<[URL]>(name: "byEnd") { files in
///     Split(train: Array(0..<files.count - 100), valid: Array(files.count - 100..<files.count))
/// }
/// ```
public struct Splitter<Items: Splittable & Sendable>: Sendable {
    /// What messages call the splitter.
    public let name: String
    /// The names of the folders that hold the items, where the splitter goes by them; nil for all others.
    public var folders: [String]?
    /// The columns of a table that only say how to split; they are not learned from unless they are named.
    public var columns: [String] = []
    private let splitting: @Sendable (_ items: Items, _ seed: Int?) throws -> Split

    /// - Parameters:
    ///   - name: What messages call the splitter.
    ///   - split: The split of some items.
    public init(name: String, split: @escaping @Sendable (Items) throws -> Split) {
        self.init(name: name) { items, _ in try split(items) }
    }

    /// A splitter that draws.
    ///
    /// - Parameters:
    ///   - name: What messages call the splitter.
    ///   - split: The split of some items by a seed: that of the loaders, nil where they have none.
    public init(name: String, split: @escaping @Sendable (_ items: Items, _ seed: Int?) throws -> Split) {
        self.name = name
        splitting = split
    }

    /// The split of some items.
    ///
    /// - Parameter seed: The seed of a splitter that draws and has none of its own; the global generator decides by default.
    /// - Throws: What the splitter throws, and ``DataError`` for a place that is not among the items.
    public func split(_ items: Items, seed: Int? = nil) throws -> Split {
        let split = try splitting(items, seed)
        let places = 0..<items.itemCount
        for part in [split.train, split.valid, split.test] {
            if let wrong = part.first(where: { !places.contains($0) }) {
                throw DataError("The splitter \(name) chose the place \(wrong) of \(places.count) items.")
            }
        }
        return split
    }

    /// The split of some items, made sure to leave something to train on.
    ///
    /// - Throws: As ``split(_:seed:)``, and ``DataError`` when no item is for training.
    public func trainingSplit(of items: Items, seed: Int? = nil) throws -> Split {
        let split = try split(items, seed: seed)
        guard !split.train.isEmpty else {
            throw DataError(
                "The splitter \(name) left none of the \(items.itemCount) items for training; give a smaller validation part."
            )
        }
        return split
    }

    /// The splitter with another function, which goes by the same folders and columns.
    private func with(
        name: String? = nil, _ split: @escaping @Sendable (_ items: Items, _ seed: Int?) throws -> Split
    ) -> Splitter {
        var splitter = Splitter(name: name ?? self.name, split: split)
        (splitter.folders, splitter.columns) = (folders, columns)
        return splitter
    }

    /// A random part for validation; `floor(validFraction * count)` items, as in fastai.
    ///
    /// - Parameters:
    ///   - validFraction: The part of the items for validation; 0.2 by default.
    ///   - test: The part of the items that is held back for a last test; none by default.
    ///   - seed: The same seed gives the same split; by default that of the loaders. Where they have none either, the
    ///     global generator decides, so that each call splits anew and `manualSeed` makes it repeatable.
    public static func random(_ validFraction: Double = 0.2, test: Double = 0, seed: Int? = nil) -> Splitter {
        Splitter(name: test > 0 ? "random(\(validFraction), test: \(test))" : "random(\(validFraction))") {
            items, own in
            try .random(of: items.itemCount, validFraction: validFraction, testFraction: test, seed: seed ?? own)
        }
    }

    /// Validation items are those at given places, in the order given, such as `800..<1000`.
    public static func indices(_ valid: some Sequence<Int>) -> Splitter {
        let valid = Array(valid)
        return Splitter(name: "indices") { items in
            let places = 0..<items.itemCount
            if let wrong = valid.first(where: { !places.contains($0) }) {
                throw DataError("The validation index \(wrong) lies outside the \(places.count) items.")
            }
            let chosen = Set(valid)
            guard chosen.count == valid.count else {
                throw DataError("The validation indices name an item twice; give each index once.")
            }
            return Split(train: places.filter { !chosen.contains($0) }, valid: valid)
        }
    }

    /// The split of this splitter with a random part of each side left out, for quick tries.
    ///
    ///     block.with(split: block.split.keeping(0.1, seed: 42))
    ///
    /// - Parameters:
    ///   - fraction: The part of the items that is kept, above 0 and at most 1.
    ///   - seed: The same seed keeps the same items.
    public func keeping(_ fraction: Double, seed: Int = 42) -> Splitter {
        with(name: "\(name).keeping(\(fraction))") { items, own in
            guard fraction > 0, fraction <= 1 else {
                throw DataError("A part of \(fraction) of the items cannot be kept; give a number above 0, at most 1.")
            }
            var random = SeededRandom(seed: seed)
            func kept(_ places: [Int]) -> [Int] {
                let count = Int((fraction * Double(places.count)).rounded(.up))
                let chosen = Set(places.shuffled(using: &random).prefix(count))
                return places.filter(chosen.contains)
            }
            let whole = try split(items, seed: own)
            return Split(train: kept(whole.train), valid: kept(whole.valid), test: kept(whole.test))
        }
    }

    /// The splitter with the last items for training whatever it says: the others are split as if those were not there, so
    /// that models with and without them are validated on the same items.
    public func training(onLast count: Int) -> Splitter {
        guard count > 0 else { return self }
        return training(at: { items in
            guard count <= items.itemCount else {
                throw DataError("The last \(count) items are for training; there are only \(items.itemCount).")
            }
            return Array(items.itemCount - count..<items.itemCount)
        })
    }

    /// - Parameter extra: The places of items that are for training in any case.
    private func training(at extra: @escaping @Sendable (Items) throws -> [Int]) -> Splitter {
        with { items, seed in
            let extra = try extra(items)
            let isExtra = Set(extra)
            let others = (0..<items.itemCount).filter { !isExtra.contains($0) }
            let split = try split(items.items(at: others), seed: seed)
            func places(_ part: [Int]) -> [Int] { part.map { others[$0] } }
            return Split(train: places(split.train) + extra, valid: places(split.valid), test: places(split.test))
        }
    }

    /// Everything is for training.
    public static var none: Splitter { Splitter(name: "none") { Split(train: Array(0..<$0.itemCount), valid: []) } }
}

// What goes by the items themselves is for lists of them.
extension Splitter {
    /// Validation items are those that a function picks.
    public static func function<Item: Sendable>(
        _ isValid: @escaping @Sendable (Item) throws -> Bool
    ) -> Splitter where Items == [Item] {
        Splitter(name: "function") { items in
            var train: [Int] = []
            var valid: [Int] = []
            for (index, item) in items.enumerated() {
                if try isValid(item) { valid.append(index) } else { train.append(index) }
            }
            return Split(train: train, valid: valid)
        }
    }

    /// The splitter with some items for training whatever it says: the others are split as if those were not there, so that
    /// models with and without them are validated on the same items.
    ///
    /// - Parameter isExtra: Whether an item is for training in any case.
    public func training<Item: Sendable>(on isExtra: @escaping @Sendable (Item) throws -> Bool) -> Splitter
    where Items == [Item] {
        training(at: { (items: [Item]) in try items.indices.filter { try isExtra(items[$0]) } })
    }

    /// The splitter of items that hold what this one splits, such as files with their labels:
    /// `.fileList(list).reading(\.file)`.
    public func reading<Item: Sendable, Whole: Sendable>(
        _ part: @escaping @Sendable (Whole) throws -> Item
    ) -> Splitter<[Whole]> where Items == [Item] {
        var splitter = Splitter<[Whole]>(name: name) { items, seed in try split(items.map(part), seed: seed) }
        (splitter.folders, splitter.columns) = (folders, columns)
        return splitter
    }

    /// Validation items are those whose key's checksum falls into a part of all checksums: an item stays where it is
    /// whatever other items come and go.
    ///
    /// - Parameters:
    ///   - validFraction: About this part of the items is for validation.
    ///   - salt: Another text gives another split.
    ///   - key: What an item is known by, such as the name of a patient: items of one key stay together.
    public static func stable<Item: Sendable>(
        _ validFraction: Double = 0.2, salt: String = "", by key: @escaping @Sendable (Item) throws -> String
    ) -> Splitter where Items == [Item] {
        Splitter(name: "stable(\(validFraction))") { items in
            guard (0.0..<1.0).contains(validFraction) else {
                throw DataError("A validation fraction of \(validFraction) is not a part; give a number of [0, 1).")
            }
            return try Splitter.function { (item: Item) in
                // FNV-1a, whose upper bits are then mixed once more.
                let text = try salt + key(item)
                let sum = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
                var mixed = SeededRandom(seed: Int(bitPattern: UInt(sum)))
                return mixed.uniform() < validFraction
            }.split(items)
        }
    }
}

extension Splitter where Items == [URL] {
    /// Validation items are those of a part of all file names, with the name of their folder; see
    /// ``stable(_:salt:by:)``.
    public static func stable(_ validFraction: Double = 0.2, salt: String = "") -> Splitter {
        stable(validFraction, salt: salt) { "\(parentLabel($0))/\($0.lastPathComponent)" }
    }

    /// By the name of the folder above the label's folder: `train/dog/1.jpg`, `valid/cat/2.jpg`.
    ///
    /// - Parameter test: The name of the folder of the items that are held back for a last test; none by default.
    public static func grandparent(
        train: String = "train", valid: String = "valid", test: String? = nil
    ) -> Splitter {
        var splitter = Splitter(name: "grandparent(train: \(train), valid: \(valid))") { items in
            let folders = items.map { $0.deletingLastPathComponent().deletingLastPathComponent().lastPathComponent }
            func places(in folder: String?) -> [Int] { items.indices.filter { folders[$0] == folder } }
            let split = Split(train: places(in: train), valid: places(in: valid), test: places(in: test))
            let parts = [(split.train, train), (split.valid, valid), (split.test, test ?? "")]
            if let (_, missing) = parts.prefix(test == nil ? 2 : 3).first(where: \.0.isEmpty) {
                throw DataError(
                    "No file lies under a folder \"\(missing)\"; the folders found are "
                        + "\(Set(folders).sorted().prefix(8).joined(separator: ", ")).")
            }
            return split
        }
        splitter.folders = [train, valid] + (test.map { [$0] } ?? [])
        return splitter
    }

    /// Validation items are those whose file names a text file lists, one on each line.
    ///
    /// - Parameter encoding: How the list is written; UTF-8 by default.
    public static func fileList(_ list: URL, encoding: String.Encoding = .utf8) -> Splitter {
        Splitter(name: "fileList(\(list.lastPathComponent))") { items in
            let text = try readText(list, as: "list of validation files", encoding: encoding)
            let names = Set(text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) })
            let valid = items.indices.filter { names.contains(items[$0].lastPathComponent) }
            if valid.isEmpty {
                throw DataError("None of the \(names.count) names in \(list.path) is among the \(items.count) items.")
            }
            let lost = names.subtracting(valid.map { items[$0].lastPathComponent }).subtracting([""])
            if let first = lost.min() {
                Reporting.current.warning(
                    "\(lost.count) of the \(names.count) names in \(list.path) are of no item, such as \"\(first)\".")
            }
            let chosen = Set(valid)
            return Split(train: items.indices.filter { !chosen.contains($0) }, valid: valid)
        }
    }
}

extension Splitter where Items == [TableRow] {
    /// Validation rows are those with a true value (`true`, `1`, `yes`) in a column; the others must have a false one
    /// (`false`, `0`, `no`, or nothing).
    public static func column(_ name: String = "is_valid") -> Splitter {
        let isValid = Splitter.function { try $0.isTrue(name) }
        var splitter = Splitter(name: "column(\(name))") { try isValid.split($0) }
        splitter.columns = [name]
        return splitter
    }
}
