"""Makes the expected course of training runs, as fastai's Learner, optimisers and schedules run them.

usage: python make_training_fixtures.py        (fastai 2.8, PyTorch 2.13; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

schedules.json   name -> {"call", "batches" (per epoch), "groups", "lr": [[of each group] of each step], "mom": the same}.
                 Values are those in force during the step.
optimisers.json  "course" -> {"start": tensor, "gradients": [tensor of each step], "steps": [counted from 1]};
                 name -> {"hyperparameters", "after": [tensor after each of "steps"]}: one parameter, given gradients,
                 constant hyperparameters.
runs.json        "data" -> {"inputs", "targets", "initial"}; name -> {"final": {entry: tensor}, "loss": of the last batch}:
                 28 steps of fastai's learner with an optimiser, or 25 to 28 with a schedule, and a small network.
finder.json      "suggestions of NAME" -> {"lrs", "losses", "valley", "steep", "minimum", "slide"}: what fastai's
                 functions say of a curve. "run NAME" -> {"batch_size", "lrs", "losses" (smoothed), the suggestions}:
                 fastai's lr_find on the data of runs.json.
learner.json     name -> {"model", "inputs", "targets", "batch_size", "call", "initial": {parameter: tensor}, "losses":
                 [of each batch], "rows": [[train_loss (smoothed), valid_loss] of each epoch], "final": {entry: tensor}}:
                 no shuffling, mean squared error, the validation set equals the training set, and "rules" lists for
                 every parameter whether it is decayed, trained while frozen, and its group.
events.json      "letters" -> {event: letter}; "none" and "EXCEPTION at EVENT" -> {"events": a letter for each event of a
                 fit of one epoch, two training batches, one validation batch, "escapes": whether the exception came
                 out of fit}. The exception is raised when the event occurs for the first time.
"""

import math
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
from fastai.optimizer import SGD, Adam, Lamb, Lookahead, OptimWrapper, RAdam, RMSProp, ranger
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
        self.mom.append([float(group.get("mom", 0)) for group in self.opt.hypers])
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


STEPS = [1, 2, 3, 5, 8, 13, 19, 25]


def optimiser_cases():
    start = sample(2, 3, seed=3)
    gradients = [sample(2, 3, seed=10 + step, scale=0.5) for step in range(max(STEPS))]
    cases = {"course": {"start": start, "gradients": gradients, "steps": STEPS}}

    def case(name, make, **hyperparameters):
        parameter = nn.Parameter(start.clone())
        optimiser = make([parameter], **hyperparameters)
        after = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimiser.step()
            after.append(parameter.detach().clone())
        cases[name] = {"hyperparameters": hyperparameters, "after": [after[step - 1] for step in STEPS]}

    case("SGD", SGD, lr=0.1)
    case("SGD with decay", SGD, lr=0.1, wd=0.1)
    case("SGD with momentum", SGD, lr=0.1, mom=0.9)
    case("SGD with momentum and decay", SGD, lr=0.1, mom=0.9, wd=0.1)
    case("SGD with momentum and L2", SGD, lr=0.1, mom=0.9, wd=0.1, decouple_wd=False)
    case("SGD of PyTorch, Nesterov", torch.optim.SGD, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True)
    case("Adam", Adam, lr=0.1)
    case("Adam of the one-cycle run", Adam, lr=0.003, mom=0.95, sqr_mom=0.99, eps=1e-5, wd=0.1)
    case("Adam with L2", Adam, lr=0.1, wd=0.1, decouple_wd=False)
    case("Adam without decay", Adam, lr=0.1, wd=0)
    case("AdamW of PyTorch", torch.optim.AdamW, lr=0.03)
    case("RMSProp", RMSProp, lr=0.01)
    case("RMSProp with momentum and decay", RMSProp, lr=0.01, mom=0.9, wd=0.1)
    case("RMSProp with L2", RMSProp, lr=0.01, wd=0.1, decouple_wd=False)
    case("Adagrad of PyTorch", torch.optim.Adagrad, lr=0.05)
    case("Adagrad of PyTorch with L2", torch.optim.Adagrad, lr=0.05, weight_decay=0.1, initial_accumulator_value=0.1)
    case("RAdam", RAdam, lr=0.1)
    case("RAdam with decay", RAdam, lr=0.1, wd=0.1)
    case("RAdam with L2", RAdam, lr=0.1, wd=0.1, decouple_wd=False)
    case("LAMB", Lamb, lr=0.1)
    case("LAMB with decay", Lamb, lr=0.1, wd=0.1)
    case("LAMB with L2", Lamb, lr=0.1, wd=0.1, decouple_wd=False)
    case("Lookahead of SGD", lambda parameters, **options: Lookahead(SGD(parameters, **options), k=3), lr=0.1)
    case("Ranger", ranger, lr=0.1)
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


def run_network():
    torch.manual_seed(7)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def run_cases():
    inputs, targets = sample(16, 3, seed=4), sample(16, 1, seed=5)
    cases = {"data": {"inputs": inputs, "targets": targets, "initial": copied(run_network().state_dict())}}

    def case(name, call, **options):
        network = run_network()
        learn = learner(network, inputs, targets, 4, **options)
        quiet(learn, call)
        assert len(learn.watch.losses) >= 25
        cases[name] = {"final": copied(network.state_dict()), "loss": learn.watch.losses[-1]}

    optimisers = {
        "SGD": partial(SGD, mom=0.9, wd=0.01), "RMSProp": partial(RMSProp, mom=0.9, wd=0.01), "Adam": Adam,
        "RAdam": partial(RAdam, wd=0.01), "LAMB": partial(Lamb, wd=0.01), "Ranger": ranger,
        "Lookahead of Adam": lambda parameters, **options: Lookahead(Adam(parameters, **options), k=5),
    }  # fmt: skip
    for name, make in optimisers.items():
        case(name, "fit_one_cycle(7, 0.02)", opt_func=make)
    # PyTorch's know nothing of parameters to be spared.
    wrapped = {
        "AdamW of PyTorch": partial(OptimWrapper, opt=torch.optim.AdamW),
        "Adagrad of PyTorch": partial(OptimWrapper, opt=torch.optim.Adagrad, weight_decay=0.01),
        "Nesterov of PyTorch": partial(OptimWrapper, opt=torch.optim.SGD, momentum=0.9, nesterov=True),
    }
    for name, make in wrapped.items():
        case(name, "fit(7, 0.02)", opt_func=make)
    # Cycles whose ends are no thirds meet rounding in fastai's float32 positions: a step at the end of its cycle's
    # cosine instead of the next one's start.
    calls = ["fit(7, 0.02)", "fit_flat_cos(7, 0.02)", "fit_sgdr(2, 3, 0.02)", "fit_one_cycle(7, 0.02, pct_start=0.4)"]
    for call in calls:
        case(call, call)
    return cases


def finder_cases():
    cases = {}
    methods = {"valley": schedule.valley, "steep": schedule.steep, "minimum": schedule.minimum, "slide": schedule.slide}

    def suggested(lrs, losses):
        return {name: method(lrs, losses, 100)[0] for name, method in methods.items()}

    def curve(name, losses):
        lrs = torch.logspace(-6, 0.5, len(losses))
        losses = torch.tensor(losses, dtype=torch.float32)
        cases[f"suggestions of {name}"] = {"lrs": lrs, "losses": losses, **suggested(lrs, losses)}

    noise = sample(90, seed=6, scale=0.02).tolist()
    places = [step / 89 for step in range(90)]
    basin = [2.3 - 1.6 / (1 + math.exp(-18 * (x - 0.55))) + 9 * max(0, x - 0.8) ** 2 * 8 for x in places]
    curve("a smooth basin", basin)
    curve("a noisy basin", [loss + shift for loss, shift in zip(basin, noise)])
    curve("a falling curve", [2 - x * x for x in places])
    curve("an early explosion", [1 + 50 * max(0, x - 0.2) for x in places[:30]])

    data = run_cases()["data"]
    runs = {
        "as usual": (4, {}),
        "of 60 batches": (8, {"num_it": 60, "end_lr": 1.0}),
        "that diverges": (16, {"end_lr": 1e4}),
    }
    for name, (batch_size, options) in runs.items():
        network = run_network()
        network.load_state_dict(data["initial"])
        learn = learner(network, data["inputs"], data["targets"], batch_size)
        with learn.no_bar(), learn.no_logging():
            learn.lr_find(show_plot=False, suggest_funcs=None, **options)
        lrs, losses = torch.tensor(learn.recorder.lrs), torch.stack(learn.recorder.losses)
        skipped = options.get("num_it", 100) // 10
        cases[f"run {name}"] = {"batch_size": batch_size, "lrs": lrs, "losses": losses,
                                **suggested(lrs[skipped:-5], losses[skipped:-5])}  # fmt: skip
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
write(here / "runs.json", run_cases())
write(here / "finder.json", finder_cases())
write(here / "events.json", event_cases())
