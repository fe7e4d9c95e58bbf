// The allocator of large CPU tensors: one arena, whose free parts are kept and reused, on huge pages where the system has
// them.
//
// The system's own allocator maps a large block anew each time and gives it back when it is freed, so that every step of
// a training run pays for the page faults of all its activations again. A cache of whole blocks pays for those whose
// sizes meet no block of the same; in an arena, where parts are split and neighbors joined, a step fits into what the
// step before it used.
#include "ctorch.h"

#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr size_t kLarge = size_t(256) << 10;
constexpr size_t kHugePage = size_t(2) << 20;
constexpr size_t kUnit = size_t(16) << 10;
// Memory is held as long as it and what is in use do not exceed the most that was ever in use by more than a half, or
// this. Little of it is ever touched: parts are taken where they fit best. With an eighth, a step of a U-Net or a ConvNeXt
// gave pages back at one end of the arena and took new ones at the other, twice the work of the system for the same peak.
constexpr size_t kTotalAtLeast = size_t(256) << 20;

class Arena {
  public:
    void *allocate(size_t bytes) {
        // What a size rounds up to; one that does not fit into a number is too large in any case.
        size_t size = bytes > SIZE_MAX / 2 ? bytes : (bytes + kUnit - 1) / kUnit * kUnit;
        std::lock_guard<std::mutex> lock(mutex_);
        if (!start_ && !reserve()) return c10::alloc_cpu(bytes);
        char *address = take(size);
        TORCH_CHECK_WITH(
            OutOfMemoryError, address, "not enough memory for a tensor of ", bytes >> 20, " MB; ", in_use_ >> 20,
            " MB are in use");
        in_use_blocks_[address] = size;
        in_use_ += size;
        most_in_use_ = std::max(most_in_use_, in_use_);
        limit();
        return address;
    }

    // False when the address is not in the arena.
    bool free(void *address) {
        std::lock_guard<std::mutex> lock(mutex_);
        auto found = in_use_blocks_.find(static_cast<char *>(address));
        if (found == in_use_blocks_.end()) return false;
        Part part{found->second, found->second};
        in_use_blocks_.erase(found);
        in_use_ -= part.size;
        held_ += part.resident;
        put(static_cast<char *>(address), part);
        limit();
        return true;
    }

    void empty() {
        std::lock_guard<std::mutex> lock(mutex_);
        release(0);
    }

    void statistics(intptr_t *in_use, intptr_t *held) {
        std::lock_guard<std::mutex> lock(mutex_);
        *in_use = static_cast<intptr_t>(in_use_);
        *held = static_cast<intptr_t>(held_);
    }

  private:
    // A free part; `resident` bytes of it, at most, have memory behind them.
    struct Part {
        size_t size, resident;
    };
    using Parts = std::map<char *, Part>;

    // Addresses only: memory comes with the first use. Four times the machine's memory leaves room for gaps.
    bool reserve() {
        physical_ = size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE));
        for (size_t size = 4 * physical_; size >= kTotalAtLeast; size /= 2) {
            void *found = mmap(
                nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (found == MAP_FAILED) continue;
            auto address = (reinterpret_cast<uintptr_t>(found) + kHugePage - 1) / kHugePage * kHugePage;
            start_ = top_ = reinterpret_cast<char *>(address);
            end_ = start_ + size;
#ifdef MADV_HUGEPAGE
            madvise(start_, size, MADV_HUGEPAGE);
#endif
            return true;
        }
        return false;
    }

    // The smallest free part that is large enough, the first of several; else the arena grows.
    char *take(size_t size) {
        if (size > physical_) return nullptr;
        auto best = by_size_.lower_bound({size, nullptr});
        if (best != by_size_.end()) {
            auto found = parts_.find(best->second);
            char *address = found->first;
            Part rest = remove(found);
            size_t resident = std::min(rest.resident, size);
            held_ -= resident;
            if (rest.size > size) put(address + size, {rest.size - size, rest.resident - resident});
            return address;
        }
        // A free part at the top grows by what is missing.
        char *address = top_;
        if (!parts_.empty()) {
            auto last = std::prev(parts_.end());
            if (last->first + last->second.size == top_) address = last->first;
        }
        if (size > size_t(end_ - address)) return nullptr;
        if (address != top_) held_ -= remove(std::prev(parts_.end())).resident;
        top_ = address + size;
        return address;
    }

    // Adds a free part and joins it with its neighbors.
    void put(char *address, Part part) {
        auto next = parts_.lower_bound(address);
        if (next != parts_.end() && address + part.size == next->first) {
            auto joined = next++;
            part.size += joined->second.size;
            part.resident += joined->second.resident;
            remove(joined);
        }
        if (next != parts_.begin()) {
            auto before = std::prev(next);
            if (before->first + before->second.size == address) {
                address = before->first;
                part.size += before->second.size;
                part.resident += before->second.resident;
                remove(before);
            }
        }
        parts_[address] = part;
        by_size_.insert({part.size, address});
    }

    Part remove(Parts::iterator found) {
        Part part = found->second;
        by_size_.erase({part.size, found->first});
        parts_.erase(found);
        return part;
    }

    // A step's activations stay mapped from one step to the next, but the footprint does not grow without bounds.
    void limit() {
        size_t total = std::max(kTotalAtLeast, most_in_use_ + most_in_use_ / 2);
        if (in_use_ + held_ > total) release(total > in_use_ ? total - in_use_ : 0);
    }

    // Gives memory back, from the end of the arena, until no more than `bytes` are held.
    void release(size_t bytes) {
        for (auto part = parts_.rbegin(); part != parts_.rend() && held_ > bytes; ++part) {
            if (part->second.resident == 0) continue;
#ifdef __linux__
            madvise(part->first, part->second.size, MADV_DONTNEED);
#else
            madvise(part->first, part->second.size, MADV_FREE);
#endif
            held_ -= part->second.resident;
            part->second.resident = 0;
        }
    }

    std::mutex mutex_;
    char *start_ = nullptr, *top_ = nullptr, *end_ = nullptr;
    Parts parts_;
    std::set<std::pair<size_t, char *>> by_size_;
    std::unordered_map<char *, size_t> in_use_blocks_;
    size_t physical_ = 0, in_use_ = 0, held_ = 0, most_in_use_ = 0;
};

// Never destroyed: tensors may outlive static objects.
Arena &arena() {
    static auto *shared = new Arena;
    return *shared;
}

void free_block(void *address) {
    if (address && !arena().free(address)) c10::free_cpu(address);
}

class ArenaAllocator final : public c10::Allocator {
  public:
    c10::DataPtr allocate(size_t bytes) override {
        void *address = bytes >= kLarge ? arena().allocate(bytes) : bytes > 0 ? c10::alloc_cpu(bytes) : nullptr;
        return {address, address, bytes >= kLarge ? &free_block : &c10::free_cpu, at::Device(at::kCPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
    void copy_data(void *to, const void *from, size_t count) const override { std::memcpy(to, from, count); }
};

// Installed before the first tensor is made.
const bool installed = [] {
    const char *choice = std::getenv("APUS_ALLOCATOR");
    if (choice && std::strcmp(choice, "system") == 0) return false;
    static auto *allocator = new ArenaAllocator;
    c10::SetCPUAllocator(allocator, /*priority=*/10);
    return true;
}();

} // namespace

void ct_allocator_statistics(intptr_t *in_use, intptr_t *held) { arena().statistics(in_use, held); }
void ct_empty_cache(void) {
    arena().empty();
    // CUDA's allocator keeps blocks, too, from the first tensor on a device on.
    if (!ct_cuda_available()) return;
    try {
        auto *device = dynamic_cast<c10::DeviceAllocator *>(c10::GetAllocator(c10::kCUDA));
        if (device && device->initialized()) device->emptyCache();
    } catch (...) {
        // What cannot be given back stays held, which harms nobody.
    }
}
