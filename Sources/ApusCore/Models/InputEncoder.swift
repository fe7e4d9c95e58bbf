// How one of several inputs is read: what makes features of a block's tensors.
import Torch

/// The part of a ``MixedModel`` that makes features of one input, `[batch, features]`.
///
/// Each module says how its own blocks are read, such as `.body(.resnet18)` for pictures and `.tabular()` for rows. For a
/// custom block an encoder is any module from the block's tensors to features:
///
/// ```swift
/// extension InputEncoder where Input == SensorBlock {
///     static func recurrent(width: Int = 64) -> InputEncoder {
///         InputEncoder { block in
///             EncoderModule(SensorNet(channels: block.channels, width: width), features: width)
///         }
///     }
/// }
/// let learner = try mixedLearner(loaders, .body(.resnet18), .recurrent())
/// ```
/// A module of a ``StoredModel`` type is exported with the model; the block lists it among ``InputBlock/storedTypes``, or
/// it is added to the list of types. One that is a ``GroupedModule`` has its own parameter groups.
public struct InputEncoder<Input: InputBlock> {
    /// The batch transforms with those that the encoder's weights ask for.
    ///
    /// - Parameters:
    ///   - given: Those of the data.
    ///   - sample: The block's tensors of a training batch that went through the given transforms.
    public typealias BatchTransforms = (
        _ block: Input, _ given: [any BatchTransform], _ sample: () throws -> [Tensor]
    ) throws -> [any BatchTransform]

    private let make: (Input) throws -> EncoderModule
    private let transforms: BatchTransforms

    /// - Parameters:
    ///   - batchTransforms: Adds what the encoder's weights ask for to the data's batch transforms, such as normalization;
    ///     nothing by default.
    ///   - make: Makes the module for a block that has learned from the data.
    public init(
        batchTransforms: @escaping BatchTransforms = { _, given, _ in given },
        make: @escaping (_ block: Input) throws -> EncoderModule
    ) {
        (self.make, transforms) = (make, batchTransforms)
    }

    /// A module as it is.
    ///
    /// - Parameters:
    ///   - module: From the block's tensors to `[batch, features]`.
    ///   - isPretrained: Whether its weights have learned, so that it is frozen at first.
    public static func module(_ module: Module, features: Int, isPretrained: Bool = false) -> InputEncoder {
        InputEncoder { _ in EncoderModule(module, features: features, isPretrained: isPretrained) }
    }

    /// The module for a block that has learned from the data.
    public func callAsFunction(_ block: Input) throws -> EncoderModule { try make(block) }

    /// The batch transforms of data whose block this is, with those that the encoder's weights ask for.
    public func batchTransforms(
        for block: Input, given: [any BatchTransform], sample: () throws -> [Tensor]
    ) throws -> [any BatchTransform] {
        try transforms(block, given, sample)
    }
}

/// What an ``InputEncoder`` makes for a block.
public struct EncoderModule {
    /// From the block's tensors to `[batch, features]`.
    public let module: Module
    /// How many numbers come out for an item.
    public let features: Int
    /// Whether the weights have learned, so that they are frozen at first.
    public let isPretrained: Bool

    public init(_ module: Module, features: Int, isPretrained: Bool = false) {
        (self.module, self.features, self.isPretrained) = (module, features, isPretrained)
    }
}
