"""Makes the expected course of training runs, as fastai's Learner, optimisers and schedules run them.

usage: python make_training_fixtures.py        (fastai 2.8, PyTorch 2.13; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

schedules.json   name -> {"call", "batches" (per epoch), "groups", "lr": [[of each group] of each step], "mom": the same}.
                 Values are those in force during the step.
optimisers.json  name -> {"start": tensor, "gradients": [tensor of each step], "hyperparameters", "after": [tensor after
                 each step]}: one parameter, given gradients, constant hyperparameters.
learner.json     name -> {"model", "inputs", "targets", "batch_size", "call", "initial": {parameter: tensor}, "losses":
                 [of each batch], "rows": [[train_loss (smoothed), valid_loss] of each epoch], "final": {entry: tensor}}:
                 no shuffling, mean squared error, the validation set equals the training set, and "rules" lists for
                 every parameter whether it is decayed, trained while frozen, and its group.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
from fastai.basics import Callback, DataLoader, DataLoaders, Learner, MSELossFlat, params
from fastai.callback import schedule  # noqa: F401  (adds fit_one_cycle and its kin to Learner)
from fastai.optimizer import SGD, Adam, Lamb, Larc, Lookahead, QHAdam, RAdam, RMSProp
from torch import nn

from fixture_json import sample, write

here = Path(__file__).parent


class Watch(Callback):
    """Notes hyperparameters and losses of every training batch."""

    order = 90

    def __init__(self):
        self.lr, self.mom, self.losses = [], [], []

    def before_step(self):
        self.lr.append([float(group["lr"]) for group in self.opt.hypers])
        self.mom.append([float(group["mom"]) for group in self.opt.hypers])
        self.losses.append(self.loss.item())


def loaders(inputs, targets, batch_size):
    items = list(zip(inputs, targets))
    return DataLoaders(*(DataLoader(items, bs=batch_size, shuffle=False, num_workers=0) for _ in range(2)))


def learner(model, inputs, targets, batch_size, **options):
    made = Learner(
        loaders(inputs, targets, batch_size), model, loss_func=MSELossFlat(), path=tempfile.gettempdir(), **options
    )
    made.add_cb(Watch())
    return made


def quiet(learn, call):
    with learn.no_bar(), learn.no_logging():
        exec(f"learn.{call}", {"learn": learn, "slice": slice})


def schedule_cases():
    cases = {}
    inputs, targets = sample(20, 2, seed=1), sample(20, 1, seed=2)
    three = lambda model: [params(model[0]), params(model[1]), params(model[2])]  # noqa: E731
    for call, batch_size, groups in [
        ("fit_one_cycle(2, 1e-2)", 4, 1),
        ("fit_one_cycle(1, 1e-3)", 2, 1),
        ("fit_one_cycle(3, 0.01, div=10, div_final=100, pct_start=0.4, moms=(0.9, 0.8, 0.95))", 5, 1),
        ("fit_one_cycle(1, slice(1e-3))", 4, 3),
        ("fit_one_cycle(1, slice(1e-5, 1e-3))", 4, 3),
        ("fit(1, slice(1e-5, 1e-3))", 4, 3),
        ("fit(1, 1e-3)", 4, 1),
        ("fine_tune(2)", 4, 3),
        ("fine_tune(1, base_lr=1e-2, freeze_epochs=2)", 4, 3),
        ("fit_flat_cos(2, 1e-2)", 4, 1),
        ("fit_sgdr(2, 1, 1e-2)", 4, 1),
    ]:
        model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1))
        learn = learner(model, inputs, targets, batch_size, **({"splitter": three} if groups == 3 else {}))
        quiet(learn, call)
        cases[call] = {"call": call, "batches": 20 // batch_size, "groups": groups, "lr": learn.watch.lr,
                       "mom": learn.watch.mom}  # fmt: skip
    return cases


def optimiser_cases():
    cases = {}
    start = sample(2, 3, seed=3)
    gradients = [sample(2, 3, seed=10 + step, scale=0.5) for step in range(8)]

    def case(name, make, **hyperparameters):
        parameter = nn.Parameter(start.clone())
        optimiser = make([parameter], **hyperparameters)
        after = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimiser.step()
            after.append(parameter.detach().clone())
        cases[name] = {"start": start, "gradients": gradients, "hyperparameters": hyperparameters, "after": after}

    case("SGD", SGD, lr=0.1)
    case("SGD with momentum", SGD, lr=0.1, mom=0.9)
    case("SGD with momentum and decay", SGD, lr=0.1, mom=0.9, wd=0.01)
    case("SGD with momentum and L2", SGD, lr=0.1, mom=0.9, wd=0.01, decouple_wd=False)
    case("Adam", Adam, lr=0.1)
    case("Adam of the one-cycle run", Adam, lr=0.003, mom=0.95, sqr_mom=0.99, eps=1e-5, wd=0.01)
    case("Adam with L2", Adam, lr=0.1, wd=0.1, decouple_wd=False)
    case("Adam without decay", Adam, lr=0.1, wd=0)
    case("RMSProp", RMSProp, lr=0.01)
    case("RMSProp with momentum", RMSProp, lr=0.01, mom=0.9, wd=0.01)
    case("RAdam", RAdam, lr=0.1)
    case("QHAdam", QHAdam, lr=0.1)
    case("Larc", Larc, lr=0.1)
    case("Lamb", Lamb, lr=0.1)
    case("Lookahead of SGD", lambda parameters, **options: Lookahead(SGD(parameters, **options), k=3), lr=0.1)
    return cases


def copied(state):
    return {name: tensor.clone() for name, tensor in state.items()}


def learner_cases():
    cases = {}
    inputs, targets = sample(16, 3, seed=4), sample(16, 1, seed=5)

    def case(name, model, call, batch_size=4, **options):
        torch.manual_seed(42)
        network = eval(model)  # the expressions below, nobody else's
        named = {key: eval(value) if isinstance(value, str) else value for key, value in options.items()}
        learn = learner(network, inputs, targets, batch_size, **named)
        entry = {"model": model, "inputs": inputs, "targets": targets, "batch_size": batch_size, "options": options,
                 "call": call, "initial": copied(network.state_dict()), "losses": [], "rows": []}  # fmt: skip
        for part in call.split("; "):
            quiet(learn, part)
            if part.startswith("fi"):
                entry["rows"] += [list(row) for row in learn.recorder.values]
        entry["losses"], entry["final"] = learn.watch.losses, copied(network.state_dict())
        entry["lr"] = learn.watch.lr
        names = {parameter: name for name, parameter in network.named_parameters()}
        entry["rules"] = {
            names[parameter]: {
                "group": index,
                "decayed": state.get("do_wd", True),
                "trained_while_frozen": state.get("force_train", False),
                "trained_now": parameter.requires_grad,
            }
            for index, group in enumerate(learn.opt.param_lists)
            for parameter, state in ((parameter, learn.opt.state[parameter]) for parameter in group)
        }
        cases[name] = entry

    plain = "nn.Linear(3, 1)"
    normed = "nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))"
    two = "lambda model: [params(model[:3]), params(model[3:])]"
    case("a linear model, one cycle", plain, "fit_one_cycle(3, 0.1)")
    case("a linear model, constant rate, decay asked for in fit", plain, "fit(2, 0.05, wd=0.1)")
    case("a linear model, decay also for biases", plain, "fit(2, 0.05, wd=0.1)", wd_bn_bias=True)
    case("batch norm and biases are not decayed", normed, "fit_one_cycle(2, 0.05, wd=0.5)")
    case("a frozen body keeps its weights, but its batch norm trains", normed, "freeze(); fit_one_cycle(2, 0.05)",
         splitter=two)  # fmt: skip
    case("frozen batch norm when asked", normed, "freeze(); fit_one_cycle(2, 0.05)", splitter=two, train_bn=False)
    case("fine tuning", normed, "fine_tune(2, 0.05)", splitter=two)
    case("two fits keep the optimiser's state", plain, "fit(1, 0.05); fit(1, 0.05)")
    case("SGD", plain, "fit(2, 0.05)", opt_func="partial(SGD, mom=0.9)")
    return cases


write(here / "schedules.json", schedule_cases())
write(here / "optimisers.json", optimiser_cases())
write(here / "learner.json", learner_cases())
