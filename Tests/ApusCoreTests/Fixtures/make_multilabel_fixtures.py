"""Writes multilabel.json: scikit-learn's report on several labels, and the best F1 of each label over its thresholds.

usage: python make_multilabel_fixtures.py   (needs numpy and scikit-learn)
"""

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import classification_report, precision_recall_curve

random = np.random.default_rng(3)


def best_f1(targets, probabilities):
    if not targets.any():
        return 0.0
    precision, recall, _ = precision_recall_curve(targets, probabilities)
    both = precision + recall
    return float(np.max(np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)))


def case(items, labels, threshold, absent=None, ties=False):
    targets = (random.random((items, labels)) < 0.4).astype(int)
    if absent is not None:
        targets[:, absent] = 0
    probabilities = np.clip(0.55 * random.random((items, labels)) + 0.4 * targets, 0, 1).round(1 if ties else 3)
    names = [f"label {index}" for index in range(labels)]
    report = classification_report(
        targets, probabilities > threshold, target_names=names, output_dict=True, zero_division=0
    )

    def row(name):
        return [report[name][key] for key in ("precision", "recall", "f1-score", "support")]

    return {
        "threshold": threshold,
        "vocabulary": names,
        "probabilities": probabilities.tolist(),
        "targets": targets.tolist(),
        "rows": [row(name) for name in names],
        "averages": [row(f"{name} avg") for name in ("micro", "macro", "weighted", "samples")],
        "best": [best_f1(targets[:, index], probabilities[:, index]) for index in range(labels)],
        "best_of_all": best_f1(targets.ravel(), probabilities.ravel()),
    }


cases = {
    "random": case(40, 5, 0.5),
    "a label that is absent": case(30, 4, 0.4505, absent=2),
    "equal probabilities": case(30, 3, 0.65, ties=True),
    "nothing predicted": case(12, 2, 0.999),
}
Path(__file__).with_name("multilabel.json").write_text(json.dumps(cases) + "\n")
