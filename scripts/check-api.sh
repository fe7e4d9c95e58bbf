#!/usr/bin/env bash
# The public API is what everybody builds on: no module above the core uses a package declaration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Without package access the compiler itself hides the package declarations of other modules: what is left to check is
# that no target has lost the setting.
swift package dump-package | python3 -c '
import json, sys

# The core, whose modules share package declarations; drawings for the demo; tools and a server that use none of it.
core = {"Torch", "ApusPlot", "ApusCore"}
apart = {"LetterImages", "OperatorGenerator", "generate-operators", "LoopbackServer"}
swift = [
    target for target in json.load(sys.stdin)["targets"]
    if target["type"] in ("regular", "executable") and target["name"] not in core | apart
    and any(setting["tool"] == "swift" for setting in target["settings"])
]
open_targets = [target["name"] for target in swift if target["packageAccess"]]
if open_targets or len(swift) < 6:
    sys.exit(
        "check-api: these targets above the core have package access, so that they may use what a stranger cannot: "
        + ", ".join(open_targets) + ". Give them packageAccess: false in Package.swift.")
print(f"check-api: 0 uses of package declarations in {len(swift)} targets above the core.")
'
