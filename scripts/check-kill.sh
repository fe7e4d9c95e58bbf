#!/usr/bin/env bash
# Kills a training run at random moments (kill -9), starts it again each time, and compares the weights that it ends
# with, byte for byte, with those of a run that was never killed.
#
# usage: scripts/check-kill.sh [BUILD]     (debug, the default, or release; the command must be built)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
apus=$PWD/.build/${1:-debug}/apus
[ -x "$apus" ] || { echo "check-kill: $apus is missing: swift build --product apus" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Pictures of two kinds: bright at the top or at the bottom, with noise of their own.
python3 - "$folder" <<'END_OF_PYTHON'
import random, struct, sys, zlib
from pathlib import Path

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

draw = random.Random(1)
for kind in ("top", "bottom"):
    place = Path(sys.argv[1]) / "pictures" / kind
    place.mkdir(parents=True)
    for number in range(40):
        rows = b"".join(
            b"\0" + bytes(draw.randrange(120) + (120 if (row < 16) == (kind == "top") else 0) for _ in range(32 * 3))
            for row in range(32))
        header = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
        (place / f"{number}.png").write_bytes(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
END_OF_PYTHON

# In a process of its own number, so that it can be killed.
train() {
    exec "$apus" train image "$folder/pictures" --from-scratch --size 32 --batch-size 8 --epochs 4 --precision float32 \
        --seed 3 --workers 2 --export "$1" "${@:2}" >"$folder/log" 2>&1
}
failed() { cat "$folder/log" >&2; echo "check-kill: $1" >&2; exit 1; }

start=$(date +%s%N)
(train "$folder/whole.safetensors") || failed "the run that is not killed fails."
length=$(( ($(date +%s%N) - start) / 1000000 ))
run=$folder/run
resume=()
for life in 1 2 3; do
    # Between a fifth and a half of the whole run's time: each life gets somewhere, none to the end.
    pause=$(( length / 5 + RANDOM * (length * 3 / 10) / 32768 ))
    train "$folder/killed.safetensors" --checkpoint "$run" --checkpoint-batches 3 "${resume[@]}" &
    process=$!
    sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
    if kill -9 "$process" 2>/dev/null; then state=killed; else state="already done"; fi
    wait "$process" 2>/dev/null || true
    echo "check-kill: life $life, $state after $pause ms with $(ls "$run" 2>/dev/null | wc -l) checkpoints"
    resume=(--resume)
done
(train "$folder/killed.safetensors" --checkpoint "$run" --resume) || failed "the run that goes on fails."
if (train "$folder/other.safetensors" --checkpoint "$run"); then failed "old checkpoints are not refused without --resume."; fi
grep -q -- --resume "$folder/log" || failed "the refusal does not name --resume."

# The exported files differ in nothing but the seconds of the epochs: the tensors lie behind the header.
python3 - "$folder/whole.safetensors" "$folder/killed.safetensors" <<'END_OF_PYTHON'
import struct, sys

def weights(name):
    data = open(name, "rb").read()
    return data[8 + struct.unpack("<Q", data[:8])[0]:]

whole, killed = map(weights, sys.argv[1:])
assert len(whole) > 1_000_000
sys.exit(0 if whole == killed else "check-kill: the weights differ.")
END_OF_PYTHON
echo "check-kill: the weights are those of the run that was never killed, byte for byte."
