// Losses that LibTorch has only in parts.
#ifndef CTORCH_LOSSES_H
#define CTORCH_LOSSES_H
#include "ctorch_types.h"

CT_BEGIN

// The mean cross-entropy of a linear layer's outputs, [rows, inputs] by [classes, inputs], which never exist all at once:
// `piece` rows are decoded at a time. Products are computed in `dtype`. Where gradients are recorded, those of input,
// weight and bias are computed in the same pass.
ct_tensor ct_linear_cross_entropy(
    ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor targets, int64_t ignored, int64_t piece, int32_t dtype);

CT_END
#endif
