"""Makes the expected distances between sets of features, by NumPy and SciPy.

usage: python make_distance_fixtures.py        (NumPy, SciPy, PyTorch; writes distances.json beside itself)

"sets": {"a", "b": features, "frechet", "kernel"}: the Fréchet distance by scipy.linalg.sqrtm of the product of both covariances,
and the unbiased squared maximum mean discrepancy by sums over pairs. "few": the same with fewer examples than features.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import numpy as np
from scipy.linalg import sqrtm

from fixture_json import sample, write


def frechet(a, b):
    product = sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False))
    trace = np.trace(np.cov(a, rowvar=False) + np.cov(b, rowvar=False) - 2 * np.real(product))
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + trace)


def kernel(a, b):
    def k(x, y):
        return (float(x @ y) / len(x) + 1) ** 3

    def within(s):
        pairs = [(i, j) for i in range(len(s)) for j in range(len(s)) if i != j]
        return sum(k(s[i], s[j]) for i, j in pairs) / len(pairs)

    return within(a) + within(b) - 2 * sum(k(x, y) for x in a for y in b) / (len(a) * len(b))


def case(a, b):
    first, second = a.double().numpy(), b.double().numpy()
    return {"a": a, "b": b, "frechet": frechet(first, second), "kernel": kernel(first, second)}


mix = sample(6, 6, seed=3)
write(
    Path(__file__).parent / "distances.json",
    {
        "sets": case(sample(40, 6, seed=1), (sample(30, 6, seed=2) @ mix * 0.4 + 0.3).mul(1000).round() / 1000),
        "few": case(sample(4, 6, seed=4), sample(5, 6, seed=5) + 1),
    },
)
