#!/usr/bin/env bash
# Uses the pages of `apus serve`, `apus clean` and `apus label` in a real Chromium, as people do, and looks for what is in the
# way of a keyboard, a screen reader or a phone. The programs must be built.
#
#   scripts/check-pages.sh [OUT [PAGE...]]   OUT: a folder for the screenshots; PAGE: a page of Tests/Pages, all by default
#   PROGRAMS=DIR                             the folder with the programs; those of the debug build unless set
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "check-pages: $*" >&2
    exit 1
}

command -v chromedriver >/dev/null ||
    fail "chromedriver is missing. Install it: apt-get install chromium chromium-driver"
programs=${PROGRAMS:-$(swift build --show-bin-path)}
[ -x "$programs/apus-web" ] || fail "there is no apus-web in $programs. Build it: swift build"
out=${1:-}
if [ -z "$out" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
PYTHONDONTWRITEBYTECODE=1 python3 Tests/Pages/run.py "$programs" "$out" "${@:2}"
