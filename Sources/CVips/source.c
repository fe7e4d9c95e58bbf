// Opening a picture: reads the file, tells the format from the first bytes, turns the pixels upright.
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct cvips_source {
    cvips_decoder *decoder;
    uint8_t *owned;  // the file's bytes, when the source read them itself
    int apply_orientation;
};

int cvips_fail(cvips_failure *failure, cvips_failure_kind kind, const char *detail) {
    failure->kind = kind;
    snprintf(failure->detail, sizeof failure->detail, "%s", detail);
    return 0;
}

uint8_t *cvips_read_file(const char *path, size_t *length, cvips_failure *failure) {
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file) {
        cvips_fail(failure, CVIPS_UNREADABLE, strerror(errno));
        return NULL;
    }
    uint8_t *bytes = NULL;
    if (fstat(fileno(file), &status) != 0) {
        cvips_fail(failure, CVIPS_UNREADABLE, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        cvips_fail(failure, CVIPS_UNREADABLE, "it is a folder");
    } else if (!S_ISREG(status.st_mode)) {
        // Reading a pipe or a device could wait for ever.
        cvips_fail(failure, CVIPS_UNREADABLE, "it is not a regular file");
    } else if (status.st_size == 0) {
        cvips_fail(failure, CVIPS_EMPTY, "the file has no bytes");
    } else if (!(bytes = malloc((size_t)status.st_size))) {
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    } else if (fread(bytes, 1, (size_t)status.st_size, file) != (size_t)status.st_size) {
        cvips_fail(failure, CVIPS_UNREADABLE, errno ? strerror(errno) : "the file became shorter while it was read");
        free(bytes);
        bytes = NULL;
    } else {
        *length = (size_t)status.st_size;
    }
    fclose(file);
    return bytes;
}

int cvips_is_jpeg(const uint8_t *bytes, size_t length) { return length >= 3 && !memcmp(bytes, "\xFF\xD8\xFF", 3); }

int cvips_is_png(const uint8_t *bytes, size_t length) {
    return length >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8);
}

int cvips_has_room(int64_t width, int64_t height, int64_t max_pixels, cvips_failure *failure) {
    if (width * height <= max_pixels) return 1;
    char detail[120];
    snprintf(detail, sizeof detail, "it is %lld x %lld pixels; the limit is %lld pixels", (long long)width,
        (long long)height, (long long)max_pixels);
    return cvips_fail(failure, CVIPS_TOO_LARGE, detail);
}

cvips_source *cvips_open_memory(
    const void *bytes, size_t length, int apply_orientation, int64_t max_pixels, cvips_failure *failure) {
    if (length == 0) {
        cvips_fail(failure, CVIPS_EMPTY, "there are no bytes");
        return NULL;
    }
    cvips_source *source = calloc(1, sizeof *source);
    if (!source) {
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
        return NULL;
    }
    const uint8_t *start = bytes;
    source->apply_orientation = apply_orientation;
    source->decoder = cvips_is_jpeg(start, length) ? cvips_open_jpeg(start, length, failure)
        : cvips_is_png(start, length)              ? cvips_open_png(start, length, failure)
                                                   : cvips_open_vips(start, length, failure);
    if (!source->decoder) {
        free(source);
        return NULL;
    }
    if (!cvips_has_room(source->decoder->width, source->decoder->height, max_pixels, failure)) {
        cvips_close(source);
        return NULL;
    }
    return source;
}

cvips_source *cvips_open_file(const char *path, int apply_orientation, int64_t max_pixels, cvips_failure *failure) {
    size_t length = 0;
    errno = 0;
    uint8_t *bytes = cvips_read_file(path, &length, failure);
    if (!bytes) return NULL;
    cvips_source *source = cvips_open_memory(bytes, length, apply_orientation, max_pixels, failure);
    if (source)
        source->owned = bytes;
    else
        free(bytes);
    return source;
}

void cvips_close(cvips_source *source) {
    if (!source) return;
    source->decoder->close(source->decoder);
    free(source->owned);
    free(source);
}

static int orientation(const cvips_source *source) {
    int value = source->apply_orientation ? source->decoder->orientation : 1;
    return value >= 1 && value <= 8 ? value : 1;
}

int cvips_width(const cvips_source *source) {
    return orientation(source) >= 5 ? source->decoder->height : source->decoder->width;
}

int cvips_height(const cvips_source *source) {
    return orientation(source) >= 5 ? source->decoder->width : source->decoder->height;
}

int cvips_join_frames(cvips_source *source, int64_t max_pixels, cvips_failure *failure) {
    cvips_decoder *decoder = source->decoder;
    int count = decoder->join_frames ? decoder->join_frames(decoder, failure) : 1;
    if (count && !cvips_has_room(decoder->width, decoder->height, max_pixels, failure)) return 0;
    // Turned as one they would lie side by side.
    if (count > 1) source->apply_orientation = 0;
    return count;
}

int cvips_reduce(cvips_source *source, int width, int height, cvips_failure *failure) {
    int lying = orientation(source) >= 5;
    return source->decoder->reduce(source->decoder, lying ? height : width, lying ? width : height, failure);
}

// Copies stored pixels, of `pixel` bytes each, to their upright place. The steps are where the neighbor to the right of, and below, a stored
// pixel lies in the upright picture.
void cvips_turn(
    const uint8_t *stored, int width, int height, size_t pixel, int orientation, uint8_t *out) {
    ptrdiff_t w = width, h = height, first, right, below;
    switch (orientation) {
    case 2: first = w - 1, right = -1, below = w; break;
    case 3: first = w * h - 1, right = -1, below = -w; break;
    case 4: first = w * (h - 1), right = 1, below = -w; break;
    case 5: first = 0, right = h, below = 1; break;
    case 6: first = h - 1, right = h, below = -1; break;
    case 7: first = w * h - 1, right = -h, below = -1; break;
    default: first = h * (w - 1), right = -h, below = 1; break;  // 8
    }
    for (ptrdiff_t y = 0; y < h; y++) {
        ptrdiff_t place = first + y * below;
        for (ptrdiff_t x = 0; x < w; x++, place += right)
            for (size_t c = 0; c < pixel; c++) out[(size_t)place * pixel + c] = *stored++;
    }
}

// Reads pixels as they are stored, with an alpha of 255 where the decoder has none.
static int read_stored(cvips_decoder *decoder, int channels, uint8_t *out, cvips_failure *failure) {
    int adds_alpha = channels % 2 == 0 && !decoder->reads_alpha;
    if (!decoder->read(decoder, adds_alpha ? channels - 1 : channels, out, failure)) return 0;
    if (!adds_alpha) return 1;
    // From the end, since the pixels grow in their place.
    size_t colors = (size_t)channels - 1;
    for (size_t i = (size_t)decoder->width * (size_t)decoder->height; i-- > 0;) {
        memmove(out + i * (size_t)channels, out + i * colors, colors);
        out[i * (size_t)channels + colors] = 255;
    }
    return 1;
}

int cvips_read(cvips_source *source, int channels, uint8_t *out, cvips_failure *failure) {
    cvips_decoder *decoder = source->decoder;
    int turned = orientation(source);
    decoder->as_stored = channels == CVIPS_INDICES;
    if (decoder->as_stored) channels = 1;
    if (turned == 1) return read_stored(decoder, channels, out, failure);
    uint8_t *stored = malloc((size_t)decoder->width * (size_t)decoder->height * (size_t)channels);
    if (!stored) return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    int done = read_stored(decoder, channels, stored, failure);
    if (done) cvips_turn(stored, decoder->width, decoder->height, (size_t)channels, turned, out);
    free(stored);
    return done;
}

int cvips_classes(const uint16_t *levels, size_t pixels, size_t step, uint8_t *out, cvips_failure *failure) {
    int are_small = 1, are_spread = 1;
    for (size_t i = 0; i < pixels; i++) {
        uint16_t level = levels[i * step];
        are_small &= level < 256;
        are_spread &= level >> 8 == (level & 255);
        out[i] = (uint8_t)(level & 255);
    }
    if (are_small || are_spread) return 1;
    return cvips_fail(failure, CVIPS_UNSUPPORTED, "its classes are numbers of 16 bits, some of them above 255");
}

static unsigned number(const uint8_t *at, int bytes, int little) {
    unsigned value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[little ? bytes - 1 - i : i];
    return value;
}

int cvips_exif_orientation(const uint8_t *tiff, size_t length) {
    if (length < 8) return 1;
    int little = tiff[0] == 'I' && tiff[1] == 'I';
    if (!little && !(tiff[0] == 'M' && tiff[1] == 'M')) return 1;
    size_t directory = number(tiff + 4, 4, little);
    if (directory > length - 2) return 1;
    size_t entries = number(tiff + directory, 2, little);
    for (size_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + 12 * i;
        if (entry + 12 > length) return 1;
        if (number(tiff + entry, 2, little) == 0x0112 && number(tiff + entry + 2, 2, little) == 3) {
            unsigned value = number(tiff + entry + 8, 2, little);
            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
    return 1;
}
