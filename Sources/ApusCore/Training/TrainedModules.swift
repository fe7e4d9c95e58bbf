// All that a trainer trains: the model, a loss with parameters, the modules of a step; and the state that modules carry.
import Torch

/// A module that carries state from one batch to the next, such as the hidden state of a recurrent net on a long text.
///
/// The trainer forgets the state before the training part of each epoch, before a validation and before predictions, saves it
/// with the run, and puts it back behind a validation in the middle of an epoch.
///
/// ```swift
/// final class Reader: Module, StatefulModule {
///     let cell = GRUCell(8, 16)
///     var carriedState: [Tensor] = []
///     override func forward(_ input: Tensor) -> Tensor {
///         let hidden = cell(input, state: carriedState.first)
///         carriedState = [hidden.detached()]
///         return hidden
///     }
/// }
/// ```
public protocol StatefulModule: Module {
    /// What is carried to the next batch, without a record of how it was computed; empty at the beginning.
    var carriedState: [Tensor] { get set }
}

extension Trainer {
    /// The modules besides the model, each under the name that saved states and messages show.
    var otherModules: [(name: String, module: Module)] {
        loss.modules.map { ($0.name, $0.module) } + step.modules.map { ("step.\($0.name)", $0.module) }
    }

    /// All modules that are trained, the model without a name.
    var trainedModules: [(name: String, module: Module)] { [("", model)] + otherModules }

    /// The parameters of all modules; those besides the model's have the module's name before a colon.
    var trainedParameters: [(name: String, tensor: Tensor)] {
        model.namedParameters().map { ($0.name, $0.tensor) }
            + otherModules.flatMap { name, module in module.namedParameters().map { ("\(name):\($0.name)", $0.tensor) }
            }
    }

    /// The buffers of all modules.
    var trainedBuffers: [Tensor] { trainedModules.flatMap { $0.module.namedBuffers().map(\.tensor) } }

    /// Puts all modules into training or evaluation mode.
    func setMode(training: Bool) {
        for (_, module) in trainedModules { module.train(training) }
    }

    /// The modules that carry state, each under a name.
    var statefulModules: [(name: String, module: any StatefulModule)] {
        trainedModules.flatMap { owner, module in
            module.namedModules().compactMap { name, part in
                (part as? any StatefulModule).map { ("\(owner):\(name)", $0) }
            }
        }
    }

    /// Forgets what modules carry from batch to batch.
    func resetCarriedState() {
        for (_, module) in statefulModules { module.carriedState = [] }
    }

    /// Gathers the parameter groups of the model, the loss and the step; the optimizer is made anew where they change.
    func gatherGroups() {
        for (_, module) in otherModules { module.to(device) }
        var groups = modelGroups
        let known = Set(groups.joined().map(\.id))
        let own = loss.modules.flatMap { $0.module.parameters() }.filter { !known.contains($0.id) }
        // With the head, so that what freezes or slows earlier groups leaves the loss alone.
        if !groups.isEmpty { groups[groups.count - 1] += own }
        groups += step.parameterGroups
        guard groups.map({ $0.map(\.id) }) != parameterGroups.map({ $0.map(\.id) }) else { return }
        takeGroups(groups)
    }

    /// The numbers of all parameter groups. Those of the step have the number of the model's last group, unless `.each` gives
    /// all of them.
    func groupValues(_ value: GroupValue, of setting: GroupValue.Setting) throws -> [Double] {
        let others = parameterGroups.count - modelGroups.count
        if others > 0, case .each(let numbers) = value, numbers.count == parameterGroups.count {
            return try value.values(groups: parameterGroups.count, of: setting)
        }
        let values = try value.values(groups: modelGroups.count, of: setting)
        return values + Array(repeating: values.last ?? 0, count: others)
    }
}
