"""Makes the expected values of the feature loss, computed in plain PyTorch as the course describes it.

usage: python make_feature_loss_fixtures.py        (PyTorch 2.13; writes features.json beside itself)

features.json: "first", "second": weights of two 3x3 convolutions without bias (3 -> 4 -> 5 channels), each followed by
ReLU, with 2x2 max pooling between; "output", "target": pictures; name -> {"base", "gram", "parts": pixel, then
5 * features of the first ReLU and 2 * those of the second, then their Gram matrices by 25 * gram and 4 * gram; "items":
the sum of the parts of each picture alone; "gradient" of the sum by the output}.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import torch
from torch.nn import functional

from fixture_json import sample, write

first, second = sample(4, 3, 3, 3, seed=1, scale=0.3), sample(5, 4, 3, 3, seed=2, scale=0.3)
output, target = sample(2, 3, 8, 6, seed=3), sample(2, 3, 8, 6, seed=4)
weights = [5, 2]


def maps(picture):
    early = functional.relu(functional.conv2d(picture, first, padding=1))
    return [early, functional.relu(functional.conv2d(functional.max_pool2d(early, 2), second, padding=1))]


def gram(x):
    n, c, h, w = x.shape
    flat = x.reshape(n, c, h * w)
    return torch.einsum("nip,njp->nij", flat, flat) / (c * h * w)


def parts(base, factor, made, wanted):
    found = [base(made, wanted)]
    pairs = list(zip(maps(made), maps(wanted)))
    found += [base(a, b) * w for (a, b), w in zip(pairs, weights)]
    return found + [base(gram(a), gram(b)) * w**2 * factor for (a, b), w in zip(pairs, weights) if factor]


def case(name, base, factor):
    made = output.clone().requires_grad_()
    found = parts(base, factor, made, target)
    sum(found).backward()
    items = [sum(parts(base, factor, output[i : i + 1], target[i : i + 1])) for i in range(2)]
    return {"base": name, "gram": factor, "parts": torch.stack(found), "items": torch.stack(items), "gradient": made.grad}


write(
    Path(__file__).parent / "features.json",
    {
        "net": {"first": first, "second": second, "output": output, "target": target},
        "l1": case("l1", functional.l1_loss, 5e3),
        "mse without Gram matrices": case("mse", functional.mse_loss, 0),
    },
)
