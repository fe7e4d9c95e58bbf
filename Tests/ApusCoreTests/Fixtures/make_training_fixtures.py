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
events.json      "letters" -> {event: letter}; "none" and "EXCEPTION at EVENT" -> {"events": a letter for each event of a
                 fit of one epoch, two training batches, one validation batch, "escapes": whether the exception came
                 out of fit}. The exception is raised when the event occurs for the first time.
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
from fastai.callback import core, schedule  # noqa: F401  (schedule adds fit_one_cycle and its kin to Learner)
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
    many = [sample(2, 3, seed=10 + step, scale=0.5) for step in range(25)]

    def case(name, make, steps=8, **hyperparameters):
        parameter = nn.Parameter(start.clone())
        optimiser = make([parameter], **hyperparameters)
        after = []
        gradients = many[:steps]
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
    case("SGD with momentum and decay, 25 steps", SGD, steps=25, lr=0.1, mom=0.9, wd=0.1)
    case("Adam, 25 steps", Adam, steps=25, lr=0.03, mom=0.85, sqr_mom=0.99, eps=1e-5, wd=0.1)
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


def event_cases():
    names = [name for name in core._events if name != "after_create"]
    letters = {name: chr(ord("A") + index) for index, name in enumerate(names)}
    cancels = {"none": None}
    places = [name for name in names if "cancel" not in name]
    for kind in ("Step", "Backward", "Batch", "Train", "Valid", "Epoch", "Fit"):
        for place in places:
            cancels[f"{kind} at {place}"] = (getattr(core, f"Cancel{kind}Exception"), place)
    cases = {"letters": letters}
    inputs, targets = sample(4, 2, seed=1), sample(4, 1, seed=2)
    for case, cancel in cancels.items():
        seen = []

        def note(name, seen=seen, cancel=cancel):
            seen.append(letters[name])
            if cancel and name == cancel[1] and seen.count(letters[name]) == 1:
                raise cancel[0]()

        items = list(zip(inputs, targets))
        data = DataLoaders(*(DataLoader(items, bs=size, shuffle=False, num_workers=0) for size in (2, 4)))
        methods = {name: lambda self, name=name: note(name) for name in names}
        learn = Learner(data, nn.Linear(2, 1), loss_func=MSELossFlat(), path=tempfile.gettempdir(), lr=0.1,
                        default_cbs=False, cbs=core.TrainEvalCallback())  # fmt: skip
        learn.add_cb(type("Noting", (Callback,), methods)())
        try:
            quiet(learn, "fit(1)")
            escapes = False
        except Exception as error:
            if cancel is None or not isinstance(error, cancel[0]):
                raise
            escapes = True
        cases[case] = {"events": "".join(seen), "escapes": escapes}
    return cases


write(here / "schedules.json", schedule_cases())
write(here / "optimisers.json", optimiser_cases())
write(here / "learner.json", learner_cases())
write(here / "events.json", event_cases())
