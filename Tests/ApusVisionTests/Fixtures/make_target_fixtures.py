"""Makes the expected results of transforms on masks, points and boxes, and of their batches, as fastai computes them.

usage: python make_target_fixtures.py        (fastai 2.8, PyTorch 2.13, torchvision; writes targets.json beside itself)

targets.json  "batch": name -> {"transforms": as in augmentations.json, "size": [h, w] of the pictures, "points",
              "boxes": before, "movedPoints", "movedBoxes": after}
              "item": name -> {"size": [h, w] of the picture, "result": [h, w], "method", "padMode", "position": [x, y],
              "crop": [x, y, w, h] of a random resized crop, "mask", "points", "boxes" before, "moved..." after}.
              "bbPad": {"boxes": list of tensors, "labels", "paddedBoxes", "paddedLabels"}.
              "multi": {"labels", "vocabulary", "oneHot"}.
              "indices": name of a file of images/ -> the stored indices or levels, as Pillow reads them.
Points and boxes are in fastai's relative coordinates, -1 to 1.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401
except ImportError:
    pass
import numpy as np
import torch
from PIL import Image
from fastai.data.all import MultiCategorize, OneHotEncode, Datasets, TensorMultiCategory
from fastai.vision.augment import Dihedral, Flip, RandomResizedCrop, Resize, Rotate, Warp, Zoom, setup_aug_tfms
from fastai.vision.core import PILMask, TensorBBox, TensorImage, TensorPoint
from fastai.vision.data import bb_pad

from fixture_json import write

here = Path(__file__).parent
kinds = {kind.__name__: kind for kind in (Flip, Dihedral, Rotate, Zoom, Warp)}
points = torch.tensor([[[-0.5, 0.25], [0.9, -0.8], [0.0, 0.0]], [[0.3, 0.6], [-1.0, -1.0], [0.7, -0.1]]])
boxes = torch.tensor([[[-0.5, -0.25, 0.1, 0.4], [0.2, -0.9, 0.8, -0.3]], [[-1.0, -1.0, 1.0, 1.0], [-0.3, 0.0, 0.0, 0.7]]])


def plain(value):
    return value.as_subclass(torch.Tensor)


def batch_cases():
    flip = ("Flip", {"draw": [1, 0]})
    rotate = ("Rotate", {"draw": [10.0, -7.5]})
    zoom = ("Zoom", {"draw": [1.1, 1.25], "draw_x": [0.5, 0.2], "draw_y": [0.5, 0.9]})
    warp = ("Warp", {"draw_x": [0.2, -0.1], "draw_y": [0.0, 0.15]})
    cases = {}
    for name, list_of in {
        "flip": [flip],
        "rotate": [rotate],
        "zoom": [zoom],
        "warp": [warp],
        "dihedral 3 and 6": [("Dihedral", {"draw": [3, 6]})],
        "dihedral 5 and 7": [("Dihedral", {"draw": [5, 7]})],
        "all": [flip, warp, rotate, zoom],
    }.items():
        size = [8, 8] if "dihedral" in name else [6, 8]
        value = (TensorImage(torch.rand(2, 3, *size)), TensorPoint(points.clone()), TensorBBox(boxes.clone()))
        for transform in setup_aug_tfms([kinds[kind](p=1.0, **drawn) for kind, drawn in list_of]):
            value = transform(value, split_idx=0)
        cases[name] = {
            "transforms": [{"name": kind, **drawn} for kind, drawn in list_of], "size": size,
            "movedPoints": plain(value[1]), "movedBoxes": plain(value[2]),
        }  # fmt: skip
    return cases


def item_cases():
    generator = np.random.default_rng(3)
    cases = {}

    def case(name, transform, size, **said):
        h, w = size
        pixels = generator.integers(0, 5, (h, w), dtype=np.uint8)
        mask = transform.encodes(PILMask.create(pixels))
        given_points = TensorPoint(points[0].clone(), img_size=(w, h))
        given_boxes = TensorBBox(boxes[0].clone(), img_size=(w, h))
        cases[name] = said | {
            "size": size, "mask": torch.tensor(pixels), "movedMask": torch.tensor(np.array(mask)),
            "movedPoints": plain(transform.encodes(given_points)), "movedBoxes": plain(transform.encodes(given_boxes)),
        }  # fmt: skip

    for method in ("crop", "pad", "squish"):
        for size in ([12, 20], [21, 9]):
            for pad_mode in ("zeros", "border", "reflection") if method == "pad" else ("reflection",):
                transform = Resize((7, 8), method=method, pad_mode=pad_mode)
                transform.pcts = (0.3, 0.8)
                case(
                    f"{method} {pad_mode} of {size}", transform, size,
                    method=method, padMode=pad_mode, position=[0.3, 0.8], result=[7, 8],
                )  # fmt: skip
    transform = RandomResizedCrop(8)
    transform.final_size, transform.orig_sz, transform.cp_size, transform.tl = transform.size, (20, 12), (9, 7), (5, 3)
    case("a random resized crop", transform, [12, 20], crop=[5, 3, 9, 7], result=[8, 8])
    transform = RandomResizedCrop(8)
    transform.before_call(PILMask.create(np.zeros((12, 20), dtype=np.uint8)), split_idx=1)
    case("a random resized crop in validation", transform, [12, 20], result=[8, 8])
    # Here fastai takes points and boxes for those of the picture before it was squished to 16 x 16, of which the middle
    # 8 x 8 are kept; by hand, all places double.
    cases["a random resized crop in validation"] |= {"movedPoints": points[0] * 2, "movedBoxes": boxes[0] * 2}
    return cases


def padded():
    given = [boxes[0], torch.tensor([[0.5, -0.5, 1.5, 0.5], [1.2, 0.0, 1.4, 0.3], [-1.3, -0.2, -0.9, 0.1]])]
    labels = [torch.tensor([1, 2]), torch.tensor([2, 1, 1])]
    samples = bb_pad(
        [(None, TensorBBox(box), TensorMultiCategory(label)) for box, label in zip(given, labels)]
    )  # fmt: skip
    return {
        "boxes": given, "labels": labels, "paddedBoxes": torch.stack([plain(sample[1]) for sample in samples]),
        "paddedLabels": torch.stack([plain(sample[2]) for sample in samples]),
    }  # fmt: skip


def several_labels():
    labels = [["water", "clear"], ["clear"], [], ["10", "2", "clear"]]
    data = Datasets(labels, [[MultiCategorize(), OneHotEncode()]])
    return {
        "labels": labels,
        "vocabulary": list(data.vocab),
        "oneHot": torch.stack([plain(data[place][0]) for place in range(len(labels))]),
    }


def stored_indices():
    names = ("palette.png", "palette-transparent.png", "bilevel.png", "gray.png")
    return {name: torch.tensor(np.asarray(Image.open(here / "images" / name)).astype(np.uint8)) for name in names}


write(
    here / "targets.json",
    {
        "points": points, "boxes": boxes, "batch": batch_cases(), "item": item_cases(), "bbPad": padded(),
        "multi": several_labels(), "indices": stored_indices(),
    },
)  # fmt: skip
