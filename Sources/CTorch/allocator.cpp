// The allocator of large CPU tensors: blocks are kept and reused, and lie on huge pages where the system has them.
//
// The system's own allocator maps a large block anew each time and gives it back when it is freed, so that every step of
// a training run pays for the page faults of all its activations again.
#include "ctorch.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <cstdlib>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include <sys/mman.h>

namespace {

constexpr size_t kLarge = size_t(256) << 10;
constexpr size_t kHugePage = size_t(2) << 20;
constexpr size_t kPage = 4096;
// Blocks are held as long as they and what is in use do not exceed the most that was ever in use, or this.
constexpr size_t kTotalAtLeast = size_t(256) << 20;

struct FreeBlock {
    void *address;
    size_t size;
};

class Cache {
  public:
    void *allocate(size_t bytes) {
        size_t size = rounded(bytes);
        std::lock_guard<std::mutex> lock(mutex_);
        // The smallest block that is not much too large.
        auto found = by_size_.lower_bound(size);
        if (found != by_size_.end() && found->first <= size + size / 8) {
            FreeBlock block = *found->second;
            held_ -= block.size;
            order_.erase(found->second);
            by_size_.erase(found);
            used(block.address, block.size);
            return block.address;
        }
        void *address = map(size);
        if (!address) {
            trim(0);
            address = map(size);
        }
        TORCH_CHECK_WITH(
            OutOfMemoryError, address, "not enough memory for a tensor of ", bytes >> 20, " MB; ", in_use_ >> 20,
            " MB are in use");
        used(address, size);
        trim_total();
        return address;
    }

    // False when the address is not a block of the cache.
    bool free(void *address) {
        std::lock_guard<std::mutex> lock(mutex_);
        auto found = in_use_blocks_.find(address);
        if (found == in_use_blocks_.end()) return false;
        size_t size = found->second;
        in_use_blocks_.erase(found);
        in_use_ -= size;
        order_.push_front({address, size});
        by_size_.emplace(size, order_.begin());
        held_ += size;
        trim_total();
        return true;
    }

    void empty() {
        std::lock_guard<std::mutex> lock(mutex_);
        trim(0);
    }

    void statistics(intptr_t *in_use, intptr_t *held) {
        std::lock_guard<std::mutex> lock(mutex_);
        *in_use = static_cast<intptr_t>(in_use_);
        *held = static_cast<intptr_t>(held_);
    }

  private:
    static size_t rounded(size_t bytes) {
        size_t unit = bytes >= 4 * kHugePage ? kHugePage : bytes >= kHugePage ? 32 * kPage : 4 * kPage;
        return (bytes + unit - 1) / unit * unit;
    }

    static void *map(size_t size) {
        void *address = nullptr;
        if (posix_memalign(&address, size >= kHugePage ? kHugePage : kPage, size) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
        if (size >= kHugePage) madvise(address, size, MADV_HUGEPAGE);
#endif
        return address;
    }

    void used(void *address, size_t size) {
        in_use_blocks_[address] = size;
        in_use_ += size;
        most_in_use_ = std::max(most_in_use_, in_use_);
    }

    // The footprint never grows beyond the peak of what was in use: a step's activations stay mapped from one step to
    // the next, and blocks of sizes that are no longer asked for go when others take their place.
    void trim_total() {
        size_t limit = std::max(kTotalAtLeast, most_in_use_);
        trim(limit > in_use_ ? limit - in_use_ : 0);
    }

    // Gives back the blocks that were freed longest ago until no more than `limit` bytes are held.
    void trim(size_t limit) {
        while (held_ > limit && !order_.empty()) {
            auto oldest = std::prev(order_.end());
            auto range = by_size_.equal_range(oldest->size);
            for (auto it = range.first; it != range.second; ++it) {
                if (it->second == oldest) {
                    by_size_.erase(it);
                    break;
                }
            }
            held_ -= oldest->size;
            std::free(oldest->address);
            order_.erase(oldest);
        }
    }

    std::mutex mutex_;
    std::list<FreeBlock> order_;
    std::multimap<size_t, std::list<FreeBlock>::iterator> by_size_;
    std::unordered_map<void *, size_t> in_use_blocks_;
    size_t in_use_ = 0, held_ = 0, most_in_use_ = 0;
};

// Never destroyed: tensors may outlive static objects.
Cache &cache() {
    static auto *shared = new Cache;
    return *shared;
}

void free_block(void *address) {
    if (address && !cache().free(address)) c10::free_cpu(address);
}

class CachingAllocator final : public c10::Allocator {
  public:
    c10::DataPtr allocate(size_t bytes) override {
        void *address = bytes >= kLarge ? cache().allocate(bytes) : bytes > 0 ? c10::alloc_cpu(bytes) : nullptr;
        return {address, address, bytes >= kLarge ? &free_block : &c10::free_cpu, at::Device(at::kCPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
    void copy_data(void *to, const void *from, size_t count) const override { std::memcpy(to, from, count); }
};

// Installed before the first tensor is made.
const bool installed = [] {
    const char *choice = std::getenv("APUS_ALLOCATOR");
    if (choice && std::strcmp(choice, "system") == 0) return false;
    static auto *allocator = new CachingAllocator;
    c10::SetCPUAllocator(allocator, /*priority=*/10);
    return true;
}();

} // namespace

void ct_allocator_statistics(intptr_t *in_use, intptr_t *held) { cache().statistics(in_use, held); }
void ct_empty_cache(void) { cache().empty(); }
