"""Writes tabular.json, adult_rows.csv and sales.db: what fastai and pandas make of small tables.

    python make_tabular_fixtures.py ADULT_CSV

Needs torch, fastai and pandas; ADULT_CSV is the Adult data set of the UCI repository with a header.
"""

import math
import sqlite3
import sys
from pathlib import Path

import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import fixture_json
from fastai.tabular.all import (
    Categorify,
    FillMissing,
    Normalize,
    TabularModel,
    TabularPandas,
    add_datepart,
    add_elapsed_times,
    cont_cat_split,
    emb_sz_rule,
    tabular_learner,
)

folder = Path(__file__).parent
CATEGORICAL = ["workclass", "education", "relationship"]
CONTINUOUS = ["age", "fnlwgt", "education-num"]


def cells(frame):
    """{column: list of values}, missing ones as null."""
    return {
        str(name): [None if value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value for value in column]
        for name, column in ((name, frame[name].astype(object).tolist()) for name in frame.columns)
    }


def adult():
    frame = pd.read_csv(sys.argv[1], skipinitialspace=True).iloc[:80].reset_index(drop=True)
    frame = frame[["age", "workclass", "fnlwgt", "education", "education-num", "relationship", "class"]]
    frame["education-num"] = frame["education-num"].astype("float64")
    for row in (3, 17, 40, 61):
        frame.loc[row, "education-num"] = float("nan")
    frame.loc[5, "workclass"] = float("nan")
    frame.to_csv(folder / "adult_rows.csv", index=False)
    return frame


def processes():
    frame = adult()
    valid = list(range(60, 80))
    splits = (list(range(60)), valid)
    torch.manual_seed(1)
    to = TabularPandas(
        frame, [Categorify, FillMissing, Normalize], list(CATEGORICAL), list(CONTINUOUS), y_names="class",
        splits=splits, reduce_memory=False,
    )
    dls = to.dataloaders(bs=16)
    learner = tabular_learner(dls, layers=[8, 4])
    model = learner.model.eval()
    rows = to.valid
    cats, conts = torch.tensor(rows.cats.values).long(), torch.tensor(rows.conts.values).float()
    with torch.no_grad():
        for name, value in model.named_buffers():
            if "running" in name:
                value.copy_(torch.rand_like(value) + 0.5)
        for parameter in model.parameters():
            parameter.copy_((torch.randn_like(parameter) * 0.3 * 1000).round() / 1000)
        output = model(cats, conts)
    return {
        "classes": {name: list(map(str, to.classes[name])) for name in to.cat_names},
        "means": {name: float(value) for name, value in to.procs.normalize.means.items()},
        "stds": {name: float(value) for name, value in to.procs.normalize.stds.items()},
        "fills": {name: float(value) for name, value in to.procs.fill_missing.na_dict.items()},
        "codes": cats, "numbers": conts, "train_codes": torch.tensor(to.train.cats.values).long(),
        "targets": torch.tensor(rows.ys.values).flatten().long(), "vocabulary": list(dls.vocab),
        "state": dict(model.state_dict()), "output": output,
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def model(**options):
    torch.manual_seed(3)
    net = TabularModel([(5, 3), (9, 4)], 2, 1, [6, 5], **options)
    cats = torch.tensor([[0, 8], [4, 0], [2, 3], [1, 1]])
    conts = fixture_json.sample(4, 2, seed=9)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_((torch.randn_like(parameter) * 0.5 * 1000).round() / 1000)
    net.train()
    state = {name: value.clone() for name, value in net.state_dict().items()}
    output = net(cats, conts)
    (output.sin().sum()).backward()
    return {
        "state": state, "codes": cats, "numbers": conts, "output": output,
        "gradients": {name: p.grad for name, p in net.named_parameters()},
        "description": [type(layer).__name__ for block in net.layers for layer in (block if hasattr(block, "__iter__") else [block])],
    }


def dates():
    frame = pd.DataFrame(
        {"saleDate": ["2015-07-31", "2019-12-31", "2020-01-01", "2020-02-29", "2021-01-03", "1969-12-31", "2016-04-01 23:59:58"]}
    )
    frame["saleDate"] = pd.to_datetime(frame["saleDate"], format="mixed").astype("datetime64[ns]")
    texts = [str(value) for value in frame["saleDate"]]
    parts = add_datepart(frame, "saleDate", time=True)
    return {"dates": texts, "parts": {name: [float(value) for value in parts[name]] for name in parts.columns}}


def elapsed():
    days = ["2015-07-%02d" % day for day in (1, 2, 3, 4, 6, 7, 8, 9, 11, 14)]
    rows = [(store, day) for day in reversed(days) for store in (2, 1) if (store, day) != (2, "2015-07-03")]
    frame = pd.DataFrame(rows, columns=["Store", "Date"])
    frame["Promo"] = [(i * 7) % 5 == 0 for i in range(len(frame))]
    frame["Holiday"] = [i % 6 == 1 for i in range(len(frame))]
    source = cells(frame)
    result = add_elapsed_times(frame, ["Promo", "Holiday"], "Date", "Store")
    names = [name for name in result.columns if name not in ("Store", "Date", "Promo", "Holiday")]
    return {"source": source, "result": {name: [int(v) for v in result[name]] for name in names}}


def tables():
    frame = pd.read_csv(folder / "adult_rows.csv")
    counts = pd.crosstab(frame["relationship"], frame["class"])
    groups = frame.groupby("relationship", sort=True)["age"].agg(["mean", "std", "min", "max", "count", "sum", "nunique"])
    left = pd.DataFrame({"user": [3, 1, 2, 9], "film": ["b", "a", "b", "c"], "rating": [5, 3, 4, 1]})
    right = pd.DataFrame({"film": ["b", "a", "b", "d"], "rating": [50, 30, 51, 40], "title": ["B", "A", "B2", "D"]})
    continuous, categorical = cont_cat_split(frame, max_card=20, dep_var="class")
    return {
        "describe": cells(frame.describe()),
        "crosstab": {"rows": list(counts.index), **{name: list(map(int, counts[name])) for name in counts.columns}},
        "groups": {"relationship": list(groups.index), **{name: [None if math.isnan(v) else float(v) for v in groups[name]] for name in groups.columns}},
        "counts": {str(k): int(v) for k, v in frame["education"].value_counts().items()},
        "left_join": cells(left.merge(right, how="left", on="film", suffixes=("", "_y"))),
        "inner_join": cells(left.merge(right, how="inner", on="film", suffixes=("", "_y"))),
        "sorted": [int(i) for i in frame.sort_values(["education", "age"], ascending=[True, False], kind="stable").index],
        "continuous": continuous, "categorical": categorical,
    }


def sales():
    """A small SQLite file with values of several kinds in one column."""
    path = folder / "sales.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE sales (id INTEGER, price REAL, note TEXT, mixed)")
        rows = [(None, 1.5, "a", 1), (2, None, None, 2.5), (3, 2, "c", "x")]
        database.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", rows)


sales()
fixture_json.write(
    folder / "tabular.json",
    {
        "processes": processes(),
        "model": model(ps=[0.0, 0.0]),
        "model, fastai 1 order": model(lin_first=False, y_range=(0.5, 5.5)),
        "model, bare": model(use_bn=False, bn_cont=False),
        "model, final norm": model(bn_final=True),
        "dates": dates(),
        "elapsed": elapsed(),
        "tables": tables(),
        "embedding": {"counts": list(range(1, 60)) + [100, 1116, 10_000, 100_000], "sizes": [emb_sz_rule(n) for n in list(range(1, 60)) + [100, 1116, 10_000, 100_000]]},
    },
)
