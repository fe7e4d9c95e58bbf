// JPEG through libjpeg-turbo itself: a pipeline of libvips costs more than the decoding of a small photograph.
#include "internal.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

enum { MAX_SCANS = 200 };  // a real progressive file has about ten; thousands are made to keep a decoder busy

typedef struct {
    cvips_decoder base;
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    int ended_early;
    cvips_failure *failure;
} jpeg_decoder;

static void leave_with_error(j_common_ptr info) {
    jpeg_decoder *decoder = (jpeg_decoder *)info->client_data;
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    int code = info->err->msg_code;
    cvips_failure_kind kind = code == JERR_OUT_OF_MEMORY ? CVIPS_NO_MEMORY
        : code == JERR_INPUT_EOF || code == JERR_INPUT_EMPTY ? CVIPS_TRUNCATED
        : decoder->ended_early ? CVIPS_TRUNCATED
                               : CVIPS_DAMAGED;
    cvips_fail(decoder->failure, kind, message);
    longjmp(decoder->leave, 1);
}

// Warnings are small damage that a decoder can live with, except for one: the data end before the picture does.
static void note_message(j_common_ptr info, int level) {
    jpeg_decoder *decoder = (jpeg_decoder *)info->client_data;
    if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) decoder->ended_early = 1;
}

static void say_nothing(j_common_ptr info) { (void)info; }

static void watch_scans(j_common_ptr info) {
    jpeg_decoder *decoder = (jpeg_decoder *)info->client_data;
    if (info->is_decompressor && decoder->info.input_scan_number > MAX_SCANS) {
        cvips_fail(decoder->failure, CVIPS_DAMAGED, "it has more than 200 scans");
        longjmp(decoder->leave, 1);
    }
}

static void set_scale(jpeg_decoder *decoder, int eighths) {
    struct jpeg_decompress_struct *info = &decoder->info;
    info->scale_num = (unsigned)eighths;
    info->scale_denom = 8;
    jpeg_calc_output_dimensions(info);
    decoder->base.width = (int)info->output_width;
    decoder->base.height = (int)info->output_height;
}

static int reduce(cvips_decoder *base, int width, int height, cvips_failure *failure) {
    jpeg_decoder *decoder = (jpeg_decoder *)base;
    decoder->failure = failure;
    if (setjmp(decoder->leave)) return 0;
    // Only these scales have fast transforms.
    for (int eighths = 1; eighths <= 8; eighths *= 2) {
        set_scale(decoder, eighths);
        if (base->width >= width && base->height >= height) break;
    }
    return 1;
}

static int read_pixels(cvips_decoder *base, int channels, uint8_t *out, cvips_failure *failure) {
    jpeg_decoder *decoder = (jpeg_decoder *)base;
    struct jpeg_decompress_struct *info = &decoder->info;
    decoder->failure = failure;
    if (setjmp(decoder->leave)) return 0;
    int is_cmyk = info->num_components == 4;
    info->out_color_space = is_cmyk ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(info);
    size_t width = info->output_width;
    // Owned by libjpeg, which releases it with the decoder also when an error leaves this function.
    JSAMPARRAY inks =
        is_cmyk ? info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, (JDIMENSION)width * 4, 1) : NULL;
    while (info->output_scanline < info->output_height) {
        uint8_t *row = out + info->output_scanline * width * (size_t)channels;
        JSAMPROW rows[4] = {row, row + width * (size_t)channels, row + 2 * width * (size_t)channels,
            row + 3 * width * (size_t)channels};
        unsigned left = info->output_height - info->output_scanline;
        jpeg_read_scanlines(info, is_cmyk ? inks : rows, is_cmyk ? 1 : left < 4 ? left : 4);
        if (decoder->ended_early) return cvips_fail(failure, CVIPS_TRUNCATED, "the data end before the last row");
        if (!is_cmyk) continue;
        for (size_t x = 0; x < width; x++) {
            // Photographs in CMYK are written with inverted inks, a convention of Adobe's that everyone follows.
            const uint8_t *ink = inks[0] + 4 * x;
            uint8_t rgb[3];
            cvips_cmyk(255u - ink[0], 255u - ink[1], 255u - ink[2], 255u - ink[3], rgb);
            if (channels == 3)
                memcpy(row + 3 * x, rgb, 3);
            else
                row[x] = cvips_luma(rgb[0], rgb[1], rgb[2]);
        }
    }
    return 1;
}

static void close_decoder(cvips_decoder *base) {
    jpeg_decoder *decoder = (jpeg_decoder *)base;
    jpeg_destroy_decompress(&decoder->info);
    free(decoder);
}

static int stored_orientation(const struct jpeg_decompress_struct *info) {
    for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next)
        if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && !memcmp(marker->data, "Exif\0", 6))
            return cvips_exif_orientation(marker->data + 6, marker->data_length - 6);
    return 1;
}

static int read_header(jpeg_decoder *decoder, const uint8_t *bytes, size_t length, cvips_failure *failure) {
    struct jpeg_decompress_struct *info = &decoder->info;
    decoder->failure = failure;
    info->err = jpeg_std_error(&decoder->errors);
    decoder->errors.error_exit = leave_with_error;
    decoder->errors.emit_message = note_message;
    decoder->errors.output_message = say_nothing;
    info->client_data = decoder;
    if (setjmp(decoder->leave)) return 0;
    jpeg_create_decompress(info);
    decoder->progress.progress_monitor = watch_scans;
    info->progress = &decoder->progress;
    jpeg_mem_src(info, bytes, (unsigned long)length);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(info, TRUE);
    if (info->num_components == 1 || info->num_components == 3 || info->num_components == 4) return 1;
    char detail[60];
    snprintf(detail, sizeof detail, "a JPEG of %d components", info->num_components);
    return cvips_fail(failure, CVIPS_UNSUPPORTED, detail);
}

cvips_decoder *cvips_open_jpeg(const uint8_t *bytes, size_t length, cvips_failure *failure) {
    jpeg_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        cvips_fail(failure, CVIPS_NO_MEMORY, "out of memory");
        return NULL;
    }
    cvips_decoder *base = &decoder->base;
    if (!read_header(decoder, bytes, length, failure)) {
        close_decoder(base);
        return NULL;
    }
    base->orientation = stored_orientation(&decoder->info);
    base->width = (int)decoder->info.image_width;
    base->height = (int)decoder->info.image_height;
    base->reduce = reduce;
    base->read = read_pixels;
    base->close = close_decoder;
    return base;
}
