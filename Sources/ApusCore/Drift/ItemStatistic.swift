// What is measured of each input, so that inputs of today can be compared with those of the training.
import Torch

/// A number, or a class, of each item of a batch: a column of a table, the brightness of a picture, the length of a text.
///
/// A block says what is measured of its inputs with ``InputBlock/itemStatistics(of:)``; a ``DataProfile`` keeps how the
/// values of the training were spread, and a ``DriftMonitor`` compares new ones with them.
public struct ItemStatistic: Sendable {
    /// What is measured, as people call it, such as the name of a column.
    public let name: String
    /// The values, one for each item: numbers, or the numbers of classes. NaN is missing.
    public let values: [Double]
    /// The names of the classes where the values are classes; nil for numbers.
    public let classes: [String]?

    /// - Parameters:
    ///   - values: `[batch]`, of any dtype.
    ///   - classes: The names by number where the values are classes.
    public init(_ name: String, _ values: Tensor, classes: [String]? = nil) {
        self.init(name, values.to(.cpu).array(of: Double.self), classes: classes)
    }

    /// - Parameters:
    ///   - values: One for each item.
    ///   - classes: The names by number where the values are classes.
    public init(_ name: String, _ values: [Double], classes: [String]? = nil) {
        (self.name, self.values, self.classes) = (name, values, classes)
    }

    /// What is measured of a tensor of which nothing is known but what it stands for: the mean and the spread of each channel
    /// of a picture, or of all of it where there are more than four; the numbers of a row; the mean and the spread of other
    /// numbers. Nothing of whole numbers, which may be names of anything.
    static func standard(of tensor: Tensor, _ kind: ElementKind) -> [ItemStatistic] {
        guard tensor.isDefined, tensor.dim > 0, tensor.dtype.isFloatingPoint || kind == .image else { return [] }
        let (numbers, items) = (tensor.float(), tensor.size(0))
        if kind == .image, tensor.dim == 4, tensor.size(1) <= 4 {
            let (deviation, mean) = numbers.stdMean(dims: [2, 3], correction: 0)
            return (0..<tensor.size(1)).flatMap { channel in
                [
                    ItemStatistic("mean of channel \(channel + 1)", mean.select(dim: 1, index: channel)),
                    ItemStatistic("spread of channel \(channel + 1)", deviation.select(dim: 1, index: channel)),
                ]
            }
        }
        if kind == .row, tensor.dim == 2 {
            return (0..<tensor.size(1)).map { ItemStatistic("number \($0 + 1)", numbers.select(dim: 1, index: $0)) }
        }
        guard tensor.dim > 1 else { return [ItemStatistic("number", numbers)] }
        let (deviation, mean) = numbers.reshape(items, -1).stdMean(dims: [1], correction: 0)
        return [ItemStatistic("mean", mean), ItemStatistic("spread", deviation)]
    }

    /// The statistic of one of several inputs.
    func named(in part: String) -> ItemStatistic { ItemStatistic("\(part): \(name)", values, classes: classes) }
}
