#!/usr/bin/env bash
# scripts/fuzz.sh [COUNT [SEED]]: COUNT damaged files (2000) through the public entry points: pictures, tables, tensors,
# archives, exported models, checkpoints. Under the address sanitizer, in a build folder of its own; PLAIN=1 takes the plain
# debug build, which is quicker. The corpus is made on the spot; inputs that found a fault are kept in .build/fuzz/found.
# Fails at a crash, an input that takes longer than 30 s, or a process that holds more than APUS_FUZZ_MEMORY megabytes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
count=${1:-2000} seed=${2:-1}
corpus=$PWD/.build/fuzz

if [ "${PLAIN:-0}" = 1 ]; then
    scratch=.build options=()
else
    scratch=.build-asan options=(--sanitize=address)
    # LibTorch's and Arrow's own globals are never freed; Swift's containers do not tell the sanitizer what they use.
    export ASAN_OPTIONS="detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1:quarantine_size_mb=64"
    export APUS_FUZZ_MEMORY=${APUS_FUZZ_MEMORY:-4096}
fi
# The arena of LibTorch's tensors would hide what lies behind a tensor.
export APUS_ALLOCATOR=system OMP_NUM_THREADS=1
swift build --quiet --product apus-fuzz --scratch-path "$scratch" "${options[@]}"
rm -rf "$corpus"
python3 scripts/make_fuzz_corpus.py "$corpus"
"$scratch/debug/apus-fuzz" "$corpus" "$count" "$seed"
