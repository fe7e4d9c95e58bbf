// Every format but JPEG through libvips, and the writing of all formats.
#include "internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

// The loaders that may see a user's file: the formats of photographs, and none that runs scripts or follows links.
static const char *const allowed_loaders[] = {"pngload", "webpload", "gifload", "tiffload", "heifload", "jxlload",
    "jp2kload", "ppmload", NULL};

static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static int started;

static void discard_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain, (void)level, (void)message, (void)data;
}

static void start(void) {
    started = vips_init("apus") == 0;
    // The caller brings its own threads, one per picture, and asks for a picture once.
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    // What libvips has to say comes back as a failure.
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, discard_log, NULL);
}

static int ensure_started(cvips_failure *failure) {
    pthread_once(&start_once, start);
    return started ? 1 : cvips_fail(failure, CVIPS_UNSUPPORTED, "libvips could not start");
}

// Takes the text from libvips's error buffer. The buffer is shared by all threads, so the text is a detail only, never
// what decides the kind of failure on its own.
static void fail_with_vips_text(cvips_failure *failure, cvips_failure_kind kind, const char *otherwise) {
    char *text = vips_error_buffer_copy();
    if (text) text[strcspn(text, "\n")] = 0;
    cvips_fail(failure, kind, text && *text ? text : otherwise);
    g_free(text);
}

typedef struct {
    cvips_decoder base;
    const uint8_t *bytes;
    size_t length;
    int can_scale;
    VipsImage *image;
} vips_decoder;

static VipsImage *load(const uint8_t *bytes, size_t length, const char *options, char loader[32]) {
    VipsSource *source = vips_source_new_from_memory(bytes, length);
    if (!source) return NULL;
    const char *found = vips_foreign_find_load_source(source);
    const char *nickname = found ? vips_nickname_find(g_type_from_name(found)) : NULL;
    VipsImage *image = NULL;
    for (int i = 0; nickname && allowed_loaders[i]; i++) {
        if (strncmp(nickname, allowed_loaders[i], strlen(allowed_loaders[i])) != 0) continue;
        snprintf(loader, 32, "%s", nickname);
        image = vips_image_new_from_source(
            source, options, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    }
    g_object_unref(source);
    return image;
}

// Bitmaps of Windows: libvips knows them through ImageMagick only.
static VipsImage *load_bitmap(const uint8_t *bytes, size_t length) {
    VipsImage *image = NULL;
    return vips_magickload_buffer((void *)bytes, length, &image, NULL) == 0 ? image : NULL;
}

static void take_size(vips_decoder *decoder) {
    decoder->base.width = vips_image_get_width(decoder->image);
    decoder->base.height = vips_image_get_height(decoder->image);
    decoder->base.orientation = vips_image_get_orientation(decoder->image);
}

static int reduce(cvips_decoder *base, int width, int height, cvips_failure *failure) {
    vips_decoder *decoder = (vips_decoder *)base;
    double across = (double)width / base->width, down = (double)height / base->height;
    double scale = across > down ? across : down;
    if (!decoder->can_scale || scale >= 1 || scale <= 0) return 1;
    char options[40], loader[32];
    // Rounded up to an eighth, so that the rounding of the new size never makes it too small.
    snprintf(options, sizeof options, "[scale=0.%03d]", ((int)(scale * 8) + 1) * 125);
    if ((int)(scale * 8) + 1 >= 8) return 1;
    VipsImage *image = load(decoder->bytes, decoder->length, options, loader);
    if (!image) {
        fail_with_vips_text(failure, CVIPS_DAMAGED, "the header cannot be read");
        return 0;
    }
    g_object_unref(decoder->image);
    decoder->image = image;
    take_size(decoder);
    return 1;
}

// Replaces *image by the result of an operation that succeeded.
static int replace(VipsImage **image, int status, VipsImage *result) {
    if (status != 0) return 0;
    g_object_unref(*image);
    *image = result;
    return 1;
}

// 8 bits a band, in a colour space of which the bands are grey, RGB or CMYK, each perhaps with alpha after it.
static int simplify(VipsImage **image) {
    VipsImage *result = NULL;
    VipsInterpretation space = vips_image_get_interpretation(*image);
    switch (space) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_CMYK:
    case VIPS_INTERPRETATION_MULTIBAND: break;
    default:
        if (vips_colourspace_issupported(*image) &&
            !replace(image, vips_colourspace(*image, &result, VIPS_INTERPRETATION_sRGB, NULL), result))
            return 0;
    }
    result = NULL;
    VipsBandFormat format = vips_image_get_format(*image);
    if (format == VIPS_FORMAT_UCHAR) return 1;
    // 16 bits keep their upper eight; other formats hold values of 0 to 255 and are cut off there.
    gboolean shift = format == VIPS_FORMAT_USHORT;
    return replace(image, vips_cast(*image, &result, VIPS_FORMAT_UCHAR, "shift", shift, NULL), result);
}

static void take_bands(
    const uint8_t *in, size_t pixels, int bands, int is_cmyk, int channels, uint8_t *out) {
    for (size_t i = 0; i < pixels; i++, in += bands) {
        uint8_t rgb[3];
        if (is_cmyk)
            cvips_cmyk(in[0], in[1], in[2], in[3], rgb);
        else if (bands >= 3)
            memcpy(rgb, in, 3);
        else
            memset(rgb, in[0], 3);
        if (channels == 3) {
            memcpy(out, rgb, 3);
            out += 3;
        } else {
            *out++ = bands < 3 ? rgb[0] : cvips_luma(rgb[0], rgb[1], rgb[2]);
        }
    }
}

static int read_pixels(cvips_decoder *base, int channels, uint8_t *out, cvips_failure *failure) {
    vips_decoder *decoder = (vips_decoder *)base;
    if (!simplify(&decoder->image)) {
        fail_with_vips_text(failure, CVIPS_UNSUPPORTED, "its colours cannot be converted");
        return 0;
    }
    size_t length = 0;
    uint8_t *pixels = vips_image_write_to_memory(decoder->image, &length);
    if (!pixels) {
        fail_with_vips_text(failure, CVIPS_DAMAGED, "the pixels cannot be decoded");
        return 0;
    }
    int bands = vips_image_get_bands(decoder->image);
    int is_cmyk = bands >= 4 && vips_image_get_interpretation(decoder->image) == VIPS_INTERPRETATION_CMYK;
    take_bands(pixels, (size_t)base->width * (size_t)base->height, bands, is_cmyk, channels, out);
    g_free(pixels);
    return 1;
}

static void close_decoder(cvips_decoder *base) {
    vips_decoder *decoder = (vips_decoder *)base;
    if (decoder->image) g_object_unref(decoder->image);
    free(decoder);
}

cvips_decoder *cvips_open_vips(const uint8_t *bytes, size_t length, cvips_failure *failure) {
    if (!ensure_started(failure)) return NULL;
    vips_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
        return NULL;
    }
    char loader[32] = "";
    vips_error_clear();
    int is_bitmap = length >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
    decoder->image = is_bitmap ? load_bitmap(bytes, length) : load(bytes, length, "", loader);
    if (!decoder->image) {
        if (is_bitmap || *loader)
            fail_with_vips_text(failure, CVIPS_DAMAGED, "the header cannot be read");
        else
            cvips_fail(failure, CVIPS_NOT_AN_IMAGE, "its first bytes belong to no known image format");
        free(decoder);
        return NULL;
    }
    decoder->bytes = bytes;
    decoder->length = length;
    decoder->can_scale = strncmp(loader, "webpload", 8) == 0;
    take_size(decoder);
    decoder->base.reduce = reduce;
    decoder->base.read = read_pixels;
    decoder->base.close = close_decoder;
    return &decoder->base;
}

void *cvips_encode(
    const uint8_t *bytes, int width, int height, int channels, cvips_format format, int quality, size_t *length,
    cvips_failure *failure) {
    if (!ensure_started(failure)) return NULL;
    size_t count = (size_t)width * (size_t)height * (size_t)channels;
    VipsImage *raw = vips_image_new_from_memory(bytes, count, width, height, channels, VIPS_FORMAT_UCHAR);
    VipsImage *image = NULL;
    void *result = NULL;
    VipsInterpretation space = channels == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    if (raw && vips_copy(raw, &image, "interpretation", space, NULL) == 0) {
        switch (format) {
        case CVIPS_JPEG: vips_jpegsave_buffer(image, &result, length, "Q", quality, NULL); break;
        case CVIPS_PNG: vips_pngsave_buffer(image, &result, length, NULL); break;
        case CVIPS_WEBP: vips_webpsave_buffer(image, &result, length, "Q", quality, NULL); break;
        }
    }
    if (!result) fail_with_vips_text(failure, CVIPS_UNSUPPORTED, "the encoder gave no reason");
    if (image) g_object_unref(image);
    if (raw) g_object_unref(raw);
    return result;
}

void cvips_free(void *bytes) { g_free(bytes); }
