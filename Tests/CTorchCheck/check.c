// Walks through the C interface of LibTorch by hand, with every handle released, for a run under valgrind: what is then
// still lost was lost by the shim. `scripts/check-memory.sh` builds and runs it.
#include "ctorch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "check.c:%d: %s does not hold; last error: %s\n", __LINE__, #condition,                    \
                    ct_take_last_error());                                                                             \
            exit(2);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { FLOAT = 6, DOUBLE = 7, LONG = 4, BOOL = 11 };
static const ct_device cpu = {0, -1};

static ct_scalar whole(int64_t value) { return (ct_scalar){2, 0, value}; }
static ct_scalar real(double value) { return (ct_scalar){1, value, 0}; }
static ct_tensor filled(intptr_t rows, intptr_t columns, float first) {
    float values[64];
    for (int i = 0; i < rows * columns; ++i) values[i] = first + (float)i;
    intptr_t sizes[] = {rows, columns};
    ct_tensor made = ct_from_bytes(values, sizes, 2, FLOAT, cpu);
    CHECK(made);
    return made;
}
static double item(ct_tensor tensor) {
    ct_scalar value = ct_item(tensor);
    CHECK(value.kind == 1 || value.kind == 2);
    return value.d;
}
static double item_and_release(ct_tensor tensor) {
    double value = item(tensor);
    ct_release(tensor);
    return value;
}
static void release_list(ct_tensor_list list) {
    CHECK(list.count >= 0);
    for (intptr_t i = 0; i < list.count; ++i) ct_release(list.items[i]);
    ct_free(list.items);
}
static int contains(const char *text, const char *part) { return text && strstr(text, part) != NULL; }

static int released_contexts = 0;
static void count_release(void *context) {
    free(context);
    ++released_contexts;
}

static void creation(void) {
    intptr_t sizes[] = {3, 4};
    ct_tensor zeros = ct_op_zeros(sizes, 2, FLOAT, cpu);
    CHECK(ct_dim(zeros) == 2 && ct_numel(zeros) == 12 && ct_size(zeros, -1) == 4 && ct_size(zeros, 2) == -1);
    ct_tensor again = ct_retain(zeros);
    CHECK(ct_same(zeros, again));
    CHECK(ct_version(zeros) == ct_version(again) && ct_version(NULL) == -1);
    ct_release(zeros);
    float out[12];
    CHECK(ct_copy_bytes(again, out) && out[11] == 0);
    ct_tensor converted = ct_to(again, (ct_device){-1, -1}, LONG, false, false, -1);
    CHECK(ct_dtype(converted) == LONG && ct_element_size(converted) == 8);
    ct_release(converted);
    ct_release(again);
    ct_release(NULL);

    // Memory of somebody else, given back with the last view of it.
    intptr_t four[] = {4};
    float *memory = calloc(4, sizeof(float));
    ct_tensor borrowed = ct_from_memory(memory, four, 1, NULL, FLOAT, count_release, memory);
    ct_index first = {CT_INDEX_INTEGER, 0, 0, 1, NULL};
    ct_tensor view = ct_subscript(borrowed, &first, 1);
    CHECK(view && ct_is_view(view) && ct_shares_storage(view, borrowed));
    ct_release(borrowed);
    CHECK(released_contexts == 0);
    ct_release(view);
    CHECK(released_contexts == 1);
    // Also when no tensor comes of it.
    intptr_t negative[] = {-4};
    memory = calloc(4, sizeof(float));
    CHECK(!ct_from_memory(memory, negative, 1, NULL, FLOAT, count_release, memory));
    CHECK(released_contexts == 2 && strlen(ct_take_last_error()) > 0);
}

static void operators(void) {
    ct_tensor a = filled(2, 3, 0), b = filled(3, 2, 1);
    ct_tensor product = ct_op_matmul(a, b);
    CHECK(product);
    CHECK(ct_op_add__Tensor_number(product, whole(1), whole(1)));
    CHECK(item_and_release(ct_op_sum(product, -1)) == 13 + 16 + 40 + 52 + 4);
    ct_tensor joined_from[] = {a, a, a};
    ct_tensor joined = ct_op_cat(joined_from, 3, 0);
    release_list(ct_op_split_Tensor(joined, 2, 0));
    release_list(ct_op_chunk(joined, 4, 1));
    ct_tensor2 largest = ct_op_max_dim(joined, 1, false);
    ct_release(largest.t0);
    ct_release(largest.t1);
    ct_tensor3 svd = ct_op_linalg_svd(a, false);
    ct_release(svd.t0);
    ct_release(svd.t1);
    ct_release(svd.t2);
    CHECK(ct_op_equal(a, a) == 1);
    // A list with a gap, and a mask.
    ct_tensor mask = ct_op_gt_Scalar(a, real(2.5));
    ct_tensor places[] = {mask};
    ct_tensor chosen = ct_op_index_Tensor(a, places, 1);
    CHECK(ct_numel(chosen) == 3);
    ct_index by_mask = {CT_INDEX_TENSOR, 0, 0, 1, mask};
    CHECK(ct_set_subscript_number(a, &by_mask, 1, whole(0)));
    CHECK(item_and_release(ct_op_sum(a, -1)) == 3);
    ct_index column[] = {{CT_INDEX_ELLIPSIS, 0, 0, 1, NULL}, {CT_INDEX_RANGE, 1, INTPTR_MAX, 1, NULL}};
    ct_tensor part = ct_subscript(a, column, 2);
    CHECK(ct_size(part, 1) == 2);
    CHECK(ct_set_subscript(a, column, 2, part));
    char *text = ct_describe(part);
    CHECK(contains(text, "Float"));
    ct_free(text);
    ct_release(part);
    ct_release(chosen);
    ct_release(mask);
    ct_release(joined);
    ct_release(product);
    ct_release(b);
    ct_release(a);
}

static void errors(void) {
    ct_tensor a = filled(2, 3, 0), b = filled(4, 5, 0);
    CHECK(!ct_op_matmul(a, b));
    const char *message = ct_take_last_error();
    CHECK(contains(message, "matmul\n[2, 3] float32, [4, 5] float32\n") && !contains(message, "Exception raised"));
    CHECK(strlen(ct_take_last_error()) == 0);
    // What comes after a failure stays quiet and fails too.
    ct_error_scope_begin();
    ct_error_scope_begin();
    CHECK(!ct_op_matmul(NULL, a));
    ct_error_scope_record("add\n\nfirst");
    ct_error_scope_record("add\n\nsecond");
    CHECK(ct_error_scope_failed());
    CHECK(contains(ct_error_scope_end(), "first"));
    CHECK(!ct_error_scope_failed() && ct_error_scope_active());
    CHECK(ct_error_scope_end() == NULL && !ct_error_scope_active() && ct_error_scope_end() == NULL);
    ct_take_last_error();
    CHECK(ct_item(a).kind == 0);
    CHECK(contains(ct_take_last_error(), "6 elements"));
    ct_index far = {CT_INDEX_INTEGER, 9, 0, 1, NULL};
    CHECK(!ct_subscript(a, &far, 1));
    CHECK(contains(ct_take_last_error(), "index 9 is out of bounds for dimension 0 with size 2"));
    ct_tensor many[] = {a, a, a, a, a, a, a, b};
    CHECK(!ct_op_cat(many, 8, 0));
    CHECK(contains(ct_take_last_error(), "..."));
    CHECK(ct_op_split_Tensor(a, -1, 0).count == -1);
    intptr_t huge[] = {INTPTR_MAX / 8};
    CHECK(!ct_op_zeros(huge, 1, FLOAT, cpu));
    CHECK(strlen(ct_take_last_error()) > 0);
    ct_release(b);
    ct_release(a);
}

static ct_tensor doubling(void *context, ct_tensor gradient) {
    ++*(int *)context;
    ct_tensor doubled = ct_op_mul_Tensor_number(gradient, whole(2));
    ct_release(gradient);
    return doubled;
}
static ct_tensor watching(void *context, ct_tensor gradient) {
    ++*(int *)context;
    ct_release(gradient);
    return NULL;
}
static ct_tensor failing(void *context, ct_tensor gradient) {
    ++*(int *)context;
    ct_error_scope_record("mul\n[2] float32\nthe sizes do not fit");
    return gradient;
}

static void autograd(void) {
    released_contexts = 0;
    ct_tensor w = filled(3, 2, 1), x = filled(2, 3, 0);
    CHECK(ct_set_requires_grad(w, true) && ct_requires_grad(w) && ct_is_leaf(w) && !ct_grad(w));
    int *doubled = calloc(1, sizeof(int)), *watched = calloc(1, sizeof(int)), *failed = calloc(1, sizeof(int));
    intptr_t double_hook = ct_register_hook(w, doubling, count_release, doubled);
    CHECK(double_hook >= 0 && ct_register_hook(w, watching, count_release, watched) >= 0);
    for (int step = 0; step < 3; ++step) {
        ct_tensor product = ct_op_matmul(x, w);
        ct_tensor loss = ct_op_sum(product, -1);
        char *name = ct_grad_node_name(loss);
        CHECK(contains(name, "SumBackward0"));
        ct_free(name);
        ct_tensor roots[] = {loss};
        CHECK(ct_backward(roots, 1, NULL, false, false, NULL, 0));
        if (step == 0) {
            CHECK(!ct_backward(roots, 1, NULL, false, false, NULL, 0));
            CHECK(contains(ct_take_last_error(), "second time"));
        }
        ct_release(loss);
        ct_release(product);
    }
    CHECK(*doubled == 3 && *watched == 3);
    ct_tensor gradient = ct_grad(w);
    CHECK(item_and_release(ct_op_sum(gradient, -1)) == 3 * 2 * 2 * 15);
    CHECK(ct_set_grad(w, NULL) && ct_set_grad(w, gradient));
    CHECK(!ct_set_grad(w, x) && contains(ct_take_last_error(), "does not fit"));
    ct_release(gradient);
    // A hook that fails makes the backward pass fail, and leaves no scope behind.
    CHECK(ct_remove_hook(w, double_hook));
    CHECK(ct_register_hook(w, failing, count_release, failed) >= 0);
    ct_tensor loss = ct_op_sum(w, -1);
    ct_tensor roots[] = {loss}, inputs[] = {w};
    CHECK(!ct_backward(roots, 1, NULL, true, false, NULL, 0));
    CHECK(contains(ct_take_last_error(), "a gradient hook failed: mul([2] float32): the sizes do not fit"));
    CHECK(!ct_error_scope_active());
    CHECK(ct_gradients(roots, 1, NULL, inputs, 1, false, false, false).count == -1);
    ct_take_last_error();
    ct_release(loss);
    // A hook that cannot be registered gives its context back.
    int before = released_contexts;
    CHECK(ct_register_hook(x, watching, count_release, calloc(1, sizeof(int))) == -1);
    CHECK(ct_register_hook(NULL, watching, count_release, calloc(1, sizeof(int))) == -1);
    CHECK(released_contexts == before + 2);
    ct_take_last_error();
    ct_release(w);
    CHECK(released_contexts == before + 4);

    ct_tensor y = filled(1, 2, 3);
    CHECK(ct_set_requires_grad(y, true));
    ct_tensor square = ct_op_mul_Tensor(y, y);
    ct_tensor total = ct_op_sum(square, -1);
    ct_tensor outputs[] = {total}, by[] = {y};
    release_list(ct_gradients(outputs, 1, NULL, by, 1, false, true, false));
    CHECK(ct_retain_grad(square));
    ct_tensor detached = ct_detach(square);
    CHECK(!ct_requires_grad(detached));
    ct_release(detached);
    ct_release(total);
    ct_release(square);
    ct_release(y);
    ct_release(x);

    ct_set_grad_enabled(false);
    CHECK(!ct_grad_enabled());
    ct_set_grad_enabled(true);
    void *mode = ct_inference_mode_begin(true);
    CHECK(ct_inference_mode_enabled());
    ct_inference_mode_end(mode);
    ct_autocast_begin(0, true, 15);
    ct_autocast_end(0, false, 15);
    CHECK(!ct_set_detect_anomaly(true) && ct_set_detect_anomaly(false));
}

static void layers(void) {
    intptr_t picture[] = {1, 2, 6, 6}, kernel[] = {3, 2, 3, 3}, one[] = {1, 1}, zero[] = {0, 0};
    ct_tensor x = ct_op_randn_generator(picture, 4, NULL, FLOAT, cpu);
    ct_tensor w = ct_op_randn_generator(kernel, 4, NULL, FLOAT, cpu);
    CHECK(ct_set_requires_grad(w, true));
    ct_tensor out = ct_op_conv2d(x, w, NULL, one, 2, zero, 2, one, 2, 1);
    CHECK(out);
    ct_tensor active = ct_op_relu(out), loss = ct_op_sum(active, -1), roots[] = {loss};
    CHECK(ct_backward(roots, 1, NULL, false, false, NULL, 0));
    ct_release(loss);
    ct_release(active);
    ct_release(out);
    ct_release(w);
    ct_release(x);
}

static void generators(void) {
    CHECK(ct_manual_seed(42));
    intptr_t sizes[] = {2};
    ct_generator generator = ct_generator_new(cpu, 9);
    CHECK(generator && ct_generator_seed(generator) == 9);
    ct_tensor state = ct_generator_state(generator, cpu);
    ct_tensor first = ct_op_randn_generator(sizes, 1, generator, FLOAT, cpu);
    CHECK(ct_generator_set_state(generator, cpu, state));
    ct_tensor second = ct_op_randn_generator(sizes, 1, generator, FLOAT, cpu);
    CHECK(ct_op_equal(first, second) == 1);
    CHECK(!ct_generator_set_state(generator, cpu, first));
    ct_take_last_error();
    CHECK(ct_generator_set_seed(generator, 10) && ct_generator_seed(generator) == 10);
    ct_tensor global = ct_generator_state(NULL, cpu);
    CHECK(ct_generator_set_state(NULL, cpu, global));
    ct_release(global);
    ct_release(second);
    ct_release(first);
    ct_release(state);
    ct_generator_free(generator);
}

// A step on the rows that were looked up, one of them twice: in one pass for float32, by operators for float64.
static void rows(void) {
    int64_t looked_up[] = {3, 1, 3};
    intptr_t three[] = {3}, square_sizes[] = {4, 2};
    ct_tensor indices = ct_from_bytes(looked_up, three, 1, LONG, cpu), dense = filled(4, 2, 0);
    for (int dtype = FLOAT; dtype <= DOUBLE; ++dtype) {
        ct_tensor first = filled(4, 2, 1), weight = ct_to(first, (ct_device){-1, -1}, dtype, false, true, -1);
        ct_release(first);
        CHECK(ct_set_requires_grad(weight, true));
        ct_tensor vectors = ct_op_embedding(weight, indices, -1, false, true), loss = ct_op_sum(vectors, -1);
        ct_tensor roots[] = {loss};
        CHECK(ct_backward(roots, 1, NULL, false, false, NULL, 0));
        ct_tensor gradient = ct_grad(weight);
        CHECK(ct_is_sparse(gradient) && !ct_is_sparse(weight) && !ct_is_sparse(NULL));
        ct_tensor values = ct_sparse_values(gradient), places = ct_sparse_indices(gradient);
        CHECK(ct_size(values, 0) == 3 && ct_op_equal(places, indices) == 1);
        ct_tensor joined = ct_coalesce(gradient), joined_values = ct_sparse_values(joined), full = ct_to_dense(joined);
        CHECK(ct_size(joined_values, 0) == 2 && item_and_release(ct_op_sum(full, -1)) == 6);
        ct_tensor mean = ct_op_zeros(square_sizes, 2, dtype, cpu), square = ct_op_zeros(square_sizes, 2, dtype, cpu);
        ct_set_grad_enabled(false);
        // The first step moves each row by the rate, whatever the gradient's size.
        CHECK(ct_adam_rows(weight, gradient, mean, square, 0.5, 0.9, 0.99, 0, 0, 1, true));
        double left = item_and_release(ct_op_sum(weight, -1));
        CHECK(left > 36 - 4 * 0.5 - 1e-4 && left < 36 - 4 * 0.5 + 1e-4);
        CHECK(ct_adam_rows(weight, gradient, mean, square, 0.5, 0.9, 0.99, 0.1, 1e-8, 2, false));
        CHECK(!ct_adam_rows(weight, dense, mean, square, 0.5, 0.9, 0.99, 0, 0, 3, true));
        CHECK(contains(ct_take_last_error(), "a gradient of rows is expected"));
        CHECK(!ct_adam_rows(weight, gradient, places, square, 0.5, 0.9, 0.99, 0, 0, 3, true));
        CHECK(contains(ct_take_last_error(), "the parameter's shape"));
        CHECK(!ct_adam_rows(weight, NULL, mean, square, 0.5, 0.9, 0.99, 0, 0, 3, true));
        ct_take_last_error();
        ct_set_grad_enabled(true);
        ct_tensor made[] = {full, joined_values, joined, places, values, gradient, loss, vectors, square, mean, weight};
        for (size_t i = 0; i < sizeof made / sizeof *made; ++i) ct_release(made[i]);
    }
    ct_release(dense);
    ct_release(indices);
}

// Weights that lie as the processor's kernels read them.
static void packed(void) {
    intptr_t pictures[] = {1, 3, 8, 8}, window[] = {4, 3, 3, 3}, one[] = {1, 1};
    ct_tensor input = ct_op_ones(pictures, 4, FLOAT, cpu), weight = ct_op_ones(window, 4, FLOAT, cpu);
    CHECK(ct_can_pack_convolutions(FLOAT) && !ct_can_pack_convolutions(DOUBLE) && !ct_can_pack_convolutions(LONG));
    ct_tensor laid_out = ct_pack_convolution(weight, one, one, one, 1, pictures);
    CHECK(laid_out);
    ct_tensor output = ct_packed_convolution(input, laid_out, NULL, one, one, one, 1);
    // 36 places see nine pixels of three channels, the 24 at the edges six and the four in the corners four.
    CHECK(output && item_and_release(ct_op_sum(output, -1)) == 4 * 3 * (36 * 9 + 24 * 6 + 4 * 4));
    CHECK(!ct_pack_convolution(NULL, one, one, one, 1, pictures));
    CHECK(!ct_packed_convolution(input, NULL, NULL, one, one, one, 1));
    ct_take_last_error();

    intptr_t words[] = {2, 1, 3}, inputs[] = {16, 3}, hidden[] = {16, 4}, numbers[] = {16}, states[] = {1, 4};
    ct_tensor sequence = ct_op_ones(words, 3, FLOAT, cpu), first = ct_op_zeros(inputs, 2, FLOAT, cpu),
              second = ct_op_zeros(hidden, 2, FLOAT, cpu), bias = ct_op_zeros(numbers, 1, FLOAT, cpu),
              state = ct_op_zeros(states, 2, FLOAT, cpu), cell = ct_op_ones(states, 2, FLOAT, cpu);
    CHECK(ct_can_pack_lstm());
    for (int reverse = 0; reverse < 2; ++reverse) {
        ct_tensor2 order = ct_pack_lstm(first, second, reverse, words);
        CHECK(order.t0 && order.t1);
        ct_tensor3 end = ct_packed_lstm(sequence, order.t0, order.t1, bias, bias, state, cell, reverse);
        // Without weights each step halves the cell.
        CHECK(end.t0 && end.t1 && ct_numel(end.t0) == 8 && item_and_release(ct_op_sum(end.t2, -1)) == 4 * 0.25);
        ct_tensor made[] = {order.t0, order.t1, end.t0, end.t1, end.t2};
        for (size_t i = 0; i < sizeof made / sizeof *made; ++i) ct_release(made[i]);
    }
    CHECK(!ct_pack_lstm(first, NULL, false, words).t0);
    ct_take_last_error();
    ct_tensor made[] = {input, weight, laid_out, output, sequence, first, second, bias, state, cell};
    for (size_t i = 0; i < sizeof made / sizeof *made; ++i) ct_release(made[i]);
}

// Blocks large enough for the cache: reused, split among sizes, given back.
static void allocator(void) {
    const char *choice = getenv("APUS_ALLOCATOR");
    int is_cached = !choice || strcmp(choice, "system") != 0;
    intptr_t in_use = 0, held = 0, before = 0;
    ct_allocator_statistics(&before, &held);
    for (int round = 0; round < 3; ++round) {
        ct_tensor blocks[6];
        for (int i = 0; i < 6; ++i) {
            intptr_t sizes[] = {(100 + 77 * i) * 1024};
            blocks[i] = ct_op_zeros(sizes, 1, FLOAT, cpu);
            CHECK(blocks[i]);
        }
        ct_allocator_statistics(&in_use, &held);
        CHECK(is_cached ? in_use > before : in_use == 0);
        for (int i = 5; i >= 0; --i) ct_release(blocks[i]);
    }
    ct_allocator_statistics(&in_use, &held);
    CHECK(in_use == before && (is_cached ? held > 0 : held == 0));
    ct_empty_cache();
    ct_allocator_statistics(&in_use, &held);
    CHECK(held == 0);
}

int main(void) {
    ct_set_num_threads(1);
    CHECK(strlen(ct_torch_version()) > 0 && ct_num_threads() == 1);
    creation();
    operators();
    errors();
    autograd();
    layers();
    generators();
    rows();
    packed();
    allocator();
    puts("The C interface keeps its promises.");
    return 0;
}
