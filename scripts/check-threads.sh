#!/usr/bin/env bash
# Runs loaders with workers, two trainings, predictions from eight tasks and tensors that all of them read under the thread
# sanitizer, in a build folder of its own. scripts/threads.supp names the libraries that are not built for it (LibTorch with
# its OpenMP, Arrow, GLib, libvips, Swift's own): what lies in them alone is left out, Apus's Swift and C code is checked.
# OpenMP runs one thread, since the sanitizer does not see its barriers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
swift build --quiet --product thread-check --scratch-path .build-tsan --sanitize=thread
TSAN_OPTIONS="suppressions=$PWD/scripts/threads.supp halt_on_error=0 exitcode=66 history_size=4" OMP_NUM_THREADS=1 \
    .build-tsan/debug/thread-check
echo "check-threads: no data race."
