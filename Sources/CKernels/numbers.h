// Memory for numbers, and division that rounds up.
#pragma once

#include "ckernels.h"

#include <memory>
#include <new>

inline int64_t up(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

struct Release {
    void (*release)(float *numbers);
    void operator()(float *numbers) const { release(numbers); }
};
using Numbers = std::unique_ptr<float, Release>;
// Not filled: what is not written is not read.
inline Numbers numbers(const ck_host &host, int64_t count) {
    float *memory = host.allocate(count > 0 ? count : 1);
    if (!memory) throw std::bad_alloc();
    return Numbers(memory, {host.release});
}
