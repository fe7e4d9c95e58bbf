"""Writes cleaning.json: what cleanlab (https://pypi.org/project/cleanlab/, 2.9.0) finds among labels, some of them wrong.

    pip install cleanlab==2.9.0
    python make_cleaning_fixtures.py > cleaning.json
"""
import json

import numpy
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues


def case(seed, items, classes, wrong, sharpness):
    random = numpy.random.default_rng(seed)
    true = random.integers(0, classes, items)
    logits = random.normal(size=(items, classes)) + sharpness * numpy.eye(classes)[true]
    exponents = numpy.exp(logits)
    # Rounded, so that both sides read the same numbers.
    probabilities = numpy.round(exponents / exponents.sum(1, keepdims=True), 5)
    labels = true.copy()
    flipped = random.choice(items, int(wrong * items), replace=False)
    labels[flipped] = (labels[flipped] + random.integers(1, classes, len(flipped))) % classes
    # cleanlab's joint has a row for each given label, too.
    joint = compute_confident_joint(labels, probabilities, calibrate=False)
    issues = find_label_issues(
        labels, probabilities, filter_by="confident_learning", return_indices_ranked_by="normalized_margin",
        min_examples_per_class=0)
    return {
        "probabilities": probabilities.tolist(), "labels": labels.tolist(),
        "thresholds": get_confident_thresholds(labels, probabilities).tolist(), "joint": joint.tolist(),
        "issues": issues.tolist()}


print(json.dumps({
    "few": case(1, 24, 3, 0.2, 2.0), "many": case(2, 150, 5, 0.15, 2.5), "vague": case(3, 60, 4, 0.3, 0.8)}))
