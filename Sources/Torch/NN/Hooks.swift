// Functions called before and after a module runs, and with the gradient of its output.

/// A hook of a module, by which it can be removed.
public struct ModuleHook {
    fileprivate weak var module: Module?
    fileprivate let number: Int

    /// Takes the hook away; a second time does nothing.
    public func remove() {
        guard let module, let table = module.hooks else { return }
        table.before.removeAll { $0.number == number }
        table.after.removeAll { $0.number == number }
        table.gradient.removeAll { $0.number == number }
        if table.before.isEmpty && table.after.isEmpty && table.gradient.isEmpty { module.hooks = nil }
    }
}

final class HookTable {
    var before: [(number: Int, body: (Module, [Tensor]) -> [Tensor]?)] = []
    var after: [(number: Int, body: (Module, [Tensor], Tensor) -> Tensor?)] = []
    var gradient: [(number: Int, body: (Module, Tensor) -> Tensor?)] = []
    private var count = 0

    var seesOutputs: Bool { !after.isEmpty || !gradient.isEmpty }

    func nextNumber() -> Int {
        count += 1
        return count
    }

    func run(_ module: Module, _ inputs: [Tensor], _ forward: ([Tensor]) -> Tensor) -> Tensor {
        var inputs = inputs
        for hook in before {
            if let replaced = hook.body(module, inputs) { inputs = replaced }
        }
        var output = forward(inputs)
        for hook in after {
            if let replaced = hook.body(module, inputs, output) { output = replaced }
        }
        if !gradient.isEmpty, output.isDefined, output.requiresGradient {
            for hook in gradient {
                output.registerHook { [weak module] gradient in
                    module.flatMap { hook.body($0, gradient) }
                }
            }
        }
        return output
    }
}

extension Module {
    /// Calls `body` with the inputs and the output each time the module has run; a tensor that it returns takes the
    /// output's place.
    ///
    /// ```swift
    /// var activations: [Tensor] = []
    /// let hook = model.layer4.registerForwardHook { _, _, output in
    ///     activations.append(output.detached())
    ///     return nil
    /// }
    /// _ = model(pictures)
    /// hook.remove()
    /// ```
    /// - Parameter prepend: Whether it is called before the hooks that are there already, so that they see what it returns;
    ///   false by default.
    @discardableResult
    public func registerForwardHook(
        prepend: Bool = false, _ body: @escaping (Module, [Tensor], Tensor) -> Tensor?
    ) -> ModuleHook {
        addHook { $0.after.insert(($1, body), at: prepend ? 0 : $0.after.count) }
    }

    /// Calls `body` with the inputs each time before the module runs; tensors that it returns take their place.
    @discardableResult
    public func registerForwardPreHook(_ body: @escaping (Module, [Tensor]) -> [Tensor]?) -> ModuleHook {
        addHook { $0.before.append(($1, body)) }
    }

    /// Calls `body` with the gradient of the module's output in each backward pass; a tensor that it returns takes the
    /// gradient's place.
    @discardableResult
    public func registerBackwardHook(_ body: @escaping (Module, Tensor) -> Tensor?) -> ModuleHook {
        addHook { $0.gradient.append(($1, body)) }
    }

    private func addHook(_ add: (HookTable, Int) -> Void) -> ModuleHook {
        let table = hooks ?? HookTable()
        hooks = table
        let number = table.nextNumber()
        add(table, number)
        return ModuleHook(module: self, number: number)
    }
}
