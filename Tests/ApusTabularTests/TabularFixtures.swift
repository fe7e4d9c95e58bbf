// What the tests of this target share.
import ApusCore
import Foundation
import Testing

@testable import ApusTabular

/// The parent of this target's suites: they run one after the other.
@Suite("ApusTabular", .serialized) enum TabularTests {}

/// Calls `body` with a folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tabular-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// What a `DataError` says; records an issue when none is thrown.
func dataError(_ body: () throws -> Void) -> String {
    do {
        try body()
    } catch let error as DataError {
        return error.description
    } catch {
        Issue.record("\(error) was thrown, a DataError was expected")
        return ""
    }
    Issue.record("nothing was thrown, a DataError was expected")
    return ""
}

/// The table of a CSV text.
func csv(_ text: String, format: CSVFormat = CSVFormat()) throws -> Table {
    try withTemporaryFolder { folder in
        let file = folder.appending(path: "table.csv")
        try Data(text.utf8).write(to: file)
        return try Table.readCSV(file, format: format)
    }
}

enum Fixture {
    static func cases(_ file: String) throws -> [String: [String: Any]] {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(file)")
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        return try #require(object as? [String: [String: Any]], "\(file) is no list of cases")
    }
}
