// float16 with a scaled loss against PyTorch's GradScaler, and what a step that is left out does to the rest of a run.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Loss scaling") struct ScalingTests {
        private static func scaler(_ settings: Any?) throws -> GradScaler {
            let numbers = try Fixture.numbers(settings).map(Float.init)
            try #require(numbers.count == 4)
            return GradScaler(
                scale: numbers[0], growthFactor: numbers[1], backoffFactor: numbers[2], growthInterval: Int(numbers[3]))
        }

        @Test(
            "the scale grows and falls as PyTorch's",
            arguments: ["of the defaults", "that grow and fall", "at the end of float32"])
        func scales(_ name: String) throws {
            let expected = try #require(try Fixture.cases("scaler.json")["scales \(name)"])
            let found = try #require(expected["found"] as? [Bool])
            var scaler = try Self.scaler(expected["settings"])
            var (scales, trackers): ([Float], [Double]) = ([], [])
            for isInfinite in found {
                scaler.update(foundNonFinite: isInfinite)
                scales.append(scaler.scale)
                trackers.append(Double(scaler.growthTracker))
            }
            #expect(try scales == Fixture.numbers(expected["scales"]).map(Float.init))
            #expect(try trackers == Fixture.numbers(expected["trackers"]))
            #expect(found.count >= 5)
        }

        /// Notes the scale after each batch, and counts steps.
        final class Watch: Callback {
            var scales: [Double] = []
            var steps = 0
            override var order: Int { 20 }
            override var runsInValidation: Bool { false }
            override func beforeStep(_ trainer: Trainer) { steps += 1 }
            override func afterBatch(_ trainer: Trainer) {
                scales.append(Double(trainer.callback(MixedPrecision.self)?.scaler.scale ?? 0))
            }
        }

        @Test(
            "a run in float16 has PyTorch's scales, steps, losses and weights",
            arguments: ["plain", "with accumulation and clipping"])
        func training(_ name: String) throws {
            let expected = try #require(try Fixture.cases("scaler.json")["training \(name)"])
            let model = Sequential([Linear(3, 8), ReLU(), Linear(8, 1)])
            try model.loadStateDict(try Fixture.tensors(expected["initial"]))
            let trainer = try quietTrainer(
                inputs: Fixture.tensor(expected["inputs"]), targets: Fixture.tensor(expected["targets"]),
                model: model, optimizer: .sgd())
            let watch = Watch()
            var callbacks = [MixedPrecision(.float16, scaler: try Self.scaler(expected["settings"])), watch]
            if try #require(expected["accumulate"] as? Int) == 2 {
                callbacks += [GradientAccumulation(8), GradientClipping(0.5)]
            }
            try trainer.with(callbacks) {
                #expect(trainer.precision == .float16)
                try trainer.fit(6, learningRate: 0.05)
            }
            #expect(trainer.precision == .float32)
            #expect(try watch.scales == Fixture.numbers(expected["scales"]))
            #expect(watch.steps == expected["steps"] as? Int)
            // Products of at most 8 terms in float16 are off by 8 * 2^-11 of their size at most, 0.004.
            expectClose(trainer.recorder.losses, try Fixture.numbers(expected["losses"]), "losses", tolerance: 4e-3)
            let final = try Fixture.tensors(expected["final"])
            #expect(final.count == 4)
            for (name, tensor) in model.stateDict() {
                expectClose(tensor, try #require(final[name]), name, tolerance: 4e-3)
            }
        }

        /// What the standard step does, by the trainer's primitives.
        private final class OwnStep: TrainingStep {
            func run(_ trainer: Trainer) throws {
                try trainer.inPrecision {
                    try trainer.takeOutputs(trainer.modelOutputs())
                    try trainer.takeLoss(trainer.loss.function(trainer.output, trainer.targets))
                }
                if trainer.isTraining { try trainer.descend(trainer.batchLoss) }
            }
        }

        @Test(
            "a custom step in float16 has its loss scaled, and leaves out the steps that overflow, as the standard one")
        func ownStep() throws {
            func run(_ step: (any TrainingStep)?) throws -> (weights: [[Float]], scales: [Double], losses: [Double]) {
                let trainer = try trainer(large: [2])
                try trainer.replaceData(train: trainer.train, valid: nil)
                if let step { trainer.step = step }
                let watch = Watch()
                try trainer.with([MixedPrecision(.float16, scaler: GradScaler(scale: 1024)), watch]) {
                    try trainer.fit(2, learningRate: 0.1)
                }
                #expect(watch.steps == 6)
                let weights = trainer.model.stateDict().map { $0.tensor.detached().flatten().array(of: Float.self) }
                return (weights, watch.scales, trainer.recorder.losses)
            }
            let (standard, own) = (try run(nil), try run(OwnStep()))
            #expect(own.weights == standard.weights && own.scales == standard.scales)
            #expect(own.scales == [1024, 512, 512, 512, 512, 256, 256, 256])
            #expect(own.losses.map(\.isFinite) == standard.losses.map(\.isFinite))
        }

        @Test("automatic precision is bfloat16 where the device has it, float16 on other CUDA devices, else float32")
        func automatic() {
            #expect(Precision.suiting(.cuda(0), hasBFloat16: true) == .bfloat16)
            #expect(Precision.suiting(.cuda(1), hasBFloat16: false) == .float16)
            #expect(Precision.suiting(.cpu, hasBFloat16: true) == .bfloat16)
            #expect(Precision.suiting(.cpu, hasBFloat16: false) == .float32)
            #expect(Precision.suiting(.mps, hasBFloat16: false) == .float32)
            #expect(Precision.float16.resolved(on: .cpu) == .float16)
            // Asked for by hand it is mixed precision anywhere.
            #expect(MixedPrecision().precision(on: .cpu) == .bfloat16)
            #expect(Machine.hasBFloat16(on: .cpu) == Machine.hasBFloat16)
            // A device that is not there has nothing.
            #expect(!Machine.hasBFloat16(on: .cuda(Machine.cudaDeviceCount)))
            #expect(!Machine.hasBFloat16(on: .cuda(-1)))
        }

        /// Eight items, of which some lie beyond float16's range, which ends at 65504.
        private func trainer(large: Set<Int>) throws -> Trainer {
            manualSeed(1)
            let rows = (0..<8).map { large.contains($0) ? [Float(1e6), 1e6] : [Float($0) / 10, 1] }
            return try quietTrainer(
                inputs: Tensor(rows), targets: Tensor.ones(8, 1), batchSize: 2, model: Linear(2, 1),
                optimizer: .sgd())
        }

        @Test("a batch that overflows costs its step and ends nothing; the schedule goes on")
        func overflow() throws {
            let trainer = try trainer(large: [2])
            try trainer.replaceData(train: trainer.train, valid: nil)
            let watch = Watch()
            let mixed = MixedPrecision(.float16, scaler: GradScaler(scale: 1024))
            try trainer.with([mixed, StopOnNaN(), watch]) {
                try trainer.fitOneCycle(2, learningRate: 0.1)
            }
            #expect(watch.scales == [1024, 512, 512, 512, 512, 256, 256, 256])
            #expect(watch.steps == 6)
            #expect(trainer.recorder.losses.map(\.isFinite) == [true, false, true, true, true, false, true, true])
            #expect(trainer.recorder.rows.count == 2 && trainer.recorder.rows.allSatisfy(\.trainLoss.isFinite))
            #expect(trainer.model.firstNonFinite() == nil)
            let plain = try self.trainer(large: [])
            try plain.replaceData(train: plain.train, valid: nil)
            try plain.fitOneCycle(2, learningRate: 0.1)
            #expect(trainer.recorder.learningRates == plain.recorder.learningRates)
        }

        @Test("where no scale helps the fit ends with the weights from before")
        func hopeless() throws {
            let trainer = try trainer(large: Set(0..<8))
            try trainer.replaceData(train: trainer.train, valid: nil)
            let before = trainer.model.stateDict().map { $0.tensor.detached().array(of: Float.self) }
            let watch = Watch()
            let said = message(of: NonFiniteError.self) {
                try trainer.with([MixedPrecision(.float16), StopOnNaN(), watch]) { try trainer.fit(20) }
            }
            #expect(said.contains("whatever the loss is scaled by"))
            // From 2^16 to below 2^-14.
            #expect(watch.steps == 0 && watch.scales.count == 30)
            #expect(trainer.model.stateDict().map { $0.tensor.detached().array(of: Float.self) } == before)
        }

        @Test("a search for a rate in float16 leaves nothing behind")
        func search() throws {
            let trainer = try trainer(large: [])
            trainer.add(MixedPrecision(.float16))
            let before = trainer.model.stateDict().map { $0.tensor.detached().array(of: Float.self) }
            let found = try trainer.lrFind(end: 1e6, iterations: 40)
            #expect(found.losses.count > 10)
            #expect(trainer.model.stateDict().map { $0.tensor.detached().array(of: Float.self) } == before)
        }

        @Test("settings that are not possible are refused before the first batch")
        func refused() throws {
            for scaler in [
                GradScaler(scale: 0), GradScaler(scale: .infinity), GradScaler(growthFactor: 1),
                GradScaler(backoffFactor: 1), GradScaler(growthInterval: 0),
            ] {
                let trainer = try trainer(large: [])
                #expect(throws: CallbackError.self) {
                    try trainer.with([MixedPrecision(.float16, scaler: scaler)]) { try trainer.fit(1) }
                }
                #expect(trainer.recorder.losses.isEmpty)
            }
        }
    }
}
