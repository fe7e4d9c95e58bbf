// What can be wrong with a file of tensors.
import Foundation

/// A file of tensors (safetensors, `.pth`, `.npy`) that cannot be read or written.
public enum TensorFileError: Error, Equatable, Sendable {
    /// The file cannot be opened or mapped; `reason` is the system's.
    case unreadable(file: String, reason: String)
    /// The file is of another kind than the one asked for.
    case foreign(file: String, expected: String, found: String)
    /// The file breaks the rules of its format: it was cut short, changed or never complete.
    case damaged(file: String, problem: String)
    /// The file is sound but holds what cannot be read; `nextStep` says what to do instead.
    case unsupported(file: String, problem: String, nextStep: String)
    /// A checkpoint refers to a class or function that is not a tensor or plain container. Nothing of it was run.
    case refused(file: String, name: String)
    /// There is no tensor, or no state dict, of that name.
    case notFound(file: String, name: String, available: [String])
    /// The file cannot be written; `reason` says why. A file of that name from before is untouched.
    case unwritable(file: String, reason: String)
}

extension TensorFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file) cannot be read: \(reason). Check the path and its permissions."
        case .foreign(let file, let expected, let found):
            "\(file) is not \(expected): \(found)."
        case .damaged(let file, let problem):
            "\(file) is damaged: \(problem). Fetch or write the file again."
        case .unsupported(let file, let problem, let nextStep):
            "\(file) cannot be used: \(problem). \(nextStep)"
        case .refused(let file, let name):
            "\(file) refers to \(name), which is neither a tensor nor a plain container, and is refused; nothing was "
                + "run. Save the model's state_dict() alone: torch.save(model.state_dict(), path)."
        case .notFound(let file, let name, let available):
            "\(file) has no \(name); it has \(Self.list(available))."
        case .unwritable(let file, let reason):
            "\(file) cannot be written: \(reason)."
        }
    }

    private static func list(_ names: [String]) -> String {
        if names.isEmpty { return "nothing" }
        let shown = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}

/// The message of the last failed system call.
func systemErrorMessage() -> String { String(cString: strerror(errno)) }
