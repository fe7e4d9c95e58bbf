// The table of architectures: parameters, size, speed on this machine, published accuracy; and the scatter of them.
import ApusCore
import ApusPlot
import ApusVision
import Foundation
import Torch

enum ArchitectureTable {
    private static let batch = 4

    private struct Row {
        let name: String
        let pixels: Int
        let parameters: Int
        let bytes: Int
        let rate: Double
        let accuracy: (top1: Double, pixels: Int, source: String)

        /// The letters that the name begins with, as in the course's study.
        var family: String {
            let letters = name.prefix { $0.isLetter }
            let rest = name.dropFirst(letters.count)
            return rest.hasPrefix("2_") ? letters + "2" : rest.hasPrefix("_v2") ? letters + "v2" : String(letters)
        }
    }

    /// Measures the architectures of a file of accuracies, and writes `architectures.md` and `architectures.png`.
    static func write(to folder: URL, accuracies: URL) throws {
        Machine.threadCount = 1
        let text = try String(contentsOf: accuracies, encoding: .utf8)
        var rows: [Row] = []
        for line in text.split(whereSeparator: \.isNewline).filter({ !$0.hasPrefix("#") }).dropFirst() {
            let parts = line.split(separator: ",").map(String.init)
            guard parts.count == 4, let top1 = Double(parts[1]), let pixels = Int(parts[2]) else {
                throw DataError(
                    "The line \"\(line)\" of \(accuracies.lastPathComponent) is no name,top1,pixels,source.")
            }
            let row = try measured(.named(parts[0]), accuracy: (top1, pixels, parts[3]))
            FileHandle.standardError.write(Data("\(row.name): \(String(format: "%.1f", row.rate)) images/s\n".utf8))
            rows.append(row)
        }
        rows.sort { $0.rate > $1.rate }
        try Data(page(rows).utf8).write(to: folder.appending(path: "architectures.md"), options: .atomic)
        try scatter(rows).save(to: folder.appending(path: "architectures.png"))
    }

    private static func measured(
        _ architecture: Architecture, accuracy: (top1: Double, pixels: Int, source: String)
    ) throws -> Row {
        try withTorchErrors {
            let model = architecture.make().toChannelsLast().eval()
            // Speed and accuracy belong together: at one size, where the architecture takes it.
            let size = architecture.isFixedSize ? architecture.inputSize : accuracy.pixels
            let pictures = Tensor.randn(batch, 3, size, size).channelsLast()
            let isFast = Precision.automatic.resolved(on: .cpu) == .bfloat16
            let plan = try InferencePlan(
                model, example: [pictures.narrow(dim: 0, start: 0, length: 1)], dtype: isFast ? .bfloat16 : .float32)
            func seconds() -> Double {
                let start = clock()
                _ = withAutocast(.bfloat16, enabled: isFast) { plan([pictures]) }
                return Double(clock() - start) / Double(CLOCKS_PER_SEC)
            }
            // The first run compiles kernels for these sizes.
            _ = seconds()
            let second = seconds()
            let best = second > 0.5 ? second : min(second, seconds())
            let state = model.stateDict().map(\.tensor)
            return Row(
                name: architecture.name, pixels: size, parameters: model.parameterCount(),
                bytes: state.reduce(0) { $0 + $1.count * $1.dtype.itemSize }, rate: Double(batch) / best,
                accuracy: accuracy)
        }
    }

    private static func page(_ rows: [Row]) -> String {
        let isFast = Precision.automatic.resolved(on: .cpu) == .bfloat16
        var text = """
            # Architectures: size, speed, accuracy

            A selection of what `listModels()` names, the fastest first. Which one to choose depends on how much time there \
            is: start with a small one, and change to a larger one at the end.

            - **images/s**: pictures that a core of this machine's processor predicts in a second of processor time, in \
            batches of \(batch), at the size under *pixels*, with an `InferencePlan` in \(isFast ? "bfloat16" : "float32").
            - **MB**: the file of weights, in float32.
            - **top-1**: the accuracy on ImageNet as published with the weights, in percent, at the size in brackets; by \
            torchvision's metadata or timm's table of results. It was not measured here.

            `make architectures` measures anew and writes this page.

            ![Accuracy against images per second](architectures.png)

            | architecture | pixels | parameters, million | MB | images/s | top-1 | source |
            |---|---:|---:|---:|---:|---:|---|

            """
        for row in rows {
            let cells = [
                "`\(row.name)`", "\(row.pixels)", String(format: "%.1f", Double(row.parameters) / 1e6),
                String(format: "%.0f", Double(row.bytes) / 1e6),
                String(format: row.rate < 10 ? "%.1f" : "%.0f", row.rate),
                String(format: "%.1f (\(row.accuracy.pixels))", row.accuracy.top1), row.accuracy.source,
            ]
            text += "| " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }

    /// Accuracy against speed, a color for each family (fast.ai course 2022, the study of timm's models).
    private static func scatter(_ rows: [Row]) -> Figure {
        var axes = Axes(
            title: "Published accuracy against speed", xLabel: "images per second and core",
            yLabel: "top-1 accuracy on ImageNet, %", xScale: .log)
        axes.size = FigureSize(width: 900, height: 560)
        let names = rows.map { $0.name.prefix { $0 != "." } }.map {
            String($0).replacing(/_patch(\d+)(_window\d+)?_\d+$/) { "/\($0.1)" }
        }
        return Figure(
            axes.scatter(
                x: rows.map(\.rate), y: rows.map(\.accuracy.top1), groups: rows.map(\.family), names: names))
    }
}
