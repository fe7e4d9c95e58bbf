#!/usr/bin/env bash
# Compiles every Swift block of README.md and docs/*.md (or of the files given), each as a program of its own that
# imports Apus, in a package that depends on this checkout; one that imports ApusWeb links it too. A block that opens with
# `// swift-tools-version` is read as a manifest, and one that opens with `// runs` is run, too.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ $# -gt 0 ]; then mapfile -t pages < <(realpath -- "$@"); else pages=("$checkout"/README.md "$checkout"/docs/*.md); fi
# The checkout's own build folder with the same versions of other packages, so that what is built is not built again.
scratch=$checkout/.build

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
            # What serves also links the server.
            programs.append((name, "import ApusWeb" in block))
            if block.startswith("// runs\n"):
                open(f"{folder}/runs", "a", encoding="utf-8").write(name + "\n")
            with open(f"{folder}/Sources/{name}/main.swift", "w", encoding="utf-8") as source:
                # The compiler's messages name the line of the page.
                source.write(f'import Apus\n#sourceLocation(file: "{page}", line: {line})\n{block}')
    print(f"check-readme: {len(programs) - count} programs in {os.path.basename(page)}", flush=True)
if not programs:
    sys.exit(f"check-readme: there is no Swift block in {', '.join(pages)}: open one with ```swift")
apus = '.product(name: "Apus", package: "Apus")'
web = ', .product(name: "ApusWeb", package: "Apus"), .product(name: "Hummingbird", package: "hummingbird")'
targets = ",\n".join(
    f'        .executableTarget(name: "{name}", dependencies: [{apus}{web if serves else ""}])'
    for name, serves in programs
)
hummingbird = '.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0")'
serving = f", {hummingbird}" if any(serves for _, serves in programs) else ""
# A target that needs them all: building it compiles each block and links none, which takes longer than compiling.
os.makedirs(f"{folder}/Sources/Blocks")
open(f"{folder}/Sources/Blocks/Blocks.swift", "w").close()
blocks = ", ".join(f'"{name}"' for name, _ in programs)
with open(f"{folder}/Package.swift", "w") as manifest:
    manifest.write(f"""// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "ReadmeBlocks", platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Apus", path: "{checkout}"){serving}],
    targets: [
{targets},
        .target(name: "Blocks", dependencies: [{blocks}]),
    ])
""")
END

[ ! -e "$checkout/Package.resolved" ] || cp "$checkout/Package.resolved" "$folder"
cd "$folder"
swift build --quiet --scratch-path "$scratch" --target Blocks
for manifest in Manifest*/; do
    [ ! -d "$manifest" ] || (cd "$manifest" && swift package dump-package >/dev/null)
done
echo "check-readme: every Swift block compiles."
[ ! -e runs ] || while read -r name; do
    echo "check-readme: running $name"
    swift build --quiet --scratch-path "$scratch" --product "$name"
    "$scratch/debug/$name" >"$folder/output" 2>&1 </dev/null || { cat "$folder/output"; echo "check-readme: $name failed"; exit 1; }
done <runs
