// Gradients that hold some rows only, as those of a sparse embedding do, and steps that touch no other rows.
#ifndef CTORCH_ROWS_H
#define CTORCH_ROWS_H
#include "ctorch_types.h"

CT_BEGIN

// Whether a tensor holds some of its rows only.
bool ct_is_sparse(ct_tensor tensor);
// All of a sparse tensor's rows.
ct_tensor ct_to_dense(ct_tensor tensor);
// A sparse tensor in which no row occurs twice.
ct_tensor ct_coalesce(ct_tensor tensor);
// The rows that a sparse tensor holds, without a copy, and their numbers.
ct_tensor ct_sparse_values(ct_tensor tensor);
ct_tensor ct_sparse_indices(ct_tensor tensor);

// One step of Adam on those rows of a parameter that a sparse gradient holds; all other rows, and what is remembered of
// them, stay as they are. `step` counts the steps of the whole parameter, this one included. `decoupled` says whether the
// weight decay shrinks the rows or is added to their gradients.
bool ct_adam_rows(
    ct_tensor parameter, ct_tensor gradient, ct_tensor mean, ct_tensor square, double learning_rate, double beta1,
    double beta2, double weight_decay, double epsilon, int64_t step, bool decoupled);

CT_END
#endif
