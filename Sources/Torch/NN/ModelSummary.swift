// The table of a model's layers with their output shapes and parameters.

/// The layers of a model with the shapes that an input takes on its way, as ``Module/summary(_:)`` finds them; printing
/// it shows the table.
public struct ModelSummary: Sendable, CustomStringConvertible {
    /// One layer in the order of running.
    public struct Row: Sendable {
        /// The path of the layer, such as "layer1.0.conv1".
        public let name: String
        /// The layer's type.
        public let type: String
        /// The shape of its output, with the batch; empty where the layer did not run, such as one for the training alone.
        public let outputShape: [Int]
        /// The number of elements of its own parameters, and of those of modules within it that do not run themselves.
        public fileprivate(set) var parameterCount: Int
        /// Whether one of its parameters is trained; false for a layer without parameters.
        public fileprivate(set) var isTrainable: Bool

        /// Whether the layer ran.
        fileprivate var hasRun = true

        fileprivate mutating func add(_ parameters: [Tensor]) {
            parameterCount += parameters.reduce(0) { $0 + $1.count }
            isTrainable = isTrainable || parameters.contains(where: \.requiresGradient)
        }
    }

    /// The type of the model.
    public let model: String
    /// The shapes of the inputs.
    public let inputShapes: [[Int]]
    /// The layers in the order of running.
    public let rows: [Row]
    /// The number of elements of all parameters.
    public let totalParameters: Int
    /// Those that are trained.
    public let trainableParameters: Int

    /// Those that are frozen.
    public var frozenParameters: Int { totalParameters - trainableParameters }

    public var description: String {
        let inputs = inputShapes.map(Self.text).joined(separator: ", ")
        let header = ["Layer (type)", "Output Shape", "Param #", "Trainable"]
        let body = rows.map { row in
            [
                row.type, row.hasRun ? Self.text(row.outputShape) : "not run", row.parameterCount.formattedByThousands,
                row.isTrainable ? "True" : "False",
            ]
        }
        let widths = header.indices.map { column in ([header] + body).map { $0[column].count }.max() ?? 0 }
        let line = { (cells: [String]) in
            zip(cells, widths).map { $0.padding(to: $1) }.joined(separator: "  ").trimmingTrailingSpaces()
        }
        let rule = String(repeating: "=", count: widths.reduce(6, +))
        return """
            \(model) (Input shape: \(inputs))
            \(rule)
            \(line(header))
            \(rule)
            \(body.map(line).joined(separator: "\n"))
            \(rule)
            Total params: \(totalParameters.formattedByThousands)
            Total trainable params: \(trainableParameters.formattedByThousands)
            Total non-trainable params: \(frozenParameters.formattedByThousands)
            """
    }

    private static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }
}

extension Int {
    fileprivate var formattedByThousands: String {
        var digits = String(magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate func trimmingTrailingSpaces() -> String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}

extension [ModelSummary.Row] {
    /// Adds the parameters of modules that did not run to the layers around them; where there is no such layer, as rows.
    fileprivate mutating func addParameters(ofIdle modules: [(name: String, module: Module)]) {
        let places = Dictionary(indices.map { (self[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        var counted: Set<OpaquePointer?> = []
        for (name, module) in modules where places[name] != nil {
            counted.formUnion(module.contents.parameters.map(\.tensor.handle.pointer))
        }
        for (name, module) in modules where places[name] == nil {
            let own = module.contents.parameters.map(\.tensor).filter { counted.insert($0.handle.pointer).inserted }
            guard !own.isEmpty else { continue }
            var path = name.split(separator: ".")
            while !path.isEmpty, places[path.joined(separator: ".")] == nil { path.removeLast() }
            if let place = places[path.joined(separator: ".")] {
                self[place].add(own)
            } else {
                var row = Element(
                    name: name, type: module.typeName, outputShape: [], parameterCount: 0, isTrainable: false)
                row.hasRun = false
                row.add(own)
                append(row)
            }
        }
    }
}

extension Module {
    /// Runs the model once, in evaluation mode and without gradients, and lists its layers.
    ///
    /// Listed are the layers that have no layers in them, and modules with parameters of their own. A layer that runs
    /// twice has two rows; the totals count each parameter once. Parameters of a module that does not run itself count with the
    /// layer around it, which reads them.
    ///
    /// ```swift
    /// print(try model.summary(Tensor.zeros(64, 3, 224, 224)))
    /// ```
    /// - Throws: ``TorchError`` when the model does not accept the inputs.
    public func summary(_ inputs: Tensor...) throws -> ModelSummary { try summary(of: inputs) }

    /// ``summary(_:)`` for inputs in a list.
    package func summary(of inputs: [Tensor]) throws -> ModelSummary {
        let parameters = parameters()
        var rows: [ModelSummary.Row] = []
        let modules = namedModules()
        let modes = modules.map(\.module.isTraining)
        var registered: [ModuleHook] = []
        for (name, module) in modules where module.children().isEmpty || !module.contents.parameters.isEmpty {
            registered.append(
                module.registerForwardHook { module, _, output in
                    let own = module.contents.parameters.map(\.tensor)
                    rows.append(
                        ModelSummary.Row(
                            name: name, type: module.typeName, outputShape: output.shape.sizes,
                            parameterCount: own.reduce(0) { $0 + $1.count },
                            isTrainable: own.contains(where: \.requiresGradient)))
                    return nil
                })
        }
        defer {
            for hook in registered { hook.remove() }
            for (entry, mode) in zip(modules, modes) { entry.module.restoreMode(mode) }
        }
        eval()
        try withTorchErrors {
            withoutGradients { _ = inputs.count == 1 ? self(inputs[0]) : self(inputs) }
        }
        rows.addParameters(ofIdle: modules)
        return ModelSummary(
            model: typeName, inputShapes: inputs.map(\.shape.sizes), rows: rows,
            totalParameters: parameters.reduce(0) { $0 + $1.count },
            trainableParameters: parameters.reduce(0) { $0 + ($1.requiresGradient ? $1.count : 0) })
    }
}
