"""Makes the expected values of metrics, as scikit-learn, scipy and fastai compute them.

usage: python make_metric_fixtures.py        (scikit-learn 1.9, scipy 1.17, fastai 2.8; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

reports.json   name -> {"actual", "predicted", "vocabulary", "rows": [[precision, recall, f1, support] of each class],
               "accuracy", "macro", "weighted", "text"}.
"""

import re
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import numpy as np
from sklearn import metrics as skm

from fixture_json import write

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


if __name__ == "__main__":
    write(here / "reports.json", reports())
