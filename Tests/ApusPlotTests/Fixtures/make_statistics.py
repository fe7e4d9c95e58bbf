"""Writes statistics.json: histograms and box plot numbers as numpy and matplotlib compute them.

Run with a Python that has numpy and matplotlib; the output beside this script is checked in.
"""

import json
import pathlib

import numpy as np
from matplotlib import cbook

random = np.random.default_rng(7)
samples = {
    "normal": random.normal(3, 2, 60),
    "skewed": np.concatenate([random.exponential(1, 50), [9.5, 12.25]]),
    "ties": np.array([1.0, 1, 1, 2, 2, 3, 5, 5, 5, 5, 8]),
    "two": np.array([4.0, 6.5]),
    "constant": np.array([2.5, 2.5, 2.5]),
}
cases = []
for name, values in samples.items():
    # Round numbers travel through JSON unchanged.
    values = np.round(values, 6)
    box = cbook.boxplot_stats(values)[0]
    histograms = []
    for bins in ["auto", 1, 7, 20]:
        counts, edges = np.histogram(values, bins=bins)
        histograms.append({"bins": bins if bins != "auto" else None, "counts": counts.tolist(), "edges": edges.tolist()})
    cases.append(
        {
            "name": name,
            "values": values.tolist(),
            "histograms": histograms,
            "q1": box["q1"],
            "median": box["med"],
            "q3": box["q3"],
            "lowerWhisker": box["whislo"],
            "upperWhisker": box["whishi"],
            "outliers": sorted(box["fliers"].tolist()),
        }
    )
target = pathlib.Path(__file__).with_name("statistics.json")
target.write_text(json.dumps(cases, indent=1) + "\n")
