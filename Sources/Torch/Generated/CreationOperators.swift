// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: creation.
import CTorch

extension Tensor {
    /// Zeros.
    package static func zerosRaw(_ size: [Int], dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_zeros(size, size.count, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// Ones.
    package static func onesRaw(_ size: [Int], dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_ones(size, size.count, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// One number everywhere.
    package static func fullRaw(_ size: [Int], _ fillValue: Scalar, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_full(size, size.count, fillValue.c, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// Memory not yet written.
    package static func emptyRaw(_ size: [Int], dtype: DType? = nil, device: Device? = nil, memoryFormat: MemoryFormat? = nil) -> Tensor {
        let result = ct_op_empty_memory_format(size, size.count, dtype?.rawValue ?? -1, device.c, memoryFormat?.rawValue ?? -1)
        return Tensor(owning: result)
    }

    /// Numbers from start to end.
    package static func arangeRaw(_ start: Scalar, _ end: Scalar, _ step: Scalar = 1, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_arange_start_step(start.c, end.c, step.c, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// Equally spaced numbers.
    package static func linspaceRaw(_ start: Scalar, _ end: Scalar, _ steps: Int, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_linspace(start.c, end.c, steps, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// Numbers equally spaced on a logarithmic scale.
    package static func logspaceRaw(_ start: Scalar, _ end: Scalar, _ steps: Int, _ base: Double = 10.0, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_logspace(start.c, end.c, steps, base, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// The identity matrix.
    package static func eyeRaw(_ n: Int, _ m: Int, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_eye_m(n, m, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// A tensor without dimensions.
    package static func scalarTensorRaw(_ s: Scalar, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_scalar_tensor(s.c, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// Indices of the lower triangle.
    package static func trilIndicesRaw(_ row: Int, _ col: Int, _ offset: Int = 0, dtype: DType? = .int64, device: Device? = nil) -> Tensor {
        let result = ct_op_tril_indices(row, col, offset, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// Indices of the upper triangle.
    package static func triuIndicesRaw(_ row: Int, _ col: Int, _ offset: Int = 0, dtype: DType? = .int64, device: Device? = nil) -> Tensor {
        let result = ct_op_triu_indices(row, col, offset, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }
}
