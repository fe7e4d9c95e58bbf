// One picture of a letter: ground, ink, place, size and rotation, drawn from random numbers.

import ApusPlot
import Foundation

/// The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A whole number from 0 up to, not including, `bound`.
    mutating func next(below bound: UInt64) -> UInt64 {
        // The same numbers on every version of the standard library, which may change how it draws from a range.
        next().multipliedFullWidth(by: bound).high
    }

    /// A number in `range`, evenly spread.
    mutating func number(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(next() >> 11) / 9_007_199_254_740_992
    }

    mutating func color() -> Color {
        Color(red: number(in: 0...1), green: number(in: 0...1), blue: number(in: 0...1))
    }
}

/// The least contrast between the ink and any part of the ground (WCAG 2 asks 3 of large letters).
private let leastContrast = 3.5

/// A picture of `letter` in `font`.
func drawLetter(_ letter: String, font: FontFile, size: Int, random: inout SplitMix64) throws -> Canvas {
    let side = Double(size)
    let canvas = try Canvas(.bitmap, size: FigureSize(width: side, height: side))
    let grounds = drawGround(on: canvas, side: side, random: &random)
    let ink = inkColor(on: grounds, random: &random)

    // The size counts for the letter's own box; the place keeps the turned box inside the picture.
    let target = random.number(in: 0.40...0.85) * side
    let angle = random.number(in: -25...25) * Double.pi / 180
    canvas.setFont(font, size: 100)
    let box = canvas.inkBounds(of: letter)
    var points = 100 * target / max(box.width, box.height)
    let reach = { (points: Double) in
        let (width, height) = (box.width * points / 100, box.height * points / 100)
        return (
            abs(cos(angle)) * width + abs(sin(angle)) * height, abs(sin(angle)) * width + abs(cos(angle)) * height
        )
    }
    let room = side - 2
    let (widest, tallest) = reach(points)
    points *= min(1, room / max(widest, tallest))
    let (width, height) = reach(points)
    let center = Point(
        side / 2 + random.number(in: -0.5...0.5) * (room - width),
        side / 2 + random.number(in: -0.5...0.5) * (room - height))
    canvas.setFont(font, size: points)
    let scaled = canvas.inkBounds(of: letter)
    canvas.turned(by: angle, about: center) {
        canvas.text(letter, at: Point(-scaled.midX, -scaled.midY), ink)
    }
    return canvas
}

/// Draws a plain, a gradient or a textured ground; returns the extremes of its colors.
private func drawGround(on canvas: Canvas, side: Double, random: inout SplitMix64) -> [Color] {
    let page = Rect(x: 0, y: 0, width: side, height: side)
    let base = random.color()
    canvas.fill(page, base)
    switch random.next(below: 3) {
    case 0:
        return [base]
    case 1:
        let other = base.mixed(with: random.color(), 0.5)
        let turn = random.number(in: 0...(2 * Double.pi))
        let (x, y) = (cos(turn) * side / 2, sin(turn) * side / 2)
        canvas.fillGradient(
            page, from: Point(side / 2 - x, side / 2 - y), to: Point(side / 2 + x, side / 2 + y), [base, other])
        return [base, other]
    default:
        // Squares of a few pixels, each a little lighter or darker than the ground.
        let (darker, lighter) = (base.mixed(with: .black, 0.28), base.mixed(with: .white, 0.28))
        let cells = Int(random.next(below: 3)) * 8 + 8
        let colors = (0..<cells * cells).map { _ in darker.mixed(with: lighter, random.number(in: 0...1)) }
        canvas.colors(colors, columns: cells, in: page, smooth: random.next(below: 2) == 0)
        return [darker, lighter]
    }
}

/// A color that stands out from all of `grounds`: a random one if it does, else one moved towards black or white.
private func inkColor(on grounds: [Color], random: inout SplitMix64) -> Color {
    let contrast = { (color: Color) in grounds.map(color.contrast(with:)).min() ?? 21 }
    let wish = random.color()
    let pole: Color = contrast(.black) > contrast(.white) ? .black : .white
    for share in stride(from: 0, through: 1, by: 0.125) {
        let color = wish.mixed(with: pole, share)
        if contrast(color) >= leastContrast { return color }
    }
    return pole
}
