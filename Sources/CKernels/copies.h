// Copies of parts of matrices into tiles, where what is summed over comes first: [depth, width].
#pragma once

#include "tiles.h"

#if defined(__x86_64__)
#include <cstring>

namespace tiles {

// Eight vectors of eight numbers, turned.
AVX2 inline __attribute__((always_inline)) void transpose(__m256 *v) {
    __m256 a[8], b[8];
    for (int k = 0; k < 8; k += 2) {
        a[k] = _mm256_unpacklo_ps(v[k], v[k + 1]);
        a[k + 1] = _mm256_unpackhi_ps(v[k], v[k + 1]);
    }
    for (int k = 0; k < 8; k += 4) {
        b[k] = _mm256_shuffle_ps(a[k], a[k + 2], 0x44);
        b[k + 1] = _mm256_shuffle_ps(a[k], a[k + 2], 0xee);
        b[k + 2] = _mm256_shuffle_ps(a[k + 1], a[k + 3], 0x44);
        b[k + 3] = _mm256_shuffle_ps(a[k + 1], a[k + 3], 0xee);
    }
    for (int k = 0; k < 4; ++k) {
        v[k] = _mm256_permute2f128_ps(b[k], b[k + 4], 0x20);
        v[k + 4] = _mm256_permute2f128_ps(b[k], b[k + 4], 0x31);
    }
}

// Copies a tile of `count` rows, whose numbers to sum over follow each other, to [depth, width].
template <int width> AVX2 void turn(const float *from, int64_t step, int64_t count, int64_t depth, float *to) {
    constexpr int vectors = (width + 7) / 8;
    int64_t place = 0;
    for (; place + 8 <= depth; place += 8) {
        for (int vector = 0; vector < vectors; ++vector) {
            __m256 v[8];
            for (int k = 0; k < 8; ++k) {
                const int64_t row = vector * 8 + k;
                v[k] = row < count ? _mm256_loadu_ps(from + row * step + place) : _mm256_setzero_ps();
            }
            transpose(v);
            for (int k = 0; k < 8; ++k) {
                if constexpr (width == 6) {
                    if (k == 7 && place + 8 == depth) {
                        float last[8];
                        _mm256_storeu_ps(last, v[k]);
                        std::memcpy(to + (place + k) * width, last, width * sizeof(float));
                        continue;
                    }
                }
                _mm256_storeu_ps(to + (place + k) * width + vector * 8, v[k]);
            }
        }
    }
    for (; place < depth; ++place) {
        for (int64_t row = 0; row < width; ++row) to[place * width + row] = row < count ? from[row * step + place] : 0;
    }
}
// Copies `count` of `width` numbers that follow each other.
template <int width> AVX2 void take(const float *from, int64_t step, int64_t count, int64_t depth, float *to) {
    for (int64_t place = 0; place < depth; ++place, from += step, to += width) {
        if (count == width) {
            for (int k = 0; k < width; ++k) to[k] = from[k];
        } else {
            for (int k = 0; k < width; ++k) to[k] = k < count ? from[k] : 0;
        }
    }
}

} // namespace tiles
#endif
