"""Makes forms.json: what files of the other publisher than the one whose names are used here make of a picture.

usage: python make_form_fixtures.py       (torchvision 0.28, timm 1.0.31; writes beside itself)

architecture -> {"shapes": {name in the file: shape}, "size": pixels, "features": the output of the body for the picture
sin(0.05 * i), i counting all numbers of [1, 3, size, size]}. Small nets of the publisher's class; tensor number t (names
sorted) has the numbers 0.3 * sin(0.7 * i + t), those of one axis 1 more, running variances their square plus 0.5.
"""

import json
from pathlib import Path

try:
    import tvstub  # noqa: F401  torchvision's Python part where its C++ part does not load
except ModuleNotFoundError:
    pass
import timm
import torch
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2
from torchvision.models.vision_transformer import VisionTransformer


def fill(model):
    state = model.state_dict()
    for turn, name in enumerate(sorted(state)):
        value = state[name]
        if not value.is_floating_point() or name.endswith("coords_table"):
            continue
        numbers = 0.3 * torch.sin(0.7 * torch.arange(value.numel(), dtype=torch.float64) + turn)
        if value.dim() == 1:
            numbers += 1
        if name.endswith("running_var"):
            numbers = numbers * numbers + 0.5
        value.copy_(numbers.reshape(value.shape))
    return model.eval()


def picture(size):
    return torch.sin(0.05 * torch.arange(3 * size * size, dtype=torch.float64)).float().reshape(1, 3, size, size)


def swin(**options):
    model = fill(SwinTransformer([4, 4], 8, [2, 1], [2, 2], [4, 4], **options))
    return model, 32, lambda x: model.permute(model.norm(model.features(x)))


def cases():
    convnext = fill(ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, 24, 1), CNBlockConfig(24, 32, 2),
                              CNBlockConfig(32, None, 1)]))
    yield "convnext", (convnext, 64, convnext.features)
    yield "swin", swin()
    yield "swinv2", swin(block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2)
    vit = fill(VisionTransformer(32, 8, 2, 2, 16, 64))

    def token(x):
        tokens = vit._process_input(x)
        return vit.encoder(torch.cat([vit.class_token.expand(len(x), -1, -1), tokens], dim=1))[:, 0]

    yield "vit", (vit, 32, token)
    regnet = fill(timm.models.regnet.RegNet(timm.models.regnet.RegNetCfg(
        depth=5, w0=16, wa=16.0, wm=1.8, group_size=8, se_ratio=0.25)))
    yield "regnet", (regnet, 64, regnet.forward_features)


def main():
    result = {}
    for name, (model, size, features) in cases():
        shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
        with torch.no_grad():
            output = features(picture(size)).flatten()
        result[name] = {"shapes": shapes, "size": size, "features": [float(f"{x:.7g}") for x in output[:200].tolist()]}
    path = Path(__file__).parent / "forms.json"
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    with torch.no_grad():
        main()
