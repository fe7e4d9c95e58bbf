// Drawing with Cairo: the library itself, and the calls to fontconfig that Swift cannot make directly.
#ifndef CCAIRO_H
#define CCAIRO_H
#include <cairo.h>
#include <cairo-pdf.h>
#include <cairo-svg.h>

#ifdef __cplusplus
extern "C" {
#endif

// One outline font file (or one face in a collection) that has the letters A to Z.
typedef struct {
    char *file;    // path of the font file
    char *family;  // "DejaVu Sans"
    char *style;   // "Bold Oblique"
    int index;     // number of the face in its file
} ccairo_font;

// Lists the outline fonts of this machine that have the letters A to Z, leaving out symbol and color fonts.
// The caller gives the array back with `ccairo_free_fonts`. Returns NULL and a count of 0 where there are none.
ccairo_font *ccairo_list_fonts(int *count);
void ccairo_free_fonts(ccairo_font *fonts, int count);

// The Cairo face of one font file; to be destroyed with `cairo_font_face_destroy`.
cairo_font_face_t *ccairo_font_face(const char *file, int index);

#ifdef __cplusplus
}
#endif
#endif
