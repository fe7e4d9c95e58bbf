// The base class of layers and models.

/// A layer or a model: parameters, buffers and child modules, and a function of tensors.
///
/// A model is a subclass with its layers as stored properties and ``forward(_:)-(Tensor)`` overridden. Parameters
/// (``Parameter``), buffers (``Buffer``) and children are found by looking at the stored properties: modules, optional
/// modules, arrays of modules and dictionaries of modules. Their names follow PyTorch's: the property `layer1` that
/// holds a ``Sequential`` gives keys such as `layer1.0.conv1.weight`, and camel case becomes snake case.
///
/// ```swift
/// final class Classifier: Module {
///     let conv = Conv2d(3, 16, kernelSize: 3, padding: 1)
///     let pool = AdaptiveAvgPool2d(1)
///     let fc = Linear(16, 10)
///
///     override func forward(_ input: Tensor) -> Tensor {
///         fc(pool(conv(input).relu()).flatten(startDim: 1))
///     }
/// }
/// let model = Classifier()
/// let logits = model(Tensor.randn(8, 3, 32, 32))        // [8, 10]
/// ```
///
/// A module is a reference: two properties that hold the same module share its weights. It is not `Sendable`.
open class Module: CustomStringConvertible {
    /// Whether the module is in training mode, which dropout and batch normalization look at; true at first.
    public private(set) var isTraining = true

    private var registeredParameters: [(name: String, tensor: Tensor)] = []
    var hooks: HookTable?
    /// What computes the weight of a layer that has no weight of its own.
    var weightSource: (any WeightSource)?

    public init() {}

    // MARK: The function

    /// The output for one input; what a model of one input overrides. Call the module itself, which runs the hooks.
    open func forward(_ input: Tensor) -> Tensor {
        TorchFailure.report(
            TorchError(
                operation: typeName, inputs: "\(input.shape)",
                reason: "it has no forward of one tensor; override forward(_ input: Tensor)"))
        return .undefined
    }

    /// The output for several inputs; what a model of several inputs overrides. By default the one input is passed on.
    open func forward(_ inputs: [Tensor]) -> Tensor {
        if inputs.count == 1 { return forward(inputs[0]) }
        TorchFailure.report(
            TorchError(
                operation: typeName, inputs: inputs.map { "\($0.shape)" }.joined(separator: ", "),
                reason: "it takes one input and was given \(inputs.count); override forward(_ inputs: [Tensor])"))
        return .undefined
    }

    /// Runs the module on one input, with its hooks.
    public final func callAsFunction(_ input: Tensor) -> Tensor {
        guard let hooks else { return forward(input) }
        return hooks.run(self, [input]) { $0.count == 1 ? self.forward($0[0]) : self.forward($0) }
    }

    /// Runs the module on several inputs, with its hooks.
    public final func callAsFunction(_ inputs: [Tensor]) -> Tensor {
        guard let hooks else { return forward(inputs) }
        return hooks.run(self, inputs) { self.forward($0) }
    }

    /// Runs `body` on the inputs with the hooks, for calls with a typed result of their own.
    package final func withHooks(_ inputs: [Tensor], _ body: ([Tensor]) -> Tensor) -> Tensor {
        hooks?.run(self, inputs, body) ?? body(inputs)
    }

    // MARK: Mode

    /// Puts the module and everything in it into training mode (or, with false, into evaluation mode).
    @discardableResult
    public func train(_ mode: Bool = true) -> Self {
        for (_, module) in namedModules() { module.isTraining = mode }
        return self
    }

    /// Puts the module and everything in it into evaluation mode: dropout off, running statistics used.
    @discardableResult
    public func eval() -> Self { train(false) }

    /// Sets the mode of this module alone, for one who has noted the modes before.
    package func restoreMode(_ mode: Bool) { isTraining = mode }

    // MARK: Structure

    /// The modules that this one holds directly, in the order of declaration.
    public func children() -> [(name: String, module: Module)] { contents.children }

    /// This module, named "", and all modules in it, depth first; one that occurs twice is listed once.
    public func namedModules() -> [(name: String, module: Module)] { namedContents().map { ($0.name, $0.module) } }

    /// The modules of ``namedModules()`` with what each of them holds: looking at stored properties takes time.
    func namedContents() -> [(name: String, module: Module, contents: ModuleContents)] {
        var seen: Set<ObjectIdentifier> = []
        var found: [(name: String, module: Module, contents: ModuleContents)] = []
        func visit(_ module: Module, _ name: String) {
            guard seen.insert(ObjectIdentifier(module)).inserted else { return }
            let contents = module.contents
            found.append((name, module, contents))
            for child in contents.children { visit(child.module, Self.join(name, child.name)) }
        }
        visit(self, "")
        return found
    }

    /// The module of a path, as ``namedModules()`` names it and PyTorch's `get_submodule` finds it; "" is this one.
    ///
    /// ```swift
    /// let block = try model.submodule("0.7.1")
    /// try learner.gradCAM(for: photo, layer: learner.model.submodule("0.7.1")).plot().save(to: URL(filePath: "cam.png"))
    /// ```
    /// - Throws: ``ModuleError/noSubmodule(path:module:name:children:)``, which lists what there is.
    public func submodule(_ path: String) throws -> Module {
        var (module, place) = (self, "")
        var rest = path.split(separator: ".").map(String.init)
        while let name = rest.first {
            let children = module.children()
            // A list's parts are children named "stages.0", "stages.1", ...
            let names = children.map { $0.name.split(separator: ".").map(String.init) }
            guard let found = names.firstIndex(where: { rest.starts(with: $0) }) else {
                throw ModuleError.noSubmodule(
                    path: path, module: place.isEmpty ? typeName : "\(place), a \(module.typeName),", name: name,
                    children: children.map(\.name))
            }
            (module, place) = (children[found].module, Self.join(place, children[found].name))
            rest.removeFirst(names[found].count)
        }
        return module
    }

    /// Calls `body` with every module in this one, and at last with itself.
    @discardableResult
    public func apply(_ body: (Module) -> Void) -> Self {
        for child in children() { child.module.apply(body) }
        body(self)
        return self
    }

    /// Makes a tensor a parameter under a name that is only known at run time, as PyTorch's `register_parameter`;
    /// a name used before gets the new tensor.
    public func registerParameter(_ name: String, _ tensor: Tensor) {
        tensor.requiresGradient = true
        if let index = registeredParameters.firstIndex(where: { $0.name == name }) {
            registeredParameters[index].tensor = tensor
        } else {
            registeredParameters.append((name, tensor))
        }
    }

    /// A parameter that ``registerParameter(_:_:)`` made.
    public func registeredParameter(_ name: String) -> Tensor? {
        registeredParameters.first { $0.name == name }?.tensor
    }

    /// What the module itself holds, found by reflection.
    var contents: ModuleContents {
        var contents = ModuleContents(of: self)
        contents.parameters += registeredParameters
        if let weightSource {
            contents.parameters += weightSource.parameters
            contents.buffers += weightSource.buffers.map { ($0.name, $0.tensor, true) }
        }
        return contents
    }

    static func join(_ prefix: String, _ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }

    // MARK: Description

    /// The name of the module's type, such as "Conv2d".
    public var typeName: String { String(describing: type(of: self)) }

    /// The settings of the module that its description shows in parentheses.
    open var settings: String { "" }

    /// The module and its children as an indented tree, in PyTorch's form.
    public var description: String {
        let lines = children().map { child in
            "  (\(child.name)): " + child.module.description.replacing("\n", with: "\n  ")
        }
        if lines.isEmpty { return "\(typeName)(\(settings))" }
        return "\(typeName)(\n" + lines.joined(separator: "\n") + "\n)"
    }
}
