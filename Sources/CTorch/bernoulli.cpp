// Masks of dropout. Except on Intel's processors LibTorch draws them one after another on one thread; on AMD's the kernel of
// CKernels draws large ones, on all threads and with the same numbers whatever their count. Small ones stay LibTorch's, so
// that PyTorch's seeds give PyTorch's numbers.
#include "ctorch.h"
#include "ctorch_internal.h"
#include "override.h"

#include <ATen/core/Tensor.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/bernoulli_cpu_dispatch.h>

#include <mutex>
#include <optional>

bool ct_cpu_has_own_masks(void) {
#if defined(__x86_64__)
    return ctorch::has_avx2() && __builtin_cpu_is("amd");
#else
    return false;
#endif
}

namespace {

constexpr int64_t large = 1 << 15;

at::Tensor &bernoulli_(at::Tensor &self, double probability, std::optional<at::Generator> generator) {
    if (self.scalar_type() != at::kFloat || self.numel() < large || !self.is_non_overlapping_and_dense() ||
        !(probability >= 0 && probability <= 1)) {
        return at::cpu::bernoulli_(self, probability, generator);
    }
    auto *source =
        at::get_generator_or_default<at::CPUGeneratorImpl>(generator, at::detail::getDefaultCPUGenerator());
    uint64_t seed;
    {
        std::lock_guard<std::mutex> lock(source->mutex_);
        seed = source->random64();
    }
    const ck_host host = ctorch::kernel_host();
    ck_bernoulli(probability, seed, self.numel(), &host, self.mutable_data_ptr<float>());
    return self;
}

const ctorch::Override mask_override(ct_cpu_has_own_masks(), [](torch::Library &library) {
    library.impl("bernoulli_.float", TORCH_FN(bernoulli_));
});

} // namespace
