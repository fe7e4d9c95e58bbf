// How a module's parameters, buffers and children are found among its stored properties.

/// What one module holds itself, in the order of declaration.
struct ModuleContents {
    var parameters: [(name: String, tensor: Tensor)] = []
    var buffers: [(name: String, tensor: Tensor, isPersistent: Bool)] = []
    var children: [(name: String, module: Module)] = []

    /// Reads the stored properties of a module, those of its superclasses first.
    init(of module: Module) {
        var levels: [Mirror] = []
        var next: Mirror? = Mirror(reflecting: module)
        while let mirror = next, mirror.subjectType != Module.self {
            levels.append(mirror)
            next = mirror.superclassMirror
        }
        for mirror in levels.reversed() {
            for property in mirror.children {
                if let label = property.label { add(property.value, label: label) }
            }
        }
    }

    /// Types of settings: whether a value of them holds a module need not be asked.
    private static let plainTypes: Set<ObjectIdentifier> = [
        ObjectIdentifier(Int.self), ObjectIdentifier([Int].self), ObjectIdentifier(Int?.self),
        ObjectIdentifier(Double.self), ObjectIdentifier(Double?.self), ObjectIdentifier([Double].self),
        ObjectIdentifier(Bool.self), ObjectIdentifier(String.self), ObjectIdentifier(String?.self),
        ObjectIdentifier([(name: String?, module: Module)].self), ObjectIdentifier(PreparedWeights?.self),
    ]

    private mutating func add(_ value: Any, label: String) {
        if Self.plainTypes.contains(ObjectIdentifier(type(of: value))) { return }
        if let slot = value as? any TensorSlot {
            guard let tensor = slot.slotTensor else { return }
            let name = slot.key ?? (label.hasPrefix("_") ? String(label.dropFirst()) : label).snakeCased
            switch slot.kind {
            case .parameter: parameters.append((name, tensor))
            case .buffer(let isPersistent): buffers.append((name, tensor, isPersistent))
            }
            return
        }
        let label = label.hasPrefix("$__lazy_storage_$_") ? String(label.dropFirst(18)) : label
        if let module = value as? Module {
            children.append((label.snakeCased, module))
        } else if let modules = value as? [Module] {
            let name = label.snakeCased
            children += modules.enumerated().map { ("\(name).\($0.offset)", $0.element) }
        } else if let modules = value as? [String: Module] {
            let name = label.snakeCased
            children += modules.sorted { $0.key < $1.key }.map { ("\(name).\($0.key)", $0.value) }
        }
    }
}

extension String {
    /// The Python spelling of a Swift name: `runningMean` is "running_mean", `expand1x1Activation` is
    /// "expand1x1_activation"; digits do not split a word, and an acronym stays together.
    package var snakeCased: String {
        if utf8.allSatisfy({ $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) { return self }
        let letters = Array(self)
        var key = ""
        for (index, letter) in letters.enumerated() {
            if letter.isUppercase, index > 0, letters[index - 1] != "_" {
                let endsAcronym = index + 1 < letters.count && letters[index + 1].isLowercase
                if !letters[index - 1].isUppercase || endsAcronym { key.append("_") }
            }
            key += letter.lowercased()
        }
        return key
    }
}
