// The types that cross the C ABI between Swift and LibTorch.
#ifndef CTORCH_TYPES_H
#define CTORCH_TYPES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CT_BEGIN extern "C" {
#define CT_END }
#else
#define CT_BEGIN
#define CT_END
#endif

// A tensor, owned by whoever holds the handle; null stands for the result of a failed operator.
typedef struct ct_tensor_s *ct_tensor;
// A random number generator.
typedef struct ct_generator_s *ct_generator;

// Several tensors as one result; all are null after a failure.
typedef struct { ct_tensor t0, t1; } ct_tensor2;
typedef struct { ct_tensor t0, t1, t2; } ct_tensor3;
typedef struct { ct_tensor t0, t1, t2, t3; } ct_tensor4;
// A list to be freed with ct_free; the count is -1 after a failure.
typedef struct { ct_tensor *items; intptr_t count; } ct_tensor_list;

// A number: kind 0 none, 1 floating point, 2 whole, 3 boolean.
typedef struct { int32_t kind; double d; int64_t i; } ct_scalar;
typedef struct { bool present; intptr_t value; } ct_optional_int;
typedef struct { bool present; double value; } ct_optional_double;
// A device: type as in c10::DeviceType, -1 for none; index -1 for the current one.
typedef struct { int32_t type; int32_t index; } ct_device;

// One index of a subscript. An integer is in `start`; a range without an end has the largest `end`.
enum { CT_INDEX_INTEGER, CT_INDEX_RANGE, CT_INDEX_TENSOR, CT_INDEX_NEW_AXIS, CT_INDEX_ELLIPSIS };
typedef struct { int32_t kind; intptr_t start, end, step; ct_tensor tensor; } ct_index;

#endif
