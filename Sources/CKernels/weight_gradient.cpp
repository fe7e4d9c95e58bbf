// The gradient of a convolution's weights: for each tap of the window a product of the inputs under it with the outputs'
// gradients. Pictures are taken in pieces that stay close to the processor: rows of one picture, or several small
// pictures. Of a piece 16 input channels and up to 6 output channels are copied together, and all taps walk over that copy
// before the next channels come. Places that a tap finds outside of the picture are left out. Where a group has fewer than
// 16 input channels, as a net's first layer, the taps lie beside each other in the copy instead.
#include "ckernels.h"
#include "numbers.h"
#include "tiles.h"

#if defined(__x86_64__)
#include <algorithm>
#include <vector>

using namespace tiles;

namespace {

// What a piece's copies of one tile each may take. They need not all stay in the first-level cache: the next numbers are
// fetched in time from the second.
constexpr int64_t piece_bytes = 60'000;
constexpr int64_t sums_bytes = 8 << 20, most_parts = 16;

// Rows of one picture, or all rows of several.
struct Piece {
    int64_t picture, pictures, row, rows;
};

// The output channels of a tile.
struct Columns {
    int64_t first, width;
};

std::vector<Columns> make_columns(int64_t channels) {
    std::vector<Columns> result;
    for (int64_t first = 0; first < channels;) {
        const int64_t width = tile_width(channels - first);
        result.push_back({first, width});
        first += width;
    }
    return result;
}

struct Work {
    const float *inputs, *gradients;
    ck_convolution c;
    const ck_host *host;
    float *sums = nullptr, *result = nullptr;
    bool is_channels_last = false;
    // Whether the taps are part of the lanes. Then a tap is a place among them.
    bool gathers;
    int64_t taps, lane_count, rows_of_lanes;  // rows_of_lanes: tiles along the lanes
    std::vector<Columns> columns;
    std::vector<Piece> pieces;
    int64_t parts, lane_parts, column_parts;
    int64_t size;  // of the sums of one group

    Work(const float *inputs, const float *gradients, const ck_convolution &c, const ck_host *host);
    int64_t stride_in() const { return c.groups * c.in_channels; }
    int64_t stride_out() const { return c.groups * c.out_channels; }
    void add(int64_t task) const;
    void finish(int64_t task) const;
    float *tile_sums(int64_t part, int64_t group, int64_t column, int64_t lane_row) const {
        return sums + (part * c.groups + group) * size +
               (columns[column].first * rows_of_lanes + lane_row * columns[column].width) * taps * lanes;
    }
};

Work::Work(const float *inputs, const float *gradients, const ck_convolution &c, const ck_host *host)
    : inputs(inputs), gradients(gradients), c(c), host(host) {
    const int64_t places = c.window_height * c.window_width;
    gathers = places == 1 ? c.stride_y * c.stride_x > 1 || c.padding_y + c.padding_x > 0 : c.in_channels < lanes;
    taps = gathers ? 1 : places;
    lane_count = gathers ? c.in_channels * places : c.in_channels;
    rows_of_lanes = up(lane_count, lanes);
    columns = make_columns(c.out_channels);
    size = c.out_channels * rows_of_lanes * taps * lanes;

    const int64_t out_row = c.out_width * (gathers ? lanes + most : most) * 4;
    const int64_t in_row = gathers ? 0 : c.width * lanes * 4;
    const int64_t picture = c.height * in_row + c.out_height * out_row;
    if (picture <= piece_bytes) {
        const int64_t pictures = piece_bytes / std::max<int64_t>(picture, 1);
        for (int64_t first = 0; first < c.pictures; first += pictures) {
            pieces.push_back({first, std::min(pictures, c.pictures - first), 0, c.out_height});
        }
    } else {
        const int64_t around = (c.window_height - 1) * c.dilation_y * in_row;
        const int64_t fitting = std::max<int64_t>(1, (piece_bytes - around) / (c.stride_y * in_row + out_row));
        const int64_t rows = up(c.out_height, up(c.out_height, fitting));
        for (int64_t picture = 0; picture < c.pictures; ++picture) {
            for (int64_t row = 0; row < c.out_height; row += rows) {
                pieces.push_back({picture, 1, row, std::min(rows, c.out_height - row)});
            }
        }
    }
    // Each part has sums of its own, which decides the order of additions: the number of threads may not. It decides how
    // the channels are divided.
    parts = std::clamp<int64_t>(sums_bytes / (4 * c.groups * size), 1, std::min<int64_t>(most_parts, pieces.size()));
    lane_parts = column_parts = 1;
    const int64_t wanted = host->threads > 1 ? 4 * host->threads : 1;
    while (parts * c.groups * lane_parts * column_parts < wanted) {
        // The wider side is divided, down to two tiles.
        const int64_t columns_each = columns.size() / column_parts, lanes_each = rows_of_lanes / lane_parts;
        if (columns_each >= 4 && (columns_each * most >= lanes_each * lanes || lanes_each < 4)) {
            column_parts *= 2;
        } else if (lanes_each >= 4) {
            lane_parts *= 2;
        } else {
            break;
        }
    }
}

// Copies `width` channels of some pixels. Eight numbers are copied where the next pixels have room for them in both places.
AVX2 void copy_columns(const float *from, int64_t step, int64_t pixels, int64_t width, float *to) {
    const int64_t following = step >= half && width >= half / 2 ? 1 : half;
    int64_t pixel = 0;
    for (; pixel + following < pixels; ++pixel) {
        _mm256_storeu_ps(to + pixel * width, _mm256_loadu_ps(from + pixel * step));
    }
    for (; pixel < pixels; ++pixel) std::copy_n(from + pixel * step, width, to + pixel * width);
}

// Copies `count` channels of some pixels into lanes, of which the others become zero.
AVX2 void copy_lanes(const float *from, int64_t step, int64_t pixels, int64_t count, float *to) {
    if (count == lanes) {
        for (int64_t pixel = 0; pixel < pixels; ++pixel, from += step, to += lanes) {
            _mm256_storeu_ps(to, _mm256_loadu_ps(from));
            _mm256_storeu_ps(to + half, _mm256_loadu_ps(from + half));
        }
    } else {
        for (int64_t pixel = 0; pixel < pixels; ++pixel, from += step, to += lanes) {
            for (int64_t lane = 0; lane < lanes; ++lane) to[lane] = lane < count ? from[lane] : 0;
        }
    }
}

// Copies `count` numbers, and up to 7 after them.
AVX2 inline __attribute__((always_inline)) void copy_vectors(const float *from, int64_t count, float *to) {
    for (int64_t k = 0; k < count; k += half) _mm256_storeu_ps(to + k, _mm256_loadu_ps(from + k));
}

// Copies for each output of a piece what its window sees, tap after tap: tiles [rows_of_lanes, pixels, lanes]. `line` has
// room for all lanes of a pixel and 8 numbers more.
AVX2 void gather(
    const Work &work, const Piece &piece, int64_t group, int64_t first_tile, int64_t last_tile, float *line, float *to) {
    const ck_convolution &c = work.c;
    const int64_t step = work.stride_in(), row_lanes = c.window_width * c.in_channels;
    const int64_t pixels = piece.pictures * piece.rows * c.out_width;
    const bool is_whole = c.groups == 1 && c.dilation_x == 1;  // a row of taps lies in one piece of memory
    const float *end = work.inputs + c.pictures * c.height * c.width * step;
    int64_t pixel = 0;
    for (int64_t row = 0; row < piece.pictures * piece.rows; ++row) {
        const int64_t picture = piece.picture + row / piece.rows;
        const int64_t top = (piece.row + row % piece.rows) * c.stride_y - c.padding_y;
        const float *rows = work.inputs + picture * c.height * c.width * step + group * c.in_channels;
        for (int64_t x = 0; x < c.out_width; ++x, ++pixel) {
            const int64_t left = x * c.stride_x - c.padding_x;
            const bool is_inside = left >= 0 && left + (c.window_width - 1) * c.dilation_x < c.width;
            for (int64_t tap_y = 0; tap_y < c.window_height; ++tap_y) {
                const int64_t y = top + tap_y * c.dilation_y;
                float *lane = line + tap_y * row_lanes;
                if (y < 0 || y >= c.height) {
                    std::fill(lane, lane + row_lanes, 0.0f);
                } else if (const float *from = rows + (y * c.width + left) * step;
                           is_whole && is_inside && from + row_lanes + half <= end) {
                    copy_vectors(from, row_lanes, lane);
                } else {
                    for (int64_t tap_x = 0; tap_x < c.window_width; ++tap_x, lane += c.in_channels) {
                        const int64_t source = left + tap_x * c.dilation_x;
                        if (source < 0 || source >= c.width) {
                            std::fill(lane, lane + c.in_channels, 0.0f);
                        } else {
                            std::copy_n(rows + (y * c.width + source) * step, c.in_channels, lane);
                        }
                    }
                }
            }
            for (int64_t tile = first_tile; tile < last_tile; ++tile) {
                copy_vectors(line + tile * lanes, lanes, to + ((tile - first_tile) * pixels + pixel) * lanes);
            }
        }
    }
}

// The outputs along one axis for which a tap lies inside: from the first to before the last.
struct Range {
    int64_t first, last;
};
Range inside(int64_t shift, int64_t stride, int64_t size, int64_t first, int64_t last) {
    if (shift < 0) first = std::max(first, up(-shift, stride));
    return {first, size > shift ? std::min(last, (size - 1 - shift) / stride + 1) : first};
}

void Work::add(int64_t task) const {
    const int64_t column_part = task % column_parts, lane_part = task / column_parts % lane_parts;
    const int64_t group = task / (column_parts * lane_parts) % c.groups, part = task / (column_parts * lane_parts * c.groups);
    const int64_t columns_count = columns.size(), pieces_count = pieces.size();
    const int64_t first_column = column_part * columns_count / column_parts;
    const int64_t last_column = (column_part + 1) * columns_count / column_parts;
    const int64_t first_lanes = lane_part * rows_of_lanes / lane_parts;
    const int64_t last_lanes = (lane_part + 1) * rows_of_lanes / lane_parts;
    const int64_t first_channel = columns[first_column].first;
    const int64_t channels = columns[last_column - 1].first + columns[last_column - 1].width - first_channel;
    const int64_t reach = (c.window_height - 1) * c.dilation_y + 1;
    const int64_t first_piece = part * pieces_count / parts, last_piece = (part + 1) * pieces_count / parts;

    for (int64_t column = first_column; column < last_column; ++column) {
        std::fill_n(
            tile_sums(part, group, column, first_lanes), (last_lanes - first_lanes) * columns[column].width * taps * lanes, 0.0f);
    }
    int64_t out_pixels = 0, in_pixels = 0;
    for (int64_t index = first_piece; index < last_piece; ++index) {
        const Piece &piece = pieces[index];
        out_pixels = std::max(out_pixels, piece.pictures * piece.rows * c.out_width);
        in_pixels = std::max(in_pixels, piece.pictures * std::min(c.height, (piece.rows - 1) * c.stride_y + reach) * c.width);
    }
    if (gathers) in_pixels = out_pixels * (last_lanes - first_lanes);
    const Numbers lefts = numbers(*host, in_pixels * lanes), rights = numbers(*host, out_pixels * channels);
    const Numbers line = numbers(*host, gathers ? rows_of_lanes * lanes + half : 0);
    if (gathers) std::fill_n(line.get(), rows_of_lanes * lanes, 0.0f);

    for (int64_t index = first_piece; index < last_piece; ++index) {
        const Piece &piece = pieces[index];
        const int64_t pixels = piece.pictures * piece.rows * c.out_width;
        const float *from =
            gradients + (piece.picture * c.out_height + piece.row) * c.out_width * stride_out() + group * c.out_channels;
        for (int64_t column = first_column; column < last_column; ++column) {
            copy_columns(
                from + columns[column].first, stride_out(), pixels, columns[column].width,
                rights.get() + pixels * (columns[column].first - first_channel));
        }
        if (gathers) gather(*this, piece, group, first_lanes, last_lanes, line.get(), lefts.get());
        // The rows that the piece's windows see.
        const int64_t top = std::max<int64_t>(0, piece.row * c.stride_y - c.padding_y);
        const int64_t bottom = std::min(c.height, (piece.row + piece.rows - 1) * c.stride_y - c.padding_y + reach);
        const int64_t picture_step = std::max<int64_t>(0, bottom - top) * c.width * lanes;
        for (int64_t lane_row = first_lanes; lane_row < last_lanes; ++lane_row) {
            const int64_t count = std::min(lanes, lane_count - lane_row * lanes);
            const float *left = lefts.get() + (gathers ? (lane_row - first_lanes) * pixels * lanes : 0);
            for (int64_t picture = 0; !gathers && picture < piece.pictures; ++picture) {
                copy_lanes(
                    inputs + ((piece.picture + picture) * c.height + top) * c.width * stride_in() + group * c.in_channels +
                        lane_row * lanes,
                    stride_in(), picture_step / lanes, count, lefts.get() + picture * picture_step);
            }
            for (int64_t column = first_column; column < last_column; ++column) {
                const int64_t width = columns[column].width;
                const AddProducts add_products = kernels[count > half][width];
                const float *right = rights.get() + pixels * (columns[column].first - first_channel);
                float *sums = tile_sums(part, group, column, lane_row);
                if (gathers) {
                    add_products(left, right, Walk{1, 1, pixels, 0, 0, lanes, 0, 0}, sums, lanes);
                    continue;
                }
                for (int64_t tap_y = 0; tap_y < c.window_height; ++tap_y) {
                    const int64_t shift_y = tap_y * c.dilation_y - c.padding_y;
                    const Range y = inside(shift_y, c.stride_y, c.height, piece.row, piece.row + piece.rows);
                    for (int64_t tap_x = 0; tap_x < c.window_width; ++tap_x, sums += width * lanes) {
                        const int64_t shift_x = tap_x * c.dilation_x - c.padding_x;
                        const Range x = inside(shift_x, c.stride_x, c.width, 0, c.out_width);
                        if (y.first >= y.last || x.first >= x.last) continue;
                        const Walk walk{
                            piece.pictures, y.last - y.first, x.last - x.first,
                            picture_step, c.stride_y * c.width * lanes, c.stride_x * lanes,
                            piece.rows * c.out_width * width, c.out_width * width};
                        const int64_t source = (y.first * c.stride_y + shift_y - top) * c.width + x.first * c.stride_x + shift_x;
                        add_products(
                            left + source * lanes, right + ((y.first - piece.row) * c.out_width + x.first) * width, walk,
                            sums, lanes);
                    }
                }
            }
        }
    }
}

// Adds the parts' sums of a column of one group and puts them in their places.
void Work::finish(int64_t task) const {
    const int64_t group = task / columns.size(), column = task % columns.size(), width = columns[column].width;
    const int64_t places = c.window_height * c.window_width;
    float *sums = tile_sums(0, group, column, 0);
    const int64_t count = rows_of_lanes * taps * width * lanes;
    for (int64_t part = 1; part < parts; ++part) {
        const float *others = tile_sums(part, group, column, 0);
        for (int64_t k = 0; k < count; ++k) sums[k] += others[k];
    }
    for (int64_t k = 0; k < width; ++k) {
        float *to = result + (group * c.out_channels + columns[column].first + k) * c.in_channels * places;
        for (int64_t lane_row = 0; lane_row < rows_of_lanes; ++lane_row) {
            const int64_t lane_end = std::min(lanes, lane_count - lane_row * lanes);
            for (int64_t tap = 0; tap < taps; ++tap) {
                const float *from = sums + ((lane_row * taps + tap) * width + k) * lanes;
                const int64_t number = lane_row * lanes;
                if (is_channels_last) {  // also where taps are lanes: one after another, each with all channels
                    std::copy_n(from, lane_end, to + tap * c.in_channels + number);
                    continue;
                }
                for (int64_t lane = 0; lane < lane_end; ++lane) {
                    const int64_t channel = gathers ? (number + lane) % c.in_channels : number + lane;
                    to[channel * places + (gathers ? (number + lane) / c.in_channels : tap)] = from[lane];
                }
            }
        }
    }
}

} // namespace

bool ck_is_supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

void ck_weight_gradient(
    const float *inputs, const float *gradients, const ck_convolution *convolution, const ck_host *host, float *result,
    bool is_channels_last) {
    Work work(inputs, gradients, *convolution, host);
    const Numbers sums = numbers(*host, work.parts * work.c.groups * work.size);
    work.sums = sums.get();
    work.result = result;
    work.is_channels_last = is_channels_last;
    host->run(
        work.parts * work.c.groups * work.lane_parts * work.column_parts,
        [](int64_t task, const void *work) { static_cast<const Work *>(work)->add(task); }, &work);
    host->run(
        work.c.groups * work.columns.size(),
        [](int64_t task, const void *work) { static_cast<const Work *>(work)->finish(task); }, &work);
}

#else

bool ck_is_supported(void) { return false; }
void ck_weight_gradient(const float *, const float *, const ck_convolution *, const ck_host *, float *, bool) {}

#endif
