// What can go wrong with a training run beside the operators.

/// What is wrong with a training run or with what it was given.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
    /// A sentence: what is wrong, what was expected, what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}
