// RegNet: nets whose widths grow by a rule.
import Torch

/// A RegNet X or Y (Radosavovic et al., 2020) in torchvision's form: pictures `[batch, channels, height, width]` to
/// logits `[batch, classes]`.
///
/// ```swift
/// let model = try Architecture.named("regnet_y_400mf").make(classes: 10)
/// ```
public final class RegNet: Module {
    /// What tells the variants apart.
    struct Configuration: Sendable {
        var depths: [Int]
        var widths: [Int]
        /// The width of the groups of the 3x3 convolutions; a stage that is narrower is one group.
        var groupWidth: Int
        /// Whether blocks squeeze and excite (Y).
        var squeezes: Bool

        static func x(_ depths: [Int], _ widths: [Int], group: Int) -> Configuration {
            Configuration(depths: depths, widths: widths, groupWidth: group, squeezes: false)
        }

        static func y(_ depths: [Int], _ widths: [Int], group: Int) -> Configuration {
            Configuration(depths: depths, widths: widths, groupWidth: group, squeezes: true)
        }
    }

    let stem: Sequential
    let trunkOutput: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    /// The classifier, which may be replaced.
    public var fc: Module

    init(_ configuration: Configuration, _ options: ModelOptions) {
        var channels = 32
        stem = convNormActivation(options.inputChannels, channels, kernelSize: 3, stride: 2, activation: .relu)
        trunkOutput = Sequential(
            named: configuration.depths.indices.map { stage in
                let width = configuration.widths[stage]
                let blocks = (0..<configuration.depths[stage]).map { index in
                    let block = Block(
                        index == 0 ? channels : width, width, stride: index == 0 ? 2 : 1, configuration)
                    return (name: "block\(stage + 1)-\(index)", module: block as Module)
                }
                channels = width
                return ("block\(stage + 1)", Sequential(named: blocks))
            })
        fc = Linear(channels, options.classes)
        super.init()
        apply { module in
            if let conv = module as? Conv2d {
                let fan = conv.kernelSize.reduce(conv.outChannels, *)
                Init.normal_(conv.weight, std: (2 / Double(fan)).squareRoot())
            } else if let linear = module as? Linear {
                Init.normal_(linear.weight, std: 0.01)
                if let bias = linear.bias { Init.zeros_(bias) }
            }
        }
    }

    public override func forward(_ input: Tensor) -> Tensor {
        fc(avgpool(trunkOutput(stem(input))).flatten(startDim: 1))
    }

    /// A 3x3 convolution in groups between two 1x1 ones, around which the input is added.
    private final class Block: Module {
        let proj: Sequential?
        let f: Sequential
        let activation = ReLU(inplace: true)

        init(_ input: Int, _ width: Int, stride: Int, _ configuration: Configuration) {
            proj =
                input == width && stride == 1
                ? nil : convNormActivation(input, width, kernelSize: 1, stride: stride, activation: nil)
            let groups = width / min(configuration.groupWidth, width)
            var layers: [(name: String, module: Module)] = [
                ("a", convNormActivation(input, width, kernelSize: 1, activation: .relu)),
                (
                    "b",
                    convNormActivation(width, width, kernelSize: 3, stride: stride, groups: groups, activation: .relu)
                ),
            ]
            if configuration.squeezes {
                let squeezed = Int((0.25 * Double(input)).rounded(.toNearestOrEven))
                layers.append(("se", SqueezeExcite(width, squeezed: squeezed)))
            }
            layers.append(("c", convNormActivation(width, width, kernelSize: 1, activation: nil)))
            f = Sequential(named: layers)
            super.init()
        }

        override func forward(_ input: Tensor) -> Tensor { activation((proj?(input) ?? input) + f(input)) }
    }

    static let family = ModelFamily(
        .torchvision, cut: .dropLast(2),
        [
            "regnet_y_400mf": .y([1, 3, 6, 6], [48, 104, 208, 440], group: 8),
            "regnet_y_800mf": .y([1, 3, 8, 2], [64, 144, 320, 784], group: 16),
            "regnet_y_1_6gf": .y([2, 6, 17, 2], [48, 120, 336, 888], group: 24),
            "regnet_y_3_2gf": .y([2, 5, 13, 1], [72, 216, 576, 1512], group: 24),
            "regnet_y_8gf": .y([2, 4, 10, 1], [224, 448, 896, 2016], group: 56),
            "regnet_y_16gf": .y([2, 4, 11, 1], [224, 448, 1232, 3024], group: 112),
            "regnet_y_32gf": .y([2, 5, 12, 1], [232, 696, 1392, 3712], group: 232),
            "regnet_y_128gf": .y([2, 7, 17, 1], [528, 1056, 2904, 7392], group: 264),
            "regnet_x_400mf": .x([1, 2, 7, 12], [32, 64, 160, 400], group: 16),
            "regnet_x_800mf": .x([1, 3, 7, 5], [64, 128, 288, 672], group: 16),
            "regnet_x_1_6gf": .x([2, 4, 10, 2], [72, 168, 408, 912], group: 24),
            "regnet_x_3_2gf": .x([2, 6, 15, 2], [96, 192, 432, 1008], group: 48),
            "regnet_x_8gf": .x([2, 5, 15, 1], [80, 240, 720, 1920], group: 120),
            "regnet_x_16gf": .x([2, 6, 13, 1], [256, 512, 896, 2048], group: 128),
            "regnet_x_32gf": .x([2, 7, 13, 1], [336, 672, 1344, 2520], group: 168),
        ] as KeyValuePairs<String, Configuration>, features: { $0.widths.last ?? 0 }, renamed: presentName,
        make: RegNet.init)

    /// What a tensor of timm's files (`regnety_032.ra_in1k`) is called here.
    @Sendable private static func presentName(_ name: String) -> String? {
        name.replacing(/^s(\d+)\.b(\d+)\./) { stage in
            "trunk_output.block\(stage.1).block\(stage.1)-\((Int(stage.2) ?? 1) - 1)."
        }
        .replacing(/\.conv([123])\.(conv|bn)\./) { part in
            ".f.\(["1": "a", "2": "b"][part.1] ?? "c").\(part.2 == "conv" ? 0 : 1)."
        }
        .replacing(/\.se\.fc/, with: ".f.se.fc", maxReplacements: name.hasPrefix("s") ? 1 : 0)
        .replacing(/\.downsample\.(conv|bn)\./) { ".proj.\($0.1 == "conv" ? 0 : 1)." }
        .replacing(/^stem\.(conv|bn)\./) { "stem.\($0.1 == "conv" ? 0 : 1)." }
        .replacing(/^head\.fc\./, with: "fc.")
    }
}
