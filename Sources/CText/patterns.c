// Regular expressions of ICU over UTF-8.
#include "ctext.h"

#include <unicode/uregex.h>
#include <unicode/utext.h>

#include "internal.h"

struct ctext_pattern {
    URegularExpression *expression;
};

// A pattern from a file must not hold a program: some ten thousand steps of ICU's matcher are a unit, and a byte may take a
// thousand steps beyond the first twenty million. The stack is the memory for backtracking, in bytes.
enum { first_units = 2000, bytes_of_unit = 10, stack_limit = 64 << 20 };

ctext_pattern *ctext_pattern_make(const char *source, int32_t length, char **failure) {
    UErrorCode code = U_ZERO_ERROR;
    UText text = UTEXT_INITIALIZER;
    utext_openUTF8(&text, source, length, &code);
    UParseError place;
    URegularExpression *expression = uregex_openUText(&text, 0, &place, &code);
    utext_close(&text);
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
    // A search changes its expression. A copy has no limits yet.
    URegularExpression *expression = uregex_clone(pattern->expression, &code);
    const int64_t units = first_units + length / bytes_of_unit;
    uregex_setTimeLimit(expression, units < INT32_MAX ? (int32_t)units : INT32_MAX, &code);
    uregex_setStackLimit(expression, stack_limit, &code);
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
