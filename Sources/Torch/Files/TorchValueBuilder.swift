// Turns what the pickle reader has found into Swift values, with tensors on the memory of their storages.

struct TorchValueBuilder {
    private let file: MappedFile
    private let reader: PickleReader
    private var tensors: [Tensor] = []
    /// A finished value, how many values are in it, counted as often as they are reached, and how deep they nest.
    private struct Built {
        let value: TorchValue
        var count = 1
        var depth = 0
    }
    private var finished: [Int: Built] = [:]
    private var open: Set<Int> = []

    /// Deeper than any checkpoint, and shallow enough for the stack of any thread.
    private static let maximumDepth = 100
    /// A container may occur in several others; a file in which that is used to write 2^40 values in a few hundred bytes
    /// would keep whoever walks the value busy for ever.
    private static let maximumCount = 10_000_000

    /// - Parameter memory: Where the storages are in the file, by key.
    init(_ file: MappedFile, _ reader: PickleReader, memory: [String: Range<Int>]) throws {
        self.file = file
        self.reader = reader
        for storage in reader.storages {
            guard let range = memory[storage.key] else {
                throw TensorFileError.damaged(file: file.path, problem: "storage \(storage.key) is missing")
            }
            guard storage.wholeSize <= range.count else {
                throw TensorFileError.damaged(
                    file: file.path,
                    problem: "storage \(storage.key) should have \(storage.wholeSize) bytes and has \(range.count)")
            }
        }
        // One flat tensor over each storage, and the tensors as views of it, so that sharing is kept.
        struct Flat: Hashable {
            let key: String
            let offset: Int
            let size: Int
            let dtype: DType
        }
        var flats: [Flat: Tensor] = [:]
        tensors.reserveCapacity(reader.tensors.count)
        for tensor in reader.tensors {
            let storage = reader.storages[tensor.storage]
            let flat = Flat(key: storage.key, offset: storage.offset, size: storage.size, dtype: tensor.dtype)
            if flats[flat] == nil {
                flats[flat] = try file.tensor(
                    at: memory[storage.key]!.lowerBound + storage.offset,
                    shape: [storage.size / tensor.dtype.itemSize], dtype: tensor.dtype)
            }
            let isEmpty = tensor.shape.contains(0)
            tensors.append(
                try withTorchErrors {
                    flats[flat]!.asStridedRaw(tensor.shape, tensor.strides, isEmpty ? 0 : tensor.offset).detached()
                })
        }
    }

    /// - Throws: ``TensorFileError`` for a value that contains itself, is nested too deeply, or is not a plain value.
    func value(of item: PickleItem) throws -> TorchValue {
        var builder = self
        return try builder.build(item, depth: 0).value
    }

    private mutating func build(_ item: PickleItem, depth: Int) throws -> Built {
        switch item {
        case .none: return Built(value: .none)
        case .bool(let flag): return Built(value: .bool(flag))
        case .int(let number): return Built(value: .int(number))
        case .double(let number): return Built(value: .double(number))
        case .string(let text): return Built(value: .string(text))
        case .bytes(let bytes): return Built(value: .bytes(bytes))
        case .dtype(let dtype): return Built(value: .dtype(dtype))
        case .tensor(let index): return Built(value: .tensor(tensors[index]))
        case .container(let index): return try container(index, depth: depth)
        case .bigInteger: throw unsupported("a whole number beyond 64 bits")
        case .global: throw unsupported("a class or function as a value")
        case .storage: throw unsupported("a storage that belongs to no tensor")
        }
    }

    private mutating func container(_ index: Int, depth: Int) throws -> Built {
        func checkDepth(_ total: Int) throws {
            guard total < Self.maximumDepth else {
                throw damaged("its containers are nested more than \(Self.maximumDepth) deep")
            }
        }
        if let known = finished[index] {
            try checkDepth(depth + known.depth)
            return known
        }
        guard open.insert(index).inserted else { throw damaged("a container in it contains itself") }
        defer { open.remove(index) }
        try checkDepth(depth)
        let container = reader.containers[index]
        var count = 1
        var innerDepth = 0
        var values: [Built] = []
        values.reserveCapacity(container.items.count)
        for item in container.items {
            let built = try build(item, depth: depth + 1)
            count += built.count
            guard count <= Self.maximumCount else { throw damaged("it has more than \(Self.maximumCount) values") }
            innerDepth = max(innerDepth, built.depth)
            values.append(built)
        }
        let value: TorchValue
        switch container.kind {
        case .list: value = .list(values.map(\.value))
        case .tuple: value = .tuple(values.map(\.value))
        case .dictionary:
            var dictionary = TorchDictionary(minimumCapacity: values.count / 2)
            for index in stride(from: 0, to: values.count, by: 2) {
                // A tuple that is a key is compared item by item, so that it must be small.
                guard values[index].count <= 100 else {
                    throw unsupported("a dictionary with a key of very many items")
                }
                dictionary.set(try key(values[index].value), values[index + 1].value)
            }
            value = .dictionary(dictionary)
        }
        let built = Built(value: value, count: count, depth: innerDepth + 1)
        finished[index] = built
        return built
    }

    private func key(_ value: TorchValue) throws -> TorchDictionary.Key {
        switch value {
        case .string(let text): return .string(text)
        case .int(let number): return .int(number)
        case .double(let number): return .double(number)
        case .bool(let flag): return .bool(flag)
        case .none: return .none
        case .tuple(let items): return .tuple(try items.map(key))
        default: throw unsupported("a dictionary whose keys are not texts or numbers")
        }
    }

    private func damaged(_ problem: String) -> TensorFileError { .damaged(file: file.path, problem: problem) }
    private func unsupported(_ content: String) -> TensorFileError {
        .unsupported(
            file: file.path, problem: "it holds \(content)",
            nextStep: "Save tensors, numbers, texts, lists, tuples and dictionaries only.")
    }
}
