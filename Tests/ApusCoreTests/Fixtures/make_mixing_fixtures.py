"""Makes the expected mixtures and losses of MixUp and CutMix, as fastai's callbacks compute them for given draws.

usage: python make_mixing_fixtures.py        (fastai 2.8, PyTorch 2.13; writes mixing.json beside itself)

mixing.json  "mixup", "cutmix", "mixup of numbers" -> {"inputs", "targets", "order": the shuffled places, "draws": of the
             beta distribution, "center": [x, y] of CutMix's rectangle, "mixed": the inputs after, "share": lambda,
             "output": of a model, "loss": of the output and the targets, "mixed_targets" of numbers}.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import torch
from fastai.callback.mixup import CutMix, MixUp
from fastai.losses import BCEWithLogitsLossFlat, CrossEntropyLossFlat

from fixture_json import sample, write

order = torch.tensor([2, 0, 3, 1])
centers = [torch.tensor([5]), torch.tensor([1])]


def case(callback, draws, inputs, targets, loss, output):
    learner = SimpleNamespace(
        xb=(inputs.clone(),), yb=(targets.clone(),), x=inputs.clone(), y=targets, loss_func=loss, training=True
    )
    callback.learn = learner
    learner.x = learner.xb[0]
    callback.distrib = SimpleNamespace(sample=lambda shape: draws)
    callback.before_train()
    drawn = iter(centers)
    with patch("torch.randperm", lambda count: order), patch("torch.randint", lambda *size: next(drawn)):
        callback.before_batch()
    value = learner.loss_func(output, *learner.yb)
    return {
        "inputs": inputs, "targets": targets, "order": order, "draws": draws, "center": [5, 1], "mixed": learner.xb[0],
        "share": torch.as_tensor(callback.lam).reshape(-1).float(), "output": output, "loss": value,
        "mixed_targets": learner.yb[0],
    }  # fmt: skip


images = sample(4, 2, 6, 8, seed=1)
classes = torch.tensor([0, 2, 1, 2])
output = sample(4, 3, seed=2)
rows = torch.tensor([[1.0, 0, 1], [0, 0, 1], [1, 1, 1], [0, 0, 0]])
draws = torch.tensor([0.9, 0.3, 0.05, 0.6])
write(
    Path(__file__).parent / "mixing.json",
    {
        "mixup": case(MixUp(), draws, images, classes, CrossEntropyLossFlat(), output),
        "cutmix": case(CutMix(), torch.tensor([0.4]), images, classes, CrossEntropyLossFlat(), output),
        "mixup of numbers": case(MixUp(), draws, images, rows, BCEWithLogitsLossFlat(), output),
    },
)
