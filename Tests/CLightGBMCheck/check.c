// Walks through the C interface of LightGBM by hand, for a run under valgrind; `scripts/check-memory.sh` builds and runs
// it. The argument is LightGBM's library.
#include "clightgbm.h"

#include <math.h>
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

// Whether the last call left a message with this part, which is freed.
static int said(const char *part) {
    int found = message && strstr(message, part) != NULL;
    free(message);
    message = NULL;
    return found;
}

enum { rows = 60, columns = 2, rounds = 4 };
static float values[rows * columns], labels[rows];
static const char *settings = "objective=binary metric=binary_logloss min_data_in_leaf=5 verbosity=-1 num_threads=1";

static void *dataset(void *reference) {
    void *made = clightgbm_dataset(values, rows, columns, settings, reference, labels, &message);
    CHECK(made && !message);
    return made;
}

static void outputs_fit(void *booster) {
    double outputs[rows], alone[rows];
    CHECK(clightgbm_booster_predict(booster, values, rows, columns, rounds, "num_threads=1", outputs, rows, &message) == 0);
    // The labels follow the first column.
    CHECK(outputs[0] < 0.5 && outputs[rows - 1] > 0.5);
    // A buffer for fewer or more outputs is refused before it is written to.
    for (int row = 0; row < rows; ++row) alone[row] = -1;
    for (int count = 0; count < 3; ++count) {
        CHECK(clightgbm_booster_predict(booster, values, 3, columns, rounds, "num_threads=1", alone, count, &message) < 0);
        CHECK(said("another number of outputs") && alone[0] == -1);
    }
    CHECK(clightgbm_booster_predict(booster, values, 3, 1, rounds, "num_threads=1", alone, 3, &message) < 0);
    CHECK(said("number of features"));
}

int main(int count, char **arguments) {
    if (count != 2) return fprintf(stderr, "usage: check lib_lightgbm.so\n"), 64;
    CHECK(clightgbm_load("/nowhere/lib_lightgbm.so", &message) < 0 && said("nowhere"));
    // A library, but another one.
    CHECK(clightgbm_load("libm.so.6", &message) < 0 && said("LGBM_GetLastError"));
    CHECK(clightgbm_load(arguments[1], &message) == 0 && clightgbm_load(arguments[1], &message) == 0);

    for (int row = 0; row < rows; ++row) {
        values[row * columns] = (float)row;
        values[row * columns + 1] = (float)(row * 7 % 11);
        labels[row] = row >= rows / 2;
    }
    void *train = dataset(NULL), *valid = dataset(train);
    CHECK(!clightgbm_dataset(values, rows, columns, "max_bin=1", NULL, labels, &message) && said("max_bin"));
    CHECK(!clightgbm_booster(train, NULL, "objective=none_such", &message) && said("none_such"));
    void *booster = clightgbm_booster(train, valid, settings, &message);
    CHECK(booster);
    for (int round = 0; round < rounds; ++round) CHECK(clightgbm_booster_update(booster, &message) == 0);
    double loss = NAN;
    CHECK(clightgbm_booster_metric(booster, 1, &loss, &message) == 0 && loss > 0 && loss < log(2));
    CHECK(clightgbm_booster_metric(booster, 7, &loss, &message) < 0 && said(""));
    outputs_fit(booster);

    double gains[columns] = {-1, -1};
    CHECK(clightgbm_booster_importance(booster, rounds, 1, gains, columns, &message) == 0);
    CHECK(gains[0] > 0 && gains[0] > gains[1]);
    CHECK(clightgbm_booster_importance(booster, rounds, 1, gains, 1, &message) < 0 && said("another number of columns"));

    char *text = clightgbm_booster_text(booster, rounds, &message);
    CHECK(text && strstr(text, "num_class=1"));
    int32_t read_rounds = 0;
    void *again = clightgbm_booster_read(text, &read_rounds, &message);
    CHECK(again && read_rounds == rounds);
    outputs_fit(again);
    CHECK(!clightgbm_booster_read("no model", &read_rounds, &message) && said(""));
    free(text);
    clightgbm_booster_free(again);
    clightgbm_booster_free(booster);
    clightgbm_dataset_free(valid);
    clightgbm_dataset_free(train);
    clightgbm_booster_free(NULL);
    clightgbm_dataset_free(NULL);
    puts("The C interface of LightGBM keeps its promises.");
    return 0;
}
