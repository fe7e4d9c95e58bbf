// Gradients: recording, backward, hooks, and the scopes that switch recording and precision.
import CTorch

extension Tensor {
    /// Whether operators on this tensor are recorded so that its gradient can be computed.
    public var requiresGradient: Bool {
        get { ct_requires_grad(handle.pointer) }
        nonmutating set {
            if !ct_set_requires_grad(handle.pointer, newValue) { TorchFailure.report() }
        }
    }

    /// This tensor, with its gradient wanted: `let w = Tensor.randn(784, 1).requiringGradient()`.
    @discardableResult
    public func requiringGradient(_ required: Bool = true) -> Tensor {
        requiresGradient = required
        return self
    }

    /// Whether the tensor is no operator's recorded result.
    public var isLeaf: Bool { ct_is_leaf(handle.pointer) }

    /// The gradient that `backward()` has summed up so far; nil before.
    public var grad: Tensor? {
        get { ct_grad(handle.pointer).map { Tensor(TensorHandle($0)) } }
        nonmutating set {
            if !ct_set_grad(handle.pointer, newValue?.handle.pointer) { TorchFailure.report() }
            extendLifetime(newValue)
        }
    }

    /// The same elements outside the record of operators, a view.
    public func detached() -> Tensor { Tensor(owning: ct_detach(handle.pointer)) }

    /// Keeps the gradient of a recorded result, which is otherwise only passed on.
    public func retainGradient() { if !ct_retain_grad(handle.pointer) { TorchFailure.report() } }

    /// The name of the operator that recorded this tensor, such as "AddBackward0".
    public var gradientFunctionName: String? {
        guard let name = ct_grad_node_name(handle.pointer) else { return nil }
        defer { ct_free(name) }
        return String(cString: name)
    }

    /// Computes the gradients of everything that led to this tensor and adds them to `grad` of the leaves.
    ///
    /// - Parameters:
    ///   - gradient: The gradient of the final result by this tensor; 1 for a tensor with one element.
    ///   - inputs: The tensors whose `grad` is added to; all that led here by default. They must have led here.
    ///   - retainGraph: Whether the record stays for a second call.
    ///   - createGraph: Whether the gradients are recorded themselves, for second derivatives.
    public func backward(
        gradient: Tensor? = nil, inputs: [Tensor]? = nil, retainGraph: Bool = false, createGraph: Bool = false
    ) {
        if inputs?.isEmpty == true { return }
        let roots = [handle.pointer]
        let leaves = (inputs ?? []).map { $0.handle.pointer }
        let ok: Bool
        if let gradient {
            ok = ct_backward(
                roots, 1, [gradient.handle.pointer], retainGraph, createGraph, leaves, leaves.count)
        } else {
            ok = ct_backward(roots, 1, nil, retainGraph, createGraph, leaves, leaves.count)
        }
        extendLifetime((self, gradient, inputs))
        if !ok { TorchFailure.report() }
    }

    /// Calls `hook` with the gradient of this tensor when it is computed; a tensor that it returns takes its place.
    ///
    /// The hook runs while `backward()` waits, for tensors on a GPU on another thread. An operator that fails in it makes
    /// `backward()` fail.
    @discardableResult
    public func registerHook(_ hook: @escaping (Tensor) -> Tensor?) -> GradientHook {
        let box = Unmanaged.passRetained(HookBox(hook))
        let number = ct_register_hook(
            handle.pointer,
            { context, gradient in
                let box = Unmanaged<HookBox>.fromOpaque(context!).takeUnretainedValue()
                guard let replacement = box.hook(Tensor(TensorHandle(gradient))) else { return nil }
                return ct_retain(replacement.handle.pointer)
            }, { Unmanaged<HookBox>.fromOpaque($0!).release() }, box.toOpaque())
        if number < 0 { TorchFailure.report() }
        return GradientHook(tensor: self, number: number)
    }
}

private final class HookBox {
    let hook: (Tensor) -> Tensor?
    init(_ hook: @escaping (Tensor) -> Tensor?) { self.hook = hook }
}

/// A hook on a tensor's gradient, by which it can be removed.
public struct GradientHook: Sendable {
    let tensor: Tensor
    let number: Int

    /// Takes the hook away.
    public func remove() {
        if number >= 0, !ct_remove_hook(tensor.handle.pointer, number) { TorchFailure.report() }
    }
}

/// The gradients of outputs by inputs, returned instead of being summed into `grad`.
///
/// - Parameters:
///   - outputs: What is differentiated, usually one tensor with one element.
///   - inputs: By what it is differentiated; each must require its gradient.
///   - gradients: The gradients of the final result by each output; 1 for outputs of one element.
///   - allowUnused: Whether an input that did not lead to the outputs gives an undefined tensor instead of an error.
public func gradients(
    of outputs: [Tensor], by inputs: [Tensor], gradients: [Tensor]? = nil, retainGraph: Bool = false,
    createGraph: Bool = false, allowUnused: Bool = false
) -> [Tensor] {
    let outputPointers = outputs.map { $0.handle.pointer }
    let inputPointers = inputs.map { $0.handle.pointer }
    let list: ct_tensor_list
    if let gradients {
        list = ct_gradients(
            outputPointers, outputs.count, gradients.map { $0.handle.pointer }, inputPointers, inputs.count,
            retainGraph, createGraph, allowUnused)
    } else {
        list = ct_gradients(
            outputPointers, outputs.count, nil, inputPointers, inputs.count, retainGraph, createGraph, allowUnused)
    }
    extendLifetime((outputs, inputs, gradients))
    return [Tensor](owning: list)
}

// MARK: - Scopes

/// Runs `body` without recording operators: for updates of parameters and for evaluation.
///
/// ```swift
/// withoutGradients { w -= 0.1 * w.grad! }
/// ```
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withGradients(false, body)
}

/// Runs `body` with recording switched on or off.
public func withGradients<Result>(_ enabled: Bool, _ body: () throws -> Result) rethrows -> Result {
    let before = ct_grad_enabled()
    ct_set_grad_enabled(enabled)
    defer { ct_set_grad_enabled(before) }
    return try body()
}

/// Whether operators of this thread are recorded.
public var gradientsAreEnabled: Bool { ct_grad_enabled() }

/// Runs `body` in LibTorch's inference mode: faster than ``withoutGradients(_:)``, and its results can never be part of
/// a recorded computation.
public func withInferenceMode<Result>(_ body: () throws -> Result) rethrows -> Result {
    let mode = ct_inference_mode_begin(true)
    defer { ct_inference_mode_end(mode) }
    return try body()
}

/// Runs `body` with the heavy operators in a lower precision: matrix products and convolutions in `dtype`, what needs
/// the range (sums, softmax, losses) in float32.
public func withAutocast<Result>(
    _ dtype: DType = .bfloat16, device: Device = .cpu, enabled: Bool = true, _ body: () throws -> Result
) rethrows -> Result {
    let type = device.c.type
    let (wasEnabled, before) = (ct_autocast_enabled(type), ct_autocast_dtype(type))
    ct_autocast_begin(type, enabled, dtype.rawValue)
    defer { ct_autocast_end(type, wasEnabled, before) }
    return try body()
}

extension Tensor {
    /// The dtype that heavy operators compute in with this tensor: ``withAutocast(_:device:enabled:_:)``'s, else its own.
    /// nil for whole numbers.
    var computedDType: DType? {
        guard dtype.isFloatingPoint else { return nil }
        let type = device.c.type
        guard dtype != .float64, ct_autocast_enabled(type) else { return dtype }
        return DType(rawValue: ct_autocast_dtype(type))
    }
}

/// Runs `body` with LibTorch's anomaly detection: a backward pass that makes a NaN fails and names the operator.
public func withAnomalyDetection<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = ct_set_detect_anomaly(true)
    defer { _ = ct_set_detect_anomaly(before) }
    return try body()
}
