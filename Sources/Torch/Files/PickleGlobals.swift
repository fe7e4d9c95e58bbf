// The only classes and functions that a checkpoint may refer to, and what each of them stands for here.

/// A class or function of Python that the pickle reader knows. All others are refused by name.
enum PickleGlobal {
    case orderedDict
    /// `torch.Size`, a tuple.
    case size
    case device
    /// A function of torch._utils that makes a tensor of a storage, an offset, sizes and strides.
    case rebuildTensor
    /// The same with the dtype as the seventh argument.
    case rebuildTensorV3
    /// A function of torch._utils that makes a parameter of a tensor.
    case rebuildParameter
    /// Makes a tensor by another function, of a class (`torch.Tensor` or `Parameter`), with Python attributes.
    case rebuildFromType
    case tensorClass
    /// A class of storages; the dtype is nil for bytes that no dtype is known of.
    case storage(DType?)
    /// How pickles of protocol 2 write bytes: as text and an encoding.
    case encode

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDict
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorV3
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
            self = .rebuildParameter
        case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"):
            self = .tensorClass
        case ("torch", "UntypedStorage"), ("torch.storage", "UntypedStorage"): self = .storage(nil)
        // Checkpoints of old versions name the storages of a GPU by a module of their own.
        case ("torch", _), ("torch.cuda", _):
            guard let dtype = Self.storages[name] else { return nil }
            self = .storage(dtype)
        case ("_codecs", "encode"): self = .encode
        default: return nil
        }
    }

    private static let storages: [String: DType] = [
        "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool, "ComplexFloatStorage": .complex64,
        "ComplexDoubleStorage": .complex128,
    ]

    /// The dtype that a name of the module `torch` stands for.
    static func dtype(_ name: String) -> DType? {
        switch name {
        case "half": .float16
        case "float": .float32
        case "double": .float64
        case "short": .int16
        case "int": .int32
        case "long": .int64
        default: DType.allCases.first { $0.description == name }
        }
    }
}

/// A piece of memory that a checkpoint's tensors are views of.
struct PickleStorage {
    /// Its name among the records of the file.
    let key: String
    /// Nil for bytes that no dtype is known of.
    let dtype: DType?
    /// Where this storage begins in the memory of that name, in bytes; only old files have views of storages.
    let offset: Int
    /// The size of this storage in bytes.
    let size: Int
    /// The size that the file claims for the whole memory of that name, in bytes.
    let wholeSize: Int
}

/// A tensor as a checkpoint describes it: a view of a storage, checked to lie within it.
struct PickleTensor {
    /// Its place in the list of storages.
    let storage: Int
    let dtype: DType
    /// Where it begins, in elements.
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}

extension PickleReader {
    /// Calls one of the known functions, or makes an object of one of the known classes.
    mutating func call(_ global: PickleGlobal, _ arguments: [PickleItem]) throws -> PickleItem {
        switch global {
        case .orderedDict:
            guard arguments.count <= 1 else { throw damaged("an OrderedDict is made of \(arguments.count) arguments") }
            var items: [PickleItem] = []
            let pairs = try arguments.first.map { try children(of: $0, "the pairs of an OrderedDict") } ?? []
            try spend(pairs.count)
            for pair in pairs {
                let pair = try children(of: pair, "a pair of an OrderedDict")
                guard pair.count == 2 else { throw damaged("a pair of an OrderedDict has \(pair.count) items") }
                items += pair
            }
            return add(.dictionary, items)
        case .size:
            guard arguments.count == 1 else { throw damaged("a torch.Size is made of \(arguments.count) arguments") }
            let sizes = try children(of: arguments[0], "a torch.Size")
            try spend(sizes.count)
            return add(.tuple, sizes)
        case .device:
            guard case .string(let kind)? = arguments.first else { throw damaged("a torch.device has no name") }
            if arguments.count > 1, case .int(let index) = arguments[1] { return .string("\(kind):\(index)") }
            return .string(kind)
        case .rebuildTensor:
            guard arguments.count >= 4 else { throw damaged("a tensor is made of \(arguments.count) arguments") }
            return try makeTensor(arguments, dtype: nil)
        case .rebuildTensorV3:
            guard arguments.count >= 7, case .dtype(let dtype) = arguments[6] else {
                throw damaged("a tensor has no dtype")
            }
            return try makeTensor(arguments, dtype: dtype)
        case .rebuildParameter:
            guard case .tensor? = arguments.first else { throw damaged("a parameter is made of no tensor") }
            return arguments[0]
        case .rebuildFromType:
            guard arguments.count >= 3, case .global(let function) = arguments[0],
                case .global(.tensorClass) = arguments[1]
            else { throw damaged("a tensor with attributes is made of arguments that do not fit") }
            // Only functions that make a tensor directly: this one could be told to call itself without end.
            switch function {
            case .rebuildTensor, .rebuildTensorV3, .rebuildParameter:
                return try call(function, children(of: arguments[2], "the arguments of a tensor"))
            default: throw damaged("a tensor is made by what does not make tensors")
            }
        case .encode:
            guard arguments.count == 2, case .string(let text) = arguments[0],
                case .string(let encoding) = arguments[1], ["latin1", "latin-1"].contains(encoding),
                text.unicodeScalars.allSatisfy({ $0.value < 256 })
            else { throw damaged("bytes are written in an encoding that is not Latin-1") }
            try spend(text.utf8.count)
            return .bytes(text.unicodeScalars.map { UInt8($0.value) })
        case .tensorClass: throw TensorFileError.refused(file: path, name: "a tensor made by its class")
        case .storage: throw TensorFileError.refused(file: path, name: "a storage made by its class")
        }
    }

    /// A storage from its description: ("storage", class, key, device, elements[, view]).
    mutating func storage(_ description: PickleItem) throws -> PickleItem {
        let fields = try children(of: description, "the description of a storage")
        guard fields.count >= 5, case .string("storage") = fields[0], case .global(.storage(let dtype)) = fields[1],
            case .string(let key) = fields[2], case .int(let count) = fields[4]
        else { throw damaged("the description of a storage is not one that torch.save writes") }
        let itemSize = dtype?.itemSize ?? 1
        func bytes(_ count: Int) throws -> Int {
            let (size, overflow) = count.multipliedReportingOverflow(by: itemSize)
            guard count >= 0, !overflow else { throw damaged("storage \(key) claims \(count) elements") }
            return size
        }
        let wholeSize = try bytes(count)
        var offset = 0
        var size = wholeSize
        if fields.count > 5, case .container = fields[5] {
            let view = try children(of: fields[5], "the view of a storage")
            guard view.count == 3, case .int(let first) = view[1], case .int(let length) = view[2] else {
                throw damaged("the view of storage \(key) is not one that torch.save writes")
            }
            offset = try bytes(first)
            size = try bytes(length)
            guard offset <= wholeSize, size <= wholeSize - offset else {
                throw damaged("a view of storage \(key) leads out of it")
            }
        }
        storages.append(PickleStorage(key: key, dtype: dtype, offset: offset, size: size, wholeSize: wholeSize))
        return .storage(storages.count - 1)
    }

    private mutating func makeTensor(_ arguments: [PickleItem], dtype givenDType: DType?) throws -> PickleItem {
        guard case .storage(let index) = arguments[0], case .int(let offset) = arguments[1] else {
            throw damaged("a tensor has no storage or no offset")
        }
        let storage = storages[index]
        guard let dtype = givenDType ?? storage.dtype else { throw damaged("a tensor has no dtype") }
        func integers(_ item: PickleItem, _ subject: String) throws -> [Int] {
            try children(of: item, subject).map {
                guard case .int(let number) = $0 else { throw damaged("\(subject) are not whole numbers") }
                return number
            }
        }
        let shape = try integers(arguments[2], "the sizes of a tensor")
        let strides = try integers(arguments[3], "the strides of a tensor")
        func outside(_ problem: String) -> TensorFileError {
            damaged("a tensor of sizes \(shape), strides \(strides) and offset \(offset) \(problem)")
        }
        guard shape.count == strides.count, byteCount(of: shape, dtype) != nil else {
            throw outside("cannot be: a size is below zero, or there are too many elements or too few strides")
        }
        guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else { throw outside("counts backwards") }
        if !shape.contains(0) {
            var last = offset
            for (size, stride) in zip(shape, strides) {
                let (reach, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, overflow) = last.addingReportingOverflow(reach)
                guard !tooFar, !overflow else { throw outside("leads out of its storage") }
                last = sum
            }
            guard last < storage.size / dtype.itemSize else {
                throw outside("leads out of its storage of \(storage.size / dtype.itemSize) elements")
            }
        }
        tensors.append(PickleTensor(storage: index, dtype: dtype, offset: offset, shape: shape, strides: strides))
        return .tensor(tensors.count - 1)
    }
}
