// The gradient of a depthwise convolution's kernel. oneDNN has a fast one for windows of 3 by 3; for larger ones it pads
// each channel to a group of 16 and does 16 times the work, which was a sixth of a ConvNeXt's training time.
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

// The processor's wide registers where it has them; the choice is made once, when the program starts. That is before the
// thread sanitizer is ready to watch it.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE
#endif
#define INLINE inline __attribute__((always_inline))

namespace {

// As many channels at a time as fill a line of the cache in bfloat16.
constexpr int64_t block = 32;
// Sixteen numbers at any address of floats.
typedef float floats __attribute__((vector_size(64), aligned(4), may_alias));
constexpr int64_t lanes = sizeof(floats) / sizeof(float), parts = block / lanes;

// Pictures in channels-last memory, the window over them, and its step.
struct Geometry {
    int64_t channels, height, width, out_height, out_width, kernel_height, kernel_width;
    int64_t stride_y, stride_x, padding_y, padding_x;
};

INLINE float as_float(float value) { return value; }
INLINE float as_float(uint16_t bits) {  // bfloat16 is the upper half of a float
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &wide, sizeof value);
    return value;
}

// Some channels of a row of pixels.
template <typename T>
INLINE void widen(const T *__restrict from, int64_t channels, int64_t pixels, int64_t count, float *__restrict to) {
    for (int64_t pixel = 0; pixel < pixels; ++pixel, from += channels, to += block) {
        if (count == block) {
            for (int64_t c = 0; c < block; ++c) to[c] = as_float(from[c]);
        } else {
            for (int64_t c = 0; c < count; ++c) to[c] = as_float(from[c]);
        }
    }
}

// Adds the products of a row of gradients with the inputs under `taps` neighboring places of the window. The sums stay
// in registers along the row.
template <int taps>
INLINE void add_row(const float *gradients, const float *inputs, int64_t pixels, int64_t stride, float *sums) {
    for (int64_t part = 0; part < parts; ++part) {
        floats sum[taps];
        for (int tap = 0; tap < taps; ++tap) sum[tap] = *(const floats *)(sums + tap * block + part * lanes);
        const float *gradient = gradients + part * lanes, *input = inputs + part * lanes;
        for (int64_t pixel = 0; pixel < pixels; ++pixel, gradient += block, input += stride * block) {
            const floats factor = *(const floats *)gradient;
            for (int tap = 0; tap < taps; ++tap) sum[tap] += factor * *(const floats *)(input + tap * block);
        }
        for (int tap = 0; tap < taps; ++tap) *(floats *)(sums + tap * block + part * lanes) = sum[tap];
    }
}

// The kernel's gradient from one picture and `count` channels: [kernel_height, kernel_width, block]. `rows` has room for
// kernel_height padded rows of inputs, whose borders are zero, and `gradient_row` for a row of gradients.
template <typename T>
INLINE void add_picture(
    const T *inputs, const T *gradients, const Geometry &g, int64_t count, float *rows, float *gradient_row, float *sums) {
    const int64_t row_size = (g.width + 2 * g.padding_x) * block;
    int64_t loaded = -g.padding_y;  // the first row that is not in `rows` yet
    for (int64_t y = 0; y < g.out_height; ++y) {
        const int64_t top = y * g.stride_y - g.padding_y, bottom = std::min(top + g.kernel_height, g.height);
        for (loaded = std::max({loaded, top, int64_t(0)}); loaded < bottom; ++loaded) {
            widen(
                inputs + loaded * g.width * g.channels, g.channels, g.width, count,
                rows + loaded % g.kernel_height * row_size + g.padding_x * block);
        }
        widen(gradients + y * g.out_width * g.channels, g.channels, g.out_width, count, gradient_row);
        for (int64_t source = std::max(top, int64_t(0)); source < bottom; ++source) {
            const float *row = rows + source % g.kernel_height * row_size;
            float *row_sums = sums + (source - top) * g.kernel_width * block;
            int64_t tap = 0;
            for (; tap + 7 <= g.kernel_width; tap += 7) {
                add_row<7>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block);
            }
            switch (g.kernel_width - tap) {
            case 6: add_row<6>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block); break;
            case 5: add_row<5>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block); break;
            case 4: add_row<4>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block); break;
            case 3: add_row<3>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block); break;
            case 2: add_row<2>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block); break;
            case 1: add_row<1>(gradient_row, row + tap * block, g.out_width, g.stride_x, row_sums + tap * block); break;
            }
        }
    }
}

WIDE void add_picture_float(
    const float *inputs, const float *gradients, const Geometry &g, int64_t count, float *rows, float *row, float *sums) {
    add_picture(inputs, gradients, g, count, rows, row, sums);
}

WIDE void add_picture_bfloat16(
    const uint16_t *inputs, const uint16_t *gradients, const Geometry &g, int64_t count, float *rows, float *row,
    float *sums) {
    add_picture(inputs, gradients, g, count, rows, row, sums);
}

// The gradient of the kernel [channels, 1, kernel_height, kernel_width], in float32. Each picture has sums of its own,
// which are added in their order: the result does not depend on the number of threads.
at::Tensor kernel_gradient(const at::Tensor &input, const at::Tensor &gradient, const Geometry &g) {
    const int64_t pictures = input.size(0), blocks = (g.channels + block - 1) / block;
    const int64_t size = g.kernel_height * g.kernel_width * block;
    std::vector<float> sums(pictures * blocks * size);
    const bool is_float = input.scalar_type() == at::kFloat;
    const void *inputs = input.const_data_ptr(), *gradients = gradient.const_data_ptr();
    ctorch::parallel_for(pictures * blocks, [&](int64_t begin, int64_t end) {
        std::vector<float> rows(g.kernel_height * (g.width + 2 * g.padding_x) * block), row(g.out_width * block);
        for (int64_t task = begin; task < end; ++task) {
            const int64_t picture = task / blocks, channel = task % blocks * block;
            const int64_t count = std::min(block, g.channels - channel);
            const int64_t from = picture * g.height * g.width * g.channels + channel;
            const int64_t to = picture * g.out_height * g.out_width * g.channels + channel;
            // What the last channels do not fill must not keep the numbers of others.
            if (count < block) {
                std::fill(rows.begin(), rows.end(), 0.0f);
                std::fill(row.begin(), row.end(), 0.0f);
            }
            if (is_float) {
                add_picture_float(
                    static_cast<const float *>(inputs) + from, static_cast<const float *>(gradients) + to, g, count,
                    rows.data(), row.data(), sums.data() + task * size);
            } else {
                add_picture_bfloat16(
                    static_cast<const uint16_t *>(inputs) + from, static_cast<const uint16_t *>(gradients) + to, g,
                    count, rows.data(), row.data(), sums.data() + task * size);
            }
        }
    });
    at::Tensor result = at::zeros({g.channels, 1, g.kernel_height, g.kernel_width}, input.options().dtype(at::kFloat));
    float *numbers = result.mutable_data_ptr<float>();
    const int64_t places = g.kernel_height * g.kernel_width;
    for (int64_t task = 0; task < pictures * blocks; ++task) {
        const int64_t channel = task % blocks * block, count = std::min(block, g.channels - channel);
        for (int64_t place = 0; place < places; ++place) {
            for (int64_t c = 0; c < count; ++c) {
                numbers[(channel + c) * places + place] += sums[task * size + place * block + c];
            }
        }
    }
    return result;
}

// Whether the kernel's gradient is better computed here: large windows over pictures in channels-last memory.
bool is_large_depthwise(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, const ctorch::Window &window) {
    const auto dtype = input.scalar_type();
    return !window.transposed && input.size(1) == window.groups && weight.size(0) == window.groups && window.groups > 1 &&
           weight.size(2) * weight.size(3) > 9 && window.dilation == at::IntArrayRef({1, 1}) &&
           (dtype == at::kFloat || dtype == at::kBFloat16) && gradient.scalar_type() == dtype &&
           weight.scalar_type() == dtype && input.is_contiguous(at::MemoryFormat::ChannelsLast) && input.numel() > 0;
}

} // namespace

std::optional<at::Tensor> ctorch::depthwise_weight_gradient(
    const at::Tensor &gradient, const at::Tensor &input, const at::Tensor &weight, const Window &window) {
    if (!is_large_depthwise(gradient, input, weight, window)) return std::nullopt;
    const Geometry geometry{
        input.size(1), input.size(2), input.size(3), gradient.size(2), gradient.size(3), weight.size(2), weight.size(3),
        window.stride[0], window.stride[1], window.padding[0], window.padding[1]};
    return kernel_gradient(input, gradient.contiguous(at::MemoryFormat::ChannelsLast), geometry)
        .to(weight.scalar_type());
}
