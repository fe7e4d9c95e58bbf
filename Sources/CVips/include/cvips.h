// Decoding, scaling, warping and writing pictures as interleaved 8-bit bytes: JPEG through libjpeg-turbo, PNG through libpng, the
// rest through libvips; and pictures as the numbers that their files hold.
//
// Every function that can fail returns zero or NULL on failure and fills `failure`. All functions may be called from any
// thread; one source belongs to one thread at a time.
#ifndef CVIPS_H
#define CVIPS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CVIPS_UNREADABLE = 1,  // the file cannot be opened or read
    CVIPS_EMPTY,           // there are no bytes at all
    CVIPS_NOT_AN_IMAGE,    // the first bytes belong to no known format
    CVIPS_TRUNCATED,       // the data ends before the picture does
    CVIPS_DAMAGED,         // the data contradict their format
    CVIPS_TOO_LARGE,       // more pixels than the limit
    CVIPS_UNSUPPORTED,     // a known format in a form that is not handled
    CVIPS_NO_MEMORY,
} cvips_failure_kind;

typedef struct {
    cvips_failure_kind kind;
    char detail[240];
} cvips_failure;

typedef enum { CVIPS_ZEROS = 0, CVIPS_BORDER, CVIPS_REFLECTION } cvips_padding;
typedef enum { CVIPS_JPEG = 0, CVIPS_PNG, CVIPS_WEBP } cvips_format;

// A picture whose header has been read.
typedef struct cvips_source cvips_source;

// Opens the picture in a file. `max_pixels` is the largest width times height that is accepted.
cvips_source *cvips_open_file(const char *path, int apply_orientation, int64_t max_pixels, cvips_failure *failure);

// Opens the picture in memory; the bytes must stay in place until the source is closed.
cvips_source *cvips_open_memory(
    const void *bytes, size_t length, int apply_orientation, int64_t max_pixels, cvips_failure *failure);

void cvips_close(cvips_source *source);

// The size of the picture that `cvips_read` gives, orientation and reduction taken into account.
int cvips_width(const cvips_source *source);
int cvips_height(const cvips_source *source);

// Chooses the smallest scale at which the format can decode directly and the picture is still at least this large.
// Formats that cannot decode at reduced scale stay as they are.
int cvips_reduce(cvips_source *source, int width, int height, cvips_failure *failure);

// Shows all frames of an animated picture, or all pages of a file, one below the other; their number, or 0 on failure.
int cvips_join_frames(cvips_source *source, int64_t max_pixels, cvips_failure *failure);

// What to give for `channels` to get one byte for each pixel as it is stored: the palette's index in PNG, else luma.
enum { CVIPS_INDICES = 0 };

// Decodes into `out`, height * width * channels bytes, with channels 1 (luma), 2 (luma and alpha), 3 (RGB), 4 (RGB and
// alpha) or CVIPS_INDICES. Alpha is 255 where the file has none. Once per source.
int cvips_read(cvips_source *source, int channels, uint8_t *out, cvips_failure *failure);

// Which pixels of a picture become a new one: the part `crop` of the source (inside it), surrounded by the margins, of
// which the part `box` (inside the result, in fractions of pixels) is scaled to `scaled` pixels; the part `window` of
// that is computed.
typedef struct {
    int crop_x, crop_y, crop_width, crop_height;
    int left, top, right, bottom;
    cvips_padding padding;
    double box_x, box_y, box_width, box_height;
    int scaled_width, scaled_height;
    int window_x, window_y, window_width, window_height;
    int nearest;  // 0: triangle filter, widened when shrinking; 1: nearest pixel
} cvips_geometry;

// Writes window_height * window_width * channels bytes to `out`; there are 1 to 4 channels, of which the second of 2 and the
// fourth of 4 is alpha, by which the colors are weighted.
int cvips_resample(
    const uint8_t *source, int width, int height, int channels, const cvips_geometry *geometry, uint8_t *out,
    cvips_failure *failure);

// How a picture becomes the numbers that a network reads.
typedef struct {
    // From an output pixel (column, row, 1) to a place in the source (the shrunk one, if it is), as a matrix in rows; the
    // place's first two numbers are divided by the third. Whole numbers are the centers of pixels.
    double map[9];
    cvips_padding padding;
    int nearest;                      // 0: blended from four neighbors; 1: nearest pixel
    int shrunk_width, shrunk_height;  // first averaged down to this size; 0 for as it is
    // A color v of 0 to 1 becomes sigmoid(contrast * logit(v) + brightness); 1 and 0 leave it.
    float contrast, brightness;
    float scale[4], offset[4];  // then v * scale + offset, by channel
    int out_width, out_height;
    // Each pixel comes from a random place at most so many halves of the source's side away, by the seed; 0 for none.
    float jitter;
    uint64_t jitter_seed;
} cvips_warp;

// Writes out_height * out_width * channels numbers to `out`, interleaved; there are 1 to 4 channels.
int cvips_warp_image(
    const uint8_t *source, int width, int height, int channels, const cvips_warp *warp, float *out,
    cvips_failure *failure);

// Encodes a picture into memory that the caller releases with `cvips_free`. `quality` (1 to 100) is for JPEG and WebP.
void *cvips_encode(
    const uint8_t *bytes, int width, int height, int channels, cvips_format format, int quality, size_t *length,
    cvips_failure *failure);

void cvips_free(void *bytes);

// What a file stores for each number of a picture. Everything else is given as 32-bit floating point.
typedef enum { CVIPS_DEPTH_8 = 0, CVIPS_DEPTH_16, CVIPS_DEPTH_FLOAT } cvips_depth;

typedef struct {
    int width, height, channels;  // upright
    int pages;                    // one below the other in `height`
    cvips_depth depth;
} cvips_numbers;

// Reads the picture in memory as the numbers that it holds, height * width * channels of them, interleaved, which the caller
// releases with `cvips_free`; `all_pages` reads all pages of a file. With `header_only` there are no numbers, and NULL is
// returned with a `width` above 0.
float *cvips_read_numbers(
    const void *bytes, size_t length, int all_pages, int header_only, int64_t max_numbers, cvips_numbers *numbers,
    cvips_failure *failure);

// The same from a file.
float *cvips_read_numbers_file(
    const char *path, int all_pages, int header_only, int64_t max_numbers, cvips_numbers *numbers, cvips_failure *failure);

// As `cvips_resample`, for numbers of any channels; alpha is a channel as others.
int cvips_resample_numbers(
    const float *source, int width, int height, int channels, const cvips_geometry *geometry, float *out,
    cvips_failure *failure);

// Encodes numbers as TIFF or (8 and 16 bits, 1 to 4 channels) as PNG. They are cut off at what the depth can hold, and must be
// whole for 8 and 16 bits.
void *cvips_encode_numbers(
    const float *numbers, int width, int height, int channels, cvips_depth depth, int as_tiff, size_t *length,
    cvips_failure *failure);

#ifdef __cplusplus
}
#endif
#endif
