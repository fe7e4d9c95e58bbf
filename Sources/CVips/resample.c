// Cropping, padding and scaling of interleaved 8-bit pixels in one pass over the pixels that matter.
//
// The filter is a triangle whose support grows with the reduction, the "bilinear with antialiasing" of Pillow and
// torchvision. Columns are filtered first, into 14-bit values, then rows; margins are made in between by repeating
// values, so that a padded picture is never stored.
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { WEIGHT_BITS = 14, MIDDLE_BITS = 6 };

// For each output position, the first source position and `taps` weights that sum to 1 << WEIGHT_BITS.
typedef struct {
    int taps;
    int *first;
    int16_t *weights;
} filter;

static void release(filter *f) {
    free(f->first);
    free(f->weights);
}

int cvips_taps(double extent, int out_size) {
    double scale = extent / out_size;
    // An even number, since taps are taken in pairs.
    return ((int)ceil(2 * (scale > 1 ? scale : 1)) + 1) & ~1;
}

int cvips_triangle(
    double start, double extent, int in_size, int out_size, int at, int taps, double *exact, double *sum, int *first) {
    double scale = extent / out_size, width = scale > 1 ? scale : 1;
    double center = start + (at + 0.5) * scale;
    int low = (int)(center - width + 0.5), high = (int)(center + width + 0.5);
    if (low < 0) low = 0;
    if (high > in_size) high = in_size;
    if (low >= high) low = high - 1;
    if (high - low > taps) high = low + taps;
    *sum = 0;
    for (int k = 0; k < high - low; k++) {
        double distance = fabs((low + k - center + 0.5) / width);
        exact[k] = distance < 1 ? 1 - distance : 0;
        *sum += exact[k];
    }
    *first = low;
    return high - low;
}

static int make_filter(filter *f, double start, double extent, int in_size, int out_size, int from, int count) {
    f->taps = cvips_taps(extent, out_size);
    f->first = malloc((size_t)count * sizeof *f->first);
    f->weights = calloc((size_t)count * (size_t)f->taps, sizeof *f->weights);
    double *exact = malloc((size_t)f->taps * sizeof *exact);
    if (!f->first || !f->weights || !exact) {
        free(exact);
        release(f);
        return 0;
    }
    for (int i = 0; i < count; i++) {
        double sum;
        int taken = cvips_triangle(start, extent, in_size, out_size, from + i, f->taps, exact, &sum, &f->first[i]);
        int largest = 0, total = 0;
        for (int k = 1; k < taken; k++)
            if (exact[k] > exact[largest]) largest = k;
        int16_t *weights = f->weights + (size_t)i * (size_t)f->taps;
        for (int k = 0; k < taken; k++) {
            weights[k] = sum > 0 ? (int16_t)lround(exact[k] / sum * (1 << WEIGHT_BITS)) : 0;
            total += weights[k];
        }
        weights[largest] = (int16_t)(weights[largest] + (1 << WEIGHT_BITS) - total);
    }
    free(exact);
    return 1;
}

int cvips_padded_position(int at, int size, cvips_padding padding) {
    if (at >= 0 && at < size) return at;
    if (padding == CVIPS_ZEROS) return -1;
    if (padding == CVIPS_BORDER || size == 1) return at < 0 ? 0 : size - 1;
    int period = 2 * (size - 1), folded = at % period;
    if (folded < 0) folded += period;
    return folded < size ? folded : period - folded;
}

// Sums `taps` rows by their weights. The rows may be the same memory; none is read beyond `count`.
static void filter_columns(const uint8_t **rows, const int16_t *weights, int taps, int count, int16_t *restrict out) {
    enum { SHIFT = WEIGHT_BITS - MIDDLE_BITS };
    int x = 0;
#if defined(__SSE2__)
    const __m128i zero = _mm_setzero_si128();
    for (; x + 16 <= count; x += 16) {
        __m128i sums[4];
        for (int i = 0; i < 4; i++) sums[i] = _mm_set1_epi32(1 << (SHIFT - 1));
        for (int k = 0; k < taps; k += 2) {
            // Two rows, interleaved, meet their two weights in one multiply and add.
            int32_t two_weights;
            memcpy(&two_weights, weights + k, 4);
            const __m128i pair = _mm_set1_epi32(two_weights);
            const __m128i a = _mm_loadu_si128((const __m128i *)(rows[k] + x));
            const __m128i b = _mm_loadu_si128((const __m128i *)(rows[k + 1] + x));
            const __m128i low = _mm_unpacklo_epi8(a, b), high = _mm_unpackhi_epi8(a, b);
            sums[0] = _mm_add_epi32(sums[0], _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), pair));
            sums[1] = _mm_add_epi32(sums[1], _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), pair));
            sums[2] = _mm_add_epi32(sums[2], _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), pair));
            sums[3] = _mm_add_epi32(sums[3], _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), pair));
        }
        for (int i = 0; i < 4; i++) sums[i] = _mm_srai_epi32(sums[i], SHIFT);
        _mm_storeu_si128((__m128i *)(out + x), _mm_packs_epi32(sums[0], sums[1]));
        _mm_storeu_si128((__m128i *)(out + x + 8), _mm_packs_epi32(sums[2], sums[3]));
    }
#endif
    for (; x < count; x++) {
        int32_t sum = 1 << (SHIFT - 1);
        for (int k = 0; k < taps; k++) sum += rows[k][x] * weights[k];
        out[x] = (int16_t)(sum >> SHIFT);
    }
}

enum { ROW_SHIFT = WEIGHT_BITS + MIDDLE_BITS };

static inline uint8_t row_byte(int32_t sum) {
    int32_t value = (sum + (1 << (ROW_SHIFT - 1))) >> ROW_SHIFT;
    return (uint8_t)(value > 255 ? 255 : value);
}

// Filters a line of `channels` interleaved values. `in` has room for eight more values, of any content, than it holds.
static void filter_row(const int16_t *in, const filter *f, int count, int channels, uint8_t *out) {
    const int taps = f->taps;
    const int16_t *weights = f->weights;
    int i = 0;
#if defined(__SSE2__)
    if (channels == 3) {
        const __m128i half = _mm_set1_epi32(1 << (ROW_SHIFT - 1));
        // The last pixel is left to the plain loop, since four bytes are stored for the three of a pixel.
        for (; i + 1 < count; i++, weights += taps) {
            const int16_t *at = in + 3 * f->first[i];
            __m128i sum = half;
            for (int k = 0; k < taps; k += 2, at += 6) {
                __m128i pair = _mm_unpacklo_epi16(
                    _mm_loadl_epi64((const __m128i *)at), _mm_loadl_epi64((const __m128i *)(at + 3)));
                int32_t two_weights;
                memcpy(&two_weights, weights + k, 4);
                sum = _mm_add_epi32(sum, _mm_madd_epi16(pair, _mm_set1_epi32(two_weights)));
            }
            __m128i words = _mm_srai_epi32(sum, ROW_SHIFT);
            words = _mm_packs_epi32(words, words);
            int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
            memcpy(out + 3 * i, &bytes, 4);
        }
    }
#endif
    for (; i < count; i++, weights += taps) {
        const int16_t *at = in + channels * f->first[i];
        for (int c = 0; c < channels; c++) {
            int32_t sum = 0;
            for (int k = 0; k < taps; k++) sum += at[k * channels + c] * weights[k];
            out[channels * i + c] = row_byte(sum);
        }
    }
}

int cvips_nearest_position(double start, double extent, int out_size, int at, int in_size) {
    int position = (int)floor(start + (at + 0.5) * extent / out_size);
    return position < 0 ? 0 : position >= in_size ? in_size - 1 : position;
}

static int take_nearest(
    const uint8_t *source, size_t stride, int channels, const cvips_geometry *g, uint8_t *out, cvips_failure *failure) {
    int full_width = g->left + g->crop_width + g->right, full_height = g->top + g->crop_height + g->bottom;
    int *columns = malloc((size_t)g->window_width * sizeof *columns);
    if (!columns) return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    for (int i = 0; i < g->window_width; i++) {
        int x = cvips_nearest_position(g->box_x, g->box_width, g->scaled_width, g->window_x + i, full_width);
        columns[i] = cvips_padded_position(x - g->left, g->crop_width, g->padding);
    }
    for (int j = 0; j < g->window_height; j++) {
        int y = cvips_nearest_position(g->box_y, g->box_height, g->scaled_height, g->window_y + j, full_height);
        y = cvips_padded_position(y - g->top, g->crop_height, g->padding);
        const uint8_t *row = source + (size_t)(y < 0 ? 0 : y) * stride;
        for (int i = 0; i < g->window_width; i++)
            for (int c = 0; c < channels; c++)
                *out++ = y < 0 || columns[i] < 0 ? 0 : row[columns[i] * channels + c];
    }
    free(columns);
    return 1;
}

int cvips_is_possible(const cvips_geometry *g, int width, int height) {
    return g->crop_x >= 0 && g->crop_y >= 0 && g->crop_width > 0 && g->crop_height > 0 &&
        g->crop_width <= width - g->crop_x && g->crop_height <= height - g->crop_y && g->left >= 0 && g->top >= 0 &&
        g->right >= 0 && g->bottom >= 0 && g->box_width > 0 && g->box_height > 0 && g->box_x >= 0 && g->box_y >= 0 &&
        g->scaled_width > 0 && g->scaled_height > 0 && g->window_x >= 0 && g->window_y >= 0 && g->window_width > 0 &&
        g->window_height > 0 && g->window_width <= g->scaled_width - g->window_x &&
        g->window_height <= g->scaled_height - g->window_y;
}

// Colors by their alpha, so that those that cannot be seen do not bleed into others; as Pillow does it.
void cvips_weigh_by_alpha(const uint8_t *in, size_t pixels, size_t channels, uint8_t *out) {
    for (size_t i = 0; i < pixels; i++, in += channels, out += channels) {
        unsigned alpha = in[channels - 1];
        for (size_t c = 0; c + 1 < channels; c++) {
            unsigned product = in[c] * alpha + 128;
            out[c] = (uint8_t)((product + (product >> 8)) >> 8);
        }
        out[channels - 1] = (uint8_t)alpha;
    }
}

void cvips_undo_alpha(uint8_t *pixels, size_t count, size_t channels) {
    for (uint8_t *pixel = pixels; pixel < pixels + count * channels; pixel += channels) {
        unsigned alpha = pixel[channels - 1];
        if (alpha == 0 || alpha == 255) continue;
        for (size_t c = 0; c + 1 < channels; c++) {
            unsigned color = 255u * pixel[c] / alpha;
            pixel[c] = (uint8_t)(color > 255 ? 255 : color);
        }
    }
}

static int resample(
    const uint8_t *source, int width, int channels, const cvips_geometry *g, uint8_t *out, cvips_failure *failure) {
    size_t stride = (size_t)width * (size_t)channels;
    const uint8_t *corner = source + (size_t)g->crop_y * stride + (size_t)g->crop_x * (size_t)channels;
    if (g->nearest) return take_nearest(corner, stride, channels, g, out, failure);

    int full_width = g->left + g->crop_width + g->right, full_height = g->top + g->crop_height + g->bottom;
    filter across, down;
    if (!make_filter(&across, g->box_x, g->box_width, full_width, g->scaled_width, g->window_x, g->window_width))
        return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    if (!make_filter(&down, g->box_y, g->box_height, full_height, g->scaled_height, g->window_y, g->window_height)) {
        release(&across);
        return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    }
    // Weights of zero may reach beyond the end of a line or of the picture: such values are read, and must exist.
    size_t beyond = (size_t)(across.taps + 3) * (size_t)channels;
    int16_t *line = calloc((size_t)full_width * (size_t)channels + beyond, sizeof *line);
    uint8_t *zeros = calloc((size_t)g->crop_width, (size_t)channels);
    const uint8_t **rows = malloc((size_t)down.taps * sizeof *rows);
    int done = line && zeros && rows;
    for (int j = 0; done && j < g->window_height; j++) {
        for (int k = 0; k < down.taps; k++) {
            int at = down.first[j] + k;
            int y = at < full_height ? cvips_padded_position(at - g->top, g->crop_height, g->padding) : -1;
            rows[k] = y < 0 ? zeros : corner + (size_t)y * stride;
        }
        int16_t *middle = line + g->left * channels;
        filter_columns(rows, down.weights + (size_t)j * (size_t)down.taps, down.taps, g->crop_width * channels, middle);
        for (int margin = 0; margin < g->left + g->right; margin++) {
            int at = margin < g->left ? margin - g->left : g->crop_width + margin - g->left;
            int x = cvips_padded_position(at, g->crop_width, g->padding);
            for (int c = 0; c < channels; c++) middle[at * channels + c] = x < 0 ? 0 : middle[x * channels + c];
        }
        filter_row(line, &across, g->window_width, channels, out + (size_t)j * (size_t)(g->window_width * channels));
    }
    free(rows);
    free(zeros);
    free(line);
    release(&across);
    release(&down);
    return done ? 1 : cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
}

int cvips_resample(
    const uint8_t *source, int width, int height, int channels, const cvips_geometry *g, uint8_t *out,
    cvips_failure *failure) {
    if (!cvips_is_possible(g, width, height)) return cvips_fail(failure, CVIPS_UNSUPPORTED, "an impossible geometry");
    if (channels % 2 != 0 || g->nearest) return resample(source, width, channels, g, out, failure);
    size_t pixels = (size_t)width * (size_t)height;
    uint8_t *weighted = malloc(pixels * (size_t)channels);
    if (!weighted) return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    cvips_weigh_by_alpha(source, pixels, (size_t)channels, weighted);
    int done = resample(weighted, width, channels, g, out, failure);
    if (done) cvips_undo_alpha(out, (size_t)g->window_width * (size_t)g->window_height, (size_t)channels);
    free(weighted);
    return done;
}
