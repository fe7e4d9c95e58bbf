// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: convolution, pooling, normalization.
import CTorch

extension Tensor {
    /// `self @ weight.T + bias`; `weight` is `[out, in]`.
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
        let result = ct_op_linear(handle.pointer, weight.handle.pointer, bias?.handle.pointer)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// `x1 @ weight @ x2 + bias`.
    public static func bilinear(_ input1: Tensor, _ input2: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
        let result = ct_op_bilinear(input1.handle.pointer, input2.handle.pointer, weight.handle.pointer, bias?.handle.pointer)
        extendLifetime((input1, input2, weight, bias))
        return Tensor(owning: result)
    }

    /// Convolution of `[batch, channels, length]`; `weight` is `[out, in/groups, kernel]`.
    public func conv1d(_ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1) -> Tensor {
        let result = ct_op_conv1d(handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, stride.count, padding, padding.count, dilation, dilation.count, groups)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Convolution of `[batch, channels, height, width]`; `weight` is `[out, in/groups, kh, kw]`.
    public func conv2d(_ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1) -> Tensor {
        let result = ct_op_conv2d(handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, stride.count, padding, padding.count, dilation, dilation.count, groups)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Convolution of `[batch, channels, depth, height, width]`.
    public func conv3d(_ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1) -> Tensor {
        let result = ct_op_conv3d(handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, stride.count, padding, padding.count, dilation, dilation.count, groups)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Transposed convolution of `[batch, channels, length]`.
    public func convTranspose1d(_ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0], groups: Int = 1, dilation: [Int] = [1]) -> Tensor {
        let result = ct_op_conv_transpose1d(handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, stride.count, padding, padding.count, outputPadding, outputPadding.count, groups, dilation, dilation.count)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Transposed convolution of `[batch, channels, height, width]`.
    public func convTranspose2d(_ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0], groups: Int = 1, dilation: [Int] = [1]) -> Tensor {
        let result = ct_op_conv_transpose2d_input(handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, stride.count, padding, padding.count, outputPadding, outputPadding.count, groups, dilation, dilation.count)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Transposed convolution of `[batch, channels, depth, height, width]`.
    public func convTranspose3d(_ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0], groups: Int = 1, dilation: [Int] = [1]) -> Tensor {
        let result = ct_op_conv_transpose3d_input(handle.pointer, weight.handle.pointer, bias?.handle.pointer, stride, stride.count, padding, padding.count, outputPadding, outputPadding.count, groups, dilation, dilation.count)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// The maxima of windows.
    package func maxPool1dRaw(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false) -> Tensor {
        let result = ct_op_max_pool1d(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, dilation, dilation.count, ceilMode)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The maxima of windows of pictures.
    public func maxPool2d(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false) -> Tensor {
        let result = ct_op_max_pool2d(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, dilation, dilation.count, ceilMode)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The maxima of windows of volumes.
    public func maxPool3d(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false) -> Tensor {
        let result = ct_op_max_pool3d(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, dilation, dilation.count, ceilMode)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The maxima of windows of pictures, and where they are.
    public func maxPool2dWithIndices(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_max_pool2d_with_indices(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, dilation, dilation.count, ceilMode)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Maxima put back to where they were, zeros elsewhere.
    public func maxUnpool2d(_ indices: Tensor, _ outputSize: [Int]) -> Tensor {
        let result = ct_op_max_unpool2d(handle.pointer, indices.handle.pointer, outputSize, outputSize.count)
        extendLifetime((self, indices))
        return Tensor(owning: result)
    }

    /// The means of windows.
    public func avgPool1d(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], ceilMode: Bool = false, countIncludePad: Bool = true) -> Tensor {
        let result = ct_op_avg_pool1d(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, ceilMode, countIncludePad)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The means of windows of pictures.
    public func avgPool2d(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) -> Tensor {
        let result = ct_op_avg_pool2d(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, ceilMode, countIncludePad, divisorOverride.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// The means of windows of volumes.
    public func avgPool3d(_ kernelSize: [Int], stride: [Int] = [], padding: [Int] = [0], ceilMode: Bool = false, countIncludePad: Bool = true, divisorOverride: Int? = nil) -> Tensor {
        let result = ct_op_avg_pool3d(handle.pointer, kernelSize, kernelSize.count, stride, stride.count, padding, padding.count, ceilMode, countIncludePad, divisorOverride.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Means over as many windows as the output size asks.
    public func adaptiveAvgPool1d(_ outputSize: [Int]) -> Tensor {
        let result = ct_op_adaptive_avg_pool1d(handle.pointer, outputSize, outputSize.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Means over as many windows of a picture as the output size asks.
    public func adaptiveAvgPool2d(_ outputSize: [Int]) -> Tensor {
        let result = ct_op_adaptive_avg_pool2d(handle.pointer, outputSize, outputSize.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Means over as many windows of a volume as the output size asks.
    public func adaptiveAvgPool3d(_ outputSize: [Int]) -> Tensor {
        let result = ct_op_adaptive_avg_pool3d(handle.pointer, outputSize, outputSize.count)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Maxima over as many windows as the output size asks, and where they are.
    public func adaptiveMaxPool1d(_ outputSize: [Int]) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_adaptive_max_pool1d(handle.pointer, outputSize, outputSize.count)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Maxima over as many windows of a picture as the output size asks, and where they are.
    public func adaptiveMaxPool2d(_ outputSize: [Int]) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_adaptive_max_pool2d(handle.pointer, outputSize, outputSize.count)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Maxima over as many windows of a volume as the output size asks, and where they are.
    public func adaptiveMaxPool3d(_ outputSize: [Int]) -> (values: Tensor, indices: Tensor) {
        let result = ct_op_adaptive_max_pool3d(handle.pointer, outputSize, outputSize.count)
        extendLifetime(self)
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// Normalized by the statistics of the batch (training) or the running ones.
    public func batchNorm(_ weight: Tensor?, _ bias: Tensor?, _ runningMean: Tensor?, _ runningVar: Tensor?, training: Bool, momentum: Double, eps: Double, cudnnEnabled: Bool) -> Tensor {
        let result = ct_op_batch_norm(handle.pointer, weight?.handle.pointer, bias?.handle.pointer, runningMean?.handle.pointer, runningVar?.handle.pointer, training, momentum, eps, cudnnEnabled)
        extendLifetime((self, weight, bias, runningMean, runningVar))
        return Tensor(owning: result)
    }

    /// Normalized over the last dimensions.
    public func layerNorm(_ normalizedShape: [Int], _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-05) -> Tensor {
        let result = ct_op_layer_norm(handle.pointer, normalizedShape, normalizedShape.count, weight?.handle.pointer, bias?.handle.pointer, eps)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Normalized over groups of channels.
    public func groupNorm(_ numGroups: Int, _ weight: Tensor? = nil, _ bias: Tensor? = nil, eps: Double = 1e-05) -> Tensor {
        let result = ct_op_group_norm(handle.pointer, numGroups, weight?.handle.pointer, bias?.handle.pointer, eps)
        extendLifetime((self, weight, bias))
        return Tensor(owning: result)
    }

    /// Normalized over each channel of each item.
    public func instanceNorm(_ weight: Tensor?, _ bias: Tensor?, _ runningMean: Tensor?, _ runningVar: Tensor?, useInputStats: Bool, momentum: Double, eps: Double, cudnnEnabled: Bool) -> Tensor {
        let result = ct_op_instance_norm(handle.pointer, weight?.handle.pointer, bias?.handle.pointer, runningMean?.handle.pointer, runningVar?.handle.pointer, useInputStats, momentum, eps, cudnnEnabled)
        extendLifetime((self, weight, bias, runningMean, runningVar))
        return Tensor(owning: result)
    }

    /// Divided by the root of the mean square of the last dimensions.
    public func rmsNorm(_ normalizedShape: [Int], _ weight: Tensor? = nil, eps: Double? = nil) -> Tensor {
        let result = ct_op_rms_norm(handle.pointer, normalizedShape, normalizedShape.count, weight?.handle.pointer, eps.c)
        extendLifetime((self, weight))
        return Tensor(owning: result)
    }

    /// Enlarged by the nearest neighbor.
    package func upsampleNearest1dRaw(_ outputSize: [Int], _ scales: Double? = nil) -> Tensor {
        let result = ct_op_upsample_nearest1d(handle.pointer, outputSize, outputSize.count, scales.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged by the nearest neighbor.
    package func upsampleNearest2dRaw(_ outputSize: [Int], _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op_upsample_nearest2d(handle.pointer, outputSize, outputSize.count, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged by the nearest neighbor.
    package func upsampleNearest3dRaw(_ outputSize: [Int], _ scalesD: Double? = nil, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op_upsample_nearest3d(handle.pointer, outputSize, outputSize.count, scalesD.c, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged by the nearest neighbor, as image libraries count it.
    package func upsampleNearestExact2dRaw(_ outputSize: [Int], _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op__upsample_nearest_exact2d(handle.pointer, outputSize, outputSize.count, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged by the nearest neighbor, as image libraries count it.
    package func upsampleNearestExact1dRaw(_ outputSize: [Int], _ scales: Double? = nil) -> Tensor {
        let result = ct_op__upsample_nearest_exact1d(handle.pointer, outputSize, outputSize.count, scales.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged by the nearest neighbor, as image libraries count it.
    package func upsampleNearestExact3dRaw(_ outputSize: [Int], _ scalesD: Double? = nil, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op__upsample_nearest_exact3d(handle.pointer, outputSize, outputSize.count, scalesD.c, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged linearly.
    package func upsampleLinear1dRaw(_ outputSize: [Int], _ alignCorners: Bool, _ scales: Double? = nil) -> Tensor {
        let result = ct_op_upsample_linear1d(handle.pointer, outputSize, outputSize.count, alignCorners, scales.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged bilinearly.
    package func upsampleBilinear2dRaw(_ outputSize: [Int], _ alignCorners: Bool, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op_upsample_bilinear2d(handle.pointer, outputSize, outputSize.count, alignCorners, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged bicubically.
    package func upsampleBicubic2dRaw(_ outputSize: [Int], _ alignCorners: Bool, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op_upsample_bicubic2d(handle.pointer, outputSize, outputSize.count, alignCorners, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Enlarged trilinearly.
    package func upsampleTrilinear3dRaw(_ outputSize: [Int], _ alignCorners: Bool, _ scalesD: Double? = nil, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op_upsample_trilinear3d(handle.pointer, outputSize, outputSize.count, alignCorners, scalesD.c, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Resized bilinearly with antialiasing.
    package func upsampleBilinear2dAntialiasRaw(_ outputSize: [Int], _ alignCorners: Bool, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op__upsample_bilinear2d_aa(handle.pointer, outputSize, outputSize.count, alignCorners, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Resized bicubically with antialiasing.
    package func upsampleBicubic2dAntialiasRaw(_ outputSize: [Int], _ alignCorners: Bool, _ scalesH: Double? = nil, _ scalesW: Double? = nil) -> Tensor {
        let result = ct_op__upsample_bicubic2d_aa(handle.pointer, outputSize, outputSize.count, alignCorners, scalesH.c, scalesW.c)
        extendLifetime(self)
        return Tensor(owning: result)
    }

    /// Sampled at the places of a grid.
    package func gridSamplerRaw(_ grid: Tensor, _ interpolationMode: Int, _ paddingMode: Int, _ alignCorners: Bool) -> Tensor {
        let result = ct_op_grid_sampler(handle.pointer, grid.handle.pointer, interpolationMode, paddingMode, alignCorners)
        extendLifetime((self, grid))
        return Tensor(owning: result)
    }

    /// The sampling grid of affine matrices.
    package static func affineGridRaw(_ theta: Tensor, _ size: [Int], _ alignCorners: Bool) -> Tensor {
        let result = ct_op_affine_grid_generator(theta.handle.pointer, size, size.count, alignCorners)
        extendLifetime(theta)
        return Tensor(owning: result)
    }

    /// Rows of `weight` by index.
    public static func embedding(_ weight: Tensor, _ indices: Tensor, paddingIdx: Int = -1, scaleGradByFreq: Bool = false, sparse: Bool = false) -> Tensor {
        let result = ct_op_embedding(weight.handle.pointer, indices.handle.pointer, paddingIdx, scaleGradByFreq, sparse)
        extendLifetime((weight, indices))
        return Tensor(owning: result)
    }

    /// Sums, means or maxima of bags of rows.
    package static func embeddingBagRaw(_ weight: Tensor, _ indices: Tensor, _ offsets: Tensor, scaleGradByFreq: Bool = false, mode: Int = 0, sparse: Bool = false, perSampleWeights: Tensor? = nil, includeLastOffset: Bool = false) -> (Tensor, Tensor, Tensor, Tensor) {
        let result = ct_op_embedding_bag(weight.handle.pointer, indices.handle.pointer, offsets.handle.pointer, scaleGradByFreq, mode, sparse, perSampleWeights?.handle.pointer, includeLastOffset)
        extendLifetime((weight, indices, offsets, perSampleWeights))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2), Tensor(owning: result.t3))
    }

    /// Attention of queries (`self`) to keys and values, `[batch, heads, length, width]`.
    public func scaledDotProductAttention(_ key: Tensor, _ value: Tensor, attnMask: Tensor? = nil, dropoutP: Double = 0.0, isCausal: Bool = false, scale: Double? = nil, enableGqa: Bool = false) -> Tensor {
        let result = ct_op_scaled_dot_product_attention(handle.pointer, key.handle.pointer, value.handle.pointer, attnMask?.handle.pointer, dropoutP, isCausal, scale.c, enableGqa)
        extendLifetime((self, key, value, attnMask))
        return Tensor(owning: result)
    }

    /// The LSTM over a sequence.
    package static func lstmRaw(_ input: Tensor, _ hx: [Tensor], _ params: [Tensor], _ hasBiases: Bool, _ numLayers: Int, _ dropout: Double, _ train: Bool, _ bidirectional: Bool, _ batchFirst: Bool) -> (Tensor, Tensor, Tensor) {
        let result = ct_op_lstm_input(input.handle.pointer, hx.map { $0.handle.pointer }, hx.count, params.map { $0.handle.pointer }, params.count, hasBiases, numLayers, dropout, train, bidirectional, batchFirst)
        extendLifetime((input, hx, params))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1), Tensor(owning: result.t2))
    }

    /// The GRU over a sequence.
    package static func gruRaw(_ input: Tensor, _ hx: Tensor, _ params: [Tensor], _ hasBiases: Bool, _ numLayers: Int, _ dropout: Double, _ train: Bool, _ bidirectional: Bool, _ batchFirst: Bool) -> (Tensor, Tensor) {
        let result = ct_op_gru_input(input.handle.pointer, hx.handle.pointer, params.map { $0.handle.pointer }, params.count, hasBiases, numLayers, dropout, train, bidirectional, batchFirst)
        extendLifetime((input, hx, params))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The tanh recurrent net over a sequence.
    package static func rnnTanhRaw(_ input: Tensor, _ hx: Tensor, _ params: [Tensor], _ hasBiases: Bool, _ numLayers: Int, _ dropout: Double, _ train: Bool, _ bidirectional: Bool, _ batchFirst: Bool) -> (Tensor, Tensor) {
        let result = ct_op_rnn_tanh_input(input.handle.pointer, hx.handle.pointer, params.map { $0.handle.pointer }, params.count, hasBiases, numLayers, dropout, train, bidirectional, batchFirst)
        extendLifetime((input, hx, params))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// The ReLU recurrent net over a sequence.
    package static func rnnReLURaw(_ input: Tensor, _ hx: Tensor, _ params: [Tensor], _ hasBiases: Bool, _ numLayers: Int, _ dropout: Double, _ train: Bool, _ bidirectional: Bool, _ batchFirst: Bool) -> (Tensor, Tensor) {
        let result = ct_op_rnn_relu_input(input.handle.pointer, hx.handle.pointer, params.map { $0.handle.pointer }, params.count, hasBiases, numLayers, dropout, train, bidirectional, batchFirst)
        extendLifetime((input, hx, params))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// One step of an LSTM.
    package static func lstmCellRaw(_ input: Tensor, _ hx: [Tensor], _ wIh: Tensor, _ wHh: Tensor, _ bIh: Tensor? = nil, _ bHh: Tensor? = nil) -> (Tensor, Tensor) {
        let result = ct_op_lstm_cell(input.handle.pointer, hx.map { $0.handle.pointer }, hx.count, wIh.handle.pointer, wHh.handle.pointer, bIh?.handle.pointer, bHh?.handle.pointer)
        extendLifetime((input, hx, wIh, wHh, bIh, bHh))
        return (Tensor(owning: result.t0), Tensor(owning: result.t1))
    }

    /// One step of a GRU.
    package static func gruCellRaw(_ input: Tensor, _ hx: Tensor, _ wIh: Tensor, _ wHh: Tensor, _ bIh: Tensor? = nil, _ bHh: Tensor? = nil) -> Tensor {
        let result = ct_op_gru_cell(input.handle.pointer, hx.handle.pointer, wIh.handle.pointer, wHh.handle.pointer, bIh?.handle.pointer, bHh?.handle.pointer)
        extendLifetime((input, hx, wIh, wHh, bIh, bHh))
        return Tensor(owning: result)
    }

    /// One step of a tanh recurrent net.
    package static func rnnTanhCellRaw(_ input: Tensor, _ hx: Tensor, _ wIh: Tensor, _ wHh: Tensor, _ bIh: Tensor? = nil, _ bHh: Tensor? = nil) -> Tensor {
        let result = ct_op_rnn_tanh_cell(input.handle.pointer, hx.handle.pointer, wIh.handle.pointer, wHh.handle.pointer, bIh?.handle.pointer, bHh?.handle.pointer)
        extendLifetime((input, hx, wIh, wHh, bIh, bHh))
        return Tensor(owning: result)
    }

    /// One step of a ReLU recurrent net.
    package static func rnnReLUCellRaw(_ input: Tensor, _ hx: Tensor, _ wIh: Tensor, _ wHh: Tensor, _ bIh: Tensor? = nil, _ bHh: Tensor? = nil) -> Tensor {
        let result = ct_op_rnn_relu_cell(input.handle.pointer, hx.handle.pointer, wIh.handle.pointer, wHh.handle.pointer, bIh?.handle.pointer, bHh?.handle.pointer)
        extendLifetime((input, hx, wIh, wHh, bIh, bHh))
        return Tensor(owning: result)
    }
}
