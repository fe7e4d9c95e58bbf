// Matrix products by the kernel of CKernels on AMD's processors with AVX2 alone, on which MKL, the library that LibTorch is
// built with, takes two thirds of the processor's rate. Registered as the CPU's `mm` and `addmm`, which linear layers and
// their gradients are made of; what is small, of another type or has gaps in both directions stays MKL's.
#include "ctorch.h"
#include "ctorch_internal.h"
#include "override.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/addmm_cpu_dispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm_cpu_dispatch.h>

#include <optional>

bool ct_cpu_has_own_products(void) {
#if defined(__x86_64__)
    return ctorch::has_avx2_alone() && __builtin_cpu_is("amd");
#else
    return false;
#endif
}

#if defined(__x86_64__)

namespace {

// Measured on two cores of an AMD EPYC (Zen 3).
bool is_product_faster(int64_t rows, int64_t columns, int64_t depth) {
    return rows >= 16 && columns >= 16 && depth >= 16 && rows * columns * depth >= 1 << 21;
}

bool is_matrix(const at::Tensor &tensor) {
    return tensor.dim() == 2 && tensor.scalar_type() == at::kFloat && tensor.layout() == at::kStrided &&
           (tensor.stride(0) == 1 || tensor.stride(1) == 1);
}

// The product of two matrices, and numbers [columns] added to each of its rows.
std::optional<at::Tensor> product(const at::Tensor &left, const at::Tensor &right, const at::Tensor *bias) {
    if (!is_matrix(left) || !is_matrix(right) || left.size(1) != right.size(0) ||
        !is_product_faster(left.size(0), right.size(1), left.size(1))) {
        return std::nullopt;
    }
    at::Tensor result = at::empty({left.size(0), right.size(1)}, left.options());
    const ck_product product{
        .rows = left.size(0),
        .columns = right.size(1),
        .depth = left.size(1),
        .left = left.const_data_ptr<float>(),
        .left_row_step = left.stride(0),
        .left_depth_step = left.stride(1),
        .right = right.const_data_ptr<float>(),
        .right_depth_step = right.stride(0),
        .right_column_step = right.stride(1),
        .bias = bias ? bias->const_data_ptr<float>() : nullptr,
        .result = result.mutable_data_ptr<float>(),
        .result_step = result.stride(0),
    };
    const ck_host host = ctorch::kernel_host();
    ck_multiply(&product, &host);
    return result;
}

at::Tensor mm(const at::Tensor &left, const at::Tensor &right) {
    if (auto result = product(left, right, nullptr)) return *result;
    return at::cpu::mm(left, right);
}

at::Tensor addmm(
    const at::Tensor &bias, const at::Tensor &left, const at::Tensor &right, const at::Scalar &beta,
    const at::Scalar &alpha) {
    if (bias.dim() == 1 && bias.scalar_type() == at::kFloat && right.dim() == 2 && bias.size(0) == right.size(1) &&
        bias.is_contiguous() && beta.equal(1) && alpha.equal(1)) {
        if (auto result = product(left, right, &bias)) return *result;
    }
    return at::cpu::addmm(bias, left, right, beta, alpha);
}

const ctorch::Override product_override(ct_cpu_has_own_products(), [](torch::Library &library) {
    library.impl("mm", TORCH_FN(mm));
    library.impl("addmm", TORCH_FN(addmm));
});

} // namespace

#endif
