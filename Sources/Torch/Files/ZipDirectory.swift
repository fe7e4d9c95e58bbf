// Finds the records of a zip archive whose records are stored as they are, as torch.save and numpy.savez write them.

/// Where the records of a zip archive are in its file; also of archives beyond 4 GiB (zip64).
struct ZipDirectory {
    /// A record's bytes and their checksum.
    struct Record {
        let name: String
        let range: Range<Int>
        let crc: UInt32
    }

    /// The records in the order of the directory.
    let records: [Record]
    private let indices: [String: Int]
    private let file: MappedFile

    subscript(name: String) -> Record? { indices[name].map { records[$0] } }

    /// Whether a file begins as a zip archive does.
    static func isZip(_ file: MappedFile) -> Bool { file.count >= 4 && file.bytes(0..<4) == [0x50, 0x4B, 3, 4] }

    /// - Throws: ``TensorFileError`` when the directory is missing, or a record is compressed or outside the file.
    init(_ file: MappedFile) throws {
        self.file = file
        let (count, start, end) = try Self.locate(file)
        var cursor = FileCursor(file, start..<end, subject: "the archive's directory")
        var records: [Record] = []
        var indices: [String: Int] = [:]
        var size = 0
        for _ in 0..<count {
            let record = try Self.record(&cursor, file)
            guard indices.updateValue(records.count, forKey: record.name) == nil else {
                throw TensorFileError.damaged(file: file.path, problem: "the record \(record.name) occurs twice")
            }
            records.append(record)
            size += record.range.count
            // Many records over the same bytes would take very long to check.
            guard size <= file.count else {
                throw TensorFileError.damaged(file: file.path, problem: "the records of the archive overlap")
            }
        }
        self.records = records
        self.indices = indices
    }

    /// Checks the bytes of a record against its checksum.
    ///
    /// - Throws: ``TensorFileError/damaged(file:problem:)``.
    func verify(_ record: Record) throws {
        // Zero stands for a checksum that was not computed, as torch.save can be told.
        guard record.crc != 0, file.withBytes(record.range, CRC32.checksum) != record.crc else { return }
        throw TensorFileError.damaged(
            file: file.path,
            problem: "the checksum of its record \(record.name) does not fit, so that bytes have changed")
    }

    /// How many records the directory has, and where it lies.
    private static func locate(_ file: MappedFile) throws -> (count: UInt64, start: Int, end: Int) {
        let missing = TensorFileError.damaged(
            file: file.path, problem: "the directory at the end of the archive is missing, so that it was cut short")
        // The end record has 22 bytes and a comment of up to 65535.
        var position = file.count - 22
        let last = max(position - 65535, 0)
        while position >= last, position >= 0 {
            if file.integer(at: position, as: UInt32.self) == 0x0605_4B50 { break }
            position -= 1
        }
        guard position >= last, position >= 0 else { throw missing }
        var count = UInt64(file.integer(at: position + 10, as: UInt16.self))
        var size = UInt64(file.integer(at: position + 12, as: UInt32.self))
        var start = UInt64(file.integer(at: position + 16, as: UInt32.self))
        let locator = position - 20
        if locator >= 0, file.integer(at: locator, as: UInt32.self) == 0x0706_4B50 {
            let large = file.integer(at: locator + 8, as: UInt64.self)
            guard large <= UInt64(max(locator - 56, 0)), locator >= 56,
                file.integer(at: Int(large), as: UInt32.self) == 0x0606_4B50
            else { throw missing }
            count = file.integer(at: Int(large) + 32, as: UInt64.self)
            size = file.integer(at: Int(large) + 40, as: UInt64.self)
            start = file.integer(at: Int(large) + 48, as: UInt64.self)
        }
        let (end, overflow) = start.addingReportingOverflow(size)
        guard !overflow, end <= UInt64(file.count) else { throw missing }
        return (count, Int(start), Int(end))
    }

    /// Reads an entry of the directory and finds its bytes.
    private static func record(_ cursor: inout FileCursor, _ file: MappedFile) throws -> Record {
        func damaged(_ problem: String) -> TensorFileError { .damaged(file: file.path, problem: problem) }

        guard try cursor.integer(as: UInt32.self) == 0x0201_4B50 else {
            throw damaged("the archive's directory has an entry that is none")
        }
        try cursor.advance(by: 4)
        let flags = try cursor.integer(as: UInt16.self)
        let method = try cursor.integer(as: UInt16.self)
        try cursor.advance(by: 4)
        let crc = try cursor.integer(as: UInt32.self)
        var storedSize = UInt64(try cursor.integer(as: UInt32.self))
        var size = UInt64(try cursor.integer(as: UInt32.self))
        let nameLength = Int(try cursor.integer(as: UInt16.self))
        let extraLength = Int(try cursor.integer(as: UInt16.self))
        let commentLength = Int(try cursor.integer(as: UInt16.self))
        try cursor.advance(by: 8)
        var header = UInt64(try cursor.integer(as: UInt32.self))
        guard let name = String(validating: try cursor.bytes(nameLength), as: UTF8.self) else {
            throw damaged("the archive's directory has a name that is not UTF-8")
        }
        var extra = FileCursor(
            file, try cursor.advance(by: extraLength), subject: "an entry of the archive's directory")
        try cursor.advance(by: commentLength)

        // Numbers that do not fit into 32 bits are in an extra field, in this order.
        while extra.end - extra.position >= 4 {
            let kind = try extra.integer(as: UInt16.self)
            let range = try extra.advance(by: Int(try extra.integer(as: UInt16.self)))
            guard kind == 1 else { continue }
            var large = FileCursor(file, range, subject: "an entry of the archive's directory")
            if size == UInt32.max { size = try large.integer(as: UInt64.self) }
            if storedSize == UInt32.max { storedSize = try large.integer(as: UInt64.self) }
            if header == UInt32.max { header = try large.integer(as: UInt64.self) }
        }

        guard flags & 1 == 0 else {
            throw TensorFileError.unsupported(
                file: file.path, problem: "its record \(name) is encrypted",
                nextStep: "Unpack and save it without a password.")
        }
        guard method == 0 else {
            throw TensorFileError.unsupported(
                file: file.path, problem: "its record \(name) is compressed",
                nextStep: "Save it again without compression, as torch.save and numpy.savez do.")
        }
        guard size == storedSize else { throw damaged("the record \(name) has two sizes, \(size) and \(storedSize)") }

        // The bytes follow the record's own header, whose extra field (torch.save aligns with it) has its own length.
        guard file.count >= 30, header <= UInt64(file.count - 30),
            file.integer(at: Int(header), as: UInt32.self) == 0x0403_4B50
        else { throw damaged("the record \(name) is not where the archive's directory says") }
        let localName = Int(file.integer(at: Int(header) + 26, as: UInt16.self))
        let localExtra = Int(file.integer(at: Int(header) + 28, as: UInt16.self))
        let start = Int(header) + 30 + localName + localExtra
        guard start <= file.count, size <= UInt64(file.count - start) else {
            throw damaged("the record \(name) ends after the file")
        }
        return Record(name: name, range: start..<start + Int(size), crc: crc)
    }
}
