// Custom transforms: one of items, and batch transforms of three kinds.
import Apus

/// Leaves a margin of the picture out.
struct Inner: ItemTransform {
    static let storedName = "Inner"
    var margin = 1

    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws {
        try movePicture(&values) { size in
            let inner = ImageSize(height: size.height - 2 * margin, width: size.width - 2 * margin)
            return PictureMove(
                cutting: PixelRectangle(x: margin, y: margin, width: inner.width, height: inner.height),
                scaledTo: inner, of: size)
        }
    }
}

/// A map of places: moves the picture along both axes.
struct Drift: GeometricTransform {
    static let storedName = "Drift"
    var most = 0.1

    func move(of size: ImageSize, isTraining: Bool, random: inout SeededRandom) -> GeometricMove? {
        guard isTraining else { return nil }
        return .affine(PlaneMap(x: 1, y: 1, movedBy: (random.uniform(-most, most), random.uniform(-most, most))))
    }
}

/// A color step: a power of the levels.
struct Gamma: ColorTransform {
    static let storedName = "Gamma"
    var most = 0.3

    func step(random: inout SeededRandom) -> ColorStep? {
        let power = 1 + random.uniform(-most, most)
        return .function { picture in picture.pow(.double(power)) }
    }
}

/// Anything on tensors: silences some columns of a spectrogram (Park and others, "SpecAugment", 2019).
struct TimeMask: TensorTransform {
    static let storedName = "TimeMask"
    var width = 3

    func apply(to batch: inout Batch, kinds: [ElementKind], isTraining: Bool, draws: inout [SeededRandom]) {
        guard isTraining else { return }
        let inputs = batch.inputs[0].clone()
        for item in draws.indices {
            let start = draws[item].integer(below: inputs.size(3) - width)
            inputs[item].narrow(dim: 2, start: start, length: width).zero_()
        }
        batch.inputs[0] = inputs
    }
}
