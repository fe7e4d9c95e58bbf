"""Writes Sources/ApusVision/Models/ModelCatalog.swift: the published weights of torchvision and timm.

usage: python scripts/make_model_catalog.py        (torchvision 0.28, timm 1.0.31)

The families in Sources/ApusVision/Models say which architectures there are; VARIANTS says the same here, in timm's
names. A test fails where the catalog has a name that no family makes.
"""

from pathlib import Path

try:
    import tvstub  # noqa: F401  torchvision's Python part where its C++ part does not load
except ModuleNotFoundError:
    pass
import torchvision
from timm.models import get_pretrained_cfg, list_models
from timm.models._registry import _deprecated_models

TORCHVISION = """
resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2
wide_resnet101_2 squeezenet1_0 squeezenet1_1 alexnet vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn
densenet121 densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0
efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf
regnet_y_8gf regnet_y_16gf regnet_y_32gf regnet_y_128gf regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf
regnet_x_8gf regnet_x_16gf regnet_x_32gf
"""

VARIANTS = """
convnext_atto convnext_atto_ols convnext_femto convnext_femto_ols convnext_pico convnext_pico_ols convnext_nano
convnext_nano_ols convnext_tiny_hnf convnext_tiny convnext_small convnext_base convnext_large convnext_large_mlp
convnext_xlarge convnext_xxlarge convnextv2_atto convnextv2_femto convnextv2_pico convnextv2_nano convnextv2_tiny
convnextv2_small convnextv2_base convnextv2_large convnextv2_huge
resnet10t resnet14t resnet18 resnet18d resnet26 resnet26d resnet26t resnet34 resnet34d resnet50 resnet50c resnet50d
resnet50s resnet50t resnet101 resnet101c resnet101d resnet101s resnet152 resnet152c resnet152d resnet152s resnet200d
resnext50_32x4d resnext50d_32x4d resnext101_32x4d resnext101_32x8d resnext101_32x16d resnext101_32x32d resnext101_64x4d
wide_resnet50_2 wide_resnet101_2
mobilenetv2_050 mobilenetv2_100 mobilenetv2_110d mobilenetv2_120d mobilenetv2_140 mobilenetv3_small_050
mobilenetv3_small_075 mobilenetv3_small_100 mobilenetv3_large_100 mobilenetv3_large_150d mobilenetv3_rw
efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_lite0
efficientnetv2_rw_t efficientnetv2_rw_s efficientnetv2_rw_m
tf_efficientnet_b0 tf_efficientnet_b1 tf_efficientnet_b2 tf_efficientnet_b3 tf_efficientnet_b4 tf_efficientnet_b5
tf_efficientnet_b6 tf_efficientnet_b7 tf_efficientnet_b8 tf_efficientnet_l2 tf_efficientnet_lite0 tf_efficientnet_lite1
tf_efficientnet_lite2 tf_efficientnet_lite3 tf_efficientnet_lite4 tf_efficientnetv2_b0 tf_efficientnetv2_b1
tf_efficientnetv2_b2 tf_efficientnetv2_b3 tf_efficientnetv2_s tf_efficientnetv2_m tf_efficientnetv2_l
tf_efficientnetv2_xl
vit_tiny_patch16_224 vit_tiny_patch16_384 vit_small_patch32_224 vit_small_patch32_384 vit_small_patch16_224
vit_small_patch16_384 vit_small_patch8_224 vit_base_patch32_224 vit_base_patch32_384 vit_base_patch16_224
vit_base_patch16_384 vit_base_patch8_224 vit_large_patch32_384 vit_large_patch16_224 vit_large_patch16_384
vit_base_patch16_224_miil vit_base_patch32_clip_224 vit_base_patch32_clip_384 vit_base_patch32_clip_448
vit_base_patch16_clip_224 vit_base_patch16_clip_384 vit_large_patch14_clip_224 vit_large_patch14_clip_336
vit_huge_patch14_clip_224 vit_huge_patch14_clip_336 vit_small_patch14_dinov2 vit_base_patch14_dinov2
vit_large_patch14_dinov2 vit_small_patch14_reg4_dinov2 vit_base_patch14_reg4_dinov2 vit_large_patch14_reg4_dinov2
deit_tiny_patch16_224 deit_small_patch16_224 deit_base_patch16_224 deit_base_patch16_384
deit_tiny_distilled_patch16_224 deit_small_distilled_patch16_224 deit_base_distilled_patch16_224
deit_base_distilled_patch16_384 deit3_small_patch16_224 deit3_small_patch16_384 deit3_medium_patch16_224
deit3_base_patch16_224 deit3_base_patch16_384 deit3_large_patch16_224 deit3_large_patch16_384 deit3_huge_patch14_224
swin_tiny_patch4_window7_224 swin_small_patch4_window7_224 swin_base_patch4_window7_224 swin_base_patch4_window12_384
swin_large_patch4_window7_224 swin_large_patch4_window12_384
swinv2_tiny_window8_256 swinv2_tiny_window16_256 swinv2_small_window8_256 swinv2_small_window16_256
swinv2_base_window8_256 swinv2_base_window16_256 swinv2_base_window12_192 swinv2_base_window12to16_192to256
swinv2_base_window12to24_192to384 swinv2_large_window12_192 swinv2_large_window12to16_192to256
swinv2_large_window12to24_192to384
levit_128s levit_128 levit_192 levit_256 levit_384
beit_base_patch16_224 beit_base_patch16_384 beit_large_patch16_224 beit_large_patch16_384 beit_large_patch16_512
beitv2_base_patch16_224 beitv2_large_patch16_224
"""

STATISTICS = {0.485: "imagenet", 0.48145466: "clip", 0.5: "half", 0.0: "none"}
# Text and image towers, and weights under licenses that have to be accepted first.
LEFT_OUT = ("dinov3", "eupe")


def number(value):
    return f"{value:.4f}".rstrip("0").rstrip(".")


def torchvision_rows():
    for name in TORCHVISION.split():
        weights = torchvision.models.get_model_weights(name).DEFAULT
        form = weights.transforms()
        assert form.mean[0] in STATISTICS, name
        yield " ".join([
            name, str(form.crop_size[0]), number(form.crop_size[0] / form.resize_size[0]), form.interpolation.value,
            STATISTICS[form.mean[0]], str(len(weights.meta["categories"])), weights.url.rsplit("/", 1)[-1],
        ])


def timm_rows():
    for variant in VARIANTS.split():
        names = list_models(variant + ".*", pretrained=True)
        default = get_pretrained_cfg(variant)
        full = f"{variant}.{default.tag}" if default is not None and default.tag else None
        for name in sorted(names, key=lambda name: (name != full, name)):
            form = get_pretrained_cfg(name)
            if any(word in form.tag for word in LEFT_OUT):
                continue
            if form.custom_load == "hf" or form.hf_hub_id not in ("timm/", f"timm/{name}"):
                print("left out:", name, form.hf_hub_id)
                continue
            yield " ".join([
                name, str(form.input_size[1]), number(form.crop_pct), form.interpolation, STATISTICS[form.mean[0]],
                str(form.num_classes),
            ])


def old_names(names):
    """(old, present) pairs; a present name without a tag gets the default one."""
    defaults = {}
    for name in names:
        defaults.setdefault(name.split(".")[0], name)
    renamed = {old: defaults.get(new, new) for old, new in _deprecated_models.items()}
    # timm sends all widths of these to the narrowest one's weights.
    renamed.pop("ig_resnext101_32x48d", None)
    for width in ("16", "32"):
        renamed[f"ig_resnext101_32x{width}d"] = f"resnext101_32x{width}d.fb_wsl_ig1b_ft_in1k"
    return sorted((old, new) for old, new in renamed.items() if new in names)


def main():
    timm = list(timm_rows())
    renamed = old_names([row.split()[0] for row in timm])
    lines = [
        "// The published weights by name. Written by scripts/make_model_catalog.py; don't edit.", "",
        "extension Architecture {",
        "    /// torchvision's: name, height and width of the pictures, the part of a resized picture that is cropped,",
        "    /// interpolation, statistics, classes, and the file under https://download.pytorch.org/models.",
        '    static let torchvisionCatalog = """',
        *(f"        {row}" for row in torchvision_rows()),
        '        """', "",
        "    /// timm's: the same without the file, which is model.safetensors in the repository timm/NAME of the hub.",
        "    /// The first tag of an architecture is the one that its name alone stands for.",
        '    static let timmCatalog = """',
        *(f"        {row}" for row in timm),
        '        """', "",
        "    /// Names that timm used before, and what they are now.",
        '    static let oldNames = """',
        *(f"        {old} {new}" for old, new in renamed),
        '        """',
        "}", "",
    ]
    path = Path(__file__).parent.parent / "Sources/ApusVision/Models/ModelCatalog.swift"
    path.write_text("\n".join(lines))
    print(f"{path.name}: {len(lines)} lines, {len(renamed)} old names")
    have = {row.split(".")[0] for row in timm}
    print("without weights:", [name for name in VARIANTS.split() if name not in have])


if __name__ == "__main__":
    main()
