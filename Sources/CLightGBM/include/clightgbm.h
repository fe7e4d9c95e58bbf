// LightGBM behind plain C functions: the library is loaded when it is first asked for, so that a program that grows no
// trees pays nothing and starts without it.
//
// A function that fails returns a negative number or NULL and leaves a message, to be freed by the caller.
#ifndef CLIGHTGBM_H
#define CLIGHTGBM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Loads the library; does nothing when it is loaded. Not for two threads at once.
int clightgbm_load(const char *path, char **error);

/// A set of rows, float32 `[rows, columns]` row by row, with a label for each.
void *clightgbm_dataset(
    const float *values, int32_t rows, int32_t columns, const char *parameters, void *reference, const float *labels,
    char **error);
void clightgbm_dataset_free(void *dataset);

/// A model without trees, for some rows to learn from; rows to validate on are optional.
void *clightgbm_booster(void *train, void *valid, const char *parameters, char **error);
/// A model out of its text.
void *clightgbm_booster_read(const char *text, int32_t *rounds, char **error);
void clightgbm_booster_free(void *booster);

/// Grows the trees of one round; 1 when there was nothing left to split.
int clightgbm_booster_update(void *booster, char **error);
/// The first metric on the rows to train on (0) or to validate on (1).
int clightgbm_booster_metric(void *booster, int part, double *value, char **error);
/// The outputs for rows, in the units of the objective; `count` is what `outputs` has room for, and must be their number.
int clightgbm_booster_predict(
    void *booster, const float *values, int32_t rows, int32_t columns, int rounds, const char *parameters,
    double *outputs, int64_t count, char **error);
/// One number for each of `count` columns: 0 how often it splits, 1 what its splits gain.
int clightgbm_booster_importance(
    void *booster, int rounds, int kind, double *values, int32_t count, char **error);
/// The model's text, to be freed by the caller.
char *clightgbm_booster_text(void *booster, int rounds, char **error);

#ifdef __cplusplus
}
#endif
#endif
