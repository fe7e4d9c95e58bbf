// Pictures as targets: a model that turns one picture into another.
import ApusCore
import Torch

extension ImageBlock: TargetBlock {
    public static var task: String { "image to image" }

    /// The channels.
    public var outputCount: Int { channels }

    /// The mean squared error of the pixels, normalized where the data is.
    public var defaultLoss: Loss { .mse }

    /// The picture of an output `[channels, height, width]` with colors of 0 to 1; what lies outside is cut off.
    public func prediction(from output: Tensor) throws -> Image { try decode(output) }
    public func prediction(from output: Tensor, decision: Tensor) throws -> Image { try decode(decision.float()) }

    /// The picture itself.
    public var decision: Decision? { .identity }

    /// Pictures are read in the colors that the model puts out.
    public func reading(labelsOf other: ImageBlock) -> ImageBlock { self }

    public func difference(from other: ImageBlock) -> String? {
        other.mode == mode ? nil : "its pictures are \(other.mode.rawValue), the model was made for \(mode.rawValue)"
    }
}
