// A direction of an LSTM layer for prediction whose weights lie as oneDNN's kernels read them. LibTorch turns the weights into that
// order in each call, which for one sentence takes as long as the layer itself.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <ATen/ops/mkldnn_rnn_layer.h>

using namespace ctorch;

namespace {

// LibTorch's number for an LSTM among its recurrent nets.
constexpr int64_t lstm_mode = 2;

// What lays out the weights; absent where LibTorch was built without oneDNN, or has it in another form.
const std::optional<c10::OperatorHandle> &pack_lstm() {
    static const auto found = operator_of_onednn(
        "mkldnn::_reorder_mkldnn_rnn_layer_weight(Tensor weight0, Tensor weight1, int hidden_size, bool reverse, "
        "bool has_biases, bool batch_first, int[]? input_size=None) -> Tensor[] Y");
    return found;
}

} // namespace

bool ct_can_pack_lstm(void) { return pack_lstm().has_value(); }

ct_tensor2 ct_pack_lstm(ct_tensor input_weight, ct_tensor hidden_weight, bool reverse, const intptr_t *input_shape) {
    CT_REQUIRE("lstm", {}, input_weight, hidden_weight);
    CT_TRY("lstm", {}, CT_INPUTS({one(input_weight), one(hidden_weight)}), {
        const at::Tensor input = borrow(input_weight)->contiguous(), hidden = borrow(hidden_weight)->contiguous();
        torch::jit::Stack stack{input, hidden, hidden.size(1), reverse, true, false, ints(input_shape, 3)};
        pack_lstm()->callBoxed(stack);
        const auto packed = stack.at(0).toTensorVector();
        return release2({packed.at(0), packed.at(1)});
    })
}

ct_tensor3 ct_packed_lstm(
    ct_tensor input, ct_tensor input_weight, ct_tensor hidden_weight, ct_tensor input_bias, ct_tensor hidden_bias,
    ct_tensor hidden, ct_tensor cell, bool reverse) {
    CT_REQUIRE("lstm", {}, input, input_weight, hidden_weight, input_bias, hidden_bias, hidden, cell);
    CT_TRY("lstm", {}, CT_INPUTS({one(input)}), {
        const at::Tensor start = borrow(hidden)->contiguous(), memory = borrow(cell)->contiguous();
        auto result = at::mkldnn_rnn_layer(
            borrow(input)->contiguous(), *borrow(input_weight), *borrow(hidden_weight), *borrow(input_bias),
            *borrow(hidden_bias), start, memory, reverse, {}, lstm_mode, start.size(1), 1, true, false, false, false);
        return release3({std::get<0>(result), std::get<1>(result), std::get<2>(result)});
    })
}
