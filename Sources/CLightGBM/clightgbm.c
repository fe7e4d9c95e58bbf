// LightGBM's functions, found in the library by name.
#include "clightgbm.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { type_float32 = 0, row_major = 1, predict_normal = 0 };

static struct {
    const char *(*GetLastError)(void);
    int (*DatasetCreateFromMat)(
        const void *, int, int32_t, int32_t, int, const char *, const void *, void **);
    int (*DatasetSetField)(void *, const char *, const void *, int, int);
    int (*DatasetFree)(void *);
    int (*BoosterCreate)(const void *, const char *, void **);
    int (*BoosterAddValidData)(void *, const void *);
    int (*BoosterLoadModelFromString)(const char *, int *, void **);
    int (*BoosterFree)(void *);
    int (*BoosterUpdateOneIter)(void *, int *);
    int (*BoosterGetEvalCounts)(void *, int *);
    int (*BoosterGetEval)(void *, int, int *, double *);
    int (*BoosterGetNumFeature)(void *, int *);
    int (*BoosterCalcNumPredict)(void *, int, int, int, int, int64_t *);
    int (*BoosterPredictForMat)(
        void *, const void *, int, int32_t, int32_t, int, int, int, int, const char *, int64_t *, double *);
    int (*BoosterFeatureImportance)(void *, int, int, double *);
    int (*BoosterSaveModelToString)(void *, int, int, int, int64_t, int64_t *, char *);
} lightgbm;

static int is_loaded = 0;

static int fail(char **error, const char *message) {
    *error = strdup(message ? message : "unknown reason");
    return -1;
}

static int check(int status, char **error) { return status == 0 ? 0 : fail(error, lightgbm.GetLastError()); }

int clightgbm_load(const char *path, char **error) {
    if (is_loaded) return 0;
    // Its OpenMP is the one that LibTorch has loaded, which has the same name.
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return fail(error, dlerror());
#define FIND(name)                                                            \
    *(void **)&lightgbm.name = dlsym(library, "LGBM_" #name);                 \
    if (!lightgbm.name) {                                                     \
        dlclose(library);                                                     \
        return fail(error, "it has no function LGBM_" #name);                 \
    }
    FIND(GetLastError)
    FIND(DatasetCreateFromMat)
    FIND(DatasetSetField)
    FIND(DatasetFree)
    FIND(BoosterCreate)
    FIND(BoosterAddValidData)
    FIND(BoosterLoadModelFromString)
    FIND(BoosterFree)
    FIND(BoosterUpdateOneIter)
    FIND(BoosterGetEvalCounts)
    FIND(BoosterGetEval)
    FIND(BoosterGetNumFeature)
    FIND(BoosterCalcNumPredict)
    FIND(BoosterPredictForMat)
    FIND(BoosterFeatureImportance)
    FIND(BoosterSaveModelToString)
#undef FIND
    is_loaded = 1;
    return 0;
}

void *clightgbm_dataset(
    const float *values, int32_t rows, int32_t columns, const char *parameters, void *reference, const float *labels,
    char **error) {
    void *dataset = NULL;
    if (check(
            lightgbm.DatasetCreateFromMat(
                values, type_float32, rows, columns, row_major, parameters, reference, &dataset),
            error)) {
        return NULL;
    }
    if (check(lightgbm.DatasetSetField(dataset, "label", labels, rows, type_float32), error)) {
        lightgbm.DatasetFree(dataset);
        return NULL;
    }
    return dataset;
}

void clightgbm_dataset_free(void *dataset) {
    if (dataset) lightgbm.DatasetFree(dataset);
}

void *clightgbm_booster(void *train, void *valid, const char *parameters, char **error) {
    void *booster = NULL;
    if (check(lightgbm.BoosterCreate(train, parameters, &booster), error)) return NULL;
    if (valid && check(lightgbm.BoosterAddValidData(booster, valid), error)) {
        lightgbm.BoosterFree(booster);
        return NULL;
    }
    return booster;
}

void *clightgbm_booster_read(const char *text, int32_t *rounds, char **error) {
    void *booster = NULL;
    int count = 0;
    if (check(lightgbm.BoosterLoadModelFromString(text, &count, &booster), error)) return NULL;
    *rounds = count;
    return booster;
}

void clightgbm_booster_free(void *booster) {
    if (booster) lightgbm.BoosterFree(booster);
}

int clightgbm_booster_update(void *booster, char **error) {
    int is_finished = 0;
    if (check(lightgbm.BoosterUpdateOneIter(booster, &is_finished), error)) return -1;
    return is_finished;
}

int clightgbm_booster_metric(void *booster, int part, double *value, char **error) {
    int count = 0;
    if (check(lightgbm.BoosterGetEvalCounts(booster, &count), error)) return -1;
    if (count < 1) return fail(error, "the model measures nothing");
    double *values = malloc(sizeof(double) * (size_t)count);
    if (!values) return fail(error, "out of memory");
    int status = check(lightgbm.BoosterGetEval(booster, part, &count, values), error);
    if (status == 0) *value = values[0];
    free(values);
    return status;
}

int clightgbm_booster_predict(
    void *booster, const float *values, int32_t rows, int32_t columns, int rounds, const char *parameters,
    double *outputs, int64_t count, char **error) {
    // LightGBM writes as many as the model has, whatever there is room for.
    int64_t needed = 0, written = 0;
    if (check(lightgbm.BoosterCalcNumPredict(booster, rows, predict_normal, 0, rounds, &needed), error)) return -1;
    if (needed != count) return fail(error, "the model gives another number of outputs");
    if (check(
            lightgbm.BoosterPredictForMat(
                booster, values, type_float32, rows, columns, row_major, predict_normal, 0, rounds, parameters,
                &written, outputs),
            error)) {
        return -1;
    }
    return 0;
}

int clightgbm_booster_importance(
    void *booster, int rounds, int kind, double *values, int32_t count, char **error) {
    int columns = 0;
    if (check(lightgbm.BoosterGetNumFeature(booster, &columns), error)) return -1;
    if (columns != count) return fail(error, "the model knows another number of columns");
    return check(lightgbm.BoosterFeatureImportance(booster, rounds, kind, values), error);
}

char *clightgbm_booster_text(void *booster, int rounds, char **error) {
    int64_t needed = 0;
    char none = 0;
    if (check(lightgbm.BoosterSaveModelToString(booster, 0, rounds, 0, 0, &needed, &none), error)) return NULL;
    char *text = malloc((size_t)needed + 1);
    if (!text) {
        fail(error, "out of memory");
        return NULL;
    }
    if (check(lightgbm.BoosterSaveModelToString(booster, 0, rounds, 0, needed, &needed, text), error)) {
        free(text);
        return NULL;
    }
    text[needed] = 0;
    return text;
}
