// What is written by hand of this target, as one translation unit: each of the files would spend most of its time on reading
// ATen's headers again. Package.swift compiles this file and the generated ones alone.
#include "allocator.cpp"
#include "autograd.cpp"
#include "convolution_gradient.cpp"
#include "depthwise.cpp"
#include "errors.cpp"
#include "half_precision.cpp"
#include "indexing.cpp"
#include "machine.cpp"
#include "product.cpp"
#include "rows.cpp"
#include "tensor.cpp"
#include "weight_gradient.cpp"
