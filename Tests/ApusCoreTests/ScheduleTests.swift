// Schedules and learning rates against fastai's.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Schedules") struct ScheduleTests {
        /// What each call of schedules.json is in Swift.
        static let calls: [String: @Sendable (Trainer) throws -> Void] = [
            "fit_one_cycle(2, 1e-2)": { try $0.fitOneCycle(2, learningRate: 1e-2) },
            "fit_one_cycle(1, 1e-3)": { try $0.fitOneCycle(1, learningRate: 1e-3) },
            "fit_one_cycle(3, 0.01, div=10, div_final=100, pct_start=0.4, moms=(0.9, 0.8, 0.95))": {
                try $0.fitOneCycle(3, learningRate: 0.01, startDivisor: 10, endDivisor: 100, startFraction: 0.4)
            },
            "fit_one_cycle(1, slice(1e-3))": { try $0.fitOneCycle(1, learningRate: .last(1e-3)) },
            "fit_one_cycle(1, slice(1e-5, 1e-3))": { try $0.fitOneCycle(1, learningRate: .range(1e-5, 1e-3)) },
            "fit(1, slice(1e-5, 1e-3))": { try $0.fit(1, learningRate: .range(1e-5, 1e-3)) },
            "fit(1, 1e-3)": { try $0.fit(1, learningRate: 1e-3) },
            "fine_tune(2)": { try $0.fineTune(2) },
            "fine_tune(1, base_lr=1e-2, freeze_epochs=2)": { try $0.fineTune(1, learningRate: 1e-2, freezeEpochs: 2) },
            "fit_flat_cos(2, 1e-2)": { try $0.fitFlatCosine(2, learningRate: 1e-2) },
            "fit_sgdr(2, 1, 1e-2)": { try $0.fitWarmRestarts(cycles: 2, learningRate: 1e-2) },
        ]

        @Test("rates and momenta of every step are fastai's", arguments: calls.keys.sorted())
        func steps(_ call: String) throws {
            let expected = try #require(try Fixture.cases("schedules.json")[call])
            let batches = try #require(expected["batches"] as? Int)
            let groups = try #require(expected["groups"] as? Int)
            let model = Sequential {
                Linear(2, 2)
                Linear(2, 2)
                Linear(2, 1)
            }
            let inputs = Tensor.ones(20, 2)
            let trainer = try quietTrainer(
                inputs: inputs, targets: Tensor.ones(20, 1), batchSize: 20 / batches, model: model,
                parameterGroups: groups == 3 ? (0..<3).map { model[$0].parameters() } : nil,
                momenta: call.contains("moms") ? (0.9, 0.8, 0.95) : (0.95, 0.85, 0.95))
            let watch = Watch()
            trainer.add(watch)
            let train = try #require(Self.calls[call])
            try train(trainer)

            let rates = try #require(expected["lr"] as? [[NSNumber]]).map { $0.map(\.doubleValue) }
            let momenta = try #require(expected["mom"] as? [[NSNumber]]).map { $0.map(\.doubleValue) }
            #expect(watch.rates.count == rates.count)
            for (step, (found, rate)) in zip(watch.rates, rates).enumerated() {
                // fastai computes positions in float32.
                for (found, rate) in zip(found, rate) {
                    #expect(abs(found - rate) <= 1e-5 * rate + 1e-9, "step \(step): \(found) and \(rate)")
                }
                expectClose(watch.momenta[step], momenta[step], "momenta of step \(step)")
            }
        }

        final class Watch: Callback {
            var rates: [[Double]] = []
            var momenta: [[Double]] = []
            override var order: Int { 90 }
            override func beforeStep(_ trainer: Trainer) {
                rates.append(trainer.optimizer.groups.map(\.learningRate))
                momenta.append(trainer.optimizer.groups.map(\.momentum))
            }
        }

        @Test("the basic curves have the values of their formulas")
        func curves() {
            #expect(Schedule.constant(3).value(0.7) == 3)
            #expect(Schedule.linear(1, 3).value(0.25) == 1.5)
            #expect(abs(Schedule.cosine(1, 3).value(0.5) - 2) < 1e-12)
            #expect(Schedule.cosine(1, 3).value(0) == 1 && Schedule.cosine(1, 3).value(1) == 3)
            #expect(abs(Schedule.exponential(1e-4, 1e-2).value(0.5) - 1e-3) < 1e-12)
            #expect(Schedule.polynomial(0, 4, power: 2).value(0.5) == 1)
        }

        @Test("parts of a schedule meet, and parts without length are passed over")
        func parts() {
            let parts = Schedule.combined([(0, .constant(9)), (0.25, .linear(0, 1)), (0.75, .linear(1, 4))])
            #expect(parts.value(0) == 0)
            #expect(parts.value(0.125) == 0.5)
            #expect(parts.value(0.25) == 1)
            #expect(parts.value(1) == 4)
            #expect(Schedule.combinedCosine(startFraction: 1, start: 0, middle: 2, end: 5).value(0.5) == 1)
        }

        @Test("numbers spread over the groups as fastai's slices do")
        func rates() throws {
            func rates(_ value: GroupValue, groups: Int) throws -> [Double] {
                try value.values(groups: groups, of: .learningRate)
            }
            #expect(try rates(1e-3, groups: 2) == [1e-3, 1e-3])
            expectClose(try rates(.last(1e-3), groups: 3), [1e-4, 1e-4, 1e-3], "last", tolerance: 1e-12)
            expectClose(try rates(.range(1e-5, 1e-3), groups: 3), [1e-5, 1e-4, 1e-3], "range", tolerance: 1e-12)
            #expect(try rates(.range(1e-5, 1e-3), groups: 1) == [1e-3])
        }

        @Test(
            "numbers that are not possible are refused",
            arguments: [
                (GroupValue.all(.nan), GroupValue.Setting.learningRate, "nan"), (.all(-1), .weightDecay, "-1.0"),
                (.range(0, 1), .learningRate, "Learning rates from 0.0"), (.each([1]), .weightDecay, "1 weight decays"),
                (.all(1), .momentum, "below 1"), (.each([0.9, 1.5]), .momentum, "1.5"),
            ])
        func badValues(_ value: GroupValue, _ setting: GroupValue.Setting, _ said: String) throws {
            #expect(message(of: TrainingError.self) { _ = try value.values(groups: 2, of: setting) }.contains(said))
        }

        @Test("fits that are not possible are refused before they train")
        func badFits() throws {
            let trainer = try smallTrainer()
            #expect(throws: TrainingError.self) { try trainer.fitOneCycle(1, learningRate: .each([1, 2])) }
            #expect(throws: TrainingError.self) { try trainer.fitOneCycle(1, startFraction: 1.5) }
            #expect(throws: TrainingError.self) { try trainer.fitOneCycle(1, momenta: (0.9, 1, 0.9)) }
            #expect(throws: TrainingError.self) { try trainer.fit(-1) }
            #expect(throws: TrainingError.self) { try trainer.fit(1, weightDecay: -0.1) }
            #expect(throws: TrainingError.self) { try trainer.fitFlatCosine(1, endDivisor: 0) }
            #expect(throws: TrainingError.self) { try trainer.fitWarmRestarts(cycles: 0) }
            #expect(throws: TrainingError.self) { try trainer.fitWarmRestarts(cycles: 80) }
            let schedules = [Schedule.constant(1), .constant(2)]
            #expect(throws: TrainingError.self) { try trainer.fit(1, learningRate: schedules) }
            let said = message(of: TrainingError.self) {
                try trainer.fit(1, learningRate: [.exponential(0, 1)])
            }
            #expect(said.contains("nan is not possible"))
            #expect(throws: TrainingError.self) {
                try trainer.fit(1, learningRate: [.constant(1)], momentum: [.linear(0, 1)])
            }
            #expect(trainer.recorder.losses.isEmpty)
        }

        @Test("each group has its own rate, momentum and weight decay")
        func groupSettings() throws {
            let model = Sequential {
                Linear(2, 2)
                Linear(2, 1)
            }
            let trainer = try quietTrainer(
                inputs: Tensor.ones(4, 2), targets: Tensor.ones(4, 1), model: model,
                parameterGroups: (0..<2).map { model[$0].parameters() })
            let watch = Watch()
            trainer.add(watch)
            try trainer.fit(
                1, learningRate: .range(1e-4, 1e-2), momentum: .each([0.5, 0.8]), weightDecay: .each([0, 1]))
            expectClose(try #require(watch.rates.last), [1e-4, 1e-2], "rates", tolerance: 1e-12)
            #expect(watch.momenta.last == [0.5, 0.8])
            #expect(trainer.optimizer.groups.map(\.weightDecay) == [0, 1])
            // One cycle with a start of length 0 begins in the middle.
            try trainer.fitOneCycle(1, startFraction: 0, momenta: (0.1, .each([0.2, 0.3]), 0.4))
            #expect(watch.momenta.last == [0.2, 0.3])
        }

        @Test("warm restarts of equal length, which fastai cannot divide, start at their rate again")
        func equalCycles() throws {
            let trainer = try smallTrainer()
            let watch = Watch()
            trainer.add(watch)
            try trainer.fitWarmRestarts(cycles: 3, cycleLength: 1, cycleMultiplier: 1, learningRate: 0.5)
            // Two batches an epoch, half a cosine each: full, then half.
            expectClose(watch.rates.map { $0[0] }, [0.5, 0.25, 0.5, 0.25, 0.5, 0.25], "rates", tolerance: 1e-12)
        }
    }
}
