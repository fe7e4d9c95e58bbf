// Conversions between the C ABI's types and ATen's, and the barrier that no C++ exception crosses.
#pragma once
// Each file names the operators that it uses: reading all of ATen takes seconds for each file.
#define AT_PER_OPERATOR_HEADERS

#include "ckernels.h"
#include "ctorch_types.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <c10/core/Scalar.h>
#include <c10/util/FunctionRef.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace c10 {
class OperatorHandle;
}

namespace ctorch {

// A tensor borrowed from its handle: no reference is counted.
class Borrowed {
  public:
    explicit Borrowed(ct_tensor handle)
        : tensor_(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(
              handle ? reinterpret_cast<at::TensorImpl *>(handle)
                     : static_cast<at::TensorImpl *>(at::UndefinedTensorImpl::singleton()))) {}
    ~Borrowed() { tensor_.unsafeReleaseTensorImpl(); }
    Borrowed(const Borrowed &) = delete;
    Borrowed &operator=(const Borrowed &) = delete;
    at::Tensor &operator*() { return tensor_; }
    at::Tensor *operator->() { return &tensor_; }

  private:
    at::Tensor tensor_;
};

inline Borrowed borrow(ct_tensor handle) { return Borrowed(handle); }

inline ct_tensor release(at::Tensor tensor) {
    return tensor.defined() ? reinterpret_cast<ct_tensor>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}
inline ct_tensor2 release2(std::tuple<at::Tensor, at::Tensor> t) {
    return {release(std::move(std::get<0>(t))), release(std::move(std::get<1>(t)))};
}
inline ct_tensor3 release3(std::tuple<at::Tensor, at::Tensor, at::Tensor> t) {
    return {release(std::move(std::get<0>(t))), release(std::move(std::get<1>(t))),
            release(std::move(std::get<2>(t)))};
}
inline ct_tensor4 release4(std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> t) {
    return {release(std::move(std::get<0>(t))), release(std::move(std::get<1>(t))),
            release(std::move(std::get<2>(t))), release(std::move(std::get<3>(t)))};
}
ct_tensor_list release_list(std::vector<at::Tensor> tensors);

inline at::Tensor strong(ct_tensor handle) { return handle ? *borrow(handle) : at::Tensor(); }
inline std::optional<at::Tensor> optional_tensor(ct_tensor handle) {
    if (!handle) return std::nullopt;
    return *borrow(handle);
}
std::vector<at::Tensor> tensors(const ct_tensor *handles, intptr_t count);
// Whether the CPU has kernels for convolutions and recurrent nets in a dtype, which add up in float32 at least.
bool has_cpu_kernels(at::ScalarType dtype);
// Whether the processor has AVX2 and FMA, and ONEDNN_MAX_CPU_ISA does not forbid them: the kernels of CKernels can run.
bool has_avx2();
// Whether AVX2's are also the processor's widest instructions, or ONEDNN_MAX_CPU_ISA holds it to them. With AVX-512 LibTorch's
// libraries have kernels as fast as ours.
bool has_avx2_alone();
// Runs parts of 0 to `count - 1` on the threads that this thread's operators have. at::parallel_for runs on one thread alone in
// code that is not compiled for OpenMP; clang's OpenMP would be a second one beside LibTorch's.
void parallel_for(int64_t count, c10::function_ref<void(int64_t begin, int64_t end)> body);
// The threads and the memory that this thread's operators have.
ck_host kernel_host();

// An operator of LibTorch that has no function of C++: nothing where LibTorch was built without oneDNN, or has the operator in another
// form than this.
std::optional<c10::OperatorHandle> operator_of_onednn(const char *schema);

// How a convolution of pictures is made: [vertical, horizontal].
struct Window {
    at::IntArrayRef stride, padding, dilation;
    bool transposed;
    int64_t groups;
};
// The gradient of a convolution's weights by a kernel of ours; nothing where LibTorch's is as fast.
std::optional<at::Tensor> depthwise_weight_gradient(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, const Window &window);
std::optional<at::Tensor> weight_gradient(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, const Window &window);
c10::List<std::optional<at::Tensor>> optional_tensors(const ct_tensor *handles, intptr_t count);

inline at::Scalar scalar(ct_scalar s) {
    switch (s.kind) {
    case 1: return at::Scalar(s.d);
    case 3: return at::Scalar(s.i != 0);
    default: return at::Scalar(s.i);
    }
}
// A number in a tensor's place: it takes part in the choice of the result's dtype by its kind only.
at::Tensor number(ct_scalar s);
inline std::optional<at::Scalar> optional_scalar(ct_scalar s) {
    return s.kind == 0 ? std::nullopt : std::optional<at::Scalar>(scalar(s));
}
inline std::optional<int64_t> optional_int(ct_optional_int v) {
    return v.present ? std::optional<int64_t>(v.value) : std::nullopt;
}
inline std::optional<double> optional_double(ct_optional_double v) {
    return v.present ? std::optional<double>(v.value) : std::nullopt;
}
inline at::IntArrayRef ints(const intptr_t *values, intptr_t count) {
    static_assert(sizeof(intptr_t) == sizeof(int64_t));
    return {reinterpret_cast<const int64_t *>(values), static_cast<size_t>(count)};
}
inline at::OptionalIntArrayRef optional_ints(const intptr_t *values, intptr_t count) {
    return values ? at::OptionalIntArrayRef(ints(values, count)) : at::OptionalIntArrayRef();
}
inline std::optional<bool> optional_bool(int32_t v) {
    return v < 0 ? std::nullopt : std::optional<bool>(v != 0);
}
inline std::optional<at::ScalarType> optional_dtype(int32_t v) {
    return v < 0 ? std::nullopt : std::optional<at::ScalarType>(static_cast<at::ScalarType>(v));
}
inline std::optional<at::MemoryFormat> optional_memory_format(int32_t v) {
    return v < 0 ? std::nullopt : std::optional<at::MemoryFormat>(static_cast<at::MemoryFormat>(v));
}
inline std::optional<at::Device> optional_device(ct_device d) {
    if (d.type < 0) return std::nullopt;
    return at::Device(static_cast<at::DeviceType>(d.type), static_cast<at::DeviceIndex>(d.index));
}
inline std::optional<std::string_view> optional_string(const char *s) {
    return s ? std::optional<std::string_view>(s) : std::nullopt;
}
std::optional<at::Generator> optional_generator(ct_generator generator);

// The tensors that a failed operator was given, for its message.
struct Inputs {
    const ct_tensor *items;
    intptr_t count;
};
inline Inputs list(const ct_tensor *items, intptr_t count) { return {items, count}; }
inline Inputs one(const ct_tensor &handle) { return {&handle, 1}; }

// Keeps the message of the exception in flight for ct_last_error.
void record_exception(const char *operation, std::initializer_list<Inputs> inputs) noexcept;
// Keeps the message that an argument is the result of a failed operator.
void record_undefined(const char *operation) noexcept;

inline bool requires_grad(ct_tensor handle) {
    return handle && reinterpret_cast<at::TensorImpl *>(handle)->requires_grad();
}

// Skips the dispatch to autograd for an operator on tensors of which none is recorded: a tenth of the time of an operator
// on a few elements. Only for operators that neither make views nor write in place, whose bookkeeping is done there too.
class Unrecorded {
  public:
    template <typename... Handles> explicit Unrecorded(Handles... handles) {
        if (!at::GradMode::is_enabled() || !(... || requires_grad(handles)))
            guard_.emplace(c10::autograd_dispatch_keyset_with_ADInplaceOrView);
    }

  private:
    std::optional<c10::impl::ExcludeDispatchKeyGuard> guard_;
};

template <typename... Handles> inline bool all_defined(Handles... handles) { return (... && (handles != nullptr)); }

} // namespace ctorch

#define CT_INPUTS(...) (std::initializer_list<ctorch::Inputs> __VA_ARGS__)
#define CT_REQUIRE(operation, failure, ...)                                                                            \
    if (__builtin_expect(!ctorch::all_defined(__VA_ARGS__), 0)) {                                                      \
        ctorch::record_undefined(operation);                                                                           \
        return failure;                                                                                                \
    }
#define CT_TRY(operation, failure, inputs, ...)                                                                        \
    try                                                                                                                \
        __VA_ARGS__                                                                                                    \
    catch (...) {                                                                                                      \
        ctorch::record_exception(operation, inputs);                                                                   \
        return failure;                                                                                                \
    }
