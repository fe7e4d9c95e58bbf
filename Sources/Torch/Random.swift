// Random numbers: the global seed, and generators of one's own.
import CTorch

/// Seeds the random numbers of all devices; the same seed gives PyTorch's numbers.
public func manualSeed(_ seed: Int) {
    if !ct_manual_seed(UInt64(bitPattern: Int64(seed))) { TorchFailure.report() }
}

/// A source of random numbers with a state of its own.
// @unchecked: the pointer never changes; LibTorch locks the generator while it draws, and the shim while it reads or sets.
public final class Generator: @unchecked Sendable {
    package let pointer: OpaquePointer?

    /// A generator that starts at `seed`.
    public init(seed: Int, device: Device = .cpu) {
        pointer = ct_generator_new(device.c, UInt64(bitPattern: Int64(seed)))
        if pointer == nil { TorchFailure.report() }
    }

    deinit { ct_generator_free(pointer) }

    /// The seed that it started from; setting it starts anew.
    public var seed: Int {
        get { pointer == nil ? 0 : Int(Int64(bitPattern: ct_generator_seed(pointer))) }
        set {
            if pointer != nil, !ct_generator_set_seed(pointer, UInt64(bitPattern: Int64(newValue))) {
                TorchFailure.report()
            }
        }
    }

    /// The state as a tensor of bytes, to go on from later.
    public var state: Tensor {
        get { Tensor(owning: ct_generator_state(pointer, Device.cpu.c)) }
        set { if !ct_generator_set_state(pointer, Device.cpu.c, newValue.handle.pointer) { TorchFailure.report() } }
    }

    /// The state of a device's global generator.
    public static func globalState(device: Device = .cpu) -> Tensor {
        Tensor(owning: ct_generator_state(nil, device.c))
    }

    /// Sets the state of a device's global generator, as ``globalState(device:)`` gave it.
    public static func setGlobalState(_ state: Tensor, device: Device = .cpu) {
        if !ct_generator_set_state(nil, device.c, state.handle.pointer) { TorchFailure.report() }
    }
}
