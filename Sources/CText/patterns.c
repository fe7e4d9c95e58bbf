// Regular expressions of ICU over UTF-8.
#include "ctext.h"

#include <unicode/uregex.h>
#include <unicode/utext.h>

#include "internal.h"

struct ctext_pattern {
    URegularExpression *expression;
};

// Some seconds, and the memory for backtracking: a pattern from a file must not hold a program.
enum { time_limit = 20000, stack_limit = 64 << 20 };

ctext_pattern *ctext_pattern_make(const char *source, int32_t length, char **failure) {
    UErrorCode code = U_ZERO_ERROR;
    UText text = UTEXT_INITIALIZER;
    utext_openUTF8(&text, source, length, &code);
    UParseError place;
    URegularExpression *expression = uregex_openUText(&text, 0, &place, &code);
    utext_close(&text);
    if (U_SUCCESS(code)) {
        uregex_setTimeLimit(expression, time_limit, &code);
        uregex_setStackLimit(expression, stack_limit, &code);
    }
    ctext_pattern *pattern = U_SUCCESS(code) ? malloc(sizeof *pattern) : NULL;
    if (!pattern) {
        uregex_close(expression);
        ctext_fail(failure, u_errorName(code));
        return NULL;
    }
    pattern->expression = expression;
    return pattern;
}

void ctext_pattern_free(ctext_pattern *pattern) {
    if (!pattern) return;
    uregex_close(pattern->expression);
    free(pattern);
}

bool ctext_pattern_find(
    const ctext_pattern *pattern, const uint8_t *text, int64_t length, int64_t **places, size_t *count,
    char **failure) {
    UErrorCode code = U_ZERO_ERROR;
    UText source = UTEXT_INITIALIZER;
    utext_openUTF8(&source, length ? (const char *)text : "", length, &code);
    // A search changes its expression.
    URegularExpression *expression = uregex_clone(pattern->expression, &code);
    uregex_setUText(expression, &source, &code);
    int64_t *found = NULL;
    size_t used = 0, room = 0;
    while (U_SUCCESS(code) && uregex_findNext(expression, &code)) {
        if (used == room) {
            room = room ? 2 * room : 64;
            int64_t *more = realloc(found, 2 * room * sizeof *more);
            if (!more) {
                code = U_MEMORY_ALLOCATION_ERROR;
                break;
            }
            found = more;
        }
        found[2 * used] = uregex_start64(expression, 0, &code);
        found[2 * used + 1] = uregex_end64(expression, 0, &code);
        used++;
    }
    uregex_close(expression);
    utext_close(&source);
    if (U_FAILURE(code)) {
        free(found);
        ctext_fail(failure, u_errorName(code));
        return false;
    }
    *places = found;
    *count = used;
    return true;
}
