#!/usr/bin/env bash
# Prepares a machine to build Apus: checks Swift, installs the system packages that are missing, and puts LibTorch, Arrow
# and LightGBM into a per-user folder where they are found. Does nothing where all that is done.
#
#   CUDA=1            take the CUDA build of LibTorch
#   APUS_LIBTORCH=DIR use this LibTorch, or the `torch` folder of a PyTorch, instead of fetching one
#   APUS_ARROW=DIR    use this Arrow C++, or the `pyarrow` folder of a Python, instead of fetching one
#   APUS_LIGHTGBM=DIR use this LightGBM, or the `lightgbm` folder of a Python, instead of fetching one
#   APUS_HOME=DIR     the per-user folder, ~/.apus unless set
#   BROWSER=1         also install the browser of scripts/check-pages.sh
set -euo pipefail

libtorch_version=2.13.0  # As in Package.swift.
arrow_version=26.0.1     # As in Package.swift.
lightgbm_version=4.7.0   # As in Sources/ApusTabular/Baselines/LightGBM.swift.
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

check_processor() {
    local system processor
    system=$(uname -s)
    processor=$(uname -m)
    case "$system/$processor" in
    Linux/x86_64 | Linux/aarch64 | Linux/arm64 | Darwin/arm64) ;;
    *) fail "Wrong processor or system: this is $system on $processor, LibTorch $libtorch_version exists for Linux on" \
        "x86_64 and aarch64 and for macOS on arm64. Use such a machine." ;;
    esac
}

check_swift() {
    local report version
    command -v swift >/dev/null ||
        fail "Swift is missing: there is no swift command in PATH. Install Swift 6.2 or later from swift.org/install."
    report=$(swift --version 2>&1) ||
        fail "swift doesn't start. It said: $report. Install the packages that swift.org/install lists for this system."
    version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$report" | head -n 1)
    [[ $version =~ ^([0-9]+)\.([0-9]+)$ ]] || fail "The version of swift can't be read from its answer: $report"
    if ((BASH_REMATCH[1] < 6 || (BASH_REMATCH[1] == 6 && BASH_REMATCH[2] < 2))); then
        fail "Swift $version is too old: Apus needs 6.2 or later. Install it from swift.org/install."
    fi
}

# Sets `missing` to the packages that dpkg doesn't know as installed, and to those behind a command or header that isn't
# there, however it was to come.
find_missing_packages() {
    local wanted=(pkg-config libvips-dev libcairo2-dev libfontconfig-dev libjpeg-dev zlib1g-dev libsqlite3-dev libpq-dev
        libarchive-dev libicu-dev libsentencepiece-dev libsndfile1-dev)
    [ "${BROWSER:-0}" = 0 ] || wanted+=(chromium chromium-driver)
    local fonts=(fonts-dejavu-core fonts-liberation fonts-freefont-ttf)
    local installed package headers
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" "${fonts[@]}" 2>/dev/null || true)
    missing=()
    for package in "${wanted[@]}" "${fonts[@]}"; do
        grep -qx "$package installed" <<<"$installed" || missing+=("$package")
    done
    command -v git >/dev/null || missing+=(git ca-certificates)
    headers=(/usr/include/c++/*/vector)
    [ -e "${headers[0]}" ] || missing+=(g++)
}

install_debian_packages() {
    local missing as_root=() log status
    find_missing_packages
    ((${#missing[@]})) || return 0
    local command="apt-get install --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "System packages are missing (${missing[*]}) and there is no sudo to install them. As root, run: $command"
        [ -t 0 ] || sudo -n true 2>/dev/null ||
            fail "System packages are missing (${missing[*]}) and sudo asks for a password. Run: sudo $command"
        as_root=(sudo)
    fi
    echo "Installing system packages: ${missing[*]}"
    log=$(mktemp)
    local apt=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -q)
    status=0
    # The package lists may be absent or out of date: they are fetched only if the first attempt fails.
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
        { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || status=$?
    if ((status)); then
        tail -n 15 "$log" >&2
        if grep -qE 'No space left|enough free space' "$log"; then
            rm -f "$log"
            fail "No disk space for the system packages. Free some space, then run this again."
        elif grep -qE 'Could not resolve|Failed to fetch|Temporary failure|Unable to connect|Cannot initiate|Could not connect' "$log"; then
            rm -f "$log"
            fail "No network: apt-get could not fetch ${missing[*]}. Check the connection and the proxy settings, then run this again."
        fi
        rm -f "$log"
        fail "apt-get could not install ${missing[*]}; its last lines are above. Mend that, or install them by hand: $command"
    fi
    rm -f "$log"
}

install_mac_packages() {
    local missing=() installed package
    command -v brew >/dev/null || fail "Homebrew is missing: there is no brew command in PATH. Install it from brew.sh."
    installed=$(brew list --formula -1)
    for package in pkgconf vips cairo fontconfig jpeg-turbo sqlite libpq libarchive icu4c sentencepiece libsndfile; do
        grep -qx "$package" <<<"$installed" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    echo "Installing system packages: ${missing[*]}"
    brew install "${missing[@]}" || fail "brew could not install ${missing[*]}. Mend what it says above, then run this again."
}

# Systems with neither apt nor brew: what is needed must be there already.
check_other_packages() {
    command -v pkg-config >/dev/null ||
        fail "pkg-config is missing. Install it with the packages for developers of libvips, cairo, fontconfig, libjpeg, zlib," \
            "sqlite3, libpq, libarchive, ICU, SentencePiece and libsndfile."
    local module
    for module in vips cairo fontconfig libjpeg zlib sqlite3 libpq libarchive icu-uc sentencepiece sndfile; do
        pkg-config --exists "$module" ||
            fail "$module is missing: pkg-config doesn't know it. Install its package for developers."
    done
}

install_system_packages() {
    if [ "$(uname -s)" = Darwin ]; then
        install_mac_packages
    elif command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
        install_debian_packages
    else
        check_other_packages
    fi
}

has_libtorch() {
    { [ -e "$1/lib/libtorch_cpu.so" ] || [ -e "$1/lib/libtorch_cpu.dylib" ]; } && [ -d "$1/include/ATen" ]
}

check_given_libtorch() {
    local folder=$1 version
    [ -d "$folder" ] || fail "APUS_LIBTORCH=$folder is not a folder. Give the folder of a LibTorch, or the torch folder of a PyTorch."
    [ "${folder#/}" != "$folder" ] || fail "APUS_LIBTORCH=$folder is a relative path. Give the whole path: $(cd "$folder" && pwd)"
    has_libtorch "$folder" ||
        fail "APUS_LIBTORCH=$folder is not a LibTorch: lib/libtorch_cpu.so (.dylib) or include/ATen is missing. Give the" \
            "folder that holds lib and include."
    version=$(cat "$folder"/include/torch/headeronly/version.h "$folder"/include/torch/csrc/api/include/torch/version.h 2>/dev/null |
        grep -oE '"[0-9]+\.[0-9]+\.[0-9]+"' | head -n 1 | tr -d '"' || true)
    case "$version" in
    "${libtorch_version%.*}".*) ;;
    *) echo "setup: note: APUS_LIBTORCH is LibTorch ${version:-of unknown version}; Apus is written for ${libtorch_version%.*}." >&2 ;;
    esac
}

has_arrow() {
    { [ -e "$1/lib/libarrow.so" ] || [ -e "$1/lib/libarrow.dylib" ] || [ -e "$1/libarrow.so" ] ||
        [ -e "$1/libarrow.dylib" ]; } && [ -d "$1/include/arrow" ]
}

check_given_arrow() {
    local folder=$1
    [ -d "$folder" ] || fail "APUS_ARROW=$folder is not a folder. Give the folder of an Arrow C++, or the pyarrow folder of a Python."
    [ "${folder#/}" != "$folder" ] || fail "APUS_ARROW=$folder is a relative path. Give the whole path: $(cd "$folder" && pwd)"
    has_arrow "$folder" ||
        fail "APUS_ARROW=$folder is not an Arrow C++: libarrow.so (.dylib) or include/arrow is missing. Give the folder that" \
            "holds them; in a pyarrow folder, pyarrow.create_library_symlinks() makes libarrow.so."
}

has_lightgbm() { [ -e "$1/lib/lib_lightgbm.so" ] || [ -e "$1/lib/lib_lightgbm.dylib" ]; }

check_given_lightgbm() {
    local folder=$1
    [ -d "$folder" ] || fail "APUS_LIGHTGBM=$folder is not a folder. Give the folder of a LightGBM, or the lightgbm folder of a Python."
    [ "${folder#/}" != "$folder" ] || fail "APUS_LIGHTGBM=$folder is a relative path. Give the whole path: $(cd "$folder" && pwd)"
    has_lightgbm "$folder" ||
        fail "APUS_LIGHTGBM=$folder is not a LightGBM: lib/lib_lightgbm.so (.dylib) is missing. Give the folder that holds lib."
}

# Runs a script that fetches a library out of a Python wheel: fetch NAME SCRIPT ARGUMENT...
fetch() {
    local name=$1 script=$2
    shift 2
    command -v python3 >/dev/null ||
        fail "python3 is missing: $name comes in a Python wheel. Install it: apt-get install python3 python3-pip"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' ||
        fail "$(python3 --version 2>&1) is too old to fetch $name: 3.8 or later is needed."
    python3 -m pip --version >/dev/null 2>&1 ||
        fail "python3 has no pip, which fetches $name. Install it: apt-get install python3-pip"
    echo "Fetching $name ($*)"
    PYTHONDONTWRITEBYTECODE=1 python3 "$scripts/$script" "$@" || exit 1
    # SwiftPM remembers what Package.swift answered before this folder was there.
    rm -f ~/.cache/org.swift.swiftpm/manifests/manifest.db* ~/Library/Caches/org.swift.swiftpm/manifests/manifest.db*
}

# The per-user folder.
home_folder() {
    [ -n "${APUS_HOME:-}" ] || [ -n "${HOME:-}" ] || fail "HOME is not set. Set it, or APUS_HOME, to a folder of your own."
    home=${APUS_HOME:-$HOME/.apus}
    if [ "${home#/}" = "$home" ]; then fail "APUS_HOME=$home is a relative path. Give the whole path."; fi
}

check_processor
check_swift
install_system_packages
if [ -n "${APUS_LIBTORCH:-}" ]; then
    check_given_libtorch "$APUS_LIBTORCH"
else
    home_folder
    if [ "${CUDA:-0}" = 1 ]; then variant=cuda; else variant=cpu; fi
    # A CUDA build serves on the processor too, and Package.swift takes it first.
    if ! has_libtorch "$home/libtorch-$libtorch_version-cuda"; then
        folder=$home/libtorch-$libtorch_version-$variant
        has_libtorch "$folder" || fetch LibTorch fetch_libtorch.py "$libtorch_version" "$variant" "$folder"
    fi
fi
if [ -n "${APUS_ARROW:-}" ]; then
    check_given_arrow "$APUS_ARROW"
else
    home_folder
    folder=$home/arrow-$arrow_version
    has_arrow "$folder" || fetch Arrow fetch_arrow.py "$arrow_version" "$folder"
fi
if [ -n "${APUS_LIGHTGBM:-}" ]; then
    check_given_lightgbm "$APUS_LIGHTGBM"
else
    home_folder
    folder=$home/lightgbm-$lightgbm_version
    has_lightgbm "$folder" || fetch LightGBM fetch_lightgbm.py "$lightgbm_version" "$folder"
fi
