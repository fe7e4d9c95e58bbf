"""Runs every vision application from the command line beside fastai, on the same data with the same weights.

usage: python3 applications.py --peer VENV --data DIR [--work DIR] [--only a,b] [--seeds 1,2,3]
                               [--sides apus,peer] [--apus PROGRAM]

VENV is a Python environment with PyTorch, torchvision, fastai and Pillow; DIR holds oxford-iiit-pet, camvid_sample,
mnist_sample, imagenette_sample and weights (SqueezeNet 1.1, the body's weights on both sides; U-Nets stand on a ResNet-18
that fastai's side has trained on imagenette's sample). What is no public set is made from those: pets with two labels,
collages with several labels, photographs with a digit on them (its center as a point), turned digits (the angle as a
number), and degraded pictures to restore. The split is one for all seeds; a seed decides head, order and augmentation.
fastai's side is applications_peer.py.

Every finished run is a line of WORK/results.jsonl and is not run again; the table shows the mean of the seeds and how
far they lie from it. `make applications PEER=VENV DATA=DIR` calls this with a release build.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from random import Random

try:
    from PIL import Image
except ImportError:
    Image = None  # Then the peer's Python runs this.

repository = Path(__file__).resolve().parent.parent

# What both sides are told: sizes are [height, width]; "metrics" are the names in the table, the first is the one that
# decides; "higher" says which way round it is better.
applications = {
    "breeds": dict(
        title="pets: breeds by regex", metrics=["error_rate"], higher=False, size=[128, 128], batch=16, epochs=3
    ),
    "two": dict(
        title="pets: breed and species from one body", metrics=["breed_error_rate", "species_error_rate"], higher=False,
        size=[128, 128], batch=16, epochs=3,
    ),
    "petmasks": dict(
        title="pets: masks from trimaps", metrics=["pixel_accuracy", "dice_multi"], higher=True, size=[96, 96], batch=8,
        epochs=3, body="resnet18",
    ),
    "camvid": dict(
        title="CamVid without void", metrics=["pixel_accuracy"], higher=True, size=[90, 120], batch=4, epochs=4,
        body="resnet18",
    ),
    "mnist": dict(
        title="MNIST 3 or 7", metrics=["error_rate"], higher=False, size=[28, 28], batch=64, epochs=1, rate=0.1
    ),
    "labels": dict(
        title="collages: several labels", metrics=["accuracy_multi", "f1_score"], higher=True, size=[128, 128],
        batch=32, epochs=3,
    ),
    "points": dict(
        title="digit on a photograph: its center", metrics=["rmse"], higher=False, size=[96, 128], batch=16, epochs=8,
        rate=5e-3,
    ),
    "angle": dict(
        title="a turned digit: its angle", metrics=["rmse"], higher=False, size=[96, 96], batch=16, epochs=8,
        rate=5e-3,
    ),
    "restore": dict(
        title="restoring small JPEGs", metrics=["psnr"], higher=True, size=[96, 96], batch=8, epochs=2, rate=1e-3,
        body="resnet18",
    ),
}


# MARK: The sets that are made


def write_table(file, header, rows):
    file.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")


def photographs(data, part, count):
    files = sorted((data / "imagenette_sample" / part).glob("*/*.JPEG"))
    return files[:: max(1, len(files) // count)][:count]


def make_sets(names, data, work):
    """Writes the lists and the made pictures of some applications under `work`, where they are not yet."""
    work.mkdir(parents=True, exist_ok=True)
    makers = {name: make for make, users in sets.items() for name in users}
    for make in {makers[name] for name in names if name in makers}:
        done = work / f"{make.__name__}.done"
        if not done.exists():
            make(Random(0), data, work)
            done.write_text("")


def list_pets(random, data, work):
    """Every fourth pet is for validation."""
    pets = sorted(file.name for file in (data / "oxford-iiit-pet" / "images").glob("*.jpg"))
    (work / "pets_valid.txt").write_text("\n".join(pets[::4]) + "\n")
    (work / "pets_codes.txt").write_text("pet\nbackground\nborder\n")


def list_species(random, data, work):
    """Breed and species of each pet: the names of cats start with a capital letter."""
    pets = sorted(file.name for file in (data / "oxford-iiit-pet" / "images").glob("*.jpg"))
    rows = [
        (name, name.rsplit("_", 1)[0], "cat" if name[0].isupper() else "dog", number % 4 == 0)
        for number, name in enumerate(pets)
    ]
    write_table(work / "pets.csv", ("file", "breed", "species", "is_valid"), rows)


def make_collages(random, data, work):
    """Collages of one to three pictures of imagenette, whose classes are the labels."""
    (work / "collages").mkdir(exist_ok=True)
    rows = []
    for part, count in (("train", 480), ("val", 160)):
        by_class = {}
        for file in photographs(data, part, 2000):
            by_class.setdefault(file.parent.name, []).append(file)
        for number in range(count):
            classes = random.sample(sorted(by_class), random.randint(1, 3))
            whole = Image.new("RGB", (160, 160), tuple(random.randrange(256) for _ in range(3)))
            places = random.sample([(0, 0), (80, 0), (0, 80), (80, 80)], len(classes))
            for name, place in zip(classes, places):
                whole.paste(Image.open(random.choice(by_class[name])).convert("RGB").resize((80, 80)), place)
            file = f"{part}{number}.jpg"
            whole.save(work / "collages" / file, quality=90)
            rows.append((file, ";".join(sorted(classes)), part == "val"))
    write_table(work / "collages.csv", ("file", "labels", "is_valid"), rows)


def make_digits(random, data, work):
    """A turned digit somewhere on a photograph, in a color that is rare there."""
    (work / "digits").mkdir(exist_ok=True)
    rows = []
    for part, digits, count in (("train", "train", 640), ("val", "valid", 160)):
        photos = photographs(data, part, 200)
        strokes = sorted((data / "mnist_sample" / digits / "7").glob("*.png"))
        for number in range(count):
            photo = Image.open(random.choice(photos)).convert("RGB").resize((128, 96))
            angle = random.uniform(-60, 60)
            stroke = Image.open(random.choice(strokes)).convert("L").resize((40, 40))
            stroke = stroke.rotate(angle, resample=Image.BILINEAR, expand=True)
            x, y = random.randint(20, 108), random.randint(20, 76)
            photo.paste((255, 0, 255), (x - stroke.width // 2, y - stroke.height // 2), stroke)
            file = f"{part}{number}.png"
            photo.save(work / "digits" / file)
            rows.append((file, x, y, part == "val"))
    write_table(work / "digits.csv", ("file", "x", "y", "is_valid"), rows)


def make_turned(random, data, work):
    """A turned digit alone; the angle is in units of 60 degrees, so that a model that knows nothing is wrong by 0.58."""
    (work / "turned").mkdir(exist_ok=True)
    rows = []
    for part, digits, count in (("train", "train", 640), ("val", "valid", 160)):
        strokes = sorted((data / "mnist_sample" / digits / "7").glob("*.png"))
        for number in range(count):
            angle = random.uniform(-60, 60)
            stroke = Image.open(random.choice(strokes)).convert("L").resize((64, 64))
            file = f"{part}{number}.png"
            stroke.rotate(angle, resample=Image.BILINEAR, expand=True).resize((96, 96)).save(work / "turned" / file)
            rows.append((file, f"{angle / 60:.4f}", part == "val"))
    write_table(work / "turned.csv", ("file", "angle", "is_valid"), rows)


def degrade(random, data, work):
    """Pictures at half their size and in poor JPEG, and as they were."""
    for part, count in (("train", 240), ("val", 60)):
        for kind in ("good", "bad"):
            (work / kind / part).mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(photographs(data, part, count)):
            photo = Image.open(file).convert("RGB").resize((96, 96), Image.LANCZOS)
            photo.save(work / "good" / part / f"{number}.png")
            small = io.BytesIO()
            photo.resize((48, 48)).save(small, "JPEG", quality=40)
            Image.open(small).resize((96, 96), Image.BILINEAR).save(work / "bad" / part / f"{number}.png")


# Which applications need which set.
sets = {
    list_pets: ["breeds", "petmasks"],
    list_species: ["two"],
    make_collages: ["labels"],
    make_digits: ["points"],
    make_turned: ["angle"],
    degrade: ["restore"],
}


# MARK: Apus's side


def apus_arguments(name, settings, data, work):
    pets = data / "oxford-iiit-pet"
    street = data / "camvid_sample"
    what = {
        "breeds": [
            pets / "images", "--label-regex", r"(.+)_\d+\.jpg", "--valid-list", work / "pets_valid.txt",
        ],
        "two": [
            pets / "images", "--labels-csv", work / "pets.csv", "--label-column", "breed,species", "--valid-column",
            "is_valid",
        ],
        "petmasks": [
            pets / "images", "--masks", pets / "annotations" / "trimaps", "--codes", work / "pets_codes.txt",
            "--mask-values", "1,2,3", "--valid-list", work / "pets_valid.txt",
        ],
        "camvid": [street / "images", "--masks", street / "labels", "--codes", street / "codes.txt", "--void", "Void"],
        "mnist": [data / "mnist_sample", "--from-scratch", "--no-augment", "--arch", "resnet18"],
        "labels": [
            work / "collages", "--labels-csv", work / "collages.csv", "--label-delim", ";", "--valid-column",
            "is_valid",
        ],
        "points": [
            work / "digits", "--labels-csv", work / "digits.csv", "--valid-column", "is_valid", "--point-columns",
            "x,y", "--y-range", "-1,1",
        ],
        "angle": [
            work / "turned", "--labels-csv", work / "turned.csv", "--valid-column", "is_valid", "--number-column",
            "angle", "--y-range", "-1.2,1.2", "--no-augment",
        ],
        "restore": [
            work / "bad", "--targets", work / "good", "--blur", "--self-attention", "--norm", "weight", "--y-range",
            "-3,3", "--wd", "1e-3",
        ],
    }[name]
    weights = work / "resnet18.pth" if "body" in settings else data / "weights" / "squeezenet1_1.pth"
    body = [] if name == "mnist" else ["--arch", settings.get("body", "squeezenet1_1"), "--weights", weights]
    height, width = settings["size"]
    rate = ["--lr", settings["rate"]] if "rate" in settings else []
    return [
        "train", "image", *what, *body, "--size", f"{height}x{width}", "--batch-size", settings["batch"], "--epochs",
        settings["epochs"], *rate, "--workers", "2", "--json",
    ]


def peer_command(name, settings, seed, options):
    command = [options.peer / "bin" / "python", Path(__file__).with_name("applications_peer.py"), name]
    return [*command, options.data, options.work, json.dumps(settings), "--seed", seed]


def make_weights(options):
    """Trains the body of the U-Nets, unless it is there."""
    if not (options.work / "resnet18.pth").exists():
        settings = dict(size=[64, 64], batch=32, epochs=5, rate=3e-3, metrics=["error_rate"])
        subprocess.run([str(part) for part in peer_command("weights", settings, 0, options)], check=True)


def run(side, name, settings, seed, options):
    """One run; its numbers, or why there are none."""
    if side == "apus":
        pictures = options.work / "pictures"
        pictures.mkdir(exist_ok=True)
        command = [options.apus, *apus_arguments(name, settings, options.data, options.work), "--seed", seed]
        command += ["--results", pictures / f"{name}-{seed}.png"]
    else:
        command = peer_command(name, settings, seed, options)
    start = time.perf_counter()
    before = os.times()
    # Threads that wait sleep: this is about results, and the machine may be busy.
    quiet = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=quiet)
    after = os.times()
    if done.returncode != 0:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if side == "apus":
        result = {**result["epochs"][-1], **result["epochs"][-1]["metrics"]}
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        **{key: result[key] for key in [*settings["metrics"], "valid_loss"]},
        "wall_s": time.perf_counter() - start,
        "cpu_s": cpu,
    }


# MARK: The table


def table(results, names, seeds):
    lines = [
        "| application | metric | fastai | Apus | within spread | CPU s fastai | CPU s Apus |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in names:
        for metric in [*applications[name]["metrics"], "valid_loss"]:
            cells, means, spreads, cpu = [], [], [], []
            for side in ("peer", "apus"):
                runs = [results.get((side, name, seed), {}) for seed in seeds]
                values = [run[metric] for run in runs if metric in run]
                if not values:
                    cells.append("-")
                    cpu.append("-")
                    continue
                mean = statistics.mean(values)
                spread = max(abs(value - mean) for value in values)
                means.append(mean)
                spreads.append(spread)
                cpu.append(f"{statistics.median(run['cpu_s'] for run in runs if 'cpu_s' in run):.0f}")
                cells.append(f"{mean:.4f} ± {spread:.4f} ({len(values)})")
            verdict = "-"
            if len(means) == 2:
                better = (means[1] >= means[0]) == (applications[name]["higher"] and metric != "valid_loss")
                verdict = "yes" if abs(means[1] - means[0]) <= sum(spreads) else "better" if better else "worse"
            lines.append(
                f"| {applications[name]['title']} | {metric} | {cells[0]} | {cells[1]} | {verdict} | "
                f"{cpu[0]} | {cpu[1]} |"
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description="every vision application beside fastai")
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=repository / ".build" / "applications")
    parser.add_argument("--apus", type=Path, default=repository / ".build" / "release" / "apus")
    parser.add_argument("--only", default=",".join(applications))
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--sides", default="peer,apus", choices=["peer,apus", "peer", "apus"])
    options = parser.parse_args()
    names, seeds = options.only.split(","), [int(seed) for seed in options.seeds.split(",")]
    for name in names:
        if name not in applications:
            sys.exit(f'There is no application "{name}"; there are {", ".join(applications)}.')
    if Image is None:
        os.execv(options.peer / "bin" / "python", [str(options.peer / "bin" / "python"), *sys.argv])
    make_sets(names, options.data, options.work)
    if any("body" in applications[name] for name in names):
        make_weights(options)
    log = options.work / "results.jsonl"
    results = {}
    if log.exists():
        for line in map(json.loads, log.read_text().splitlines()):
            results[line["side"], line["name"], line["seed"]] = line
    for seed in seeds:
        for name in names:
            for side in options.sides.split(","):
                if (side, name, seed) in results:
                    continue
                result = run(side, name, applications[name], seed, options)
                print(side, name, seed, json.dumps(result), file=sys.stderr, flush=True)
                if "error" not in result:
                    line = {"side": side, "name": name, "seed": seed, **result}
                    results[side, name, seed] = line
                    with log.open("a") as file:
                        file.write(json.dumps(line) + "\n")
    print(table(results, names, seeds))


if __name__ == "__main__":
    main()
