// Products of few rows with many columns, as linear layers have of a sentence or a few items: the rows are the lanes of a tile,
// and the weights are read where they lie, once, since copying them would take as long as the product.
#include "ckernels.h"
#include "numbers.h"
#include "tiles.h"

#if defined(__x86_64__)
#include <algorithm>

using namespace tiles;

namespace {

// What is summed over at a time: 24 KiB of a tile of rows. Columns of a task.
constexpr int64_t depth_piece = 384, column_piece = 48;

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

// Copies up to 16 rows to [depth, lanes]; lanes that no row fills become zero.
AVX2 void turn(const float *from, int64_t step, int64_t count, int64_t depth, float *to) {
    int64_t place = 0;
    for (; place + half <= depth; place += half) {
        for (int64_t first = 0; first < lanes; first += half) {
            __m256 v[half];
            for (int64_t k = 0; k < half; ++k) {
                v[k] = first + k < count ? _mm256_loadu_ps(from + (first + k) * step + place) : _mm256_setzero_ps();
            }
            transpose(v);
            for (int64_t k = 0; k < half; ++k) _mm256_storeu_ps(to + (place + k) * lanes + first, v[k]);
        }
    }
    for (; place < depth; ++place) {
        for (int64_t row = 0; row < lanes; ++row) to[place * lanes + row] = row < count ? from[row * step + place] : 0;
    }
}

struct Work {
    ck_product p;
    float *tiles;
    int64_t row_tiles, first, depth;

    void copy(int64_t tile) const {
        turn(
            p.left + tile * lanes * p.left_step + first, p.left_step, std::min(lanes, p.rows - tile * lanes), depth,
            tiles + tile * lanes * depth);
    }
    void multiply(int64_t piece) const {
        const int64_t last = std::min(p.columns, (piece + 1) * column_piece);
        for (int64_t tile = 0; tile < row_tiles; ++tile) {
            const int64_t count = std::min(lanes, p.rows - tile * lanes);
            for (int64_t column = piece * column_piece, width; column < last; column += width) {
                width = tile_width(last - column);
                float sums[most * lanes] = {};
                run_kernels[width](
                    tiles + tile * lanes * depth, p.right + column * p.right_step + first, depth, p.right_step, sums);
                float *to = p.result + tile * lanes * p.columns + column;
                for (int64_t row = 0; row < count; ++row, to += p.columns) {
                    for (int64_t k = 0; k < width; ++k) {
                        const float before = first > 0 ? to[k] : p.bias ? p.bias[column + k] : 0;
                        to[k] = before + sums[k * lanes + row];
                    }
                }
            }
        }
    }
};

} // namespace

void ck_multiply(const ck_product *product, const ck_host *host) {
    Work work{*product, nullptr, up(product->rows, lanes), 0, 0};
    const ck_product &p = work.p;
    const Numbers tiles = numbers(*host, work.row_tiles * lanes * std::min(p.depth, depth_piece));
    work.tiles = tiles.get();
    for (; work.first < p.depth; work.first += depth_piece) {
        work.depth = std::min(depth_piece, p.depth - work.first);
        for (int64_t tile = 0; tile < work.row_tiles; ++tile) work.copy(tile);
        host->run(
            up(p.columns, column_piece),
            [](int64_t piece, const void *work) { static_cast<const Work *>(work)->multiply(piece); }, &work);
    }
}

#else
void ck_multiply(const ck_product *, const ck_host *) {}
#endif
