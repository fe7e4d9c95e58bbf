// Convolutions for prediction whose weights lie as oneDNN's kernels read them. LibTorch turns a convolution's weights into that
// order in each call, which for one picture and a layer of 512 channels takes longer than the convolution.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <ATen/ops/mkldnn_reorder_conv2d_weight.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>

using namespace ctorch;

std::optional<c10::OperatorHandle> ctorch::operator_of_onednn(const char *schema) {
    const auto wanted = torch::jit::parseSchema(schema);
    const auto found = c10::Dispatcher::singleton().findSchema(wanted.operator_name());
    if (!at::hasMKLDNN() || !found || found->schema() != wanted) return std::nullopt;
    return found;
}

namespace {

// LibTorch's convolution that takes such weights; absent where LibTorch was built without oneDNN, or has it in another form.
const std::optional<c10::OperatorHandle> &packed_convolution() {
    static const auto found = operator_of_onednn(
        "mkldnn::_convolution_pointwise(Tensor X, Tensor W, Tensor? B, int[] padding, int[] stride, int[] dilation, "
        "int groups, str attr, Scalar?[] scalars, str? algorithm) -> Tensor Y");
    return found;
}

} // namespace

bool ct_can_pack_convolutions(int32_t dtype) {
    const auto type = static_cast<at::ScalarType>(dtype);
    const bool is_known = type == at::kFloat || type == at::kBFloat16 || type == at::kHalf;
    return is_known && has_cpu_kernels(type) && packed_convolution().has_value();
}

ct_tensor ct_pack_convolution(
    ct_tensor weight, const intptr_t *stride, const intptr_t *padding, const intptr_t *dilation, intptr_t groups,
    const intptr_t *input_shape) {
    CT_REQUIRE("InferencePlan", nullptr, weight);
    CT_TRY("InferencePlan", nullptr, CT_INPUTS({one(weight)}), {
        const at::Tensor contiguous = borrow(weight)->contiguous();
        return release(at::mkldnn_reorder_conv2d_weight(
            contiguous.to_mkldnn(), ints(padding, 2), ints(stride, 2), ints(dilation, 2), groups,
            at::OptionalIntArrayRef(ints(input_shape, 4))));
    })
}

ct_tensor ct_packed_convolution(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, const intptr_t *padding,
    const intptr_t *dilation, intptr_t groups) {
    CT_REQUIRE("conv2d", nullptr, input, weight);
    CT_TRY("conv2d", nullptr, CT_INPUTS({one(input)}), {
        torch::jit::Stack stack{
            strong(input), strong(weight), optional_tensor(bias), ints(padding, 2), ints(stride, 2), ints(dilation, 2),
            static_cast<int64_t>(groups), "none", c10::List<std::optional<at::Scalar>>(), ""};
        packed_convolution()->callBoxed(stack);
        return release(stack.at(0).toTensor());
    })
}
