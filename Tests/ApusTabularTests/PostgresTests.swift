// Queries of a PostgreSQL server that the tests start for themselves, where the machine has one.
import ApusCore
import Foundation
import Testing

@testable import ApusTabular

/// A server of its own on a socket in a temporary folder.
private struct PostgresServer {
    static let binaries = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))?.sorted().last
        .map { "/usr/lib/postgresql/\($0)/bin" }
        .flatMap { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") ? $0 : nil }

    let folder: URL
    var connection: String { "host=\(folder.path) user=apus dbname=postgres" }

    /// Runs a command as a user whom the server accepts; root is none.
    private func run(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        let asUser = getuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""
        // A server that goes on must not hold the descriptor by which Foundation sees the end of a process.
        let script = """
            for file in /proc/$$/fd/*; do n=${file##*/}; [ "$n" -gt 2 ] && eval "exec $n>&-"; done
            chmod 777 '\(folder.path)' && cd / && \(asUser)\(Self.binaries ?? "")/\(command)
            """
        process.arguments = ["-c", script]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command)")
    }

    func start() throws {
        try run("initdb -A trust -U apus --no-sync -E UTF8 -D '\(folder.path)/data'")
        try run("pg_ctl -w -D '\(folder.path)/data' -o \"-F -k '\(folder.path)' -h ''\" start")
    }

    func stop() { try? run("pg_ctl -m immediate -D '\(folder.path)/data' stop") }
}

extension TabularTests {
    @Suite("PostgreSQL", .enabled(if: PostgresServer.binaries != nil, "this machine has no PostgreSQL server"))
    struct PostgresTests {
        @Test("a query gives columns of PostgreSQL's kinds, whole and in parts")
        func query() throws {
            try withTemporaryFolder { folder in
                let server = PostgresServer(folder: folder)
                try server.start()
                defer { server.stop() }
                let table = try Table.postgres(
                    server.connection,
                    query: """
                        SELECT * FROM (VALUES
                            (1, 1.5::float8, 2.25::numeric, 'é,a', true, date '2015-07-31', timestamp '2015-07-31 12:30:00',
                             timestamptz '2015-07-31 12:30:00+02'),
                            (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
                            AS rows (i, x, n, name, ok, day, moment, zoned)
                        WHERE $1 = 'all'
                        """, parameters: ["all"])
                let columns = try table.columns
                #expect(
                    columns.map(\.column.kind) == [
                        .integer, .number, .number, .text, .boolean, .date, .time, .time,
                    ])
                let moment = Date(timeIntervalSince1970: 1_438_345_800)
                #expect(
                    try table.rows() == [
                        [
                            "i": 1, "x": 1.5, "n": 2.25, "name": "é,a", "ok": true,
                            "day": .time(Date(timeIntervalSince1970: 1_438_300_800)), "moment": .time(moment),
                            "zoned": .time(moment - 7200),
                        ],
                        table.columnNames.reduce(into: [:]) { $0[$1] = .missing },
                    ])
                let stream = try TableStream.postgres(
                    server.connection, query: "SELECT n, 'x' || n AS name FROM generate_series(1, 1000) AS n",
                    batchRows: 300)
                var counts: [Int] = []
                while let part = try stream.next() { counts.append(part.rowCount) }
                #expect(counts == [300, 300, 300, 100])
                let wrong = dataError { _ = try Table.postgres(server.connection, query: "SELECT * FROM absent") }
                #expect(wrong.contains("relation \"absent\" does not exist"), "\(wrong)")
                #expect(try Table.postgres(server.connection, query: "SELECT 1 AS a WHERE false").columnNames == ["a"])
            }
        }

        @Test("a server that is not there is named")
        func absent() {
            let said = dataError { _ = try Table.postgres("host=/nowhere dbname=shop", query: "SELECT 1") }
            #expect(said.contains("/nowhere"), "\(said)")
        }
    }
}
