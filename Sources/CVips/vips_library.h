// libvips, opened when a picture first needs it: it brings sixty libraries along, which would make each start of a program
// longer that reads photographs as JPEG.
#ifndef CVIPS_VIPS_LIBRARY_H
#define CVIPS_VIPS_LIBRARY_H

#include "internal.h"

typedef struct VipsImage VipsImage;
typedef struct VipsSource VipsSource;

// Values of libvips's enumerations, which are part of its binary interface (version 42).
enum {
    vips_format_uchar = 0,
    vips_format_ushort = 2,
    vips_format_float = 6,
    vips_format_complex = 7,
    vips_format_double = 8,
    vips_format_dpcomplex = 9,
};
enum {
    vips_space_multiband = 0,
    vips_space_b_w = 1,
    vips_space_cmyk = 15,
    vips_space_rgb = 17,
    vips_space_srgb = 22,
    vips_space_rgb16 = 25,
    vips_space_grey16 = 26,
};
enum { vips_access_sequential = 1, vips_fail_on_error = 2 };

// The functions that are used, with GLib's among them: result, name, parameters.
#define VIPS_FUNCTIONS(F)                                                                                    \
    F(int, vips_init, (const char *program))                                                                 \
    F(void, vips_concurrency_set, (int threads))                                                             \
    F(void, vips_cache_set_max, (int operations))                                                            \
    F(char *, vips_error_buffer_copy, (void))                                                                \
    F(void, vips_error_clear, (void))                                                                        \
    F(VipsSource *, vips_source_new_from_memory, (const void *bytes, size_t length))                         \
    F(int, vips_call, (const char *operation, ...))                                                          \
    F(int, vips_magickload_buffer, (void *bytes, size_t length, VipsImage **out, ...))                       \
    F(int, vips_image_get_width, (const VipsImage *image))                                                   \
    F(int, vips_image_get_height, (const VipsImage *image))                                                  \
    F(int, vips_image_get_bands, (const VipsImage *image))                                                   \
    F(int, vips_image_get_format, (const VipsImage *image))                                                  \
    F(int, vips_image_get_interpretation, (const VipsImage *image))                                          \
    F(int, vips_image_get_orientation, (VipsImage *image))                                                   \
    F(int, vips_image_get_page_height, (VipsImage *image))                                                   \
    F(int, vips_colourspace_issupported, (const VipsImage *image))                                           \
    F(int, vips_colourspace, (VipsImage *in, VipsImage **out, int space, ...))                               \
    F(int, vips_cast, (VipsImage *in, VipsImage **out, int format, ...))                                     \
    F(int, vips_copy, (VipsImage *in, VipsImage **out, ...))                                                 \
    F(VipsImage *, vips_image_new_from_memory,                                                               \
      (const void *bytes, size_t length, int width, int height, int bands, int format))                      \
    F(void *, vips_image_write_to_memory, (VipsImage *image, size_t *length))                                \
    F(int, vips_jpegsave_buffer, (VipsImage *image, void **bytes, size_t *length, ...))                      \
    F(int, vips_pngsave_buffer, (VipsImage *image, void **bytes, size_t *length, ...))                       \
    F(int, vips_webpsave_buffer, (VipsImage *image, void **bytes, size_t *length, ...))                      \
    F(int, vips_tiffsave_buffer, (VipsImage *image, void **bytes, size_t *length, ...))                      \
    F(void, g_object_unref, (void *object))                                                                  \
    F(void, g_free, (void *memory))                                                                          \
    F(unsigned, g_log_set_handler,                                                                           \
      (const char *domain, int levels, void (*handler)(const char *, int, const char *, void *), void *data))

#define VIPS_MEMBER(result, name, parameters) result(*name) parameters;
typedef struct {
    VIPS_FUNCTIONS(VIPS_MEMBER)
} vips_functions;
#undef VIPS_MEMBER

// The functions, once the library is open.
extern vips_functions cvips_functions;

// Opens the library, once; NULL, or what is wrong.
const char *cvips_open_library(void);

// The same as a failure.
int cvips_ensure_started(cvips_failure *failure);

// The operation that loads a file with these first bytes, or NULL; JPEG and PNG are told apart before.
const char *cvips_find_loader(const uint8_t *bytes, size_t length);

// Whether the format may hold several pictures.
int cvips_has_pages(const char *loader);

// Reads the header. `scale` is for WebP; all pages lie one below the other.
VipsImage *cvips_load(const char *loader, const uint8_t *bytes, size_t length, double scale, int all_pages);

// Takes the text from libvips's error buffer. The buffer is shared by all threads, so the text is a detail only, never
// what decides the kind of failure on its own.
void cvips_fail_with_vips_text(cvips_failure *failure, cvips_failure_kind kind, const char *otherwise);

// Fails for data that end early, or are damaged.
int cvips_fail_to_decode(const uint8_t *bytes, size_t length, cvips_failure *failure, const char *otherwise);

#endif
