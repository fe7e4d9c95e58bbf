"""Makes the expected results of batch transforms and of vision learners, as fastai computes them.

usage: python make_vision_fixtures.py        (fastai 2.8, PyTorch 2.13, torchvision; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

augmentations.json   name -> {"transforms": [{"name", drawn values...}], "size": [h, w] or null, "input": name of an
                     image, "matrix": [batch, 2, 3] or absent, "output": [batch, channels, h, w]}. "images" holds the
                     inputs by name, as bytes; a colour is a byte's 255th part. What was drawn is given per image of
                     the batch, so that nothing is random:
                       Flip draw: 1 flips, 0 leaves.          Rotate draw: degrees.
                       Dihedral draw: 0 to 7.                 Saturation draw: the factor.
                       Hue draw: parts of a turn.
                       Zoom draw: the zoom, draw_x and draw_y: its centre, 0 to 1.
                       Warp draw_x, draw_y: magnitudes.        Brightness draw: the change, 0.5 leaves as it is.
                       Contrast draw: the factor.              Normalize: the statistics of ImageNet.
                     "matrix" is what the transforms of coordinates compose to, as handed to affine_grid. Sampling is
                     bilinear with reflection and aligned corners unless "pad_mode" says otherwise; masks are sampled
                     by nearest neighbour.
vision_learner.json  network -> {"head": [layers as text], "head_parameters", "parameters", "features", "groups": [[names
                     of the parameters of each group]], "summary": text for a batch of 4 at 64 px, frozen, 37 classes,
                     "trainable_frozen": parameters that train while frozen}
                     "create_head(4, 3, lin_ftrs=[5])": {"initial", "input", "output"}: after torch.manual_seed(42),
                     construction and fastai's initialisation of a head (kaiming_normal_); output in evaluation mode.
"""

import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import numpy as np
import torch
import torchvision
from fastai.layers import apply_init
from fastai.vision import all as vision
from fastai.vision.augment import (
    Brightness,
    Contrast,
    Dihedral,
    Flip,
    Rotate,
    Saturation,
    Warp,
    Zoom,
    rgb2hsv,
    hsv2rgb,
    setup_aug_tfms,
)
from fastai.vision.core import PILImage, TensorImage, TensorMask
from fastai.vision.learner import create_head, num_features_model, vision_learner
from torch import nn

from fixture_json import sample, write

here = Path(__file__).parent
kinds = {kind.__name__: kind for kind in (Flip, Dihedral, Rotate, Zoom, Warp, Brightness, Contrast, Saturation)}


def pixels(*shape, seed):
    """Bytes, of which none is 0 or 255."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(5, 251, shape, generator=generator, dtype=torch.uint8)


images = {
    "wide": pixels(2, 3, 6, 8, seed=1),
    "square": pixels(2, 1, 8, 8, seed=2),
    "large": pixels(1, 1, 24, 24, seed=3),
    "large and wide": pixels(1, 3, 17, 26, seed=5),
    "mask": torch.randint(0, 5, (1, 8, 8), generator=torch.Generator().manual_seed(4)),
}


def colors(name):
    return images[name].float() / 255


def augmentation_cases():
    cases = {"images": images}

    def case(name, *transforms, image="wide", size=None, **options):
        made = []
        for kind, drawn in transforms:
            named = dict(drawn)
            if kind not in ("Brightness", "Contrast", "Saturation"):
                named.update(size=size, **options)
            made.append(kinds[kind](p=1.0, **named))
        if image == "mask":  # a mask follows the image that it belongs to, which the matrix is made for
            value = (TensorImage(colors("square")[:1]), TensorMask(images[image].clone()))
        else:
            value = (TensorImage(colors(image)),)
        entry = {"transforms": [{"name": kind, **drawn} for kind, drawn in transforms], "size": size, "input": image}
        entry |= options
        for transform in setup_aug_tfms(made):
            value = transform(value, split_idx=0)
            if hasattr(transform, "mat"):
                entry["matrix"] = torch.Tensor(transform.mat)
        entry["output"] = value[-1].as_subclass(torch.Tensor)
        cases[name] = entry

    flip = ("Flip", {"draw": [1, 0]})
    rotate = ("Rotate", {"draw": [10.0, -7.5]})
    zoom = ("Zoom", {"draw": [1.1, 1.25], "draw_x": [0.5, 0.2], "draw_y": [0.5, 0.9]})
    warp = ("Warp", {"draw_x": [0.2, -0.1], "draw_y": [0.0, 0.15]})
    brightness = ("Brightness", {"draw": [0.6, 0.42]})
    contrast = ("Contrast", {"draw": [1.2, 0.8]})
    for kind in (flip, rotate, zoom, warp, brightness, contrast):
        case(f"{kind[0].lower()} alone", kind)
        case(f"{kind[0].lower()} alone of a square", kind, image="square")
    case("flip and rotate", flip, rotate)
    case("flip, rotate and zoom", flip, rotate, zoom)
    case("warp, rotate and zoom", warp, rotate, zoom)
    case("brightness and contrast", brightness, contrast)
    case("all of aug_transforms", flip, warp, rotate, zoom, brightness, contrast)
    case("all, to a smaller size", flip, warp, rotate, zoom, brightness, contrast, size=[4, 5])
    case("rotate with zeros around", rotate, pad_mode="zeros")
    case("rotate with the border around", rotate, pad_mode="border")
    case("zoom out with reflection", ("Zoom", {"draw": [0.8, 0.5], "draw_x": [0.5, 0.5], "draw_y": [0.5, 0.5]}))
    case(
        "rotate to a quarter of the size averages areas first", ("Rotate", {"draw": [5.0]}), image="large", size=[6, 6]
    )
    case("flip and rotate a mask", ("Flip", {"draw": [1]}), ("Rotate", {"draw": [10.0]}), image="mask")
    case("dihedral 0 and 1", ("Dihedral", {"draw": [0, 1]}), image="square")
    case("dihedral 2 and 3", ("Dihedral", {"draw": [2, 3]}), image="square")
    case("dihedral 4 and 5", ("Dihedral", {"draw": [4, 5]}), image="square")
    case("dihedral 6 and 7", ("Dihedral", {"draw": [6, 7]}), image="square")
    case("dihedral and rotate", ("Dihedral", {"draw": [5, 3]}), rotate)
    # fastai compares the image's height with the result's width, so that only square results are as it means them.
    case(
        "rotate to a third of an uneven size averages areas first",
        ("Rotate", {"draw": [5.0]}), image="large and wide", size=[6, 6],
    )  # fmt: skip
    case(
        "zoomed in more than it shrinks, nothing is averaged",
        ("Zoom", {"draw": [2.4], "draw_x": [0.5], "draw_y": [0.5]}), image="large", size=[6, 6],
    )  # fmt: skip
    case("saturation alone", ("Saturation", {"draw": [1.5, 0.6]}))
    case("brightness and saturation", brightness, ("Saturation", {"draw": [1.5, 0.6]}))
    hsv = rgb2hsv(colors("wide"))
    hsv[:, 0] = (hsv[:, 0] + torch.tensor([0.95, 1.08])[:, None, None]) % 1.0
    cases["hue alone"] = {
        "transforms": [{"name": "Hue", "draw": [0.95, 1.08]}], "input": "wide", "output": hsv2rgb(hsv)
    }  # fmt: skip
    normalized = vision.Normalize.from_stats(*vision.imagenet_stats, cuda=False)(TensorImage(colors("wide")))
    cases["normalize"] = {"transforms": [{"name": "Normalize"}], "input": "wide", "output": torch.Tensor(normalized)}
    validated = setup_aug_tfms([kinds[kind](p=1.0, size=[4, 5], **drawn) for kind, drawn in (flip, rotate)])
    value = validated[0](TensorImage(colors("wide")), split_idx=1)
    cases["validation only resizes"] = {"transforms": [{"name": "Flip"}, {"name": "Rotate"}], "size": [4, 5],
                                        "input": "wide", "output": torch.Tensor(value)}  # fmt: skip
    return cases


def learner_cases():
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(8):
            files.append(Path(folder) / f"{number}.png")
            PILImage.create(np.full((64, 64, 3), number * 30, dtype=np.uint8)).save(files[-1])
        loaders = vision.ImageDataLoaders.from_lists(
            folder, files, ["a", "b"] * 4, valid_pct=0.5, seed=1, item_tfms=vision.Resize(64), bs=4, num_workers=0
        )
        for name in ("resnet18", "resnet34", "resnet50", "squeezenet1_1"):
            learn = vision_learner(
                loaders, getattr(torchvision.models, name), pretrained=False, n_out=37, loss_func=nn.CrossEntropyLoss()
            )
            learn.freeze()
            names = {parameter: entry for entry, parameter in learn.model.named_parameters()}
            cases[name] = {
                "head": [repr(layer) for layer in learn.model[1]],
                "head_parameters": sum(parameter.numel() for parameter in learn.model[1].parameters()),
                "parameters": sum(parameter.numel() for parameter in learn.model.parameters()),
                "features": num_features_model(learn.model[0]),
                "groups": [[names[parameter] for parameter in group] for group in learn.opt.param_lists],
                "trainable_frozen": [entry for parameter, entry in names.items() if parameter.requires_grad],
            }
            if name != "resnet50":
                cases[name]["summary"] = re.sub(r" at 0x\w+", "", str(learn.summary()))
    torch.manual_seed(42)
    head = create_head(4, 3, lin_ftrs=[5])
    apply_init(head, nn.init.kaiming_normal_)
    images = sample(2, 4, 3, 3, seed=6)
    initial = {entry: value.clone() for entry, value in head.state_dict().items()}
    head.eval()
    cases["create_head(4, 3, lin_ftrs=[5])"] = {
        "layers": [repr(layer) for layer in head],
        "initial": initial,
        "input": images,
        "output": head(images),
    }
    for call in (
        "create_head(512, 37)",
        "create_head(512, 37, ps=0.25)",
        "create_head(512, 10, lin_ftrs=[256, 64])",
        "create_head(512, 2, concat_pool=False)",
        "create_head(512, 2, bn_final=True)",
        "create_head(512, 2, lin_first=True)",
        "create_head(512, 1, y_range=(0, 1))",
        "create_head(512, 2, first_bn=False)",
    ):
        head = eval(call)  # the expressions above, nobody else's
        cases[call] = {
            "layers": [repr(layer) for layer in head],
            "parameters": sum(parameter.numel() for parameter in head.parameters()),
        }
    return cases


write(here / "augmentations.json", augmentation_cases())
write(here / "vision_learner.json", learner_cases())
