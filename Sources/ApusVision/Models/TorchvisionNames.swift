// The names in torchvision's files of architectures that are in timm's form here: ConvNeXt, Swin and ViT.
import Foundation

/// What tensors of torchvision's files are called here; names that are none of theirs stay as they are.
enum TorchvisionNames {
    /// Of a `ConvNeXt` (`convnext_tiny-983f1562.pth`).
    static func convNeXt(_ name: String) -> String {
        guard let parts = name.wholeMatch(of: /features\.(\d+)\.(\d+)\.(.+)/), let layer = Int(parts.1) else {
            return name.replacing(/^classifier\.0\./, with: "head.norm.")
                .replacing(/^classifier\.2\./, with: "head.fc.")
        }
        let (place, rest) = (parts.2, parts.3)
        guard layer > 0 else { return "stem.\(place).\(rest)" }
        guard layer % 2 == 1 else { return "stages.\(layer / 2).downsample.\(place).\(rest)" }
        let own = rest.replacing("layer_scale", with: "gamma").replacing(/^block\.0\./, with: "conv_dw.")
            .replacing(/^block\.2\./, with: "norm.").replacing(/^block\.3\./, with: "mlp.fc1.")
            .replacing(/^block\.5\./, with: "mlp.fc2.")
        return "stages.\(layer / 2).blocks.\(place).\(own)"
    }

    /// Of a `SwinTransformer` (`swin_t-704ceda3.pth`, `swin_v2_t-b137f0e2.pth`).
    static func swin(_ name: String) -> String {
        guard let parts = name.wholeMatch(of: /features\.(\d+)\.(.+)/), let layer = Int(parts.1) else {
            return name.replacing(/^head\./, with: "head.fc.")
        }
        let rest = parts.2
        guard layer > 0 else {
            return "patch_embed.\(rest.replacing(/^0\./, with: "proj.").replacing(/^2\./, with: "norm."))"
        }
        guard layer % 2 == 1 else { return "layers.\(layer / 2).downsample.\(rest)" }
        return "layers.\(layer / 2).blocks." + perceptron(String(rest))
    }

    /// Of a `VisionTransformer` (`vit_b_16-c867db91.pth`).
    static func vision(_ name: String) -> String {
        let block = name.replacing(/^encoder\.layers\.encoder_layer_(\d+)\./) { "blocks.\($0.1)." }
        guard block == name else {
            return perceptron(block).replacing("ln_1", with: "norm1").replacing("ln_2", with: "norm2")
                .replacing("self_attention.in_proj_", with: "attn.qkv.")
                .replacing("self_attention.out_proj", with: "attn.proj")
                .replacing("linear_", with: "fc")
        }
        return name.replacing("class_token", with: "cls_token").replacing("conv_proj", with: "patch_embed.proj")
            .replacing("encoder.pos_embedding", with: "pos_embed").replacing(/^encoder\.ln\./, with: "norm.")
            .replacing(/^heads\.head\./, with: "head.")
    }

    private static func perceptron(_ name: String) -> String {
        name.replacing(".mlp.0.", with: ".mlp.fc1.").replacing(".mlp.3.", with: ".mlp.fc2.")
    }
}
