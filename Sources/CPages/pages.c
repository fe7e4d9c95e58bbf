// Takes the files of Sources/ApusWeb/Pages into the program. A new file gets its bytes here, and its line in the list.
#include "CPages.h"

// The compiler knows #embed in every version of C, and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char shell_html[] = {
#embed "../ApusWeb/Pages/shell.html"
};
static const unsigned char icon_svg[] = {
#embed "../ApusWeb/Pages/icon.svg"
};
static const unsigned char apus_css[] = {
#embed "../ApusWeb/Pages/apus.css"
};
static const unsigned char apus_js[] = {
#embed "../ApusWeb/Pages/apus.js"
};
static const unsigned char label_html[] = {
#embed "../ApusWeb/Pages/label.html"
};
static const unsigned char label_css[] = {
#embed "../ApusWeb/Pages/label.css"
};
static const unsigned char label_js[] = {
#embed "../ApusWeb/Pages/label.js"
};
static const unsigned char map_js[] = {
#embed "../ApusWeb/Pages/map.js"
};
static const unsigned char predict_html[] = {
#embed "../ApusWeb/Pages/predict.html"
};
static const unsigned char predict_css[] = {
#embed "../ApusWeb/Pages/predict.css"
};
static const unsigned char predict_js[] = {
#embed "../ApusWeb/Pages/predict.js"
};
static const unsigned char clean_html[] = {
#embed "../ApusWeb/Pages/clean.html"
};
static const unsigned char clean_css[] = {
#embed "../ApusWeb/Pages/clean.css"
};
static const unsigned char clean_js[] = {
#embed "../ApusWeb/Pages/clean.js"
};
static const unsigned char strings_json[] = {
#embed "../ApusWeb/Pages/strings.json"
};

static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t length;
} files[] = {
    {"shell.html", shell_html, sizeof shell_html},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"apus.css", apus_css, sizeof apus_css},
    {"apus.js", apus_js, sizeof apus_js},
    {"label.html", label_html, sizeof label_html},
    {"label.css", label_css, sizeof label_css},
    {"label.js", label_js, sizeof label_js},
    {"map.js", map_js, sizeof map_js},
    {"predict.html", predict_html, sizeof predict_html},
    {"predict.css", predict_css, sizeof predict_css},
    {"predict.js", predict_js, sizeof predict_js},
    {"clean.html", clean_html, sizeof clean_html},
    {"clean.css", clean_css, sizeof clean_css},
    {"clean.js", clean_js, sizeof clean_js},
    {"strings.json", strings_json, sizeof strings_json},
};

size_t cpages_count(void) { return sizeof files / sizeof files[0]; }

const char *cpages_name(size_t index) { return files[index].name; }

const unsigned char *cpages_bytes(size_t index, size_t *length) {
    *length = files[index].length;
    return files[index].bytes;
}
