// How a value looks in a figure: a picture, marks on a picture, texts.
import ApusPlot

/// How a value looks in a figure, as a block says of its values.
///
/// A value is a picture (`image`), something drawn on the picture of its item (`overlays`, for a mask or points), or texts:
/// captions below pictures, cells of a table elsewhere. A block of several values has the parts of each.
///
/// ```swift
/// func appearance(of value: Mask, on picture: PlotImage?) -> Appearance { .overlays([.mask(value.rows)]) }
/// ```
public struct Appearance: Sendable {
    /// A text and what it is about.
    public struct Label: Sendable, Hashable {
        /// The name of the table's column; nil for a value that is the only one of its kind.
        public var name: String?
        /// What is read.
        public var text: String

        public init(name: String? = nil, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// The picture that the value is.
    public var image: PlotImage?
    /// Further pictures, of a value that has several, such as two photographs to be compared.
    public var furtherImages: [PlotImage]
    /// What is drawn on the picture of the item.
    public var overlays: [Overlay]
    /// What is read.
    public var labels: [Label]

    public init(
        image: PlotImage? = nil, furtherImages: [PlotImage] = [], overlays: [Overlay] = [], labels: [Label] = []
    ) {
        self.image = image
        self.furtherImages = furtherImages
        self.overlays = overlays
        self.labels = labels
    }

    /// A picture.
    public static func image(_ image: PlotImage) -> Appearance { Appearance(image: image) }

    /// Marks on the picture of the item.
    public static func overlays(_ overlays: [Overlay]) -> Appearance { Appearance(overlays: overlays) }

    /// A text.
    public static func text(_ text: String) -> Appearance { Appearance(labels: [Label(text: text)]) }

    /// All its pictures.
    var images: [PlotImage] { (image.map { [$0] } ?? []) + furtherImages }

    /// The texts in one, with their names where they have some.
    var caption: String {
        labels.map { label in label.name.map { "\($0): \(label.text)" } ?? label.text }.joined(separator: "\n")
    }
}

extension Block {
    public func appearance(of value: Value, on picture: PlotImage?) throws -> Appearance { .text("\(value)") }
}
