// Splitters: which items are for training and which for validation.
import Foundation
import Torch

/// Decides which items are for training and which for validation.
public struct Splitter<Item>: Sendable {
    /// What messages call the splitter.
    public let name: String
    /// The places of the training and of the validation items.
    public let split: @Sendable ([Item]) throws -> (train: [Int], valid: [Int])

    public init(name: String, split: @escaping @Sendable ([Item]) throws -> (train: [Int], valid: [Int])) {
        self.name = name
        self.split = split
    }

    /// A random part for validation; `floor(validFraction * count)` items, as in fastai.
    ///
    /// - Parameter seed: The same seed gives the same split; without one the global generator decides, so that each call
    ///   splits anew and `manualSeed` makes it repeatable.
    public static func random(validFraction: Double = 0.2, seed: Int? = nil) -> Splitter {
        Splitter(name: "random(validFraction: \(validFraction))") { items in
            try randomParts(of: items.count, validFraction: validFraction, seed: seed)
        }
    }

    /// The places of a random split. There may be millions, so that they are shuffled and cut where they are.
    package static func randomParts(
        of count: Int, validFraction: Double, seed: Int?
    ) throws -> (train: [Int], valid: [Int]) {
        guard (0.0..<1.0).contains(validFraction) else {
            throw DataError("A validation fraction of \(validFraction) is not a part; give a number of [0, 1).")
        }
        var random = SeededRandom(seed: seed ?? Tensor.randint(0..<Int(Int32.max), [1]).item(as: Int.self))
        var order = Array(0..<count)
        order.shuffle(using: &random)
        let cut = Int(validFraction * Double(count))
        let valid = Array(order[..<cut])
        order.removeFirst(cut)
        return (order, valid)
    }

    /// Validation items are those that a function picks.
    public static func function(_ isValid: @escaping @Sendable (Item) throws -> Bool) -> Splitter {
        Splitter(name: "function") { items in
            var train: [Int] = []
            var valid: [Int] = []
            for (index, item) in items.enumerated() {
                if try isValid(item) { valid.append(index) } else { train.append(index) }
            }
            return (train, valid)
        }
    }

    /// Validation items are those at given places, in the order given.
    public static func indices(_ valid: [Int]) -> Splitter {
        Splitter(name: "indices") { items in
            if let wrong = valid.first(where: { !items.indices.contains($0) }) {
                throw DataError("The validation index \(wrong) lies outside the \(items.count) items.")
            }
            let chosen = Set(valid)
            guard chosen.count == valid.count else {
                throw DataError("The validation indices name an item twice; give each index once.")
            }
            return (items.indices.filter { !chosen.contains($0) }, valid)
        }
    }

    /// The split of this splitter with a random part of each side left out, for quick tries.
    ///
    ///     block.with(splitter: block.splitter.keeping(0.1, seed: 42))
    ///
    /// - Parameters:
    ///   - fraction: The part of the items that is kept, above 0 and at most 1.
    ///   - seed: The same seed keeps the same items.
    public func keeping(_ fraction: Double, seed: Int = 42) -> Splitter {
        let split = split
        return Splitter(name: "\(name).keeping(\(fraction))") { items in
            guard fraction > 0, fraction <= 1 else {
                throw DataError("A part of \(fraction) of the items cannot be kept; give a number above 0, at most 1.")
            }
            var random = SeededRandom(seed: seed)
            func kept(_ places: [Int]) -> [Int] {
                let count = Int((fraction * Double(places.count)).rounded(.up))
                let chosen = Set(places.shuffled(using: &random).prefix(count))
                return places.filter(chosen.contains)
            }
            let whole = try split(items)
            return (kept(whole.train), kept(whole.valid))
        }
    }

    /// Validation items are those whose key's checksum falls into a part of all checksums: an item stays where it is
    /// whatever other items come and go.
    ///
    /// - Parameters:
    ///   - validFraction: About this part of the items is for validation.
    ///   - salt: Another text gives another split.
    ///   - key: What an item is known by, such as the name of a patient: items of one key stay together.
    public static func stable(
        validFraction: Double = 0.2, salt: String = "", by key: @escaping @Sendable (Item) throws -> String
    ) -> Splitter {
        Splitter(name: "stable(validFraction: \(validFraction))") { items in
            guard (0.0..<1.0).contains(validFraction) else {
                throw DataError("A validation fraction of \(validFraction) is not a part; give a number of [0, 1).")
            }
            return try Splitter.function { item in
                // FNV-1a, whose upper bits are then mixed once more.
                let text = try salt + key(item)
                let sum = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
                var mixed = SeededRandom(seed: Int(bitPattern: UInt(sum)))
                return mixed.uniform() < validFraction
            }.split(items)
        }
    }

    /// Everything is for training. (Not called `none`: where a splitter is optional, that means nil.)
    public static var noSplit: Splitter { Splitter(name: "noSplit") { items in (Array(items.indices), []) } }
}

extension Splitter where Item == URL {
    /// Validation items are those of a part of all file names, with the name of their folder; see
    /// ``stable(validFraction:salt:by:)``.
    public static func stable(validFraction: Double = 0.2, salt: String = "") -> Splitter {
        stable(validFraction: validFraction, salt: salt) { "\(parentLabel($0))/\($0.lastPathComponent)" }
    }

    /// By the name of the folder above the label's folder: `train/dog/1.jpg`, `valid/cat/2.jpg`.
    public static func grandparent(train: String = "train", valid: String = "valid") -> Splitter {
        Splitter(name: "grandparent(train: \(train), valid: \(valid))") { items in
            let folders = items.map { $0.deletingLastPathComponent().deletingLastPathComponent().lastPathComponent }
            let result = (
                train: items.indices.filter { folders[$0] == train },
                valid: items.indices.filter { folders[$0] == valid }
            )
            if result.train.isEmpty || result.valid.isEmpty {
                let missing = result.train.isEmpty ? train : valid
                throw DataError(
                    "No file lies under a folder \"\(missing)\"; the folders found are "
                        + "\(Set(folders).sorted().prefix(8).joined(separator: ", ")).")
            }
            return result
        }
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
            return (items.indices.filter { !chosen.contains($0) }, valid)
        }
    }
}

extension Splitter where Item == TableRow {
    /// Validation rows are those with a true value (`true`, `1`, `yes`) in a column; the others must have a false one
    /// (`false`, `0`, `no`, or nothing).
    public static func column(_ name: String = "is_valid") -> Splitter {
        let isValid = Splitter.function { try $0.isTrue(name) }
        return Splitter(name: "column(\(name))", split: isValid.split)
    }
}
