// The color steps of a batch: composed where they are lighting alone, computed by LibTorch where they mix channels.
import Torch

enum ColorSteps {
    /// The steps as one; nil when they are not all of lighting.
    static func lighting(_ steps: [ColorStep]) -> (contrast: Double, brightness: Double)? {
        var (contrast, brightness) = (1.0, 0.0)
        for step in steps {
            guard case .lighting(let factor, let addend) = step else { return nil }
            (contrast, brightness) = (contrast * factor, brightness * factor + addend)
        }
        return (contrast, brightness)
    }

    /// Applies steps to float32 `[batch, channels, height, width]` of 0 to 1.
    ///
    /// - Parameter steps: For each item, for each transform the step drawn, or none.
    static func apply(_ steps: [[[ColorStep]]], to images: Tensor) -> Tensor {
        var (result, isLogit) = (images, false)
        for transform in steps.first?.indices ?? 0..<0 {
            let drawn = steps.map { $0[transform].first }
            guard let kind = drawn.lazy.compactMap(\.self).first else { continue }
            let needsLogit =
                switch kind {
                case .lighting, .saturation: true
                case .hue, .function: false
                }
            if needsLogit != isLogit { result = needsLogit ? result.logit(eps: 1e-7) : result.sigmoid() }
            isLogit = needsLogit
            result = apply(kind, drawn, to: result)
        }
        return isLogit ? result.sigmoid() : result
    }

    private static func apply(_ kind: ColorStep, _ drawn: [ColorStep?], to images: Tensor) -> Tensor {
        func column(neutral: Double, _ number: (ColorStep) -> Double) -> Tensor {
            Tensor(drawn.map { Float($0.map(number) ?? neutral) }).reshape(-1, 1, 1, 1)
        }
        switch kind {
        case .lighting:
            let contrast = column(neutral: 1) { if case .lighting(let contrast, _) = $0 { contrast } else { 1 } }
            let brightness = column(neutral: 0) { if case .lighting(_, let brightness) = $0 { brightness } else { 0 } }
            return images * contrast + brightness
        case .saturation:
            guard images.size(1) == 3 else { return images }
            let factor = column(neutral: 1) { if case .saturation(let factor) = $0 { factor } else { 1 } }
            let luma = Tensor([0.2989, 0.5870, 0.1140] as [Float]).reshape(-1, 1, 1)
            return images * factor + (images * luma).sum(dim: 1, keepDim: true) * (1 - factor)
        case .hue:
            guard images.size(1) == 3 else { return images }
            return turnHue(images, by: column(neutral: 0) { if case .hue(let turn) = $0 { turn } else { 0 } })
        case .function:
            return Tensor.stack(
                zip(images.unbind(), drawn).map { picture, step in
                    guard case .function(let function) = step else { return picture }
                    return function(picture)
                })
        }
    }

    /// Turns hues by a part of a full turn, value and saturation kept: every channel follows the same curve of the hue,
    /// a third of a turn apart. From "Color gamut transform pairs" (Smith, 1978).
    private static func turnHue(_ images: Tensor, by turn: Tensor) -> Tensor {
        let (high, low) = (images.amax(dim: 1, keepDim: true), images.amin(dim: 1, keepDim: true))
        let chroma = high - low
        let divisor = chroma.clamp(min: 1e-12)
        let parts = images.chunk(3, dim: 1)
        let (red, green, blue) = (parts[0], parts[1], parts[2])
        let isRed = red.eq(high)
        let isGreen = green.eq(high).logicalAnd(isRed.logicalNot())
        let fromRed: Tensor = (green - blue) / divisor
        let fromGreen: Tensor = (blue - red) / divisor + 2
        let fromBlue: Tensor = (red - green) / divisor + 4
        let sixths = fromRed.where(isRed, else: fromGreen.where(isGreen, else: fromBlue))
        let hue: Tensor = (sixths + turn * 6).remainder(6)
        let channels = [5.0, 3.0, 1.0].map { (start: Double) -> Tensor in
            let place: Tensor = (hue + start).remainder(6)
            let distance = place.minimum(4 - place).clamp(min: 0, max: 1)
            return high - chroma * distance
        }
        return Tensor.cat(channels, dim: 1)
    }
}
