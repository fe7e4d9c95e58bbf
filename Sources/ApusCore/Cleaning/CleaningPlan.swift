// What applying choices will do to the files.
import Foundation

/// What ``DataCleaner/apply()`` will do to the files, in words.
public struct CleaningPlan: Sendable, CustomStringConvertible {
    /// One item's change.
    public struct Step: Sendable, Hashable {
        /// The item.
        public let index: Int
        /// What is done with it, as a sentence.
        public let sentence: String
    }

    /// What is done, in the order of the items.
    public internal(set) var steps: [Step] = []
    /// What was chosen and is not possible, such as with a file that has gone, in the order of the items.
    public internal(set) var problems: [Step] = []
    /// The number of items that are deleted.
    public internal(set) var deletedCount = 0
    /// The number of items that get another label.
    public internal(set) var relabeledCount = 0

    /// Whether nothing is done.
    public var isEmpty: Bool { steps.isEmpty }

    /// A line for each step and for each problem.
    public var description: String {
        let lines = steps.map(\.sentence) + problems.map { "Left out: \($0.sentence)" }
        return lines.isEmpty ? "Nothing was chosen." : lines.joined(separator: "\n")
    }
}

/// What ``DataCleaner/apply()`` has done.
public struct CleaningResult: Sendable, Hashable {
    /// The number of items that were deleted.
    public let deletedCount: Int
    /// The number of items that got another label.
    public let relabeledCount: Int
    /// A sentence on each choice that could not be applied; those choices are still there.
    public let leftOut: [String]
}
