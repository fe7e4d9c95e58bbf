// In which dimensions feature maps have their channels: Swin's layers have them last, most others first.
import Foundation
import Torch

/// Where the channels of feature maps of four dimensions are.
enum MapLayout {
    /// `[batch, channels, height, width]`
    case channelsFirst
    /// `[batch, height, width, channels]`, as within Swin.
    case channelsLast

    /// Told from the shape: last where both sides of the picture have become smaller by about the same factor only so.
    /// Nil for a shape of other than four dimensions.
    init?(_ shape: [Int], of picture: ImageSize) {
        guard shape.count == 4 else { return nil }
        // Rounding of the smallest maps, 3 x 4 to 2 x 2, makes a factor of 4 / 3.
        let factor = Double(picture.height * shape[3]) / Double(max(1, picture.width * shape[2]))
        let isFirst = abs(log(factor)) < 0.3
        let isLast = abs(Double(shape[1]) - Double(shape[2] * picture.height) / Double(picture.width)) <= 1
        self = !isFirst && isLast ? .channelsLast : .channelsFirst
    }

    /// A shape of this layout with the channels first.
    func channelsFirst(_ shape: [Int]) -> [Int] {
        self == .channelsFirst ? shape : [shape[0], shape[3], shape[1], shape[2]]
    }

    /// Maps of this layout with the channels first, without a copy.
    func channelsFirst(_ maps: Tensor) -> Tensor { self == .channelsFirst ? maps : maps.permute(0, 3, 1, 2) }
}
