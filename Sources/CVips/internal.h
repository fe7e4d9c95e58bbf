// What the files of this target share.
#ifndef CVIPS_INTERNAL_H
#define CVIPS_INTERNAL_H

#include "cvips.h"

// A decoder of one format behind an open source. Sizes are those of the stored pixels, before orientation.
typedef struct cvips_decoder {
    int width, height;
    int orientation;  // EXIF: 1 to 8
    int as_stored;    // whether `read` gives a palette's indices or the levels of gray, with one channel
    int reads_alpha;  // whether `read` takes 2 and 4 channels; else it is asked for 1 and 3, and alpha is 255
    int (*reduce)(struct cvips_decoder *, int width, int height, cvips_failure *);
    int (*read)(struct cvips_decoder *, int channels, uint8_t *out, cvips_failure *);
    // Shows all frames, one below the other, and returns their number, or 0; NULL where there is one.
    int (*join_frames)(struct cvips_decoder *, cvips_failure *);
    void (*close)(struct cvips_decoder *);
} cvips_decoder;

cvips_decoder *cvips_open_jpeg(const uint8_t *bytes, size_t length, cvips_failure *failure);
cvips_decoder *cvips_open_png(const uint8_t *bytes, size_t length, cvips_failure *failure);
cvips_decoder *cvips_open_vips(const uint8_t *bytes, size_t length, cvips_failure *failure);

// Fills `failure` and returns 0, so that a function can fail in one statement.
int cvips_fail(cvips_failure *failure, cvips_failure_kind kind, const char *detail);

// The numbers of classes among levels of 16 bits, of which `step` belong to a pixel: the levels themselves where all are
// below 256, else those of 8 bits that were spread over 16. Fails for other levels.
int cvips_classes(const uint16_t *levels, size_t pixels, size_t step, uint8_t *out, cvips_failure *failure);

// The triangle filter at output position `at`, which is `from` of `extent` of a line of `in_size` values brought to `out_size`:
// the first value it takes, its weights in `exact`, and their number as the result; their sum is in `sum`.
int cvips_triangle(
    double start, double extent, int in_size, int out_size, int at, int taps, double *exact, double *sum, int *first);

// The number of taps that hold every such filter: an even one.
int cvips_taps(double extent, int out_size);

// Where position `at` of a padded line of `size` pixels comes from, or -1 for a zero. `at` counts from the line's start.
int cvips_padded_position(int at, int size, cvips_padding padding);

// The nearest of `in_size` positions.
int cvips_nearest_position(double start, double extent, int out_size, int at, int in_size);

int cvips_is_possible(const cvips_geometry *geometry, int width, int height);

// Copies stored pixels, of `pixel` bytes each, to their upright place, by the orientation of EXIF.
void cvips_turn(const uint8_t *stored, int width, int height, size_t pixel, int orientation, uint8_t *out);

// Colors times their alpha, the last of 2 or 4 channels, and back: what cannot be seen then does not bleed into means.
void cvips_weigh_by_alpha(const uint8_t *in, size_t pixels, size_t channels, uint8_t *out);
void cvips_undo_alpha(uint8_t *pixels, size_t count, size_t channels);

// A file's bytes, which the caller frees, or NULL.
uint8_t *cvips_read_file(const char *path, size_t *length, cvips_failure *failure);

// Fails for more pixels than the limit.
int cvips_has_room(int64_t width, int64_t height, int64_t max_pixels, cvips_failure *failure);

// Whether the first bytes are those of a JPEG or a PNG.
int cvips_is_jpeg(const uint8_t *bytes, size_t length);
int cvips_is_png(const uint8_t *bytes, size_t length);

// The orientation in an EXIF block (a TIFF structure), or 1.
int cvips_exif_orientation(const uint8_t *tiff, size_t length);

static inline uint8_t cvips_luma(unsigned red, unsigned green, unsigned blue) {
    return (uint8_t)((red * 19595u + green * 38470u + blue * 7471u + 0x8000u) >> 16);
}

// One CMYK pixel (0 is no ink) as RGB, without a color profile.
static inline void cvips_cmyk(unsigned c, unsigned m, unsigned y, unsigned k, uint8_t rgb[3]) {
    const unsigned ink[3] = {c, m, y}, white = 255 - k;
    for (int i = 0; i < 3; i++) {
        unsigned product = ink[i] * white + 128;
        rgb[i] = (uint8_t)(white - ((product + (product >> 8)) >> 8));
    }
}

#endif
