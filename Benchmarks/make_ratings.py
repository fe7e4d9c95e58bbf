"""Writes a CSV file of made ratings, part by part: what the benchmark of large recommenders reads.

usage: python make_ratings.py FILE [--rows 10000000] [--users 1000000] [--items 100000] [--seed 42]

Columns user, item, rating. How often an item is rated falls with its rank (Zipf); every user comes up about equally
often. A rating is the sum of a mean, a bias of the user, one of the item, the product of four factors of each, and
noise, rounded to a whole number from 1 to 5: something that a model of factors can learn. Needs numpy.
"""

import argparse
from pathlib import Path

import numpy as np


def write(file, rows, users, items, seed, part=500_000):
    random = np.random.default_rng(seed)
    user_factors, item_factors = (random.normal(0, 0.45, (count, 4)).astype(np.float32) for count in (users, items))
    user_bias, item_bias = (random.normal(0, 0.5, count).astype(np.float32) for count in (users, items))
    popularity = np.cumsum(1 / np.arange(1, items + 1) ** 0.8)
    popularity /= popularity[-1]
    names = random.permutation(items)  # so that an item's number says nothing about its popularity
    with file.open("w") as out:
        out.write("user,item,rating\n")
        for start in range(0, rows, part):
            count = min(part, rows - start)
            user = random.integers(0, users, count)
            item = names[np.minimum(np.searchsorted(popularity, random.random(count)), items - 1)]
            liking = 3.4 + user_bias[user] + item_bias[item] + (user_factors[user] * item_factors[item]).sum(1)
            rating = np.clip(np.rint(liking + random.normal(0, 0.6, count)), 1, 5).astype(int)
            out.writelines(f"{u},{i},{r}\n" for u, i, r in zip(user.tolist(), item.tolist(), rating.tolist()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="made ratings")
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    write(options.file, options.rows, options.users, options.items, options.seed)
