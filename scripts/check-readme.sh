#!/usr/bin/env bash
# Compiles every Swift block of README.md and docs/*.md (or of the files given), each as a program of its own that
# imports Apus, in a package that depends on this checkout. A block that opens with `// swift-tools-version` is read as a manifest,
# and one that opens with `// runs` is run, too.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ $# -gt 0 ]; then mapfile -t pages < <(realpath -- "$@"); else pages=("$checkout"/README.md "$checkout"/docs/*.md); fi
scratch=$checkout/.build/clients

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$folder" "$checkout" "${pages[@]}" <<'END'
import os, re, sys

folder, checkout, *pages = sys.argv[1:]
programs = []
for page in pages:
    text = open(page, encoding="utf-8").read()
    title = re.sub(r"\W", "", os.path.splitext(os.path.basename(page))[0]).capitalize()
    count = len(programs)
    for match in re.finditer(r"^```swift\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        block, line = match.group(1), text.count("\n", 0, match.start(1)) + 1
        manifest = block.startswith("// swift-tools-version")
        name = f"Manifest{title}{line}" if manifest else f"{title}{line}"
        os.makedirs(f"{folder}/Sources/{name}" if not manifest else f"{folder}/{name}")
        if manifest:
            open(f"{folder}/{name}/Package.swift", "w", encoding="utf-8").write(block)
        else:
            programs.append(name)
            if block.startswith("// runs\n"):
                open(f"{folder}/runs", "a", encoding="utf-8").write(name + "\n")
            with open(f"{folder}/Sources/{name}/main.swift", "w", encoding="utf-8") as source:
                # The compiler's messages name the line of the page.
                source.write(f'import Apus\n#sourceLocation(file: "{page}", line: {line})\n{block}')
    print(f"check-readme: {len(programs) - count} programs in {os.path.basename(page)}", flush=True)
if not programs:
    sys.exit(f"check-readme: there is no Swift block in {', '.join(pages)}: open one with ```swift")
targets = ",\n".join(
    f'        .executableTarget(name: "{name}", dependencies: [.product(name: "Apus", package: "Apus")])'
    for name in programs
)
with open(f"{folder}/Package.swift", "w") as manifest:
    manifest.write(f"""// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ReadmeBlocks", platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Apus", path: "{checkout}")],
    targets: [
{targets}
    ])
""")
END

cd "$folder"
swift build --quiet --scratch-path "$scratch"
for manifest in Manifest*/; do
    [ ! -d "$manifest" ] || (cd "$manifest" && swift package dump-package >/dev/null)
done
echo "check-readme: every Swift block compiles."
[ ! -e runs ] || while read -r name; do
    echo "check-readme: running $name"
    "$scratch/debug/$name" >"$folder/output" 2>&1 </dev/null || { cat "$folder/output"; echo "check-readme: $name failed"; exit 1; }
done <runs
