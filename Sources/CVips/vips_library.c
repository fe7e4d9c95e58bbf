// Opens libvips and finds its functions.
#include "vips_library.h"

#include <dlfcn.h>
#include <pthread.h>

#if defined(__APPLE__)
static const char *const places[] = {
    "libvips.42.dylib", "/opt/homebrew/lib/libvips.42.dylib", "/usr/local/lib/libvips.42.dylib"};
#else
static const char *const places[] = {"libvips.so.42"};
#endif

enum { log_warning = 1 << 4, log_info = 1 << 6, log_debug = 1 << 7 };

static pthread_once_t start_once = PTHREAD_ONCE_INIT;
vips_functions cvips_functions;
static const char *problem;

static void discard_log(const char *domain, int level, const char *message, void *data) {
    (void)domain, (void)level, (void)message, (void)data;
}

static void start(void) {
    void *library = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && !library; i++)
        library = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
    problem = library ? NULL : "libvips is not installed; run make setup";
    if (!library) return;
    // GLib's functions are found through libvips, which links it.
#define FIND(result, name, parameters)                       \
    *(void **)&cvips_functions.name = dlsym(library, #name); \
    if (!cvips_functions.name) problem = "libvips lacks " #name;
    VIPS_FUNCTIONS(FIND)
#undef FIND
    if (problem) return;
    if (cvips_functions.vips_init("apus") != 0) {
        problem = "libvips could not start";
        return;
    }
    // The caller brings its own threads, one per picture, and asks for a picture once.
    cvips_functions.vips_concurrency_set(1);
    cvips_functions.vips_cache_set_max(0);
    // What libvips has to say comes back as a failure.
    cvips_functions.g_log_set_handler("VIPS", log_warning | log_info | log_debug, discard_log, NULL);
}

const char *cvips_open_library(void) {
    pthread_once(&start_once, start);
    return problem;
}
