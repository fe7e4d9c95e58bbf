// Tables of labels in other encodings.
import ApusCore
import Foundation
import Testing

@Suite("Encodings of tables of labels") struct TableEncodingTests {
    @Test("a table and a list are read in the encoding given; another is refused with a sentence")
    func latin() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "labels-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (table, list) = (folder.appending(path: "l.csv"), folder.appending(path: "v.txt"))
        try Data("file, label \nb\u{E9}.jpg,caf\u{E9}\n".unicodeScalars.map { UInt8($0.value) }).write(to: table)
        try Data("b\u{E9}.jpg\n".unicodeScalars.map { UInt8($0.value) }).write(to: list)
        let rows = try TableRow.readCSV(table, encoding: .isoLatin1)
        #expect(try rows.map { try $0.value("label") } == ["caf\u{E9}"])
        let said = #expect(throws: DataError.self) { try TableRow.readCSV(table) }
        #expect(said?.description.contains("is not text in UTF-8") == true)
        #expect(said?.description.contains("--encoding latin1") == true)
        let files = ["a.jpg", "b\u{E9}.jpg"].map { folder.appending(path: $0) }
        #expect(try Splitter<[URL]>.fileList(list, encoding: .isoLatin1).split(files).valid == [1])
        #expect(throws: DataError.self) { try Splitter<[URL]>.fileList(list).split(files) }
        let absent = #expect(throws: DataError.self) { try TableRow.readCSV(folder.appending(path: "none.csv")) }
        #expect(absent?.description.contains("Check the path") == true)
    }
}
