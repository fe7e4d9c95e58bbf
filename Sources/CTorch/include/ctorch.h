// What Swift needs of LibTorch beside its operators: handles, memory, autograd, random numbers, devices, errors.
#ifndef CTORCH_H
#define CTORCH_H
#include "ctorch_losses.h"
#include "ctorch_operators.h"
#include "ctorch_rows.h"
#include "ctorch_types.h"

CT_BEGIN

// Errors. A function that fails says so by its result and leaves a message in its thread.
// The message of the last failure in this thread, cleared by the call; empty when there is none. Three lines or more:
// operation, inputs, reason. Valid until the next call in this thread.
const char *ct_take_last_error(void);
// The scopes of withTorchErrors in this thread: how deep, and the first error of the innermost.
void ct_error_scope_begin(void);
bool ct_error_scope_active(void);
// Records an error in the innermost scope, if it is the first.
void ct_error_scope_record(const char *message);
bool ct_error_scope_failed(void);
// Ends the innermost scope; its first error, or null. Valid until the next call in this thread.
const char *ct_error_scope_end(void);

// Handles.
void ct_release(ct_tensor tensor);
ct_tensor ct_retain(ct_tensor tensor);
bool ct_same(ct_tensor a, ct_tensor b);
// How often the elements were changed in place; -1 for a tensor that does not count it (made in inference mode).
int64_t ct_version(ct_tensor tensor);
void ct_free(void *memory);

// Facts about a tensor.
intptr_t ct_dim(ct_tensor tensor);
intptr_t ct_numel(ct_tensor tensor);
void ct_sizes(ct_tensor tensor, intptr_t *out);
void ct_strides(ct_tensor tensor, intptr_t *out);
// The size of a dimension, counted from the end when negative; -1 when there is no such dimension.
intptr_t ct_size(ct_tensor tensor, intptr_t dim);
int32_t ct_dtype(ct_tensor tensor);
ct_device ct_device_of(ct_tensor tensor);
intptr_t ct_element_size(ct_tensor tensor);
bool ct_is_contiguous(ct_tensor tensor, int32_t memory_format);
bool ct_is_view(ct_tensor tensor);
bool ct_shares_storage(ct_tensor a, ct_tensor b);
// The address of the first element, in CPU memory only; null otherwise.
void *ct_data(ct_tensor tensor);

// Memory.
// A tensor over memory that is not copied; `release(context)` is called when the last view of it is gone, or at once
// after a failure.
ct_tensor ct_from_memory(
    void *memory, const intptr_t *sizes, intptr_t dims, const intptr_t *strides, int32_t dtype,
    void (*release)(void *), void *context);
// A tensor that owns a copy of the memory.
ct_tensor ct_from_bytes(const void *bytes, const intptr_t *sizes, intptr_t dims, int32_t dtype, ct_device device);
// Copies the elements in order (as in a contiguous tensor) to memory of numel * element size.
bool ct_copy_bytes(ct_tensor tensor, void *out);
// The only element as a number; kind as in ct_scalar, 0 after a failure.
ct_scalar ct_item(ct_tensor tensor);
ct_tensor ct_to(ct_tensor tensor, ct_device device, int32_t dtype, bool non_blocking, bool copy, int32_t memory_format);
bool ct_set_data(ct_tensor tensor, ct_tensor data);

// Subscripts, with the rules of PyTorch's own; writing changes the tensor in place.
ct_tensor ct_subscript(ct_tensor tensor, const ct_index *indices, intptr_t count);
bool ct_set_subscript(ct_tensor tensor, const ct_index *indices, intptr_t count, ct_tensor value);
bool ct_set_subscript_number(ct_tensor tensor, const ct_index *indices, intptr_t count, ct_scalar value);

// Autograd.
bool ct_requires_grad(ct_tensor tensor);
bool ct_set_requires_grad(ct_tensor tensor, bool requires_grad);
bool ct_is_leaf(ct_tensor tensor);
ct_tensor ct_grad(ct_tensor tensor);
bool ct_set_grad(ct_tensor tensor, ct_tensor grad);
ct_tensor ct_detach(ct_tensor tensor);
bool ct_retain_grad(ct_tensor tensor);
// The name of the node that made the tensor, or null; to be freed with ct_free.
char *ct_grad_node_name(ct_tensor tensor);
bool ct_backward(
    const ct_tensor *roots, intptr_t count, const ct_tensor *gradients, bool retain_graph, bool create_graph,
    const ct_tensor *inputs, intptr_t input_count);
ct_tensor_list ct_gradients(
    const ct_tensor *outputs, intptr_t count, const ct_tensor *gradients, const ct_tensor *inputs,
    intptr_t input_count, bool retain_graph, bool create_graph, bool allow_unused);
// Calls `hook(context, gradient)` when the tensor's gradient is known. The hook returns null to leave it or an owned
// replacement; an error that it records makes the backward pass fail. `release(context)` is called when the hook is gone,
// also after a failure. Returns the hook's number, -1 after a failure.
intptr_t ct_register_hook(
    ct_tensor tensor, ct_tensor (*hook)(void *, ct_tensor), void (*release)(void *), void *context);
bool ct_remove_hook(ct_tensor tensor, intptr_t number);

bool ct_grad_enabled(void);
void ct_set_grad_enabled(bool enabled);
bool ct_inference_mode_enabled(void);
void *ct_inference_mode_begin(bool enabled);
void ct_inference_mode_end(void *mode);
bool ct_autocast_enabled(int32_t device_type);
int32_t ct_autocast_dtype(int32_t device_type);
void ct_autocast_begin(int32_t device_type, bool enabled, int32_t dtype);
void ct_autocast_end(int32_t device_type, bool enabled, int32_t dtype);
// Whether a backward pass that makes a NaN fails and names the node that made it. Returns what held before.
bool ct_set_detect_anomaly(bool enabled);

// Random numbers.
bool ct_manual_seed(uint64_t seed);
ct_generator ct_generator_new(ct_device device, uint64_t seed);
void ct_generator_free(ct_generator generator);
bool ct_generator_set_seed(ct_generator generator, uint64_t seed);
uint64_t ct_generator_seed(ct_generator generator);
// The state of a generator (null for the device's default) as a tensor of bytes.
ct_tensor ct_generator_state(ct_generator generator, ct_device device);
bool ct_generator_set_state(ct_generator generator, ct_device device, ct_tensor state);

// Machine.
const char *ct_torch_version(void);
bool ct_cuda_available(void);
intptr_t ct_cuda_count(void);
bool ct_mps_available(void);
// Whether the processor multiplies bfloat16 in hardware, and oneDNN may use that.
bool ct_cpu_has_bfloat16(void);
// Whether AVX2's are the processor's widest instructions, or the environment holds oneDNN to them: then kernels of our own
// take some of the work.
bool ct_cpu_has_avx2_alone(void);
// Whether a kernel of our own multiplies few rows of float32 with many columns.
bool ct_cpu_has_own_products(void);
// Whether a kernel of our own draws large masks of float32.
bool ct_cpu_has_own_masks(void);
// The same of a CUDA device; false where there is none of the number.
bool ct_cuda_has_bfloat16(int32_t index);
// Whether the CPU has kernels for convolutions and recurrent nets in a dtype, in hardware or not.
bool ct_cpu_has_kernels(int32_t dtype);
// Whether the CPU has convolutions in a dtype whose weights lie as its kernels read them.
bool ct_can_pack_convolutions(int32_t dtype);
// The weight of a convolution of pictures in that order, for ct_packed_convolution alone. Stride, padding and dilation have two
// numbers each; the shape, [batch, channels, height, width], is that of the pictures for which the order is chosen.
ct_tensor ct_pack_convolution(
    ct_tensor weight, const intptr_t *stride, const intptr_t *padding, const intptr_t *dilation, intptr_t groups,
    const intptr_t *input_shape);
// The convolution of pictures of any size by such a weight; input, weight and bias have one dtype. Records no gradients.
ct_tensor ct_packed_convolution(
    ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, const intptr_t *padding,
    const intptr_t *dilation, intptr_t groups);
// Whether the CPU has LSTM layers whose weights, of float32, lie as its kernels read them.
bool ct_can_pack_lstm(void);
// The weights of one direction of an LSTM layer in that order, for ct_packed_lstm alone. The shape, [length, batch, inputs], is that
// of the sequences for which the order is chosen.
ct_tensor2 ct_pack_lstm(ct_tensor input_weight, ct_tensor hidden_weight, bool reverse, const intptr_t *input_shape);
// Outputs, last state and last cell of that direction over sequences [length, batch, inputs] of any length and number, which begin
// at a state and a cell [batch, hidden]. Records no gradients.
ct_tensor3 ct_packed_lstm(
    ct_tensor input, ct_tensor input_weight, ct_tensor hidden_weight, ct_tensor input_bias, ct_tensor hidden_bias,
    ct_tensor hidden, ct_tensor cell, bool reverse);
int32_t ct_num_threads(void);
// On how many threads some tasks of a kernel of our own run.
int32_t ct_threads_of_tasks(int32_t count);
// The threads of operators called from this thread.
void ct_set_num_threads(int32_t count);
// Tells that other threads of this process compete for the cores, so that waiting threads sleep soon instead of spinning.
void ct_expect_busy_cores(void);
// Large blocks of CPU memory come from a cache that is reused instead of going back to the system; the environment
// variable APUS_ALLOCATOR=system leaves LibTorch's own allocator in place.
// Bytes in use, and bytes held for reuse, by the cache.
void ct_allocator_statistics(intptr_t *in_use, intptr_t *held);
// Gives the held bytes back to the system.
void ct_empty_cache(void);
// PyTorch's own printing of a tensor, to be freed with ct_free; a help for debugging the shim.
char *ct_describe(ct_tensor tensor);

CT_END

#endif
