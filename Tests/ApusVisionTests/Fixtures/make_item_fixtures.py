"""Makes the expected results of the item transforms that turn and resize, and of batch crops, as fastai computes them.

usage: python make_item_fixtures.py        (fastai 2.8, PyTorch 2.13, torchvision; writes items.json beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Cases:

dihedral    picture [h, w, 3], mask [h, w], points [n, 2] and boxes [n, 4] of -1 to 1, and "turned": for each k of 0 to 7
            what `dihedral` makes of them
ratio       [width, height, max size, width of the result, height of the result] of RatioResize
valid       [width, height, least ratio, largest ratio, valid_scale, left, top, width, height]: the part that
            RandomResizedCropGPU takes in validation
parts       what it makes of a part {"crop": [left, top, width, height]} of a picture of [36, 48] pixels, whose numbers
            are int(127 + 60 * sin(x / 5) + 60 * cos(y / 4)): "picture" [height, width] of 0 to 1, and of the mask whose
            classes are (x // 3 + y // 2) % 5: "mask"
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import numpy as np
import torch
from fastai.vision.augment import DihedralItem, RandomResizedCropGPU, RatioResize
from fastai.vision.core import PILImage, TensorBBox, TensorImage, TensorMask, TensorPoint

from fixture_json import write

picture = (torch.arange(5 * 4 * 3).reshape(4, 5, 3) * 4).to(torch.uint8)
mask = (torch.arange(20).reshape(4, 5) % 7).to(torch.uint8)
points = torch.tensor([[-0.5, 0.25], [0.75, -1.0]])
boxes = torch.tensor([[-0.75, -0.5, 0.25, 1.0], [0.0, -1.0, 0.5, -0.25]])


def turned(k):
    transform = DihedralItem()
    transform.k, transform.do = k, True
    # `dihedral` reads the size of points and boxes from the picture they lie on.
    values = (
        PILImage.create(picture.numpy()),
        # fastai's turns pictures alone; a mask is one of three equal channels here.
        PILImage.create(mask.unsqueeze(2).expand(-1, -1, 3).numpy()),
        TensorPoint(points.clone(), img_size=(5, 4)),
        TensorBBox(boxes.clone(), img_size=(5, 4)),
    )
    done = [transform.encodes(value) for value in values]
    return {
        "picture": torch.tensor(np.array(done[0])),
        "mask": torch.tensor(np.array(done[1]))[..., 0],
        "points": torch.Tensor(done[2]),
        "boxes": torch.Tensor(done[3]),
    }


def ratio(width, height, longer):
    result = RatioResize(longer)(PILImage.create(np.zeros((height, width, 3), dtype=np.uint8)))
    return [width, height, longer, *result.size]


def valid(width, height, ratios, scale):
    transform = RandomResizedCropGPU(8, ratio=ratios, valid_scale=scale)
    transform.before_call(TensorImage(torch.zeros(1, 3, height, width)), 1)
    return [width, height, *ratios, scale, transform.tl[1], transform.tl[0], transform.cp_size[1], transform.cp_size[0]]


def part(left, top, width, height, size):
    y, x = np.mgrid[:36, :48]
    picture = TensorImage(torch.tensor((127 + 60 * np.sin(x / 5) + 60 * np.cos(y / 4)).astype(np.uint8)))
    mask = TensorMask(torch.tensor((x // 3 + y // 2) % 5))
    transform = RandomResizedCropGPU(size)
    transform.tl, transform.cp_size = (top, left), (height, width)
    return {
        "crop": [left, top, width, height],
        "picture": torch.Tensor(transform.encodes(picture[None, None].float() / 255))[0, 0],
        "mask": torch.as_tensor(transform.encodes(mask[None]))[0].long(),
    }


write(
    Path(__file__).with_name("items.json"),
    {
        "dihedral": {
            "picture": picture, "mask": mask, "points": points, "boxes": boxes, "turned": [turned(k) for k in range(8)],
        },  # fmt: skip
        "ratio": [
            ratio(*case)
            for case in [(40, 30, 20), (30, 40, 20), (33, 100, 64), (100, 33, 7), (50, 50, 25), (31, 17, 62)]
        ],
        # fastai mixes up height and width where a picture is too narrow for the ratio; such cases are left out.
        "valid": [
            valid(*case)
            for case in [
                (20, 16, (0.75, 4 / 3), 1.0), (20, 16, (0.75, 4 / 3), 0.75), (31, 17, (0.75, 4 / 3), 0.6),
                (17, 17, (1, 1), 0.5), (24, 18, (1, 1), 0.9),
            ]
        ],  # fmt: skip
        # Enlarged, of another shape, half as large, and so much smaller that areas are averaged first.
        "parts": [
            part(*case)
            for case in [
                (5, 7, 10, 8, (12, 14)), (3, 2, 30, 20, (14, 16)), (0, 0, 48, 36, (18, 24)), (4, 3, 40, 30, (6, 8)),
            ]
        ],  # fmt: skip
    },
)
