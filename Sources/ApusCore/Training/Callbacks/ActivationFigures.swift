// Figures of what the layers put out.
import ApusPlot
import Foundation

extension ActivationStatistics {
    /// Mean, deviation and share near zero of each layer over the batches; with gradients, their deviation too.
    ///
    /// Where there are more layers than colors that can be told apart, the color says how deep a layer lies, from dark
    /// at the input to light at the output, and the legend names some of them.
    public func plot() -> Figure {
        let isMany = layers.count > Color.palette.count
        let last = Double(max(layers.count - 1, 1))
        let named = isMany ? Set((0..<6).map { Int((Double($0) * last / 5).rounded()) }) : Set(layers.indices)
        func axes(_ title: String, _ scale: AxisScale = .linear, _ values: (Layer) -> [Double]) -> Axes {
            let empty = Axes(title: title, xLabel: "batch", yScale: scale)
            return layers.enumerated().reduce(empty) { axes, entry in
                let numbers = values(entry.element)
                return axes.line(
                    x: numbers.indices.map { Double($0 * every) }, y: numbers,
                    label: named.contains(entry.offset) ? entry.element.name : nil,
                    // The lightest colors of the map are hard to see on white.
                    color: isMany ? ColorMap.viridis.color(at: 0.9 * Double(entry.offset) / last) : nil, width: 1.2)
            }
        }
        var panels = [
            axes("Mean of activations") { $0.activations.map(\.mean) },
            axes("Deviation of activations") { $0.activations.map(\.deviation) },
            axes("Share near zero") { $0.activations.map(\.nearZero) },
        ]
        if hasGradients { panels.append(axes("Deviation of gradients", .log) { $0.gradients.map(\.deviation) }) }
        return Figure(panels: panels.map(Panel.axes), columns: 2)
    }

    /// The histograms of each layer over the batches as colors: fastai's "colorful dimension". Batches run to the
    /// right, values upwards; the brightness is the logarithm of the count.
    public func plotHistograms() -> Figure {
        func panel(_ title: String, _ numbers: [Numbers], _ label: String) -> Panel {
            let rows = (0..<Self.bins).reversed().map { bin in numbers.map { log1p(Double($0.histogram[bin])) } }
            return .heatMap(
                HeatMap(
                    rows, title: title, xLabel: "batch", yLabel: label, numbers: .none, colorMap: .viridis))
        }
        let range = "\(histogramRange.lowerBound.formatted()) to \(histogramRange.upperBound.formatted())"
        var panels: [Panel] = []
        for layer in layers {
            panels.append(panel(layer.name, layer.activations, range))
            if hasGradients { panels.append(panel("\(layer.name), gradient", layer.gradients, "1e-10 to 1e2")) }
        }
        return Figure(panels: panels, columns: hasGradients ? 2 : nil)
    }
}
