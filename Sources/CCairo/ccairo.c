#include "ccairo.h"

#include <cairo-ft.h>
#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

static char *copied_string(const FcPattern *pattern, const char *key) {
    FcChar8 *value = NULL;
    if (FcPatternGetString(pattern, key, 0, &value) != FcResultMatch || !value) return strdup("");
    return strdup((const char *)value);
}

ccairo_font *ccairo_list_fonts(int *count) {
    *count = 0;
    FcPattern *wanted = FcPatternCreate();
    FcCharSet *capitals = FcCharSetCreate();
    for (FcChar32 letter = 'A'; letter <= 'Z'; letter++) FcCharSetAddChar(capitals, letter);
    FcPatternAddCharSet(wanted, FC_CHARSET, capitals);
    FcPatternAddBool(wanted, FC_OUTLINE, FcTrue);
    FcPatternAddBool(wanted, FC_SCALABLE, FcTrue);
    FcObjectSet *keys =
        FcObjectSetBuild(FC_FILE, FC_INDEX, FC_FAMILY, FC_STYLE, FC_SYMBOL, FC_COLOR, FC_VARIABLE, (char *)NULL);
    FcFontSet *found = FcFontList(NULL, wanted, keys);

    ccairo_font *fonts = NULL;
    if (found && found->nfont > 0) fonts = calloc((size_t)found->nfont, sizeof(ccairo_font));
    for (int i = 0; fonts && i < found->nfont; i++) {
        FcPattern *pattern = found->fonts[i];
        FcBool symbol = FcFalse, color = FcFalse, variable = FcFalse;
        FcPatternGetBool(pattern, FC_SYMBOL, 0, &symbol);
        FcPatternGetBool(pattern, FC_COLOR, 0, &color);
        FcPatternGetBool(pattern, FC_VARIABLE, 0, &variable);
        FcChar8 *file = NULL;
        if (symbol || color || variable || FcPatternGetString(pattern, FC_FILE, 0, &file) != FcResultMatch) continue;
        int index = 0;
        FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
        fonts[*count].file = strdup((const char *)file);
        fonts[*count].family = copied_string(pattern, FC_FAMILY);
        fonts[*count].style = copied_string(pattern, FC_STYLE);
        fonts[*count].index = index;
        *count += 1;
    }
    if (found) FcFontSetDestroy(found);
    FcObjectSetDestroy(keys);
    FcCharSetDestroy(capitals);
    FcPatternDestroy(wanted);
    return fonts;
}

void ccairo_free_fonts(ccairo_font *fonts, int count) {
    for (int i = 0; i < count; i++) {
        free(fonts[i].file);
        free(fonts[i].family);
        free(fonts[i].style);
    }
    free(fonts);
}

cairo_font_face_t *ccairo_font_face(const char *file, int index) {
    FcPattern *pattern = FcPatternCreate();
    FcPatternAddString(pattern, FC_FILE, (const FcChar8 *)file);
    FcPatternAddInteger(pattern, FC_INDEX, index);
    cairo_font_face_t *face = cairo_ft_font_face_create_for_pattern(pattern);
    FcPatternDestroy(pattern);
    return face;
}
