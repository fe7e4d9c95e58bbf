// Saving and restoring a run: weights, optimizer, random numbers, recorder.
import Foundation
import Torch

extension Trainer {
    /// Writes the state of the run: weights, what the optimizer remembers, which parameters are frozen, the random
    /// generator, the recorder.
    public func save(to url: URL) throws { try writeState(to: url, epochsDone: epochsDone, record: nil) }

    /// Writes the state with the number of epochs that it counts as done and, in a checkpoint, where the run stands.
    func writeState(to url: URL, epochsDone: Int, record: RunRecord?) throws {
        let (tensors, state) = savedState(epochsDone: epochsDone, record: record)
        let json = String(decoding: try JSONEncoder.withNonFinite.encode(state), as: UTF8.self)
        try Safetensors.save(
            tensors.map { ($0.name, $0.tensor.detached().to(.cpu).contiguous()) }, metadata: ["apus_state": json],
            to: url)
    }

    /// What a saved run consists of; the tensors are the run's own, not copies.
    func savedState(epochsDone: Int? = nil, record: RunRecord? = nil) -> (
        tensors: [(name: String, tensor: Tensor)], state: SavedState
    ) {
        let names = trainedParameters
        let byID = Dictionary(names.map { ($0.tensor.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var tensors = model.stateDict().map { (name: "\(Self.weights)\($0.name)", tensor: $0.tensor) }
        tensors += otherModules.flatMap { owner, module in
            module.stateDict().map { (name: "\(Self.others)\(owner)/\($0.name)", tensor: $0.tensor) }
        }
        tensors += statefulModules.flatMap { name, module in
            module.carriedState.enumerated().map { (name: "\(Self.carried)\(name)/\($0)", tensor: $1) }
        }
        tensors += optimizer.stateDict(names: byID).map { (name: "optimizer/\($0.name)", tensor: $0.tensor) }
        // Gradients that add up over batches; elsewhere there are none between two batches.
        tensors += names.compactMap { name, tensor in
            tensor.grad.map { (name: "gradient/\(name)", tensor: $0.isSparse ? $0.toDense() : $0) }
        }
        tensors.append((name: "random/cpu", tensor: Generator.globalState()))
        if device != .cpu { tensors.append((name: "random/device", tensor: Generator.globalState(device: device))) }
        return (
            tensors,
            SavedState(
                optimizer: optimizer.name, frozen: names.filter { !$0.tensor.requiresGradient }.map(\.name),
                epochsDone: epochsDone ?? self.epochsDone,
                groups: optimizer.groups.map {
                    .init(learningRate: $0.learningRate, momentum: $0.momentum, weightDecay: $0.weightDecay)
                }, recorder: recorder, run: record, outputScales: model.outputScales)
        )
    }

    /// Takes the weights from a state that ``save(to:)`` wrote, and nothing else: which groups are frozen, the optimizer,
    /// the recorder and the random numbers stay as they are.
    ///
    /// The order of the lessons, in which only the head learns:
    ///
    /// ```swift
    /// learner.freeze()
    /// try learner.restore(from: saved)
    /// try learner.fit(1)
    /// ```
    /// - Throws: ``ModelFileError`` when the file holds no training state, ``ModuleError`` when it is another model's.
    public func restore(from url: URL) throws {
        let file = try SafetensorsFile(url)
        let state = try SavedState(of: file, named: url.lastPathComponent)
        try state.checkScales(of: model, named: url.lastPathComponent)
        try withTorchErrors {
            let names = file.names.filter { $0.hasPrefix(Self.weights) || $0.hasPrefix(Self.others) }
            try takeUpWeights(try names.map { ($0, try file.tensor($0)) })
        }
    }

    /// Takes up all of a state that ``save(to:)`` wrote, so that with the same loaders training goes on exactly as it would
    /// have: the weights, what the optimizer remembers with its rates, which parameters are frozen, the recorder, the
    /// random numbers.
    ///
    /// - Throws: ``ModelFileError`` when the file holds no training state, ``ModuleError`` when it is another model's,
    ///   ``TrainingError`` when its parameters are grouped in another way or its optimizer is another one.
    public func restoreState(from url: URL) throws {
        let file = try SafetensorsFile(url)
        let state = try SavedState(of: file, named: url.lastPathComponent)
        try state.checkScales(of: model, named: url.lastPathComponent)
        if state.groups.count != parameterGroups.count {
            throw TrainingError(
                "\(url.lastPathComponent) has settings for \(state.groups.count) parameter groups, this trainer has "
                    + "\(parameterGroups.count); take the weights alone with restore(from:).")
        }
        if state.optimizer != optimizer.name {
            throw TrainingError(
                "\(url.lastPathComponent) was saved with the optimizer \(state.optimizer), this trainer has "
                    + "\(optimizer.name); take the weights alone with restore(from:).")
        }
        try takeUp(state, try file.names.map { ($0, try file.tensor($0)) })
    }

    private func takeUpWeights(_ tensors: [(name: String, tensor: Tensor)]) throws {
        try model.loadStateDict(
            tensors.filter { $0.name.hasPrefix(Self.weights) }
                .map { (String($0.name.dropFirst(Self.weights.count)), $0.tensor) })
        for (owner, module) in otherModules {
            let prefix = "\(Self.others)\(owner)/"
            let own = tensors.filter { $0.name.hasPrefix(prefix) }
            guard !own.isEmpty || module.stateDict().isEmpty else {
                throw TrainingError(
                    "The state holds nothing of \(owner), a part of this trainer's loss or step; give a state of a run with "
                        + "the same loss and step, or load the model's weights alone.")
            }
            try module.loadStateDict(own.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) })
        }
    }

    /// What stands before the names of the model's own tensors.
    private static let weights = "model/"
    /// What stands before the names of the tensors of other modules: the loss's and the step's.
    private static let others = "module/"
    /// What stands before the names of the tensors that modules carry from batch to batch.
    private static let carried = "carried/"

    /// Copies a state that ``savedState()`` gave into the model and the optimizer.
    func takeUp(_ state: SavedState, _ tensors: [(name: String, tensor: Tensor)]) throws {
        func part(_ prefix: String) -> [String: Tensor] {
            Dictionary(
                tensors.filter { $0.name.hasPrefix(prefix) }.map {
                    (String($0.name.dropFirst(prefix.count)), $0.tensor)
                },
                uniquingKeysWith: { $1 })
        }
        try withTorchErrors {
            try takeUpWeights(tensors)
            let frozen = Set(state.frozen)
            for (name, tensor) in trainedParameters { tensor.requiresGradient = !frozen.contains(name) }
            optimizer.loadStateDict(part("optimizer/"), parameters: trainedParameters)
            for (index, saved) in state.groups.enumerated() {
                optimizer.update(group: index) { group in
                    group.learningRate = saved.learningRate
                    group.momentum = saved.momentum
                    group.weightDecay = saved.weightDecay
                }
            }
            let gradients = part("gradient/")
            for (name, tensor) in trainedParameters {
                tensor.grad = gradients[name].map { tensor.detached().clone().copy_($0) }
            }
            let carried = part(Self.carried)
            for (name, module) in statefulModules {
                let found = (0...).lazy.map { carried["\(name)/\($0)"] }.prefix { $0 != nil }
                module.carriedState = found.compactMap { $0?.to(device).clone() }
            }
            let random = part("random/")
            if let generator = random["cpu"] { Generator.setGlobalState(generator.clone()) }
            if device != .cpu, let generator = random["device"] {
                Generator.setGlobalState(generator.clone(), device: device)
            }
            epochsDone = state.epochsDone
            recorder = state.recorder
        }
    }
}

/// What a saved state says beside its tensors.
struct SavedState: Codable {
    let optimizer: String
    let frozen: [String]
    let epochsDone: Int
    let groups: [Group]
    let recorder: Recorder
    /// Where the run stands; only in checkpoints.
    let run: RunRecord?
    /// The scales on which the model puts out numbers; nil in files of before there were any.
    let outputScales: [NumberScale]?

    /// The settings of a parameter group.
    struct Group: Codable {
        let learningRate: Double
        let momentum: Double
        let weightDecay: Double
    }
}

extension Module {
    /// The scales of all layers that put out numbers on one.
    fileprivate var outputScales: [NumberScale] {
        namedModules().flatMap { ($0.module as? OutputScale)?.scales ?? [] }
    }
}

extension SavedState {
    /// Refuses weights that were learned on another scale of numbers: they would answer on the wrong one.
    fileprivate func checkScales(of model: Module, named name: String) throws {
        let (saved, own) = (outputScales ?? [], model.outputScales)
        // The last bits of a mean depend on the number of threads.
        let isSame =
            saved.count == own.count
            && zip(saved, own).allSatisfy {
                $0.isLogarithm == $1.isLogarithm && abs($0.mean - $1.mean) <= 1e-9 * abs($1.mean)
                    && abs($0.deviation - $1.deviation) <= 1e-9 * $1.deviation
            }
        guard !isSame else { return }
        func shown(_ scales: [NumberScale]) -> String {
            scales.isEmpty ? "the numbers as they are" : "the scale \(OutputScale(scales).settings)"
        }
        throw TrainingError(
            "\(name) has weights that were learned on \(shown(saved)), this model learns on \(shown(own)). Make the "
                + "loaders of the same training items, or give NumberBlock(scaling: .none) both times.")
    }

    init(of file: SafetensorsFile, named name: String) throws {
        guard let json = file.metadata["apus_state"],
            let state = try? JSONDecoder.withNonFinite.decode(SavedState.self, from: Data(json.utf8))
        else {
            throw ModelFileError(
                "\(name) holds no training state; give a file that save(to:) wrote. "
                    + "An exported model is loaded with Learner(from:) or a Predictor.")
        }
        self = state
    }
}
