// Editing the labels of a CSV file so that every other byte of it stays as it is.
import Foundation

/// A CSV file as the bytes that it is, with the places of its rows and values.
///
/// Rows can be taken out and values replaced; quoting, the order of columns and rows, line ends and all other values stay
/// as they are. Rows are known by the line they start on, as in ``TableRow``.
struct LabelTable: LabelFile {
    private struct Record {
        /// The line it starts on, from 1.
        let line: Int
        /// Its bytes with those of its line end.
        let bytes: Range<Int>
        /// The bytes of its values with their quotation marks.
        let values: [Range<Int>]
    }

    let bytes: [UInt8]
    private let delimiter: UInt8
    private let encoding: String.Encoding
    private let file: URL
    private var records: [Record] = []
    /// The place of the column that has the labels.
    var labelColumn = 0

    /// - Parameters:
    ///   - delimiter: What lies between the values of a line, an ASCII letter.
    ///   - encoding: One in which ASCII letters are their own bytes, such as UTF-8 or Latin-1.
    /// - Throws: ``DataError`` for a file that cannot be read, is empty, or in an encoding of several bytes for a letter.
    init(_ file: URL, delimiter: Character = ",", encoding: String.Encoding = .utf8) throws {
        let data: Data
        do { data = try Data(contentsOf: file) } catch {
            throw DataError("The table \(file.path) cannot be read: \(error.systemReason). Check the path.")
        }
        try self.init(data, file, delimiter: delimiter, encoding: encoding)
    }

    /// The same of a file's contents.
    init(_ data: Data, _ file: URL, delimiter: Character, encoding: String.Encoding) throws {
        guard "a,".data(using: encoding) == Data("a,".utf8), let delimiter = delimiter.asciiValue else {
            throw DataError("The table \(file.path) cannot be edited in its encoding; save it as UTF-8.")
        }
        (bytes, self.delimiter, self.encoding, self.file) = (Array(data), delimiter, encoding, file)
        records = parsed()
        guard !records.isEmpty else { throw DataError("The table \(file.path) is empty.") }
    }

    var contents: Data { Data(bytes) }

    func goingWith(_ lines: Set<Int>) -> Set<Int> { lines }

    func edited(without lines: Set<Int>, labels: [(line: Int, label: String)]) throws -> Data {
        try edited(without: lines, setting: labels.map { ($0.line, labelColumn, $0.label) })
    }

    /// The lines on which the rows behind the header start.
    var lines: [Int] { records.dropFirst().map(\.line) }

    /// The bytes of a row; nil where no row starts on the line.
    func row(onLine line: Int) -> ArraySlice<UInt8>? { record(onLine: line).map { bytes[$0.bytes] } }

    /// The place of a column by its name in the form of ``normalizedLabel(_:)``; the first of that name.
    /// - Throws: ``DataError`` that names the columns there are.
    func column(_ name: String) throws -> Int {
        let names = records[0].values.map(value)
        guard let place = names.firstIndex(where: { normalizedLabel($0) == normalizedLabel(name) }) else {
            throw DataError(
                "There is no column \"\(name)\" in \(file.path); the columns are \(names.joined(separator: ", ")).")
        }
        return place
    }

    /// The bytes of the table without some rows and with other values in some.
    ///
    /// - Parameters:
    ///   - lines: The lines of the rows that are taken out.
    ///   - values: New values, each by the line of its row and the place of its column.
    /// - Throws: ``DataError`` for a line on which no row starts, a column that it lacks, or a value that cannot be written in
    ///   the file's encoding.
    func edited(without lines: Set<Int>, setting values: [(line: Int, column: Int, value: String)]) throws -> Data {
        var changes: [(bytes: Range<Int>, new: Data)] = []
        for line in lines { changes.append((try found(line).bytes, Data())) }
        for (line, column, value) in values where !lines.contains(line) {
            let record = try found(line)
            guard record.values.indices.contains(column) else {
                throw DataError("Line \(line) of \(file.path) has no value in its column \(column + 1).")
            }
            let place = record.values[column]
            changes.append((place, try written(value, isQuoted: bytes[place].first == UInt8(ascii: "\""))))
        }
        var (result, next) = (Data(), 0)
        for change in changes.sorted(by: { $0.bytes.lowerBound < $1.bytes.lowerBound }) {
            result.append(contentsOf: bytes[next..<change.bytes.lowerBound])
            result.append(change.new)
            next = change.bytes.upperBound
        }
        result.append(contentsOf: bytes[next...])
        return result
    }

    private func record(onLine line: Int) -> Record? {
        var (low, high) = (1, records.count)
        while low < high {
            let middle = (low + high) / 2
            if records[middle].line < line { low = middle + 1 } else { high = middle }
        }
        return low < records.count && records[low].line == line ? records[low] : nil
    }

    private func found(_ line: Int) throws -> Record {
        guard let record = record(onLine: line) else {
            throw DataError(
                "No row starts on line \(line) of \(file.path); it has been changed meanwhile. Start again.")
        }
        return record
    }

    private func value(_ place: Range<Int>) -> String {
        let text = String(data: Data(bytes[place]), encoding: encoding) ?? ""
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else { return text }
        return String(text.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }

    private func written(_ value: String, isQuoted: Bool) throws -> Data {
        let special: Set<Unicode.Scalar> = ["\"", "\n", "\r", Unicode.Scalar(delimiter)]
        let needsQuotes = isQuoted || value.unicodeScalars.contains(where: special.contains)
        let text = needsQuotes ? "\"\(value.replacing("\"", with: "\"\""))\"" : value
        guard let data = text.data(using: encoding) else {
            throw DataError(
                "The label \"\(value)\" cannot be written in the encoding of \(file.path); save it as UTF-8.")
        }
        return data
    }

    /// The places of all records. Goes by the same rules as ``TableRow/readCSV(_:delimiter:encoding:)``.
    private func parsed() -> [Record] {
        let (quote, feed, back) = (UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var records: [Record] = []
        var place = bytes.starts(with: mark) ? mark.count : 0
        var (line, startLine, start, valueStart) = (1, 1, place, place)
        var values: [Range<Int>] = []
        var (isQuoted, isEmpty, isBlank) = (false, true, true)
        func end(at end: Int, next: Int) {
            // A line of nothing, or of blanks, is no record.
            if !isBlank {
                records.append(Record(line: startLine, bytes: start..<next, values: values + [valueStart..<end]))
            }
            (values, start, valueStart, isEmpty, isBlank) = ([], next, next, true, true)
        }
        while place < bytes.count {
            let byte = bytes[place]
            let following = place + 1 < bytes.count ? bytes[place + 1] : 0
            var next = place + 1
            switch byte {
            case quote where isQuoted && following == quote:
                isEmpty = false
                next += 1
            case quote where isQuoted || isEmpty:
                isQuoted.toggle()
                isBlank = false
            case delimiter where !isQuoted:
                values.append(valueStart..<place)
                (valueStart, isEmpty, isBlank) = (next, true, false)
            case feed, back:
                if byte == back, following == feed { next += 1 }
                line += 1
                if isQuoted {
                    isEmpty = false
                } else {
                    end(at: place, next: next)
                    startLine = line
                }
            default:
                isEmpty = false
                if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { isBlank = false }
            }
            place = next
        }
        end(at: bytes.count, next: bytes.count)
        return records
    }
}
