"""Writes collab.json: what fastai, PyTorch and scikit-learn make of a small table of ratings.

    python make_collab_fixtures.py

Needs torch, fastai, pandas and scikit-learn.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import fixture_json
from fastai.collab import Categorify, TabularCollab, TransformBlock, collab_learner
from fastai.layers import sigmoid_range
from sklearn.metrics import ndcg_score

folder = Path(__file__).parent
films = ["Fargo", "Alien", "Heat", "Brazil", "Clue", "Duel", "Evita", "Gigi", "Help", "If"]


def ratings():
    """75 rows of nine users and ten films; the last fifteen, for validation, have a user and a film of their own."""
    generator = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "user": generator.integers(1, 10, 75) * 3,
            "film": [films[i] for i in generator.integers(0, 9, 75)],
            "rating": generator.integers(1, 6, 75).astype(float),
        }
    )
    frame.loc[66, "user"] = 99
    frame.loc[70, "film"] = "If"
    return frame


def loaders(frame, size=12):
    splits = (list(range(60)), list(range(60, 75)))
    to = TabularCollab(
        frame, [Categorify], ["user", "film"], y_names=["rating"], y_block=TransformBlock(), splits=splits,
        reduce_memory=False,
    )
    return to, to.dataloaders(bs=size, shuffle=False, drop_last=True)


def set_weights(model, scale):
    torch.manual_seed(8)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_((torch.randn_like(parameter) * scale * 1000).round() / 1000)
    return {name: value.clone() for name, value in model.state_dict().items()}


def learner_case(**options):
    frame = ratings()
    to, dls = loaders(frame)
    learner = collab_learner(dls, y_range=(0, 5.5), **options)
    state = set_weights(learner.model, 0.3)
    codes = torch.tensor(to.valid.cats.values).long()
    model = learner.model.eval()
    with torch.no_grad():
        output = model(codes) if not options.get("use_nn") else model(codes, torch.zeros(len(codes), 0))
    losses = []
    learner.recorder.smooth_loss.beta = 0.98
    from fastai.callback.core import Callback

    class Keep(Callback):
        order = 70

        def after_batch(self):
            if self.training:
                losses.append(float(self.loss))

    with learner.no_bar(), learner.no_logging():
        learner.fit(5, lr=5e-3, wd=0.1, cbs=Keep())
    return {
        "rows": {name: frame[name].tolist() for name in frame}, "classes": {k: list(map(str, v)) for k, v in to.classes.items()},
        "state": state, "codes": codes, "output": output, "losses": torch.tensor(losses, dtype=torch.float64),
        "final": dict(learner.model.state_dict()), "valid_loss": float(learner.recorder.values[-1][1]),
    }


def sparse_adam():
    """Ten steps of SparseAdam, whose epsilon stands elsewhere than Adam's, on rows that occur several times."""
    torch.manual_seed(1)
    table = nn.Embedding(7, 3, sparse=True)
    start = fixture_json.sample(7, 3, seed=5)
    target = fixture_json.sample(6, 3, seed=6)
    indices = torch.randint(0, 5, (10, 6))
    with torch.no_grad():
        table.weight.copy_(start)
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.05, betas=(0.9, 0.99), eps=1e-20)
    for step in indices:
        optimizer.zero_grad()
        (table(step) - target).square().mean().backward()
        optimizer.step()
    return {"start": start, "target": target, "indices": indices, "end": table.weight}


class DotProduct(nn.Module):
    def __init__(self, n_users, n_items, n_factors, y_range=None, bias=False):
        super().__init__()
        self.user_factors, self.item_factors = nn.Embedding(n_users, n_factors), nn.Embedding(n_items, n_factors)
        if bias:
            self.user_bias, self.item_bias = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)
        self.y_range, self.bias = y_range, bias

    def forward(self, x):
        users, items = x[:, 0], x[:, 1]
        result = (self.user_factors(users) * self.item_factors(items)).sum(dim=1, keepdim=True)
        if self.bias:
            result = result + self.user_bias(users) + self.item_bias(items)
        return sigmoid_range(result, *self.y_range) if self.y_range else result


def scratch(wd=0.0, **options):
    """25 steps of plain gradient descent, the squares of all weights added to the loss."""
    to, _ = loaders(ratings())
    codes = torch.tensor(to.train.cats.values).long()
    targets = torch.tensor(to.train.ys.values).float().flatten()
    model = DotProduct(len(to.classes["user"]), len(to.classes["film"]), 4, **options)
    state = set_weights(model, 0.4)
    losses = []
    for step in range(25):
        rows = slice(step % 5 * 12, step % 5 * 12 + 12)
        loss = (model(codes[rows]).flatten() - targets[rows]).square().mean()
        losses.append(float(loss))
        (loss + wd * sum(p.square().sum() for p in model.parameters())).backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
                parameter.grad = None
    return {"codes": codes, "targets": targets, "state": state, "losses": torch.tensor(losses, dtype=torch.float64)}


def ranking():
    """The mean NDCG of scikit-learn at several places, for what three users chose among eight items."""
    scores = np.array([[0.9, 0.1, 0.8, 0.3, 0.7, 0.2, 0.6, 0.4], [0.2, 0.9, 0.1, 0.8, 0.3, 0.7, 0.4, 0.6], [0.5, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8]])
    chosen = np.array([[0, 0, 1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 0, 0, 0]])
    return {
        "scores": torch.tensor(scores), "chosen": torch.tensor(chosen),
        "ndcg": {str(k): float(ndcg_score(chosen, scores, k=k)) for k in (1, 3, 5, 8)},
    }


fixture_json.write(
    folder / "collab.json",
    {
        "dot product": learner_case(n_factors=5),
        "network": learner_case(use_nn=True, emb_szs={"user": 3}, layers=[6]),
        "sparse Adam": sparse_adam(),
        "scratch": scratch(),
        "scratch, range": scratch(y_range=(0, 5.5)),
        "scratch, bias": scratch(y_range=(0, 5.5), bias=True),
        "scratch, decay": scratch(y_range=(0, 5.5), bias=True, wd=0.02),
        "ranking": ranking(),
    },
)
