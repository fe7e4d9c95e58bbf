// Matrix products. The right factor is copied into tiles of 16 columns, which all threads read; each thread copies some rows
// of the left factor into tiles of up to 6 rows that stay in its second-level cache. What is summed over is cut into pieces
// that all shapes have in common, so that a number does not depend on how rows and columns are divided.
#include "ckernels.h"
#include "copies.h"
#include "numbers.h"
#include "tiles.h"

#if defined(__x86_64__)
#include <algorithm>

using namespace tiles;

namespace {

constexpr int64_t depth_piece = 512, row_piece = 96;
// Of products with few rows, where copying the right factor would take longer than the product.
constexpr int64_t few_rows = 256, few_rows_depth = 384, column_piece = 48;

// Tiles narrower than 6.
void turn_few(const float *from, int64_t step, int64_t width, int64_t depth, float *to) {
    for (int64_t row = 0; row < width; ++row) {
        for (int64_t place = 0; place < depth; ++place) to[place * width + row] = from[row * step + place];
    }
}
struct Work {
    ck_product p;
    const ck_host *host;
    float *tiles;  // of the right factor
    int64_t columns, rows;  // tiles, pieces
    int64_t row_parts, column_parts;
    int64_t first, depth;  // the piece that is summed over

    void copy_right(int64_t tile) const {
        const int64_t count = std::min(lanes, p.columns - tile * lanes);
        float *to = tiles + tile * lanes * depth;
        const float *from = p.right + first * p.right_depth_step + tile * lanes * p.right_column_step;
        if (p.right_column_step == 1) {
            take<lanes>(from, p.right_depth_step, count, depth, to);
        } else {
            turn<lanes>(from, p.right_column_step, count, depth, to);
        }
    }
    void multiply(int64_t task) const;
    void multiply_rows(int64_t row, int64_t last_row, int64_t column, int64_t last_column, float *lefts) const;
};

AVX2 void Work::multiply_rows(int64_t row, int64_t last_row, int64_t column, int64_t last_column, float *lefts) const {
    // The left factor's tiles.
    int64_t widths[row_piece / most + 2], starts[row_piece / most + 2], count = 0;
    for (int64_t place = row; place < last_row; place += widths[count - 1]) {
        widths[count] = tile_width(last_row - place);
        starts[count] = place;
        const int64_t width = widths[count++];
        float *to = lefts + (place - row) * depth;
        const float *from = p.left + place * p.left_row_step + first * p.left_depth_step;
        if (p.left_depth_step == 1) {
            if (width == most) {
                turn<most>(from, p.left_row_step, most, depth, to);
            } else {
                turn_few(from, p.left_row_step, width, depth, to);
            }
        } else if (width == most) {
            take<most>(from, p.left_depth_step, most, depth, to);
        } else {
            for (int64_t k = 0; k < depth; ++k) std::copy_n(from + k * p.left_depth_step, width, to + k * width);
        }
    }
    const Walk walk{1, 1, depth, 0, 0, lanes, 0, 0};
    for (int64_t tile = column; tile < last_column; ++tile) {
        const int64_t lane_count = std::min(lanes, p.columns - tile * lanes);
        for (int64_t k = 0; k < count; ++k) {
            float *result = p.result + starts[k] * p.result_step + tile * lanes;
            float sums[most * lanes];
            for (int64_t r = 0; r < widths[k]; ++r) {
                float *sum = sums + r * lanes;
                const float *from = first > 0 ? result + r * p.result_step : p.bias ? p.bias + tile * lanes : nullptr;
                if (from && lane_count == lanes) {
                    _mm256_storeu_ps(sum, _mm256_loadu_ps(from));
                    _mm256_storeu_ps(sum + half, _mm256_loadu_ps(from + half));
                } else {
                    for (int64_t lane = 0; lane < lanes; ++lane) sum[lane] = from && lane < lane_count ? from[lane] : 0;
                }
            }
            kernels[lane_count > half][widths[k]](
                tiles + tile * lanes * depth, lefts + (starts[k] - row) * depth, walk, sums, lanes);
            for (int64_t r = 0; r < widths[k]; ++r) {
                const float *sum = sums + r * lanes;
                float *to = result + r * p.result_step;
                if (lane_count == lanes) {
                    _mm256_storeu_ps(to, _mm256_loadu_ps(sum));
                    _mm256_storeu_ps(to + half, _mm256_loadu_ps(sum + half));
                } else {
                    std::copy_n(sum, lane_count, to);
                }
            }
        }
    }
}

void Work::multiply(int64_t task) const {
    const int64_t row_part = task / column_parts, column_part = task % column_parts;
    const int64_t column = column_part * columns / column_parts, last_column = (column_part + 1) * columns / column_parts;
    const Numbers lefts = numbers(*host, row_piece * depth);
    for (int64_t piece = row_part * rows / row_parts; piece < (row_part + 1) * rows / row_parts; ++piece) {
        multiply_rows(
            piece * row_piece, std::min(p.rows, (piece + 1) * row_piece), column, last_column, lefts.get());
    }
}

// A product with few rows, of factors whose numbers to sum over follow each other: rows are the lanes, and the right factor
// is read where it lies.
struct FewRows {
    ck_product p;
    float *tiles;  // of the left factor
    int64_t rows, columns;  // tiles, pieces
    int64_t first, depth;

    void copy_left(int64_t tile) const {
        turn<lanes>(
            p.left + tile * lanes * p.left_row_step + first, p.left_row_step, std::min(lanes, p.rows - tile * lanes), depth,
            tiles + tile * lanes * depth);
    }
    void multiply(int64_t piece) const {
        const int64_t last = std::min(p.columns, (piece + 1) * column_piece);
        for (int64_t tile = 0; tile < rows; ++tile) {
            const int64_t count = std::min(lanes, p.rows - tile * lanes);
            for (int64_t column = piece * column_piece, width; column < last; column += width) {
                width = tile_width(last - column);
                float sums[most * lanes] = {};
                window_kernels[width](
                    tiles + tile * lanes * depth, p.right + column * p.right_column_step + first, 1, 0, depth,
                    p.right_column_step, sums);
                float *to = p.result + tile * lanes * p.result_step + column;
                for (int64_t row = 0; row < count; ++row, to += p.result_step) {
                    for (int64_t k = 0; k < width; ++k) {
                        const float before = first > 0 ? to[k] : p.bias ? p.bias[column + k] : 0;
                        to[k] = before + sums[k * lanes + row];
                    }
                }
            }
        }
    }
};

void multiply_few_rows(const ck_product &p, const ck_host *host) {
    FewRows work{p, nullptr, up(p.rows, lanes), up(p.columns, column_piece), 0, 0};
    const Numbers tiles = numbers(*host, work.rows * lanes * std::min(p.depth, few_rows_depth));
    work.tiles = tiles.get();
    for (; work.first < p.depth; work.first += few_rows_depth) {
        work.depth = std::min(few_rows_depth, p.depth - work.first);
        host->run(work.rows, [](int64_t tile, const void *work) { static_cast<const FewRows *>(work)->copy_left(tile); }, &work);
        host->run(work.columns, [](int64_t piece, const void *work) { static_cast<const FewRows *>(work)->multiply(piece); }, &work);
    }
}

} // namespace

void ck_multiply(const ck_product *product, const ck_host *host) {
    if (product->rows <= few_rows && product->left_depth_step == 1 && product->right_depth_step == 1) {
        return multiply_few_rows(*product, host);
    }
    Work work{*product, host, nullptr, 0, 0, 1, 1, 0, 0};
    const ck_product &p = work.p;
    work.columns = up(p.columns, lanes);
    work.rows = up(p.rows, row_piece);
    work.row_parts = std::min<int64_t>(work.rows, host->threads > 1 ? 4 * host->threads : 1);
    while (work.row_parts * work.column_parts < host->threads && work.columns / work.column_parts >= 4) work.column_parts *= 2;
    const Numbers tiles = numbers(*host, work.columns * lanes * std::min(p.depth, depth_piece));
    work.tiles = tiles.get();
    const int64_t pieces = up(p.depth, depth_piece);
    for (int64_t piece = 0; piece < pieces; ++piece) {
        work.first = piece * depth_piece;
        work.depth = std::min(depth_piece, p.depth - work.first);
        host->run(work.columns, [](int64_t tile, const void *work) { static_cast<const Work *>(work)->copy_right(tile); }, &work);
        host->run(work.row_parts * work.column_parts,
            [](int64_t task, const void *work) { static_cast<const Work *>(work)->multiply(task); }, &work);
    }
}

#else
void ck_multiply(const ck_product *, const ck_host *) {}
#endif
