// Walks through the C interface of texts by hand, for a run under valgrind; `scripts/check-memory.sh` builds and runs it.
#include "ctext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *message = NULL;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "check.c:%d: %s does not hold; last error: %s\n", __LINE__, #condition,                    \
                    message ? message : "none");                                                                       \
            exit(2);                                                                                                   \
        }                                                                                                              \
    } while (0)

// Whether the last call left a message, which is freed.
static int said(void) {
    int found = message && message[0];
    free(message);
    message = NULL;
    return found;
}

static void patterns(void) {
    CHECK(!ctext_pattern_make("(((", 3, &message) && said());
    ctext_pattern *pattern = ctext_pattern_make("\\p{L}+", 6, &message);
    CHECK(pattern);
    const char *text = "a \xC3\xA9t\xC3\xA9, \xF0\x9F\x98\x80x";
    int64_t *places = NULL;
    size_t count = 0;
    CHECK(ctext_pattern_find(pattern, (const uint8_t *)text, (int64_t)strlen(text), &places, &count, &message));
    CHECK(count == 3 && places[0] == 0 && places[1] == 1 && places[2] == 2 && places[3] == 7);
    CHECK(places[4] == 13 && places[5] == 14);
    free(places);
    places = NULL;
    CHECK(ctext_pattern_find(pattern, NULL, 0, &places, &count, &message) && count == 0);
    free(places);
    ctext_pattern_free(pattern);
    pattern = ctext_pattern_make("(a+)+$", 6, &message);
    CHECK(pattern);
    const char *slow = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
    CHECK(!ctext_pattern_find(pattern, (const uint8_t *)slow, (int64_t)strlen(slow), &places, &count, &message) && said());
    ctext_pattern_free(pattern);
    ctext_pattern_free(NULL);
}

static void words(void) {
    ctext_words *words = ctext_words_make("th", &message);
    CHECK(words);
    const char *text = "\xE0\xB8\xA0\xE0\xB8\xB2\xE0\xB8\xA9\xE0\xB8\xB2\xE0\xB9\x84\xE0\xB8\x97\xE0\xB8\xA2 ok";
    int64_t *ends = NULL;
    int32_t *kinds = NULL;
    size_t count = 0;
    CHECK(ctext_words_find(words, (const uint8_t *)text, (int64_t)strlen(text), &ends, &kinds, &count, &message));
    CHECK(count == 4 && ends[0] == 12 && ends[1] == 21 && kinds[2] == 0 && kinds[3] > 0);
    free(ends);
    free(kinds);
    ends = NULL;
    kinds = NULL;
    CHECK(ctext_words_find(words, NULL, 0, &ends, &kinds, &count, &message) && count == 0);
    free(ends);
    free(kinds);
    ctext_words_free(words);
    ctext_words_free(NULL);
}

static int line = 0;

static const char *next_sentence(void *context, size_t *length) {
    const char *const *lines = context;
    if (!lines[line]) return NULL;
    *length = strlen(lines[line]);
    return lines[line++];
}

static void pieces(void) {
    CHECK(!ctext_pieces_make((const uint8_t *)"no model", 8, &message) && said());
    const char *names[] = {"vocab_size", "minloglevel", "hard_vocab_limit"};
    const char *values[] = {"2", "3", "false"};
    const char *lines[] = {"the cat sat on the mat", "the dog sat on the log", "a cat and a dog", NULL};
    uint8_t *model = NULL;
    size_t length = 0;
    CHECK(!ctext_pieces_train(names, values, 3, next_sentence, lines, &model, &length, &message) && said());
    values[0] = "30";
    line = 0;
    CHECK(ctext_pieces_train(names, values, 3, next_sentence, lines, &model, &length, &message));
    ctext_pieces *pieces = ctext_pieces_make(model, length, &message);
    free(model);
    CHECK(pieces && ctext_pieces_count(pieces) > 3 && ctext_pieces_unknown(pieces) == 0);
    CHECK(ctext_pieces_padding(pieces) == -1 && ctext_piece_is_control(pieces, 1) && !ctext_piece_is_control(pieces, -1));
    CHECK(!ctext_piece_text(pieces, 1000, &length) && ctext_piece_text(pieces, 0, &length) && length == 5);
    char *texts = NULL, *whole = NULL;
    size_t *ends = NULL, count = 0;
    int32_t *numbers = NULL;
    const char *text = "the cat\xFF \xF0\x9F\x98\x80";
    CHECK(ctext_pieces_encode(pieces, text, strlen(text), &texts, &ends, &numbers, &count, &message) && count > 2);
    CHECK(ctext_pieces_decode(pieces, texts, ends, count, &whole, &length, &message));
    CHECK(length >= 7 && memcmp(whole, "the cat", 7) == 0);
    free(texts);
    free(ends);
    free(numbers);
    free(whole);
    CHECK(ctext_pieces_encode(pieces, NULL, 0, &texts, &ends, &numbers, &count, &message) && count == 0);
    CHECK(ctext_pieces_decode(pieces, texts, ends, 0, &whole, &length, &message) && length == 0);
    free(texts);
    free(ends);
    free(numbers);
    free(whole);
    ctext_pieces_free(pieces);
    ctext_pieces_free(NULL);
}

int main(void) {
    patterns();
    words();
    pieces();
    return 0;
}
