// Random number generators, devices and threads.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DeviceGuard.h>
#include <torch/version.h>

#include <cstdlib>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include <strings.h>

#if defined(__linux__)
#include <dlfcn.h>
#include <unistd.h>
#endif
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

using namespace ctorch;

namespace {

at::Generator &unwrap(ct_generator generator) { return *reinterpret_cast<at::Generator *>(generator); }

at::Generator chosen(ct_generator generator, ct_device device) {
    if (generator) return unwrap(generator);
    return at::globalContext().defaultGenerator(optional_device(device).value_or(at::Device(at::kCPU)));
}

} // namespace

namespace ctorch {
std::optional<at::Generator> optional_generator(ct_generator generator) {
    return generator ? std::optional<at::Generator>(unwrap(generator)) : std::nullopt;
}
} // namespace ctorch

bool ct_manual_seed(uint64_t seed) {
    CT_TRY("manualSeed", false, CT_INPUTS({}), {
        at::manual_seed(seed);
        return true;
    })
}

ct_generator ct_generator_new(ct_device device, uint64_t seed) {
    CT_TRY("Generator", nullptr, CT_INPUTS({}), {
        auto target = optional_device(device).value_or(at::Device(at::kCPU));
        auto generator = target.is_cpu() ? at::detail::createCPUGenerator(seed)
                                         : at::globalContext().defaultGenerator(target).clone();
        if (!target.is_cpu()) generator.set_current_seed(seed);
        return reinterpret_cast<ct_generator>(new at::Generator(std::move(generator)));
    })
}
void ct_generator_free(ct_generator generator) { delete reinterpret_cast<at::Generator *>(generator); }
bool ct_generator_set_seed(ct_generator generator, uint64_t seed) {
    CT_TRY("Generator.seed", false, CT_INPUTS({}), {
        auto &g = unwrap(generator);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_current_seed(seed);
        return true;
    })
}
uint64_t ct_generator_seed(ct_generator generator) {
    auto &g = unwrap(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    return g.current_seed();
}
ct_tensor ct_generator_state(ct_generator generator, ct_device device) {
    CT_TRY("Generator.state", nullptr, CT_INPUTS({}), {
        auto g = chosen(generator, device);
        std::lock_guard<std::mutex> lock(g.mutex());
        return release(g.get_state());
    })
}
bool ct_generator_set_state(ct_generator generator, ct_device device, ct_tensor state) {
    CT_REQUIRE("Generator.state", false, state);
    CT_TRY("Generator.state", false, CT_INPUTS({one(state)}), {
        auto g = chosen(generator, device);
        std::lock_guard<std::mutex> lock(g.mutex());
        g.set_state(*borrow(state));
        return true;
    })
}

const char *ct_torch_version(void) { return TORCH_VERSION; }
bool ct_cuda_available(void) { return at::hasCUDA() && ct_cuda_count() > 0; }
intptr_t ct_cuda_count(void) {
    if (!at::hasCUDA()) return 0;
    CT_TRY("cuda", 0, CT_INPUTS({}), { return at::detail::getCUDAHooks().deviceCount(); })
}
bool ct_cuda_has_bfloat16(int32_t index) {
    if (index < 0 || index >= ct_cuda_count()) return false;
    CT_TRY("cuda", false, CT_INPUTS({}), {
        // LibTorch's own test for the current device: a compute capability of 8.0 or more.
        c10::DeviceGuard guard(at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)));
        return at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
    })
}
namespace {
const char *instruction_limit() {
    const char *limit = std::getenv("ONEDNN_MAX_CPU_ISA");
    return limit ? limit : std::getenv("DNNL_MAX_CPU_ISA");
}
} // namespace
bool ctorch::has_avx2() {
    static const bool answer = [] {
        const char *limit = instruction_limit();
        return ck_is_supported() && !(limit && (!strcasecmp(limit, "SSE41") || !strcasecmp(limit, "AVX")));
    }();
    return answer;
}
bool ctorch::has_avx2_alone() {
#if defined(__x86_64__)
    static const bool answer = [] {
        const char *limit = instruction_limit();
        return has_avx2() && ((limit && !strncasecmp(limit, "AVX2", 4)) || !__builtin_cpu_supports("avx512f"));
    }();
    return answer;
#else
    return false;
#endif
}
// LibTorch itself is compiled for OpenMP, and its iterator over a tensor takes a loop of ours: the tensor is a byte for each
// task.
void ctorch::parallel_for(int64_t count, c10::function_ref<void(int64_t begin, int64_t end)> body) {
    if (count <= 0) return;
    if (count == 1 || at::get_num_threads() == 1) return body(0, count);
    const at::Tensor tasks = at::empty({count}, at::kByte);
    const char *start = static_cast<const char *>(tasks.const_data_ptr());
    auto iterator = at::TensorIterator::borrowing_nullary_op(tasks);
    iterator.for_each(
        [&](char **data, const int64_t *, int64_t size, int64_t rows) {
            const int64_t begin = *data - start;
            body(begin, begin + size * rows);
        },
        1);
}
int32_t ct_threads_of_tasks(int32_t count) {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    parallel_for(count, [&](int64_t, int64_t) {
        std::lock_guard<std::mutex> lock(mutex);
        threads.insert(std::this_thread::get_id());
    });
    return static_cast<int32_t>(threads.size());
}
ck_host ctorch::kernel_host() {
    return {
        .threads = at::get_num_threads(),
        .run =
            [](int64_t count, ck_task task, const void *context) {
                parallel_for(count, [&](int64_t begin, int64_t end) {
                    for (; begin < end; ++begin) task(begin, context);
                });
            },
        .allocate = [](int64_t count) {
            return static_cast<float *>(c10::GetCPUAllocator()->raw_allocate(count * sizeof(float)));
        },
        .release = [](float *numbers) { c10::GetCPUAllocator()->raw_deallocate(numbers); },
    };
}
bool ct_cpu_has_avx2_alone(void) { return has_avx2_alone(); }
bool ct_mps_available(void) { return at::hasMPS(); }
bool ct_cpu_has_bfloat16(void) {
    if (!has_cpu_kernels(at::kBFloat16)) return false;
#if defined(__x86_64__)
    // Held to these instructions oneDNN still has kernels for bfloat16, but they only emulate the product.
    const char *limit = std::getenv("ONEDNN_MAX_CPU_ISA");
    if (!limit) limit = std::getenv("DNNL_MAX_CPU_ISA");
    if (limit && (!strcasecmp(limit, "AVX512_CORE") || !strcasecmp(limit, "AVX512_CORE_VNNI"))) return false;
    return __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__) && defined(__linux__)
    return (getauxval(AT_HWCAP2) & (1UL << 14)) != 0;
#else
    return false;
#endif
}
int32_t ct_num_threads(void) { return at::get_num_threads(); }
void ct_set_num_threads(int32_t count) {
    // A thread that LibTorch has not seen yet takes over the number that any thread set last, in its first operator, also
    // where it has set its own before. Asking brings that forward.
    at::get_num_threads();
    at::set_num_threads(count);
}

// GNU OpenMP spins for milliseconds at the end of each parallel region. With loader threads on the same cores that
// spinning takes the time of those who have work, so that a region of microseconds lasts a time slice. The library
// itself spins only briefly when it manages more threads than there are processors, and there is no other switch for it
// after it is loaded: so one idle thread with a team of its own is kept, which tips that balance.
void ct_expect_busy_cores(void) {
#if defined(__linux__)
    static std::once_flag once;
    std::call_once(once, [] {
        using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
        auto parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
        if (!parallel) return;
        std::promise<void> ready;
        auto waiting = ready.get_future();
        std::thread([parallel, &ready] {
            unsigned threads = std::max(2u, std::thread::hardware_concurrency());
            parallel([](void *) {}, nullptr, threads, 0);
            ready.set_value();
            for (;;) pause();
        }).detach();
        waiting.wait();
    });
#endif
}
