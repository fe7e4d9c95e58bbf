// Walks every picture given, and damaged copies of it, through the whole of CVips; for valgrind.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cvips.h"

static const int64_t limit = 10000000;

// Moves a picture in every way; a horizon runs through the third map.
static void warp(const uint8_t *pixels, int width, int height, int channels) {
    static const double maps[][9] = {
        {1, 0, 0, 0, 1, 0, 0, 0, 1},
        {0.8, 0.3, 4, -0.5, 2.1, -7, 0.001, -0.002, 1},
        {1, 0, 0, 0, 1, 0, -0.25, 0, 1},
    };
    cvips_failure failure;
    for (int way = 0; way < 3 * 3 * 2 * 2; way++) {
        cvips_warp w = {
            .padding = (cvips_padding)(way / 3 % 3), .nearest = way / 9 % 2, .contrast = way % 2 ? 1.2f : 1,
            .scale = {1, 2, 3}, .offset = {0, 1, 2}, .out_width = 13, .out_height = 11};
        memcpy(w.map, maps[way % 3], sizeof w.map);
        if (way >= 18) {
            w.shrunk_width = (width + 2) / 3;
            w.shrunk_height = (height + 1) / 2;
        }
        float *out = malloc((size_t)(13 * 11 * channels) * sizeof *out);
        if (!cvips_warp_image(pixels, width, height, channels, &w, out, &failure)) abort();
        for (int i = 0; i < 13 * 11 * channels; i++)
            if (!(out[i] >= 0 && out[i] <= 5)) abort();
        free(out);
    }
}

static void use(cvips_source *source, int wanted, int reduce) {
    cvips_failure failure;
    int channels = wanted == CVIPS_INDICES ? 1 : wanted;
    if (!source) return;
    if (reduce && !cvips_reduce(source, 5, 5, &failure)) {
        cvips_close(source);
        return;
    }
    int width = cvips_width(source), height = cvips_height(source);
    uint8_t *pixels = malloc((size_t)width * (size_t)height * (size_t)channels);
    if (cvips_read(source, wanted, pixels, &failure)) {
        cvips_geometry geometry = {
            .crop_width = width, .crop_height = height, .left = 3, .bottom = 2, .padding = CVIPS_REFLECTION,
            .box_width = width + 3, .box_height = height + 2, .scaled_width = 21, .scaled_height = 17,
            .window_x = 2, .window_width = 19, .window_height = 17};
        uint8_t *out = malloc(19 * 17 * 3);
        unsigned sum = 0;
        warp(pixels, width, height, channels);
        for (geometry.nearest = 0; geometry.nearest < 2; geometry.nearest++) {
            if (!cvips_resample(pixels, width, height, channels, &geometry, out, &failure)) abort();
            // Makes valgrind look at every byte.
            for (int i = 0; i < 19 * 17 * channels; i++) sum += out[i];
        }
        for (cvips_format format = CVIPS_JPEG; format <= CVIPS_WEBP; format++) {
            size_t length = 0;
            void *file = cvips_encode(out, 19, 17, channels, format, 80, &length, &failure);
            if (!file) abort();
            cvips_free(file);
        }
        free(out);
        if (sum == 1) puts("");
    }
    free(pixels);
    cvips_close(source);
}

int main(int count, char **files) {
    for (int i = 1; i < count; i++) {
        cvips_failure failure;
        for (int channels = CVIPS_INDICES; channels <= 3; channels += channels ? 2 : 1)
            for (int reduce = 0; reduce < 2; reduce++)
                use(cvips_open_file(files[i], 1, limit, &failure), channels, reduce);
        FILE *file = fopen(files[i], "rb");
        static uint8_t bytes[1 << 16];
        size_t length = file ? fread(bytes, 1, sizeof bytes, file) : 0;
        if (file) fclose(file);
        unsigned state = 1;
        for (int round = 0; length && round < 8; round++) {
            // A copy of its own size, so that reading beyond it is seen.
            uint8_t *copy = malloc(length);
            memcpy(copy, bytes, length);
            for (int change = 0; change < 3; change++) {
                state = state * 1664525u + 1013904223u;
                copy[(state >> 8) % length] = (uint8_t)(state >> 24);
            }
            use(cvips_open_memory(copy, round % 2 ? length : length / 2, 1, limit, &failure), 3, round % 4 == 3);
            free(copy);
        }
    }
    puts("done");
    return 0;
}
