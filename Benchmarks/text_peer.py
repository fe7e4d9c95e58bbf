"""The Python side of the benchmarks of texts, fastai's and transformers': one task per process, one JSON line at the end.

usage: python text_peer.py TASK REVIEWS [--bfloat16] [--model FILE] [--minilm DIR] [--batches N] [--count]

REVIEWS is a folder of reviews (train/pos, train/neg, test/pos, test/neg). What each task runs:

language    fastai's AWD-LSTM (400-1152-1152-400) with a vocabulary of 20,000 on batches of 64 texts of 72 random words, as a
            language model: words per second, the first batch not counted, and the peak of the memory.
reviews     from the files to a classifier: tokens, vocabulary, an AWD-LSTM without a language model, one epoch of one cycle
            of the whole in batches of 64, validation. The caller takes the time of the whole process.
minilm      all-MiniLM-L6-v2 (--minilm) fine-tuned by transformers' Trainer as it comes, 256 tokens at most, batches of 16,
            one epoch: texts per second of the fit, and the accuracy.
tokenize    all reviews of REVIEWS through fastai's Tokenizer (spaCy, its rules) on all cores: texts per second.
wordpiece   the same through the tokenizers package with MiniLM's tokenizer, on one core.
textexport  writes an untrained classifier to --model, for the next two.
text        loads --model, then predicts a sentence again and again: milliseconds each.
textstart   import, load --model, predict the sentence once. The caller takes the time of the whole process.

--count says how many products (products.py) language and minilm compute for each word or text of their rates: gflop_each.
"""

import argparse
import json
import os
import re
import statistics
import time
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch

from products import Products

SENTENCE = "I really loved this film, and the music in it most of all!"


def peak_mb():
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def bfloat16_callback():
    from fastai.basics import Callback

    class BFloat16(Callback):
        """The tuned form: autocast around model and loss."""

        def before_batch(self):
            self.scope = torch.autocast("cpu", torch.bfloat16)
            self.scope.__enter__()

        def after_loss(self):
            self.scope.__exit__(None, None, None)

    return BFloat16()


def language(options):
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

    torch.manual_seed(1)
    batch, length, words, batches = 64, 72, 20_000, options.batches
    stream = torch.randint(0, words, (batch * batches, length + 1))
    items = list(zip(stream[:, :-1].contiguous(), stream[:, 1:].contiguous()))
    loaders = DataLoaders(
        DataLoader(items, bs=batch, shuffle=False, num_workers=0), DataLoader(items[:batch], bs=batch, num_workers=0)
    )
    clock = Clock()
    learner = TextLearner(
        loaders, get_language_model(AWD_LSTM, words), loss_func=CrossEntropyLossFlat(), splitter=awd_lstm_lm_split,
        cbs=[clock] + ([bfloat16_callback()] if options.bfloat16 else []),
    )  # fmt: skip
    learner.validate = lambda *a, **k: None
    learner._do_epoch_validate = lambda *a, **k: None
    with learner.no_bar(), learner.no_logging(), Products(options.count) as products:
        learner.fit_one_cycle(1, 1e-3)
    seconds = clock.times[batches - 1] - clock.times[0]
    return {
        **products.each(batches * batch * length),
        "words_per_second": (batches - 1) * batch * length / seconds,
        "held_mb": peak_mb(),
        "loss": clock.last,
        "precision": "bfloat16" if options.bfloat16 else "float32",
    }


def review_learner(options):
    from fastai.text import all as text

    loaders = text.TextDataLoaders.from_folder(options.reviews, train="train", valid="test", bs=64)
    return text.text_classifier_learner(
        loaders, text.AWD_LSTM, pretrained=False, drop_mult=0.5, metrics=text.accuracy,
        cbs=[bfloat16_callback()] if options.bfloat16 else [],
    )  # fmt: skip


def reviews(options):
    torch.manual_seed(options.seed)
    learner = review_learner(options)
    start = time.perf_counter()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(1, 2e-2)
    _, _, accuracy = (float(value) for value in learner.recorder.values[-1])
    return {"fit_s": time.perf_counter() - start, "accuracy": accuracy}


def texts(folder, parts=("train", "test")):
    """The reviews and their classes, in the order of their paths."""
    found = [path for part in parts for path in sorted((folder / part).rglob("*.txt"))]
    return [path.read_text() for path in found], [int(path.parent.name == "pos") for path in found]


def minilm(options):
    import transformers

    transformers.logging.set_verbosity_error()
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.minilm)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(options.minilm, num_labels=2)
    sets = []
    for part in ("train", "test"):
        written, classes = texts(options.reviews, [part])
        encoded = tokenizer(written, truncation=True, max_length=256)
        sets.append([
            {"input_ids": ids, "attention_mask": mask, "labels": label}
            for ids, mask, label in zip(encoded["input_ids"], encoded["attention_mask"], classes)
        ])  # fmt: skip
    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir=str(options.reviews.parent / "trainer"), num_train_epochs=1, learning_rate=5e-5,
            per_device_train_batch_size=16, per_device_eval_batch_size=64, use_cpu=True, bf16=options.bfloat16,
            report_to=[], save_strategy="no", disable_tqdm=True, seed=options.seed,
        ),
        train_dataset=sets[0], eval_dataset=sets[1], data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_metrics=lambda p: {"accuracy": float((p.predictions.argmax(1) == p.label_ids).mean())},
    )  # fmt: skip
    start = time.perf_counter()
    with Products(options.count) as products:
        trainer.train()
        accuracy = trainer.evaluate()["eval_accuracy"]
    return {
        **products.each(len(sets[0])),
        "texts_per_second": len(sets[0]) / (time.perf_counter() - start),
        "accuracy": accuracy,
        "precision": "bfloat16" if options.bfloat16 else "float32",
    }


def tokenize(options):
    from fastai.text.core import tokenize_texts

    written, _ = texts(options.reviews)
    start = time.perf_counter()
    tokens = tokenize_texts(written, n_workers=len(os.sched_getaffinity(0)))
    seconds = time.perf_counter() - start
    return {"texts_per_second": len(written) / seconds, "tokens": sum(len(words) for words in tokens)}


def wordpiece(options):
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(options.minilm / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    written, _ = texts(options.reviews)
    start = time.perf_counter()
    encoded = tokenizer.encode_batch(written)
    seconds = time.perf_counter() - start
    return {"texts_per_second": len(written) / seconds, "tokens": sum(len(text.ids) for text in encoded)}


def textexport(options):
    review_learner(options).export(options.model.absolute())
    return {}


def load(options):
    from fastai.learner import load_learner

    return load_learner(options.model)


def text(options):
    learner = load(options)
    with learner.no_bar():
        learner.predict(SENTENCE)
        times = []
        for _ in range(30):
            start = time.perf_counter()
            learner.predict(SENTENCE)
            times.append(time.perf_counter() - start)
    return {"ms": statistics.median(times) * 1000}


def textstart(options):
    learner = load(options)
    with learner.no_bar():
        return {"label": str(learner.predict(SENTENCE)[0])}


tasks = {task.__name__: task for task in (language, reviews, minilm, tokenize, wordpiece, textexport, text, textstart)}
parser = argparse.ArgumentParser(description="The Python side of the benchmarks of texts")
parser.add_argument("task", choices=sorted(tasks))
parser.add_argument("reviews", type=Path)
parser.add_argument("--bfloat16", action="store_true")
parser.add_argument("--model", type=Path)
parser.add_argument("--minilm", type=Path)
parser.add_argument("--batches", type=int, default=8)
parser.add_argument("--seed", type=int, default=42)
parser.add_argument("--count", action="store_true")
arguments = parser.parse_args()
print(json.dumps(tasks[arguments.task](arguments)))
