// Where a command computes.
import ArgumentParser
import Torch

/// The option `--device`, which all commands have that run a model.
public struct DeviceOptions: ParsableArguments {
    @Option(
        help: "Where the model runs: cpu, cuda, cuda:1 or mps (default: the first graphics card, else the processor).")
    public var device: String?

    public init() {}

    public func validate() throws { _ = try chosen() }

    /// Makes the device that was given the default of all that follows.
    public func apply() throws { if let chosen = try chosen() { Device.default = chosen } }

    private func chosen() throws -> Device? {
        guard let text = device else { return nil }
        guard let chosen = Device(text) else {
            throw ValidationError("--device \(text) is no device; give cpu, cuda, cuda:1 or mps.")
        }
        guard chosen.isAvailable else {
            let cards = (0..<Machine.cudaDeviceCount).map { ", cuda:\($0)" }.joined()
            throw ValidationError(
                "--device \(text) is not at hand; this machine has cpu\(cards)\(Device.mps.isAvailable ? ", mps" : "")."
            )
        }
        return chosen
    }
}
