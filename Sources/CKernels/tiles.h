// The innermost loop: sums of products of 16 numbers with up to 6 others, kept in registers.
#pragma once

#if defined(__x86_64__)
#include <cstdint>
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))

namespace tiles {

// A tile has `lanes` numbers of one factor and at most `most` of the other. Their sums fill 12 of the 16 registers, which is
// as many as two multiply-adds a cycle of four cycles each need and leaves four for the factors.
constexpr int64_t lanes = 16, half = 8, most = 6;

// The places that a tile's sums run over: rows of columns in pictures. Steps are in floats. Those of the second factor from
// column to column are its width.
struct Walk {
    int64_t pictures, rows, columns;
    int64_t picture_step, row_step, column_step;  // of the first factor
    int64_t second_picture_step, second_row_step;
};

// Adds to the rows of `sums` [width, lanes], `step` floats apart, the products of each place. With one vector only the first
// 8 lanes are computed. The sums have names: in an array they were kept in memory.
template <int width, int vectors>
AVX2 void add_products(const float *first, const float *second, const Walk &walk, float *sums, int64_t step) {
    __m256 a0, a1, b0, b1, c0, c1, d0, d1, e0, e1, f0, f1;
#define EACH(what) what(a, 0) what(b, 1) what(c, 2) what(d, 3) what(e, 4) what(f, 5)
#define READ(name, k)                                                                                                  \
    if constexpr (width > k) {                                                                                         \
        name##0 = _mm256_loadu_ps(sums + step * k);                                                                   \
        if constexpr (vectors > 1) name##1 = _mm256_loadu_ps(sums + step * k + half);                                 \
    }
#define ADD(name, k)                                                                                                   \
    if constexpr (width > k) {                                                                                         \
        const __m256 factor = _mm256_broadcast_ss(right + k);                                                          \
        name##0 = _mm256_fmadd_ps(left0, factor, name##0);                                                             \
        if constexpr (vectors > 1) name##1 = _mm256_fmadd_ps(left1, factor, name##1);                                  \
    }
#define WRITE(name, k)                                                                                                 \
    if constexpr (width > k) {                                                                                         \
        _mm256_storeu_ps(sums + step * k, name##0);                                                                   \
        if constexpr (vectors > 1) _mm256_storeu_ps(sums + step * k + half, name##1);                                 \
    }
    EACH(READ)
    for (int64_t picture = 0; picture < walk.pictures; ++picture) {
        const float *left_row = first + picture * walk.picture_step;
        const float *right_row = second + picture * walk.second_picture_step;
        for (int64_t row = 0; row < walk.rows; ++row, left_row += walk.row_step, right_row += walk.second_row_step) {
            const float *left = left_row, *right = right_row;
            for (int64_t column = walk.columns; column > 0; --column, left += walk.column_step, right += width) {
                const __m256 left0 = _mm256_loadu_ps(left);
                __m256 left1;
                if constexpr (vectors > 1) left1 = _mm256_loadu_ps(left + half);
                EACH(ADD)
            }
        }
    }
    EACH(WRITE)
#undef WRITE
#undef ADD
#undef READ
#undef EACH
}

// The width of the first tile of `count` numbers: 6, but two of 4 are faster than one of 6 and one of 2.
inline int64_t tile_width(int64_t count) {
    return count > most && count < most + 4 ? (count + 1) / 2 : count < most ? count : most;
}

using AddProducts = void (*)(const float *, const float *, const Walk &, float *, int64_t);
// By vectors and width.
inline const AddProducts kernels[2][most + 1] = {
    {nullptr, add_products<1, 1>, add_products<2, 1>, add_products<3, 1>, add_products<4, 1>, add_products<5, 1>,
     add_products<6, 1>},
    {nullptr, add_products<1, 2>, add_products<2, 2>, add_products<3, 2>, add_products<4, 2>, add_products<5, 2>,
     add_products<6, 2>},
};

// Adds to `sums` [width, lanes] the products of rows that were copied to [depth, lanes] with numbers that lie where they lie:
// `width` runs of them, `step` apart.
template <int width>
AVX2 void add_runs(const float *copied, const float *runs, int64_t depth, int64_t step, float *sums) {
    __m256 a0, a1, b0, b1, c0, c1, d0, d1, e0, e1, f0, f1;
#define EACH(what) what(a, 0) what(b, 1) what(c, 2) what(d, 3) what(e, 4) what(f, 5)
#define READ(name, k)                                                                                                  \
    if constexpr (width > k) {                                                                                         \
        name##0 = _mm256_loadu_ps(sums + lanes * k);                                                                   \
        name##1 = _mm256_loadu_ps(sums + lanes * k + half);                                                            \
    }
#define ADD(name, k)                                                                                                   \
    if constexpr (width > k) {                                                                                         \
        const __m256 factor = _mm256_broadcast_ss((k < 3 ? near : far) + k % 3 * step);                         \
        name##0 = _mm256_fmadd_ps(left0, factor, name##0);                                                             \
        name##1 = _mm256_fmadd_ps(left1, factor, name##1);                                                             \
    }
#define WRITE(name, k)                                                                                                 \
    if constexpr (width > k) {                                                                                         \
        _mm256_storeu_ps(sums + lanes * k, name##0);                                                                   \
        _mm256_storeu_ps(sums + lanes * k + half, name##1);                                                            \
    }
    EACH(READ)
    const float *near = runs, *far = runs + 3 * step;
    for (; depth > 0; --depth, ++near, ++far, copied += lanes) {
        const __m256 left0 = _mm256_loadu_ps(copied), left1 = _mm256_loadu_ps(copied + half);
        EACH(ADD)
    }
    EACH(WRITE)
#undef WRITE
#undef ADD
#undef READ
#undef EACH
}
using AddRuns = void (*)(const float *, const float *, int64_t, int64_t, float *);
inline const AddRuns run_kernels[most + 1] = {
    nullptr, add_runs<1>, add_runs<2>, add_runs<3>, add_runs<4>, add_runs<5>, add_runs<6>};

} // namespace tiles
#endif
