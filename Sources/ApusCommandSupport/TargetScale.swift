// The option and the sentence about the scale on which numbers are learned, of pictures and of tables.
import ApusCore
import ArgumentParser
import Foundation

extension NumberScaling: @retroactive ExpressibleByArgument {
    /// The help of `--target-scale`.
    public static let help = ArgumentHelp(
        "Learn a number by mean and deviation (standard), of logarithms where it is skewed (automatic), or as it is (none).",
        valueName: "automatic|standard|none")
}

extension NumberScale {
    /// What is said before a training; nil where numbers are learned as they are.
    public func sentence(about name: String) -> String? {
        if self == .identity { return nil }
        if isLogarithm {
            return "\(name) is skewed and above 0: its logarithms are learned (--target-scale standard does not)"
        }
        return "\(name) is learned by its \(String(format: "mean %.6g and deviation %.6g", mean, deviation))"
    }
}
