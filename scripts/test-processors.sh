#!/usr/bin/env bash
# Runs the tests that compute as x86-64 processors with AVX2 alone, and with SSE4.1 alone, would: side by side, each on one
# thread. A processor that has AVX2 alone is not tested as what it is a second time. The tests must be built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[ "$(uname -sm)" = "Linux x86_64" ] || {
    echo "test-processors: this processor has no older instructions to be held to"
    exit 0
}
tests=$(swift build --show-bin-path)/ApusPackageTests.xctest
[ -x "$tests" ] || {
    echo "test-processors: there are no tests in $tests. Build them: swift build --build-tests" >&2
    exit 1
}

# Every target but those that compute nothing: commands, figures, pages.
run() {
    env OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 "$@" "$tests" --testing-library swift-testing --no-parallel \
        --skip '^Apus(Tables|Text)?CommandTests\.' --skip '^ApusPlotTests\.' --skip '^ApusWebTests\.'
}
sse41() { run ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41; }
avx2() { run ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2; }

output=$(mktemp)
trap 'rm -f "$output"; kill $(jobs -p) 2>/dev/null || true' EXIT
other=
if grep -qw avx512f /proc/cpuinfo; then
    avx2 >"$output" 2>&1 &
    other=$!
else
    echo "test-processors: this processor has AVX2 alone, which is tested by make test"
fi
echo "test-processors: as a processor with SSE4.1 alone"
status=0
sse41 || status=$?
if [ -n "$other" ]; then
    echo "test-processors: as a processor with AVX2 alone"
    wait "$other" || status=$?
    cat "$output"
fi
exit "$status"
