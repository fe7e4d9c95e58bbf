// What a model file stores by name, and the explicit list of types by which it is read again.
import Foundation
import Torch

/// A type whose values a model file stores under a name: a transform, or a model that describes itself.
///
/// The name is in files: it stays when the type is renamed.
public protocol StoredType: SendableMetatype {
    /// The name that stands for the type in a file.
    static var storedName: String { get }
}

/// A type that a model file describes by a configuration.
public protocol ConfiguredType: StoredType {
    /// What a value of the type is made from, such as the widths of a model's layers.
    associatedtype Configuration: Codable & Sendable

    /// The configuration of a model of this type in a file of format 1; nil, the default, for a model of another type.
    static func configuration(ofFormat1 description: Format1Model) throws -> Configuration?
}

extension ConfiguredType {
    public static func configuration(ofFormat1 description: Format1Model) throws -> Configuration? { nil }
}

/// A model that describes itself, so that a file of it can be loaded without the program that made it.
///
/// ```swift
/// final class LetterNet: Module, StoredModel {
///     static let storedName = "LetterNet"
///     struct Configuration: Codable { var classes: Int }
///
///     let configuration: Configuration
///     let conv: Conv2d
///     let head: Linear
///
///     init(_ configuration: Configuration) {
///         self.configuration = configuration
///         conv = Conv2d(1, 8, kernelSize: 3)
///         head = Linear(8, configuration.classes)
///         super.init()
///     }
///
///     override func forward(_ input: Tensor) -> Tensor { head(conv(input).relu().mean(dims: [2, 3])) }
/// }
/// ```
/// The learner of such a model exports it with `export(to:types:)`, and a predictor is made of the file with the same list
/// of types: `.standard.adding(LetterNet.self)`. A head of a ``StoredModel`` type is stored with its body in the same way.
public protocol StoredModel: Module, ConfiguredType {
    /// Makes the model with initial weights.
    ///
    /// Configurations come from files, which may be damaged: refuse what is not possible.
    init(_ configuration: Configuration) throws

    /// What makes the model again.
    var configuration: Configuration { get }

    /// A part that the configuration does not cover, such as "head" for one that is not a ``StoredModel``; nil, the
    /// default, where it covers everything.
    var unstoredPart: String? { get }
}

extension StoredModel {
    public var unstoredPart: String? { nil }
}

/// The types that a model file may name.
///
/// ``standard`` stands for those of the library that go with the file's blocks. Custom ones are added:
///
/// ```swift
/// let types = StoredTypes.standard.adding(MyCrop.self, MyNet.self)
/// try learner.export(to: file, types: types)
/// let predictor = try ImageClassifier(from: file, types: types)
/// ```
/// Nothing in a file is executed, and no type is made that the list lacks.
public struct StoredTypes: Sendable {
    private var types: [any StoredType.Type]

    /// The types that the file's own blocks list; see ``InputBlock/storedTypes``.
    public static let standard = StoredTypes()

    /// A list of types.
    public init(_ types: any StoredType.Type...) { self.types = types }

    /// The list with further types. A type takes the place of an earlier one of the same name.
    public func adding(_ types: any StoredType.Type...) -> StoredTypes { adding(types) }

    /// The list with the types of another one.
    public func adding(_ other: StoredTypes) -> StoredTypes { adding(other.types) }

    private func adding(_ added: [any StoredType.Type]) -> StoredTypes {
        var list = self
        let names = Set(added.map { $0.storedName })
        list.types = types.filter { !names.contains($0.storedName) } + added
        return list
    }

    /// The names in the list.
    public var names: [String] { types.map { $0.storedName } }

    /// The type of a name.
    public subscript(name: String) -> (any StoredType.Type)? { types.first { $0.storedName == name } }

    /// The types in the list that have a configuration.
    var configured: [any ConfiguredType.Type] { types.compactMap { $0 as? any ConfiguredType.Type } }
}

/// What reading a manifest needs to know beside its text.
struct StoredContext: Sendable {
    /// The types that the file may name.
    let types: StoredTypes
    /// What the file is called in messages.
    let file: String

    // The raw value of a key is never refused.
    private static let key = CodingUserInfoKey(rawValue: "apus.stored-types")

    /// A decoder that knows the types.
    var decoder: JSONDecoder {
        let decoder = JSONDecoder.withNonFinite
        if let key = Self.key { decoder.userInfo[key] = self }
        return decoder
    }

    init(types: StoredTypes, file: String) { (self.types, self.file) = (types, file) }

    /// The context that a decoder was given.
    init(of decoder: any Decoder) {
        self =
            Self.key.flatMap { decoder.userInfo[$0] as? StoredContext }
            ?? StoredContext(types: .standard, file: "The file")
    }

    /// The type of a name, as one of the kind that is looked for.
    /// - Throws: ``ModelFileError`` that says how a type is added to the list.
    func type<Kind>(named name: String, _ what: String, as kind: Kind.Type) throws -> Kind {
        guard let type = types[name] else {
            throw ModelFileError(
                "\(file) uses the \(what) \"\(name)\", which is not in the list of types it is read with. Add its Swift "
                    + "type: types: .standard.adding(\(name).self). The list has \(types.names.joined(separator: ", "))."
            )
        }
        guard let type = type as? Kind else {
            throw ModelFileError("\(file) lists \(name) as the \(what), but \(type) is not one.")
        }
        return type
    }
}

/// A model without its weights, as a file has it: the name of its type and its configuration.
///
/// A configuration may hold one for a part of its model, such as the head of a ``StoredModel`` type.
public struct StoredDescription: Codable, Sendable {
    /// The type of the model.
    public let type: any ConfiguredType.Type
    /// What the model is made from.
    public let configuration: any Codable & Sendable

    /// The description of a model.
    public init<Model: StoredModel>(_ model: Model) { self.init(Model.self, model.configuration) }

    /// The description by a configuration.
    public init<Described: ConfiguredType>(_ type: Described.Type, _ configuration: Described.Configuration) {
        (self.type, self.configuration) = (type, configuration)
    }

    /// The name of the model's type.
    public var name: String { type.storedName }

    /// The model with initial weights.
    /// - Throws: ``ModelFileError`` for a type that is not a ``StoredModel``, else what the model's initializer throws.
    public func make() throws -> Module {
        guard let type = type as? any StoredModel.Type else {
            throw ModelFileError("A \(name) is not a network; load the file with its own type.")
        }
        return try type.made(of: configuration)
    }

    private enum Key: String, CodingKey { case name, configuration }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let name = try container.decode(String.self, forKey: .name)
        let type = try StoredContext(of: decoder).type(named: name, "model", as: (any ConfiguredType.Type).self)
        self.type = type
        configuration = try type.configuration(in: container, forKey: .configuration)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(configuration, forKey: .configuration)
    }
}

extension ConfiguredType {
    fileprivate static func configuration<Key: CodingKey>(
        in container: KeyedDecodingContainer<Key>, forKey key: Key
    ) throws -> any Codable & Sendable {
        try container.decode(Configuration.self, forKey: key)
    }

    /// The model of a description of format 1; nil where it is of another type.
    static func stored(ofFormat1 description: Format1Model) throws -> StoredDescription? {
        try configuration(ofFormat1: description).map { StoredDescription(Self.self, $0) }
    }
}

extension StoredModel {
    // A type that is known at run time alone is asked by this: a generic function cannot be given one of a class.
    fileprivate static func made(of configuration: any Codable & Sendable) throws -> Module {
        guard let configuration = configuration as? Configuration else {
            throw ModelFileError("The configuration of \(storedName) is not of the type \(Configuration.self).")
        }
        return try Self(configuration)
    }
}

/// A transform with its settings, as a file has it.
struct StoredTransform: Codable {
    let transform: any Transform

    init(_ transform: any Transform) { self.transform = transform }

    init(from decoder: any Decoder) throws { transform = try decoder.storedValue("transform") }

    func encode(to encoder: any Encoder) throws { try encoder.encodeStored(transform) }
}

private typealias StoredDecodable = StoredType & Decodable

private enum StoredValueKey: String, CodingKey { case name, settings }

extension Decoder {
    /// A value whose type the model file names, for a block whose settings hold values of any type, as a file's transforms
    /// are. The type must be among the file's ``StoredTypes``; ``Encoder/encodeStored(_:)`` has written the value.
    ///
    /// - Parameter what: What the value is, for messages: "table step".
    /// - Throws: ``ModelFileError`` that says how a type is added to the list, or that the type is of another kind.
    public func storedValue<Value>(_ what: String) throws -> Value {
        let container = try self.container(keyedBy: StoredValueKey.self)
        let name = try container.decode(String.self, forKey: .name)
        let context = StoredContext(of: self)
        let type = try context.type(named: name, what, as: (any StoredDecodable.Type).self)
        guard let value = try container.decode(type, forKey: .settings) as? Value else {
            throw ModelFileError("\(context.file) lists \(name) as the \(what), but \(type) is not one.")
        }
        return value
    }
}

extension Encoder {
    /// Writes a value under its type's stored name, so that ``Decoder/storedValue(_:)`` reads it again.
    public func encodeStored(_ value: any StoredType & Encodable) throws {
        var container = self.container(keyedBy: StoredValueKey.self)
        try container.encode(type(of: value).storedName, forKey: .name)
        try container.encode(value, forKey: .settings)
    }
}
