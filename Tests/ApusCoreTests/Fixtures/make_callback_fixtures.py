"""Writes callbacks.json: runs of fastai's learner with its callbacks, against which the callbacks are tested.

name -> {"call", "batch_size", "callback" (fastai's expression), "inputs", "targets", "initial": {parameter: tensor},
"valid_losses": [of each epoch], "lr": [of each step], "steps": number of steps, "final": {parameter: tensor}}. A linear
model with SGD, mean squared error, no shuffling; the validation set equals the training set.

distillation     -> {"student", "teacher", "labels", "temperature", "weight", "loss", "gradient"}: the loss of Hinton et
                    al. 2015 from torch's own operators, with the gradient with respect to the student's logits.
activations      -> {"initial", "inputs", "targets", "mean", "std", "near_zero": [[of each layer] of each batch], "hist":
                    [[[40 counts] of each layer] of each batch]}: fastai's ActivationStats over one epoch.
events           -> {"file": hexadecimal bytes}: an event file of TensorBoard's own writer with the events that
                    TensorBoardTests lists.
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
from fastai.callback.hook import ActivationStats
from fastai.callback.tracker import EarlyStoppingCallback, ReduceLROnPlateau, SaveModelCallback
from fastai.callback.training import GradientAccumulation, GradientClip, ShortEpochCallback
from fastai.optimizer import SGD
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter
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

torch.manual_seed(42)
inputs, targets = sample(12, 3, seed=4), sample(12, 1, seed=5)
pairs = list(zip(inputs, targets))
data = DataLoaders(*(DataLoader(pairs, bs=4, shuffle=False, num_workers=0) for _ in range(2)))
model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))
initial = {key: value.clone() for key, value in model.state_dict().items()}
learn = Learner(data, model, loss_func=MSELossFlat(), opt_func=SGD, path=tempfile.mkdtemp(),
                cbs=ActivationStats(with_hist=True))  # fmt: skip
with learn.no_bar(), learn.no_logging():
    learn.fit(1, 0.1)
stats = learn.activation_stats.stats
cases["activations"] = {"initial": initial, "inputs": inputs, "targets": targets} | {
    key: [[layer[key] for layer in batch] for batch in stats] for key in ("mean", "std", "near_zero")
} | {"hist": [[[int(count) for count in layer["hist"]] for layer in batch] for batch in stats]}

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "events"
    records = RecordWriter(open(path, "wb"))
    number = HistogramProto(min=-1, max=2, num=5, sum=3.5, sum_squares=7.25, bucket_limit=[0, 1, 2], bucket=[1, 3, 1])
    picture = Summary.Image(height=2, width=300, colorspace=4, encoded_image_string=b"PNG")
    for event in [
        Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        Event(wall_time=1700000001.5, step=3, session_log=SessionLog(status=SessionLog.START)),
        Event(wall_time=1700000001.5, step=1,
              summary=Summary(value=[Summary.Value(tag="train_loss", simple_value=0.625)])),
        Event(wall_time=1700000002.0, step=70000,
              summary=Summary(value=[Summary.Value(tag="weights", histo=number)])),
        Event(wall_time=1700000003.0, step=200,
              summary=Summary(value=[Summary.Value(tag="figure/\u00e4", image=picture)])),
    ]:  # fmt: skip
        records.write(event.SerializeToString())
    records.close()
    cases["events"] = {"file": path.read_bytes().hex()}

write(here / "callbacks.json", cases)
