// Word boundaries as ICU finds them: by rules, and by dictionaries where a language has no spaces.
#include "ctext.h"

#include <unicode/ubrk.h>
#include <unicode/uloc.h>
#include <unicode/utext.h>

#include "internal.h"

struct ctext_words {
    UBreakIterator *iterator;
};

ctext_words *ctext_words_make(const char *locale, char **failure) {
    UErrorCode code = U_ZERO_ERROR;
    UBreakIterator *iterator = ubrk_open(UBRK_WORD, locale, NULL, 0, &code);
    ctext_words *words = U_SUCCESS(code) ? malloc(sizeof *words) : NULL;
    if (!words) {
        if (iterator) ubrk_close(iterator);
        ctext_fail(failure, u_errorName(code));
        return NULL;
    }
    words->iterator = iterator;
    return words;
}

void ctext_words_free(ctext_words *words) {
    if (!words) return;
    ubrk_close(words->iterator);
    free(words);
}

bool ctext_words_find(
    const ctext_words *words, const uint8_t *text, int64_t length, int64_t **ends, int32_t **kinds, size_t *count,
    char **failure) {
    UErrorCode code = U_ZERO_ERROR;
    UText source = UTEXT_INITIALIZER;
    utext_openUTF8(&source, length ? (const char *)text : "", length, &code);
    // A search changes its iterator.
    UBreakIterator *iterator = ubrk_clone(words->iterator, &code);
    if (U_SUCCESS(code)) ubrk_setUText(iterator, &source, &code);
    int64_t *places = NULL;
    int32_t *found = NULL;
    size_t used = 0, room = 0;
    if (U_SUCCESS(code)) {
        ubrk_first(iterator);
        for (int32_t end = ubrk_next(iterator); end != UBRK_DONE; end = ubrk_next(iterator)) {
            if (used == room) {
                room = room ? 2 * room : 64;
                int64_t *more = realloc(places, room * sizeof *more);
                if (more) places = more;
                int32_t *more_kinds = realloc(found, room * sizeof *more_kinds);
                if (more_kinds) found = more_kinds;
                if (!more || !more_kinds) {
                    code = U_MEMORY_ALLOCATION_ERROR;
                    break;
                }
            }
            places[used] = end;
            found[used] = ubrk_getRuleStatus(iterator);
            used++;
        }
    }
    if (iterator) ubrk_close(iterator);
    utext_close(&source);
    if (U_FAILURE(code)) {
        free(places);
        free(found);
        ctext_fail(failure, u_errorName(code));
        return false;
    }
    *ends = places;
    *kinds = found;
    *count = used;
    return true;
}
