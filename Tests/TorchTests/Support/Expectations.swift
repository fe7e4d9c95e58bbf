// Compares tensors with those of the reference.
import Testing
import Torch

/// Expects the shape and dtype of another tensor, and elements that differ by no more than `atol + rtol * |expected|`.
func expectClose(
    _ value: Tensor, _ expected: Tensor, rtol: Double = 1e-5, atol: Double = 1e-6, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(value.shape == expected.shape, comment, sourceLocation: sourceLocation)
    #expect(value.dtype == expected.dtype, comment, sourceLocation: sourceLocation)
    guard value.shape == expected.shape, value.dtype == expected.dtype else { return }
    let isClose = value.to(.float64).allClose(expected.to(.float64), rtol: rtol, atol: atol, equalNan: true)
    let difference = { (value.to(.float64) - expected.to(.float64)).abs().max().item() }
    #expect(
        isClose, "\(comment?.description ?? "") the largest difference is \(isClose ? 0 : difference())",
        sourceLocation: sourceLocation)
}

/// Expects the shape, dtype and elements of another tensor, bit for bit.
func expectEqual(
    _ value: Tensor, _ expected: Tensor, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(value, expected, rtol: 0, atol: 0, comment, sourceLocation: sourceLocation)
}

/// Runs `body` and returns the error that an operator in it reports.
func torchError(_ body: () throws -> Void) -> TorchError? {
    do {
        try withTorchErrors(body)
        return nil
    } catch {
        return error as? TorchError
    }
}
