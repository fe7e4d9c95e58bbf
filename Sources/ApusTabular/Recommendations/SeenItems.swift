// What each user has rated or chosen: 32 bits for each pair in memory, a byte or two in a model's file.
import Foundation
import Torch

/// The items that each user has rated or chosen, by their numbers.
struct SeenItems: Sendable, Equatable {
    /// Where a user's items begin; one more than there are users.
    private var starts: [Int] = [0]
    /// The items of all users, ascending for each.
    private var items: [Int32] = []

    init() {}

    /// - Parameters:
    ///   - codes: Pairs of a user and an item, `[rows, 2]`; the unknown ones (0) are left out.
    ///   - userCount: The number of users with the unknown one.
    ///   - itemCount: The number of items with the unknown one.
    init(codes: Tensor, userCount: Int, itemCount: Int) {
        let (users, chosen) = (codes.select(dim: 1, index: 0), codes.select(dim: 1, index: 1))
        // One number for each pair, sorted: users first, then items.
        let keys = (users * itemCount + chosen).sort().values.array(of: Int.self)
        starts = [0]
        starts.reserveCapacity(userCount + 1)
        items.reserveCapacity(keys.count)
        var previous = -1
        for key in keys where key != previous {
            previous = key
            let (user, item) = key.quotientAndRemainder(dividingBy: itemCount)
            guard user > 0, item > 0 else { continue }
            while starts.count <= user { starts.append(items.count) }
            items.append(Int32(item))
        }
        while starts.count <= userCount { starts.append(items.count) }
    }

    /// The number of pairs.
    var count: Int { items.count }

    /// The items of a user, ascending; none of one that is not known.
    subscript(user: Int) -> ArraySlice<Int32> {
        user >= 0 && user + 1 < starts.count ? items[starts[user]..<starts[user + 1]] : []
    }

    /// Whether a user has an item, by halving.
    func contains(_ item: Int, of user: Int) -> Bool {
        let own = self[user]
        var (low, high) = (own.startIndex, own.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if Int(own[middle]) < item { low = middle + 1 } else { high = middle }
        }
        return low < own.endIndex && Int(own[low]) == item
    }

    /// How many users have each item.
    func userCounts(itemCount: Int) -> [Int] {
        var counts = Array(repeating: 0, count: itemCount)
        for item in items where Int(item) < itemCount { counts[Int(item)] += 1 }
        return counts
    }
}

// In a file: for each user the number of items, then the steps from one item to the next, as numbers of seven bits to
// the byte.
extension SeenItems: Codable {
    init(from decoder: any Decoder) throws {
        let data = try decoder.singleValueContainer().decode(Data.self)
        let damaged = DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "the items that users have seen are damaged"))
        var place = data.startIndex
        func number() throws -> Int {
            var (value, shift) = (0, 0)
            while place < data.endIndex, shift < 35 {
                let byte = data[place]
                place += 1
                value |= Int(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw damaged
        }
        while place < data.endIndex {
            var item = 0
            for _ in 0..<(try number()) {
                item += try number()
                guard item <= Int(Int32.max) else { throw damaged }
                items.append(Int32(item))
            }
            starts.append(items.count)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var data = Data()
        func append(_ number: Int) {
            var rest = number
            while rest >= 0x80 {
                data.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            data.append(UInt8(rest))
        }
        for user in 0..<(starts.count - 1) {
            let own = self[user]
            append(own.count)
            var previous = 0
            for item in own {
                append(Int(item) - previous)
                previous = Int(item)
            }
        }
        var container = encoder.singleValueContainer()
        try container.encode(data)
    }
}
