// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: reductions.
import CTorch

extension Tensor {
    /// The sum over dimensions.
    public func sum(dims: [Int]?, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_sum_dim_IntList(handle.pointer, dims, dims?.count ?? 0, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The sum over dimensions.
    public func sum(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        sum(dims: [dim], keepDim: keepDim, dtype: dtype)
    }

    /// The sum of all elements, a tensor without dimensions.
    public func sum(dtype: DType? = nil) -> Tensor {
        let result = ct_op_sum(handle.pointer, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The mean over dimensions.
    public func mean(dims: [Int]?, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_mean_dim(handle.pointer, dims, dims?.count ?? 0, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The mean over dimensions.
    public func mean(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        mean(dims: [dim], keepDim: keepDim, dtype: dtype)
    }

    /// The mean of all elements.
    public func mean(dtype: DType? = nil) -> Tensor {
        let result = ct_op_mean(handle.pointer, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The sum over dimensions, NaN counted as zero.
    public func nansum(dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_nansum(handle.pointer, dims, dims?.count ?? 0, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The sum over dimensions, NaN counted as zero.
    public func nansum(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        nansum(dims: [dim], keepDim: keepDim, dtype: dtype)
    }

    /// The mean over dimensions without the NaNs.
    public func nanmean(dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_nanmean(handle.pointer, dims, dims?.count ?? 0, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The mean over dimensions without the NaNs.
    public func nanmean(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        nanmean(dims: [dim], keepDim: keepDim, dtype: dtype)
    }

    /// The product of all elements.
    public func prod(dtype: DType? = nil) -> Tensor {
        let result = ct_op_prod(handle.pointer, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The product over one dimension.
    public func prod(dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
        let result = ct_op_prod_dim_int(handle.pointer, dim, keepDim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The variance over dimensions (all by default): the squared deviations divided by their count less `correction`, which is 1 unless given; 0 gives the biased variance.
    public func `var`(dims: [Int]? = nil, correction: Scalar? = nil, keepDim: Bool = false) -> Tensor {
        let result = ct_op_var_correction(handle.pointer, dims, dims?.count ?? 0, correction.c, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The variance over dimensions (all by default): the squared deviations divided by their count less `correction`, which is 1 unless given; 0 gives the biased variance.
    public func `var`(dim: Int, correction: Scalar? = nil, keepDim: Bool = false) -> Tensor {
        `var`(dims: [dim], correction: correction, keepDim: keepDim)
    }

    /// The standard deviation over dimensions (all by default), the root of `var`.
    public func std(dims: [Int]? = nil, correction: Scalar? = nil, keepDim: Bool = false) -> Tensor {
        let result = ct_op_std_correction(handle.pointer, dims, dims?.count ?? 0, correction.c, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The standard deviation over dimensions (all by default), the root of `var`.
    public func std(dim: Int, correction: Scalar? = nil, keepDim: Bool = false) -> Tensor {
        std(dims: [dim], correction: correction, keepDim: keepDim)
    }

    /// The variance and the mean over dimensions (all by default), as `var` and `mean` give them.
    public func varMean(dims: [Int]? = nil, correction: Scalar? = nil, keepDim: Bool = false) -> (variance: Tensor, mean: Tensor) {
        let result = ct_op_var_mean_correction(handle.pointer, dims, dims?.count ?? 0, correction.c, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The variance and the mean over dimensions (all by default), as `var` and `mean` give them.
    public func varMean(dim: Int, correction: Scalar? = nil, keepDim: Bool = false) -> (variance: Tensor, mean: Tensor) {
        varMean(dims: [dim], correction: correction, keepDim: keepDim)
    }

    /// The standard deviation and the mean over dimensions (all by default), as `std` and `mean` give them.
    public func stdMean(dims: [Int]? = nil, correction: Scalar? = nil, keepDim: Bool = false) -> (deviation: Tensor, mean: Tensor) {
        let result = ct_op_std_mean_correction(handle.pointer, dims, dims?.count ?? 0, correction.c, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The standard deviation and the mean over dimensions (all by default), as `std` and `mean` give them.
    public func stdMean(dim: Int, correction: Scalar? = nil, keepDim: Bool = false) -> (deviation: Tensor, mean: Tensor) {
        stdMean(dims: [dim], correction: correction, keepDim: keepDim)
    }

    /// The largest element.
    public func max() -> Tensor {
        let result = ct_op_max(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The smallest element.
    public func min() -> Tensor {
        let result = ct_op_min(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The largest elements along a dimension, and where they are.
    public func max(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_max_dim(handle.pointer, dim, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The smallest elements along a dimension, and where they are.
    public func min(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_min_dim(handle.pointer, dim, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The largest elements over dimensions; ties share the gradient.
    public func amax(dims: [Int] = [], keepDim: Bool = false) -> Tensor {
        let result = ct_op_amax(handle.pointer, dims, dims.count, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The largest elements over dimensions; ties share the gradient.
    public func amax(dim: Int, keepDim: Bool = false) -> Tensor {
        amax(dims: [dim], keepDim: keepDim)
    }

    /// The smallest elements over dimensions; ties share the gradient.
    public func amin(dims: [Int] = [], keepDim: Bool = false) -> Tensor {
        let result = ct_op_amin(handle.pointer, dims, dims.count, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The smallest elements over dimensions; ties share the gradient.
    public func amin(dim: Int, keepDim: Bool = false) -> Tensor {
        amin(dims: [dim], keepDim: keepDim)
    }

    /// The smallest and the largest elements.
    public func aminmax(dim: Int? = nil, keepDim: Bool = false) -> (min: Tensor, max: Tensor) {
        let result = ct_op_aminmax(handle.pointer, dim.c, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Where the largest element is: along `dim`, or in the flattened tensor.
    public func argmax(dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        let result = ct_op_argmax(handle.pointer, dim.c, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Where the smallest element is: along `dim`, or in the flattened tensor.
    public func argmin(dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        let result = ct_op_argmin(handle.pointer, dim.c, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Whether every element is non-zero.
    public func all() -> Tensor {
        let result = ct_op_all(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Whether every element along a dimension is non-zero.
    public func all(dim: Int, keepDim: Bool = false) -> Tensor {
        let result = ct_op_all_dim(handle.pointer, dim, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Whether some element is non-zero.
    public func any() -> Tensor {
        let result = ct_op_any(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Whether some element along a dimension is non-zero.
    public func any(dim: Int, keepDim: Bool = false) -> Tensor {
        let result = ct_op_any_dim(handle.pointer, dim, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm of the sum of exponentials over dimensions, without overflow.
    public func logsumexp(dims: [Int], keepDim: Bool = false) -> Tensor {
        let result = ct_op_logsumexp(handle.pointer, dims, dims.count, keepDim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The logarithm of the sum of exponentials over dimensions, without overflow.
    public func logsumexp(dim: Int, keepDim: Bool = false) -> Tensor {
        logsumexp(dims: [dim], keepDim: keepDim)
    }

    /// The median of all elements, the lower of two.
    public func median() -> Tensor {
        let result = ct_op_median(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The medians along a dimension, and where they are.
    public func median(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_median_dim(handle.pointer, dim, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The median without the NaNs.
    public func nanmedian() -> Tensor {
        let result = ct_op_nanmedian(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The most frequent values along a dimension, and where they are.
    public func mode(dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_mode(handle.pointer, dim, keepDim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The value below which the part `q` of the elements lies.
    public func quantile(_ q: Double, dim: Int? = nil, keepDim: Bool = false, interpolation: String = "linear") -> Tensor {
        let result = ct_op_quantile_scalar(handle.pointer, q, dim.c, keepDim, interpolation)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The values below which the parts `q` of the elements lie.
    public func quantile(_ q: Tensor, dim: Int? = nil, keepDim: Bool = false, interpolation: String = "linear") -> Tensor {
        let result = ct_op_quantile(handle.pointer, q.handle.pointer, dim.c, keepDim, interpolation)
        extendLifetime((self, q))
        return Tensor(owning: result)
    }

    /// How many elements are non-zero.
    public func countNonzero(dim: Int? = nil) -> Tensor {
        let result = ct_op_count_nonzero(handle.pointer, dim.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Running sums along a dimension.
    public func cumsum(dim: Int, dtype: DType? = nil) -> Tensor {
        let result = ct_op_cumsum(handle.pointer, dim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Running products along a dimension.
    public func cumprod(dim: Int, dtype: DType? = nil) -> Tensor {
        let result = ct_op_cumprod(handle.pointer, dim, dtype?.rawValue ?? -1)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Running maxima along a dimension, and where they are.
    public func cummax(dim: Int) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_cummax(handle.pointer, dim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Running minima along a dimension, and where they are.
    public func cummin(dim: Int) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_cummin(handle.pointer, dim)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Running logarithms of sums of exponentials.
    public func logcumsumexp(dim: Int) -> Tensor {
        let result = ct_op_logcumsumexp(handle.pointer, dim)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Differences of neighbors along a dimension, taken `n` times.
    public func diff(n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
        let result = ct_op_diff(handle.pointer, n, dim, prepend?.handle.pointer, append?.handle.pointer)
        extendLifetime((self, prepend, append))
        return Tensor(owning: result)
    }

    /// Counts of elements in equal bins between two numbers.
    public func histc(bins: Int = 100, min: Scalar = 0, max: Scalar = 0) -> Tensor {
        let result = ct_op_histc(handle.pointer, bins, min.c, max.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Counts (or sums of weights) of each whole number from zero.
    public func bincount(weights: Tensor? = nil, minlength: Int = 0) -> Tensor {
        let result = ct_op_bincount(handle.pointer, weights?.handle.pointer, minlength)
        extendLifetime((self, weights))
        return Tensor(owning: result)
    }

    /// The sum of a matrix's diagonal.
    public func trace() -> Tensor {
        let result = ct_op_trace(handle.pointer)
        extendLifetime(self)
        return Tensor(owning: result)
    }
}
