// Saving and restoring a run: weights, optimiser, random numbers, recorder.
import Foundation
import Torch

extension Trainer {
    /// Writes the state of the run: weights, what the optimiser remembers, which parameters are frozen, the random
    /// generator, the recorder.
    public func save(to url: URL) throws { try writeState(to: url, epochsDone: epochsDone, record: nil) }

    /// Writes the state with the number of epochs that it counts as done and, in a checkpoint, where the run stands.
    func writeState(to url: URL, epochsDone: Int, record: RunRecord?) throws {
        let names = model.namedParameters()
        let byID = Dictionary(names.map { ($0.tensor.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var tensors = model.stateDict().map { (name: "model/\($0.name)", tensor: $0.tensor) }
        tensors += optimizer.stateDict(names: byID).map { (name: "optimizer/\($0.name)", tensor: $0.tensor) }
        // Gradients that add up over batches; elsewhere there are none between two batches.
        tensors += names.compactMap { name, tensor in tensor.grad.map { (name: "gradient/\(name)", tensor: $0) } }
        tensors.append((name: "random/cpu", tensor: Generator.globalState()))
        if device != .cpu { tensors.append((name: "random/device", tensor: Generator.globalState(device: device))) }
        let state = SavedState(
            frozen: names.filter { !$0.tensor.requiresGradient }.map(\.name), epochsDone: epochsDone,
            groups: optimizer.groups.map {
                .init(learningRate: $0.learningRate, momentum: $0.momentum, weightDecay: $0.weightDecay)
            }, recorder: recorder, run: record)
        let json = String(decoding: try JSONEncoder.withNonFinite.encode(state), as: UTF8.self)
        try Safetensors.save(
            tensors.map { ($0.name, $0.tensor.detached().to(.cpu).contiguous()) }, metadata: ["apus_state": json],
            to: url)
    }

    /// Takes up a state that ``save(to:)`` wrote: with the same loaders, training goes on exactly as it would have.
    ///
    /// - Parameter withOptimizer: Whether the optimiser, the random generator and the recorder are restored too.
    /// - Throws: ``ModelFileError`` when the file holds no training state, ``ModuleError`` when it is another model's,
    ///   ``TrainingError`` when its parameters are grouped in another way.
    public func restore(from url: URL, withOptimizer: Bool = true) throws {
        let file = try SafetensorsFile(url)
        let state = try SavedState(of: file, named: url.lastPathComponent)
        if withOptimizer, state.groups.count != parameterGroups.count {
            throw TrainingError(
                "\(url.lastPathComponent) has settings for \(state.groups.count) parameter groups, this trainer has "
                    + "\(parameterGroups.count); restore with withOptimizer: false to take the weights alone.")
        }
        func part(_ prefix: String) throws -> [(name: String, tensor: Tensor)] {
            try file.names.filter { $0.hasPrefix(prefix) }.map {
                (name: String($0.dropFirst(prefix.count)), tensor: try file.tensor($0))
            }
        }
        try withTorchErrors {
            try model.loadStateDict(try part("model/"))
            guard withOptimizer else { return }
            let frozen = Set(state.frozen)
            for (name, tensor) in model.namedParameters() { tensor.requiresGradient = !frozen.contains(name) }
            optimizer.loadStateDict(
                Dictionary(try part("optimizer/").map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 }),
                parameters: model.namedParameters())
            for (index, saved) in state.groups.enumerated() {
                optimizer.update(group: index) { group in
                    group.learningRate = saved.learningRate
                    group.momentum = saved.momentum
                    group.weightDecay = saved.weightDecay
                }
            }
            for (_, tensor) in model.namedParameters() { tensor.grad = nil }
            let gradients = Dictionary(
                try part("gradient/").map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
            for (name, tensor) in model.namedParameters() {
                if let gradient = gradients[name] { tensor.grad = tensor.detached().clone().copy_(gradient) }
            }
            Generator.setGlobalState(try file.tensor("random/cpu").clone())
            if device != .cpu, file.names.contains("random/device") {
                Generator.setGlobalState(try file.tensor("random/device").clone(), device: device)
            }
            epochsDone = state.epochsDone
            recorder = state.recorder
        }
    }
}

/// What a saved state says beside its tensors.
struct SavedState: Codable {
    let frozen: [String]
    let epochsDone: Int
    let groups: [Group]
    let recorder: Recorder
    /// Where the run stands; only in checkpoints.
    let run: RunRecord?

    /// The settings of a parameter group.
    struct Group: Codable {
        let learningRate: Double
        let momentum: Double
        let weightDecay: Double
    }
}

extension SavedState {
    init(of file: SafetensorsFile, named name: String) throws {
        guard let json = file.metadata["apus_state"],
            let state = try? JSONDecoder.withNonFinite.decode(SavedState.self, from: Data(json.utf8))
        else {
            throw ModelFileError(
                "\(name) holds no training state; give a file that save(to:) wrote. "
                    + "An exported model is loaded with Learner.load(from:).")
        }
        self = state
    }
}
