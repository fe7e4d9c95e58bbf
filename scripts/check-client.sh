#!/usr/bin/env bash
# Builds and runs, with no compiler flags, a package elsewhere that depends on this checkout: Tests/Client.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The checkout's own build folder with the same versions of other packages, so that what is built is not built again.
scratch=$checkout/.build

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$checkout/Tests/Client/." "$folder"
[ ! -e "$checkout/Package.resolved" ] || cp "$checkout/Package.resolved" "$folder"
sed "s|path: \"../..\"|path: \"$checkout\"|" "$checkout/Tests/Client/Package.swift" >"$folder/Package.swift"

cd "$folder"
swift build --quiet --scratch-path "$scratch"
output=$(swift run --skip-build --scratch-path "$scratch" Client)
expected=$(cat "$checkout/Tests/Client/expected.txt")
if [ "$output" != "$expected" ]; then
    printf 'check-client: the client printed\n%s\nand not\n%s\n' "$output" "$expected" >&2
    exit 1
fi

programs=$(swift build --show-bin-path --scratch-path "$scratch")
# A stranger's application, whose parts are all its own, trains and exports; another process loads and answers the same.
mkdir "$folder/run"
"$programs/Stranger" train "$folder/run"
"$programs/Stranger" predict "$folder/run"

# A program about pictures doesn't pay for tables.
pictures=$programs/PicturesClient
libraries=$(ldd "$pictures")
for library in arrow parquet pq sqlite3; do
    if grep -q "lib$library[.-]" <<<"$libraries"; then
        echo "check-client: a client of ApusVision alone links lib$library." >&2
        exit 1
    fi
done
[ "$("$pictures")" = "$(tail -1 "$checkout/Tests/Client/expected.txt")" ] || {
    echo "check-client: the client of ApusVision alone printed something else." >&2
    exit 1
}
echo "check-client: a client elsewhere builds and runs."
