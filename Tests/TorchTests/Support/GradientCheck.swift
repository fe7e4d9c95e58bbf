// Gradients checked by finite differences.
import Testing
import Torch

/// Expects the gradients of a function, as backward gives them, to equal central differences.
///
/// The function is applied to float64 inputs and its result made a number by weights that differ for each element.
/// Source: Baydin et al., "Automatic Differentiation in Machine Learning: a Survey", 2018, on numerical differentiation.
func checkGradients(
    _ function: ([Tensor]) -> Tensor, inputs: [Tensor], step: Double = 1e-6, rtol: Double = 1e-5, atol: Double = 1e-7,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let leaves = inputs.map { $0.to(.float64).clone().detached().requiringGradient() }
    probe(function(leaves)).backward()
    for (number, leaf) in leaves.enumerated() {
        let expected = withoutGradients {
            let differences = (0..<leaf.count).map { index in
                func value(_ offset: Double) -> Double {
                    let flat = leaf.flatten().clone()
                    flat[index] += offset
                    var moved = leaves
                    moved[number] = flat.reshape(leaf.shape)
                    return probe(function(moved)).item()
                }
                return (value(step) - value(-step)) / (2 * step)
            }
            return Tensor(differences, shape: leaf.shape, dtype: .float64)
        }
        guard let gradient = leaf.grad else {
            Issue.record("input \(number) has no gradient", sourceLocation: sourceLocation)
            continue
        }
        expectClose(
            gradient, expected, rtol: rtol, atol: atol, "input \(number):", sourceLocation: sourceLocation)
    }
}
