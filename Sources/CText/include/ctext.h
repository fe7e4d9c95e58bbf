// Texts for Swift: word boundaries and patterns of ICU, pieces of SentencePiece.
//
// All texts are UTF-8 with a length, places are in bytes. A message behind `failure`, and an array behind `places`, are the
// caller's to free.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A regular expression. NULL with a message for what is none.
typedef struct ctext_pattern ctext_pattern;
ctext_pattern *ctext_pattern_make(const char *source, int32_t length, char **failure);
void ctext_pattern_free(ctext_pattern *pattern);
// Beginnings and ends of all matches, `count` pairs. Not done, with a message, when the search takes too long. Several
// threads may search at once.
bool ctext_pattern_find(
    const ctext_pattern *pattern, const uint8_t *text, int64_t length, int64_t **places, size_t *count, char **failure);

// The rules by which words end in a language, such as "th". NULL with a message for a locale that is none.
typedef struct ctext_words ctext_words;
ctext_words *ctext_words_make(const char *locale, char **failure);
void ctext_words_free(ctext_words *words);
// Ends of all stretches between boundaries, `count`; each with its kind: 0 for spaces and signs, more for words and numbers.
// Several threads may search at once.
bool ctext_words_find(
    const ctext_words *words, const uint8_t *text, int64_t length, int64_t **ends, int32_t **kinds, size_t *count,
    char **failure);

// A model of SentencePiece.
typedef struct ctext_pieces ctext_pieces;
// From the bytes of a model file.
ctext_pieces *ctext_pieces_make(const uint8_t *model, size_t length, char **failure);
void ctext_pieces_free(ctext_pieces *pieces);
int32_t ctext_pieces_count(const ctext_pieces *pieces);
// The number of the piece that stands for what is unknown; -1 where there is none.
int32_t ctext_pieces_unknown(const ctext_pieces *pieces);
// The number of the piece that texts are filled up with; -1 where there is none.
int32_t ctext_pieces_padding(const ctext_pieces *pieces);
// A piece's text, which lives as long as the model. NULL for a number that is none.
const char *ctext_piece_text(const ctext_pieces *pieces, int32_t piece, size_t *length);
// Whether a piece is no text, such as the beginning of one.
bool ctext_piece_is_control(const ctext_pieces *pieces, int32_t piece);
// The pieces of a text, all texts one behind the other with their ends, and their numbers.
bool ctext_pieces_encode(
    const ctext_pieces *pieces, const char *text, size_t length, char **texts, size_t **ends, int32_t **numbers,
    size_t *count, char **failure);
// The text of pieces, given one behind the other with their ends.
bool ctext_pieces_decode(
    const ctext_pieces *pieces, const char *texts, const size_t *ends, size_t count, char **text, size_t *length,
    char **failure);
// Trains a model: `names` and `values` are settings as the command line of SentencePiece has them, `sentence` gives one line
// after the other until it is NULL.
bool ctext_pieces_train(
    const char *const *names, const char *const *values, size_t settings,
    const char *(*sentence)(void *context, size_t *length), void *context, uint8_t **model, size_t *length,
    char **failure);

#ifdef __cplusplus
}
#endif
