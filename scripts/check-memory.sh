#!/bin/bash
# Runs the C interfaces of LibTorch, with the caching allocator and with the system's, of LightGBM and of texts (ICU,
# SentencePiece) under valgrind, and the kernels for AVX2 under sanitizers: memory that is lost or misused is a failure.
# Needs valgrind (`apt-get install valgrind`).
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind > /dev/null || { echo "check-memory: valgrind is missing: apt-get install valgrind" >&2; exit 1; }
libtorch="${APUS_LIBTORCH:-}"
for build in cuda cpu; do
    candidate="${APUS_HOME:-$HOME/.apus}/libtorch-2.13.0-$build"
    [ -n "$libtorch" ] || { [ -d "$candidate/lib" ] && libtorch="$candidate"; } || true
done
lightgbm="${APUS_LIGHTGBM:-$(echo "${APUS_HOME:-$HOME/.apus}"/lightgbm-*)}/lib/lib_lightgbm.so"
[ -f "$lightgbm" ] || { echo "check-memory: LightGBM is missing: make setup" >&2; exit 1; }
[ -n "$libtorch" ] || { echo "check-memory: LibTorch is missing: make setup" >&2; exit 1; }

swift build --target CKernels
swift build --target CTorch
objects="$(swift build --show-bin-path)/CTorch.build"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
clang -std=c17 -Wall -Wextra -Werror -ISources/CTorch/include -c Tests/CTorchCheck/check.c -o "$work/check.o"
# Without debugging information, which is newer than what valgrind of Debian 12 reads; names of functions stay.
clang++ -Wl,--strip-debug "$work/check.o" "$objects"/*.o "${objects%/*}"/CKernels.build/*.o -o "$work/check" \
    -L"$libtorch/lib" -Wl,-rpath,"$libtorch/lib" -ltorch_cpu -lc10

# Built anew, with lines: the shim is small.
clang -std=gnu17 -g -gdwarf-4 -Wall -Wextra -Werror -ISources/CLightGBM/include Sources/CLightGBM/clightgbm.c \
    Tests/CLightGBMCheck/check.c -o "$work/check-lightgbm" -ldl -lm

for part in patterns words; do
    clang -std=gnu17 -g -gdwarf-4 -Wall -Wextra -Werror -ISources/CText/include -c "Sources/CText/$part.c" \
        -o "$work/$part.o"
done
clang++ -std=c++20 -g -gdwarf-4 -Wall -Wextra -Werror -ISources/CText/include -c Sources/CText/pieces.cpp \
    -o "$work/pieces.o"
clang -std=gnu17 -g -gdwarf-4 -Wall -Wextra -Werror -ISources/CText/include -c Tests/CTextCheck/check.c \
    -o "$work/check-text.o"
# shellcheck disable=SC2046
clang++ "$work"/{patterns,words,pieces,check-text}.o -o "$work/check-text" \
    $(pkg-config --libs icu-i18n sentencepiece)

export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
check() {
    "$@"
    valgrind --quiet --error-exitcode=3 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --num-callers=30 --suppressions=Tests/CTorchCheck/valgrind.supp ${VALGRIND_OPTIONS:-} "$@"
}
for allocator in caching system; do
    echo "check-memory: LibTorch, $allocator allocator"
    APUS_ALLOCATOR=$allocator check "$work/check"
done
echo "check-memory: LightGBM"
check "$work/check-lightgbm" "$lightgbm"
echo "check-memory: kernels for AVX2"
clang++ -std=c++20 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
    -ISources/CKernels/include Sources/CKernels/*.cpp Tests/CKernelsCheck/check.cpp -o "$work/check-kernels"
"$work/check-kernels"
echo "check-memory: texts"
check "$work/check-text"
