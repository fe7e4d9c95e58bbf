"""Makes the expected results of the families of architectures, as torchvision, timm and fastai compute them.

usage: python make_family_fixtures.py [NAME...]       (torchvision 0.28, timm 1.0.31, fastai 2.8; writes beside itself)
With names only those entries of families.json are made anew, with "architectures" only the other file.

architectures.json  architecture -> [entries of the state_dict, parameters, sum]: of the model for 1000 classes; the sum
                    is FNV-1a (64 bits) over the sorted lines "name size,size,...\\n".
families.json       name, or "short name" of one with fewer and narrower blocks -> {"size", "features": [norm, first,
                    last], "feature_shape", "logits", "loss", "gradients": {parameter: [norm, first, last]}, "groups":
                    [elements of each of fastai's parameter groups], "head": elements of fastai's head}, for 10 classes

How both sides make the weights. For each entry of the state_dict, sorted by name, after torch.manual_seed(7):

    name ends with                      value
    num_batches_tracked                 0, nothing drawn
    running_mean, bias                  spread(shape) * 0.1
    running_var                         rand(shape) + 0.5
    one axis                            rand(shape) * 0.5 + 0.5
    other                               spread(shape) * sqrt(2 / fan_in),  fan_in = elements / shape[0]
    two axes, > 4 million elements      the same with 64 columns, divided by 16 and repeated

spread() is that of fixture_json.py. torch.manual_seed(8) draws spread(4, 3, size, size) for the features and logits in evaluation mode; the loss is the
cross-entropy with the targets 3, 7, 0, 9, its gradients in training mode with every dropout and drop path at zero.
They are computed in float64: in float32 the rounding of small batches, which ReLU and normalisation magnify, depends on
the number of threads. Gradients that are zero but for rounding, as of biases before a normalisation, are left out.
Of AlexNet and VGG, which have the largest classifiers, the loss is the mean square of the features, to save time.
"""

import json
import math
import sys
import warnings
from functools import partial
from pathlib import Path

try:
    import tvstub  # noqa: F401  torchvision's Python part where its C++ part does not load
except ModuleNotFoundError:
    pass
import timm
import torch
import torchvision
from fastai.vision.all import AdaptiveConcatPool2d  # noqa: F401
from fastai.vision import models as fastai_models
from fastai.vision.learner import create_timm_model, create_vision_model, default_split, model_meta
from timm.layers import DropPath
from torch import nn
from torchvision.models.efficientnet import FusedMBConvConfig, MBConvConfig
from torchvision.models.resnet import Bottleneck
from torchvision.ops import StochasticDepth

warnings.filterwarnings("ignore")
here = Path(__file__).parent
sys.path.insert(0, str(here.parent.parent))
sys.path.insert(0, str(here.parent.parent.parent / "scripts"))
from fixture_json import spread, write  # noqa: E402
from make_model_catalogue import TORCHVISION, VARIANTS  # noqa: E402

FASTAI = """
xresnet18 xresnet34 xresnet50 xresnet101 xresnet152 xresnet18_deep xresnet34_deep xresnet50_deep xresnet18_deeper
xresnet34_deeper xresnet50_deeper xresnext18 xresnext34 xresnext50 xresnext101
"""

# Elements of a parameter that is filled otherwise and gets no gradient.
LARGE = 4_000_000

# name -> (publisher, pictures' size, options)
MEMBERS = {
    "alexnet": ("torchvision", 64, {}),
    "vgg11_bn": ("torchvision", 32, {}),
    "short resnext50_32x4d": ("torchvision", 64, {"layers": [1, 1, 1, 1], "groups": 32, "width_per_group": 4}),
    "short densenet121": ("torchvision", 64, {"growth_rate": 8, "num_init_features": 16, "block_config": (2, 2, 2, 2)}),
    "xresnet18": ("fastai", 64, {}),
    "xresnext18": ("fastai", 64, {}),
    "resnet26d": ("timm", 64, {}),
    "resnet14t": ("timm", 64, {}),
    "convnext_atto": ("timm", 64, {}),
    "convnext_atto_ols": ("timm", 64, {}),
    "short convnext_tiny_hnf": ("timm", 64, {"depths": (1, 1, 2, 1), "dims": (24, 48, 96, 192)}),
    "short convnext_large_mlp": (
        "timm", 64, {"depths": (1, 1, 2, 1), "dims": (24, 48, 96, 192), "head_hidden_size": 32}),
    "convnextv2_atto": ("timm", 64, {}),
    "mobilenet_v2": ("torchvision", 64, {}),
    "mobilenet_v3_small": ("torchvision", 64, {}),
    "efficientnet_b0": ("torchvision", 64, {}),
    "short efficientnet_v2_s": ("torchvision", 64, {
        "inverted_residual_setting": [
            FusedMBConvConfig(1, 3, 1, 24, 24, 1), FusedMBConvConfig(4, 3, 2, 24, 32, 2),
            MBConvConfig(4, 3, 2, 32, 48, 2)],
        "dropout": 0.2, "last_channel": 128, "norm_layer": partial(nn.BatchNorm2d, eps=1e-3)}),
    "mobilenetv2_050": ("timm", 64, {}),
    "mobilenetv3_small_050": ("timm", 64, {}),
    "mobilenetv3_rw": ("timm", 64, {}),
    "efficientnet_b0.ra_in1k": ("timm", 64, {}),
    "tf_efficientnet_b0": ("timm", 65, {}),
    "tf_efficientnetv2_b0": ("timm", 64, {}),
    "regnet_y_400mf": ("torchvision", 64, {}),
    "regnet_x_400mf": ("torchvision", 64, {}),
    "levit_128s": ("timm", 224, {}),
    # Variants cut short, which the test makes with the same settings.
    "short vit_tiny_patch16_224": ("timm", 64, {"img_size": 64, "depth": 3}),
    "short deit_tiny_distilled_patch16_224": ("timm", 64, {"img_size": 64, "depth": 2}),
    "short deit3_small_patch16_224": ("timm", 64, {"img_size": 64, "depth": 2}),
    "short vit_base_patch32_clip_224": ("timm", 64, {"img_size": 64, "depth": 2, "embed_dim": 192, "num_heads": 3}),
    "short vit_small_patch14_reg4_dinov2": ("timm", 56, {"img_size": 56, "depth": 2}),
    "short swin_tiny_patch4_window7_224": (
        "timm", 64, {"img_size": 64, "window_size": 4, "embed_dim": 24, "depths": (2, 2, 2, 2)}),
    "short swinv2_tiny_window8_256": ("timm", 64, {"img_size": 64, "embed_dim": 24, "depths": (2, 2, 2, 2)}),
    "short swinv2_base_window12to16_192to256": (
        "timm", 128, {"img_size": 128, "embed_dim": 24, "num_heads": (1, 2, 3, 4), "depths": (2, 2, 1, 1)}),
    "short beit_base_patch16_224": ("timm", 64, {"img_size": 64, "depth": 2, "embed_dim": 192, "num_heads": 3}),
}


def build(publisher, name, classes, **options):
    if publisher == "torchvision" and options:
        short = {
            "densenet121": torchvision.models.DenseNet,
            "resnext50_32x4d": partial(torchvision.models.ResNet, Bottleneck),
            "efficientnet_v2_s": torchvision.models.EfficientNet,
        }
        return short[name](num_classes=classes, **options)
    if publisher == "torchvision":
        return getattr(torchvision.models, name)(num_classes=classes, **options)
    if publisher == "fastai":
        return getattr(fastai_models.xresnet, name)(n_out=classes, **options)
    return timm.create_model(name, num_classes=classes, **options)


def fill(model):
    """The rule at the top of this file."""
    torch.manual_seed(7)
    for name, value in sorted(model.state_dict().items()):
        kind = name.rsplit(".", 1)[-1]
        if kind == "num_batches_tracked":
            value.zero_()
        elif not value.is_floating_point():
            continue
        elif kind in ("running_mean", "bias"):
            value.copy_(spread(value.shape) * 0.1)
        elif kind == "running_var":
            value.copy_(torch.rand(value.shape) + 0.5)
        elif value.dim() == 1:
            value.copy_(torch.rand(value.shape) * 0.5 + 0.5)
        else:
            scale = math.sqrt(2 / (value.numel() / value.shape[0]))
            if value.numel() > LARGE and value.dim() == 2:
                value.copy_((spread(value.shape[0], 64) * scale / 16).repeat(1, value.shape[1] // 64))
            else:
                value.copy_(spread(value.shape) * scale)
    return model


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def summary(publisher, name):
    if name.startswith("regnet"):
        # Its widths are computed with tensors, which the device without memory cannot read.
        model = build(publisher, name, 1000)
    else:
        with torch.device("meta"):
            model = build(publisher, name, 1000)
    state = model.state_dict()
    lines = [f"{key} {','.join(map(str, state[key].shape))}\n" for key in sorted(state)]
    return [len(state), sum(parameter.numel() for parameter in model.parameters()), fnv("".join(lines))]


def three(value):
    flat = value.detach().double().flatten()
    return [float(f"{number.item():.7g}") for number in (flat.norm(), flat[0], flat[-1])]


def body_and_groups(publisher, name, options):
    """fastai's model for transfer learning."""
    if publisher == "timm":
        model, _ = create_timm_model(name, 37, default_split, pretrained=False, **options)
        # fastai leaves the normalisation of the classifier's head in the body, where nothing uses it.
        unused = {f"model.{key}" for key, _ in model[0].model.named_parameters() if key.startswith(("head", "conv_head"))
                  and not (key.startswith("conv_head") and hasattr(model[0].model, "bn2"))}
        split = default_split
    else:
        known = getattr(torchvision.models if publisher == "torchvision" else fastai_models.xresnet, name)

        def arch(**_):
            return build(publisher, name, 1000, **options)

        meta = model_meta.get(known, {"split": default_split})
        # fastai finds no pooling in this one, where it would cut.
        model = create_vision_model(arch, 37, pretrained=False, cut=-1 if name == "mobilenet_v2" else meta.get("cut"))
        unused, split = set(), meta["split"]
    skipped = {id(value) for key, value in model[0].named_parameters() if key in unused}
    groups = [sum(value.numel() for value in group if id(value) not in skipped) for group in split(model)]
    return groups, sum(value.numel() for value in model[1].parameters())


def features_of(publisher, model, images):
    if publisher == "timm":
        if model.default_cfg.get("pool_size") is not None:
            features = model.forward_features(images)
            # timm's Swin has its channels last; a body of ours has them second.
            return features.permute(0, 3, 1, 2) if type(model).__name__.startswith("Swin") else features
        return model.forward_head(model.forward_features(images), pre_logits=True)
    if publisher == "fastai":
        return nn.Sequential(*list(model)[:-4])(images)
    if hasattr(model, "features"):
        return model.features(images)
    return nn.Sequential(*list(model.children())[:-2])(images)


def no_dropout(model):
    for module in model.modules():
        if isinstance(module, (nn.Dropout, StochasticDepth)):
            module.p = 0.0
        if isinstance(module, DropPath):
            module.drop_prob = 0.0


def member(name):
    publisher, size, options = MEMBERS[name]
    print(name)
    name = name.split()[-1]
    model = fill(build(publisher, name, 10, **options))
    no_dropout(model)
    torch.manual_seed(8)
    images = spread(4, 3, size, size)
    model.eval()
    with torch.no_grad():
        features = features_of(publisher, model, images)
        logits = model(images)
        exact = model.double()(images.double())
    print(f"  logits {logits.std():.3g}, float32 is off by {((logits - exact).norm() / exact.norm()).item():.1e}")
    case = {"size": size, "feature_shape": list(features.shape), "features": three(features), "logits": logits}

    model.train()
    if isinstance(model, (torchvision.models.AlexNet, torchvision.models.VGG)):
        loss = model.features(images.double()).square().mean()
    else:
        loss = nn.functional.cross_entropy(model(images.double()), torch.tensor([3, 7, 0, 9]))
    loss.backward()
    parameters = [entry for entry in model.named_parameters() if entry[1].grad is not None]
    chosen = parameters[:: max(1, len(parameters) // 12)] + parameters[-1:]
    case["loss"] = loss.detach().float()
    case["gradients"] = {key: three(value.grad) for key, value in chosen
                         if value.grad.norm() > 1e-9}
    case["groups"], case["head"] = body_and_groups(publisher, name, options)
    return case


def main():
    chosen = sys.argv[1:] or MEMBERS
    if chosen != ["architectures"]:
        path = here / "families.json"
        cases = json.loads(path.read_text()) if path.exists() and sys.argv[1:] else {}
        cases |= {name: member(name) for name in chosen}
        write(path, {name: cases[name] for name in MEMBERS if name in cases})
        if sys.argv[1:]:
            return
    summaries = {name: summary("torchvision", name) for name in TORCHVISION.split()}
    summaries |= {name: summary("fastai", name) for name in FASTAI.split()}
    for name in VARIANTS.split():
        # Names that torchvision has as well mean timm's model with a tag.
        key = f"{name}.timm" if name in summaries else name
        summaries[key] = summary("timm", name)
    write(here / "architectures.json", summaries)


main()
