// The check that targets are probabilities, which waits for a GPU at the first batch of a pass and at its end alone.
import Synchronization
import Torch

/// The least and the largest target of a pass.
///
/// Reading a number from a GPU waits until it has done all work before, which would halve the speed of a small model. So the
/// first batch of a pass is looked at when it comes, and those behind it together at the pass's end. On the CPU, where
/// reading waits for nothing, each batch is looked at when it comes.
final class TargetLimits: Sendable {
    /// That of the pass that is running.
    @TaskLocal static var ofPass: TargetLimits?

    private struct Noted {
        var name: String
        var least: Tensor
        var largest: Tensor
        var isRead = true
    }

    private let waits: @Sendable (Device) -> Bool
    private let noted = Mutex<Noted?>(nil)

    /// - Parameter waits: Whether reading a number waits for the work before it; on all devices but the CPU by default.
    init(waits: @escaping @Sendable (Device) -> Bool = { $0 != .cpu }) { self.waits = waits }

    /// Looks at the targets of a batch, now or later; false where they are refused.
    static func check(_ target: Tensor, for name: String) -> Bool {
        guard target.isDefined, target.count > 0 else { return true }
        let (least, largest) = target.detached().aminmax()
        if let pass = ofPass, pass.waits(target.device), pass.note(least, largest, for: name) { return true }
        return report(least, largest, for: name)
    }

    /// Looks at the targets that have not been looked at; an operator has failed behind it where they are refused.
    func finish() {
        guard let rest = noted.withLock({ $0 }), !rest.isRead else { return }
        _ = Self.report(rest.least, rest.largest, for: rest.name)
    }

    /// Notes the limits of a batch; false for the first one.
    private func note(_ least: Tensor, _ largest: Tensor, for name: String) -> Bool {
        noted.withLock { noted in
            guard let before = noted else {
                noted = Noted(name: name, least: least, largest: largest)
                return false
            }
            noted = Noted(
                name: name, least: before.least.minimum(least), largest: before.largest.maximum(largest), isRead: false)
            return true
        }
    }

    private static func report(_ least: Tensor, _ largest: Tensor, for name: String) -> Bool {
        let (low, high): (Double, Double) = (least.item(), largest.item())
        // A target that is no number is neither.
        guard !(low >= 0 && high <= 1) else { return true }
        TorchError(
            operation: name,
            reason:
                "a target of \(low >= 0 ? high : low) is no probability; give targets from 0 to 1, or choose a loss "
                + "for numbers such as .mse"
        ).report()
        return false
    }
}
