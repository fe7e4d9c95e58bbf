// Parameter groups: what a model says of itself, and whether groups that were given are those of the model.
import Torch

/// A model that knows how it is best trained. A ``Trainer`` asks it where nothing else is given, so that a model that was
/// loaded or made by hand is frozen and fine-tuned as one that was made with its learner.
///
/// ```swift
/// final class Net: Module, GroupedModule {
///     let body = Linear(8, 8)
///     let head = Linear(8, 2)
///     var parameterGroups: [[Tensor]] { [body.parameters(), head.parameters()] }
///     override func forward(_ input: Tensor) -> Tensor { head(body(input).relu()) }
/// }
/// ```
public protocol GroupedModule: Module {
    /// The parameters by group, from the input to the head; one group of all by default.
    var parameterGroups: [[Tensor]] { get }
    /// Up to how many items of a batch the model runs best on one thread of the processor, since its work is too little to
    /// be shared; 0, the default, for never.
    var singleThreadBatchSize: Int { get }
    /// The precision that the model is trained and used in where nothing else is said; ``Precision/automatic`` by default.
    /// Small models choose `.float32`, since casts would cost them more than they save.
    var preferredPrecision: Precision { get }
}

extension GroupedModule {
    public var parameterGroups: [[Tensor]] { [parameters()] }
    public var singleThreadBatchSize: Int { 0 }
    public var preferredPrecision: Precision { .automatic }
}

extension Trainer {
    /// The groups in words: how many parameters each has, and the name of its first one.
    var describedGroups: String {
        let names = parameterNames
        return parameterGroups.enumerated().map { place, group in
            let first = group.first.flatMap { names[$0.id] }.map { ", from \($0) on" } ?? ""
            return "group \(place) with \(group.count) \(group.count == 1 ? "tensor" : "tensors")\(first)"
        }.joined(separator: "; ")
    }

    private var parameterNames: [TensorID: String] {
        Dictionary(trainedParameters.map { ($0.tensor.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    /// Refuses groups that are not the model's parameters, each once.
    ///
    /// Parameters may be left out by saying so: with `requiresGradient = false`.
    func checkGroups() throws {
        guard !parameterGroups.isEmpty else {
            throw TrainingError(
                "There are no parameter groups, so that nothing would learn; leave parameterGroups out for the model's "
                    + "own, or give at least one.")
        }
        let names = parameterNames
        var places: [TensorID: Int] = [:]
        for (place, group) in parameterGroups.enumerated() {
            for (number, parameter) in group.enumerated() {
                guard let name = names[parameter.id] else {
                    throw TrainingError(
                        "Tensor \(number) of parameter group \(place), of the shape \(parameter.shape), is no parameter of "
                            + "the model; make the groups of model.parameters() or its layers', after the model's last "
                            + "change.")
                }
                if let former = places.updateValue(place, forKey: parameter.id) {
                    throw TrainingError(
                        "The parameter \(name) is in parameter group \(former) and again in group \(place); it would take "
                            + "two steps at once. Leave it in one.")
                }
            }
        }
        let left = trainedParameters.filter { places[$0.tensor.id] == nil && $0.tensor.requiresGradient }
        if let first = left.first {
            throw TrainingError(
                "\(left.count == 1 ? "The parameter \(first.name) is" : "\(left.count) parameters, from \(first.name) on, are") "
                    + "in no parameter group and would never learn; put them into one, or set their requiresGradient to "
                    + "false where that is meant.")
        }
        guard optimizer.groups.count == parameterGroups.count else {
            throw TrainingError(
                "The optimizer \(optimizer.name) was made with \(optimizer.groups.count) groups, there are "
                    + "\(parameterGroups.count) parameter groups; make it with one for each.")
        }
    }
}
