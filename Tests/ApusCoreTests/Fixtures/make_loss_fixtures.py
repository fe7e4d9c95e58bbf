"""Makes the expected values of losses, as fastai's losses compute them (smooth L1: PyTorch's).

usage: python make_loss_fixtures.py        (fastai 2.8, PyTorch 2.13; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py.

losses.json    name -> {"loss", settings, "output", "targets": [...], "value", "per_item", "gradient" (of the value by the
               output), "activation", "decoded"}.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
from fastai.losses import (
    BCEWithLogitsLossFlat,
    CrossEntropyLossFlat,
    DiceLoss,
    FocalLossFlat,
    L1LossFlat,
    LabelSmoothingCrossEntropy,
    MSELossFlat,
)
from torch.nn.functional import smooth_l1_loss

from fixture_json import sample, write

here = Path(__file__).parent


def case(kind, loss, output, *targets, elements=None, activation=None, decodes=None, ignoring=None, **settings):
    """`elements` gives the loss of each term, of which an item's loss is the mean."""
    output = output.clone().requires_grad_()
    value = loss(output, *targets)
    value.backward()
    terms = elements(output, *targets).reshape(len(output), -1)
    if ignoring is None:
        per_item = terms.mean(1)
    else:
        # fastai's terms of masks come with height and width exchanged.
        target = targets[0].transpose(1, 2) if targets[0].dim() == 3 else targets[0]
        counted = (target != ignoring).reshape(len(output), -1)
        per_item = torch.stack([t[c].mean() if c.any() else torch.tensor(0.0) for t, c in zip(terms, counted)])
        settings["ignoring"] = ignoring
    activated = (activation or (lambda x: x))(output)
    return {
        "loss": kind,
        **settings,
        "output": output,
        "targets": list(targets),
        "value": value.item(),
        "per_item": per_item,
        "gradient": output.grad,
        "activation": activated,
        "decoded": (decodes or (lambda x: x))(activated).float(),
    }


def classes(*shape, count, seed):
    return torch.randint(0, count, shape, generator=torch.Generator().manual_seed(seed))


def of(kind, make, output, *targets, dim=1, **settings):
    """A case of a loss of fastai's that takes a reduction."""
    loss = make(reduction="mean")
    return case(
        kind, loss, output, *targets, elements=make(reduction="none"), activation=loss.activation,
        decodes=loss.decodes, dim=dim, **settings)


def losses():
    weights = torch.tensor([0.5, 2.0, 1.0, 0.25])
    flat, right = sample(5, 4, seed=1, scale=2), torch.tensor([0, 3, 1, 2, 2])
    pixels, mask = sample(2, 4, 2, 3, seed=2, scale=2), classes(2, 2, 3, count=4, seed=3)
    words, tokens = sample(2, 3, 5, seed=4, scale=2), torch.tensor([[1, 4, 0], [0, 0, 0]])
    labels, there = sample(4, 3, seed=5, scale=2), classes(4, 3, count=2, seed=6).float()
    numbers, truth = sample(5, 1, seed=7, scale=2), sample(5, seed=8, scale=2)
    points, places = sample(3, 4, seed=9, scale=2), sample(3, 2, 2, seed=10, scale=2)

    def entropy(axis=-1, **options):
        return lambda reduction: CrossEntropyLossFlat(axis=axis, reduction=reduction, **options)

    cases = {
        "cross-entropy": of("crossEntropy", entropy(), flat, right),
        "label smoothing": of(
            "crossEntropy", lambda reduction: LabelSmoothingCrossEntropy(reduction=reduction), flat, right,
            labelSmoothing=0.1),
        "class weights": of("crossEntropy", entropy(weight=weights), flat, right, weights=weights),
        "ignored class": of("crossEntropy", entropy(ignore_index=2), flat, right, ignoring=2),
        "weights, smoothing and an ignored class": of(
            "crossEntropy", entropy(ignore_index=2, weight=weights, label_smoothing=0.2), flat, right, ignoring=2,
            weights=weights, labelSmoothing=0.2),
        "mask": of("crossEntropy", entropy(axis=1), pixels, mask),
        "mask of one channel": of("crossEntropy", entropy(axis=1), pixels, mask.unsqueeze(1)),
        "mask with void": of("crossEntropy", entropy(axis=1, ignore_index=2), pixels, mask, ignoring=2),
        "mask with void and weights": of(
            "crossEntropy", entropy(axis=1, ignore_index=2, weight=weights), pixels, mask, ignoring=2,
            weights=weights),
        "text with padding, a row of nothing else": of(
            "crossEntropy", entropy(ignore_index=0), words, tokens, dim=-1, ignoring=0),
        "focal": of("focal", lambda reduction: FocalLossFlat(reduction=reduction), flat, right),
        "focal of a mask, gamma 0.5, weights": of(
            "focal", lambda reduction: FocalLossFlat(gamma=0.5, axis=1, weight=weights, reduction=reduction), pixels,
            mask, gamma=0.5, weights=weights),
        "binary cross-entropy": of(
            "binaryCrossEntropyWithLogits", lambda reduction: BCEWithLogitsLossFlat(reduction=reduction), labels, there),
        "binary cross-entropy with a threshold": of(
            "binaryCrossEntropyWithLogits", lambda reduction: BCEWithLogitsLossFlat(thresh=0.2, reduction=reduction),
            labels, there, threshold=0.2),
        "binary cross-entropy with weights": of(
            "binaryCrossEntropyWithLogits",
            lambda reduction: BCEWithLogitsLossFlat(pos_weight=weights[:3], reduction=reduction), labels, there,
            posWeight=weights[:3]),
    }
    for name, make, kind in [
        ("mean squared error", MSELossFlat, "mse"),
        ("mean absolute error", L1LossFlat, "l1"),
    ]:
        cases[name] = case(kind, make(), numbers, truth, elements=make(reduction="none"))
        cases[name + " of points"] = case(kind, make(), points, places, elements=make(reduction="none"))

    def smooth(beta, **options):
        return lambda x, y: smooth_l1_loss(x, y.reshape(x.shape), beta=beta, **options)

    for beta in (1, 0.25):
        cases[f"smooth L1, beta {beta}"] = case(
            "smoothL1", smooth(beta), points, places, elements=smooth(beta, reduction="none"), beta=beta)
    for name, options, settings in [
        ("dice", {}, {}),
        ("dice with squares", dict(square_in_union=True), dict(squareInUnion=True)),
        ("mean dice", dict(reduction="mean", smooth=1.0), dict(averages=True, smooth=1.0)),
    ]:
        loss = DiceLoss(**options)
        each = DiceLoss(**{**options, "reduction": "none"})
        cases[name] = case(
            "dice", loss, pixels, mask, elements=each, activation=loss.activation, decodes=loss.decodes, **settings)
        if "reduction" not in options:
            cases[name]["per_item"] = each(pixels, mask).sum(1)
    return cases


if __name__ == "__main__":
    write(here / "losses.json", losses())
