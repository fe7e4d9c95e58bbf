"""Writes callbacks.json: runs of fastai's learner with its callbacks, against which the callbacks are tested.

name -> {"call", "batch_size", "callback" (fastai's expression), "inputs", "targets", "initial": {parameter: tensor},
"valid_losses": [of each epoch], "lr": [of each step], "steps": number of steps, "final": {parameter: tensor}}. A linear
model with SGD, mean squared error, no shuffling; the validation set equals the training set.

distillation     -> {"student", "teacher", "labels", "temperature", "weight", "loss", "gradient"}: the loss of Hinton et
                    al. 2015 from torch's own operators, with the gradient with respect to the student's logits.
clipping TYPE    -> {"gradients": [tensor], "max_norm", "norm_type", "norm", "after": [tensor]}: clip_grad_norm_.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
from fastai.basics import Callback, DataLoader, DataLoaders, Learner, MSELossFlat
from fastai.callback.tracker import EarlyStoppingCallback, ReduceLROnPlateau, SaveModelCallback
from fastai.callback.training import GradientAccumulation, GradientClip, ShortEpochCallback
from fastai.optimizer import SGD
from torch import nn
from torch.nn import functional

from fixture_json import sample, write

here = Path(__file__).parent
cases = {}


class Watch(Callback):
    order = 90

    def __init__(self):
        self.lr, self.valid = [], []

    def before_step(self):
        self.lr.append(float(self.opt.hypers[-1]["lr"]))

    def after_epoch(self):
        if len(self.recorder.log) > 2:  # the last entry is the time
            self.valid.append(float(self.recorder.log[-2]))


def case(name, call, callback, batch_size=4, items=20):
    torch.manual_seed(42)
    inputs, targets = sample(items, 3, seed=4), sample(items, 1, seed=5)
    pairs = list(zip(inputs, targets))
    data = DataLoaders(*(DataLoader(pairs, bs=batch_size, shuffle=False, num_workers=0) for _ in range(2)))
    model = nn.Linear(3, 1)
    initial = {key: value.clone() for key, value in model.state_dict().items()}
    watch = Watch()
    learn = Learner(data, model, loss_func=MSELossFlat(), opt_func=SGD, path=tempfile.mkdtemp(), cbs=watch)
    learn.add_cb(eval(callback))
    with learn.no_bar(), learn.no_logging():
        exec(f"learn.{call}", {"learn": learn})
    cases[name] = {"call": call, "batch_size": batch_size, "callback": callback, "inputs": inputs, "targets": targets,
                   "initial": initial, "valid_losses": watch.valid, "lr": watch.lr, "steps": len(watch.lr),
                   "final": model.state_dict()}  # fmt: skip


case("accumulation", "fit(2, 0.1)", "GradientAccumulation(8)")
case("accumulation that carries on into the next epoch", "fit(2, 0.1)", "GradientAccumulation(12)")
case("accumulation of items that the batch does not divide", "fit(2, 0.1)", "GradientAccumulation(6)")
case("accumulation with a smaller last batch", "fit(3, 0.1)", "GradientAccumulation(8)", batch_size=3)
case("clipping", "fit(2, 0.5)", "GradientClip(0.2)")
case("early stopping", "fit(8, 0.6)", "EarlyStoppingCallback(patience=2)")
case("early stopping with a least difference", "fit(12, 0.02)", "EarlyStoppingCallback(min_delta=0.02, patience=2)")
case("plateau", "fit(8, 0.6)", "ReduceLROnPlateau(patience=1, factor=4)")
case("plateau with a lowest rate", "fit(8, 0.6)", "ReduceLROnPlateau(patience=1, factor=4, min_lr=0.2)")
case("save best", "fit(6, 0.4)", "SaveModelCallback()")
case("short epochs", "fit(2, 0.1)", "ShortEpochCallback(0.3, short_valid=False)")

student, teacher = sample(5, 4, seed=6, scale=2).requires_grad_(), sample(5, 4, seed=7, scale=2)
labels, temperature, weight = torch.tensor([0, 3, 1, 2, 2]), 3.0, 0.7
soft = functional.kl_div(
    functional.log_softmax(student / temperature, 1), functional.softmax(teacher / temperature, 1), reduction="batchmean"
)
loss = (1 - weight) * functional.cross_entropy(student, labels) + weight * temperature**2 * soft
loss.backward()
cases["distillation"] = {"student": student, "teacher": teacher, "labels": labels, "temperature": temperature,
                         "weight": weight, "loss": loss.item(), "gradient": student.grad}  # fmt: skip

for kind in (1.0, 2.0, float("inf")):
    parameters = [nn.Parameter(torch.zeros(2, 3)), nn.Parameter(torch.zeros(4))]
    gradients = [sample(2, 3, seed=8), sample(4, seed=9)]
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient.clone()
    norm = nn.utils.clip_grad_norm_(parameters, 0.7, kind)
    cases[f"clipping {kind}"] = {"gradients": gradients, "max_norm": 0.7, "norm_type": kind, "norm": norm.item(),
                                 "after": [parameter.grad for parameter in parameters]}  # fmt: skip

write(here / "callbacks.json", cases)
