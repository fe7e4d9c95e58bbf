// Gradients: backward, hooks, and the modes that switch recording and precision for a thread.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <cstring>
#include <memory>
#include <stdexcept>

using namespace ctorch;

namespace {

// The three parts of a failure's message (operation, inputs, reason) as a sentence.
std::string hook_failure(const std::string &message) {
    auto inputs = message.find('\n');
    auto reason = inputs == std::string::npos ? inputs : message.find('\n', inputs + 1);
    if (reason == std::string::npos) return "a gradient hook failed: " + message;
    return "a gradient hook failed: " + message.substr(0, inputs) + "(" +
           message.substr(inputs + 1, reason - inputs - 1) + "): " + message.substr(reason + 1);
}

} // namespace

bool ct_requires_grad(ct_tensor tensor) { return tensor && borrow(tensor)->requires_grad(); }
bool ct_set_requires_grad(ct_tensor tensor, bool requires_grad) {
    CT_REQUIRE("requiresGradient", false, tensor);
    CT_TRY("requiresGradient", false, CT_INPUTS({one(tensor)}), {
        auto t = borrow(tensor);
        if (!t->is_leaf() && !requires_grad)
            TORCH_CHECK(false, "only a leaf can stop requiring its gradient; use detach() for the result of an operator");
        t->set_requires_grad(requires_grad);
        return true;
    })
}
bool ct_is_leaf(ct_tensor tensor) { return !tensor || borrow(tensor)->is_leaf(); }
ct_tensor ct_grad(ct_tensor tensor) {
    if (!tensor) return nullptr;
    return release(borrow(tensor)->grad());
}
bool ct_set_grad(ct_tensor tensor, ct_tensor grad) {
    CT_REQUIRE("grad", false, tensor);
    CT_TRY("grad", false, CT_INPUTS({one(tensor), one(grad)}), {
        auto t = borrow(tensor);
        if (grad) {
            auto g = borrow(grad);
            TORCH_CHECK(
                g->sizes() == t->sizes(), "a gradient of shape ", g->sizes(), " does not fit a tensor of shape ",
                t->sizes());
        }
        t->mutable_grad() = strong(grad);
        return true;
    })
}
ct_tensor ct_detach(ct_tensor tensor) {
    CT_REQUIRE("detach", nullptr, tensor);
    CT_TRY("detach", nullptr, CT_INPUTS({one(tensor)}), { return release(borrow(tensor)->detach()); })
}
bool ct_retain_grad(ct_tensor tensor) {
    CT_REQUIRE("retainGradient", false, tensor);
    CT_TRY("retainGradient", false, CT_INPUTS({one(tensor)}), {
        borrow(tensor)->retain_grad();
        return true;
    })
}
char *ct_grad_node_name(ct_tensor tensor) {
    if (!tensor) return nullptr;
    CT_TRY("gradientFunctionName", nullptr, CT_INPUTS({one(tensor)}), {
        auto node = borrow(tensor)->grad_fn();
        if (!node) return nullptr;
        // Without the namespace that nodes written by hand have in their name.
        auto name = node->name();
        auto colon = name.rfind(':');
        return strdup(name.c_str() + (colon == std::string::npos ? 0 : colon + 1));
    })
}

bool ct_backward(
    const ct_tensor *roots, intptr_t count, const ct_tensor *gradients, bool retain_graph, bool create_graph,
    const ct_tensor *inputs, intptr_t input_count) {
    for (intptr_t i = 0; i < count; ++i) CT_REQUIRE("backward", false, roots[i]);
    CT_TRY("backward", false, CT_INPUTS({list(roots, count)}), {
        std::vector<at::Tensor> seeds;
        if (gradients) seeds = tensors(gradients, count);
        torch::autograd::backward(
            tensors(roots, count), seeds, retain_graph || create_graph, create_graph, tensors(inputs, input_count));
        return true;
    })
}

ct_tensor_list ct_gradients(
    const ct_tensor *outputs, intptr_t count, const ct_tensor *gradients, const ct_tensor *inputs,
    intptr_t input_count, bool retain_graph, bool create_graph, bool allow_unused) {
    for (intptr_t i = 0; i < count; ++i) CT_REQUIRE("gradients", (ct_tensor_list{nullptr, -1}), outputs[i]);
    CT_TRY("gradients", (ct_tensor_list{nullptr, -1}), CT_INPUTS({list(outputs, count)}), {
        std::vector<at::Tensor> seeds;
        if (gradients) seeds = tensors(gradients, count);
        return release_list(torch::autograd::grad(
            tensors(outputs, count), tensors(inputs, input_count), seeds, retain_graph || create_graph, create_graph,
            allow_unused));
    })
}

intptr_t ct_register_hook(
    ct_tensor tensor, ct_tensor (*hook)(void *, ct_tensor), void (*release_context)(void *), void *context) {
    std::shared_ptr<void> owner(context, release_context);
    CT_REQUIRE("registerHook", -1, tensor);
    CT_TRY("registerHook", -1, CT_INPUTS({one(tensor)}), {
        return borrow(tensor)->register_hook([hook, owner](const at::Tensor &gradient) -> at::Tensor {
            // What fails in the hook makes the backward pass fail, on whatever thread that is.
            ct_error_scope_begin();
            ct_tensor replaced = hook(owner.get(), release(gradient));
            at::Tensor replacement;
            if (replaced)
                replacement = at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(
                    reinterpret_cast<at::TensorImpl *>(replaced)));
            if (const char *message = ct_error_scope_end()) throw std::runtime_error(hook_failure(message));
            return replacement;
        });
    })
}
bool ct_remove_hook(ct_tensor tensor, intptr_t number) {
    CT_TRY("removeHook", false, CT_INPUTS({one(tensor)}), {
        borrow(tensor)->remove_hook(static_cast<unsigned>(number));
        return true;
    })
}

bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }
void ct_set_grad_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }
bool ct_inference_mode_enabled(void) { return c10::InferenceMode::is_enabled(); }
void *ct_inference_mode_begin(bool enabled) { return new c10::InferenceMode(enabled); }
void ct_inference_mode_end(void *mode) { delete static_cast<c10::InferenceMode *>(mode); }

bool ct_autocast_enabled(int32_t device_type) {
    return at::autocast::is_autocast_enabled(static_cast<at::DeviceType>(device_type));
}
int32_t ct_autocast_dtype(int32_t device_type) {
    return static_cast<int32_t>(at::autocast::get_autocast_dtype(static_cast<at::DeviceType>(device_type)));
}
void ct_autocast_begin(int32_t device_type, bool enabled, int32_t dtype) {
    auto type = static_cast<at::DeviceType>(device_type);
    at::autocast::set_autocast_enabled(type, enabled);
    at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(dtype));
    at::autocast::increment_nesting();
}
void ct_autocast_end(int32_t device_type, bool enabled, int32_t dtype) {
    auto type = static_cast<at::DeviceType>(device_type);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type, enabled);
    at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(dtype));
}
bool ct_set_detect_anomaly(bool enabled) {
    bool before = torch::autograd::AnomalyMode::is_enabled();
    torch::autograd::AnomalyMode::set_enabled(enabled);
    return before;
}
