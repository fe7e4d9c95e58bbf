// Reads the files of torch.save (.pth, .pt, .pkl): the zip form of today and the legacy form of before version 1.6.
import Foundation

/// Checkpoints written by PyTorch's `torch.save`, of tensors and plain containers only.
///
/// A checkpoint is a Python pickle, which may run any program when Python loads it. This reader runs nothing: it knows
/// tensors, numbers, texts, lists, tuples and dictionaries, and refuses a file that refers to anything else, by name.
///
/// ```swift
/// for (name, tensor) in try TorchCheckpoint.stateDict(url) { print(name, tensor.shape) }
/// ```
public enum TorchCheckpoint {
    /// The value that was saved.
    ///
    /// Tensors of the zip form lie on the file's pages in memory, uncopied. Tensors that shared a storage share it again,
    /// with their strides and offsets. All are on the CPU, wherever they were, and none asks for gradients.
    ///
    /// - Throws: ``TensorFileError/refused(file:name:)`` for a class or function other than those, and other cases for
    ///   files that are damaged or no checkpoint; ``TorchError`` when there is no memory.
    public static func load(_ url: URL) throws -> TorchValue {
        let file = try MappedFile(url)
        if ZipDirectory.isZip(file) { return try loadZip(file) }
        guard file.count > 2, file[0] == 0x80 else {
            let isTar = file.count > 262 && file.bytes(257..<262) == Array("ustar".utf8)
            let found = isTar ? "it is a tar archive of PyTorch before 0.1.10; save it again" : file.foreignContent()
            throw TensorFileError.foreign(file: file.path, expected: "a checkpoint of torch.save", found: found)
        }
        return try loadLegacy(file)
    }

    /// The tensors of a model by name, in the order in which they were saved.
    ///
    /// The dictionary is the whole value, or what the value has under `state_dict`, `model` or `model_state_dict`.
    ///
    /// - Parameter prefix: Removed from names that begin with it; `module.` is what `DataParallel` adds.
    /// - Throws: As ``load(_:)``, and ``TensorFileError/notFound(file:name:available:)`` when there is no dictionary of
    ///   tensors alone in any of these places.
    public static func stateDict(
        _ url: URL, removingPrefix prefix: String = ""
    ) throws -> [(name: String, tensor: Tensor)] {
        let value = try load(url)
        let candidates = [value] + ["state_dict", "model", "model_state_dict"].compactMap { value[$0] }
        guard let found = candidates.lazy.compactMap(\.stateDict).first else {
            let keys = value.dictionary?.keys.map(\.description) ?? []
            throw TensorFileError.notFound(
                file: url.path,
                name: "dictionary of tensors at its top or under state_dict, model or model_state_dict", available: keys
            )
        }
        return found.map { ($0.name.hasPrefix(prefix) ? String($0.name.dropFirst(prefix.count)) : $0.name, $0.tensor) }
    }

    // MARK: The zip form

    private static func loadZip(_ file: MappedFile) throws -> TorchValue {
        let archive = try ZipDirectory(file)
        let pickles = archive.records.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
        guard let pickle = pickles.min(by: { $0.name.count < $1.name.count }) else {
            throw TensorFileError.foreign(
                file: file.path, expected: "a checkpoint of torch.save",
                found: "it is a zip archive without the record data.pkl; check that it is the right file")
        }
        let prefix = pickle.name.dropLast("data.pkl".count)
        if archive["\(prefix)constants.pkl"] != nil {
            throw TensorFileError.unsupported(
                file: file.path, problem: "it is a TorchScript program",
                nextStep: "Save the model's state_dict() with torch.save instead.")
        }
        if let order = archive["\(prefix)byteorder"], file.bytes(order.range) != Array("little".utf8) {
            throw bigEndian(file)
        }
        try archive.verify(pickle)
        var reader = PickleReader(file, pickle.range)
        let root = try reader.read()

        var memory: [String: Range<Int>] = [:]
        for storage in reader.storages where memory[storage.key] == nil {
            guard let record = archive["\(prefix)data/\(storage.key)"] else {
                throw TensorFileError.damaged(file: file.path, problem: "it has no record of storage \(storage.key)")
            }
            try archive.verify(record)
            memory[storage.key] = record.range
        }
        return try TorchValueBuilder(file, reader, memory: memory).value(of: root)
    }

    // MARK: The legacy form

    /// The number that every file of the legacy form begins with, little-endian.
    private static let magicNumber: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Five pickles (a magic number, a version, the machine, the value, the storages' keys), then the storages.
    private static func loadLegacy(_ file: MappedFile) throws -> TorchValue {
        var position = 0
        func readPickle() throws -> (PickleReader, PickleItem) {
            var reader = PickleReader(file, position..<file.count)
            let item = try reader.read()
            position = reader.end
            return (reader, item)
        }

        guard case .bigInteger(magicNumber) = try readPickle().1, case .int(1001) = try readPickle().1 else {
            throw TensorFileError.foreign(
                file: file.path, expected: "a checkpoint of torch.save",
                found: "it is a pickle of something else; save the state_dict() with torch.save")
        }
        let (machine, description) = try readPickle()
        let fields = try TorchValueBuilder(file, machine, memory: [:]).value(of: description)
        if fields["little_endian"]?.bool == false { throw bigEndian(file) }
        let (reader, root) = try readPickle()
        let (keyReader, keys) = try readPickle()

        var cursor = FileCursor(file, position..<file.count, subject: "the last storage")
        var memory: [String: Range<Int>] = [:]
        let storages = Dictionary(reader.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for key in try keyReader.children(of: keys, "the keys of the storages") {
            guard case .string(let key) = key, let storage = storages[key], memory[key] == nil else {
                throw TensorFileError.damaged(file: file.path, problem: "its list of storages does not fit its tensors")
            }
            let count = try cursor.integer(as: Int.self)
            let (size, overflow) = count.multipliedReportingOverflow(by: storage.dtype?.itemSize ?? 1)
            guard count >= 0, !overflow else {
                throw TensorFileError.damaged(file: file.path, problem: "storage \(key) claims \(count) elements")
            }
            memory[key] = try cursor.advance(by: size)
        }
        return try TorchValueBuilder(file, reader, memory: memory).value(of: root)
    }

    private static func bigEndian(_ file: MappedFile) -> TensorFileError {
        .unsupported(
            file: file.path, problem: "it was written by a big-endian machine",
            nextStep: "Load it with PyTorch on this machine and save it again.")
    }
}

extension TorchValue {
    /// The tensors by name of a dictionary that holds nothing else.
    fileprivate var stateDict: [(name: String, tensor: Tensor)]? {
        guard let pairs = dictionary?.pairs else { return nil }
        let named = pairs.compactMap { pair -> (name: String, tensor: Tensor)? in
            guard case .string(let name) = pair.key, let tensor = pair.value.tensor else { return nil }
            return (name, tensor)
        }
        return named.count == pairs.count ? named : nil
    }
}
