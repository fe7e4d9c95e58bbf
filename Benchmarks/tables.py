"""How good the defaults of `apus train table` are: network, trees and linear model on eight tables.

    make tables PEER=VENV DATA=DIR

runs the release build with nothing but the target named, once for each seed, and prints a table of the means over the
seeds: R2 for numbers, accuracy for classes. `--fastai` adds fastai's defaults (three epochs of its 2019 course) through
the same program. Housing, Adult and Titanic are read from DATA, three tables come with scikit-learn, and two are made here
with a seed: sales of shops by day, and claims with brokers and places of hundreds of values.
"""
import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


FASTAI = ("--epochs 3 --lr 1e-3 --batch-size 64 --layers 200,100 --dropout 0 --embedding-dropout 0 --wd 0.01 "
          "--last-epoch").split()


def sales(rows=30_000, seed=1):
    """Sales of 300 shops by day: the shop's size and kind, weekdays, promotions, seasons, holidays, a trend."""
    import pandas as pd

    random = np.random.default_rng(seed)
    shops = 300
    size = random.normal(8.5, 0.4, shops)
    kind = random.integers(0, 4, shops)
    town = random.integers(0, 60, shops)
    wealth = random.normal(0, 0.2, 60)
    distance = random.exponential(5000, shops).round(-1) + 10
    shop = random.integers(0, shops, rows)
    day = random.integers(0, 730, rows)
    date = pd.Timestamp("2013-01-01") + pd.to_timedelta(day, unit="D")
    weekday = date.day_of_week.to_numpy()
    promotion = random.random(rows) < np.where(weekday < 5, 0.4, 0.1)
    holiday = random.random(rows) < 0.03
    week = np.array([0.15, 0.05, 0, 0, 0.05, 0.1, -0.7])
    lift = np.array([0.35, 0.2, 0.3, 0.05])
    log = (size[shop] + wealth[town[shop]] + week[weekday] + promotion * lift[kind[shop]] - 0.8 * holiday
           + 0.15 * np.sin(2 * math.pi * (date.day_of_year.to_numpy() - 80) / 365) + 0.3 * (date.month == 12)
           - 0.05 * np.log(distance[shop]) + 0.0002 * day + random.normal(0, 0.12, rows))
    return pd.DataFrame({
        "Store": [f"s{i:03}" for i in shop], "Date": date.strftime("%Y-%m-%d"), "StoreType": ["abcd"[i] for i in kind[shop]], "Town": [f"t{i:02}" for i in town[shop]],
        "Promo": promotion.astype(int), "Holiday": np.where(holiday, "yes", "no"),
        "CompetitionDistance": np.where(random.random(rows) < 0.02, np.nan, distance[shop]),
        "Sales": np.exp(log).round(2)})


def claims(rows=30_000, seed=2):
    """Whether a claim is paid: brokers and places of hundreds of values, dates, an amount, missing values."""
    import pandas as pd

    random = np.random.default_rng(seed)
    brokers, places = 400, 700
    trust, risk = random.normal(0, 0.9, brokers), random.normal(0, 0.5, places)
    broker = np.minimum(random.geometric(1 / 90, rows) - 1, brokers - 1)
    place = random.integers(0, places, rows)
    kinds = np.array(["fire", "water", "theft", "storm", "glass"])
    kind = random.choice(5, rows, p=[0.1, 0.3, 0.25, 0.2, 0.15])
    amount = np.exp(random.normal(np.array([9, 7.5, 7, 8, 5.5])[kind], 1))
    opened = pd.Timestamp("2018-01-01") + pd.to_timedelta(random.integers(0, 1000, rows), unit="D")
    age = random.integers(18, 90, rows)
    score = (0.4 + trust[broker] + risk[place] + np.array([0.3, 0.5, -1.2, 0.4, 1.5])[kind]
             - 0.35 * (np.log(amount) - 7.5) + np.where((age < 25) & (kind == 2), -1.0, 0)
             + 0.5 * (opened.month.isin([1, 2, 12]) & (kind == 3)) - 0.0006 * np.abs(opened.day_of_year - 180))
    paid = random.random(rows) < 1 / (1 + np.exp(-1.5 * score))
    return pd.DataFrame({
        "Broker": [f"b{i:03}" for i in broker], "Place": [f"p{i:03}" for i in place], "Kind": kinds[kind],
        "Opened": opened.strftime("%Y-%m-%d"), "Age": np.where(random.random(rows) < 0.05, np.nan, age),
        "Amount": amount.round(2), "Paid": np.where(paid, "yes", "no")})


def tables(data, folder):
    """Name, file and arguments of each table."""
    import sklearn.datasets as bundled

    found = [
        ("housing", data / "housing.csv", ["--target", "median_house_value"]),
        ("adult", data / "tabular/adult.csv", ["--target", "class"]),
        ("titanic", data / "tabular/titanic/train.csv", ["--target", "Survived"]),
    ]
    for name, load, extra in [("breast_cancer", bundled.load_breast_cancer, ["--classification"]),
                              ("digits", bundled.load_digits, ["--classification"]),
                              ("diabetes", bundled.load_diabetes, [])]:
        file = folder / f"{name}.csv"
        load(as_frame=True).frame.to_csv(file, index=False)
        found.append((name, file, ["--target", "target", *extra]))
    for name, make, extra in [("sales", sales, ["--target", "Sales", "--date", "Date"]),
                              ("claims", claims, ["--target", "Paid", "--date", "Opened"])]:
        file = folder / f"{name}.csv"
        make().to_csv(file, index=False)
        found.append((name, file, extra))
    return found


def run(program, file, arguments, seed):
    """The metric of each model by name, the seconds of the fit and of all, and whether numbers are learned."""
    start = time.time()
    done = subprocess.run(
        [program, "train", "table", str(file), *arguments, "--seed", str(seed), "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{file}: {done.stderr}")
    report = json.loads(done.stdout.splitlines()[-1])
    metrics = next(e for e in report["epochs"] if e["epoch"] == report["best_epoch"])["metrics"]
    name = "r2_score" if "r2_score" in metrics else "accuracy"
    values = {"network": metrics[name]}
    for baseline in report.get("baselines", []):
        values[baseline["name"]] = baseline["metrics"][name]
    return values, report["fit_s"], time.time() - start, name == "r2_score"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--program", default=".build/release/apus-tables")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="Names of tables, separated by commas.")
    parser.add_argument("--fastai", action="store_true", help="Run fastai's defaults too.")
    parser.add_argument("rest", nargs="*", help="Further arguments of the program, behind --.")
    arguments = parser.parse_args()
    only = [name for name in arguments.only.split(",") if name]
    models = ["network", "trees", "linear", "constant"]
    print(f"{'table':<14}" + "".join(f"{name:>16}" for name in models) + f"{'- trees':>9}{'fit s':>8}{'all s':>8}"
          + (f"{'fastai':>16}" if arguments.fastai else ""))
    with tempfile.TemporaryDirectory() as folder:
        for name, file, extra in tables(arguments.data, Path(folder)):
            if only and name not in only:
                continue
            runs = [run(arguments.program, file, extra + arguments.rest, seed) for seed in range(arguments.seeds)]

            def shown(values):
                values = [value for value in values if value is not None]
                return f"{np.mean(values):.4f} ±{np.std(values):.4f}" if values else "-"

            row = {model: [values.get(model) for values, *_ in runs] for model in models}
            line = f"{name:<14}" + "".join(f"{shown(row[model]):>16}" for model in models)
            if None not in row["trees"]:
                line += f"{np.mean(row['network']) - np.mean(row['trees']):>+9.4f}"
            line += f"{np.mean([r[1] for r in runs]):>8.1f}{np.mean([r[2] for r in runs]):>8.1f}"
            if arguments.fastai:
                scale = ["--target-scale", "none"] if runs[0][3] else []
                bare = [run(arguments.program, file, [*extra, *FASTAI, *scale, "--no-baseline"], seed)[0]["network"]
                        for seed in range(arguments.seeds)]
                line += f"{shown(bare):>16}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
