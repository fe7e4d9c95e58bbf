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

    /// The inverse of `rfft2`.
    public func irfft2(s: [Int]? = nil, dims: [Int] = [-2,-1], norm: String? = nil) -> Tensor {
        let result = ct_op_fft_irfft2(handle.pointer, s, s?.count ?? 0, dims, dims.count, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse of `rfft2`.
    public func irfft2(s: [Int]? = nil, dim: Int, norm: String? = nil) -> Tensor {
        irfft2(s: s, dims: [dim], norm: norm)
    }

    /// The Fourier transform over several dimensions (all by default).
    public func fftn(s: [Int]? = nil, dims: [Int]? = nil, norm: String? = nil) -> Tensor {
        let result = ct_op_fft_fftn(handle.pointer, s, s?.count ?? 0, dims, dims?.count ?? 0, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The Fourier transform over several dimensions (all by default).
    public func fftn(s: [Int]? = nil, dim: Int, norm: String? = nil) -> Tensor {
        fftn(s: s, dims: [dim], norm: norm)
    }

    /// The inverse of `fftn`.
    public func ifftn(s: [Int]? = nil, dims: [Int]? = nil, norm: String? = nil) -> Tensor {
        let result = ct_op_fft_ifftn(handle.pointer, s, s?.count ?? 0, dims, dims?.count ?? 0, norm)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse of `fftn`.
    public func ifftn(s: [Int]? = nil, dim: Int, norm: String? = nil) -> Tensor {
        ifftn(s: s, dims: [dim], norm: norm)
    }

    /// The zero frequency moved to the middle of the dimensions (all by default).
    public func fftshift(dims: [Int]? = nil) -> Tensor {
        let result = ct_op_fft_fftshift(handle.pointer, dims, dims?.count ?? 0)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The zero frequency moved to the middle of the dimensions (all by default).
    public func fftshift(dim: Int) -> Tensor {
        fftshift(dims: [dim])
    }

    /// The frequencies of a Fourier transform.
    package static func fftfreqRaw(_ n: Int, _ d: Double = 1.0, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_fft_fftfreq(n, d, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// The frequencies of a Fourier transform of real numbers.
    package static func rfftfreqRaw(_ n: Int, _ d: Double = 1.0, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_fft_rfftfreq(n, d, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// The inverse of `fftshift`.
    public func ifftshift(dims: [Int]? = nil) -> Tensor {
        let result = ct_op_fft_ifftshift(handle.pointer, dims, dims?.count ?? 0)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The inverse of `fftshift`.
    public func ifftshift(dim: Int) -> Tensor {
        ifftshift(dims: [dim])
    }

    /// The short-time Fourier transform.
    package func stftRaw(_ nFft: Int, _ hopLength: Int? = nil, _ winLength: Int? = nil, _ window: Tensor? = nil, _ center: Bool = true, _ padMode: String = "reflect", _ normalized: Bool = false, _ onesided: Bool? = nil, _ returnComplex: Bool? = nil) -> Tensor {
        let result = ct_op_stft_center(handle.pointer, nFft, hopLength.c, winLength.c, window?.handle.pointer, center, padMode, normalized, onesided.c, returnComplex.c)
        extendLifetime((self, window))
        return Tensor(owning: result)
    }

    /// The inverse of the short-time Fourier transform.
    package func istftRaw(_ nFft: Int, _ hopLength: Int? = nil, _ winLength: Int? = nil, _ window: Tensor? = nil, _ center: Bool = true, _ normalized: Bool = false, _ onesided: Bool? = nil, _ length: Int? = nil) -> Tensor {
        let result = ct_op_istft(handle.pointer, nFft, hopLength.c, winLength.c, window?.handle.pointer, center, normalized, onesided.c, length.c)
        extendLifetime((self, window))
        return Tensor(owning: result)
    }

    /// The Hann window.
    package static func hannWindowRaw(_ windowLength: Int, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_hann_window(windowLength, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }

    /// The Hamming window.
    package static func hammingWindowRaw(_ windowLength: Int, dtype: DType? = nil, device: Device? = nil) -> Tensor {
        let result = ct_op_hamming_window(windowLength, dtype?.rawValue ?? -1, device.c)
        return Tensor(owning: result)
    }
}
