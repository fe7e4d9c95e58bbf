// Pictures as the numbers that their files hold, of any depth and any number of channels, through libvips.
#include "internal.h"
#include "vips_library.h"

#include <stdlib.h>
#include <string.h>

static const vips_functions *const vips = &cvips_functions;

static const char *find_any_loader(const uint8_t *bytes, size_t length) {
    if (cvips_is_jpeg(bytes, length)) return "jpegload_source";
    if (cvips_is_png(bytes, length)) return "pngload_source";
    return cvips_find_loader(bytes, length);
}

static void replace(VipsImage **image, VipsImage *result) {
    vips->g_object_unref(*image);
    *image = result;
}

static cvips_depth depth_of(const VipsImage *image) {
    switch (vips->vips_image_get_format(image)) {
    case vips_format_uchar: return CVIPS_DEPTH_8;
    case vips_format_ushort: return CVIPS_DEPTH_16;
    default: return CVIPS_DEPTH_FLOAT;
    }
}

static float *read(
    VipsImage **image, int all_pages, int header_only, int64_t max_numbers, cvips_numbers *numbers, const uint8_t *bytes,
    size_t length, cvips_failure *failure) {
    VipsImage *result = NULL;
    int format = vips->vips_image_get_format(*image);
    if (format == vips_format_complex || format == vips_format_dpcomplex) {
        cvips_fail(failure, CVIPS_UNSUPPORTED, "its numbers are complex");
        return NULL;
    }
    int page_height = vips->vips_image_get_page_height(*image), height = vips->vips_image_get_height(*image);
    numbers->pages = all_pages && page_height > 0 ? height / page_height : 1;
    numbers->channels = vips->vips_image_get_bands(*image);
    numbers->depth = depth_of(*image);
    int width = vips->vips_image_get_width(*image);
    if (!cvips_has_room((int64_t)width * numbers->channels, height, max_numbers, failure)) return NULL;
    // Pages would be turned as one.
    int orientation = numbers->pages == 1 ? vips->vips_image_get_orientation(*image) : 1;
    if (orientation < 1 || orientation > 8) orientation = 1;
    numbers->width = orientation >= 5 ? height : width;
    numbers->height = orientation >= 5 ? width : height;
    if (header_only) return NULL;
    if (vips->vips_cast(*image, &result, vips_format_float, NULL) != 0) {
        cvips_fail_with_vips_text(failure, CVIPS_UNSUPPORTED, "its numbers cannot be converted");
        return NULL;
    }
    replace(image, result);
    float *read = vips->vips_image_write_to_memory(*image, NULL);
    if (!read) cvips_fail_to_decode(bytes, length, failure, "the pixels cannot be decoded");
    if (!read || orientation == 1) return read;
    size_t pixel = (size_t)numbers->channels * sizeof *read;
    float *upright = malloc((size_t)width * (size_t)height * pixel);
    if (upright)
        cvips_turn((const uint8_t *)read, width, height, pixel, orientation, (uint8_t *)upright);
    else
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
    vips->g_free(read);
    return upright;
}

float *cvips_read_numbers(
    const void *bytes, size_t length, int all_pages, int header_only, int64_t max_numbers, cvips_numbers *numbers,
    cvips_failure *failure) {
    memset(numbers, 0, sizeof *numbers);
    if (length == 0) {
        cvips_fail(failure, CVIPS_EMPTY, "there are no bytes");
        return NULL;
    }
    const char *loader = find_any_loader(bytes, length);
    if (!loader) {
        cvips_fail(failure, CVIPS_NOT_AN_IMAGE, "its first bytes belong to no known image format");
        return NULL;
    }
    if (!cvips_ensure_started(failure)) return NULL;
    vips->vips_error_clear();
    VipsImage *image = cvips_load(loader, bytes, length, 1, all_pages);
    if (!image) {
        cvips_fail_to_decode(bytes, length, failure, "the header cannot be read");
        return NULL;
    }
    float *result = read(&image, all_pages, header_only, max_numbers, numbers, bytes, length, failure);
    vips->g_object_unref(image);
    return result;
}

float *cvips_read_numbers_file(
    const char *path, int all_pages, int header_only, int64_t max_numbers, cvips_numbers *numbers, cvips_failure *failure) {
    memset(numbers, 0, sizeof *numbers);
    size_t length = 0;
    uint8_t *bytes = cvips_read_file(path, &length, failure);
    if (!bytes) return NULL;
    float *result = cvips_read_numbers(bytes, length, all_pages, header_only, max_numbers, numbers, failure);
    free(bytes);
    return result;
}

static int color_space(int channels, cvips_depth depth) {
    if (depth == CVIPS_DEPTH_FLOAT || channels > 4) return vips_space_multiband;
    if (channels <= 2) return depth == CVIPS_DEPTH_16 ? vips_space_grey16 : vips_space_b_w;
    return depth == CVIPS_DEPTH_16 ? vips_space_rgb16 : vips_space_srgb;
}

void *cvips_encode_numbers(
    const float *numbers, int width, int height, int channels, cvips_depth depth, int as_tiff, size_t *length,
    cvips_failure *failure) {
    if (!cvips_ensure_started(failure)) return NULL;
    static const int formats[] = {vips_format_uchar, vips_format_ushort, vips_format_float};
    size_t count = (size_t)width * (size_t)height * (size_t)channels * sizeof(float);
    VipsImage *raw = vips->vips_image_new_from_memory(numbers, count, width, height, channels, vips_format_float);
    VipsImage *cast = NULL, *image = NULL;
    void *result = NULL;
    enum { deflate = 2 };
    if (raw && vips->vips_cast(raw, &cast, formats[depth], NULL) == 0 &&
        vips->vips_copy(cast, &image, "interpretation", color_space(channels, depth), NULL) == 0) {
        if (as_tiff)
            vips->vips_tiffsave_buffer(image, &result, length, "compression", deflate, NULL);
        else
            vips->vips_pngsave_buffer(image, &result, length, NULL);
    }
    if (!result) cvips_fail_with_vips_text(failure, CVIPS_UNSUPPORTED, "the encoder gave no reason");
    if (image) vips->g_object_unref(image);
    if (cast) vips->g_object_unref(cast);
    if (raw) vips->g_object_unref(raw);
    return result;
}
