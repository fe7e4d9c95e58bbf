// What happens when an operator fails: a thrown error inside `withTorchErrors`, a stop with the caller's line outside.
import CTorch

#if canImport(Runtime)
    import Runtime
#endif

/// An operator of LibTorch that failed.
public struct TorchError: Error, CustomStringConvertible, Sendable {
    /// The operator's name, such as "matmul".
    public let operation: String
    /// The shapes and dtypes of the tensors it was given, such as "[2, 3] float32, [4, 5] float32".
    public let inputs: String
    /// Why it failed.
    public let reason: String

    /// The failure of a layer, a loss, a metric or another operation of your own; see ``report()``.
    ///
    /// - Parameters:
    ///   - operation: What failed, such as "PatchEmbed".
    ///   - inputs: What it was given, such as the shapes of its tensors; empty for nothing.
    ///   - reason: What is wrong, what was expected, and what to do, without a period at its end.
    public init(operation: String, inputs: String = "", reason: String) {
        self.operation = operation
        self.inputs = inputs
        self.reason = reason
    }

    /// Reads the shim's message: operation, inputs, reason, each on a line.
    init(message: String) {
        let lines = message.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        operation = lines.first ?? "LibTorch"
        inputs = lines.count > 1 ? lines[1] : ""
        reason = lines.count > 2 ? lines[2] : "an unknown failure"
    }

    var message: String { "\(operation)\n\(inputs)\n\(reason)" }

    public var description: String { "\(operation)(\(inputs)): \(reason)" }

    /// Handles the failure as that of an operator: inside ``withTorchErrors(_:)`` the block throws it at its end, outside
    /// the program stops with the message and the line of the caller.
    ///
    /// For functions that cannot throw, such as the `forward` of a layer. What they return then is ``Tensor/undefined``.
    ///
    /// ```swift
    /// override func forward(_ input: Tensor) -> Tensor {
    ///     guard input.dim == 3 else {
    ///         TorchError(operation: "Tokens", inputs: "\(input.shape)", reason: "it takes [batch, tokens, channels]").report()
    ///         return .undefined
    ///     }
    ///     return input.mean(dim: 1)
    /// }
    /// ```
    public func report() { TorchFailure.report(self) }
}

/// Runs `body` and throws the first error of an operator that failed in it.
///
/// Inside the block a failing operator does not stop the program: its result is undefined, later operators on undefined
/// tensors stay quiet, and when the block ends the first error is thrown. Blocks may be nested. Operators on other
/// threads are not covered.
///
/// ```swift
/// do {
///     let y = try withTorchErrors { x.matmul(weight) }
/// } catch let error as TorchError {
///     print(error)      // matmul([2, 3] float32, [4, 5] float32): mat1 and mat2 shapes cannot be multiplied
/// }
/// ```
/// - Throws: ``TorchError`` for the first operator that failed; otherwise what `body` throws.
public func withTorchErrors<Result>(_ body: () throws -> Result) throws -> Result {
    ct_error_scope_begin()
    let outcome: Swift.Result<Result, any Error>
    do {
        outcome = .success(try body())
    } catch {
        outcome = .failure(error)
    }
    // The operator's error came first, and is usually the cause of the other.
    if let message = ct_error_scope_end() { throw TorchError(message: String(cString: message)) }
    return try outcome.get()
}

/// Whether an operator has failed in the innermost ``withTorchErrors(_:)`` block of this thread: for loops that end by a
/// number that a failed operator cannot give.
public var torchHasFailed: Bool { ct_error_scope_failed() }

/// What is done with a failure.
enum TorchFailure {
    /// Handles the failure that the shim has just kept for this thread.
    static func report() {
        let message = String(cString: ct_take_last_error())
        // A struct of several results reports once for each; only the first has a message.
        if message.isEmpty, ct_error_scope_active() { return }
        report(TorchError(message: message))
    }

    /// Handles a failure that Swift found itself.
    static func report(_ error: TorchError) {
        if ct_error_scope_active() {
            ct_error_scope_record(error.message)
            return
        }
        fatalError("\(callerLocation())\(error)")
    }

    /// The file and line outside this package that called the operator, where the system can tell.
    private static func callerLocation() -> String {
        #if canImport(Runtime)
            guard let frames = try? Backtrace.capture(limit: 64).symbolicated()?.frames else { return "" }
            for frame in frames {
                guard let location = frame.symbol?.sourceLocation, location.line > 0 else { continue }
                if location.path.contains("/Sources/Torch/") || location.path.hasPrefix("<") { continue }
                return "\(location.path):\(location.line): "
            }
        #endif
        return ""
    }
}
