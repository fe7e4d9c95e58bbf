// What a predictor sees of a batch: statistics of the inputs, answers, features.
import Foundation
import Torch

/// What a quantity is a property of.
public enum ObservedPart: String, Codable, Sendable {
    /// Of the input: a column, a brightness, a length.
    case input
    /// Of the model's answer: its class or its numbers.
    case answer
    /// How sure the model is: the probability of the class that it chose.
    case confidence
    /// How far the item lies from those of the training, see ``DriftMonitor``.
    case distance
}

/// One quantity of the items of a batch.
struct ObservedQuantity {
    let part: ObservedPart
    let name: String
    var values: [Double]
    let classes: [String]?
}

/// What is seen of the items of a batch.
struct ObservedItems {
    /// So many statistics of inputs are watched at most.
    private static let mostInputs = 200
    /// So many numbers of an answer are watched at most.
    private static let mostAnswers = 20

    var quantities: [ObservedQuantity]
    /// The numbers from which distances are measured, float32 `[batch, numbers]`; nil where there are none.
    var features: Tensor?

    init(quantities: [ObservedQuantity], features: Tensor?) {
        (self.quantities, self.features) = (quantities, features)
    }

    /// - Parameters:
    ///   - output: The model's raw output.
    ///   - features: What the model's last linear layer read; the numbers of the inputs where there is no such layer.
    init<Input, Target>(
        _ batch: Batch, output: Tensor, features: Tensor?, _ pipeline: Pipeline<Input, Target>, _ decoder: OutputDecoder
    ) {
        quantities = pipeline.input.itemStatistics(of: batch.inputs).prefix(Self.mostInputs).map {
            ObservedQuantity(part: .input, name: $0.name, values: $0.values, classes: $0.classes)
        }
        let numbers = quantities.filter { $0.classes == nil }.map { Tensor($0.values).float() }
        self.features = features.map(Self.rows) ?? (numbers.isEmpty ? nil : .stack(numbers, dim: 1))
        quantities += Self.answers(output, pipeline.target, decoder)
    }

    /// One row of numbers for each item: the mean over what lies between items and numbers, such as the places of a text.
    private static func rows(_ features: Tensor) -> Tensor {
        let numbers = features.float().to(.cpu)
        guard numbers.dim > 2 else { return numbers }
        return numbers.mean(dims: Array(1..<(numbers.dim - 1)))
    }

    private static func answers<Target: TargetBlock>(
        _ output: Tensor, _ target: Target, _ decoder: OutputDecoder
    ) -> [ObservedQuantity] {
        let activated = decoder.activation(output).float().to(.cpu)
        guard activated.dim >= 2, activated.size(0) > 0 else { return [] }
        if target.classCount != nil, let classes = target.classNames, activated.dim == 2 {
            let (value, index) = (activated.max(dim: 1).values, activated.argmax(dim: 1))
            return [
                ObservedQuantity(
                    part: .answer, name: "class", values: index.array(of: Double.self), classes: classes),
                ObservedQuantity(
                    part: .confidence, name: "confidence", values: value.array(of: Double.self), classes: nil),
            ]
        }
        // Of a mask the shares of its classes, of a picture the means of its channels.
        guard activated.dim == 2 || target.answer == .perPixel else { return [] }
        let units = activated.dim == 2 ? target.inPredictionUnits(activated).float() : activated
        let means = units.dim > 2 ? units.mean(dims: Array(2..<units.dim)) : units
        let names = target.classNames ?? []
        return (0..<min(means.size(1), mostAnswers)).map { column in
            let name = names.count == means.size(1) ? names[column] : "answer \(column + 1)"
            return ObservedQuantity(
                part: .answer, name: means.size(1) == 1 ? "answer" : name,
                values: means.select(dim: 1, index: column).array(of: Double.self), classes: nil)
        }
    }

    /// The items of both, which have the same quantities.
    mutating func append(_ other: ObservedItems) {
        for place in quantities.indices { quantities[place].values += other.quantities[place].values }
        features = features.flatMap { own in other.features.map { Tensor.cat([own, $0]) } }
    }

    var count: Int { quantities.first?.values.count ?? features?.size(0) ?? 0 }
}
