// The distinct elements of a tensor.

extension Tensor {
    /// The distinct elements in ascending order, or the distinct slices along a dimension.
    public func unique(dim: Int? = nil) -> Tensor { uniqueCounts(dim: dim).values }

    /// The distinct elements in ascending order (or the distinct slices along a dimension), the place among them of
    /// each element, and how often each occurs.
    public func uniqueCounts(dim: Int? = nil) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        let result =
            if let dim {
                uniqueDimRaw(dim: dim, sorted: true, returnInverse: true, returnCounts: true)
            } else {
                unique2Raw(sorted: true, returnInverse: true, returnCounts: true)
            }
        return (result.0, result.1, result.2)
    }

    /// The elements (or slices along a dimension) without repetitions of the one before, the place among them of each
    /// element, and how often each is repeated.
    public func uniqueConsecutive(dim: Int? = nil) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        let result = uniqueConsecutiveRaw(returnInverse: true, returnCounts: true, dim: dim)
        return (result.0, result.1, result.2)
    }
}
