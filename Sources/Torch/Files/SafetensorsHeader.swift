// Reads and checks the header of a safetensors file, so that nothing in it needs to be doubted afterwards.

/// What a header says: every tensor inside the file, none overlapping another, no bytes left over.
struct SafetensorsHeader {
    let entries: [(name: String, info: SafetensorsFile.Info)]
    let metadata: [String: String]

    /// The format's own limit, which keeps a damaged length from being believed.
    private static let maximumLength = 100_000_000

    /// - Throws: ``TensorFileError``.
    init(_ file: MappedFile) throws {
        func damaged(_ problem: String) -> TensorFileError { .damaged(file: file.path, problem: problem) }
        func foreign() -> TensorFileError {
            .foreign(file: file.path, expected: "a safetensors file", found: file.foreignContent())
        }

        guard file.count >= 8 else {
            throw file.count == 0
                ? foreign() : damaged("it has \(file.count) bytes, less than the 8 that give the header's length")
        }
        let length = file.integer(at: 0, as: UInt64.self)
        guard length <= Self.maximumLength else {
            // The first bytes of a text or an archive, read as a length, are absurd.
            let content = file.foreignContent()
            if !content.hasPrefix("its first bytes") { throw foreign() }
            throw damaged("its header claims \(length) bytes, more than the format's limit of \(Self.maximumLength)")
        }
        guard length <= file.count - 8 else {
            throw damaged("its header claims \(length) bytes, but only \(file.count - 8) follow")
        }
        let dataStart = 8 + Int(length)
        let members: [OrderedJSON.Member]
        do {
            guard
                case .object(let object) = try OrderedJSON(
                    parsing: file.bytes(8..<dataStart), refusesEqualNames: true)
            else {
                throw damaged("its header is JSON but not an object")
            }
            members = object
        } catch let error as OrderedJSONError {
            throw damaged("its header is not sound: \(error)")
        }

        var metadata: [String: String] = [:]
        var places: [(name: String, start: Int, end: Int)] = []
        var entries: [(name: String, info: SafetensorsFile.Info)] = []
        entries.reserveCapacity(members.count)
        for member in members {
            let name = member.name
            guard case .object(let fields) = member.value else {
                throw damaged("the header's \"\(name)\" is not an object")
            }
            if name == "__metadata__" {
                for field in fields {
                    guard case .string(let text) = field.value else {
                        throw damaged("its metadata \"\(field.name)\" is not a text")
                    }
                    metadata[field.name] = text
                }
                continue
            }
            let entry = try Self.entry(fields, name: name, path: file.path)
            entries.append(
                (
                    name,
                    SafetensorsFile.Info(dtype: entry.dtype, shape: Shape(entry.shape), offset: dataStart + entry.start)
                ))
            places.append((name, entry.start, entry.end))
        }

        // Each tensor begins where the one before it ends, and the last ends with the file.
        var position = 0
        var previous = ""
        for place in places.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard place.end <= file.count - dataStart else {
                throw damaged(
                    "tensor \"\(place.name)\" ends \(place.end - (file.count - dataStart)) bytes after the file")
            }
            if place.start < position { throw damaged("tensors \"\(previous)\" and \"\(place.name)\" overlap") }
            if place.start > position {
                throw damaged("\(place.start - position) bytes before tensor \"\(place.name)\" belong to no tensor")
            }
            position = place.end
            previous = place.name
        }
        guard position == file.count - dataStart else {
            throw damaged("\(file.count - dataStart - position) bytes after the last tensor belong to none")
        }
        self.entries = entries
        self.metadata = metadata
    }

    private static func entry(
        _ fields: [OrderedJSON.Member], name: String, path: String
    ) throws -> (dtype: DType, shape: [Int], start: Int, end: Int) {
        func damaged(_ problem: String) -> TensorFileError {
            .damaged(file: path, problem: "tensor \"\(name)\" \(problem)")
        }
        func field(_ wanted: String) -> OrderedJSON? { fields.first { $0.name == wanted }?.value }
        func wholeNumbers(_ wanted: String) throws -> [Int] {
            guard case .array(let items)? = field(wanted) else { throw damaged("has no list \"\(wanted)\"") }
            return try items.map {
                guard case .integer(let number) = $0, number >= 0 else {
                    throw damaged("has a \"\(wanted)\" with what is not a whole number of 0 or more")
                }
                return number
            }
        }

        guard case .string(let dtypeName)? = field("dtype") else { throw damaged("has no \"dtype\"") }
        let shape = try wholeNumbers("shape")
        let offsets = try wholeNumbers("data_offsets")
        guard let dtype = SafetensorsDType.byName[dtypeName] else {
            if SafetensorsDType.foreign.contains(dtypeName) {
                throw TensorFileError.unsupported(
                    file: path, problem: "tensor \"\(name)\" has elements of type \(dtypeName)",
                    nextStep: "Convert it to one of \(SafetensorsDType.names.map(\.name).joined(separator: ", ")).")
            }
            throw damaged("has a dtype \"\(dtypeName)\" that does not exist")
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw damaged("has data_offsets \(offsets), which are not a start and an end")
        }
        guard let size = byteCount(of: shape, dtype) else {
            throw damaged("has a shape \(shape) that no memory can hold")
        }
        guard size == offsets[1] - offsets[0] else {
            throw damaged(
                "of shape \(shape) and dtype \(dtypeName) needs \(size) bytes, but its data_offsets give "
                    + "\(offsets[1] - offsets[0])")
        }
        return (dtype, shape, offsets[0], offsets[1])
    }
}
