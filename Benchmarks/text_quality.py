"""ULMFiT on a small scale, Apus beside fastai: the same tokens, sizes, rates and epochs, several seeds.

usage: VENV/bin/python text_quality.py DATA [--seeds 3] [--work DIR] [--side both|apus|fastai]

DATA holds wikitext_small and imdb_small. fastai's tokenizer cuts all texts once; both sides read its tokens. An AWD-LSTM of
128-256-256-128 learns encyclopedia articles for two epochs, then reviews (with those that have no label) for one epoch frozen
and two whole; a classifier on its encoder is trained in the four stages of the lesson, and the same classifier without it for
as many epochs. Prints a JSON line for each run, and a table. Needs `swift build -c release --product apus-text-bench`.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass

bench = Path(__file__).resolve().parent.parent / ".build" / "release" / "apus-text-bench"
labeled = {"train": 400, "test": 250}
unlabeled = 500


def articles(file):
    """The articles of a file of WikiText, each of which begins with a heading such as ` = Name = `."""
    found = []
    for line in file.read_text().splitlines():
        if line.startswith(" = ") and not line.startswith(" = =") or not found:
            found.append([])
        found[-1].append(line)
    return ["\n".join(lines) for lines in found if any(line.strip() for line in lines)]


def prepare(data, place):
    """Writes all texts in fastai's tokens."""
    from fastai.text.core import tokenize_texts

    texts = {}
    for part in ("train", "valid"):
        for number, text in enumerate(articles(data / "wikitext_small" / f"{part}.txt")):
            texts[place / "wiki" / part / "all" / f"{number:05d}.txt"] = text
    for part, count in labeled.items():
        for kind in ("pos", "neg"):
            for path in sorted((data / "imdb_small" / part / kind).glob("*.txt"))[:count]:
                texts[place / "labeled" / part / kind / path.name] = path.read_text()
                texts[place / "reviews" / part / kind / path.name] = path.read_text()
    for path in sorted((data / "imdb_small" / "unsup").rglob("*.txt"))[:unlabeled]:
        texts[place / "reviews" / "unsup" / "all" / path.name] = path.read_text()
    for path, tokens in zip(texts, tokenize_texts(list(texts.values()))):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A few tokens hold white space of their own, which files of tokens cannot.
        path.write_text(" ".join(token for token in tokens if token.strip() and " " not in token))


def fastai_run(place, seed):
    from fastai.text import all as text

    text.set_seed(seed)
    sizes = dict(emb_sz=128, n_hid=256, n_layers=3)

    def block(**options):
        return text.TextBlock(text.Tokenizer(text.BaseTokenizer(" "), rules=[]), **options)

    def language(name, valid):
        loaders = text.DataBlock(
            blocks=block(is_lm=True), get_items=text.get_text_files, get_x=lambda file: file.read_text(),
            splitter=text.FuncSplitter(lambda file: file.parent.parent.name == valid),
        ).dataloaders(place / name, bs=32, seq_len=72, seed=seed)
        config = {**text.awd_lstm_lm_config, **sizes}
        return text.language_model_learner(
            loaders, text.AWD_LSTM, config=config, drop_mult=0.3, pretrained=False
        )

    def classifier(vocabulary):
        loaders = text.DataBlock(
            blocks=(block(vocab=vocabulary), text.CategoryBlock), get_items=text.get_text_files,
            get_x=lambda file: file.read_text(), get_y=text.parent_label,
            splitter=text.FuncSplitter(lambda file: file.parent.parent.name == "test"),
        ).dataloaders(place / "labeled", bs=32, seed=seed)
        config = {**text.awd_lstm_clas_config, **sizes}
        return text.text_classifier_learner(
            loaders, text.AWD_LSTM, config=config, drop_mult=0.5, pretrained=False, metrics=text.accuracy
        )

    def quiet(learner, fit):
        with learner.no_bar(), learner.no_logging():
            fit()
        return [float(value) for value in learner.recorder.values[-1]]

    wiki = language("wiki", "valid")
    general = math.exp(quiet(wiki, lambda: wiki.fit_one_cycle(2, 1e-2))[1])
    reviews = language("reviews", "test")
    weights = text.match_embeds(wiki.model.state_dict(), wiki.dls.vocab, reviews.dls.vocab)
    reviews.model.load_state_dict(weights)
    reviews.freeze()
    quiet(reviews, lambda: reviews.fit_one_cycle(1, 2e-2))
    reviews.unfreeze()
    own = math.exp(quiet(reviews, lambda: reviews.fit_one_cycle(2, 5e-3))[1])
    reviews.path = Path(tempfile.mkdtemp())
    reviews.save_encoder("encoder")
    learner = classifier(reviews.dls.vocab)
    learner.path = reviews.path
    learner.load_encoder("encoder")
    quiet(learner, lambda: learner.fit_one_cycle(1, 2e-2))
    learner.freeze_to(-2)
    quiet(learner, lambda: learner.fit_one_cycle(1, slice(1e-2 / 2.6**4, 1e-2)))
    learner.freeze_to(-3)
    quiet(learner, lambda: learner.fit_one_cycle(1, slice(5e-3 / 2.6**4, 5e-3)))
    learner.unfreeze()
    *_, ulmfit = quiet(learner, lambda: learner.fit_one_cycle(2, slice(1e-3 / 2.6**4, 1e-3)))
    plain = classifier(reviews.dls.vocab)
    plain.unfreeze()
    *_, accuracy = quiet(plain, lambda: plain.fit_one_cycle(5, 2e-2))
    return {"wiki_perplexity": general, "review_perplexity": own, "ulmfit_accuracy": ulmfit, "plain_accuracy": accuracy,
            "vocabulary": len(reviews.dls.vocab)}  # fmt: skip


def apus_run(place, seed):
    run = subprocess.run([bench, "ulmfit", place, "--seed", str(seed)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"text_quality: {bench} failed: {run.stderr.strip() or run.stdout.strip()}")
    return json.loads(run.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description="ULMFiT on a small scale, Apus beside fastai")
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="keeps the tokens for the next start")
    parser.add_argument("--side", choices=["both", "apus", "fastai"], default="both")
    options = parser.parse_args()
    place = options.work or Path(tempfile.mkdtemp())
    if not (place / "labeled").is_dir():
        prepare(options.data, place)
    sides = {"fastai": fastai_run, "Apus": apus_run}
    results = {name: [] for name in sides if options.side in ("both", name.lower())}
    for turn in range(options.seeds):
        for name in results:
            result = sides[name](place, 42 + turn)
            results[name].append(result)
            print(json.dumps({"side": name, "seed": 42 + turn, **result}), flush=True)
    print("| | " + " | ".join(results) + " |\n|---|" + "---|" * len(results))
    keys = {"wiki_perplexity": ("perplexity, articles", 1), "review_perplexity": ("perplexity, reviews", 1),
            "ulmfit_accuracy": ("accuracy with ULMFiT", 3), "plain_accuracy": ("accuracy without", 3)}  # fmt: skip
    for key, (title, digits) in keys.items():
        cells = []
        for runs in results.values():
            values = [run[key] for run in runs]
            cells.append(f"{statistics.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})")
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
