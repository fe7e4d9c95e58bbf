#!/usr/bin/env bash
# Compiles every Swift block of README.md (or of the file given), each as a program of its own that imports Apus, in a
# package that depends on this checkout. A block that opens with `// swift-tools-version` is read as a manifest.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readme=$(realpath "${1:-$checkout/README.md}")
scratch=$checkout/.build/clients

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$readme" "$folder" "$checkout" <<'END'
import os, re, sys

readme, folder, checkout = sys.argv[1:]
text = open(readme, encoding="utf-8").read()
programs = []
for match in re.finditer(r"^```swift\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
    block, line = match.group(1), text.count("\n", 0, match.start(1)) + 1
    manifest = block.startswith("// swift-tools-version")
    name = f"Manifest{line}" if manifest else f"Line{line}"
    os.makedirs(f"{folder}/Sources/{name}" if not manifest else f"{folder}/{name}")
    if manifest:
        open(f"{folder}/{name}/Package.swift", "w", encoding="utf-8").write(block)
    else:
        programs.append(name)
        with open(f"{folder}/Sources/{name}/main.swift", "w", encoding="utf-8") as source:
            # The compiler's messages name the line of the README.
            source.write(f'import Apus\n#sourceLocation(file: "{readme}", line: {line})\n{block}')
if not programs:
    sys.exit(f"check-readme: {readme} has no Swift block: open one with ```swift")
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
print(f"check-readme: {len(programs)} programs in {os.path.basename(readme)}", flush=True)
END

cd "$folder"
swift build --quiet --scratch-path "$scratch"
for manifest in Manifest*/; do
    [ ! -d "$manifest" ] || (cd "$manifest" && swift package dump-package >/dev/null)
done
echo "check-readme: every Swift block compiles."
