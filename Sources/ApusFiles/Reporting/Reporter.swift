// What the library tells a person while it works, and where a program sends it.
import Foundation
import Synchronization

/// Receives what the library says while it works: the table of a fit, bars, notes and warnings.
///
/// ``ConsoleReporter`` writes to the terminal and is the default; ``SilentReporter`` says nothing. A program with a
/// window or a log file gives its own, for one trainer or for the whole process:
///
/// ```swift
/// struct LogReporter: Reporter {
///     let log: Logger
///     func line(_ text: String) { log.info("\(text)") }
///     func note(_ text: String) { log.info("\(text)") }
///     func warning(_ text: String) { log.warning("\(text)") }
/// }
/// Reporting.current = LogReporter(log: log)   // loaders, downloads, trainers
/// learner.reporter = SilentReporter()         // this learner alone
/// ```
/// Texts have no newline at their end. The methods are called on the thread that does the work, a loader's or a
/// download's among them.
public protocol Reporter: Sendable {
    /// A line of a result, such as the row of an epoch.
    func line(_ text: String)
    /// A sentence about what goes on, such as where a download is written.
    func note(_ text: String)
    /// A sentence about what may be wrong although the work goes on, such as a file that is left out.
    func warning(_ text: String)
    /// How far a piece of work is; called at most ten times a second, and once at its end. Nothing by default.
    func progress(_ progress: WorkProgress)
}

extension Reporter {
    public func progress(_ progress: WorkProgress) {}
}

/// How far a piece of work is: an epoch's training, a download.
public struct WorkProgress: Sendable, Equatable {
    /// What is counted.
    public enum Unit: Sendable { case batches, bytes }

    /// What the work is called, such as "train", "valid" or a file's name.
    public var name: String
    /// How much is done.
    public var done: Int
    /// How much there is to do; nil where nobody knows.
    public var total: Int?
    /// What `done` and `total` count.
    public var unit = Unit.batches
    /// The seconds since the work began.
    public var seconds = 0.0
    /// How much was there before the work began, such as the part of a file that an earlier run has fetched.
    public var initial = 0
    /// What else there is to say, such as "loss 0.1234"; empty for nothing.
    public var detail = ""
    /// Whether the work has ended, well or not.
    public var isOver = false

    /// The state of some work; only its name and what is done must be known.
    public init(
        name: String, done: Int, total: Int? = nil, unit: Unit = .batches, seconds: Double = 0, initial: Int = 0,
        detail: String = "", isOver: Bool = false
    ) {
        self.name = name
        self.done = done
        self.total = total
        self.unit = unit
        self.seconds = seconds
        self.initial = initial
        self.detail = detail
        self.isOver = isOver
    }

    /// The part that is done, from 0 to 1; nil where the total is unknown.
    public var fraction: Double? {
        total.flatMap { $0 > 0 ? min(1, max(0, Double(done) / Double($0))) : nil }
    }
}

/// The reporter of the process.
public enum Reporting {
    private static let stored = Mutex<any Reporter>(ConsoleReporter())

    /// Where messages go that belong to no trainer (unreadable files, downloads, old names), and those of trainers
    /// without a reporter of their own. Set it once, before the work begins; ``ConsoleReporter`` by default.
    public static var current: any Reporter {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

/// Says nothing.
public struct SilentReporter: Reporter {
    public init() {}
    public func line(_ text: String) {}
    public func note(_ text: String) {}
    public func warning(_ text: String) {}
}
