#!/bin/sh
# Runs the C shim over the picture fixtures under valgrind; fails on an invalid access, an uninitialized value that
# matters, or a leak.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shim=$here/../../Sources/CVips
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
# shellcheck disable=SC2046
${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -I"$shim/include" $(pkg-config --cflags libjpeg libpng) \
    "$shim"/*.c "$here/check.c" -o "$build/check" $(pkg-config --libs libjpeg libpng) -lm -lpthread -ldl
# The libraries' SIMD code reads whole vectors at the ends of lines, so they run their plain code where they can.
JSIMD_FORCENONE=1 G_SLICE=always-malloc valgrind --quiet --error-exitcode=1 --leak-check=full \
    --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite --suppressions="$here/libraries.supp" \
    "$build/check" "$here"/../ApusVisionTests/Fixtures/images/*
