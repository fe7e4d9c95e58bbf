// The architectures by name, with what a learner has to know of each.
// The names of versions are the published ones.
// swift-format-ignore-file: AlwaysUseLowerCamelCase
import ApusCore
import Foundation
import Torch

/// A model for pictures by its name: how to make it, where its published weights are, how they want their pictures, and
/// how it is taken apart for transfer learning.
///
/// Names and parameters are torchvision's or timm's. A name with a tag behind a dot is one of timm's, and the tag says
/// which weights; a name without is torchvision's where torchvision has it, else timm's with the usual weights.
///
/// ```swift
/// let model = Architecture.resnet34.make(classes: 37)
/// let chosen = try Architecture.named("convnext_tiny.fb_in22k")
/// listModels("convnext*")
/// ```
public struct Architecture: Sendable, Hashable, CustomStringConvertible {
    /// How the published weights' pictures were resized.
    public enum Interpolation: String, Sendable {
        case bilinear
        case bicubic
    }

    /// The name, such as "resnet34" or "convnext_tiny.fb_in22k".
    public let name: String
    /// The height and width of the pictures that the published weights were made with.
    public let inputSize: Int
    /// Which part of a picture's height and width was cropped for the published weights, after resizing.
    public let cropFraction: Double
    /// How pictures are resized for the published weights.
    public let interpolation: Interpolation
    /// The mean of each channel, of values from 0 to 1, by which pictures are normalized for the published weights.
    public let mean: [Double]
    /// The standard deviation of each channel.
    public let std: [Double]
    /// The published weights, if there are any.
    public let publishedWeights: PublishedWeights?
    /// The number of channels that the body gives to the head.
    public let features: Int
    /// Whether the model takes pictures of ``inputSize`` only, as most transformers do.
    public let isFixedSize: Bool
    let form: Form

    /// How a model is made and taken apart.
    struct Form: Sendable {
        let cut: ModelFamily.BodyCut
        let split: ModelFamily.BodySplit
        let publisher: ModelFamily.Publisher
        /// The side of the patches of a model of a fixed size that can be made for other ones.
        var patch: Int?
        let renamed: @Sendable (Set<String>) -> [String: String]
        let make: @Sendable (ModelOptions) -> Module
        /// Whether the body is a custom one, whatever its name.
        var isCustom = false
    }

    init(
        name: String, inputSize: Int = 224, cropFraction: Double = 0.875, interpolation: Interpolation = .bilinear,
        mean: [Double] = [0.485, 0.456, 0.406], std: [Double] = [0.229, 0.224, 0.225],
        weights: PublishedWeights? = nil, features: Int, isFixedSize: Bool = false, form: Form
    ) {
        self.name = name
        self.inputSize = inputSize
        self.cropFraction = cropFraction
        self.interpolation = interpolation
        self.mean = mean
        self.std = std
        publishedWeights = weights
        self.features = features
        self.isFixedSize = isFixedSize
        self.form = form
    }

    /// The whole model with its own classifier, with initial weights.
    public func make(classes: Int = 1000, inputChannels: Int = 3) -> Module {
        form.make(ModelOptions(classes: classes, inputChannels: inputChannels, inputSize: inputSize))
    }

    public static func == (lhs: Architecture, rhs: Architecture) -> Bool { lhs.name == rhs.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    public var description: String { name }

    // MARK: Names in the code; ``named(_:)`` and ``listModels(_:pretrained:)`` know many more

    public static let resnet18 = builtIn("resnet18")
    public static let resnet34 = builtIn("resnet34")
    public static let resnet50 = builtIn("resnet50")
    public static let resnet101 = builtIn("resnet101")
    public static let resnet152 = builtIn("resnet152")
    public static let squeezenet1_0 = builtIn("squeezenet1_0")
    public static let squeezenet1_1 = builtIn("squeezenet1_1")

    private static func builtIn(_ name: String) -> Architecture {
        guard let found = ArchitectureRegistry.shared[name] else { preconditionFailure("\(name) is no architecture") }
        return found
    }

    /// All architectures: one for each name, and one for each of timm's published weights.
    public static var all: [Architecture] { ArchitectureRegistry.shared.architectures }

    /// The architecture of a name.
    ///
    /// A name that timm used before, such as "convnext_tiny_in22k", gives the present one with a warning. "timm/" in front of a name, as on the hub, is allowed.
    ///
    /// - Throws: ``ArchitectureError/unknown(name:near:)``.
    public static func named(_ name: String) throws -> Architecture {
        let plain = String(name.trimmingPrefix("hf_hub:").trimmingPrefix("timm/"))
        let registry = ArchitectureRegistry.shared
        if let found = registry[plain] { return found }
        if let present = registry.presentName(of: plain), let found = registry[present] {
            Reporting.current.warning("the architecture \"\(plain)\" is called \"\(present)\" now.")
            return found
        }
        throw ArchitectureError.unknown(name: name, near: registry.names(near: plain))
    }
}

/// The names of the architectures that match a pattern, in which `*` stands for any characters and `?` for one.
///
/// ```swift
/// listModels("convnext*")                        // ["convnext_atto", "convnext_atto_ols", ...]
/// listModels("convnext_tiny*", pretrained: true) // [..., "convnext_tiny.fb_in22k", ...]
/// ```
/// - Parameter pretrained: Whether each of the published weights is listed, with timm's tags, instead of each
///   architecture.
public func listModels(_ pattern: String = "*", pretrained: Bool = false) -> [String] {
    let registry = ArchitectureRegistry.shared
    let names =
        pretrained
        ? registry.architectures.filter { $0.publishedWeights != nil }.map(\.name) : registry.variants
    return names.filter { matches($0[...], pattern[...]) }.sorted {
        $0.localizedStandardCompare($1) == .orderedAscending
    }
}

/// Whether a text is of the form of a pattern with `*` and `?`.
private func matches(_ text: Substring, _ pattern: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
        return text.indices.contains { matches(text[$0...], pattern.dropFirst()) }
            || matches(text[text.endIndex...], pattern.dropFirst())
    }
    return text.first.map { (first == "?" || first == $0) && matches(text.dropFirst(), pattern.dropFirst()) } ?? false
}

/// What can go wrong with the choice of an architecture.
public enum ArchitectureError: Error, Equatable, CustomStringConvertible {
    /// There is no architecture of this name; `near` are names that look like it.
    case unknown(name: String, near: [String])
    /// The weights are not those of the architecture of this name; `fitting` is the name of one that takes them.
    case otherWeights(name: String, reason: String, fitting: String?)
    /// A body of one's own gives neither pictures nor vectors; `shape` is what it gave for two pictures.
    case unsuitableBody(name: String, shape: [Int])
    /// The architecture cannot be made for another size of pictures than this one.
    case fixedSize(name: String, size: Int)
    /// The architecture cannot be made for this size of pictures, only for multiples of the step.
    case unsuitableSize(name: String, size: Int, step: Int)

    public var description: String {
        switch self {
        case .unknown(let name, let near):
            "There is no architecture \"\(name)\"; "
                + (near.isEmpty ? "" : "did you mean \(near.joined(separator: ", "))? ")
                + "listModels() names all of them, listModels(\"resnet*\") some."
        case .otherWeights(let name, let reason, let fitting):
            "The weights are not those of \"\(name)\": \(reason). "
                + (fitting.map { "They fit \"\($0)\"." } ?? "Give weights of this architecture.")
        case .unsuitableBody(let name, let shape):
            "The body \"\(name)\" gives \(shape) for two pictures; expected is [2, features, height, width], or "
                + "[2, features] of a body that pools. Let it return its last feature maps."
        case .fixedSize(let name, let size):
            "The architecture \"\(name)\" takes pictures of \(size) by \(size) pixels only; resize them to \(size), or "
                + "choose a ViT, which can be made for other sizes, or an architecture that takes any, such as a ConvNeXt."
        case .unsuitableSize(let name, let size, let step):
            "The architecture \"\(name)\" cannot be made for pictures of \(size) pixels; give a positive multiple of \(step)."
        }
    }
}
