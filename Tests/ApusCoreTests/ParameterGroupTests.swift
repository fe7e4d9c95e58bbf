// Parameter groups: a model's own, wrong ones, freezing by them, and taking up weights while frozen.
import Foundation
import Testing
import Torch

@testable import ApusCore

/// A net that knows where its head begins.
private final class Grouped: Module, GroupedModule {
    let body = Linear(3, 4)
    let norm = BatchNorm1d(4)
    let head = Linear(4, 2)
    var parameterGroups: [[Tensor]] { [body.parameters() + norm.parameters(), head.parameters()] }
    override func forward(_ input: Tensor) -> Tensor { head(norm(body(input).relu())) }
}

/// Notes the rates of each step, and the body's weights after each epoch.
private final class Watch: Callback {
    var rates: [[Double]] = []
    var bodies: [Tensor] = []
    override var order: Int { 70 }
    override func afterStep(_ trainer: Trainer) { rates.append(trainer.optimizer.groups.map(\.learningRate)) }
    override func afterEpoch(_ trainer: Trainer) {
        bodies.append(trainer.model.parameters()[0].detached().clone())
    }
}

extension CoreTests {
    @Suite("Parameter groups") struct ParameterGroupTests {
        private static func learner(
            _ model: () -> Module = { Grouped() }
        ) throws -> Learner<VectorBlock, CategoryBlock> {
            manualSeed(4)
            return try Learner(
                parityLoaders(), model(),
                TrainingOptions(optimizer: .sgd(), learningRate: 0.1, precision: .float32, device: .cpu)
            ).quiet()
        }

        /// Fine-tuned, the body stays as it is in the first phase, and learns with lower rates in the second.
        private static func expectFineTuning(_ learner: Learner<VectorBlock, CategoryBlock>, _ place: String) throws {
            #expect(learner.parameterGroups.map(\.count) == [4, 2], "\(place)")
            let (watch, before) = (Watch(), learner.model.parameters()[0].detached().clone())
            let head = learner.model.parameters()[4].detached().clone()
            try learner.with([watch]) { try learner.fineTune(1, learningRate: 0.1, firstGroupDivisor: 50) }
            #expect(watch.bodies.count == 2 && watch.bodies[0].equal(before), "\(place): the body has moved")
            #expect(!watch.bodies[1].equal(before) && !head.equal(learner.model.parameters()[4]), "\(place)")
            for (step, rates) in watch.rates.enumerated() {
                // `.last` gives the others a tenth; the second phase a fiftieth.
                let factor = step < watch.rates.count / 2 ? 10.0 : 50
                #expect(abs(rates[1] / rates[0] - factor) < 1e-9, "\(place) step \(step)")
            }
        }

        @Test("a model that knows its groups is fine-tuned by them, whoever made the learner")
        func own() throws {
            try Self.expectFineTuning(Self.learner(), "made")
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try Self.learner().export(to: file)
                let loaded = try Learner<VectorBlock, CategoryBlock>(
                    from: file, model: Grouped(), TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
                try loaded.replaceData(parityLoaders())
                try Self.expectFineTuning(loaded, "loaded")
            }
            // Groups that are given come first.
            let model = Grouped()
            let given = try Learner(
                parityLoaders(), model, parameterGroups: [model.parameters()], TrainingOptions(device: .cpu))
            #expect(given.parameterGroups.count == 1)
            #expect(try Self.learner { Linear(3, 2) }.parameterGroups.map(\.count) == [2])
        }

        @Test("a model says on how many threads and in which precision it runs, also after loading")
        func threads() throws {
            final class Tiny: Module, GroupedModule {
                let layer = Linear(3, 2)
                var singleThreadBatchSize: Int { 40 }
                override func forward(_ input: Tensor) -> Tensor { layer(input) }
            }
            let learner = try Self.learner { Tiny() }
            #expect(learner.singleThreadBatchSize == 40 && learner.parameterGroups.map(\.count) == [2])
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "model.safetensors")
                try learner.export(to: file)
                let loaded = try Learner<VectorBlock, CategoryBlock>(
                    from: file, model: Tiny(), TrainingOptions(device: .cpu))
                #expect(loaded.singleThreadBatchSize == 40)
            }
            #expect(try Self.learner { Linear(3, 2) }.singleThreadBatchSize == 0)
            final class Short: Module, GroupedModule {
                let layer = Linear(3, 2)
                var preferredPrecision: Precision { .bfloat16 }
                override func forward(_ input: Tensor) -> Tensor { layer(input) }
            }
            let own = try Learner(parityLoaders(), Short(), TrainingOptions(device: .cpu))
            #expect(own.precision == .bfloat16)
            let given = try Learner(parityLoaders(), Short(), TrainingOptions(precision: .float32, device: .cpu))
            #expect(given.precision == .float32)
        }

        @Test("groups are counted from the front and from the end, and others are refused with their names")
        func freezing() throws {
            let model = Sequential([Linear(3, 4), Linear(4, 4), Linear(4, 2)])
            let trainer = try quietTrainer(
                inputs: Tensor.ones(4, 3), targets: Tensor.ones(4, 2), model: model,
                parameterGroups: (0..<3).map { model[$0].parameters() })
            func learning() -> [Bool] { (0..<3).map { model[$0].parameters()[0].requiresGradient } }
            for (group, expected) in [
                (0, [true, true, true]), (1, [false, true, true]), (2, [false, false, true]),
                (-1, [false, false, true]), (-2, [false, true, true]), (-3, [true, true, true]),
            ] {
                try trainer.freeze(to: group)
                #expect(learning() == expected, "\(group)")
            }
            trainer.freeze()
            for wrong in [3, 7, -4, -5, .max, .min] {
                let said = message(of: TrainingError.self) { try trainer.freeze(to: wrong) }
                #expect(said.contains("group \(wrong) ") && said.contains("group 2 with 2 tensors, from 2.weight on"))
                #expect(learning() == [false, false, true], "\(wrong)")
            }
        }

        @Test("groups that are not the model's parameters, each once, are refused before the first batch")
        func wrong() throws {
            let model = Sequential([Linear(3, 4), Linear(4, 2)])
            let (first, second) = (model[0].parameters(), model[1].parameters())
            final class Batches: Callback {
                var count = 0
                override func beforeBatch(_ trainer: Trainer) { count += 1 }
            }
            let batches = Batches()
            func said(_ groups: [[Tensor]], _ run: (Trainer) throws -> Void = { try $0.fit(1) }) throws -> String {
                let trainer = try quietTrainer(
                    inputs: Tensor.ones(4, 3), targets: Tensor.ones(4, 2), model: model, parameterGroups: groups)
                return message(of: TrainingError.self) { try trainer.with([batches]) { try run(trainer) } }
            }
            for run: (Trainer) throws -> Void in [
                { try $0.fit(1) }, { try $0.fitOneCycle(1) }, { try $0.fineTune(1) }, { _ = try $0.lrFind() },
                { try $0.fitFlatCosine(1) }, { try $0.freeze(to: -1) }, { try $0.fit(1, learningRate: .range(1, 2)) },
            ] {
                #expect(try said([], run).contains("no parameter group"))
            }
            #expect(
                try said([first + second, [first[0]]]).contains("0.weight is in parameter group 0 and again in group 1")
            )
            #expect(
                try said([first, second + [second[1]]]).contains("1.bias is in parameter group 1 and again in group 1"))
            let foreign = try said([first, second + [Tensor.ones(7, 5)]])
            #expect(foreign.contains("Tensor 2 of parameter group 1") && foreign.contains("[7, 5]"))
            #expect(try said([first]).contains("2 parameters, from 1.weight on, are in no parameter group"))
            #expect(try said([first, [second[0]]]).contains("The parameter 1.bias is in no parameter group"))
            #expect(batches.count == 0)
            // Left out by saying so.
            second[1].requiresGradient = false
            let before = second[1].detached().clone()
            let trainer = try quietTrainer(
                inputs: Tensor.ones(4, 3), targets: Tensor.ones(4, 2), model: model,
                parameterGroups: [first, [second[0]]])
            trainer.unfreeze()
            try trainer.fit(1)
            #expect(second[1].equal(before))
        }

        @Test("an optimizer of other groups is refused")
        func optimizerGroups() throws {
            let trainer = try quietTrainer(
                inputs: Tensor.ones(4, 3), targets: Tensor.ones(4, 1), model: Linear(3, 1),
                optimizer: OptimizerRecipe { groups in
                    SGD(groups: groups + groups)
                })
            #expect(message(of: TrainingError.self) { try trainer.fit(1) }.contains("made with 2 groups"))
        }

        @Test("freeze, restore, fit trains the head alone; the recorder and the random numbers stay")
        func restoreWhileFrozen() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "state.safetensors")
                let trained = try Self.learner()
                try trained.fit(2)
                try trained.save(to: file)
                let saved = trained.model.parameters().map { $0.detached().clone() }

                let learner = try Self.learner()
                try learner.fit(1)
                learner.freeze()
                let (rows, random) = (learner.recorder.rows.count, Generator.globalState())
                let rate = learner.optimizer.groups.map(\.learningRate)
                try learner.restore(from: file)
                #expect(learner.recorder.rows.count == rows && learner.epochsDone == 1)
                #expect(Generator.globalState().equal(random))
                #expect(learner.optimizer.groups.map(\.learningRate) == rate)
                for (found, saved) in zip(learner.model.parameters(), saved) { #expect(found.equal(saved)) }
                try learner.fit(1)
                let changed = zip(learner.model.namedParameters(), saved).filter { !$0.tensor.equal($1) }.map(\.0.name)
                // Batch normalization goes on learning, as in fastai.
                #expect(changed == ["norm.weight", "norm.bias", "head.weight", "head.bias"])

                // The whole state by its name: the saved run was not frozen.
                try learner.restoreState(from: file)
                #expect(learner.recorder.rows.count == 2 && learner.epochsDone == 2)
                #expect(learner.model.parameters().allSatisfy { $0.requiresGradient })
            }
        }
    }
}
