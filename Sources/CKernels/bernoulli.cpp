// Ones and zeros by lot: the counters and keys of Philox 4x32 with ten rounds (Salmon et al., "Parallel random numbers: as easy
// as 1, 2, 3", 2011), so that each number hangs on its place alone and threads share the work.
#include "ckernels.h"
#include "tiles.h"

#if defined(__x86_64__)
#include <algorithm>

namespace {

constexpr int64_t width = 8, drawn_at_once = 4 * width, task_size = 1 << 15;

struct Work {
    float *to;
    int64_t count;
    uint32_t keys[2];
    int32_t limit;
};

// The halves of eight products of 64 bits.
struct Halves {
    __m256i high, low;
};
AVX2 inline __attribute__((always_inline)) Halves multiply(__m256i words, __m256i factor) {
    const __m256i even = _mm256_mul_epu32(words, factor);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(words, 32), factor);
    return {_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa), _mm256_mullo_epi32(words, factor)};
}

// Eight ones or zeros for eight words: the upper 31 bits are compared.
AVX2 inline __attribute__((always_inline)) void compare(__m256i words, __m256i limit, float *to) {
    const __m256i is_one = _mm256_cmpgt_epi32(limit, _mm256_srli_epi32(words, 1));
    _mm256_storeu_ps(to, _mm256_and_ps(_mm256_castsi256_ps(is_one), _mm256_set1_ps(1)));
}

// Ten rounds on eight counters from `first` on: four words of each.
AVX2 inline __attribute__((always_inline)) void draw(uint64_t first, const Work &work, float *to) {
    const __m256i left = _mm256_set1_epi32(static_cast<int32_t>(0xd2511f53));
    const __m256i right = _mm256_set1_epi32(static_cast<int32_t>(0xcd9e8d57));
    // A multiple of eight has room for them in its lower half.
    __m256i a = _mm256_add_epi32(
        _mm256_set1_epi32(static_cast<int32_t>(first)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    __m256i b = _mm256_set1_epi32(static_cast<int32_t>(first >> 32)), c = _mm256_setzero_si256(), d = c;
    uint32_t keys[2] = {work.keys[0], work.keys[1]};
    for (int round = 0; round < 10; ++round, keys[0] += 0x9e3779b9, keys[1] += 0xbb67ae85) {
        const Halves one = multiply(a, left), two = multiply(c, right);
        a = _mm256_xor_si256(_mm256_xor_si256(two.high, b), _mm256_set1_epi32(static_cast<int32_t>(keys[0])));
        c = _mm256_xor_si256(_mm256_xor_si256(one.high, d), _mm256_set1_epi32(static_cast<int32_t>(keys[1])));
        b = two.low;
        d = one.low;
    }
    const __m256i limit = _mm256_set1_epi32(work.limit);
    compare(a, limit, to);
    compare(b, limit, to + width);
    compare(c, limit, to + 2 * width);
    compare(d, limit, to + 3 * width);
}

AVX2 void fill(int64_t task, const void *context) {
    const Work &work = *static_cast<const Work *>(context);
    const int64_t last = std::min(work.count, (task + 1) * task_size);
    int64_t place = task * task_size;
    for (; place + drawn_at_once <= last; place += drawn_at_once) draw(place / drawn_at_once * width, work, work.to + place);
    if (place == last) return;
    float numbers[drawn_at_once];
    draw(place / drawn_at_once * width, work, numbers);
    std::copy_n(numbers, last - place, work.to + place);
}

} // namespace

void ck_bernoulli(double probability, uint64_t seed, int64_t count, const ck_host *host, float *to) {
    if (probability >= 1) {
        std::fill_n(to, count, 1.0f);
        return;
    }
    const Work work{
        to, count, {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
        static_cast<int32_t>(probability * 2147483648.0)};
    host->run((count + task_size - 1) / task_size, fill, &work);
}

#else
void ck_bernoulli(double, uint64_t, int64_t, const ck_host *, float *) {}
#endif
