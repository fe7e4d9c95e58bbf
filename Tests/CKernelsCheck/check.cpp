// Runs the kernels for AVX2 on shapes drawn by lot, in memory of just the size that they may touch, and compares with sums
// in double precision. `scripts/check-memory.sh` builds and runs it under sanitizers.
#include "ckernels.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <vector>

namespace {

int64_t drawn(std::initializer_list<int64_t> values) { return values.begin()[std::rand() % values.size()]; }

// Whole numbers, so that every sum is exact.
std::vector<float> numbers(int64_t count) {
    std::vector<float> result(count);
    for (float &number : result) number = std::rand() % 7 - 3;
    return result;
}

ck_host host(int32_t threads) {
    return {
        .threads = threads,
        .run =
            [](int64_t count, ck_task task, const void *context) {
                for (int64_t index = 0; index < count; ++index) task(index, context);
            },
        .allocate = [](int64_t count) { return static_cast<float *>(std::malloc(count * sizeof(float))); },
        .release = [](float *numbers) { std::free(numbers); },
    };
}

void expect(const std::vector<float> &found, const std::vector<double> &expected, const char *what, int number) {
    for (size_t k = 0; k < found.size(); ++k) {
        if (found[k] == expected[k]) continue;
        std::fprintf(stderr, "check.cpp: %s %d: number %zu is %g, not %g\n", what, number, k, found[k], expected[k]);
        std::exit(2);
    }
}

// Calls `use` with the places of an output, of an input and of a weight that meet: indices of channels-last pictures, and of
// weights [out, height, width, in].
template <typename Use> void each_product(const ck_convolution &c, Use use) {
    const int64_t in = c.groups * c.in_channels, out = c.groups * c.out_channels;
    for (int64_t picture = 0; picture < c.pictures; ++picture)
        for (int64_t y = 0; y < c.out_height; ++y)
            for (int64_t x = 0; x < c.out_width; ++x)
                for (int64_t tap_y = 0; tap_y < c.window_height; ++tap_y)
                    for (int64_t tap_x = 0; tap_x < c.window_width; ++tap_x) {
                        const int64_t row = y * c.stride_y - c.padding_y + tap_y * c.dilation_y;
                        const int64_t column = x * c.stride_x - c.padding_x + tap_x * c.dilation_x;
                        if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
                        const int64_t seen = ((picture * c.height + row) * c.width + column) * in;
                        const int64_t made = ((picture * c.out_height + y) * c.out_width + x) * out;
                        for (int64_t o = 0; o < out; ++o)
                            for (int64_t i = 0; i < c.in_channels; ++i)
                                use(made + o, seen + o / c.out_channels * c.in_channels + i,
                                    ((o * c.window_height + tap_y) * c.window_width + tap_x) * c.in_channels + i);
                    }
}

void check_convolution(int number) {
    ck_convolution c{
        .pictures = drawn({1, 2, 9}),
        .groups = drawn({1, 1, 1, 2, 3}),
        .in_channels = drawn({1, 2, 3, 5, 8, 15, 16, 17, 24, 33}),
        .out_channels = drawn({1, 2, 5, 6, 7, 8, 9, 10, 13, 17}),
        .height = std::rand() % 12 + 1,
        .width = std::rand() % 12 + 1,
        .out_height = 0,
        .out_width = 0,
        .window_height = drawn({1, 1, 2, 3, 5}),
        .window_width = drawn({1, 1, 2, 3, 7}),
        .stride_y = drawn({1, 1, 2, 3}),
        .stride_x = drawn({1, 1, 2, 3}),
        .padding_y = drawn({0, 1, 3}),
        .padding_x = drawn({0, 1, 3}),
        .dilation_y = drawn({1, 1, 2}),
        .dilation_x = drawn({1, 1, 2}),
    };
    const int64_t reach_y = c.dilation_y * (c.window_height - 1), reach_x = c.dilation_x * (c.window_width - 1);
    if (c.height + 2 * c.padding_y <= reach_y || c.width + 2 * c.padding_x <= reach_x) return;
    c.out_height = (c.height + 2 * c.padding_y - reach_y - 1) / c.stride_y + 1;
    c.out_width = (c.width + 2 * c.padding_x - reach_x - 1) / c.stride_x + 1;
    const int64_t places = c.window_height * c.window_width, out_channels = c.groups * c.out_channels;
    const auto inputs = numbers(c.pictures * c.height * c.width * c.groups * c.in_channels);
    const auto gradients = numbers(c.pictures * c.out_height * c.out_width * out_channels);

    std::vector<double> weights_expected(out_channels * places * c.in_channels);
    each_product(c, [&](int64_t made, int64_t seen, int64_t weight) {
        weights_expected[weight] += double(gradients[made]) * inputs[seen];
    });
    std::vector<float> weights(weights_expected.size());
    const ck_host threads = host(drawn({1, 3, 8}));
    ck_weight_gradient(inputs.data(), gradients.data(), &c, &threads, weights.data(), true);
    expect(weights, weights_expected, "weights' gradient", number);
    ck_weight_gradient(inputs.data(), gradients.data(), &c, &threads, weights.data(), false);
    std::vector<double> turned(weights.size());
    for (int64_t o = 0; o < out_channels; ++o)
        for (int64_t place = 0; place < places; ++place)
            for (int64_t i = 0; i < c.in_channels; ++i)
                turned[(o * c.in_channels + i) * places + place] = weights_expected[(o * places + place) * c.in_channels + i];
    expect(weights, turned, "weights' gradient in the other order", number);
}

void check_product(int number) {
    const int64_t rows = drawn({1, 5, 8, 16, 17, 40}), columns = drawn({1, 6, 7, 15, 48, 49, 100});
    const int64_t depth = drawn({1, 7, 8, 9, 16, 384, 385, 800}), left_step = depth + drawn({0, 3});
    const int64_t right_step = depth + drawn({0, 5});
    const bool has_bias = std::rand() & 1;
    const auto left = numbers((rows - 1) * left_step + depth), right = numbers((columns - 1) * right_step + depth);
    const auto bias = numbers(columns);
    std::vector<float> result(rows * columns);
    const ck_product product{
        .rows = rows,
        .columns = columns,
        .depth = depth,
        .left = left.data(),
        .left_step = left_step,
        .right = right.data(),
        .right_step = right_step,
        .bias = has_bias ? bias.data() : nullptr,
        .result = result.data(),
    };
    const ck_host threads = host(drawn({1, 3}));
    ck_multiply(&product, &threads);
    std::vector<double> expected(result.size());
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
            double sum = has_bias ? bias[column] : 0;
            for (int64_t k = 0; k < depth; ++k) sum += double(left[row * left_step + k]) * right[column * right_step + k];
            expected[row * columns + column] = sum;
        }
    expect(result, expected, "product", number);
}

// Whether the number at a place is one for the probability that the upper 31 bits of `word` just reach, and zero for what is
// just below.
void expect_word(size_t place, uint32_t word) {
    for (const uint32_t more : {0, 1}) {
        std::vector<float> found(64);
        const ck_host threads = host(1);
        ck_bernoulli(((word >> 1) + more) / 2147483648.0, 0, found.size(), &threads, found.data());
        if (found[place] == more) continue;
        std::fprintf(stderr, "check.cpp: number %zu is not drawn by %x\n", place, word);
        std::exit(2);
    }
}

// The authors' known answer for the first counter and key of Philox 4x32-10; and masks of every length.
void check_masks() {
    expect_word(0, 0x6627e8d5);
    expect_word(8, 0xe169c58d);
    expect_word(16, 0xbc57ac4c);
    expect_word(24, 0x9b00dbd8);
    const ck_host threads = host(1);
    std::vector<float> whole(70'000);
    ck_bernoulli(0.3, 5, whole.size(), &threads, whole.data());
    for (size_t count : {1, 31, 32, 33, 999, 32'768, 32'769, 65'537}) {
        std::vector<float> part(count);
        ck_bernoulli(0.3, 5, count, &threads, part.data());
        expect(part, std::vector<double>(whole.begin(), whole.begin() + count), "masks", count);
    }
    std::vector<float> ones(40);
    ck_bernoulli(1, 5, ones.size(), &threads, ones.data());
    expect(ones, std::vector<double>(40, 1), "masks", 0);
}

} // namespace

int main() {
    if (!ck_is_supported()) {
        std::puts("check: this processor has no AVX2");
        return 0;
    }
    for (int number = 0; number < 300; ++number) check_convolution(number);
    for (int number = 0; number < 200; ++number) check_product(number);
    check_masks();
    std::puts("check: kernels are right");
}
