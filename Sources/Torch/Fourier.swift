// Fourier transforms of running signals, their windows and frequencies.

extension Tensor {
    /// The short-time Fourier transform of signals `[..., length]`: complex `[..., frequencies, frames]`.
    ///
    /// - Parameters:
    ///   - nFFT: The length of a frame.
    ///   - hopLength: How far a frame lies from the one before; a quarter of the frame by default.
    ///   - winLength: The length of the window, centered in the frame; the whole frame by default.
    ///   - window: What each frame is multiplied with; ones by default.
    ///   - center: Whether the signal is padded at both ends so that frame `t` is centered at `t * hopLength`.
    ///   - padMode: How it is padded: "reflect", "constant", "replicate" or "circular".
    ///   - normalized: Whether the result is divided by the root of the frame length.
    ///   - onesided: Whether only the non-negative frequencies are given; true by default for real signals.
    public func stft(
        nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
        padMode: String = "reflect", normalized: Bool = false, onesided: Bool? = nil
    ) -> Tensor {
        stftRaw(nFFT, hopLength, winLength, window, center, padMode, normalized, onesided, true)
    }

    /// The inverse of ``stft(nFFT:hopLength:winLength:window:center:padMode:normalized:onesided:)``, by least squares.
    ///
    /// - Parameter length: The length of the signal; as much as the frames cover by default.
    public func istft(
        nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
        normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil
    ) -> Tensor {
        istftRaw(nFFT, hopLength, winLength, window, center, normalized, onesided, length)
    }

    /// The Hann window, periodic.
    public static func hannWindow(_ length: Int, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        hannWindowRaw(length, dtype: dtype, device: device)
    }
    /// The Hamming window, periodic.
    public static func hammingWindow(_ length: Int, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        hammingWindowRaw(length, dtype: dtype, device: device)
    }

    /// The frequencies of ``fft(n:dim:norm:)`` of `count` samples that lie `spacing` apart.
    public static func fftfreq(
        _ count: Int, spacing: Double = 1, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        fftfreqRaw(count, spacing, dtype: dtype, device: device)
    }
    /// The frequencies of ``rfft(n:dim:norm:)`` of `count` samples that lie `spacing` apart.
    public static func rfftfreq(
        _ count: Int, spacing: Double = 1, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        rfftfreqRaw(count, spacing, dtype: dtype, device: device)
    }
}
