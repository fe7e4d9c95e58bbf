// Handles of tensors, facts about them, and the memory behind them.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstring>
#include <memory>
#include <sstream>

using namespace ctorch;

namespace ctorch {

at::Tensor number(ct_scalar s) { return at::native::wrapped_scalar_tensor(scalar(s)); }

ct_tensor_list release_list(std::vector<at::Tensor> list) {
    auto *items = static_cast<ct_tensor *>(std::malloc(sizeof(ct_tensor) * std::max<size_t>(list.size(), 1)));
    if (!items) throw std::bad_alloc();
    for (size_t i = 0; i < list.size(); ++i) items[i] = release(std::move(list[i]));
    return {items, static_cast<intptr_t>(list.size())};
}

std::vector<at::Tensor> tensors(const ct_tensor *handles, intptr_t count) {
    std::vector<at::Tensor> out;
    out.reserve(count);
    for (intptr_t i = 0; i < count; ++i) out.push_back(strong(handles[i]));
    return out;
}

c10::List<std::optional<at::Tensor>> optional_tensors(const ct_tensor *handles, intptr_t count) {
    c10::List<std::optional<at::Tensor>> out;
    out.reserve(count);
    for (intptr_t i = 0; i < count; ++i) out.push_back(optional_tensor(handles[i]));
    return out;
}

} // namespace ctorch

void ct_release(ct_tensor tensor) {
    if (!tensor) return;
    c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(reinterpret_cast<at::TensorImpl *>(tensor));
}
ct_tensor ct_retain(ct_tensor tensor) { return release(strong(tensor)); }
bool ct_same(ct_tensor a, ct_tensor b) { return a == b; }
int64_t ct_version(ct_tensor tensor) {
    if (!tensor || borrow(tensor)->is_inference()) return -1;
    return static_cast<int64_t>(borrow(tensor)->_version());
}
void ct_free(void *memory) { std::free(memory); }

intptr_t ct_dim(ct_tensor tensor) { return tensor ? borrow(tensor)->dim() : 0; }
intptr_t ct_numel(ct_tensor tensor) { return tensor ? borrow(tensor)->numel() : 0; }
void ct_sizes(ct_tensor tensor, intptr_t *out) {
    auto t = borrow(tensor);
    std::copy(t->sizes().begin(), t->sizes().end(), out);
}
void ct_strides(ct_tensor tensor, intptr_t *out) {
    auto t = borrow(tensor);
    std::copy(t->strides().begin(), t->strides().end(), out);
}
intptr_t ct_size(ct_tensor tensor, intptr_t dim) {
    if (!tensor) return -1;
    auto t = borrow(tensor);
    intptr_t rank = t->dim();
    if (dim < 0) dim += rank;
    return dim < 0 || dim >= rank ? -1 : t->sizes()[dim];
}
int32_t ct_dtype(ct_tensor tensor) { return static_cast<int32_t>(borrow(tensor)->scalar_type()); }
ct_device ct_device_of(ct_tensor tensor) {
    if (!tensor) return {0, -1};
    auto device = borrow(tensor)->device();
    return {static_cast<int32_t>(device.type()), device.index()};
}
intptr_t ct_element_size(ct_tensor tensor) { return borrow(tensor)->element_size(); }
bool ct_is_contiguous(ct_tensor tensor, int32_t memory_format) {
    return borrow(tensor)->is_contiguous(static_cast<at::MemoryFormat>(memory_format));
}
bool ct_is_view(ct_tensor tensor) { return borrow(tensor)->is_view(); }
bool ct_shares_storage(ct_tensor a, ct_tensor b) { return borrow(a)->is_alias_of(*borrow(b)); }
void *ct_data(ct_tensor tensor) {
    if (!tensor) return nullptr;
    CT_TRY("data", nullptr, CT_INPUTS({one(tensor)}), {
        auto t = borrow(tensor);
        return t->device().is_cpu() ? t->data_ptr() : nullptr;
    })
}

ct_tensor ct_from_memory(
    void *memory, const intptr_t *sizes, intptr_t dims, const intptr_t *strides, int32_t dtype,
    void (*release_memory)(void *), void *context) {
    CT_TRY("tensor", nullptr, CT_INPUTS({}), {
        // Goes with the deleter, whether LibTorch has called it or has failed before.
        std::shared_ptr<void> owner(context, [release_memory](void *context) {
            if (release_memory) release_memory(context);
        });
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        auto deleter = [owner](void *) {};
        return strides ? release(at::from_blob(memory, ints(sizes, dims), ints(strides, dims), deleter, options))
                       : release(at::from_blob(memory, ints(sizes, dims), deleter, options));
    })
}

ct_tensor ct_from_bytes(const void *bytes, const intptr_t *sizes, intptr_t dims, int32_t dtype, ct_device device) {
    CT_TRY("tensor", nullptr, CT_INPUTS({}), {
        auto out = at::empty(ints(sizes, dims), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
        if (out.numel() > 0) std::memcpy(out.mutable_data_ptr(), bytes, out.nbytes());
        auto target = optional_device(device);
        return release(target && !target->is_cpu() ? out.to(*target) : out);
    })
}

bool ct_copy_bytes(ct_tensor tensor, void *out) {
    CT_TRY("copy", false, CT_INPUTS({one(tensor)}), {
        auto t = borrow(tensor)->detach().resolve_conj().resolve_neg().to(at::kCPU).contiguous();
        if (t.numel() > 0) std::memcpy(out, t.const_data_ptr(), t.nbytes());
        return true;
    })
}

ct_scalar ct_item(ct_tensor tensor) {
    CT_REQUIRE("item", (ct_scalar{0, 0, 0}), tensor);
    CT_TRY("item", (ct_scalar{0, 0, 0}), CT_INPUTS({one(tensor)}), {
        auto value = borrow(tensor)->item();
        if (value.isBoolean()) return ct_scalar{3, value.toBool() ? 1.0 : 0.0, value.toBool() ? 1 : 0};
        if (value.isIntegral(false)) return ct_scalar{2, value.toDouble(), value.toLong()};
        return ct_scalar{1, value.toDouble(), 0};
    })
}

ct_tensor ct_to(ct_tensor tensor, ct_device device, int32_t dtype, bool non_blocking, bool copy, int32_t memory_format) {
    CT_REQUIRE("to", nullptr, tensor);
    CT_TRY("to", nullptr, CT_INPUTS({one(tensor)}), {
        auto t = borrow(tensor);
        auto options = at::TensorOptions();
        options = options.dtype(optional_dtype(dtype).value_or(t->scalar_type()));
        options = options.device(optional_device(device).value_or(t->device()));
        return release(t->to(options, non_blocking, copy, optional_memory_format(memory_format)));
    })
}

bool ct_set_data(ct_tensor tensor, ct_tensor data) {
    CT_REQUIRE("setData", false, tensor, data);
    CT_TRY("setData", false, CT_INPUTS({one(tensor), one(data)}), {
        borrow(tensor)->set_data(*borrow(data));
        return true;
    })
}

char *ct_describe(ct_tensor tensor) {
    CT_TRY("describe", nullptr, CT_INPUTS({one(tensor)}), {
        std::ostringstream out;
        out << *borrow(tensor);
        return strdup(out.str().c_str());
    })
}
