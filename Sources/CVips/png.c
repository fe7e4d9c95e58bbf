// PNG through libpng itself: small pictures, as of digits and letters, cost a libvips pipeline four times as much.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

typedef struct {
    cvips_decoder base;
    png_structp png;
    png_infop info;
    const uint8_t *next, *end;
    int ended_early;
    uint8_t *wide;  // RGB (and alpha) of a picture that is wanted in gray, or levels of 16 bits
    png_bytepp rows;
    cvips_failure *failure;
} png_decoder;

static void leave_with_error(png_structp png, png_const_charp message) {
    png_decoder *decoder = png_get_error_ptr(png);
    if (decoder->ended_early)
        cvips_fail(decoder->failure, CVIPS_TRUNCATED, "the data end before the picture does");
    else
        cvips_fail(decoder->failure, CVIPS_DAMAGED, message);
    png_longjmp(png, 1);
}

static void say_nothing(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void take_bytes(png_structp png, png_bytep out, size_t length) {
    png_decoder *decoder = png_get_io_ptr(png);
    if (length > (size_t)(decoder->end - decoder->next)) {
        decoder->ended_early = 1;
        png_error(png, "the data end");
    }
    memcpy(out, decoder->next, length);
    decoder->next += length;
}

static int read_header(png_decoder *decoder, cvips_failure *failure) {
    decoder->failure = failure;
    decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, leave_with_error, say_nothing);
    if (!decoder->png) return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    if (setjmp(png_jmpbuf(decoder->png))) return 0;
    decoder->info = png_create_info_struct(decoder->png);
    if (!decoder->info) return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    png_set_read_fn(decoder->png, decoder, take_bytes);
    png_read_info(decoder->png, decoder->info);
    return 1;
}

static int read_pixels(cvips_decoder *base, int channels, uint8_t *out, cvips_failure *failure) {
    png_decoder *decoder = (png_decoder *)base;
    png_structp png = decoder->png;
    decoder->failure = failure;
    if (setjmp(png_jmpbuf(png))) return 0;
    int type = png_get_color_type(png, decoder->info);
    int has_colour = (type & PNG_COLOR_MASK_COLOR) && !(base->as_stored && type == PNG_COLOR_TYPE_PALETTE);
    size_t width = (size_t)base->width, height = (size_t)base->height;
    int has_16_bits = base->as_stored && !has_colour && png_get_bit_depth(png, decoder->info) == 16;
    size_t alpha = channels % 2 == 0;
    size_t stride = width * (has_colour ? 3 + alpha : has_16_bits ? 2 : (size_t)channels);
    if (base->as_stored)
        png_set_packing(png);
    else
        png_set_expand(png);
    if (!has_16_bits)
        png_set_strip_16(png);
    else if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        png_set_swap(png);
    if (alpha)
        png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    else
        png_set_strip_alpha(png);
    if (!has_colour && channels >= 3) png_set_gray_to_rgb(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, decoder->info);
    if (png_get_rowbytes(png, decoder->info) != stride)
        return cvips_fail(failure, CVIPS_UNSUPPORTED, "its rows have an unexpected length");
    int to_grey = has_colour && channels <= 2;
    if ((to_grey || has_16_bits) && !(decoder->wide = malloc(stride * height)))
        return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    uint8_t *target = decoder->wide ? decoder->wide : out;
    if (passes == 1) {
        for (size_t y = 0; y < height; y++) png_read_row(png, target + y * stride, NULL);
    } else {
        if (!(decoder->rows = malloc(height * sizeof *decoder->rows)))
            return cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
        for (size_t y = 0; y < height; y++) decoder->rows[y] = target + y * stride;
        png_read_image(png, decoder->rows);
    }
    if (has_16_bits) return cvips_classes((const uint16_t *)decoder->wide, width * height, 1, out, failure);
    if (to_grey)
        for (size_t i = 0; i < width * height; i++) {
            const uint8_t *rgb = decoder->wide + (3 + alpha) * i;
            out[(1 + alpha) * i] = cvips_luma(rgb[0], rgb[1], rgb[2]);
            if (alpha) out[2 * i + 1] = rgb[3];
        }
    return 1;
}

// The format has no reduced scales.
static int reduce(cvips_decoder *base, int width, int height, cvips_failure *failure) {
    (void)base, (void)width, (void)height, (void)failure;
    return 1;
}

static void close_decoder(cvips_decoder *base) {
    png_decoder *decoder = (png_decoder *)base;
    png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
    free(decoder->rows);
    free(decoder->wide);
    free(decoder);
}

cvips_decoder *cvips_open_png(const uint8_t *bytes, size_t length, cvips_failure *failure) {
    png_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
        return NULL;
    }
    cvips_decoder *base = &decoder->base;
    decoder->next = bytes;
    decoder->end = bytes + length;
    if (!read_header(decoder, failure)) {
        close_decoder(base);
        return NULL;
    }
    base->width = (int)png_get_image_width(decoder->png, decoder->info);
    base->height = (int)png_get_image_height(decoder->png, decoder->info);
    base->orientation = 1;
    png_uint_32 exif_length = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(decoder->png, decoder->info, &exif_length, &exif))
        base->orientation = cvips_exif_orientation(exif, exif_length);
    base->reduce = reduce;
    base->reads_alpha = 1;
    base->read = read_pixels;
    base->close = close_decoder;
    return base;
}
