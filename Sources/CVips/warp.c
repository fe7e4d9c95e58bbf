// From the 8-bit pixels of a batch to the numbers a network reads, in one pass: every output pixel is looked up in the
// source through a plane map, blended from its four neighbors, lightened, normalized and stored as float.
//
// The same in four operators of LibTorch (conversion, grid sampling, logit and sigmoid, normalization) reads and writes
// each picture a dozen times in float; this takes a fifth of their time.
#include "internal.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// The processor's wide registers where it has them; the choice is made once, when the program starts. That is before the
// thread sanitizer is ready to watch it.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WIDE
#endif

// Colors between the 256 levels appear by blending; a sixteenth of a level is finer than any picture.
enum { STEPS = 16, TONES = 255 * STEPS + 1 };

static float logits[TONES];
static pthread_once_t logits_once = PTHREAD_ONCE_INIT;

static void make_logits(void) {
    for (int i = 0; i < TONES; i++) {
        double value = (double)i / (TONES - 1);
        value = value < 1e-7 ? 1e-7 : value > 1 - 1e-7 ? 1 - 1e-7 : value;
        logits[i] = (float)log(value / (1 - value));
    }
}

static void make_tones(const cvips_warp *w, float *tones) {
    pthread_once(&logits_once, make_logits);
    for (int i = 0; i < TONES; i++) tones[i] = 1 / (1 + expf(-(w->contrast * logits[i] + w->brightness)));
}

// Where a row's pixels come from: the upper left of four neighbors, the weights of the right and the lower ones, and
// how much of the pixel lies in the picture.
typedef struct {
    int *x, *y;
    float *right, *lower, *inside;
} places;

// A coordinate brought into 0...last; `turns` is half the inverse of `last` where coordinates are reflected, else 0.
static inline float folded(float at, float last, float turns) {
    // Also where a perspective's horizon lies.
    at = fabsf(at) < 1e6f ? at : 0;
    float unfolded = fabsf(at) - 2 * last * (float)(int)(fabsf(at) * turns);
    unfolded = unfolded > last ? 2 * last - unfolded : unfolded;
    at = turns > 0 ? unfolded : at;
    at = at < 0 ? 0 : at;
    return at > last ? last : at;
}

static inline float turns_of(int size, cvips_padding padding) {
    return padding == CVIPS_REFLECTION && size > 1 ? 0.5f / (float)(size - 1) : 0;
}

// How much of a pixel at a coordinate lies within 0...last, when all outside is empty.
static inline float covered(float at, float last) {
    float inside = 1 + (at < last - at ? at : last - at);
    return inside > 1 ? 1 : inside > 0 ? inside : 0;
}

// The places of row `j`, in a picture of at least 2 x 2 pixels.
WIDE static void find_places(const cvips_warp *w, int width, int height, int j, places row) {
    const double *m = w->map;
    float x0 = (float)(m[1] * j + m[2]), y0 = (float)(m[4] * j + m[5]), z0 = (float)(m[7] * j + m[8]);
    float dx = (float)m[0], dy = (float)m[3], dz = (float)m[6];
    float last_x = (float)(width - 1), last_y = (float)(height - 1);
    float turns_x = turns_of(width, w->padding), turns_y = turns_of(height, w->padding);
    int *restrict xs = row.x, *restrict ys = row.y, count = w->out_width;
    float *restrict rights = row.right, *restrict lowers = row.lower, *restrict insides = row.inside;
    for (int i = 0; i < count; i++) {
        float near = 1 / (z0 + dz * (float)i);
        float x = (x0 + dx * (float)i) * near, y = (y0 + dy * (float)i) * near;
        insides[i] = covered(x, last_x) * covered(y, last_y);
        x = folded(x, last_x, turns_x);
        y = folded(y, last_y, turns_y);
        // The last pixel is the right neighbor, with all the weight, of the one before it.
        int left = (int)x, upper = (int)y;
        left = left > width - 2 ? width - 2 : left;
        upper = upper > height - 2 ? height - 2 : upper;
        xs[i] = left;
        ys[i] = upper;
        rights[i] = x - (float)left;
        lowers[i] = y - (float)upper;
    }
}

typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef float floats8 __attribute__((vector_size(32)));
typedef float floats4 __attribute__((vector_size(16)));
typedef int32_t words4 __attribute__((vector_size(16)));

static inline float blend(float a, float b, float weight) { return a + (b - a) * weight; }

// Blends a row of pixels from their neighbors, as levels of 0 to 255. `out` has room for one more value than the row.
WIDE static void blend_row(
    const uint8_t *source, int width, int height, int channels, places row, int count, float *out) {
    size_t stride = (size_t)width * (size_t)channels;
    int i = 0;
    // Eight bytes hold a color pixel and its right neighbor; at the picture's end they would reach beyond it.
    const uint8_t *end = source + stride * (size_t)height - 8;
    for (; channels == 3 && i < count; i++) {
        const uint8_t *above = source + (size_t)row.y[i] * stride + (size_t)row.x[i] * 3, *below = above + stride;
        if (below > end) {
            for (int c = 0; c < 3; c++)
                out[3 * i + c] = blend(
                    blend(above[c], above[c + 3], row.right[i]), blend(below[c], below[c + 3], row.right[i]),
                    row.lower[i]);
            continue;
        }
        bytes8 upper_bytes, lower_bytes;
        memcpy(&upper_bytes, above, 8);
        memcpy(&lower_bytes, below, 8);
        floats8 upper = __builtin_convertvector(upper_bytes, floats8);
        floats8 lower = __builtin_convertvector(lower_bytes, floats8);
        floats8 column = upper + (lower - upper) * row.lower[i];
        floats4 left = __builtin_shufflevector(column, column, 0, 1, 2, 3);
        floats4 right = __builtin_shufflevector(column, column, 3, 4, 5, 6);
        floats4 pixel = left + (right - left) * row.right[i];
        memcpy(out + 3 * i, &pixel, sizeof pixel);
    }
    for (; i < count; i++) {
        const uint8_t *above = source + (size_t)row.y[i] * stride + (size_t)row.x[i] * (size_t)channels;
        const uint8_t *below = above + stride;
        for (int c = 0; c < channels; c++)
            out[channels * i + c] = blend(
                blend(above[c], above[c + channels], row.right[i]), blend(below[c], below[c + channels], row.right[i]),
                row.lower[i]);
    }
}

// Divides colors that were summed by their alpha, so that those that cannot be seen do not bleed into others. Where
// nothing can be seen there is nothing to divide by, and the plain sum stays.
static inline void weigh(const float *plain, const float *weighted, int channels, float *out) {
    float alpha = plain[channels - 1];
    for (int c = 0; c < channels - 1; c++) out[c] = alpha >= 0.5f ? weighted[c] / alpha : plain[c];
    out[channels - 1] = alpha;
}

// The same for pictures with alpha, the last of 2 or 4 channels.
static void blend_alpha_row(const uint8_t *source, int width, int channels, places row, int count, float *out) {
    size_t stride = (size_t)width * (size_t)channels;
    for (int i = 0; i < count; i++, out += channels) {
        const uint8_t *at = source + (size_t)row.y[i] * stride + (size_t)row.x[i] * (size_t)channels;
        float right = row.right[i], lower = row.lower[i], plain[4] = {0}, weighted[4] = {0};
        for (int tap = 0; tap < 4; tap++) {
            const uint8_t *pixel = at + (tap & 1) * channels + (size_t)(tap >> 1) * stride;
            float weight = (tap & 1 ? right : 1 - right) * (tap >> 1 ? lower : 1 - lower);
            for (int c = 0; c < channels; c++) {
                plain[c] += weight * pixel[c];
                weighted[c] += weight * pixel[c] * pixel[channels - 1];
            }
        }
        weigh(plain, weighted, channels, out);
    }
}

// Blending with the picture's edge and taking the covered part is blending with emptiness: of a picture with alpha, with
// what cannot be seen.
static void fade_row(const float *restrict inside, int count, int channels, float *restrict levels) {
    for (int i = 0; i < count; i++)
        for (int c = channels % 2 == 0 ? channels - 1 : 0; c < channels; c++) levels[i * channels + c] *= inside[i];
}

// A random number of -1 to 1 for one of an output pixel's coordinates: the mixing step of SplitMix64 (Steele and others,
// 2014), so that a mask is scattered as its picture is.
static inline float scatter(const cvips_warp *w, int i, int j, int axis) {
    uint64_t z = w->jitter_seed + (((uint64_t)j * (uint64_t)w->out_width + (uint64_t)i) * 2 + (uint64_t)axis + 1) *
                                      0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (float)(z >> 40) * 0x1p-23f - 1;
}

// The cases that are rare or small: nearest or scattered pixels, pictures of one row or column.
static void take_row(
    const cvips_warp *w, const uint8_t *source, int width, int height, int channels, int j, float *out) {
    const double *m = w->map;
    for (int i = 0; i < w->out_width; i++, out += channels) {
        double near = 1 / (m[6] * i + m[7] * j + m[8]);
        float x = (float)((m[0] * i + m[1] * j + m[2]) * near), y = (float)((m[3] * i + m[4] * j + m[5]) * near);
        if (w->jitter > 0) {
            x += w->jitter * scatter(w, i, j, 0) * 0.5f * (float)(width - 1);
            y += w->jitter * scatter(w, i, j, 1) * 0.5f * (float)(height - 1);
        }
        if (w->padding != CVIPS_ZEROS) {
            x = folded(x, (float)(width - 1), turns_of(width, w->padding));
            y = folded(y, (float)(height - 1), turns_of(height, w->padding));
        }
        float plain[4] = {0}, weighted[4] = {0};
        for (int c = 0; c < channels; c++) out[c] = 0;
        if (!(fabsf(x) < 1e6f) || !(fabsf(y) < 1e6f)) continue;
        if (w->nearest) {
            x = nearbyintf(x);
            y = nearbyintf(y);
        }
        int left = (int)floorf(x), upper = (int)floorf(y);
        for (int tap = 0; tap < 4; tap++) {
            int at_x = left + (tap & 1), at_y = upper + (tap >> 1);
            float weight = (1 - fabsf(x - (float)at_x)) * (1 - fabsf(y - (float)at_y));
            if (weight <= 0 || at_x < 0 || at_y < 0 || at_x >= width || at_y >= height) continue;
            const uint8_t *pixel = source + ((size_t)at_y * (size_t)width + (size_t)at_x) * (size_t)channels;
            for (int c = 0; c < channels; c++) {
                plain[c] += weight * pixel[c];
                weighted[c] += weight * pixel[c] * pixel[channels - 1];
            }
        }
        if (channels % 2 == 0)
            weigh(plain, weighted, channels, out);
        else
            memcpy(out, plain, (size_t)channels * sizeof(float));
    }
}

// From levels to what the network reads: scales and offsets repeat the channels' along the row.
WIDE static void finish_row(
    const float *restrict levels, const float *restrict tones, const float *restrict scales,
    const float *restrict offsets, size_t count, float *restrict out) {
    if (tones)
        for (size_t i = 0; i < count; i++) out[i] = tones[(int)(levels[i] * STEPS + 0.5f)] * scales[i] + offsets[i];
    else
        for (size_t i = 0; i < count; i++) out[i] = levels[i] * scales[i] + offsets[i];
}

// Sums `count` rows of `values` bytes.
WIDE static void sum_rows(const uint8_t *rows, int count, size_t values, int32_t *restrict sums) {
    for (size_t i = 0; i < values; i++) sums[i] = rows[i];
    for (int y = 1; y < count; y++) {
        const uint8_t *row = rows + (size_t)y * values;
        for (size_t i = 0; i < values; i++) sums[i] += row[i];
    }
}

// The positions that position `at` of a smaller line touches, from `start` to before the result.
static inline int touched(int at, int size, int new_size, int *start) {
    *start = (int)((int64_t)at * size / new_size);
    return (int)(((int64_t)(at + 1) * size + new_size - 1) / new_size);
}

// The mean of the pixels that each pixel of a smaller picture covers, touched ones counted whole, as adaptive average
// pooling has it. `sums` has room for a row of the source and three numbers more, `spans` for two rows of the result.
static void shrink(
    const uint8_t *source, int width, int height, int channels, int new_width, int new_height, int32_t *sums,
    int *spans, uint8_t *out) {
    size_t stride = (size_t)width * (size_t)channels;
    for (int i = 0; i < new_width; i++) {
        int right = touched(i, width, new_width, spans + 2 * i);
        spans[2 * i + 1] = right - spans[2 * i];
    }
    for (int j = 0; j < new_height; j++) {
        int top, bottom = touched(j, height, new_height, &top);
        sum_rows(source + (size_t)top * stride, bottom - top, stride, sums);
        for (int i = 0; i < new_width; i++) {
            const int32_t *at = sums + spans[2 * i] * channels;
            int count = spans[2 * i + 1];
            // Four numbers at a time, of which one to four are a pixel.
            words4 total = {0, 0, 0, 0};
            for (int x = 0; x < count; x++, at += channels) {
                words4 pixel;
                memcpy(&pixel, at, sizeof pixel);
                total += pixel;
            }
            floats4 mean = __builtin_convertvector(total, floats4) / (float)((bottom - top) * count) + 0.5f;
            for (int c = 0; c < channels; c++) *out++ = (uint8_t)(int)mean[c];
        }
    }
}

typedef struct {
    float *tones, *levels, *scales, *offsets;
    places row;
    int32_t *sums;
    int *spans;
    uint8_t *shrunk, *weighted;
} workspace;

static void release(workspace *space) {
    free(space->tones);
    free(space->levels);
    free(space->scales);
    free(space->offsets);
    free(space->row.x);
    free(space->row.y);
    free(space->row.right);
    free(space->row.lower);
    free(space->row.inside);
    free(space->sums);
    free(space->spans);
    free(space->shrunk);
    free(space->weighted);
}

static int prepare(workspace *space, const cvips_warp *w, int width, int height, int channels) {
    size_t columns = (size_t)w->out_width, values = columns * (size_t)channels;
    int has_tones = w->contrast != 1 || w->brightness != 0, shrinks = w->shrunk_width > 0;
    *space = (workspace){
        .tones = has_tones ? malloc(TONES * sizeof(float)) : NULL,
        .levels = malloc((values + 1) * sizeof(float)),
        .scales = malloc(values * sizeof(float)),
        .offsets = malloc(values * sizeof(float)),
        .row = {malloc(columns * sizeof(int)), malloc(columns * sizeof(int)), malloc(columns * sizeof(float)),
            malloc(columns * sizeof(float)), malloc(columns * sizeof(float))},
        .sums = shrinks ? calloc((size_t)width * (size_t)channels + 3, sizeof(int32_t)) : NULL,
        .spans = shrinks ? malloc((size_t)w->shrunk_width * 2 * sizeof(int)) : NULL,
        .shrunk = shrinks ? malloc((size_t)w->shrunk_width * (size_t)w->shrunk_height * (size_t)channels) : NULL,
        .weighted = shrinks && channels % 2 == 0 ? malloc((size_t)width * (size_t)height * (size_t)channels) : NULL,
    };
    if (!space->levels || !space->scales || !space->offsets) return 0;
    if (!space->row.x || !space->row.y || !space->row.right || !space->row.lower || !space->row.inside) return 0;
    if (has_tones && !space->tones) return 0;
    if (shrinks && (!space->sums || !space->spans || !space->shrunk)) return 0;
    if (shrinks && channels % 2 == 0 && !space->weighted) return 0;
    if (has_tones) make_tones(w, space->tones);
    for (size_t i = 0; i < values; i++) {
        space->scales[i] = has_tones ? w->scale[i % (size_t)channels] : w->scale[i % (size_t)channels] / 255;
        space->offsets[i] = w->offset[i % (size_t)channels];
    }
    return 1;
}

int cvips_warp_image(
    const uint8_t *source, int width, int height, int channels, const cvips_warp *w, float *out,
    cvips_failure *failure) {
    size_t values = (size_t)w->out_width * (size_t)channels;
    workspace space;
    int done = prepare(&space, w, width, height, channels);
    if (done && space.shrunk) {
        if (space.weighted) {
            cvips_weigh_by_alpha(source, (size_t)width * (size_t)height, (size_t)channels, space.weighted);
            source = space.weighted;
        }
        shrink(
            source, width, height, channels, w->shrunk_width, w->shrunk_height, space.sums, space.spans, space.shrunk);
        (source = space.shrunk, width = w->shrunk_width, height = w->shrunk_height);
        if (space.weighted) cvips_undo_alpha(space.shrunk, (size_t)width * (size_t)height, (size_t)channels);
    }
    // Two rows of at least eight bytes, so that the vectors of a row's pixels end within the next row at the latest.
    int is_plain = !w->nearest && w->jitter == 0 && width > 2 && height > 1;
    for (int j = 0; done && j < w->out_height; j++) {
        if (is_plain) {
            find_places(w, width, height, j, space.row);
            if (channels % 2 == 0)
                blend_alpha_row(source, width, channels, space.row, w->out_width, space.levels);
            else
                blend_row(source, width, height, channels, space.row, w->out_width, space.levels);
            if (w->padding == CVIPS_ZEROS) fade_row(space.row.inside, w->out_width, channels, space.levels);
        } else {
            take_row(w, source, width, height, channels, j, space.levels);
        }
        finish_row(space.levels, space.tones, space.scales, space.offsets, values, out + (size_t)j * values);
    }
    release(&space);
    return done ? 1 : cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
}
