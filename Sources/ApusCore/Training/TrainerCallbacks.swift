// Which callbacks a trainer has: adding, removing, using for a while, and whether their order is right.

extension Trainer {
    /// Adds a callback; it runs in its order among the others.
    public func add(_ callback: Callback) {
        callbacks = (callbacks + [callback]).enumerated()
            .sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(\.element)
    }

    /// Takes a callback away.
    public func remove(_ callback: Callback) { callbacks.removeAll { $0 === callback } }

    /// Runs `body` with callbacks that are taken away afterwards.
    public func with<Result>(_ added: [Callback], _ body: () throws -> Result) rethrows -> Result {
        for callback in added { add(callback) }
        defer { for callback in added { remove(callback) } }
        return try body()
    }

    /// Runs `body` without some callbacks, which are put back afterwards.
    public func without<Result>(_ removed: [Callback], _ body: () throws -> Result) rethrows -> Result {
        let removed = removed.filter { one in callbacks.contains { $0 === one } }
        for callback in removed { remove(callback) }
        defer { for callback in removed { add(callback) } }
        return try body()
    }

    /// The first callback of a type.
    public func callback<Kind: Callback>(_ type: Kind.Type) -> Kind? {
        for case let found as Kind in callbacks { return found }
        return nil
    }

    /// Refuses callbacks that cannot work together, before anything is trained.
    func checkCallbacks() throws {
        for (place, callback) in callbacks.enumerated() {
            if let reason = step.conflict(with: callback) { throw TrainingError(reason) }
            for other in callbacks[(place + 1)...] {
                if callback === other {
                    throw TrainingError("The callback \(callback.name) was added twice; add it once.")
                }
                if callback.isSingle, callback.name == other.name {
                    throw TrainingError(
                        "There are two callbacks \(callback.name); take one away with remove(_:) or callback(_:).")
                }
                if let reason = callback.conflict(with: other) ?? other.conflict(with: callback) {
                    throw TrainingError(reason)
                }
                if callback.mustRun(after: other) {
                    throw TrainingError(
                        "The callback \(callback.name) (order \(callback.order)) must run after \(other.name) "
                            + "(order \(other.order)); give one of them another order.")
                }
            }
        }
    }
}
