// The table of a run, as a program prints it whose output is no terminal.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("Progress") struct ProgressTests {
        @Test("without a terminal, a run prints its device, a header and a row for each epoch, in columns")
        func rows() async throws {
            let result = await #expect(
                processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
            ) {
                let trainer = try smallTrainer(8, batchSize: 2)
                trainer.metrics = [Metric.mean("a_metric_of_a_long_name") { _, _ in Tensor(0.25) }]
                trainer.showsProgress = true
                try trainer.fit(2, learningRate: 0)
                trainer.showsProgress = false
                try trainer.fit(1)
            }
            let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
            let lines = output.split(separator: "\n").map(String.init)
            let header = try #require(lines.firstIndex { $0.hasPrefix("epoch") })
            #expect(lines[header - 1] == "cpu, float32, 8 items to train on")
            let titles = lines[header].split(separator: " ")
            #expect(titles == ["epoch", "train_loss", "valid_loss", "a_metric_of_a_long_name", "time"])
            let rows = lines[(header + 1)...].prefix { $0.first?.isNumber == true }
            #expect(rows.map { $0.split(separator: " ").first } == ["0", "1"])
            let column = try #require(lines[header].range(of: "a_metric")).lowerBound.utf16Offset(in: lines[header])
            for row in rows { #expect(row.dropFirst(column).hasPrefix("0.250000")) }
            let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
            #expect(!output.contains("\r") && !errors.contains("\r"))
        }

        @Test("large numbers give up decimals, so that columns stay apart")
        func largeNumbers() async throws {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                let trainer = try smallTrainer(8, batchSize: 2)
                trainer.metrics = [12345.5, -134_217_728, 5e14].enumerated().map { place, value in
                    Metric.mean("metric_\(place)") { _, _ in Tensor(value) }
                }
                trainer.showsProgress = true
                try trainer.fit(1, learningRate: 0)
            }
            let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
            let row = output.split(separator: "\n").last?.split(separator: " ").map(String.init)
            #expect(row?.count == 7)
            #expect(row?[3...5] == ["12345.50000", "-134217728", "5.0000e+14"])
        }

        @Test("the parts of a loss are columns before the metrics")
        func parts() async throws {
            let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
                let loss = Loss(
                    name: "parts", partNames: ["one", "two"],
                    parts: { output, _ in [output.sum() * 0 + 1, output.sum() * 0 + 2] },
                    perItem: { output, _ in output })
                let trainer = try quietTrainer(
                    inputs: Tensor.ones(4, 2), targets: Tensor.ones(4, 1), model: Linear(2, 1), loss: loss,
                    metrics: [Metric.mean("three") { _, _ in Tensor(3.0) }])
                trainer.showsProgress = true
                try trainer.fit(1)
            }
            let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
            let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
            let header = try #require(lines.firstIndex { $0.first == "epoch" })
            #expect(lines[header] == ["epoch", "train_loss", "valid_loss", "valid_one", "valid_two", "three", "time"])
            #expect(lines[header + 1].dropLast() == ["0", "3.000000", "3.000000", "1.000000", "2.000000", "3.000000"])
        }
    }
}
