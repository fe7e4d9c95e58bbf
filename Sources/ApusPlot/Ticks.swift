// Where an axis has its marks and what is written at them.

import Foundation

/// The scale of an axis.
public enum AxisScale: Sendable, Hashable {
    case linear
    /// Equal steps are equal factors; values of zero and below cannot be shown.
    case log
}

/// A place on an axis with its label; small marks have none.
struct Tick: Equatable {
    var value: Double
    var label: String
}

enum Ticks {
    /// At most `most` ticks on `low...high`, at multiples of 1, 2 or 5 times a power of ten; `whole` keeps to
    /// whole numbers, as for epochs and counts.
    static func linear(_ low: Double, _ high: Double, most: Int, whole: Bool = false) -> [Tick] {
        guard high > low, most > 0 else { return [] }
        let span = high - low
        var power = pow(10, floor(log10(span / Double(most))))
        while power < max(span, 1) * 2 {
            for factor in [1.0, 2, 5] {
                let step = factor * power
                if whole, step < 1 { continue }
                let (first, last) = (ceil(low / step - 1e-9), floor(high / step + 1e-9))
                if last - first + 1 <= Double(most) {
                    let count = max(0, Int(last - first) + 1)
                    return labeled((0..<count).map { (first + Double($0)) * step }, step: step)
                }
            }
            power *= 10
        }
        return []
    }

    /// Ticks of a logarithmic axis: powers of ten, or every few of them; 1, 2, 5 or finer within a decade or two.
    static func log(_ low: Double, _ high: Double, most: Int) -> [Tick] {
        guard low > 0, high > low, most > 0 else { return [] }
        let (first, last) = (Int(ceil(log10(low) - 1e-9)), Int(floor(log10(high) + 1e-9)))
        if last - first + 1 >= 3 || (last - first + 1 >= 2 && most < 4) {
            let step = max(1, (last - first + most) / most)
            let exponents = stride(from: first, through: last, by: step)
            let isPlain = first >= -3 && last <= 4
            return exponents.map { exponent in
                let value = pow(10, Double(exponent))
                return Tick(value: value, label: isPlain ? decimal(value, digits: max(0, -exponent)) : "1e\(exponent)")
            }
        }
        var candidates: [(value: Double, exponent: Int)] = []
        for exponent in first - 1...last + 1 {
            for factor in [1.0, 2, 5] {
                let value = factor * pow(10, Double(exponent))
                if value >= low * (1 - 1e-9), value <= high * (1 + 1e-9) { candidates.append((value, exponent)) }
            }
        }
        guard candidates.count >= 2 else { return linear(low, high, most: most) }
        let thinned = candidates.count <= most ? candidates : candidates.filter { isPowerOfTen($0.value) }
        return thinned.map { value, exponent in
            let isPlain = value >= 1e-3 && value < 1e5
            return Tick(
                value: value,
                label: isPlain
                    ? decimal(value, digits: max(0, -exponent))
                    : "\(Int((value / pow(10, Double(exponent))).rounded()))e\(exponent)")
        }
    }

    /// Small marks between the powers of ten of a logarithmic axis that spans few of them.
    static func minorLog(_ low: Double, _ high: Double) -> [Double] {
        guard low > 0, high > low, log10(high / low) < 7 else { return [] }
        let exponents = Int(floor(log10(low)))...Int(ceil(log10(high)))
        return exponents.flatMap { exponent in (2...9).map { Double($0) * pow(10, Double(exponent)) } }
            .filter { $0 >= low && $0 <= high }
    }

    private static func isPowerOfTen(_ value: Double) -> Bool {
        let power = log10(value)
        return abs(power - power.rounded()) < 1e-9
    }

    private static func labeled(_ values: [Double], step: Double) -> [Tick] {
        let largest = values.map(abs).max() ?? 0
        let stepPower = Int(floor(log10(step) + 1e-9))
        if largest >= 1e6 || (largest < 1e-3 && largest > 0) {
            return values.map { value in
                guard abs(value) > step * 1e-6 else { return Tick(value: 0, label: "0") }
                let power = Int(floor(log10(abs(value)) + 1e-9))
                let digits = max(0, min(15, power - stepPower))
                let mantissa = decimal(value / pow(10, Double(power)), digits: digits)
                return Tick(value: value, label: "\(mantissa)e\(power)")
            }
        }
        let digits = max(0, min(17, -stepPower))
        return values.map { Tick(value: $0, label: decimal($0, digits: digits)) }
    }

    /// A number with a fixed number of digits after the point and a typographic minus sign; never "-0".
    static func decimal(_ value: Double, digits: Int) -> String {
        let text = String(format: "%.\(digits)f", abs(value))
        let isZero = text.allSatisfy { $0 == "0" || $0 == "." }
        return value < 0 && !isZero ? "\u{2212}\(text)" : text
    }

    /// Numbers with as few digits as tell them apart, and the same for all, as at the ends of bars.
    static func short(_ values: [Double]) -> [String] {
        let largest = values.filter(\.isFinite).map(abs).max() ?? 0
        let isPlain = largest < 1e6 && (largest >= 1e-3 || largest == 0)
        let enough = (0...6).first { digits in
            values.allSatisfy { !$0.isFinite || abs($0 - rounded($0, digits)) <= 0.002 * largest }
        }
        return values.map { value in
            guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "∞" : "\u{2212}∞" }
            if isPlain { return decimal(value, digits: enough ?? 6) }
            return String(format: "%.2e", value).replacingOccurrences(of: "e-0", with: "e-")
                .replacingOccurrences(of: "e+0", with: "e").replacingOccurrences(of: "e+", with: "e")
        }
    }

    private static func rounded(_ value: Double, _ digits: Int) -> Double {
        let factor = pow(10, Double(digits))
        return (value * factor).rounded() / factor
    }
}

/// From values to places on the page along one axis.
struct AxisMapping: Sendable {
    var scale: AxisScale
    var low: Double
    var high: Double
    /// The places of `low` and `high` in points.
    var start: Double
    var end: Double
    /// Whether all values are whole numbers.
    var isWhole = false

    func position(_ value: Double) -> Double {
        let share: Double
        switch scale {
        case .linear: share = (value - low) / (high - low)
        case .log: share = value > 0 ? Foundation.log(value / low) / Foundation.log(high / low) : -1e3
        }
        // Far outside the page all places are the same; Cairo's coordinates are bounded.
        return start + (end - start) * max(-1e3, min(1e3, share))
    }

    func ticks(most: Int) -> [Tick] {
        scale == .linear ? Ticks.linear(low, high, most: most, whole: isWhole) : Ticks.log(low, high, most: most)
    }
}
