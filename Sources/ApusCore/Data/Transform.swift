// Transforms: the steps between a loaded value and what the model sees.

/// A step of the data pipeline that an exported model can carry.
public protocol Transform: Sendable, Codable {
    /// The name that stands for the type in an exported model.
    static var name: String { get }

    /// Refuses parameters that make no sense or would do nothing; called when loaders are made. Refuses nothing by
    /// default.
    func check() throws
}

extension Transform {
    public func check() throws {}
}

/// A transform of one item, before items are joined to a batch; runs on the loader's threads.
public protocol ItemTransform: Transform {
    /// The least size of picture that the transform can make good use of; nil for the whole.
    func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)?

    /// Transforms the values of one item, input and target together, with one draw.
    func apply(_ values: inout [any Sendable], isTraining: Bool, random: inout SeededRandom) throws
}

extension ItemTransform {
    public func sizeNeeded(isTraining: Bool) -> (height: Int, width: Int)? { nil }
}

/// A transform of a whole batch; what it does is up to the input block that understands it.
public protocol BatchTransform: Transform {
    /// Whether the transform belongs to the model rather than to the data: new data for a trained model takes it over.
    var belongsToModel: Bool { get }
}

extension BatchTransform {
    public var belongsToModel: Bool { false }
}
