// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: conversion.
import CTorch

extension Tensor {
    /// Converted to another dtype.
    package func toDTypeRaw(_ dtype: DType, nonBlocking: Bool = false, copy: Bool = false, memoryFormat: MemoryFormat? = nil) -> Tensor {
        let result = ct_op_to_dtype(handle.pointer, dtype.rawValue, nonBlocking, copy, memoryFormat?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
