// Memory for numbers, and division that rounds up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

inline int64_t up(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

struct FreeNumbers {
    void operator()(float *numbers) const { std::free(numbers); }
};
using Numbers = std::unique_ptr<float, FreeNumbers>;
// Not filled: what is not written is not read.
inline Numbers numbers(int64_t count) {
    auto memory = static_cast<float *>(std::aligned_alloc(64, up(std::max<int64_t>(count, 1) * 4, 64) * 64));
    if (!memory) throw std::bad_alloc();
    return Numbers(memory);
}
