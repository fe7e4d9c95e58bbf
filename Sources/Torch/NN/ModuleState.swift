// A module's parameters and buffers: listing, saving and loading them, freezing, and moving them.

extension Module {
    // MARK: Listing

    /// The parameters with their paths; a tensor that occurs twice is listed once.
    public func namedParameters() -> [(name: String, tensor: Tensor)] {
        var seen: Set<OpaquePointer?> = []
        return namedContents().flatMap { path, _, contents in
            contents.parameters.compactMap { name, tensor in
                seen.insert(tensor.handle.pointer).inserted ? (Self.join(path, name), tensor) : nil
            }
        }
    }

    /// The parameters, in the order of ``namedParameters()``.
    public func parameters() -> [Tensor] { namedParameters().map(\.tensor) }

    /// The buffers with their paths, those that are not saved included.
    public func namedBuffers() -> [(name: String, tensor: Tensor)] {
        var seen: Set<OpaquePointer?> = []
        return namedContents().flatMap { path, _, contents in
            contents.buffers.compactMap { name, tensor, _ in
                seen.insert(tensor.handle.pointer).inserted ? (Self.join(path, name), tensor) : nil
            }
        }
    }

    /// The number of elements of all parameters.
    ///
    /// - Parameter trainableOnly: Whether frozen parameters are left out.
    public func parameterCount(trainableOnly: Bool = false) -> Int {
        parameters().reduce(0) { $0 + (!trainableOnly || $1.requiresGradient ? $1.count : 0) }
    }

    // MARK: State

    /// Parameters and buffers with PyTorch's keys in PyTorch's order: each module's own parameters, its own buffers,
    /// then its children. The tensors are the module's own, not copies.
    public func stateDict() -> [(name: String, tensor: Tensor)] {
        var state: [(name: String, tensor: Tensor)] = []
        var path: Set<ObjectIdentifier> = []
        func visit(_ module: Module, _ prefix: String) {
            guard path.insert(ObjectIdentifier(module)).inserted else { return }
            defer { path.remove(ObjectIdentifier(module)) }
            let contents = module.contents
            state += contents.parameters.map { (Self.join(prefix, $0.name), $0.tensor) }
            state += contents.buffers.filter(\.isPersistent).map { (Self.join(prefix, $0.name), $0.tensor) }
            for child in contents.children { visit(child.module, Self.join(prefix, child.name)) }
        }
        visit(self, "")
        return state
    }

    /// Copies the elements of a state into the parameters and buffers of the same names, converting dtype and device.
    ///
    /// The counters `num_batches_tracked` may be missing, since states written before PyTorch 0.4.1 lack them.
    ///
    /// ```swift
    /// try model.loadStateDict(Safetensors.load(file))
    /// let report = try model.loadStateDict(TorchCheckpoint.stateDict(other), strict: false)
    /// print(report.mismatched)
    /// ```
    /// - Parameters:
    ///   - state: Tensors by their keys.
    ///   - strict: Whether every key has to be there, known and of the same shape. Otherwise what fits is loaded.
    /// - Returns: What was missing, not known, or of another shape.
    /// - Throws: ``ModuleError/stateDoesNotFit(module:report:)`` when `strict` and something does not fit; the module is
    ///   then unchanged.
    @discardableResult
    public func loadStateDict(_ state: [String: Tensor], strict: Bool = true) throws -> LoadReport {
        var report = LoadReport()
        let own = stateDict()
        var copies: [(target: Tensor, source: Tensor)] = []
        for (name, target) in own {
            guard let source = state[name] else {
                if !name.hasSuffix("num_batches_tracked") { report.missing.append(name) }
                continue
            }
            let (expected, found) = (target.shape.sizes, source.shape.sizes)
            if expected != found {
                report.mismatched.append(.init(name: name, expected: expected, found: found))
                continue
            }
            report.loaded += 1
            copies.append((target, source))
        }
        let known = Set(own.map(\.name))
        report.unexpected = state.keys.filter { !known.contains($0) }.sorted()
        if strict, !report.isComplete { throw ModuleError.stateDoesNotFit(module: typeName, report: report) }
        withoutGradients {
            for (target, source) in copies { target.copy_(source) }
        }
        return report
    }

    /// Copies the elements of a state given as pairs, as ``stateDict()`` returns it.
    @discardableResult
    public func loadStateDict(_ state: [(name: String, tensor: Tensor)], strict: Bool = true) throws -> LoadReport {
        try loadStateDict(Dictionary(state.map { ($0.name, $0.tensor) }) { _, last in last }, strict: strict)
    }

    // MARK: Freezing

    /// Switches off the gradients of all parameters, so that training leaves them as they are.
    @discardableResult
    public func freeze() -> Self {
        for parameter in parameters() { parameter.requiresGradient = false }
        return self
    }

    /// Switches on the gradients of all parameters.
    @discardableResult
    public func unfreeze() -> Self {
        for parameter in parameters() { parameter.requiresGradient = true }
        return self
    }

    // MARK: Moving

    /// Converts the floating-point parameters and buffers to a dtype, in place: the tensors stay the same ones, so that
    /// an optimizer that holds them goes on working.
    @discardableResult
    public func to(_ dtype: DType) -> Self {
        replaceData { $0.dtype.isFloatingPoint ? $0.to(dtype) : $0 }
    }

    /// Moves the parameters and buffers to a device, in place.
    @discardableResult
    public func to(_ device: Device) -> Self { replaceData { $0.to(device) } }

    /// Lays the weights of two-dimensional convolutions out with the channels innermost, which makes them faster on
    /// pictures; outputs then have this layout too.
    @discardableResult
    public func toChannelsLast() -> Self { replaceData { $0.dim == 4 ? $0.channelsLast() : $0 } }

    /// The same for a model whose parameters are all loaded right after: these weights lose their elements, so that
    /// loading copies each once, into its layout.
    @discardableResult
    package func emptiedToChannelsLast() -> Self {
        withoutGradients {
            for weight in parameters() where weight.dim == 4 && !weight.isContiguous(.channelsLast) {
                let sizes = weight.shape.sizes
                let memory = Tensor.empty(
                    [sizes[0], sizes[2], sizes[3], sizes[1]], dtype: weight.dtype, device: weight.device)
                weight.setData(memory.permute(0, 3, 1, 2))
            }
        }
        return self
    }

    private func replaceData(_ change: (Tensor) -> Tensor) -> Self {
        withoutGradients {
            var seen: Set<OpaquePointer?> = []
            let tensors = namedContents().flatMap { _, _, contents in
                contents.parameters.map(\.tensor) + contents.buffers.map(\.tensor)
            }
            for tensor in tensors where seen.insert(tensor.handle.pointer).inserted {
                let changed = change(tensor.detached())
                // The gradient is taken off first: it must fit its tensor at every moment.
                let gradient = tensor.grad
                if gradient != nil { tensor.grad = nil }
                tensor.setData(changed)
                if let gradient { tensor.grad = change(gradient) }
            }
        }
        return self
    }
}

/// What ``Module/loadStateDict(_:strict:)-([String:Tensor],_)`` found.
public struct LoadReport: Sendable, CustomStringConvertible {
    /// A tensor whose shape is not the module's.
    public struct Mismatch: Sendable, Equatable {
        /// The key.
        public let name: String
        /// The shape in the module.
        public let expected: [Int]
        /// The shape in the state.
        public let found: [Int]
    }

    /// How many tensors fit.
    public var loaded = 0
    /// Keys of the module that the state lacks, in the module's order.
    public var missing: [String] = []
    /// Keys of the state that the module does not have, sorted.
    public var unexpected: [String] = []
    /// Keys with another shape.
    public var mismatched: [Mismatch] = []

    /// Whether everything fits.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    public var description: String {
        var parts = ["\(loaded) tensors fit"]
        if !missing.isEmpty { parts.append("missing: " + Self.list(missing)) }
        if !unexpected.isEmpty { parts.append("unexpected: " + Self.list(unexpected)) }
        if !mismatched.isEmpty {
            let list = mismatched.map { "\($0.name) has shape \($0.found), expected \($0.expected)" }
            parts.append("of another shape: " + Self.list(list))
        }
        return parts.joined(separator: "; ")
    }

    /// The first names; the properties have them all.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}

/// What can go wrong with a module.
public enum ModuleError: Error, CustomStringConvertible, Sendable {
    /// A state has other keys or shapes than the module.
    case stateDoesNotFit(module: String, report: LoadReport)
    /// A path leads to no module: what stands there has no part of the name.
    case noSubmodule(path: String, module: String, name: String, children: [String])

    public var description: String {
        switch self {
        case .stateDoesNotFit(let module, let report):
            "the state does not fit \(module): \(report). Load it into the architecture it was saved from, or pass "
                + "strict: false to load what fits."
        case .noSubmodule(let path, let module, let name, let children):
            "there is no module \"\(path)\": \(module) has no part \"\(name)\"; it has "
                + (children.isEmpty ? "none." : children.joined(separator: ", ") + ".")
        }
    }
}
