// Where tensors live and operators run.
import CTorch
import Synchronization

/// Where a tensor lives.
public enum Device: Hashable, Sendable, CustomStringConvertible {
    case cpu
    /// A CUDA device by its number.
    case cuda(Int)
    /// The GPU of an Apple computer.
    case mps

    /// The fastest device at hand: the first CUDA device, else an Apple GPU, else the CPU.
    public static var best: Device {
        if ct_cuda_available() { return .cuda(0) }
        return ct_mps_available() ? .mps : .cpu
    }

    private static let chosen = Mutex<Device?>(nil)

    /// Where models, learners and loaded models run when they are given no device: ``best`` until the program says
    /// otherwise. Set it once, before anything is made; what is there already stays where it is.
    ///
    /// ```swift
    /// Device.default = .cpu
    /// ```
    public static var `default`: Device {
        get { chosen.withLock { $0 } ?? best }
        set { chosen.withLock { $0 = newValue } }
    }

    /// Whether tensors can be made on the device.
    public var isAvailable: Bool {
        switch self {
        case .cpu: true
        case .cuda(let index): index < Machine.cudaDeviceCount
        case .mps: ct_mps_available()
        }
    }

    /// Reads "cpu", "cuda", "cuda:1" or "mps".
    public init?(_ text: String) {
        switch text {
        case "cpu": self = .cpu
        case "mps": self = .mps
        case "cuda": self = .cuda(0)
        default:
            guard text.hasPrefix("cuda:"), let index = Int(text.dropFirst(5)), index >= 0 else { return nil }
            self = .cuda(index)
        }
    }

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        case .mps: "mps"
        }
    }

    // The numbers of c10::DeviceType.
    package init(_ device: ct_device) {
        self =
            switch device.type {
            case 1: .cuda(Int(max(device.index, 0)))
            case 13: .mps
            default: .cpu
            }
    }

    package var c: ct_device {
        switch self {
        case .cpu: ct_device(type: 0, index: -1)
        case .cuda(let index): ct_device(type: 1, index: Int32(clamping: index))
        case .mps: ct_device(type: 13, index: -1)
        }
    }
}

extension Device? {
    package var c: ct_device { self?.c ?? ct_device(type: -1, index: -1) }
}

/// Facts about the machine that tensors run on.
public enum Machine {
    /// The version of LibTorch, such as "2.13.0".
    public static var torchVersion: String { String(cString: ct_torch_version()) }
    /// How many CUDA devices there are.
    public static var cudaDeviceCount: Int { ct_cuda_count() }
    /// Whether the processor multiplies bfloat16 in hardware, so that mixed precision is faster than float32.
    ///
    /// False also where the environment holds oneDNN to older instructions (`ONEDNN_MAX_CPU_ISA`).
    public static var hasBFloat16: Bool { ct_cpu_has_bfloat16() }
    /// Whether a device multiplies bfloat16 in hardware: CUDA devices from compute capability 8.0 on (A100, L4, RTX 30),
    /// and the processor as ``hasBFloat16`` says.
    public static func hasBFloat16(on device: Device) -> Bool {
        switch device {
        case .cpu: hasBFloat16
        case .cuda(let index): ct_cuda_has_bfloat16(Int32(index))
        case .mps: false
        }
    }
    /// Whether the processor has kernels for convolutions and recurrent nets in a dtype. Where half precision has none,
    /// they compute in float32 and round their results.
    package static func hasKernels(for dtype: DType) -> Bool { ct_cpu_has_kernels(dtype.rawValue) }
    /// Whether AVX2's are the processor's widest instructions, or the environment holds it to them (`ONEDNN_MAX_CPU_ISA`):
    /// then kernels of our own take a part of the work.
    package static var hasAVX2Alone: Bool { ct_cpu_has_avx2_alone() }
    /// Whether a kernel of our own multiplies few rows of float32 with many columns, as on AMD's processors with AVX2 alone.
    package static var hasOwnProducts: Bool { ct_cpu_has_own_products() }
    /// Whether a kernel of our own draws large masks of float32, as on AMD's processors.
    package static var hasOwnMasks: Bool { ct_cpu_has_own_masks() }
    /// On how many threads some tasks of a kernel of our own run.
    package static func threads(ofTasks count: Int) -> Int { Int(ct_threads_of_tasks(Int32(clamping: count))) }
    /// How many threads the operators that this thread calls may use, from 1 to 1024; other numbers count as the nearest.
    public static var threadCount: Int {
        get { Int(ct_num_threads()) }
        set { ct_set_num_threads(Int32(clamping: min(max(1, newValue), 1024))) }
    }
    /// Tells the operators that other threads compete for the cores: their idle threads then sleep instead of spinning.
    ///
    /// A ``DataLoader``, for example, calls it before it starts its threads; so does a source of batches of your own.
    public static func expectBusyCores() { ct_expect_busy_cores() }
    /// Bytes of large CPU tensors in use, and held for reuse.
    public static var cpuMemory: (inUse: Int, held: Int) {
        var inUse = 0
        var held = 0
        ct_allocator_statistics(&inUse, &held)
        return (inUse, held)
    }
    /// Gives the memory that is held for reuse back to the system: the processor's, and that of CUDA devices.
    public static func emptyCache() { ct_empty_cache() }
}
