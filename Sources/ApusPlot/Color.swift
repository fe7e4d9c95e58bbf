// Colours: the palette of the figures, colour maps for numbers, and legible ink on a ground.

/// A colour in sRGB, each part from 0 to 1.
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

    /// A grey from 0 (black) to 1 (white).
    public init(gray: Double) {
        self.init(red: gray, green: gray, blue: gray)
    }

    /// A colour from its 24-bit number, as in `Color(hex: 0x0072B2)`.
    public init(hex: UInt32) {
        self.init(
            red: Double((hex >> 16) & 255) / 255, green: Double((hex >> 8) & 255) / 255, blue: Double(hex & 255) / 255)
    }

    /// The same colour, more or less transparent.
    public func withAlpha(_ alpha: Double) -> Color {
        Color(red: red, green: green, blue: blue, alpha: alpha)
    }

    public static let black = Color(gray: 0)
    public static let white = Color(gray: 1)
    public static let gray = Color(gray: 0.45)
    /// Right predictions: a bluish green that red-green colour-blind readers tell from `wrong`.
    public static let right = Color(hex: 0x00795A)
    /// Wrong predictions: vermilion.
    public static let wrong = Color(hex: 0xC4400A)

    /// The colours of series, told apart by colour-blind readers (Okabe and Ito, "Color Universal Design", 2008), ordered
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

    /// Black or white, whichever is easier to read on this colour.
    package var ink: Color {
        contrast(with: .black) >= contrast(with: .white) ? .black : .white
    }

    /// The mix of two colours, from this one (0) to the other (1).
    package func mixed(with other: Color, _ share: Double) -> Color {
        Color(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share, alpha: alpha + (other.alpha - alpha) * share)
    }
}
