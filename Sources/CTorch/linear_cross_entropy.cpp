// The cross-entropy of a linear layer's outputs without these outputs. A language model has a number for each word of its
// vocabulary at each place of a text: with 20,000 words and 64 texts of 72 these are 370 MB, and the loss, its gradient
// and what leads there are as large each. Here some rows are decoded, compared and differentiated at a time, which stays
// in the processor's caches.
#include "ctorch_losses.h"
#include "ctorch_internal.h"

#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <numeric>
#include <vector>

using namespace ctorch;

namespace {

// Rows whose logarithms of probabilities are computed at once: they stay in a core's own cache.
constexpr int64_t rows_at_once = 4;

// Products here are in the dtype that was asked for, whatever autocast says.
class WithoutAutocast {
  public:
    WithoutAutocast() : guard_(c10::autocast_dispatch_keyset) {}

  private:
    c10::impl::ExcludeDispatchKeyGuard guard_;
};

// The losses of some rows of logits; where `differentiates`, the logits become the gradient of the losses' sum.
void compare(
    at::Tensor &logits, const int64_t *targets, int64_t ignored, bool differentiates, double *losses) {
    const int64_t rows = logits.size(0);
    parallel_for((rows + rows_at_once - 1) / rows_at_once, [&](int64_t begin, int64_t end) {
        at::AutoDispatchBelowAutograd guard;
        for (int64_t block = begin; block < end; ++block) {
            const int64_t first = block * rows_at_once, count = std::min(rows_at_once, rows - first);
            at::Tensor part = logits.narrow(0, first, count);
            at::Tensor wide = at::_log_softmax(part.to(at::kFloat), 1, false);
            float *numbers = wide.mutable_data_ptr<float>();
            const int64_t classes = wide.size(1);
            for (int64_t row = 0; row < count; ++row) {
                const int64_t target = targets[first + row];
                losses[first + row] = target == ignored ? 0 : -numbers[row * classes + target];
            }
            if (!differentiates) continue;
            wide.exp_();
            for (int64_t row = 0; row < count; ++row) {
                const int64_t target = targets[first + row];
                float *gradient = numbers + row * classes;
                if (target == ignored) {
                    std::fill(gradient, gradient + classes, 0.0f);
                } else {
                    gradient[target] -= 1;
                }
            }
            part.copy_(wide);
        }
    });
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
  public:
    static at::Tensor forward(
        torch::autograd::AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
        const std::optional<at::Tensor> &bias, const at::Tensor &targets, int64_t ignored, int64_t piece,
        at::ScalarType dtype, bool records) {
        const WithoutAutocast products;
        const bool input_counts = records && input.requires_grad(), weight_counts = records && weight.requires_grad(),
                   bias_counts = records && bias && bias->requires_grad();
        const bool differentiates = input_counts || weight_counts || bias_counts;
        const at::Tensor rows = input.to(dtype), matrix = weight.to(dtype);
        const at::Tensor offset = bias ? bias->to(dtype) : at::Tensor();
        const int64_t count = rows.size(0);
        const int64_t *wanted = targets.const_data_ptr<int64_t>();
        const int64_t counted = std::count_if(wanted, wanted + count, [&](int64_t t) { return t != ignored; });
        const double share = counted > 0 ? 1.0 / counted : 0;
        std::vector<double> losses(count);
        at::Tensor input_gradient, weight_gradient, bias_gradient;
        if (input_counts) input_gradient = at::empty(input.sizes(), input.options());
        if (weight_counts) weight_gradient = at::zeros(weight.sizes(), weight.options());
        if (bias_counts) bias_gradient = at::zeros(bias->sizes(), bias->options());
        for (int64_t first = 0; first < count; first += piece) {
            const int64_t size = std::min(piece, count - first);
            const at::Tensor part = rows.narrow(0, first, size);
            at::Tensor logits = at::linear(part, matrix, bias ? std::optional<at::Tensor>(offset) : std::nullopt);
            compare(logits, wanted + first, ignored, differentiates, losses.data() + first);
            if (input_counts) input_gradient.narrow(0, first, size).copy_(at::mm(logits, matrix));
            if (weight_counts && dtype == weight.scalar_type()) {
                weight_gradient.addmm_(logits.t(), part);
            } else if (weight_counts) {
                weight_gradient.add_(at::mm(logits.t(), part));
            }
            if (bias_counts) bias_gradient.add_(logits.sum(0, false, bias->scalar_type()));
        }
        for (at::Tensor *gradient : {&input_gradient, &weight_gradient, &bias_gradient}) {
            if (gradient->defined()) gradient->mul_(share);
        }
        if (differentiates) context->save_for_backward({input_gradient, weight_gradient, bias_gradient});
        const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
        return at::scalar_tensor(sum * share, input.options().dtype(at::kFloat));
    }

    static torch::autograd::variable_list backward(
        torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
        torch::autograd::variable_list result(8);
        const auto saved = context->get_saved_variables();
        for (size_t place = 0; place < 3; ++place) {
            if (saved[place].defined()) {
                result[place] = saved[place].mul(gradients[0].to(saved[place].scalar_type()));
            }
        }
        return result;
    }
};

} // namespace

ct_tensor ct_linear_cross_entropy(
    ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor targets, int64_t ignored, int64_t piece, int32_t dtype) {
    CT_REQUIRE("linearCrossEntropy", nullptr, input, weight, targets);
    CT_TRY("linearCrossEntropy", nullptr, CT_INPUTS({one(input), one(weight), one(targets)}), {
        return release(LinearCrossEntropy::apply(
            strong(input), strong(weight), optional_tensor(bias), strong(targets), ignored, piece,
            static_cast<at::ScalarType>(dtype), at::GradMode::is_enabled()));
    })
}
