// The gradients of convolutions: registered as the CPU's `convolution_backward`. The gradient of the weights of pictures'
// convolutions is computed here where a kernel of ours is faster (depthwise.cpp, weight_gradient.cpp), everything in float32
// where half precision has no kernels (half_precision.cpp); LibTorch computes the rest.
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/convolution_backward_compositeexplicitautograd_dispatch.h>
#include <torch/library.h>

#include <array>
#include <optional>
#include <tuple>

namespace {

std::optional<at::Tensor> own_weight_gradient(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, c10::SymIntArrayRef stride,
    c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation, bool transposed, const c10::SymInt &groups) {
    if (input.dim() != 4 || stride.size() != 2 || padding.size() != 2 || dilation.size() != 2) return std::nullopt;
    const ctorch::Window window{
        C10_AS_INTARRAYREF_SLOW(stride), C10_AS_INTARRAYREF_SLOW(padding), C10_AS_INTARRAYREF_SLOW(dilation), transposed,
        groups.expect_int()};
    if (auto result = ctorch::depthwise_weight_gradient(gradient, input, weight, window)) return result;
    return ctorch::weight_gradient(gradient, input, weight, window);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, at::OptionalSymIntArrayRef bias_sizes,
    c10::SymIntArrayRef stride, c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation, bool transposed,
    c10::SymIntArrayRef output_padding, c10::SymInt groups, std::array<bool, 3> mask) {
    const auto dtype = input.scalar_type();
    if (!ctorch::has_cpu_kernels(dtype) && gradient.scalar_type() == dtype && weight.scalar_type() == dtype) {
        auto wide = convolution_backward(
            gradient.to(at::kFloat), input.to(at::kFloat), weight.to(at::kFloat), bias_sizes, stride, padding, dilation,
            transposed, output_padding, groups, mask);
        const auto narrow = [dtype](const at::Tensor &tensor) { return tensor.defined() ? tensor.to(dtype) : tensor; };
        return {narrow(std::get<0>(wide)), narrow(std::get<1>(wide)), narrow(std::get<2>(wide))};
    }
    std::optional<at::Tensor> own;
    if (mask[1]) own = own_weight_gradient(gradient, input, weight, stride, padding, dilation, transposed, groups);
    if (!own) {
        return at::compositeexplicitautograd::convolution_backward_symint(
            gradient, input, weight, bias_sizes, stride, padding, dilation, transposed, output_padding, groups, mask);
    }
    // oneDNN computes the weights' gradient whenever it is asked for the bias's.
    at::Tensor bias, inputs;
    if (mask[2]) bias = gradient.sum({0, 2, 3});
    if (mask[0]) {
        inputs = std::get<0>(at::compositeexplicitautograd::convolution_backward_symint(
            gradient, input, weight, bias_sizes, stride, padding, dilation, transposed, output_padding, groups,
            {true, false, false}));
    }
    return {inputs, *own, bias};
}

} // namespace

TORCH_LIBRARY_IMPL(aten, CPU, library) { library.impl("convolution_backward", TORCH_FN(convolution_backward)); }
