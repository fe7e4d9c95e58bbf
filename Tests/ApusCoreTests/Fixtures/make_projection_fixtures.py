"""Writes projections.json: what scikit-learn and SciPy say of 600 of scikit-learn's pictures of digits.

    peer/bin/python Tests/ApusCoreTests/Fixtures/make_projection_fixtures.py

digits         -> {"pixels": a letter for each of the 600 x 64 levels from 0 ("a") to 16 ("q"), "labels": a digit for each}
neighbors      -> {"distances", "places"}: the 5 nearest other rows of the first 20, NearestNeighbors
components     -> {"places"}: PCA(2) of all rows, the first 20 places
trust          -> {"principal": {k: trustworthiness of PCA(2)}, "tsne": {k: the same of TSNE(2), started from PCA}}
separating     -> {"places": the first 20}: directions of labels 0, 1, 4 and 7 with a tenth of the covariance shrunk;
                  "ratios": of all labels, between to within along both directions. scipy.linalg.eigh.
logistic NAME  -> {"l2", "classes", "rows", "probabilities"}: LogisticRegression(C=1/l2) on the first 400 rows / 16 with the
                  labels below `classes`; of rows 400 to 419
"""

import sys
from pathlib import Path

import numpy as np
import scipy.linalg
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import NearestNeighbors

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fixture_json import write

digits = load_digits()
x, y = digits.data[:600], digits.target[:600]
cases = {
    "digits": {
        "pixels": "".join(chr(ord("a") + int(level)) for level in x.flatten()),
        "labels": "".join(str(label) for label in y),
    }
}

found = NearestNeighbors(n_neighbors=6).fit(x)
distances, places = found.kneighbors(x[:20])
cases["neighbors"] = {"distances": torch.tensor(distances[:, 1:]), "places": torch.tensor(places[:, 1:])}

components = PCA(2, svd_solver="full").fit_transform(x)
cases["components"] = {"places": torch.tensor(components[:20])}
tsne = TSNE(2, init="pca", random_state=0).fit_transform(x)
cases["trust"] = {
    name: {str(k): trustworthiness(x, places, n_neighbors=k) for k in (5, 15)}
    for name, places in (("principal", components), ("tsne", tsne))
}


def directions(rows, labels, shrinkage):
    names = np.unique(labels)
    mean = rows.mean(0)
    within, between = np.zeros((64, 64)), np.zeros((64, 64))
    for name in names:
        part = rows[labels == name]
        share = len(part) / len(rows)
        within += share * np.cov(part.T, bias=True)
        between += share * np.outer(part.mean(0) - mean, part.mean(0) - mean)
    within = (1 - shrinkage) * within + shrinkage * np.trace(within) / 64 * np.eye(64)
    values, vectors = scipy.linalg.eigh(between, within)
    vectors = vectors[:, ::-1][:, :2]
    signs = np.sign(vectors[np.abs(vectors).argmax(0), [0, 1]])
    return mean, vectors * signs, values[::-1][:2]


chosen = np.isin(y, [0, 1, 4, 7])
mean, vectors, values = directions(x[chosen], y[chosen], 0.1)
cases["separating"] = {"places": torch.tensor((x[:20] - mean) @ vectors), "ratios": list(values)}

for name, classes, l2 in (("two", 2, 1.0), ("ten", 10, 10.0)):
    known = y[:400] < classes
    model = LogisticRegression(C=1 / l2, tol=1e-10, max_iter=10000).fit(x[:400][known] / 16, y[:400][known])
    cases[f"logistic {name}"] = {
        "l2": l2,
        "classes": classes,
        "probabilities": torch.tensor(model.predict_proba(x[400:420] / 16)),
    }

write(Path(__file__).with_name("projections.json"), cases)
