"""Writes baselines.json: what LightGBM and scikit-learn make of adult_rows.csv, prepared as fastai prepares it.

    python make_baseline_fixtures.py

Needs fastai, scikit-learn and lightgbm 4.7.
"""

import sys
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import fixture_json
from fastai.tabular.all import Categorify, FillMissing, Normalize, TabularPandas

folder = Path(__file__).parent
SMALL = {"min_data_per_group": 5, "cat_smooth": 1}  # There are few rows.


def prepared(target, categorical, continuous, valid=range(60, 80)):
    frame = pd.read_csv(folder / "adult_rows.csv")
    to = TabularPandas(
        frame, [Categorify, FillMissing, Normalize], list(categorical), list(continuous), y_names=target,
        splits=([row for row in range(80) if row not in valid], list(valid)), reduce_memory=False,
    )
    names = list(to.cat_names) + list(to.cont_names)
    sizes = [len(to.classes[name]) for name in to.cat_names]

    def part(rows):
        matrix = np.concatenate([rows.cats.values, rows.conts.values], axis=1).astype(np.float32)
        return matrix, rows.ys.values.flatten()

    return part(to.train), part(to.valid), names, sizes


def trees(data, objective, metric, rounds, patience=None, **settings):
    (train, train_labels), (valid, valid_labels), names, sizes = data
    parameters = {
        "objective": objective, "metric": metric, "seed": 0, "deterministic": True, "force_col_wise": True,
        "verbosity": -1, **SMALL, **settings,
    }
    rows = lightgbm.Dataset(train, train_labels.astype(np.float32), categorical_feature=list(range(len(sizes))))
    losses = {}
    callbacks = [lightgbm.record_evaluation(losses)]
    if patience:
        callbacks.append(lightgbm.early_stopping(patience, verbose=False))
    booster = lightgbm.train(
        parameters, rows, rounds, valid_sets=[rows.create_valid(valid, valid_labels.astype(np.float32))],
        callbacks=callbacks,
    )
    best = booster.best_iteration if patience else rounds
    return booster, {
        "names": names, "rounds": best, "outputs": np.asarray(booster.predict(valid, num_iteration=best)).flatten().tolist(),
        "gain": booster.feature_importance("gain", iteration=best).tolist(),
        "split": booster.feature_importance("split", iteration=best).tolist(),
        "losses": losses["valid_0"][metric],
    }


def one_hot(matrix, sizes):
    parts = [np.eye(size)[matrix[:, place].astype(int)] for place, size in enumerate(sizes)]
    return np.concatenate([*parts, matrix[:, len(sizes):].astype(np.float64)], axis=1)


def linear(data, model, logistic):
    (train, train_labels), (valid, _), _, sizes = data
    model.fit(one_hot(train, sizes), train_labels)
    rows = one_hot(valid, sizes)
    return {
        "outputs": (model.predict_proba(rows) if logistic else model.predict(rows)).flatten().tolist(),
        "weights": np.atleast_2d(model.coef_).T.tolist(), "intercepts": np.atleast_1d(model.intercept_).tolist(),
    }


def dependence(booster, data):
    """The mean of the predictions with one column set to each of some values."""
    _, (valid, _), names, _ = data

    def mean(**values):
        rows = valid.copy()
        for name, value in values.items():
            rows[:, names.index(name.replace("_num", "-num"))] = value
        return float(booster.predict(rows).mean())

    codes = sorted(set(valid[:, names.index("workclass")]))
    numbers = valid[:, names.index("education-num")].astype(np.float64)
    low, high = np.quantile(numbers, [0.05, 0.95])
    inside = sorted(value for value in set(numbers) if low <= value <= high)
    return {
        "codes": [int(code) for code in codes], "workclass": [mean(workclass=code) for code in codes],
        "grid": inside, "education-num": [mean(education_num=value, education_num_na=1) for value in inside],
    }


income = prepared("class", ["workclass", "education", "relationship"], ["age", "fnlwgt", "education-num"])
# Its validation rows are others, because one class must not be in them alone.
relationship = prepared(
    "relationship", ["workclass", "education"], ["age", "fnlwgt", "education-num"], valid=range(20)
)
age = prepared("age", ["workclass", "education", "relationship"], ["fnlwgt", "education-num"])
small = {"num_leaves": 7, "min_data_in_leaf": 5}
forest = {
    "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.632, "feature_fraction_bynode": 0.5, "num_leaves": 1024,
    "min_data_in_leaf": 5,
}
regressor, regression = trees(age, "regression", "rmse", 20, **small)
fixture_json.write(
    folder / "baselines.json",
    {
        "binary": trees(income, "binary", "binary_logloss", 20, **small)[1],
        "early stopping": trees(income, "binary", "binary_logloss", 60, patience=5, **small)[1],
        "multiclass": trees(relationship, "multiclass", "multi_logloss", 10, num_class=6, **small)[1],
        "regression": regression,
        "forest": trees(income, "binary", "binary_logloss", 20, **forest)[1],
        "dependence": dependence(regressor, age),
        "logistic": linear(income, LogisticRegression(C=1, tol=1e-10, max_iter=10_000), True),
        "softmax": linear(relationship, LogisticRegression(C=1, tol=1e-10, max_iter=10_000), True),
        "ridge": linear(age, Ridge(alpha=1), False),
        "least squares": linear(age, Ridge(alpha=1e-9, solver="svd"), False),
    },
)
