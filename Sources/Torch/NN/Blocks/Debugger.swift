// A layer to look at what passes through a model.
import Foundation

/// `Debugger()`: passes its input on and shows it, so that the inside of a model can be looked at.
///
/// By default it writes a line with name, shape and statistics to standard error. A closure of one's own is the place for
/// a breakpoint:
///
/// ```swift
/// Sequential {
///     ConvLayer(3, 16, stride: 2)
///     Debugger("after the stem")          // after the stem: [8, 16, 112, 112] float32, mean 0.41, std 0.62, ...
///     Debugger { tensor in print(tensor[0, 0]) }
/// }
/// ```
public final class Debugger: Module {
    private let name: String
    private let inspect: ((Tensor) -> Void)?

    /// - Parameters:
    ///   - name: What the line begins with.
    ///   - inspect: Called with each input instead of writing a line.
    public init(_ name: String = "Debugger", _ inspect: ((Tensor) -> Void)? = nil) {
        self.name = name
        self.inspect = inspect
        super.init()
    }

    public override func forward(_ input: Tensor) -> Tensor {
        if let inspect {
            inspect(input)
        } else if input.isDefined {
            FileHandle.standardError.write(Data("\(name): \(Self.line(of: input))\n".utf8))
        }
        return input
    }

    /// Shape, dtype and statistics of a tensor.
    static func line(of tensor: Tensor) -> String {
        withoutGradients {
            let values = tensor.detached().to(.float64)
            guard values.count > 0 else { return "\(tensor.shape) \(tensor.dtype)" }
            let numbers = [
                ("mean", values.mean()), ("std", values.std(correction: 0)), ("min", values.min()),
                ("max", values.max()),
            ]
            let texts = numbers.map { "\($0) \(String(format: "%.4g", $1.item()))" }.joined(separator: ", ")
            return "\(tensor.shape) \(tensor.dtype), \(texts)"
        }
    }

    public override var settings: String { name }
}
