// Saving and restoring a run: weights, optimiser, random numbers, recorder.
import Foundation
import Torch

extension Trainer {
    /// Writes the state of the run: weights, what the optimiser remembers, which parameters are frozen, the random
    /// generator, the recorder.
    public func save(to url: URL) throws {
        let names = model.namedParameters()
        let byID = Dictionary(names.map { ($0.tensor.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var tensors = model.stateDict().map { (name: "model/\($0.name)", tensor: $0.tensor) }
        tensors += optimizer.stateDict(names: byID).map { (name: "optimizer/\($0.name)", tensor: $0.tensor) }
        tensors.append((name: "random/cpu", tensor: Generator.globalState()))
        let state = SavedState(
            frozen: names.filter { !$0.tensor.requiresGradient }.map(\.name), epochsDone: epochsDone,
            groups: optimizer.groups.map { [$0.learningRate, $0.momentum, $0.weightDecay] }, recorder: recorder)
        let json = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        try Safetensors.save(
            tensors.map { ($0.name, $0.tensor.detached().to(.cpu).contiguous()) }, metadata: ["apus_state": json],
            to: url)
    }

    /// Takes up a state that ``save(to:)`` wrote, exactly.
    ///
    /// - Parameter withOptimizer: Whether the optimiser, the random generator and the recorder are restored too.
    /// - Throws: ``ModelFileError`` when the file holds no training state, ``ModuleError`` when it is another model's.
    public func restore(from url: URL, withOptimizer: Bool = true) throws {
        let file = try SafetensorsFile(url)
        guard let json = file.metadata["apus_state"],
            let state = try? JSONDecoder().decode(SavedState.self, from: Data(json.utf8))
        else {
            throw ModelFileError(
                "\(url.lastPathComponent) holds no training state; give a file that save(to:) wrote. "
                    + "An exported model is loaded with Learner.load(from:).")
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
            for (index, values) in state.groups.enumerated() where optimizer.groups.indices.contains(index) {
                optimizer.update(group: index) {
                    ($0.learningRate, $0.momentum, $0.weightDecay) = (values[0], values[1], values[2])
                }
            }
            Generator.setGlobalState(try file.tensor("random/cpu").clone())
            epochsDone = state.epochsDone
            recorder = state.recorder
        }
    }
}

/// What a saved state says beside its tensors.
private struct SavedState: Codable {
    let frozen: [String]
    let epochsDone: Int
    let groups: [[Double]]
    let recorder: Recorder
}
