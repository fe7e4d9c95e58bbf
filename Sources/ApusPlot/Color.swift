// Colors: the palette of the figures, color maps for numbers, and legible ink on a ground.

/// A color in sRGB, each part from 0 to 1.
public struct Color: Sendable, Hashable {
    public var red: Double
    public var green: Double
    public var blue: Double
    /// 1 is opaque, 0 is invisible.
    public var alpha: Double

    public init(red: Double, green: Double, blue: Double, alpha: Double = 1) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// A gray from 0 (black) to 1 (white).
    public init(gray: Double) {
        self.init(red: gray, green: gray, blue: gray)
    }

    /// A color from its 24-bit number, as in `Color(hex: 0x0072B2)`.
    public init(hex: UInt32) {
        self.init(
            red: Double((hex >> 16) & 255) / 255, green: Double((hex >> 8) & 255) / 255, blue: Double(hex & 255) / 255)
    }

    /// The same color, more or less transparent.
    public func withAlpha(_ alpha: Double) -> Color {
        Color(red: red, green: green, blue: blue, alpha: alpha)
    }

    public static let black = Color(gray: 0)
    public static let white = Color(gray: 1)
    public static let gray = Color(gray: 0.45)
    /// Right predictions: a bluish green that red-green color-blind readers tell from `wrong`.
    public static let right = Color(hex: 0x00795A)
    /// Wrong predictions: vermilion.
    public static let wrong = Color(hex: 0xC4400A)

    /// The colors of series, told apart by color-blind readers (Okabe and Ito, "Color Universal Design", 2008), ordered
    /// so that the first ones contrast most; the palette's yellow is darkened to be seen on white.
    public static let palette: [Color] = [
        Color(hex: 0x0072B2), Color(hex: 0xD55E00), Color(hex: 0x009E73), Color(hex: 0xCC79A7),
        Color(hex: 0x56B4E9), Color(hex: 0xE69F00), Color(hex: 0x000000), Color(hex: 0xB8A800),
    ]

    /// The relative luminance of WCAG 2, from 0 (black) to 1 (white).
    package var luminance: Double {
        func linear(_ value: Double) -> Double {
            value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055).power(2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The contrast ratio of WCAG 2, from 1 (the same) to 21 (black on white).
    package func contrast(with other: Color) -> Double {
        let (low, high) = (min(luminance, other.luminance), max(luminance, other.luminance))
        return (high + 0.05) / (low + 0.05)
    }

    /// Black or white, whichever is easier to read on this color.
    package var ink: Color {
        contrast(with: .black) >= contrast(with: .white) ? .black : .white
    }

    /// The mix of two colors, from this one (0) to the other (1).
    package func mixed(with other: Color, _ share: Double) -> Color {
        Color(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share, alpha: alpha + (other.alpha - alpha) * share)
    }
}

/// Colors for numbers from 0 to 1, each readable by color-blind readers and in print without color.
public enum ColorMap: Sendable, Hashable {
    /// White to dark blue, for counts and shares.
    case blues
    /// Dark violet to yellow, for values on an image or without a natural zero.
    case viridis
    /// Black over magenta to light yellow, for heat on an image.
    case magma
    /// Blue over white to orange, for values on both sides of zero.
    case diverging

    private var anchors: [UInt32] {
        switch self {
        case .blues:
            [0xF7FBFF, 0xDEEBF7, 0xC6DBEF, 0x9ECAE1, 0x6BAED6, 0x4292C6, 0x2171B5, 0x08519C, 0x08306B]
        case .viridis:
            [
                0x440154, 0x482475, 0x414487, 0x355F8D, 0x2A788E, 0x21918C, 0x22A884, 0x44BF70, 0x7AD151, 0xBDDF26,
                0xFDE725,
            ]
        case .magma:
            [
                0x000004, 0x140E36, 0x3B0F70, 0x641A80, 0x8C2981, 0xB73779, 0xDE4968, 0xF7705C, 0xFE9F6D, 0xFECF92,
                0xFCFDBF,
            ]
        case .diverging:
            [0x0072B2, 0xFFFFFF, 0xD55E00]
        }
    }

    /// The color of `value`, which is taken as 0 below 0 and 1 above 1; a light gray for NaN.
    public func color(at value: Double) -> Color {
        guard !value.isNaN else { return Color(gray: 0.85) }
        let colors = anchors.map(Color.init(hex:))
        let place = max(0, min(1, value)) * Double(colors.count - 1)
        let index = min(Int(place), colors.count - 2)
        return colors[index].mixed(with: colors[index + 1], place - Double(index))
    }
}
