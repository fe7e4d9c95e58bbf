// Subscripts: the mixed indices of one expression, read and written with the rules of PyTorch's own.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/TensorIndexing.h>

using namespace ctorch;

namespace {

using at::indexing::TensorIndex;

c10::SmallVector<TensorIndex, 4> converted(const ct_index *indices, intptr_t count) {
    c10::SmallVector<TensorIndex, 4> out;
    for (intptr_t i = 0; i < count; ++i) {
        const ct_index &index = indices[i];
        switch (index.kind) {
        case CT_INDEX_INTEGER: out.emplace_back(static_cast<int64_t>(index.start)); break;
        case CT_INDEX_RANGE:
            TORCH_CHECK_VALUE(
                index.step > 0, "a range has a step of ", index.step, "; it must be at least 1 (flip reverses a dimension)");
            out.emplace_back(at::indexing::Slice(index.start, index.end, index.step));
            break;
        case CT_INDEX_TENSOR: out.emplace_back(strong(index.tensor)); break;
        case CT_INDEX_NEW_AXIS: out.emplace_back(at::indexing::None); break;
        default: out.emplace_back(at::indexing::Ellipsis); break;
        }
    }
    return out;
}

bool all_defined(const ct_index *indices, intptr_t count) {
    for (intptr_t i = 0; i < count; ++i)
        if (indices[i].kind == CT_INDEX_TENSOR && !indices[i].tensor) return false;
    return true;
}

} // namespace

ct_tensor ct_subscript(ct_tensor tensor, const ct_index *indices, intptr_t count) {
    if (!tensor || !all_defined(indices, count)) {
        record_undefined("subscript");
        return nullptr;
    }
    CT_TRY("subscript", nullptr, CT_INPUTS({one(tensor)}), {
        return release(borrow(tensor)->index(converted(indices, count)));
    })
}

bool ct_set_subscript(ct_tensor tensor, const ct_index *indices, intptr_t count, ct_tensor value) {
    if (!tensor || !value || !all_defined(indices, count)) {
        record_undefined("subscript");
        return false;
    }
    CT_TRY("subscript", false, CT_INPUTS({one(tensor), one(value)}), {
        borrow(tensor)->index_put_(converted(indices, count), *borrow(value));
        return true;
    })
}

bool ct_set_subscript_number(ct_tensor tensor, const ct_index *indices, intptr_t count, ct_scalar value) {
    if (!tensor || !all_defined(indices, count)) {
        record_undefined("subscript");
        return false;
    }
    CT_TRY("subscript", false, CT_INPUTS({one(tensor)}), {
        borrow(tensor)->index_put_(converted(indices, count), scalar(value));
        return true;
    })
}
