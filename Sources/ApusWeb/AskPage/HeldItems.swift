// What people sent a short while ago, so that they can correct its answer without sending it again.
import Foundation
import Synchronization

/// An item with the answer that a model gave it.
struct HeldItem: Sendable {
    let item: SentItem
    let model: String
    let answer: ModelAnswer

    /// About how many bytes it takes.
    fileprivate var size: Int { item.size + 4096 }
}

/// Items of the last minutes by random names, at most so many bytes of them.
final class HeldItems: Sendable {
    private struct State {
        var items: [String: (item: HeldItem, time: ContinuousClock.Instant)] = [:]
        /// Names from the oldest on; some may have gone.
        var order: [String] = []
        var bytes = 0

        mutating func remove(_ name: String) {
            if let gone = items.removeValue(forKey: name) { bytes -= gone.item.size }
        }
    }

    private let state = Mutex(State())
    private let limit: Int
    private let lifetime: Duration

    /// - Parameters:
    ///   - limit: How many bytes are held; 64 MiB by default.
    ///   - lifetime: How long an item is held at most; 15 minutes by default.
    init(limit: Int = 64 << 20, lifetime: Duration = .seconds(900)) {
        (self.limit, self.lifetime) = (limit, lifetime)
    }

    /// Holds an item; the oldest ones make room.
    ///
    /// - Returns: A name that nobody can guess; nil for an item that is larger than all that is held.
    func hold(_ item: HeldItem, now: ContinuousClock.Instant = .now) -> String? {
        guard item.size <= limit else { return nil }
        var random = SystemRandomNumberGenerator()
        let name = (0..<2).map { _ in String(random.next() as UInt64, radix: 36) }.joined()
        state.withLock { state in
            state.items[name] = (item, now)
            state.order.append(name)
            state.bytes += item.size
            var gone = 0
            for oldest in state.order {
                let isOld = state.items[oldest].map { now - $0.time > lifetime } ?? true
                guard isOld || state.bytes > limit else { break }
                state.remove(oldest)
                gone += 1
            }
            state.order.removeFirst(gone)
        }
        return name
    }

    /// An item by its name.
    ///
    /// - Throws: ``WebError`` (410) where it is held no more.
    func item(_ name: String, now: ContinuousClock.Instant = .now) throws(WebError) -> HeldItem {
        let held = state.withLock { state in
            state.items[name].flatMap { now - $0.time <= lifetime ? $0.item : nil }
        }
        guard let held else { throw WebError(.gone, PageAssets.shared.text("predict.gone")) }
        return held
    }
}

extension SentItem {
    /// How many bytes its content takes.
    var size: Int {
        switch content {
        case .bytes(let data): data.count
        case .text(let text): text.utf8.count
        case .row(let cells): 64 * cells.count
        case .parts(let parts): parts.values.reduce(0) { $0 + $1.size }
        }
    }
}
