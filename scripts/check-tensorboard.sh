#!/usr/bin/env bash
# Reads an event file that TensorBoardLog wrote with the real TensorBoard, and compares what it says with the CSV log of
# the same run.
#
# usage: scripts/check-tensorboard.sh VENV     (a Python environment with tensorboard)
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: scripts/check-tensorboard.sh VENV" >&2; exit 2; }
python=$(realpath -s "$1")/bin/python
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

APUS_TENSORBOARD_FOLDER=$folder swift test --disable-xctest --filter "ObservingCallbackTests/tensorBoard" >"$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; exit 1; }
"$python" -W ignore - "$folder" <<'END_OF_PYTHON'
import csv, math, sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = Path(sys.argv[1])
events = EventAccumulator(str(folder / "events"), size_guidance={"scalars": 0, "images": 0, "histograms": 0}).Reload()
tags = events.Tags()
rows = list(csv.DictReader(open(folder / "history.csv")))
assert len(rows) == 2, rows


def close(found, expected):
    assert math.isclose(found, float(expected), rel_tol=1e-6), (found, expected)


assert {"train_loss", "valid_loss", "lr_0", "mom_0", "wd_0"} == set(tags["scalars"]), tags
steps = [event.step for event in events.Scalars("train_loss")]
assert steps == list(range(1, 9)), steps
for row, valid, train in zip(rows, events.Scalars("valid_loss"), events.Scalars("train_loss")[3::4], strict=True):
    close(valid.value, row["valid_loss"])
    close(train.value, row["train_loss"])
    assert valid.step == train.step
for event in events.Scalars("lr_0"):
    close(event.value, 0.01)
assert tags["histograms"] == ["weight", "bias"], tags
for event in events.Histograms("weight"):
    assert sum(event.histogram_value.bucket) == event.histogram_value.num == 2
image = events.Images("figure")[-1]
assert image.encoded_image_string.startswith(b"\x89PNG") and image.width > 100 and image.height > 100
print(f"check-tensorboard: {sum(len(events.Scalars(tag)) for tag in tags['scalars'])} scalars, histograms and images agree")
END_OF_PYTHON
