// A custom target block whose value lies on the picture and moves with it.
import Apus
import Foundation

/// The place of a tone in the middle of its spectrogram.
struct Peak: PictureValue, CustomStringConvertible {
    var place: ImagePoint

    func moved(by move: PictureMove) -> Peak { Peak(place: move.moved(place)) }

    var description: String { String(format: "(%.4f, %.4f)", place.x, place.y) }
}

/// Where a tone is: the model puts out two numbers of -1 to 1.
struct PeakBlock: TargetBlock, TensorBlock {
    static var task: String { "peak" }
    var kind: ElementKind { .points }
    var outputCount: Int { 2 }
    var defaultLoss: Loss { .distance }

    /// From the frequency of the middle to a place, -1 at the picture's left and upper edge, 1 at the others.
    func load(_ source: Wave, hint: LoadHint) -> Peak {
        Peak(place: ImagePoint(x: 0, y: 4 * source.pitch - 1))
    }

    func collate(_ values: [Peak]) -> Tensor {
        Tensor(values.flatMap { [Float($0.place.x), Float($0.place.y)] }, shape: [values.count, 1, 2])
    }

    func decode(_ tensor: Tensor) throws -> Peak {
        let numbers = tensor.flatten().array(of: Double.self)
        guard numbers.count == 2 else { throw DataError("A peak has two numbers; \(numbers.count) were given.") }
        return Peak(place: ImagePoint(x: numbers[0], y: numbers[1]))
    }

    func prediction(from output: Tensor) throws -> Peak { try decode(output) }
}
