// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: fourier.
import CTorch

extension Tensor {
    /// The discrete Fourier transform along a dimension.
    public func fft(n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
        let result = ct_op_fft_fft(handle.pointer, n.c, dim, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse discrete Fourier transform.
    public func ifft(n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
        let result = ct_op_fft_ifft(handle.pointer, n.c, dim, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The Fourier transform of real numbers, its non-negative half.
    public func rfft(n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
        let result = ct_op_fft_rfft(handle.pointer, n.c, dim, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse of `rfft`.
    public func irfft(n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
        let result = ct_op_fft_irfft(handle.pointer, n.c, dim, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The two-dimensional Fourier transform.
    public func fft2(s: [Int]? = nil, dims: [Int] = [-2,-1], norm: String? = nil) -> Tensor {
        let result = ct_op_fft_fft2(handle.pointer, s, s?.count ?? 0, dims, dims.count, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The two-dimensional Fourier transform.
    public func fft2(s: [Int]? = nil, dim: Int, norm: String? = nil) -> Tensor {
        fft2(s: s, dims: [dim], norm: norm)
    }

    /// The inverse two-dimensional Fourier transform.
    public func ifft2(s: [Int]? = nil, dims: [Int] = [-2,-1], norm: String? = nil) -> Tensor {
        let result = ct_op_fft_ifft2(handle.pointer, s, s?.count ?? 0, dims, dims.count, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse two-dimensional Fourier transform.
    public func ifft2(s: [Int]? = nil, dim: Int, norm: String? = nil) -> Tensor {
        ifft2(s: s, dims: [dim], norm: norm)
    }

    /// The two-dimensional Fourier transform of real numbers.
    public func rfft2(s: [Int]? = nil, dims: [Int] = [-2,-1], norm: String? = nil) -> Tensor {
        let result = ct_op_fft_rfft2(handle.pointer, s, s?.count ?? 0, dims, dims.count, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The two-dimensional Fourier transform of real numbers.
    public func rfft2(s: [Int]? = nil, dim: Int, norm: String? = nil) -> Tensor {
        rfft2(s: s, dims: [dim], norm: norm)
    }

    /// The zero frequency moved to the middle.
    package func fftshiftRaw(_ dim: [Int]? = nil) -> Tensor {
        let result = ct_op_fft_fftshift(handle.pointer, dim, dim?.count ?? 0)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The short-time Fourier transform.
    package func stftRaw(_ nFft: Int, _ hopLength: Int? = nil, _ winLength: Int? = nil, _ window: Tensor? = nil, _ normalized: Bool = false, _ onesided: Bool? = nil, _ returnComplex: Bool? = nil) -> Tensor {
        let result = ct_op_stft(handle.pointer, nFft, hopLength.c, winLength.c, window?.handle.pointer, normalized, onesided.c, returnComplex.c)
        extendLifetime((self, window))
        return Tensor(owning: result)
    }

    /// The Hann window.
    package static func hannWindowRaw(_ windowLength: Int, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_hann_window(windowLength, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }
}
