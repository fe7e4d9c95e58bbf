"""Makes the expected values of metrics, as scikit-learn, scipy and fastai compute them.

usage: python make_metric_fixtures.py        (scikit-learn 1.9, scipy 1.17, fastai 2.8; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

reports.json   name -> {"actual", "predicted", "vocabulary", "rows": [[precision, recall, f1, support] of each class],
               "accuracy", "macro", "weighted", "text"}.
metrics.json   name -> {"output", "target", "batches": [sizes], "values": {expression of the metric: value}}. "classes":
               logits and class indices; "labels": logits and 0 or 1; "numbers"; "masks"; "text".
"""

import re
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import numpy as np
import torch
from fastai import metrics as fast
from scipy import stats
from sklearn import metrics as skm

from fixture_json import sample, write

here = Path(__file__).parent
warnings.filterwarnings("ignore")


def report(actual, predicted, vocabulary):
    options = dict(labels=range(len(vocabulary)), target_names=vocabulary, zero_division=0)
    table = skm.classification_report(actual, predicted, output_dict=True, **options)

    def row(name):
        scores = table[name]
        return [float(scores[key]) for key in ("precision", "recall", "f1-score", "support")]

    return {
        "actual": actual,
        "predicted": predicted,
        "vocabulary": vocabulary,
        "rows": [row(name) for name in vocabulary],
        "accuracy": float(table["accuracy"]),
        "macro": row("macro avg"),
        "weighted": row("weighted avg"),
        # Where scikit-learn meets a division by zero it prints the supports as "2.0".
        "text": re.sub(r"  (\d+)\.0\n", r"    \1\n", skm.classification_report(actual, predicted, **options)),
    }


def reports():
    random = np.random.default_rng(1)
    breeds = ["Abyssinian", "beagle", "a breed with a long name", "pug", "none of these"]
    many = random.integers(0, 4, 200)
    noisy = np.where(random.random(200) < 0.7, many, random.integers(0, 4, 200))
    return {
        "random, one class absent": report(many.tolist(), noisy.tolist(), breeds),
        "two classes": report([0, 1, 1, 0, 1], [0, 1, 0, 0, 1], ["cat", "dog"]),
        "one class only": report([1, 1, 1], [1, 1, 1], ["cat", "dog"]),
        "never right": report([0, 0, 1], [1, 1, 0], ["cat", "dog"]),
    }


def whole(draw, *shape, count):
    return torch.randint(0, count, shape, generator=torch.Generator().manual_seed(draw))


def or_nan(function):
    """The value, NaN where scikit-learn or scipy refuses or fastai has None."""
    try:
        value = function()
    except (ValueError, ZeroDivisionError):
        return float("nan")
    return float("nan") if value is None else float(value)


def learned(metric, output, target, batches):
    """The value of a metric of fastai's over batches."""
    metric.reset()
    for pred, y in zip(output.split(batches), target.split(batches)):
        metric.accumulate(Batch(pred, y))
    return metric.value


class Batch:
    """What fastai's metrics read of a learner."""

    training = False
    to_detach = staticmethod(lambda x: x)

    def __init__(self, pred, y):
        self.pred, self.y, self.yb = pred, y, (y,)


def case(output, target, batches, values):
    return {"output": output, "target": target, "batches": batches, "values": {k: or_nan(v) for k, v in values.items()}}


AVERAGES = ["micro", "macro", "weighted"]


def classes(output, target, batches):
    count = output.shape[1]
    y, p = target.numpy(), output.argmax(1).numpy()
    scores = output.softmax(1).numpy()
    values = {
        "accuracy": lambda: skm.accuracy_score(y, p),
        "errorRate": lambda: 1 - skm.accuracy_score(y, p),
        "balancedAccuracy": lambda: skm.balanced_accuracy_score(y, p),
        "balancedAccuracy adjusted": lambda: skm.balanced_accuracy_score(y, p, adjusted=True),
        "matthewsCorrCoef": lambda: skm.matthews_corrcoef(y, p),
        "cohenKappa none": lambda: skm.cohen_kappa_score(y, p),
        "cohenKappa linear": lambda: skm.cohen_kappa_score(y, p, weights="linear"),
        "cohenKappa quadratic": lambda: skm.cohen_kappa_score(y, p, weights="quadratic"),
    }
    for k in (1, 2, 5):
        if k <= count:
            values[f"topKAccuracy {k}"] = lambda k=k: float(fast.top_k_accuracy(output, target, k=k))
    for average in AVERAGES + (["binary"] if count == 2 else []):
        options = dict(average=average, zero_division=0)
        values |= {
            f"precision {average}": lambda o=options: skm.precision_score(y, p, **o),
            f"recall {average}": lambda o=options: skm.recall_score(y, p, **o),
            f"f1Score {average}": lambda o=options: skm.f1_score(y, p, **o),
            f"fBeta {average}": lambda o=options: skm.fbeta_score(y, p, beta=2, **o),
            f"jaccard {average}": lambda o=options: skm.jaccard_score(y, p, **o),
        }
    if count == 2:
        values["f1Score positive 0"] = lambda: skm.f1_score(y, p, pos_label=0, zero_division=0)
        values["rocAUC macro"] = lambda: skm.roc_auc_score(y, scores[:, 1])
        values["averagePrecision macro"] = lambda: skm.average_precision_score(y, scores[:, 1])
    else:
        for average in AVERAGES:
            # As multi_class="ovr", which refuses classes without items also where their weight is 0.
            values[f"rocAUC {average}"] = lambda a=average: skm.roc_auc_score(np.eye(count)[y], scores, average=a)
            values[f"averagePrecision {average}"] = lambda a=average: skm.average_precision_score(
                np.eye(count)[y], scores, average=a)
            if average != "micro":
                values[f"rocAUC {average} one"] = lambda a=average: skm.roc_auc_score(
                    y, scores, multi_class="ovo", average=a)
    return case(output, target, batches, values)


def labels(output, target, batches, **thresholds):
    y, scores = target.numpy(), output.sigmoid().numpy()
    values = {}
    for threshold in (0.5, 0.2):
        p = scores >= threshold
        values[f"accuracyMulti {threshold}"] = lambda t=threshold: fast.accuracy_multi(output, target, thresh=t)
        for average in AVERAGES + ["samples"]:
            options = dict(average=average, zero_division=0)
            values |= {
                f"precisionMulti {average} {threshold}": lambda p=p, o=options: skm.precision_score(y, p, **o),
                f"recallMulti {average} {threshold}": lambda p=p, o=options: skm.recall_score(y, p, **o),
                f"f1ScoreMulti {average} {threshold}": lambda p=p, o=options: skm.f1_score(y, p, **o),
                f"fBetaMulti {average} {threshold}": lambda p=p, o=options: skm.fbeta_score(y, p, beta=2, **o),
                f"jaccardMulti {average} {threshold}": lambda p=p, o=options: skm.jaccard_score(y, p, **o),
            }
    for average in AVERAGES + ["samples"]:
        values[f"rocAUCMulti {average}"] = lambda a=average: skm.roc_auc_score(y, scores, average=a)
        values[f"averagePrecisionMulti {average}"] = lambda a=average: skm.average_precision_score(
            y, scores, average=a)
    return case(output, target, batches, values)


def numbers(output, target, batches):
    x, y = output.flatten().double(), target.flatten().double()
    values = {
        "mse": lambda: skm.mean_squared_error(y, x),
        "rmse": lambda: skm.root_mean_squared_error(y, x),
        "mae": lambda: skm.mean_absolute_error(y, x),
        "expRMSPE": lambda: fast.exp_rmspe(x, y),
        "r2Score": lambda: skm.r2_score(y, x),
        "explainedVariance": lambda: skm.explained_variance_score(y, x),
        "pearsonCorrCoef": lambda: stats.pearsonr(x, y)[0],
        "spearmanCorrCoef": lambda: stats.spearmanr(x, y)[0],
    }
    return case(output, target, batches, values)


def masks(output, target, batches):
    def right(ignoring):
        counts = target != ignoring
        return (output.argmax(1)[counts] == target[counts]).double().mean()

    values = {
        "pixelAccuracy": lambda: right(-1),
        "pixelAccuracy 0": lambda: right(0),
        "accuracy": lambda: right(-1),
        "diceMulti": lambda: learned(fast.DiceMulti(), output, target, batches),
        "jaccardCoeffMulti": lambda: learned(fast.JaccardCoeffMulti(), output, target, batches),
    }
    if output.shape[1] == 2:
        values["dice"] = lambda: learned(fast.Dice(), output, target, batches)
        values["jaccardCoeff"] = lambda: learned(fast.JaccardCoeff(), output, target, batches)
    return case(output, target, batches, values)


def text(output, target, batches):
    flat = output.flatten(0, 1)
    values = {
        "accuracy": lambda: (output.argmax(2) == target).double().mean(),
        "perplexity": lambda: torch.nn.functional.cross_entropy(flat, target.flatten()).exp(),
        "perplexity 1": lambda: torch.nn.functional.cross_entropy(flat, target.flatten(), ignore_index=1).exp(),
        "corpusBLEU": lambda: learned(fast.CorpusBLEUMetric(), output, target, batches),
    }
    return case(output, target, batches, values)


def likely(target, count, seed, scale=1.5, spread=1):
    """Logits that are right more often than not."""
    hot = torch.nn.functional.one_hot(target, count).float()
    return sample(*target.shape, count, seed=seed, scale=spread) + scale * hot


def all_metrics():
    unequal = [7, 7, 3]
    two, five = whole(1, 17, count=2), whole(2, 17, count=5)
    there = whole(3, 17, 4, count=2).float()
    there[5] = 0
    noise = sample(17, seed=4)
    ties = (sample(17, 5, seed=5) * 2).round() / 2
    mask2, mask4 = whole(6, 5, 4, 3, count=2), whole(7, 5, 4, 3, count=3)
    tokens = whole(8, 5, 9, count=6)
    near = sample(17, 1, seed=9)
    absent = torch.where(five == 2, 1, five)
    logits = likely(absent, 5, seed=10)
    logits[:, 2] -= 9
    never = there.clone()
    never[:, 1], never[:, 2] = 0, 1
    return {
        "classes: two": classes(likely(two, 2, seed=11), two, unequal),
        "classes: five": classes(likely(five, 5, seed=12), five, unequal),
        "classes: five, ties": classes(ties + 0.01 * torch.arange(5), five, unequal),
        "classes: two, tied scores": classes(ties[:, :2].round(), two, [17]),
        "classes: one of five absent": classes(logits, absent, unequal),
        "classes: one of five never predicted": classes(
            torch.cat([likely(five, 5, seed=13)[:, :4], torch.full((17, 1), -9.0)], 1), five, [16, 1]),
        "classes: one class only, of two": classes(likely(torch.ones_like(two), 2, seed=14), torch.ones_like(two), [17]),
        "classes: one class only, always right": classes(
            torch.tensor([[0.0, 1.0]]).repeat(5, 1), torch.ones(5, dtype=torch.int64), [3, 2]),
        "classes: always wrong": classes(torch.tensor([[1.0, 0.0]]).repeat(5, 1), torch.ones(5, dtype=torch.int64), [5]),
        "classes: one item": classes(torch.tensor([[0.5, 0.25, 1.0]]), torch.tensor([1]), [1]),
        "labels: four": labels(sample(17, 4, seed=15) + there, there, unequal),
        "labels: ties at the threshold": labels(ties[:, :4].round(), there, unequal),
        "labels: one nowhere, one everywhere": labels(sample(17, 4, seed=16) + never, never, unequal),
        "labels: none at all": labels(sample(5, 3, seed=17), torch.zeros(5, 3), [5]),
        "numbers: near": numbers(near + 0.3 * noise.unsqueeze(1), near.squeeze(1), unequal),
        "numbers: ties": numbers(ties[:, 0], ties[:, 1], unequal),
        "numbers: several": numbers(sample(17, 2, seed=18), sample(17, 2, seed=19), unequal),
        "numbers: constant targets": numbers(noise, torch.full((17,), 0.1), unequal),
        "numbers: constant targets, no errors": numbers(torch.full((5,), 0.5), torch.full((5,), 0.5), [5]),
        "numbers: constant outputs": numbers(torch.full((17,), 0.1), noise, unequal),
        "numbers: one": numbers(torch.tensor([1.5]), torch.tensor([1.0]), [1]),
        "numbers: opposite": numbers(noise, -noise, unequal),
        "masks: two": masks(likely(mask2, 2, seed=20).movedim(3, 1), mask2, [2, 2, 1]),
        "masks: three of four": masks(likely(mask4, 4, seed=21).movedim(3, 1), mask4, [2, 2, 1]),
        "masks: background only": masks(
            torch.stack([torch.ones(2, 3, 3), torch.zeros(2, 3, 3)], 1), torch.zeros(2, 3, 3, dtype=torch.int64), [2]),
        "text: right more often than not": text(likely(tokens, 6, seed=22, scale=3), tokens, [2, 2, 1]),
        "text: nothing in common": text(likely((tokens + 1) % 6, 6, seed=23, scale=9), tokens, [5]),
        "text: too short for BLEU": text(likely(tokens[:, :3], 6, seed=24), tokens[:, :3], [5]),
    }


if __name__ == "__main__":
    write(here / "reports.json", reports())
    write(here / "metrics.json", all_metrics())
