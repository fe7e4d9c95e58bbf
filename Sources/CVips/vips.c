// Every format but JPEG and PNG through libvips, and the writing of all formats.
#include "internal.h"
#include "vips_library.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The formats of photographs by their first bytes, and the operation of libvips that loads each. libvips can tell them
// apart too, but lets every loader it has look at the file, those of documents and scripts among them.
typedef struct {
    const char *loader;
    size_t offset, length;
    const char *signature;
} format;

static const format formats[] = {
    {"webpload_source", 8, 4, "WEBP"},
    {"gifload_source", 0, 4, "GIF8"},
    {"tiffload_source", 0, 4, "II*\0"},
    {"tiffload_source", 0, 4, "MM\0*"},
    {"tiffload_source", 0, 4, "II+\0"},
    {"tiffload_source", 0, 4, "MM\0+"},
    {"jxlload_source", 0, 2, "\xff\x0a"},
    {"jxlload_source", 0, 8, "\0\0\0\x0cJXL "},
    {"jp2kload_source", 0, 8, "\0\0\0\x0cjP  "},
    {"jp2kload_source", 0, 4, "\xff\x4f\xff\x51"},
    // Videos (MP4, MOV) begin with "ftyp" as well, and another brand.
    {"heifload_source", 4, 8, "ftypheic"},
    {"heifload_source", 4, 8, "ftypheix"},
    {"heifload_source", 4, 8, "ftypheim"},
    {"heifload_source", 4, 8, "ftypheis"},
    {"heifload_source", 4, 8, "ftyphevc"},
    {"heifload_source", 4, 8, "ftyphevx"},
    {"heifload_source", 4, 8, "ftypmif1"},
    {"heifload_source", 4, 8, "ftypmsf1"},
    {"heifload_source", 4, 8, "ftypmiaf"},
    {"heifload_source", 4, 8, "ftypavif"},
    {"heifload_source", 4, 8, "ftypavis"},
    {"ppmload_source", 0, 2, "P1"},
    {"ppmload_source", 0, 2, "P2"},
    {"ppmload_source", 0, 2, "P3"},
    {"ppmload_source", 0, 2, "P4"},
    {"ppmload_source", 0, 2, "P5"},
    {"ppmload_source", 0, 2, "P6"},
    // Bitmaps of Windows are known to libvips through ImageMagick only, which wants a block of memory.
    {"magickload_buffer", 0, 2, "BM"},
};

const char *cvips_find_loader(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const format *f = &formats[i];
        if (length >= f->offset + f->length && !memcmp(bytes + f->offset, f->signature, f->length)) return f->loader;
    }
    return NULL;
}

static const vips_functions *const vips = &cvips_functions;

int cvips_ensure_started(cvips_failure *failure) {
    const char *problem = cvips_open_library();
    return problem ? cvips_fail(failure, CVIPS_UNSUPPORTED, problem) : 1;
}

void cvips_fail_with_vips_text(cvips_failure *failure, cvips_failure_kind kind, const char *otherwise) {
    char *text = vips->vips_error_buffer_copy();
    if (text) text[strcspn(text, "\n")] = 0;
    cvips_fail(failure, kind, text && *text ? text : otherwise);
    vips->g_free(text);
}

// Whether a file says itself that there should be more of it. Asked only when its decoder has failed.
static int ends_early(const uint8_t *bytes, size_t length) {
    if (length < 16) return 1;
    const uint8_t *end = bytes + length;
    if (!memcmp(bytes, "GIF8", 4)) return end[-1] != 0x3B;
    size_t claimed = 0;
    const uint8_t *field = bytes[0] == 'B' ? bytes + 2 : bytes + 4;
    for (int i = 3; i >= 0; i--) claimed = claimed << 8 | field[i];
    if (!memcmp(bytes, "RIFF", 4)) return claimed + 8 > length;
    if (!memcmp(bytes, "BM", 2)) return claimed > length;
    return 0;
}

int cvips_fail_to_decode(const uint8_t *bytes, size_t length, cvips_failure *failure, const char *otherwise) {
    if (ends_early(bytes, length)) {
        vips->vips_error_clear();
        return cvips_fail(failure, CVIPS_TRUNCATED, "the data end before the picture does");
    }
    cvips_fail_with_vips_text(failure, CVIPS_DAMAGED, otherwise);
    // Numbers of 64 bits, of which libvips reads none in TIFF.
    if (strstr(failure->detail, "samples out of range"))
        cvips_fail(failure, CVIPS_UNSUPPORTED, "its numbers have 64 bits; those of 8 to 32 bits are read");
    return 0;
}

int cvips_has_pages(const char *loader) {
    return !strcmp(loader, "webpload_source") || !strcmp(loader, "gifload_source") || !strcmp(loader, "tiffload_source") ||
        !strcmp(loader, "heifload_source");
}

typedef struct {
    cvips_decoder base;
    const uint8_t *bytes;
    size_t length;
    const char *loader;
    VipsImage *image;
} vips_decoder;

VipsImage *cvips_load(const char *loader, const uint8_t *bytes, size_t length, double scale, int all_pages) {
    VipsImage *image = NULL;
    if (!strcmp(loader, "magickload_buffer"))
        return vips->vips_magickload_buffer((void *)bytes, length, &image, NULL) == 0 ? image : NULL;
    VipsSource *source = vips->vips_source_new_from_memory(bytes, length);
    if (!source) return NULL;
    // The options of all loaders, then those of this one.
    const char *option = NULL;
    int status;
    if (all_pages && cvips_has_pages(loader)) option = "n";
    if (scale < 1)
        status = vips->vips_call(loader, source, &image, "access", vips_access_sequential, "fail_on", vips_fail_on_error,
            "scale", scale, NULL);
    else
        status = vips->vips_call(loader, source, &image, "access", vips_access_sequential, "fail_on", vips_fail_on_error,
            option, -1, NULL);
    vips->g_object_unref(source);
    return status == 0 ? image : NULL;
}

static void take_size(vips_decoder *decoder) {
    decoder->base.width = vips->vips_image_get_width(decoder->image);
    decoder->base.height = vips->vips_image_get_height(decoder->image);
    decoder->base.orientation = vips->vips_image_get_orientation(decoder->image);
}

static int reduce(cvips_decoder *base, int width, int height, cvips_failure *failure) {
    vips_decoder *decoder = (vips_decoder *)base;
    double across = (double)width / base->width, down = (double)height / base->height;
    // Rounded up to an eighth, so that the rounding of the new size never makes it too small.
    double eighths = floor((across > down ? across : down) * 8) + 1;
    if (strcmp(decoder->loader, "webpload_source") || eighths < 1 || eighths >= 8) return 1;
    VipsImage *image = cvips_load(decoder->loader, decoder->bytes, decoder->length, eighths / 8, 0);
    if (!image) return cvips_fail_to_decode(decoder->bytes, decoder->length, failure, "the header cannot be read");
    vips->g_object_unref(decoder->image);
    decoder->image = image;
    take_size(decoder);
    return 1;
}

// Shows all frames, one below the other; their number, or 0.
static int join_frames(cvips_decoder *base, cvips_failure *failure) {
    vips_decoder *decoder = (vips_decoder *)base;
    if (!cvips_has_pages(decoder->loader)) return 1;
    VipsImage *image = cvips_load(decoder->loader, decoder->bytes, decoder->length, 1, 1);
    if (!image) return cvips_fail_to_decode(decoder->bytes, decoder->length, failure, "the frames cannot be read");
    vips->g_object_unref(decoder->image);
    decoder->image = image;
    take_size(decoder);
    int height = vips->vips_image_get_page_height(image);
    return height > 0 ? base->height / height : 1;
}

static void replace(VipsImage **image, VipsImage *result) {
    vips->g_object_unref(*image);
    *image = result;
}

// 8 bits a band, in a color space of which the bands are gray, RGB or CMYK, each perhaps with alpha after it.
static int simplify(VipsImage **image) {
    VipsImage *result = NULL;
    int space = vips->vips_image_get_interpretation(*image);
    switch (space) {
    case vips_space_b_w:
    case vips_space_grey16:
    case vips_space_rgb:
    case vips_space_srgb:
    case vips_space_rgb16:
    case vips_space_cmyk:
    case vips_space_multiband: break;
    default:
        if (!vips->vips_colourspace_issupported(*image)) break;
        if (vips->vips_colourspace(*image, &result, vips_space_srgb, NULL) != 0) return 0;
        replace(image, result);
    }
    int format = vips->vips_image_get_format(*image);
    if (format == vips_format_uchar) return 1;
    // 16 bits keep their upper eight; other formats hold values of 0 to 255 and are cut off there.
    int shift = format == vips_format_ushort;
    if (vips->vips_cast(*image, &result, vips_format_uchar, "shift", shift, NULL) != 0) return 0;
    replace(image, result);
    return 1;
}

static void take_bands(
    const uint8_t *in, size_t pixels, int bands, int is_cmyk, int channels, uint8_t *out) {
    for (size_t i = 0; i < pixels; i++, in += bands) {
        uint8_t rgb[3];
        int colors = is_cmyk ? 4 : bands >= 3 ? 3 : 1;
        if (is_cmyk)
            cvips_cmyk(in[0], in[1], in[2], in[3], rgb);
        else if (bands >= 3)
            memcpy(rgb, in, 3);
        else
            memset(rgb, in[0], 3);
        if (channels >= 3) {
            memcpy(out, rgb, 3);
            out += 3;
        } else {
            *out++ = bands < 3 ? rgb[0] : cvips_luma(rgb[0], rgb[1], rgb[2]);
        }
        if (channels % 2 == 0) *out++ = bands > colors ? in[colors] : 255;
    }
}

static int has_classes_of_16_bits(VipsImage *image) {
    return vips->vips_image_get_format(image) == vips_format_ushort && vips->vips_image_get_bands(image) <= 2;
}

static int read_pixels(cvips_decoder *base, int channels, uint8_t *out, cvips_failure *failure) {
    vips_decoder *decoder = (vips_decoder *)base;
    if (base->as_stored && has_classes_of_16_bits(decoder->image)) {
        uint16_t *levels = vips->vips_image_write_to_memory(decoder->image, NULL);
        if (!levels) return cvips_fail_to_decode(decoder->bytes, decoder->length, failure, "the pixels cannot be decoded");
        size_t bands = (size_t)vips->vips_image_get_bands(decoder->image);
        int done = cvips_classes(levels, (size_t)base->width * (size_t)base->height, bands, out, failure);
        vips->g_free(levels);
        return done;
    }
    if (!simplify(&decoder->image)) {
        cvips_fail_with_vips_text(failure, CVIPS_UNSUPPORTED, "its colors cannot be converted");
        return 0;
    }
    size_t length = 0;
    uint8_t *pixels = vips->vips_image_write_to_memory(decoder->image, &length);
    if (!pixels)
        return cvips_fail_to_decode(decoder->bytes, decoder->length, failure, "the pixels cannot be decoded");
    int bands = vips->vips_image_get_bands(decoder->image);
    int is_cmyk = bands >= 4 && vips->vips_image_get_interpretation(decoder->image) == vips_space_cmyk;
    take_bands(pixels, (size_t)base->width * (size_t)base->height, bands, is_cmyk, channels, out);
    vips->g_free(pixels);
    return 1;
}

static void close_decoder(cvips_decoder *base) {
    vips_decoder *decoder = (vips_decoder *)base;
    if (decoder->image) vips->g_object_unref(decoder->image);
    free(decoder);
}

cvips_decoder *cvips_open_vips(const uint8_t *bytes, size_t length, cvips_failure *failure) {
    const char *loader = cvips_find_loader(bytes, length);
    if (!loader) {
        cvips_fail(failure, CVIPS_NOT_AN_IMAGE, "its first bytes belong to no known image format");
        return NULL;
    }
    if (!cvips_ensure_started(failure)) return NULL;
    vips_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
        return NULL;
    }
    vips->vips_error_clear();
    decoder->image = cvips_load(loader, bytes, length, 1, 0);
    if (!decoder->image) {
        cvips_fail_to_decode(bytes, length, failure, "the header cannot be read");
        free(decoder);
        return NULL;
    }
    decoder->bytes = bytes;
    decoder->length = length;
    decoder->loader = loader;
    take_size(decoder);
    decoder->base.reduce = reduce;
    decoder->base.join_frames = join_frames;
    decoder->base.reads_alpha = 1;
    decoder->base.read = read_pixels;
    decoder->base.close = close_decoder;
    return &decoder->base;
}

void *cvips_encode(
    const uint8_t *bytes, int width, int height, int channels, cvips_format format, int quality, size_t *length,
    cvips_failure *failure) {
    if (!cvips_ensure_started(failure)) return NULL;
    size_t count = (size_t)width * (size_t)height * (size_t)channels;
    VipsImage *raw = vips->vips_image_new_from_memory(bytes, count, width, height, channels, vips_format_uchar);
    VipsImage *image = NULL;
    void *result = NULL;
    int space = channels <= 2 ? vips_space_b_w : vips_space_srgb;
    if (raw && vips->vips_copy(raw, &image, "interpretation", space, NULL) == 0) {
        switch (format) {
        case CVIPS_JPEG: vips->vips_jpegsave_buffer(image, &result, length, "Q", quality, NULL); break;
        case CVIPS_PNG: vips->vips_pngsave_buffer(image, &result, length, NULL); break;
        case CVIPS_WEBP: vips->vips_webpsave_buffer(image, &result, length, "Q", quality, NULL); break;
        }
    }
    if (!result) cvips_fail_with_vips_text(failure, CVIPS_UNSUPPORTED, "the encoder gave no reason");
    if (image) vips->g_object_unref(image);
    if (raw) vips->g_object_unref(raw);
    return result;
}

// GLib's memory is the C library's, whether libvips was opened or not.
void cvips_free(void *bytes) { free(bytes); }
