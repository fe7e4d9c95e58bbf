// What the programs have in common: how they end, JSON, options of several commands.
import ApusCore
import ArgumentParser
import Foundation

extension ParsableCommand {
    /// Runs the program's command line. Exit codes: 0, 1 for a run that failed, 64 for wrong usage; messages go to
    /// standard error.
    public static func runProgram() {
        do {
            var command = try parseAsRoot()
            try command.run()
            // All is written. Leaving at once spares LibTorch the taking apart of its tables of operators, which takes a
            // tenth of a prediction's time.
            fflush(nil)
            _exit(0)
        } catch {
            endProgram(with: error)
        }
    }

    /// Ends the program with the message and the exit code of an error.
    fileprivate static func endProgram(with error: any Error) -> Never {
        let code = exitCode(for: error)
        // An exit code alone comes from a command that has said what failed.
        if code == .validationFailure || code.isSuccess || error is ExitCode { exit(withError: error) }
        // Errors of our own are sentences; ArgumentParser's keep their form.
        printError("\(error)")
        Foundation.exit(1)
    }
}

extension AsyncParsableCommand {
    /// Runs the program's command line, whose commands may be asynchronous; all else is as for others.
    public static func runProgram() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            fflush(nil)
            _exit(0)
        } catch {
            endProgram(with: error)
        }
    }
}

/// Writes a failure to standard error.
public func printError(_ message: String) {
    FileHandle.standardError.write(Data("error: \(message)\n".utf8))
}

/// Writes a remark to standard error.
public func printNote(_ message: String) {
    FileHandle.standardError.write(Data("note: \(message)\n".utf8))
}

/// Prints an object as one line of JSON.
public func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder.withNonFinite
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

extension Precision: @retroactive ExpressibleByArgument {}
