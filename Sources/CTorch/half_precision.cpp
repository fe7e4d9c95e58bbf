// Half precision where the processor's kernels lack it. Without oneDNN's kernels for bfloat16 or float16 LibTorch computes
// convolutions by loops that also add up in that type, which leaves a gradient two digits or fewer. Here they are computed
// in float32 instead and rounded at the end, as oneDNN does; this is registered as the CPU's `convolution`, and
// depthwise.cpp does the same for the gradients.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/convolution_compositeexplicitautograd_dispatch.h>
#include <torch/library.h>

using namespace ctorch;

namespace {

// What LibTorch itself asks before it calls oneDNN; it heeds ONEDNN_MAX_CPU_ISA.
bool is_supported(const char *question) {
    const auto schema = c10::Dispatcher::singleton().findSchema({question, ""});
    return schema && schema->typed<bool()>().call();
}

at::Tensor convolution(
    const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias, c10::SymIntArrayRef stride,
    c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation, bool transposed, c10::SymIntArrayRef output_padding,
    c10::SymInt groups) {
    const auto dtype = input.scalar_type();
    if (has_cpu_kernels(dtype) || weight.scalar_type() != dtype) {
        return at::compositeexplicitautograd::convolution_symint(
            input, weight, bias, stride, padding, dilation, transposed, output_padding, std::move(groups));
    }
    std::optional<at::Tensor> wide_bias;
    if (bias && bias->defined()) wide_bias = bias->to(at::kFloat);
    return at::compositeexplicitautograd::convolution_symint(
               input.to(at::kFloat), weight.to(at::kFloat), wide_bias, stride, padding, dilation, transposed,
               output_padding, std::move(groups))
        .to(dtype);
}

} // namespace

bool ctorch::has_cpu_kernels(at::ScalarType dtype) {
    if (dtype == at::kBFloat16) {
        static const bool answer = is_supported("mkldnn::_is_mkldnn_bf16_supported");
        return answer;
    }
    if (dtype == at::kHalf) {
        static const bool answer = is_supported("mkldnn::_is_mkldnn_fp16_supported");
        return answer;
    }
    return true;
}

bool ct_cpu_has_kernels(int32_t dtype) { return has_cpu_kernels(static_cast<at::ScalarType>(dtype)); }

TORCH_LIBRARY_IMPL(aten, CPU, library) { library.impl("convolution", TORCH_FN(convolution)); }
