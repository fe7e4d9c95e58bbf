// Convolutions, and the gradients of their inputs, which are convolutions too. Weights are copied into tiles of 16 output
// channels. Some rows of a picture are copied with their borders, so that what a window sees of a row lies in one piece; up
// to 6 outputs beside each other and 16 channels are summed at a time, over as many weights as stay in the first-level
// cache.
#include "ckernels.h"
#include "copies.h"
#include "numbers.h"
#include "tiles.h"

#if defined(__x86_64__)
#include <algorithm>
#include <vector>

using namespace tiles;

namespace {

constexpr int64_t most_steps = 384;        // 24 KiB of weights
constexpr int64_t copy_bytes = 160'000;    // of the second-level cache

// Some rows of outputs.
struct Strip {
    int64_t picture, row, rows;
};
// Weights that are added at a time: from a place in the tile on, rows of steps; where the first row begins in the copy.
struct Block {
    int64_t place, rows, steps, tap_y, offset;
};

struct Work {
    const float *inputs, *weights, *bias;
    float *outputs, *tiles;
    ck_convolution c;
    bool is_turned;
    int64_t depth, tile_count;  // weights of a lane; tiles of a group
    int64_t copy_width;         // in floats
    std::vector<Strip> strips;
    std::vector<Block> blocks;
    int64_t parts;  // of the tiles

    void copy_weights(int64_t task) const;
    void copy_rows(const Strip &strip, int64_t group, float *to) const;
    void convolve(int64_t task) const;
};

void Work::copy_weights(int64_t task) const {
    const int64_t group = task / tile_count, tile = task % tile_count, places = c.window_height * c.window_width;
    const int64_t count = std::min(lanes, c.out_channels - tile * lanes);
    float *to = tiles + task * depth * lanes;
    for (int64_t place = 0; place < places; ++place, to += c.in_channels * lanes) {
        if (is_turned) {
            const float *from = weights + (group * c.in_channels * places + places - 1 - place) * c.out_channels + tile * lanes;
            take<lanes>(from, places * c.out_channels, count, c.in_channels, to);
        } else {
            const float *from = weights + ((group * c.out_channels + tile * lanes) * places + place) * c.in_channels;
            turn<lanes>(from, places * c.in_channels, count, c.in_channels, to);
        }
    }
}

// Copies the rows that a strip's windows see, with zeros around the picture.
void Work::copy_rows(const Strip &strip, int64_t group, float *to) const {
    const int64_t rows = (strip.rows - 1) * c.stride_y + (c.window_height - 1) * c.dilation_y + 1;
    const int64_t step = c.groups * c.in_channels;
    const int64_t before = std::min(c.padding_x * c.in_channels, copy_width);
    const int64_t pixels = std::max<int64_t>(0, std::min(c.width, copy_width / c.in_channels - c.padding_x));
    for (int64_t row = 0; row < rows; ++row, to += copy_width) {
        const int64_t y = strip.row * c.stride_y - c.padding_y + row;
        if (y < 0 || y >= c.height) {
            std::fill_n(to, copy_width, 0.0f);
            continue;
        }
        const float *from = inputs + (strip.picture * c.height + y) * c.width * step + group * c.in_channels;
        std::fill_n(to, before, 0.0f);
        if (c.groups == 1) {
            std::copy_n(from, pixels * step, to + before);
        } else {
            for (int64_t x = 0; x < pixels; ++x) std::copy_n(from + x * step, c.in_channels, to + before + x * c.in_channels);
        }
        std::fill(to + before + pixels * c.in_channels, to + copy_width, 0.0f);
    }
}

AVX2 void finish(const float *sums, int64_t pixels, int64_t count, const float *bias, int64_t step, float *to) {
    if (count == lanes) {
        const __m256 first = bias ? _mm256_loadu_ps(bias) : _mm256_setzero_ps();
        const __m256 second = bias ? _mm256_loadu_ps(bias + half) : _mm256_setzero_ps();
        for (int64_t pixel = 0; pixel < pixels; ++pixel, sums += lanes, to += step) {
            _mm256_storeu_ps(to, _mm256_add_ps(_mm256_loadu_ps(sums), first));
            _mm256_storeu_ps(to + half, _mm256_add_ps(_mm256_loadu_ps(sums + half), second));
        }
    } else {
        for (int64_t pixel = 0; pixel < pixels; ++pixel, sums += lanes, to += step) {
            for (int64_t lane = 0; lane < count; ++lane) to[lane] = sums[lane] + (bias ? bias[lane] : 0);
        }
    }
}

void Work::convolve(int64_t task) const {
    const int64_t part = task % parts, group = task / parts % c.groups;
    const Strip &strip = strips[task / (parts * c.groups)];
    const int64_t rows = (strip.rows - 1) * c.stride_y + (c.window_height - 1) * c.dilation_y + 1;
    const int64_t pixels = strip.rows * c.out_width, channels = c.groups * c.out_channels;
    const Numbers copy = numbers(rows * copy_width), sums = numbers(pixels * lanes);
    copy_rows(strip, group, copy.get());
    for (int64_t tile = part * tile_count / parts; tile < (part + 1) * tile_count / parts; ++tile) {
        std::fill_n(sums.get(), pixels * lanes, 0.0f);
        for (const Block &block : blocks) {
            const float *from = tiles + ((group * tile_count + tile) * depth + block.place) * lanes;
            float *sum = sums.get();
            for (int64_t row = 0; row < strip.rows; ++row) {
                const float *seen =
                    copy.get() + (row * c.stride_y + block.tap_y * c.dilation_y) * copy_width + block.offset;
                for (int64_t x = 0; x < c.out_width;) {
                    const int64_t width = tile_width(c.out_width - x), step = c.stride_x * c.in_channels;
                    window_kernels[width](
                        from, seen + x * step, block.rows, c.dilation_y * copy_width, block.steps, step, sum);
                    x += width;
                    sum += width * lanes;
                }
            }
        }
        const int64_t channel = group * c.out_channels + tile * lanes;
        finish(
            sums.get(), pixels, std::min(lanes, c.out_channels - tile * lanes), bias ? bias + channel : nullptr, channels,
            outputs + (strip.picture * c.out_height + strip.row) * c.out_width * channels + channel);
    }
}

} // namespace

void ck_convolve(
    const float *inputs, const float *weights, const float *bias, const ck_convolution *convolution, bool is_turned,
    int32_t threads, ck_run run, float *outputs) {
    Work work{inputs, weights, bias, outputs, nullptr, *convolution, is_turned, 0, 0, 0, {}, {}, 1};
    const ck_convolution &c = work.c;
    work.depth = c.in_channels * c.window_height * c.window_width;
    work.tile_count = up(c.out_channels, lanes);
    work.copy_width = ((c.out_width - 1) * c.stride_x + (c.window_width - 1) * c.dilation_x + 1) * c.in_channels;
    // What lies in one piece: a row of the window, or with gaps between its places one of these.
    const int64_t pieces = c.dilation_x == 1 ? 1 : c.window_width;
    const int64_t steps = c.window_width / pieces * c.in_channels;
    for (int64_t tap_y = 0; tap_y < c.window_height;) {
        int64_t rows = 1;
        if (pieces == 1) rows = std::clamp<int64_t>(most_steps / steps, 1, c.window_height - tap_y);
        for (int64_t piece = 0; piece < pieces; ++piece) {
            const int64_t parts = up(steps, most_steps), each = up(steps, parts);
            for (int64_t first = 0; first < steps; first += each) {
                work.blocks.push_back(
                    {(tap_y * pieces + piece) * steps + first, rows, std::min(each, steps - first), tap_y,
                     piece * c.dilation_x * c.in_channels + first});
            }
        }
        tap_y += rows;
    }
    const int64_t around = ((c.window_height - 1) * c.dilation_y + 1 - c.stride_y) * work.copy_width * 4;
    const int64_t fitting =
        std::clamp<int64_t>((copy_bytes - around) / (c.stride_y * work.copy_width * 4 + c.out_width * lanes * 4), 1, c.out_height);
    const int64_t rows = up(c.out_height, up(c.out_height, fitting));
    for (int64_t picture = 0; picture < c.pictures; ++picture) {
        for (int64_t row = 0; row < c.out_height; row += rows) {
            work.strips.push_back({picture, row, std::min(rows, c.out_height - row)});
        }
    }
    const int64_t strips = work.strips.size(), wanted = threads > 1 ? 4 * threads : 1;
    while (strips * c.groups * work.parts < wanted && work.tile_count / work.parts >= 4) work.parts *= 2;
    const Numbers tiles = numbers(c.groups * work.tile_count * work.depth * lanes);
    work.tiles = tiles.get();
    run(c.groups * work.tile_count,
        [](int64_t task, const void *work) { static_cast<const Work *>(work)->copy_weights(task); }, &work);
    run(strips * c.groups * work.parts,
        [](int64_t task, const void *work) { static_cast<const Work *>(work)->convolve(task); }, &work);
}

#else
void ck_convolve(
    const float *, const float *, const float *, const ck_convolution *, bool, int32_t, ck_run, float *) {}
#endif
