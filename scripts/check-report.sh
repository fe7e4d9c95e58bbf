#!/usr/bin/env bash
# Opens a report of Learner.report in a real browser (Chromium, headless), fails where the browser complains or would ask
# the network for anything, and takes a picture of the whole page to be looked at.
#
#   scripts/check-report.sh demo-output/report.html report.png
set -euo pipefail

page=$(realpath "${1:?a report such as demo-output/report.html}")
picture=$(realpath -m "${2:-report.png}")
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "There is no Chromium; install one (apt install chromium)." >&2
    exit 1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
open_page() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --user-data-dir="$scratch/profile" --host-resolver-rules="MAP * ~NOTFOUND" --enable-logging=stderr --v=0 \
        "$@" "file://$page" 2>"$scratch/log"
}

open_page --dump-dom >"$scratch/dom.html"
if grep "CONSOLE" "$scratch/log"; then
    echo "The browser complains of $page." >&2
    exit 1
fi
python3 - "$scratch/dom.html" <<'END'
import base64, re, sys

dom = open(sys.argv[1], encoding="utf-8").read()
wrong = [text[:80] for text in re.findall(r'(?:src|href)="([^"]*)"', dom) if not re.match(r"data:image/|#part\d+$", text)]
pictures = re.findall(r'src="data:image/([a-z+]+);base64,([^"]*)"', dom)
broken = [kind for kind, data in pictures if len(base64.b64decode(data)) < 100]
if wrong or broken or not pictures or "</main>" not in dom:
    sys.exit(f"outside references: {wrong}; empty pictures: {broken}; pictures: {len(pictures)}")
print(f"{len(pictures)} pictures, {len(re.findall('<section', dom))} parts, {len(dom) // 1024} kB, nothing from outside")
END
open_page --window-size=1100,${HEIGHT:-9000} --screenshot="$picture"
echo "A picture of the page is in $picture"
