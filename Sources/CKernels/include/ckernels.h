// Kernels in float32 for x86-64 processors with AVX2 and FMA, where LibTorch's libraries leave half of the processor idle.
// They know nothing of LibTorch: CTorch calls them with addresses of floats and with a way to run tasks in parallel. Their
// sums are added in an order that does not depend on the number of threads.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether this processor can run what is declared here; false on other architectures.
bool ck_is_supported(void);

/// A task: its number, and what the kernel knows.
typedef void (*ck_task)(int64_t index, const void *context);

/// What a kernel needs of its surroundings. Results do not depend on the number of threads.
typedef struct {
    int32_t threads;
    /// Runs the tasks 0 to `count - 1`, on as many threads as it likes.
    void (*run)(int64_t count, ck_task task, const void *context);
    /// Memory for some numbers, aligned to 64 bytes; null when there is none. Called by tasks, too.
    float *(*allocate)(int64_t count);
    void (*release)(float *numbers);
} ck_host;

/// A convolution of pictures in channels-last memory. `in_channels` and `out_channels` are those of one group.
typedef struct {
    int64_t pictures, groups, in_channels, out_channels;
    int64_t height, width, out_height, out_width;
    int64_t window_height, window_width, stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;
} ck_convolution;

/// The gradient of a convolution's weights, written to `result` [groups * out_channels, in_channels, window_height,
/// window_width].
///
/// - Parameters:
///   - inputs: [pictures, height, width, groups * in_channels].
///   - gradients: Those of the outputs, [pictures, out_height, out_width, groups * out_channels].
///   - is_channels_last: Whether the result lies in memory as [.., window_height, window_width, in_channels].
void ck_weight_gradient(
    const float *inputs, const float *gradients, const ck_convolution *convolution, const ck_host *host, float *result,
    bool is_channels_last);

/// A product of few rows: result [rows, columns] = left [rows, depth] times right [columns, depth], turned. Steps are from row
/// to row, in floats.
typedef struct {
    int64_t rows, columns, depth;
    const float *left;
    int64_t left_step;
    const float *right;
    int64_t right_step;
    /// [columns] added to each row; may be null.
    const float *bias;
    float *result;
} ck_product;

void ck_multiply(const ck_product *product, const ck_host *host);

/// Fills `to` with ones of a probability from 0 to 1, and zeros, which the seed alone decides.
void ck_bernoulli(double probability, uint64_t seed, int64_t count, const ck_host *host, float *to);

#ifdef __cplusplus
}
#endif
