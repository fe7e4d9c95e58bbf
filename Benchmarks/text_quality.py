"""Quality on texts beside the Python libraries: ULMFiT on a small scale beside fastai, MiniLM beside transformers.

usage: VENV/bin/python text_quality.py DATA --work DIR [--task ulmfit|minilm|both] [--side both|apus|peer] [--seeds 3]
           [--limit SECONDS] [--articles N] [--labeled N] [--tested N] [--unlabeled N] [--minilm DIR]

DATA holds wikitext_small and imdb_small. fastai's tokenizer cuts all texts of ulmfit once; both sides read its tokens. An
AWD-LSTM of 128-256-256-128 learns encyclopedia articles for two epochs (stage wiki), then reviews, with those that have no
label, for one epoch frozen and two whole (reviews); a classifier on its encoder is trained in the four stages of the lesson
(classifier), and the same classifier without it for as many epochs (plain). MiniLM (--minilm, a folder) is fine-tuned on the
same reviews for one epoch by both sides.

Each stage of each side and seed is a process of its own, whose result is a line of DIR/results.jsonl: a run that was stopped,
or ended by --limit, goes on where it was. The table at the end is made of what is there. Needs
`swift build -c release --product apus-text-bench`, or APUS_BUILD with the folder of the programs.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass

repository = Path(__file__).resolve().parent.parent
build = Path(os.environ.get("APUS_BUILD", repository / ".build" / "release"))
stages = {"ulmfit": ["wiki", "reviews", "classifier", "plain"], "minilm": ["minilm"]}


def articles(file):
    """The articles of a file of WikiText, each of which begins with a heading such as ` = Name = `."""
    found = []
    for line in file.read_text().splitlines():
        if line.startswith(" = ") and not line.startswith(" = =") or not found:
            found.append([])
        found[-1].append(line)
    return ["\n".join(lines) for lines in found if any(line.strip() for line in lines)]


def reviews(options, part, kind):
    count = options.labeled if part == "train" else options.tested
    return sorted((options.data / "imdb_small" / part / kind).glob("*.txt"))[:count]


def prepare(options):
    """Writes all texts in fastai's tokens."""
    from fastai.text.core import tokenize_texts

    texts, place = {}, options.work
    for part, count in (("train", options.articles), ("valid", max(1, options.articles // 4))):
        for number, text in enumerate(articles(options.data / "wikitext_small" / f"{part}.txt")[:count]):
            texts[place / "wiki" / part / "all" / f"{number:05d}.txt"] = text
    for part in ("train", "test"):
        for kind in ("pos", "neg"):
            for path in reviews(options, part, kind):
                texts[place / "labeled" / part / kind / path.name] = path.read_text()
                texts[place / "reviews" / part / kind / path.name] = path.read_text()
    for path in sorted((options.data / "imdb_small" / "unsup").rglob("*.txt"))[: options.unlabeled]:
        texts[place / "reviews" / "unsup" / "all" / path.name] = path.read_text()
    for path, tokens in zip(texts, tokenize_texts(list(texts.values()))):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A few tokens hold white space of their own, which files of tokens cannot.
        path.write_text(" ".join(token for token in tokens if token.strip() and " " not in token))


def prepare_raw(options):
    """The same reviews as they are, for MiniLM."""
    for part in ("train", "test"):
        for kind in ("pos", "neg"):
            place = options.work / "raw" / part / kind
            place.mkdir(parents=True, exist_ok=True)
            for path in reviews(options, part, kind):
                (place / path.name).write_text(path.read_text())


def fastai_stage(options, work, stage, seed):
    import torch
    from fastai.text import all as text

    text.set_seed(seed)
    sizes = dict(emb_sz=128, n_hid=256, n_layers=3)
    place = options.work

    def block(**options):
        return text.TextBlock(text.Tokenizer(text.BaseTokenizer(" "), rules=[]), **options)

    def language(name, valid):
        loaders = text.DataBlock(
            blocks=block(is_lm=True), get_items=text.get_text_files, get_x=lambda file: file.read_text(),
            splitter=text.FuncSplitter(lambda file: file.parent.parent.name == valid),
        ).dataloaders(place / name, bs=32, seq_len=72, seed=seed)
        config = {**text.awd_lstm_lm_config, **sizes}
        return text.language_model_learner(loaders, text.AWD_LSTM, config=config, drop_mult=0.3, pretrained=False)

    def classifier():
        vocabulary = torch.load(work / "vocabulary.pt", weights_only=False)
        loaders = text.DataBlock(
            blocks=(block(vocab=vocabulary), text.CategoryBlock), get_items=text.get_text_files,
            get_x=lambda file: file.read_text(), get_y=text.parent_label,
            splitter=text.FuncSplitter(lambda file: file.parent.parent.name == "test"),
        ).dataloaders(place / "labeled", bs=32, seed=seed)
        config = {**text.awd_lstm_clas_config, **sizes}
        learner = text.text_classifier_learner(
            loaders, text.AWD_LSTM, config=config, drop_mult=0.5, pretrained=False, metrics=text.accuracy
        )
        learner.path = work
        return learner

    def quiet(learner, *fit, **options):
        with learner.no_bar(), learner.no_logging():
            learner.fit_one_cycle(*fit, **options)
        return [float(value) for value in learner.recorder.values[-1]]

    if stage == "wiki":
        learner = language("wiki", "valid")
        loss = quiet(learner, 2, 1e-2)[1]
        torch.save((learner.model.state_dict(), list(learner.dls.vocab)), work / "wiki.pt")
        return {"perplexity": math.exp(loss)}
    if stage == "reviews":
        learner = language("reviews", "test")
        weights, vocabulary = torch.load(work / "wiki.pt", weights_only=False)
        learner.model.load_state_dict(text.match_embeds(weights, vocabulary, learner.dls.vocab))
        learner.freeze()
        quiet(learner, 1, 2e-2)
        learner.unfreeze()
        loss = quiet(learner, 2, 5e-3)[1]
        torch.save(list(learner.dls.vocab), work / "vocabulary.pt")
        learner.path = work
        learner.save_encoder("encoder")
        return {"perplexity": math.exp(loss)}
    learner = classifier()
    if stage == "plain":
        learner.unfreeze()
        return {"accuracy": quiet(learner, 5, 2e-2)[-1]}
    learner.load_encoder("encoder")
    quiet(learner, 1, 2e-2)
    learner.freeze_to(-2)
    quiet(learner, 1, slice(1e-2 / 2.6**4, 1e-2))
    learner.freeze_to(-3)
    quiet(learner, 1, slice(5e-3 / 2.6**4, 5e-3))
    learner.unfreeze()
    return {"accuracy": quiet(learner, 2, slice(1e-3 / 2.6**4, 1e-3))[-1]}


def command(options, side, stage, seed):
    """What runs a stage; its last line of output is JSON."""
    work = options.work / f"{side}-{seed}"
    work.mkdir(parents=True, exist_ok=True)
    if stage == "minilm":
        reviews = [options.work / "raw", "--minilm", options.minilm, "--seed", seed]
        if side == "apus":
            return [build / "apus-text-bench", "minilm", *reviews]
        return [sys.executable, "-W", "ignore", Path(__file__).with_name("text_peer.py"), "minilm", *reviews]
    if side == "apus":
        return [build / "apus-text-bench", "ulmfit", options.work, "--work", work, "--stage", stage, "--seed", seed]
    return [sys.executable, "-W", "ignore", __file__, options.data, "--work", options.work, "--stage", stage,
            "--seed", seed]  # fmt: skip


def run(options, task, side, stage, seed):
    line = [str(word) for word in command(options, side, stage, seed)]
    start = time.perf_counter()
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"text_quality: {' '.join(line)} failed: {done.stderr.strip()[-800:] or done.stdout.strip()[-800:]}")
    values = json.loads(done.stdout.strip().splitlines()[-1])
    seconds = round(time.perf_counter() - start, 1)
    return {"task": task, "side": side, "seed": seed, "stage": stage, **values, "seconds": seconds}


def table(options, results):
    names = {"apus": "Apus", "peer": "fastai, transformers"}
    print("| | " + " | ".join(names.values()) + " |\n|---|" + "---|" * len(names))
    rows = {"wiki": ("perplexity", "perplexity, articles", 1), "reviews": ("perplexity", "perplexity, reviews", 1),
            "classifier": ("accuracy", "accuracy with ULMFiT", 3), "plain": ("accuracy", "accuracy without", 3),
            "minilm": ("accuracy", "accuracy of MiniLM", 3)}  # fmt: skip
    for stage, (key, title, digits) in rows.items():
        cells = []
        for side in names:
            values = [line[key] for line in results if line["side"] == side and line["stage"] == stage]
            cells.append(
                f"{statistics.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f}, "
                f"{len(values)} {'seed' if len(values) == 1 else 'seeds'})" if values else "-"
            )  # fmt: skip
        if cells != ["-"] * len(names):
            print(f"| {title} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description="Quality on texts beside fastai and transformers")
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps tokens, models and results for the next start")
    parser.add_argument("--task", choices=["ulmfit", "minilm", "both"], default="both")
    parser.add_argument("--side", choices=["both", "apus", "peer"], default="both")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=math.inf, help="begins no stage after so many seconds")
    parser.add_argument("--articles", type=int, default=400, help="articles to train on; a quarter as many to validate")
    parser.add_argument("--labeled", type=int, default=400, help="reviews of each class to train on")
    parser.add_argument("--tested", type=int, default=250, help="reviews of each class to test")
    parser.add_argument("--unlabeled", type=int, default=500)
    parser.add_argument("--minilm", type=Path, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.data, options.work = options.data.resolve(), options.work.resolve()
    if options.stage:
        print(json.dumps(fastai_stage(options, options.work / f"peer-{options.seed}", options.stage, options.seed)))
        return
    if options.task != "ulmfit" and not options.minilm:
        sys.exit("text_quality: give --minilm with the folder of all-MiniLM-L6-v2, or --task ulmfit")
    start = time.perf_counter()
    tasks = list(stages) if options.task == "both" else [options.task]
    sides = ["apus", "peer"] if options.side == "both" else [options.side]
    if "ulmfit" in tasks and not (options.work / "labeled").is_dir():
        prepare(options)
    if "minilm" in tasks and not (options.work / "raw").is_dir():
        prepare_raw(options)
    file = options.work / "results.jsonl"
    results = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    known = {(line["side"], line["seed"], line["stage"]) for line in results}
    for seed in range(42, 42 + options.seeds):
        for task in tasks:
            for side in sides:
                for stage in stages[task]:
                    if (side, seed, stage) in known or time.perf_counter() - start > options.limit:
                        continue
                    results.append(run(options, task, side, stage, seed))
                    with file.open("a") as lines:
                        lines.write(json.dumps(results[-1]) + "\n")
                    print(json.dumps(results[-1]), flush=True)
    table(options, results)


if __name__ == "__main__":
    main()
