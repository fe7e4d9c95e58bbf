// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: random.
import CTorch

extension Tensor {
    /// Ones with the probability that each element gives, zeros otherwise.
    public func bernoulli(generator: Generator? = nil) -> Tensor {
        let result = ct_op_bernoulli(handle.pointer, generator?.pointer)
        extendLifetime((self, generator))
        return Tensor(owning: result)
    }

    /// Indices drawn with the weights of each row.
    public func multinomial(_ numSamples: Int, replacement: Bool = false, generator: Generator? = nil) -> Tensor {
        let result = ct_op_multinomial(handle.pointer, numSamples, replacement, generator?.pointer)
        extendLifetime((self, generator))
        return Tensor(owning: result)
    }

    /// Normal numbers with a mean and deviation for each element.
    public static func normal(_ mean: Tensor, _ std: Tensor, generator: Generator? = nil) -> Tensor {
        let result = ct_op_normal_Tensor_Tensor(mean.handle.pointer, std.handle.pointer, generator?.pointer)
        extendLifetime((mean, std, generator))
        return Tensor(owning: result)
    }

    /// Normal numbers of one mean and deviation.
    package static func normalRaw(_ mean: Double, _ std: Double, _ size: [Int], generator: Generator? = nil, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_normal_float_float(mean, std, size, size.count, generator?.pointer, dtype?.rawValue ?? -1, device.c)
        extendLifetime(generator)
        return Tensor(owning: result)
    }

    /// Uniform numbers of [0, 1).
    package static func randRaw(_ size: [Int], generator: Generator?, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_rand_generator(size, size.count, generator?.pointer, dtype?.rawValue ?? -1, device.c)
        extendLifetime(generator)
        return Tensor(owning: result)
    }

    /// Standard normal numbers.
    package static func randnRaw(_ size: [Int], generator: Generator?, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_randn_generator(size, size.count, generator?.pointer, dtype?.rawValue ?? -1, device.c)
        extendLifetime(generator)
        return Tensor(owning: result)
    }

    /// Whole numbers of a range.
    package static func randintRaw(_ low: Int, _ high: Int, _ size: [Int], generator: Generator?, dtype: DType? = .int64, device: Device? = nil) -> Tensor {
        let result = ct_op_randint_low_generator(low, high, size, size.count, generator?.pointer, dtype?.rawValue ?? -1, device.c)
        extendLifetime(generator)
        return Tensor(owning: result)
    }

    /// A random order.
    package static func randpermRaw(_ n: Int, generator: Generator?, dtype: DType? = .int64, device: Device? = nil) -> Tensor {
        let result = ct_op_randperm_generator(n, generator?.pointer, dtype?.rawValue ?? -1, device.c)
        extendLifetime(generator)
        return Tensor(owning: result)
    }
}
