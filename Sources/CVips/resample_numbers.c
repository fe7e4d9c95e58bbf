// Cropping, padding and scaling of interleaved numbers, with the filter of bytes and exact weights.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

// For each output position, the first source position and `taps` weights that sum to 1.
typedef struct {
    int taps;
    int *first;
    float *weights;
} filter;

static void release(filter *f) {
    free(f->first);
    free(f->weights);
}

static int make_filter(filter *f, double start, double extent, int in_size, int out_size, int from, int count) {
    f->taps = cvips_taps(extent, out_size);
    f->first = malloc((size_t)count * sizeof *f->first);
    f->weights = calloc((size_t)count * (size_t)f->taps, sizeof *f->weights);
    double *exact = malloc((size_t)f->taps * sizeof *exact);
    int done = f->first && f->weights && exact;
    for (int i = 0; done && i < count; i++) {
        double sum;
        int taken = cvips_triangle(start, extent, in_size, out_size, from + i, f->taps, exact, &sum, &f->first[i]);
        float *weights = f->weights + (size_t)i * (size_t)f->taps;
        for (int k = 0; k < taken; k++) weights[k] = sum > 0 ? (float)(exact[k] / sum) : k == 0;
    }
    free(exact);
    if (!done) release(f);
    return done;
}

// Where a number of a padded line comes from, or -1 for a zero.
static int *places(int before, int inside, int after, cvips_padding padding) {
    int count = before + inside + after, *result = malloc((size_t)count * sizeof *result);
    for (int i = 0; result && i < count; i++) result[i] = cvips_padded_position(i - before, inside, padding);
    return result;
}

static int resample(
    const float *corner, size_t stride, int channels, const cvips_geometry *g, const filter *across, const filter *down,
    float *line, const int *columns, const int *rows, float *out) {
    size_t width = (size_t)g->crop_width * (size_t)channels;
    int full_width = g->left + g->crop_width + g->right, full_height = g->top + g->crop_height + g->bottom;
    for (int j = 0; j < g->window_height; j++) {
        memset(line, 0, width * sizeof *line);
        for (int k = 0; k < down->taps; k++) {
            float weight = down->weights[(size_t)j * (size_t)down->taps + (size_t)k];
            int at = down->first[j] + k;
            // Beyond the end only weights of zero lie; they must not meet an infinity.
            if (weight == 0 || at >= full_height || rows[at] < 0) continue;
            const float *row = corner + (size_t)rows[at] * stride;
            for (size_t x = 0; x < width; x++) line[x] += weight * row[x];
        }
        for (int i = 0; i < g->window_width; i++, out += channels) {
            memset(out, 0, (size_t)channels * sizeof *out);
            for (int k = 0; k < across->taps; k++) {
                float weight = across->weights[(size_t)i * (size_t)across->taps + (size_t)k];
                int at = across->first[i] + k;
                if (weight == 0 || at >= full_width || columns[at] < 0) continue;
                const float *pixel = line + (size_t)columns[at] * (size_t)channels;
                for (int c = 0; c < channels; c++) out[c] += weight * pixel[c];
            }
        }
    }
    return 1;
}

static void take_nearest(
    const float *corner, size_t stride, int channels, const cvips_geometry *g, const int *columns, const int *rows,
    float *out) {
    int full_width = g->left + g->crop_width + g->right, full_height = g->top + g->crop_height + g->bottom;
    for (int j = 0; j < g->window_height; j++) {
        int y = rows[cvips_nearest_position(g->box_y, g->box_height, g->scaled_height, g->window_y + j, full_height)];
        for (int i = 0; i < g->window_width; i++, out += channels) {
            int x = columns[cvips_nearest_position(g->box_x, g->box_width, g->scaled_width, g->window_x + i, full_width)];
            for (int c = 0; c < channels; c++)
                out[c] = y < 0 || x < 0 ? 0 : corner[(size_t)y * stride + (size_t)(x * channels + c)];
        }
    }
}

int cvips_resample_numbers(
    const float *source, int width, int height, int channels, const cvips_geometry *g, float *out,
    cvips_failure *failure) {
    if (channels < 1 || !cvips_is_possible(g, width, height))
        return cvips_fail(failure, CVIPS_UNSUPPORTED, "an impossible geometry");
    size_t stride = (size_t)width * (size_t)channels;
    const float *corner = source + (size_t)g->crop_y * stride + (size_t)g->crop_x * (size_t)channels;
    int full_width = g->left + g->crop_width + g->right, full_height = g->top + g->crop_height + g->bottom;
    int *columns = places(g->left, g->crop_width, g->right, g->padding);
    int *rows = places(g->top, g->crop_height, g->bottom, g->padding);
    float *line = malloc((size_t)g->crop_width * (size_t)channels * sizeof *line);
    int done = 0;
    if (columns && rows && line && g->nearest) {
        take_nearest(corner, stride, channels, g, columns, rows, out);
        done = 1;
    } else if (columns && rows && line) {
        filter across, down;
        if (make_filter(&across, g->box_x, g->box_width, full_width, g->scaled_width, g->window_x, g->window_width)) {
            if (make_filter(&down, g->box_y, g->box_height, full_height, g->scaled_height, g->window_y, g->window_height)) {
                done = resample(corner, stride, channels, g, &across, &down, line, columns, rows, out);
                release(&down);
            }
            release(&across);
        }
    }
    free(columns);
    free(rows);
    free(line);
    return done ? 1 : cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
}
