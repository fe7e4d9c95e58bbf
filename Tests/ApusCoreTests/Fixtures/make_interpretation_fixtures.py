"""Makes what fastai and scikit-learn say of a classifier and of a regression with given weights.

usage: python make_interpretation_fixtures.py        (fastai 2.8, PyTorch 2.13, scikit-learn 1.9; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. interpretation.json has the cases

classifier   "inputs", "targets" (class indices), "weight", "bias" of a linear model, "groups"; what get_preds gives
             ("outputs", "decoded", "losses"), top_losses ("largest", "smallest": [[loss, index]]), confusion_matrix,
             its rows divided by their sums as plot_confusion_matrix(normalize=True) draws them (NaN for a class without
             items), most_confused(min_val=2).
regression   the same of mean squared error.
tta          "plain" and outputs of Learner.tta with a transform that doubles the input in training: name -> outputs, and
             the arguments.
calibration  name -> {"bins", "positive" (class index or null), "probability", "fraction" of scikit-learn's
             calibration_curve (bins without items left out), "expected_error" by the definition of Guo and others}.
groups       group -> {"count", "error_rate", "false_positive_rate", "false_negative_rate"} of class 1 against the others,
             from scikit-learn's confusion_matrix.
"""

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
from fastai.basics import (
    CategoryMap,
    CrossEntropyLossFlat,
    DataLoader,
    DataLoaders,
    Datasets,
    Learner,
    MSELossFlat,
    TfmdDL,
    Transform,
)
from fastai.callback import core, progress  # noqa: F401  (progress adds no_bar to Learner)
from fastai.interpret import ClassificationInterpretation, Interpretation
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix
from torch import nn

from fixture_json import sample, write

here = Path(__file__).parent
classes = ["ape", "bee", "cat", "dog"]
inputs = sample(29, 3, seed=21, scale=1.5)
# The tests take a negative first number for an item that cannot be read.
inputs[:, 0] = inputs[:, 0].abs()
# No item of class 3.
targets = torch.randint(0, 3, (29,), generator=torch.Generator().manual_seed(22))
weight, bias = sample(4, 3, seed=33), sample(4, seed=24, scale=0.3)


def linear(weight, bias):
    model = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        model.weight.copy_(weight)
        model.bias.copy_(bias)
    return model


def learner(targets, model, loss):
    items = list(zip(inputs, targets))
    made = DataLoaders(*(DataLoader(items, bs=8, shuffle=False, num_workers=0) for _ in range(2)))
    made[1].vocab = CategoryMap(classes, sort=False)
    return Learner(made, model, loss_func=loss, path=tempfile.gettempdir())


def predictions(learn, interpretation):
    with learn.no_bar(), learn.no_logging():
        outputs, _, decoded, losses = learn.get_preds(with_decoded=True, with_loss=True)
    top = {
        name: [[loss.item(), index.item()] for loss, index in zip(*interpretation.top_losses(6, largest=largest))]
        for name, largest in [("largest", True), ("smallest", False)]
    }
    return {"outputs": outputs, "decoded": decoded, "losses": losses, **top}


def classifier_case():
    learn = learner(targets, linear(weight, bias), CrossEntropyLossFlat())
    with learn.no_bar(), learn.no_logging():
        interpretation = ClassificationInterpretation.from_learner(learn, dl=learn.dls[1])
        matrix = interpretation.confusion_matrix()
        with np.errstate(invalid="ignore"):
            normalized = matrix.astype("float") / matrix.sum(axis=1)[:, np.newaxis]
        confused = [[actual, predicted, int(count)] for actual, predicted, count in interpretation.most_confused(2)]
    groups = ["x" if row[0] > 0.5 else "y" if row[1] > 0 else "z" for row in inputs.tolist()]
    return {
        "inputs": inputs, "targets": targets, "weight": weight, "bias": bias, "classes": classes, "groups": groups,
        **predictions(learn, interpretation), "confusion": matrix.tolist(), "normalized": normalized.tolist(),
        "most_confused": confused,
    }  # fmt: skip


def regression_case():
    numbers, weight, bias = sample(29, 1, seed=25), sample(1, 3, seed=26), sample(1, seed=27)
    learn = learner(numbers, linear(weight, bias), MSELossFlat())
    with learn.no_bar(), learn.no_logging():
        interpretation = Interpretation.from_learner(learn)
    return {"targets": numbers, "weight": weight, "bias": bias, **predictions(learn, interpretation)}


class DoubledInTraining(Transform):
    split_idx = 0

    def encodes(self, row: torch.Tensor):
        return row * 2 if row.dim() > 0 and row.is_floating_point() else row


def tta_case():
    whole = list(range(len(inputs)))
    data = Datasets(
        whole, [[lambda i: inputs[i], DoubledInTraining()], [lambda i: targets[i]]], splits=[whole, whole]
    )
    made = DataLoaders(*(TfmdDL(part, bs=8, num_workers=0) for part in (data.train, data.valid)))
    learn = Learner(made, linear(weight, bias), loss_func=CrossEntropyLossFlat(), path=tempfile.gettempdir())
    with learn.no_bar(), learn.no_logging():
        case = {"plain": learn.get_preds()[0]}
        for name, options in [("default", {}), ("beta 0.75", {"n": 2, "beta": 0.75}), ("max", {"use_max": True})]:
            case[name] = learn.tta(**options)[0]
    return case


def calibration_cases(probabilities, decoded):
    cases = {}
    for bins, positive in [(10, None), (5, None), (10, 1), (4, 0)]:
        if positive is None:
            chosen, right = probabilities.max(1).values.numpy(), (decoded == targets).int().numpy()
        else:
            chosen, right = probabilities[:, positive].numpy(), (targets == positive).int().numpy()
        fraction, probability = calibration_curve(right, chosen, n_bins=bins)
        edges = np.linspace(0, 1, bins + 1)
        error = 0.0
        for low, high in zip(edges[:-1], edges[1:]):
            inside = (chosen > low) & (chosen <= high)
            if inside.any():
                error += inside.mean() * abs(chosen[inside].mean() - right[inside].mean())
        cases[f"{bins} bins, {positive}"] = {
            "bins": bins, "positive": positive, "probability": probability.tolist(), "fraction": fraction.tolist(),
            "expected_error": float(error),
        }  # fmt: skip
    return cases


def group_cases(groups, decoded):
    cases = {}
    for group in sorted(set(groups)) + ["all"]:
        chosen = np.array([group in (name, "all") for name in groups])
        actual, predicted = targets.numpy()[chosen], decoded.numpy()[chosen]
        (tn, fp), (fn, tp) = confusion_matrix(actual == 1, predicted == 1, labels=[False, True]).tolist()
        cases[group] = {
            "count": int(chosen.sum()), "error_rate": float((actual != predicted).mean()),
            "false_positive_rate": fp / (fp + tn), "false_negative_rate": fn / (fn + tp),
        }  # fmt: skip
    return cases


if __name__ == "__main__":
    classifier = classifier_case()
    write(
        here / "interpretation.json",
        {
            "classifier": classifier,
            "regression": regression_case(),
            "tta": tta_case(),
            "calibration": calibration_cases(classifier["outputs"], classifier["decoded"]),
            "groups": group_cases(classifier["groups"], classifier["decoded"]),
        },
    )
