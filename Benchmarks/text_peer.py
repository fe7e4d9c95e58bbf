"""fastai's side of the benchmarks of texts: one task per process, one JSON line at the end.

usage: python text_peer.py language BATCHES [--bfloat16]
"""

import argparse
import json
import re
import time
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
from fastai.basics import Callback, DataLoader, DataLoaders
from fastai.callback import schedule  # noqa: F401  (adds fit_one_cycle to Learner)
from fastai.losses import CrossEntropyLossFlat
from fastai.text.learner import TextLearner
from fastai.text.models.awdlstm import AWD_LSTM, awd_lstm_lm_split
from fastai.text.models.core import get_language_model


class Clock(Callback):
    order = 90

    def __init__(self):
        self.times, self.last = [], 0.0

    def after_batch(self):
        self.times.append(time.time())
        self.last = self.loss.item()


class BFloat16(Callback):
    """The tuned form: autocast around model and loss."""

    def before_batch(self):
        self.scope = torch.autocast("cpu", torch.bfloat16)
        self.scope.__enter__()

    def after_loss(self):
        self.scope.__exit__(None, None, None)


def language(options):
    batch, length, words = 64, 72, 20_000
    stream = torch.randint(0, words, (batch * options.batches, length + 1))
    items = list(zip(stream[:, :-1].contiguous(), stream[:, 1:].contiguous()))
    loaders = DataLoaders(
        DataLoader(items, bs=batch, shuffle=False, num_workers=0), DataLoader(items[:batch], bs=batch, num_workers=0)
    )
    clock = Clock()
    learner = TextLearner(
        loaders, get_language_model(AWD_LSTM, words), loss_func=CrossEntropyLossFlat(), splitter=awd_lstm_lm_split,
        cbs=[clock] + ([BFloat16()] if options.bfloat16 else []),
    )
    learner.validate = lambda *a, **k: None
    learner._do_epoch_validate = lambda *a, **k: None
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(1, 1e-3)
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    seconds = clock.times[options.batches - 1] - clock.times[0]
    return {"words_per_second": (options.batches - 1) * batch * length / seconds, "peak_mb": peak, "loss": clock.last}


parser = argparse.ArgumentParser()
parser.add_argument("task", choices=["language"])
parser.add_argument("batches", type=int)
parser.add_argument("--bfloat16", action="store_true")
arguments = parser.parse_args()
torch.manual_seed(1)
print(json.dumps(language(arguments)))
