// Steps on single rows of large parameters. A dense step of Adam on the vectors of a million users takes a tenth of a
// second; the rows that one batch concerns are moved in the time that it takes to fetch them from memory.
#include "ctorch_rows.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

using namespace ctorch;

namespace {

// What one step of Adam multiplies by.
struct AdamStep {
    double beta1, beta2, epsilon, weight_decay;
    double rate;        // the learning rate over the first correction
    double correction;  // the root of the second correction
    double kept;        // what decoupled weight decay leaves of a weight
};

bool is_plain(const at::Tensor &tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

// One pass over the rows in float32 on the CPU: each is read, moved and written once.
void adam_rows_in_place(
    at::Tensor &parameter, const at::Tensor &indices, const at::Tensor &values, at::Tensor &mean, at::Tensor &square,
    const AdamStep &step) {
    const int64_t count = indices.numel(), width = parameter.numel() / std::max<int64_t>(parameter.size(0), 1);
    const int64_t *index = indices.const_data_ptr<int64_t>();
    const float *gradients = values.const_data_ptr<float>();
    float *weights = parameter.mutable_data_ptr<float>(), *means = mean.mutable_data_ptr<float>(),
          *squares = square.mutable_data_ptr<float>();
    // Sorted by row and then by place, so that the sums of rows that occur twice have one order.
    std::vector<std::pair<int64_t, int64_t>> order(count);
    for (int64_t i = 0; i < count; ++i) order[i] = {index[i], i};
    std::sort(order.begin(), order.end());
    std::vector<float> sum(width);
    const float beta1 = step.beta1, beta2 = step.beta2, rest1 = 1 - step.beta1, rest2 = 1 - step.beta2;
    const float rate = step.rate, divisor = 1 / step.correction, epsilon = step.epsilon, kept = step.kept,
                penalty = step.weight_decay;
    for (int64_t first = 0; first < count;) {
        const int64_t row = order[first].first;
        int64_t last = first + 1;
        while (last < count && order[last].first == row) ++last;
        if (last < count) {
            // The next row's memory is on its way while this one is computed.
            const int64_t next = order[last].first * width;
            for (int64_t k = 0; k < width; k += 16) {
                __builtin_prefetch(weights + next + k, 1);
                __builtin_prefetch(means + next + k, 1);
                __builtin_prefetch(squares + next + k, 1);
            }
        }
        const float *gradient = gradients + order[first].second * width;
        if (last - first > 1) {
            std::copy(gradient, gradient + width, sum.begin());
            for (int64_t i = first + 1; i < last; ++i) {
                const float *other = gradients + order[i].second * width;
                for (int64_t k = 0; k < width; ++k) sum[k] += other[k];
            }
            gradient = sum.data();
        }
        float *__restrict w = weights + row * width, *__restrict m = means + row * width,
                          *__restrict v = squares + row * width;
        const float *__restrict row_gradient = gradient;
        for (int64_t k = 0; k < width; ++k) {
            const float g = row_gradient[k] + penalty * w[k];
            m[k] = beta1 * m[k] + rest1 * g;
            v[k] = beta2 * v[k] + rest2 * g * g;
            // Unlike std::sqrt it never sets errno, so that the loop is vectorized.
            w[k] = kept * w[k] - rate * m[k] / (__builtin_elementwise_sqrt(v[k]) * divisor + epsilon);
        }
        first = last;
    }
    for (at::Tensor *tensor : {&parameter, &mean, &square}) tensor->unsafeGetTensorImpl()->bump_version();
}

// The same by operators, for other devices and dtypes.
void adam_rows_by_operators(
    at::Tensor &parameter, const at::Tensor &gradient, at::Tensor &mean, at::Tensor &square, const AdamStep &step) {
    at::Tensor joined = gradient.coalesce();
    at::Tensor index = joined.indices().select(0, 0), g = joined.values();
    at::Tensor w = parameter.index_select(0, index);
    if (step.weight_decay != 0) g = g.add(w, step.weight_decay);
    at::Tensor m = mean.index_select(0, index).mul_(step.beta1).add_(g, 1 - step.beta1);
    at::Tensor v = square.index_select(0, index).mul_(step.beta2).addcmul_(g, g, 1 - step.beta2);
    w.mul_(step.kept).addcdiv_(m, v.sqrt().div_(step.correction).add_(step.epsilon), -step.rate);
    parameter.index_copy_(0, index, w);
    mean.index_copy_(0, index, m);
    square.index_copy_(0, index, v);
}

} // namespace

bool ct_is_sparse(ct_tensor tensor) { return tensor && borrow(tensor)->is_sparse(); }

ct_tensor ct_to_dense(ct_tensor tensor) {
    CT_REQUIRE("toDense", nullptr, tensor);
    CT_TRY("toDense", nullptr, CT_INPUTS({one(tensor)}), { return release(borrow(tensor)->to_dense()); })
}

ct_tensor ct_coalesce(ct_tensor tensor) {
    CT_REQUIRE("coalesce", nullptr, tensor);
    CT_TRY("coalesce", nullptr, CT_INPUTS({one(tensor)}), { return release(borrow(tensor)->coalesce()); })
}

ct_tensor ct_sparse_values(ct_tensor tensor) {
    CT_REQUIRE("sparseValues", nullptr, tensor);
    CT_TRY("sparseValues", nullptr, CT_INPUTS({one(tensor)}), { return release(borrow(tensor)->_values()); })
}

ct_tensor ct_sparse_indices(ct_tensor tensor) {
    CT_REQUIRE("sparseIndices", nullptr, tensor);
    CT_TRY("sparseIndices", nullptr, CT_INPUTS({one(tensor)}), {
        return release(borrow(tensor)->_indices().select(0, 0));
    })
}

bool ct_adam_rows(
    ct_tensor parameter, ct_tensor gradient, ct_tensor mean, ct_tensor square, double learning_rate, double beta1,
    double beta2, double weight_decay, double epsilon, int64_t step, bool decoupled) {
    CT_REQUIRE("adamRows", false, parameter, gradient, mean, square);
    CT_TRY("adamRows", false, CT_INPUTS({one(parameter), one(gradient), one(mean), one(square)}), {
        auto p = borrow(parameter);
        auto g = borrow(gradient);
        auto m = borrow(mean);
        auto v = borrow(square);
        TORCH_CHECK(g->is_sparse() && g->sparse_dim() == 1, "a gradient of rows is expected");
        TORCH_CHECK(
            g->sizes() == p->sizes() && m->sizes() == p->sizes() && v->sizes() == p->sizes(),
            "gradient and averages must have the parameter's shape");
        AdamStep factors;
        factors.beta1 = beta1;
        factors.beta2 = beta2;
        factors.epsilon = epsilon;
        factors.weight_decay = decoupled ? 0 : weight_decay;
        factors.rate = learning_rate / (1 - std::pow(beta1, step));
        factors.correction = std::sqrt(1 - std::pow(beta2, step));
        factors.kept = decoupled ? 1 - learning_rate * weight_decay : 1;
        if (is_plain(*p) && is_plain(*m) && is_plain(*v) && g->scalar_type() == at::kFloat) {
            adam_rows_in_place(
                *p, g->_indices().select(0, 0).contiguous(), g->_values().contiguous(), *m, *v, factors);
        } else {
            adam_rows_by_operators(*p, *g, *m, *v, factors);
        }
        return true;
    })
}
