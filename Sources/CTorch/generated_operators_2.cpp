// Generated from operators.list by `swift run generate-operators`. Do not edit.
#include "ctorch_internal.h"
#include "ctorch_operators.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_clamp_min.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_foreach_div.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_maximum.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_sqrt.h>
#include <ATen/ops/_foreach_zero.h>
#include <ATen/ops/_fused_adagrad.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/_upsample_nearest_exact1d.h>
#include <ATen/ops/_upsample_nearest_exact2d.h>
#include <ATen/ops/_upsample_nearest_exact3d.h>
#include <ATen/ops/adaptive_avg_pool1d.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_avg_pool3d.h>
#include <ATen/ops/adaptive_max_pool1d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/adaptive_max_pool3d.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/affine_grid_generator.h>
#include <ATen/ops/alpha_dropout.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/avg_pool1d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool3d.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/bilinear.h>
#include <ATen/ops/binary_cross_entropy.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/broadcast_tensors.h>
#include <ATen/ops/broadcast_to.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/celu.h>
#include <ATen/ops/chunk.h>
#include <ATen/ops/col2im.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv3d.h>
#include <ATen/ops/conv_transpose1d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/conv_transpose3d.h>
#include <ATen/ops/corrcoef.h>
#include <ATen/ops/cosine_embedding_loss.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/cov.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/diagonal.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/feature_dropout.h>
#include <ATen/ops/fft_fft.h>
#include <ATen/ops/fft_fft2.h>
#include <ATen/ops/fft_fftfreq.h>
#include <ATen/ops/fft_fftn.h>
#include <ATen/ops/fft_fftshift.h>
#include <ATen/ops/fft_ifft.h>
#include <ATen/ops/fft_ifft2.h>
#include <ATen/ops/fft_ifftn.h>
#include <ATen/ops/fft_ifftshift.h>
#include <ATen/ops/fft_irfft.h>
#include <ATen/ops/fft_irfft2.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/fft_rfftfreq.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/glu.h>
#include <ATen/ops/grid_sampler.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/gru_cell.h>
#include <ATen/ops/hamming_window.h>
#include <ATen/ops/hann_window.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/hinge_embedding_loss.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/im2col.h>
#include <ATen/ops/index.h>
#include <ATen/ops/index_add.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/index_fill.h>
#include <ATen/ops/index_put.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/istft.h>
#include <ATen/ops/kl_div.h>
#include <ATen/ops/kron.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_cond.h>
#include <ATen/ops/linalg_cross.h>
#include <ATen/ops/linalg_det.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/linalg_lstsq.h>
#include <ATen/ops/linalg_matrix_exp.h>
#include <ATen/ops/linalg_matrix_norm.h>
#include <ATen/ops/linalg_matrix_power.h>
#include <ATen/ops/linalg_matrix_rank.h>
#include <ATen/ops/linalg_pinv.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/linalg_slogdet.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/linalg_svdvals.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logspace.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/lstm_cell.h>
#include <ATen/ops/margin_ranking_loss.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/masked_scatter.h>
#include <ATen/ops/masked_select.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max_pool1d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool3d.h>
#include <ATen/ops/max_unpool2d.h>
#include <ATen/ops/meshgrid.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/multi_margin_loss.h>
#include <ATen/ops/multilabel_margin_loss.h>
#include <ATen/ops/multinomial.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/nll_loss_nd.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/pad.h>
#include <ATen/ops/pairwise_distance.h>
#include <ATen/ops/pixel_shuffle.h>
#include <ATen/ops/pixel_unshuffle.h>
#include <ATen/ops/poisson_nll_loss.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/rnn_relu.h>
#include <ATen/ops/rnn_relu_cell.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/rnn_tanh_cell.h>
#include <ATen/ops/rrelu.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/scatter.h>
#include <ATen/ops/scatter_add.h>
#include <ATen/ops/scatter_reduce.h>
#include <ATen/ops/selu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/smooth_l1_loss.h>
#include <ATen/ops/soft_margin_loss.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/split.h>
#include <ATen/ops/split_with_sizes.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/stft.h>
#include <ATen/ops/take.h>
#include <ATen/ops/take_along_dim.h>
#include <ATen/ops/tensordot.h>
#include <ATen/ops/threshold.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/tril_indices.h>
#include <ATen/ops/triplet_margin_loss.h>
#include <ATen/ops/triu.h>
#include <ATen/ops/triu_indices.h>
#include <ATen/ops/unbind.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_linear1d.h>
#include <ATen/ops/upsample_nearest1d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/upsample_nearest3d.h>
#include <ATen/ops/upsample_trilinear3d.h>
#include <ATen/ops/zeros.h>

using namespace ctorch;

ct_tensor ct_op_stack(const ct_tensor *tensors_, intptr_t tensors__count, intptr_t dim) {
    CT_TRY("stack", nullptr, CT_INPUTS({list(tensors_, tensors__count)}), { return release(at::stack(tensors(tensors_, tensors__count), dim)); })
}

ct_tensor_list ct_op_chunk(ct_tensor self_, intptr_t chunks, intptr_t dim) {
    CT_REQUIRE("chunk", (ct_tensor_list{nullptr, -1}), self_);
    CT_TRY("chunk", (ct_tensor_list{nullptr, -1}), CT_INPUTS({one(self_)}), { return release_list(at::chunk(*borrow(self_), chunks, dim)); })
}

ct_tensor_list ct_op_split_Tensor(ct_tensor self_, intptr_t split_size, intptr_t dim) {
    CT_REQUIRE("split", (ct_tensor_list{nullptr, -1}), self_);
    CT_TRY("split", (ct_tensor_list{nullptr, -1}), CT_INPUTS({one(self_)}), { return release_list(at::split(*borrow(self_), split_size, dim)); })
}

ct_tensor_list ct_op_split_with_sizes(ct_tensor self_, const intptr_t *split_sizes, intptr_t split_sizes_count, intptr_t dim) {
    CT_REQUIRE("split_with_sizes", (ct_tensor_list{nullptr, -1}), self_);
    CT_TRY("split_with_sizes", (ct_tensor_list{nullptr, -1}), CT_INPUTS({one(self_)}), { return release_list(at::split_with_sizes(*borrow(self_), ints(split_sizes, split_sizes_count), dim)); })
}

ct_tensor_list ct_op_unbind_int(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("unbind", (ct_tensor_list{nullptr, -1}), self_);
    CT_TRY("unbind", (ct_tensor_list{nullptr, -1}), CT_INPUTS({one(self_)}), { return release_list(at::unbind(*borrow(self_), dim)); })
}

ct_tensor_list ct_op_meshgrid_indexing(const ct_tensor *tensors_, intptr_t tensors__count, const char *indexing) {
    CT_TRY("meshgrid", (ct_tensor_list{nullptr, -1}), CT_INPUTS({list(tensors_, tensors__count)}), { return release_list(at::meshgrid(tensors(tensors_, tensors__count), indexing)); })
}

ct_tensor ct_op_diagonal(ct_tensor self_, intptr_t offset, intptr_t dim1, intptr_t dim2) {
    CT_REQUIRE("diagonal", nullptr, self_);
    CT_TRY("diagonal", nullptr, CT_INPUTS({one(self_)}), { return release(at::diagonal(*borrow(self_), offset, dim1, dim2)); })
}

ct_tensor ct_op_diag(ct_tensor self_, intptr_t diagonal) {
    CT_REQUIRE("diag", nullptr, self_);
    CT_TRY("diag", nullptr, CT_INPUTS({one(self_)}), { return release(at::diag(*borrow(self_), diagonal)); })
}

ct_tensor ct_op_diag_embed(ct_tensor self_, intptr_t offset, intptr_t dim1, intptr_t dim2) {
    CT_REQUIRE("diag_embed", nullptr, self_);
    CT_TRY("diag_embed", nullptr, CT_INPUTS({one(self_)}), { return release(at::diag_embed(*borrow(self_), offset, dim1, dim2)); })
}

ct_tensor ct_op_tril(ct_tensor self_, intptr_t diagonal) {
    CT_REQUIRE("tril", nullptr, self_);
    CT_TRY("tril", nullptr, CT_INPUTS({one(self_)}), { return release(at::tril(*borrow(self_), diagonal)); })
}

ct_tensor ct_op_triu(ct_tensor self_, intptr_t diagonal) {
    CT_REQUIRE("triu", nullptr, self_);
    CT_TRY("triu", nullptr, CT_INPUTS({one(self_)}), { return release(at::triu(*borrow(self_), diagonal)); })
}

ct_tensor ct_op_constant_pad_nd(ct_tensor self_, const intptr_t *pad, intptr_t pad_count, ct_scalar value) {
    CT_REQUIRE("constant_pad_nd", nullptr, self_);
    CT_TRY("constant_pad_nd", nullptr, CT_INPUTS({one(self_)}), { return release(at::constant_pad_nd(*borrow(self_), ints(pad, pad_count), scalar(value))); })
}

ct_tensor ct_op_pad(ct_tensor self_, const intptr_t *pad, intptr_t pad_count, const char *mode, ct_optional_double value) {
    CT_REQUIRE("pad", nullptr, self_);
    CT_TRY("pad", nullptr, CT_INPUTS({one(self_)}), { return release(at::pad(*borrow(self_), ints(pad, pad_count), mode, optional_double(value))); })
}

ct_tensor ct_op_pixel_shuffle(ct_tensor self_, intptr_t upscale_factor) {
    CT_REQUIRE("pixel_shuffle", nullptr, self_);
    CT_TRY("pixel_shuffle", nullptr, CT_INPUTS({one(self_)}), { return release(at::pixel_shuffle(*borrow(self_), upscale_factor)); })
}

ct_tensor ct_op_pixel_unshuffle(ct_tensor self_, intptr_t downscale_factor) {
    CT_REQUIRE("pixel_unshuffle", nullptr, self_);
    CT_TRY("pixel_unshuffle", nullptr, CT_INPUTS({one(self_)}), { return release(at::pixel_unshuffle(*borrow(self_), downscale_factor)); })
}

ct_tensor_list ct_op_broadcast_tensors(const ct_tensor *tensors_, intptr_t tensors__count) {
    CT_TRY("broadcast_tensors", (ct_tensor_list{nullptr, -1}), CT_INPUTS({list(tensors_, tensors__count)}), { return release_list(at::broadcast_tensors(tensors(tensors_, tensors__count))); })
}

ct_tensor ct_op_broadcast_to(ct_tensor self_, const intptr_t *size, intptr_t size_count) {
    CT_REQUIRE("broadcast_to", nullptr, self_);
    CT_TRY("broadcast_to", nullptr, CT_INPUTS({one(self_)}), { return release(at::broadcast_to(*borrow(self_), ints(size, size_count))); })
}

ct_tensor ct_op_im2col(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *dilation, intptr_t dilation_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *stride, intptr_t stride_count) {
    CT_REQUIRE("im2col", nullptr, self_);
    CT_TRY("im2col", nullptr, CT_INPUTS({one(self_)}), { return release(at::im2col(*borrow(self_), ints(kernel_size, kernel_size_count), ints(dilation, dilation_count), ints(padding, padding_count), ints(stride, stride_count))); })
}

ct_tensor ct_op_col2im(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *dilation, intptr_t dilation_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *stride, intptr_t stride_count) {
    CT_REQUIRE("col2im", nullptr, self_);
    CT_TRY("col2im", nullptr, CT_INPUTS({one(self_)}), { return release(at::col2im(*borrow(self_), ints(output_size, output_size_count), ints(kernel_size, kernel_size_count), ints(dilation, dilation_count), ints(padding, padding_count), ints(stride, stride_count))); })
}

ct_tensor ct_op_index_Tensor(ct_tensor self_, const ct_tensor *indices, intptr_t indices_count) {
    CT_REQUIRE("index", nullptr, self_);
    CT_TRY("index", nullptr, CT_INPUTS({one(self_), list(indices, indices_count)}), { return release(at::index(*borrow(self_), optional_tensors(indices, indices_count))); })
}

ct_tensor ct_op_index_select(ct_tensor self_, intptr_t dim, ct_tensor index) {
    CT_REQUIRE("index_select", nullptr, self_, index);
    CT_TRY("index_select", nullptr, CT_INPUTS({one(self_), one(index)}), { return release(at::index_select(*borrow(self_), dim, *borrow(index))); })
}

ct_tensor ct_op_gather(ct_tensor self_, intptr_t dim, ct_tensor index) {
    CT_REQUIRE("gather", nullptr, self_, index);
    CT_TRY("gather", nullptr, CT_INPUTS({one(self_), one(index)}), { return release(at::gather(*borrow(self_), dim, *borrow(index))); })
}

ct_tensor ct_op_scatter_src(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor src) {
    CT_REQUIRE("scatter", nullptr, self_, index, src);
    CT_TRY("scatter", nullptr, CT_INPUTS({one(self_), one(index), one(src)}), { return release(at::scatter(*borrow(self_), dim, *borrow(index), *borrow(src))); })
}

ct_tensor ct_op_scatter_value(ct_tensor self_, intptr_t dim, ct_tensor index, ct_scalar value) {
    CT_REQUIRE("scatter", nullptr, self_, index);
    CT_TRY("scatter", nullptr, CT_INPUTS({one(self_), one(index)}), { return release(at::scatter(*borrow(self_), dim, *borrow(index), scalar(value))); })
}

ct_tensor ct_op_scatter_add(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor src) {
    CT_REQUIRE("scatter_add", nullptr, self_, index, src);
    CT_TRY("scatter_add", nullptr, CT_INPUTS({one(self_), one(index), one(src)}), { return release(at::scatter_add(*borrow(self_), dim, *borrow(index), *borrow(src))); })
}

ct_tensor ct_op_scatter_reduce_two(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor src, const char *reduce, bool include_self) {
    CT_REQUIRE("scatter_reduce", nullptr, self_, index, src);
    CT_TRY("scatter_reduce", nullptr, CT_INPUTS({one(self_), one(index), one(src)}), { return release(at::scatter_reduce(*borrow(self_), dim, *borrow(index), *borrow(src), reduce, include_self)); })
}

ct_tensor ct_op_index_add(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor source, ct_scalar alpha) {
    CT_REQUIRE("index_add", nullptr, self_, index, source);
    CT_TRY("index_add", nullptr, CT_INPUTS({one(self_), one(index), one(source)}), { return release(at::index_add(*borrow(self_), dim, *borrow(index), *borrow(source), scalar(alpha))); })
}

ct_tensor ct_op_index_copy(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor source) {
    CT_REQUIRE("index_copy", nullptr, self_, index, source);
    CT_TRY("index_copy", nullptr, CT_INPUTS({one(self_), one(index), one(source)}), { return release(at::index_copy(*borrow(self_), dim, *borrow(index), *borrow(source))); })
}

ct_tensor ct_op_index_fill_int_Scalar(ct_tensor self_, intptr_t dim, ct_tensor index, ct_scalar value) {
    CT_REQUIRE("index_fill", nullptr, self_, index);
    CT_TRY("index_fill", nullptr, CT_INPUTS({one(self_), one(index)}), { return release(at::index_fill(*borrow(self_), dim, *borrow(index), scalar(value))); })
}

ct_tensor ct_op_index_put(ct_tensor self_, const ct_tensor *indices, intptr_t indices_count, ct_tensor values, bool accumulate) {
    CT_REQUIRE("index_put", nullptr, self_, values);
    CT_TRY("index_put", nullptr, CT_INPUTS({one(self_), one(values), list(indices, indices_count)}), { return release(at::index_put(*borrow(self_), optional_tensors(indices, indices_count), *borrow(values), accumulate)); })
}

ct_tensor ct_op_masked_fill_Scalar(ct_tensor self_, ct_tensor mask, ct_scalar value) {
    CT_REQUIRE("masked_fill", nullptr, self_, mask);
    CT_TRY("masked_fill", nullptr, CT_INPUTS({one(self_), one(mask)}), { return release(at::masked_fill(*borrow(self_), *borrow(mask), scalar(value))); })
}

ct_tensor ct_op_masked_fill_Tensor(ct_tensor self_, ct_tensor mask, ct_tensor value) {
    CT_REQUIRE("masked_fill", nullptr, self_, mask, value);
    CT_TRY("masked_fill", nullptr, CT_INPUTS({one(self_), one(mask), one(value)}), { return release(at::masked_fill(*borrow(self_), *borrow(mask), *borrow(value))); })
}

ct_tensor ct_op_masked_select(ct_tensor self_, ct_tensor mask) {
    CT_REQUIRE("masked_select", nullptr, self_, mask);
    CT_TRY("masked_select", nullptr, CT_INPUTS({one(self_), one(mask)}), { return release(at::masked_select(*borrow(self_), *borrow(mask))); })
}

ct_tensor ct_op_masked_scatter(ct_tensor self_, ct_tensor mask, ct_tensor source) {
    CT_REQUIRE("masked_scatter", nullptr, self_, mask, source);
    CT_TRY("masked_scatter", nullptr, CT_INPUTS({one(self_), one(mask), one(source)}), { return release(at::masked_scatter(*borrow(self_), *borrow(mask), *borrow(source))); })
}

bool ct_op_put_(ct_tensor self_, ct_tensor index, ct_tensor source, bool accumulate) {
    CT_REQUIRE("put_", false, self_, index, source);
    CT_TRY("put_", false, CT_INPUTS({one(self_), one(index), one(source)}), { borrow(self_)->put_(*borrow(index), *borrow(source), accumulate); return true; })
}

bool ct_op_masked_scatter_(ct_tensor self_, ct_tensor mask, ct_tensor source) {
    CT_REQUIRE("masked_scatter_", false, self_, mask, source);
    CT_TRY("masked_scatter_", false, CT_INPUTS({one(self_), one(mask), one(source)}), { borrow(self_)->masked_scatter_(*borrow(mask), *borrow(source)); return true; })
}

ct_tensor ct_op_take(ct_tensor self_, ct_tensor index) {
    CT_REQUIRE("take", nullptr, self_, index);
    CT_TRY("take", nullptr, CT_INPUTS({one(self_), one(index)}), { return release(at::take(*borrow(self_), *borrow(index))); })
}

ct_tensor ct_op_take_along_dim(ct_tensor self_, ct_tensor indices, ct_optional_int dim) {
    CT_REQUIRE("take_along_dim", nullptr, self_, indices);
    CT_TRY("take_along_dim", nullptr, CT_INPUTS({one(self_), one(indices)}), { return release(at::take_along_dim(*borrow(self_), *borrow(indices), optional_int(dim))); })
}

ct_tensor ct_op_one_hot(ct_tensor self_, intptr_t num_classes) {
    CT_REQUIRE("one_hot", nullptr, self_);
    CT_TRY("one_hot", nullptr, CT_INPUTS({one(self_)}), { return release(at::one_hot(*borrow(self_), num_classes)); })
}

ct_tensor ct_op_matmul(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("matmul", nullptr, self_, other);
    CT_TRY("matmul", nullptr, CT_INPUTS({one(self_), one(other)}), { return release(at::matmul(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_mm(ct_tensor self_, ct_tensor mat2) {
    CT_REQUIRE("mm", nullptr, self_, mat2);
    CT_TRY("mm", nullptr, CT_INPUTS({one(self_), one(mat2)}), { return release(at::mm(*borrow(self_), *borrow(mat2))); })
}

ct_tensor ct_op_bmm(ct_tensor self_, ct_tensor mat2) {
    CT_REQUIRE("bmm", nullptr, self_, mat2);
    CT_TRY("bmm", nullptr, CT_INPUTS({one(self_), one(mat2)}), { return release(at::bmm(*borrow(self_), *borrow(mat2))); })
}

ct_tensor ct_op_mv(ct_tensor self_, ct_tensor vec) {
    CT_REQUIRE("mv", nullptr, self_, vec);
    CT_TRY("mv", nullptr, CT_INPUTS({one(self_), one(vec)}), { return release(at::mv(*borrow(self_), *borrow(vec))); })
}

ct_tensor ct_op_dot(ct_tensor self_, ct_tensor tensor) {
    CT_REQUIRE("dot", nullptr, self_, tensor);
    CT_TRY("dot", nullptr, CT_INPUTS({one(self_), one(tensor)}), { return release(at::dot(*borrow(self_), *borrow(tensor))); })
}

ct_tensor ct_op_outer(ct_tensor self_, ct_tensor vec2) {
    CT_REQUIRE("outer", nullptr, self_, vec2);
    CT_TRY("outer", nullptr, CT_INPUTS({one(self_), one(vec2)}), { return release(at::outer(*borrow(self_), *borrow(vec2))); })
}

ct_tensor ct_op_addmm(ct_tensor self_, ct_tensor mat1, ct_tensor mat2, ct_scalar beta, ct_scalar alpha) {
    CT_REQUIRE("addmm", nullptr, self_, mat1, mat2);
    CT_TRY("addmm", nullptr, CT_INPUTS({one(self_), one(mat1), one(mat2)}), { return release(at::addmm(*borrow(self_), *borrow(mat1), *borrow(mat2), scalar(beta), scalar(alpha))); })
}

ct_tensor ct_op_baddbmm(ct_tensor self_, ct_tensor batch1, ct_tensor batch2, ct_scalar beta, ct_scalar alpha) {
    CT_REQUIRE("baddbmm", nullptr, self_, batch1, batch2);
    CT_TRY("baddbmm", nullptr, CT_INPUTS({one(self_), one(batch1), one(batch2)}), { return release(at::baddbmm(*borrow(self_), *borrow(batch1), *borrow(batch2), scalar(beta), scalar(alpha))); })
}

ct_tensor ct_op_einsum(const char *equation, const ct_tensor *tensors_, intptr_t tensors__count) {
    CT_TRY("einsum", nullptr, CT_INPUTS({list(tensors_, tensors__count)}), { return release(at::einsum(equation, tensors(tensors_, tensors__count))); })
}

ct_tensor ct_op_tensordot(ct_tensor self_, ct_tensor other, const intptr_t *dims_self, intptr_t dims_self_count, const intptr_t *dims_other, intptr_t dims_other_count) {
    CT_REQUIRE("tensordot", nullptr, self_, other);
    CT_TRY("tensordot", nullptr, CT_INPUTS({one(self_), one(other)}), { return release(at::tensordot(*borrow(self_), *borrow(other), ints(dims_self, dims_self_count), ints(dims_other, dims_other_count))); })
}

ct_tensor ct_op_kron(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("kron", nullptr, self_, other);
    CT_TRY("kron", nullptr, CT_INPUTS({one(self_), one(other)}), { return release(at::kron(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_linalg_vector_norm(ct_tensor self_, ct_scalar ord, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype) {
    CT_REQUIRE("linalg_vector_norm", nullptr, self_);
    CT_TRY("linalg_vector_norm", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_vector_norm(*borrow(self_), scalar(ord), optional_ints(dim, dim_count), keepdim, optional_dtype(dtype))); })
}

ct_tensor ct_op_linalg_matrix_norm_str_ord(ct_tensor self_, const char *ord, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype) {
    CT_REQUIRE("linalg_matrix_norm", nullptr, self_);
    CT_TRY("linalg_matrix_norm", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_matrix_norm(*borrow(self_), ord, ints(dim, dim_count), keepdim, optional_dtype(dtype))); })
}

ct_tensor3 ct_op_linalg_svd(ct_tensor A, bool full_matrices) {
    CT_REQUIRE("linalg_svd", ct_tensor3{}, A);
    CT_TRY("linalg_svd", ct_tensor3{}, CT_INPUTS({one(A)}), { return release3(at::linalg_svd(*borrow(A), full_matrices)); })
}

ct_tensor ct_op_linalg_svdvals(ct_tensor A) {
    CT_REQUIRE("linalg_svdvals", nullptr, A);
    CT_TRY("linalg_svdvals", nullptr, CT_INPUTS({one(A)}), { return release(at::linalg_svdvals(*borrow(A))); })
}

ct_tensor2 ct_op_linalg_qr(ct_tensor A, const char *mode) {
    CT_REQUIRE("linalg_qr", ct_tensor2{}, A);
    CT_TRY("linalg_qr", ct_tensor2{}, CT_INPUTS({one(A)}), { return release2(at::linalg_qr(*borrow(A), mode)); })
}

ct_tensor2 ct_op_linalg_eigh(ct_tensor self_) {
    CT_REQUIRE("linalg_eigh", ct_tensor2{}, self_);
    CT_TRY("linalg_eigh", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::linalg_eigh(*borrow(self_))); })
}

ct_tensor ct_op_linalg_eigvalsh(ct_tensor self_) {
    CT_REQUIRE("linalg_eigvalsh", nullptr, self_);
    CT_TRY("linalg_eigvalsh", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_eigvalsh(*borrow(self_))); })
}

ct_tensor ct_op_linalg_cholesky(ct_tensor self_, bool upper) {
    CT_REQUIRE("linalg_cholesky", nullptr, self_);
    CT_TRY("linalg_cholesky", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_cholesky(*borrow(self_), upper)); })
}

ct_tensor ct_op_linalg_inv(ct_tensor A) {
    CT_REQUIRE("linalg_inv", nullptr, A);
    CT_TRY("linalg_inv", nullptr, CT_INPUTS({one(A)}), { return release(at::linalg_inv(*borrow(A))); })
}

ct_tensor ct_op_linalg_pinv_atol_rtol_float(ct_tensor self_, ct_optional_double atol, ct_optional_double rtol, bool hermitian) {
    CT_REQUIRE("linalg_pinv", nullptr, self_);
    CT_TRY("linalg_pinv", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_pinv(*borrow(self_), optional_double(atol), optional_double(rtol), hermitian)); })
}

ct_tensor ct_op_linalg_det(ct_tensor A) {
    CT_REQUIRE("linalg_det", nullptr, A);
    CT_TRY("linalg_det", nullptr, CT_INPUTS({one(A)}), { return release(at::linalg_det(*borrow(A))); })
}

ct_tensor2 ct_op_linalg_slogdet(ct_tensor A) {
    CT_REQUIRE("linalg_slogdet", ct_tensor2{}, A);
    CT_TRY("linalg_slogdet", ct_tensor2{}, CT_INPUTS({one(A)}), { return release2(at::linalg_slogdet(*borrow(A))); })
}

ct_tensor ct_op_linalg_solve(ct_tensor A, ct_tensor B, bool left) {
    CT_REQUIRE("linalg_solve", nullptr, A, B);
    CT_TRY("linalg_solve", nullptr, CT_INPUTS({one(A), one(B)}), { return release(at::linalg_solve(*borrow(A), *borrow(B), left)); })
}

ct_tensor4 ct_op_linalg_lstsq(ct_tensor self_, ct_tensor b, ct_optional_double rcond, const char *driver) {
    CT_REQUIRE("linalg_lstsq", ct_tensor4{}, self_, b);
    CT_TRY("linalg_lstsq", ct_tensor4{}, CT_INPUTS({one(self_), one(b)}), { return release4(at::linalg_lstsq(*borrow(self_), *borrow(b), optional_double(rcond), optional_string(driver))); })
}

ct_tensor ct_op_linalg_matrix_rank_atol_rtol_float(ct_tensor self_, ct_optional_double atol, ct_optional_double rtol, bool hermitian) {
    CT_REQUIRE("linalg_matrix_rank", nullptr, self_);
    CT_TRY("linalg_matrix_rank", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_matrix_rank(*borrow(self_), optional_double(atol), optional_double(rtol), hermitian)); })
}

ct_tensor ct_op_linalg_cond(ct_tensor self_, ct_scalar p) {
    CT_REQUIRE("linalg_cond", nullptr, self_);
    CT_TRY("linalg_cond", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_cond(*borrow(self_), optional_scalar(p))); })
}

ct_tensor ct_op_linalg_matrix_exp(ct_tensor self_) {
    CT_REQUIRE("linalg_matrix_exp", nullptr, self_);
    CT_TRY("linalg_matrix_exp", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_matrix_exp(*borrow(self_))); })
}

ct_tensor ct_op_linalg_matrix_power(ct_tensor self_, intptr_t n) {
    CT_REQUIRE("linalg_matrix_power", nullptr, self_);
    CT_TRY("linalg_matrix_power", nullptr, CT_INPUTS({one(self_)}), { return release(at::linalg_matrix_power(*borrow(self_), n)); })
}

ct_tensor ct_op_linalg_solve_triangular(ct_tensor self_, ct_tensor B, bool upper, bool left, bool unitriangular) {
    CT_REQUIRE("linalg_solve_triangular", nullptr, self_, B);
    CT_TRY("linalg_solve_triangular", nullptr, CT_INPUTS({one(self_), one(B)}), { return release(at::linalg_solve_triangular(*borrow(self_), *borrow(B), upper, left, unitriangular)); })
}

ct_tensor ct_op_linalg_cross(ct_tensor self_, ct_tensor other, intptr_t dim) {
    CT_REQUIRE("linalg_cross", nullptr, self_, other);
    CT_TRY("linalg_cross", nullptr, CT_INPUTS({one(self_), one(other)}), { return release(at::linalg_cross(*borrow(self_), *borrow(other), dim)); })
}

ct_tensor ct_op_cdist(ct_tensor x1, ct_tensor x2, double p) {
    CT_REQUIRE("cdist", nullptr, x1, x2);
    CT_TRY("cdist", nullptr, CT_INPUTS({one(x1), one(x2)}), { return release(at::cdist(*borrow(x1), *borrow(x2), p)); })
}

ct_tensor ct_op_cosine_similarity(ct_tensor x1, ct_tensor x2, intptr_t dim, double eps) {
    CT_REQUIRE("cosine_similarity", nullptr, x1, x2);
    CT_TRY("cosine_similarity", nullptr, CT_INPUTS({one(x1), one(x2)}), { return release(at::cosine_similarity(*borrow(x1), *borrow(x2), dim, eps)); })
}

ct_tensor ct_op_pairwise_distance(ct_tensor x1, ct_tensor x2, double p, double eps, bool keepdim) {
    CT_REQUIRE("pairwise_distance", nullptr, x1, x2);
    CT_TRY("pairwise_distance", nullptr, CT_INPUTS({one(x1), one(x2)}), { return release(at::pairwise_distance(*borrow(x1), *borrow(x2), p, eps, keepdim)); })
}

ct_tensor ct_op_cov(ct_tensor self_, intptr_t correction, ct_tensor fweights, ct_tensor aweights) {
    CT_REQUIRE("cov", nullptr, self_);
    CT_TRY("cov", nullptr, CT_INPUTS({one(self_), one(fweights), one(aweights)}), { return release(at::cov(*borrow(self_), correction, optional_tensor(fweights), optional_tensor(aweights))); })
}

ct_tensor ct_op_corrcoef(ct_tensor self_) {
    CT_REQUIRE("corrcoef", nullptr, self_);
    CT_TRY("corrcoef", nullptr, CT_INPUTS({one(self_)}), { return release(at::corrcoef(*borrow(self_))); })
}

ct_tensor ct_op_relu(ct_tensor self_) {
    CT_REQUIRE("relu", nullptr, self_);
    CT_TRY("relu", nullptr, CT_INPUTS({one(self_)}), { return release(at::relu(*borrow(self_))); })
}

ct_tensor ct_op_relu6(ct_tensor self_) {
    CT_REQUIRE("relu6", nullptr, self_);
    CT_TRY("relu6", nullptr, CT_INPUTS({one(self_)}), { return release(at::relu6(*borrow(self_))); })
}

ct_tensor ct_op_leaky_relu(ct_tensor self_, ct_scalar negative_slope) {
    CT_REQUIRE("leaky_relu", nullptr, self_);
    CT_TRY("leaky_relu", nullptr, CT_INPUTS({one(self_)}), { return release(at::leaky_relu(*borrow(self_), scalar(negative_slope))); })
}

ct_tensor ct_op_elu(ct_tensor self_, ct_scalar alpha) {
    CT_REQUIRE("elu", nullptr, self_);
    CT_TRY("elu", nullptr, CT_INPUTS({one(self_)}), { return release(at::elu(*borrow(self_), scalar(alpha))); })
}

ct_tensor ct_op_selu(ct_tensor self_) {
    CT_REQUIRE("selu", nullptr, self_);
    CT_TRY("selu", nullptr, CT_INPUTS({one(self_)}), { return release(at::selu(*borrow(self_))); })
}

ct_tensor ct_op_celu(ct_tensor self_, ct_scalar alpha) {
    CT_REQUIRE("celu", nullptr, self_);
    CT_TRY("celu", nullptr, CT_INPUTS({one(self_)}), { return release(at::celu(*borrow(self_), scalar(alpha))); })
}

ct_tensor ct_op_gelu(ct_tensor self_, const char *approximate) {
    CT_REQUIRE("gelu", nullptr, self_);
    CT_TRY("gelu", nullptr, CT_INPUTS({one(self_)}), { return release(at::gelu(*borrow(self_), approximate)); })
}

ct_tensor ct_op_silu(ct_tensor self_) {
    CT_REQUIRE("silu", nullptr, self_);
    CT_TRY("silu", nullptr, CT_INPUTS({one(self_)}), { return release(at::silu(*borrow(self_))); })
}

ct_tensor ct_op_mish(ct_tensor self_) {
    CT_REQUIRE("mish", nullptr, self_);
    CT_TRY("mish", nullptr, CT_INPUTS({one(self_)}), { return release(at::mish(*borrow(self_))); })
}

ct_tensor ct_op_softplus(ct_tensor self_, ct_scalar beta, ct_scalar threshold) {
    CT_REQUIRE("softplus", nullptr, self_);
    CT_TRY("softplus", nullptr, CT_INPUTS({one(self_)}), { return release(at::softplus(*borrow(self_), scalar(beta), scalar(threshold))); })
}

ct_tensor ct_op_hardtanh(ct_tensor self_, ct_scalar min_val, ct_scalar max_val) {
    CT_REQUIRE("hardtanh", nullptr, self_);
    CT_TRY("hardtanh", nullptr, CT_INPUTS({one(self_)}), { return release(at::hardtanh(*borrow(self_), scalar(min_val), scalar(max_val))); })
}

ct_tensor ct_op_hardsigmoid(ct_tensor self_) {
    CT_REQUIRE("hardsigmoid", nullptr, self_);
    CT_TRY("hardsigmoid", nullptr, CT_INPUTS({one(self_)}), { return release(at::hardsigmoid(*borrow(self_))); })
}

ct_tensor ct_op_hardswish(ct_tensor self_) {
    CT_REQUIRE("hardswish", nullptr, self_);
    CT_TRY("hardswish", nullptr, CT_INPUTS({one(self_)}), { return release(at::hardswish(*borrow(self_))); })
}

ct_tensor ct_op_log_sigmoid(ct_tensor self_) {
    CT_REQUIRE("log_sigmoid", nullptr, self_);
    CT_TRY("log_sigmoid", nullptr, CT_INPUTS({one(self_)}), { return release(at::log_sigmoid(*borrow(self_))); })
}

ct_tensor ct_op_prelu(ct_tensor self_, ct_tensor weight) {
    CT_REQUIRE("prelu", nullptr, self_, weight);
    CT_TRY("prelu", nullptr, CT_INPUTS({one(self_), one(weight)}), { return release(at::prelu(*borrow(self_), *borrow(weight))); })
}

ct_tensor ct_op_rrelu(ct_tensor self_, ct_scalar lower, ct_scalar upper, bool training) {
    CT_REQUIRE("rrelu", nullptr, self_);
    CT_TRY("rrelu", nullptr, CT_INPUTS({one(self_)}), { return release(at::rrelu(*borrow(self_), scalar(lower), scalar(upper), training)); })
}

ct_tensor ct_op_glu(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("glu", nullptr, self_);
    CT_TRY("glu", nullptr, CT_INPUTS({one(self_)}), { return release(at::glu(*borrow(self_), dim)); })
}

ct_tensor ct_op_threshold(ct_tensor self_, ct_scalar threshold, ct_scalar value) {
    CT_REQUIRE("threshold", nullptr, self_);
    CT_TRY("threshold", nullptr, CT_INPUTS({one(self_)}), { return release(at::threshold(*borrow(self_), scalar(threshold), scalar(value))); })
}

ct_tensor ct_op_softmax_int(ct_tensor self_, intptr_t dim, int32_t dtype) {
    CT_REQUIRE("softmax", nullptr, self_);
    CT_TRY("softmax", nullptr, CT_INPUTS({one(self_)}), { return release(at::softmax(*borrow(self_), dim, optional_dtype(dtype))); })
}

ct_tensor ct_op_log_softmax_int(ct_tensor self_, intptr_t dim, int32_t dtype) {
    CT_REQUIRE("log_softmax", nullptr, self_);
    CT_TRY("log_softmax", nullptr, CT_INPUTS({one(self_)}), { return release(at::log_softmax(*borrow(self_), dim, optional_dtype(dtype))); })
}

ct_tensor ct_op_dropout(ct_tensor input, double p, bool train) {
    CT_REQUIRE("dropout", nullptr, input);
    CT_TRY("dropout", nullptr, CT_INPUTS({one(input)}), { return release(at::dropout(*borrow(input), p, train)); })
}

ct_tensor ct_op_feature_dropout(ct_tensor input, double p, bool train) {
    CT_REQUIRE("feature_dropout", nullptr, input);
    CT_TRY("feature_dropout", nullptr, CT_INPUTS({one(input)}), { return release(at::feature_dropout(*borrow(input), p, train)); })
}

ct_tensor ct_op_alpha_dropout(ct_tensor input, double p, bool train) {
    CT_REQUIRE("alpha_dropout", nullptr, input);
    CT_TRY("alpha_dropout", nullptr, CT_INPUTS({one(input)}), { return release(at::alpha_dropout(*borrow(input), p, train)); })
}

ct_tensor ct_op_linear(ct_tensor input, ct_tensor weight, ct_tensor bias) {
    CT_REQUIRE("linear", nullptr, input, weight);
    CT_TRY("linear", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::linear(*borrow(input), *borrow(weight), optional_tensor(bias))); })
}

ct_tensor ct_op_bilinear(ct_tensor input1, ct_tensor input2, ct_tensor weight, ct_tensor bias) {
    CT_REQUIRE("bilinear", nullptr, input1, input2, weight);
    CT_TRY("bilinear", nullptr, CT_INPUTS({one(input1), one(input2), one(weight), one(bias)}), { return release(at::bilinear(*borrow(input1), *borrow(input2), *borrow(weight), optional_tensor(bias))); })
}

ct_tensor ct_op_conv1d(ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, intptr_t groups) {
    CT_REQUIRE("conv1d", nullptr, input, weight);
    CT_TRY("conv1d", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::conv1d(*borrow(input), *borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), groups)); })
}

ct_tensor ct_op_conv2d(ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, intptr_t groups) {
    CT_REQUIRE("conv2d", nullptr, input, weight);
    CT_TRY("conv2d", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::conv2d(*borrow(input), *borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), groups)); })
}

ct_tensor ct_op_conv3d(ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, intptr_t groups) {
    CT_REQUIRE("conv3d", nullptr, input, weight);
    CT_TRY("conv3d", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::conv3d(*borrow(input), *borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), groups)); })
}

ct_tensor ct_op_conv_transpose1d(ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *output_padding, intptr_t output_padding_count, intptr_t groups, const intptr_t *dilation, intptr_t dilation_count) {
    CT_REQUIRE("conv_transpose1d", nullptr, input, weight);
    CT_TRY("conv_transpose1d", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::conv_transpose1d(*borrow(input), *borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(output_padding, output_padding_count), groups, ints(dilation, dilation_count))); })
}

ct_tensor ct_op_conv_transpose2d_input(ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *output_padding, intptr_t output_padding_count, intptr_t groups, const intptr_t *dilation, intptr_t dilation_count) {
    CT_REQUIRE("conv_transpose2d", nullptr, input, weight);
    CT_TRY("conv_transpose2d", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::conv_transpose2d(*borrow(input), *borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(output_padding, output_padding_count), groups, ints(dilation, dilation_count))); })
}

ct_tensor ct_op_conv_transpose3d_input(ct_tensor input, ct_tensor weight, ct_tensor bias, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *output_padding, intptr_t output_padding_count, intptr_t groups, const intptr_t *dilation, intptr_t dilation_count) {
    CT_REQUIRE("conv_transpose3d", nullptr, input, weight);
    CT_TRY("conv_transpose3d", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::conv_transpose3d(*borrow(input), *borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(output_padding, output_padding_count), groups, ints(dilation, dilation_count))); })
}

ct_tensor ct_op_max_pool1d(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, bool ceil_mode) {
    CT_REQUIRE("max_pool1d", nullptr, self_);
    CT_TRY("max_pool1d", nullptr, CT_INPUTS({one(self_)}), { return release(at::max_pool1d(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), ceil_mode)); })
}

ct_tensor ct_op_max_pool2d(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, bool ceil_mode) {
    CT_REQUIRE("max_pool2d", nullptr, self_);
    CT_TRY("max_pool2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::max_pool2d(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), ceil_mode)); })
}

ct_tensor ct_op_max_pool3d(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, bool ceil_mode) {
    CT_REQUIRE("max_pool3d", nullptr, self_);
    CT_TRY("max_pool3d", nullptr, CT_INPUTS({one(self_)}), { return release(at::max_pool3d(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), ceil_mode)); })
}

ct_tensor2 ct_op_max_pool2d_with_indices(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, const intptr_t *dilation, intptr_t dilation_count, bool ceil_mode) {
    CT_REQUIRE("max_pool2d_with_indices", ct_tensor2{}, self_);
    CT_TRY("max_pool2d_with_indices", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::max_pool2d_with_indices(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), ceil_mode)); })
}

ct_tensor ct_op_max_unpool2d(ct_tensor self_, ct_tensor indices, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("max_unpool2d", nullptr, self_, indices);
    CT_TRY("max_unpool2d", nullptr, CT_INPUTS({one(self_), one(indices)}), { return release(at::max_unpool2d(*borrow(self_), *borrow(indices), ints(output_size, output_size_count))); })
}

ct_tensor ct_op_avg_pool1d(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, bool ceil_mode, bool count_include_pad) {
    CT_REQUIRE("avg_pool1d", nullptr, self_);
    CT_TRY("avg_pool1d", nullptr, CT_INPUTS({one(self_)}), { return release(at::avg_pool1d(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ceil_mode, count_include_pad)); })
}

ct_tensor ct_op_avg_pool2d(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, bool ceil_mode, bool count_include_pad, ct_optional_int divisor_override) {
    CT_REQUIRE("avg_pool2d", nullptr, self_);
    CT_TRY("avg_pool2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::avg_pool2d(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ceil_mode, count_include_pad, optional_int(divisor_override))); })
}

ct_tensor ct_op_avg_pool3d(ct_tensor self_, const intptr_t *kernel_size, intptr_t kernel_size_count, const intptr_t *stride, intptr_t stride_count, const intptr_t *padding, intptr_t padding_count, bool ceil_mode, bool count_include_pad, ct_optional_int divisor_override) {
    CT_REQUIRE("avg_pool3d", nullptr, self_);
    CT_TRY("avg_pool3d", nullptr, CT_INPUTS({one(self_)}), { return release(at::avg_pool3d(*borrow(self_), ints(kernel_size, kernel_size_count), ints(stride, stride_count), ints(padding, padding_count), ceil_mode, count_include_pad, optional_int(divisor_override))); })
}

ct_tensor ct_op_adaptive_avg_pool1d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("adaptive_avg_pool1d", nullptr, self_);
    CT_TRY("adaptive_avg_pool1d", nullptr, CT_INPUTS({one(self_)}), { return release(at::adaptive_avg_pool1d(*borrow(self_), ints(output_size, output_size_count))); })
}

ct_tensor ct_op_adaptive_avg_pool2d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("adaptive_avg_pool2d", nullptr, self_);
    CT_TRY("adaptive_avg_pool2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::adaptive_avg_pool2d(*borrow(self_), ints(output_size, output_size_count))); })
}

ct_tensor ct_op_adaptive_avg_pool3d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("adaptive_avg_pool3d", nullptr, self_);
    CT_TRY("adaptive_avg_pool3d", nullptr, CT_INPUTS({one(self_)}), { return release(at::adaptive_avg_pool3d(*borrow(self_), ints(output_size, output_size_count))); })
}

ct_tensor2 ct_op_adaptive_max_pool1d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("adaptive_max_pool1d", ct_tensor2{}, self_);
    CT_TRY("adaptive_max_pool1d", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::adaptive_max_pool1d(*borrow(self_), ints(output_size, output_size_count))); })
}

ct_tensor2 ct_op_adaptive_max_pool2d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("adaptive_max_pool2d", ct_tensor2{}, self_);
    CT_TRY("adaptive_max_pool2d", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::adaptive_max_pool2d(*borrow(self_), ints(output_size, output_size_count))); })
}

ct_tensor2 ct_op_adaptive_max_pool3d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count) {
    CT_REQUIRE("adaptive_max_pool3d", ct_tensor2{}, self_);
    CT_TRY("adaptive_max_pool3d", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::adaptive_max_pool3d(*borrow(self_), ints(output_size, output_size_count))); })
}

ct_tensor ct_op_batch_norm(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor running_mean, ct_tensor running_var, bool training, double momentum, double eps, bool cudnn_enabled) {
    CT_REQUIRE("batch_norm", nullptr, input);
    CT_TRY("batch_norm", nullptr, CT_INPUTS({one(input), one(weight), one(bias), one(running_mean), one(running_var)}), { return release(at::batch_norm(*borrow(input), optional_tensor(weight), optional_tensor(bias), optional_tensor(running_mean), optional_tensor(running_var), training, momentum, eps, cudnn_enabled)); })
}

ct_tensor ct_op_layer_norm(ct_tensor input, const intptr_t *normalized_shape, intptr_t normalized_shape_count, ct_tensor weight, ct_tensor bias, double eps) {
    CT_REQUIRE("layer_norm", nullptr, input);
    CT_TRY("layer_norm", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::layer_norm(*borrow(input), ints(normalized_shape, normalized_shape_count), optional_tensor(weight), optional_tensor(bias), eps)); })
}

ct_tensor ct_op_group_norm(ct_tensor input, intptr_t num_groups, ct_tensor weight, ct_tensor bias, double eps) {
    CT_REQUIRE("group_norm", nullptr, input);
    CT_TRY("group_norm", nullptr, CT_INPUTS({one(input), one(weight), one(bias)}), { return release(at::group_norm(*borrow(input), num_groups, optional_tensor(weight), optional_tensor(bias), eps)); })
}

ct_tensor ct_op_instance_norm(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor running_mean, ct_tensor running_var, bool use_input_stats, double momentum, double eps, bool cudnn_enabled) {
    CT_REQUIRE("instance_norm", nullptr, input);
    CT_TRY("instance_norm", nullptr, CT_INPUTS({one(input), one(weight), one(bias), one(running_mean), one(running_var)}), { return release(at::instance_norm(*borrow(input), optional_tensor(weight), optional_tensor(bias), optional_tensor(running_mean), optional_tensor(running_var), use_input_stats, momentum, eps, cudnn_enabled)); })
}

ct_tensor ct_op_rms_norm(ct_tensor input, const intptr_t *normalized_shape, intptr_t normalized_shape_count, ct_tensor weight, ct_optional_double eps) {
    CT_REQUIRE("rms_norm", nullptr, input);
    CT_TRY("rms_norm", nullptr, CT_INPUTS({one(input), one(weight)}), { return release(at::rms_norm(*borrow(input), ints(normalized_shape, normalized_shape_count), optional_tensor(weight), optional_double(eps))); })
}

ct_tensor ct_op_upsample_nearest1d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, ct_optional_double scales) {
    CT_REQUIRE("upsample_nearest1d", nullptr, self_);
    CT_TRY("upsample_nearest1d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_nearest1d(*borrow(self_), ints(output_size, output_size_count), optional_double(scales))); })
}

ct_tensor ct_op_upsample_nearest2d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("upsample_nearest2d", nullptr, self_);
    CT_TRY("upsample_nearest2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_nearest2d(*borrow(self_), ints(output_size, output_size_count), optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op_upsample_nearest3d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, ct_optional_double scales_d, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("upsample_nearest3d", nullptr, self_);
    CT_TRY("upsample_nearest3d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_nearest3d(*borrow(self_), ints(output_size, output_size_count), optional_double(scales_d), optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op__upsample_nearest_exact2d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("_upsample_nearest_exact2d", nullptr, self_);
    CT_TRY("_upsample_nearest_exact2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::_upsample_nearest_exact2d(*borrow(self_), ints(output_size, output_size_count), optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op__upsample_nearest_exact1d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, ct_optional_double scales) {
    CT_REQUIRE("_upsample_nearest_exact1d", nullptr, self_);
    CT_TRY("_upsample_nearest_exact1d", nullptr, CT_INPUTS({one(self_)}), { return release(at::_upsample_nearest_exact1d(*borrow(self_), ints(output_size, output_size_count), optional_double(scales))); })
}

ct_tensor ct_op__upsample_nearest_exact3d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, ct_optional_double scales_d, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("_upsample_nearest_exact3d", nullptr, self_);
    CT_TRY("_upsample_nearest_exact3d", nullptr, CT_INPUTS({one(self_)}), { return release(at::_upsample_nearest_exact3d(*borrow(self_), ints(output_size, output_size_count), optional_double(scales_d), optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op_upsample_linear1d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, bool align_corners, ct_optional_double scales) {
    CT_REQUIRE("upsample_linear1d", nullptr, self_);
    CT_TRY("upsample_linear1d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_linear1d(*borrow(self_), ints(output_size, output_size_count), align_corners, optional_double(scales))); })
}

ct_tensor ct_op_upsample_bilinear2d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, bool align_corners, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("upsample_bilinear2d", nullptr, self_);
    CT_TRY("upsample_bilinear2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_bilinear2d(*borrow(self_), ints(output_size, output_size_count), align_corners, optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op_upsample_bicubic2d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, bool align_corners, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("upsample_bicubic2d", nullptr, self_);
    CT_TRY("upsample_bicubic2d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_bicubic2d(*borrow(self_), ints(output_size, output_size_count), align_corners, optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op_upsample_trilinear3d(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, bool align_corners, ct_optional_double scales_d, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("upsample_trilinear3d", nullptr, self_);
    CT_TRY("upsample_trilinear3d", nullptr, CT_INPUTS({one(self_)}), { return release(at::upsample_trilinear3d(*borrow(self_), ints(output_size, output_size_count), align_corners, optional_double(scales_d), optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op__upsample_bilinear2d_aa(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, bool align_corners, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("_upsample_bilinear2d_aa", nullptr, self_);
    CT_TRY("_upsample_bilinear2d_aa", nullptr, CT_INPUTS({one(self_)}), { return release(at::_upsample_bilinear2d_aa(*borrow(self_), ints(output_size, output_size_count), align_corners, optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op__upsample_bicubic2d_aa(ct_tensor self_, const intptr_t *output_size, intptr_t output_size_count, bool align_corners, ct_optional_double scales_h, ct_optional_double scales_w) {
    CT_REQUIRE("_upsample_bicubic2d_aa", nullptr, self_);
    CT_TRY("_upsample_bicubic2d_aa", nullptr, CT_INPUTS({one(self_)}), { return release(at::_upsample_bicubic2d_aa(*borrow(self_), ints(output_size, output_size_count), align_corners, optional_double(scales_h), optional_double(scales_w))); })
}

ct_tensor ct_op_grid_sampler(ct_tensor input, ct_tensor grid, intptr_t interpolation_mode, intptr_t padding_mode, bool align_corners) {
    CT_REQUIRE("grid_sampler", nullptr, input, grid);
    CT_TRY("grid_sampler", nullptr, CT_INPUTS({one(input), one(grid)}), { return release(at::grid_sampler(*borrow(input), *borrow(grid), interpolation_mode, padding_mode, align_corners)); })
}

ct_tensor ct_op_affine_grid_generator(ct_tensor theta, const intptr_t *size, intptr_t size_count, bool align_corners) {
    CT_REQUIRE("affine_grid_generator", nullptr, theta);
    CT_TRY("affine_grid_generator", nullptr, CT_INPUTS({one(theta)}), { return release(at::affine_grid_generator(*borrow(theta), ints(size, size_count), align_corners)); })
}

ct_tensor ct_op_embedding(ct_tensor weight, ct_tensor indices, intptr_t padding_idx, bool scale_grad_by_freq, bool sparse) {
    CT_REQUIRE("embedding", nullptr, weight, indices);
    CT_TRY("embedding", nullptr, CT_INPUTS({one(weight), one(indices)}), { return release(at::embedding(*borrow(weight), *borrow(indices), padding_idx, scale_grad_by_freq, sparse)); })
}

ct_tensor4 ct_op_embedding_bag(ct_tensor weight, ct_tensor indices, ct_tensor offsets, bool scale_grad_by_freq, intptr_t mode, bool sparse, ct_tensor per_sample_weights, bool include_last_offset) {
    CT_REQUIRE("embedding_bag", ct_tensor4{}, weight, indices, offsets);
    CT_TRY("embedding_bag", ct_tensor4{}, CT_INPUTS({one(weight), one(indices), one(offsets), one(per_sample_weights)}), { return release4(at::embedding_bag(*borrow(weight), *borrow(indices), *borrow(offsets), scale_grad_by_freq, mode, sparse, optional_tensor(per_sample_weights), include_last_offset)); })
}

ct_tensor ct_op_scaled_dot_product_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_tensor attn_mask, double dropout_p, bool is_causal, ct_optional_double scale, bool enable_gqa) {
    CT_REQUIRE("scaled_dot_product_attention", nullptr, query, key, value);
    CT_TRY("scaled_dot_product_attention", nullptr, CT_INPUTS({one(query), one(key), one(value), one(attn_mask)}), { return release(at::scaled_dot_product_attention(*borrow(query), *borrow(key), *borrow(value), optional_tensor(attn_mask), dropout_p, is_causal, optional_double(scale), enable_gqa)); })
}

ct_tensor3 ct_op_lstm_input(ct_tensor input, const ct_tensor *hx, intptr_t hx_count, const ct_tensor *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first) {
    CT_REQUIRE("lstm", ct_tensor3{}, input);
    CT_TRY("lstm", ct_tensor3{}, CT_INPUTS({one(input), list(hx, hx_count), list(params, params_count)}), { return release3(at::lstm(*borrow(input), tensors(hx, hx_count), tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional, batch_first)); })
}

ct_tensor2 ct_op_gru_input(ct_tensor input, ct_tensor hx, const ct_tensor *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first) {
    CT_REQUIRE("gru", ct_tensor2{}, input, hx);
    CT_TRY("gru", ct_tensor2{}, CT_INPUTS({one(input), one(hx), list(params, params_count)}), { return release2(at::gru(*borrow(input), *borrow(hx), tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional, batch_first)); })
}

ct_tensor2 ct_op_rnn_tanh_input(ct_tensor input, ct_tensor hx, const ct_tensor *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first) {
    CT_REQUIRE("rnn_tanh", ct_tensor2{}, input, hx);
    CT_TRY("rnn_tanh", ct_tensor2{}, CT_INPUTS({one(input), one(hx), list(params, params_count)}), { return release2(at::rnn_tanh(*borrow(input), *borrow(hx), tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional, batch_first)); })
}

ct_tensor2 ct_op_rnn_relu_input(ct_tensor input, ct_tensor hx, const ct_tensor *params, intptr_t params_count, bool has_biases, intptr_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first) {
    CT_REQUIRE("rnn_relu", ct_tensor2{}, input, hx);
    CT_TRY("rnn_relu", ct_tensor2{}, CT_INPUTS({one(input), one(hx), list(params, params_count)}), { return release2(at::rnn_relu(*borrow(input), *borrow(hx), tensors(params, params_count), has_biases, num_layers, dropout, train, bidirectional, batch_first)); })
}

ct_tensor2 ct_op_lstm_cell(ct_tensor input, const ct_tensor *hx, intptr_t hx_count, ct_tensor w_ih, ct_tensor w_hh, ct_tensor b_ih, ct_tensor b_hh) {
    CT_REQUIRE("lstm_cell", ct_tensor2{}, input, w_ih, w_hh);
    CT_TRY("lstm_cell", ct_tensor2{}, CT_INPUTS({one(input), one(w_ih), one(w_hh), one(b_ih), one(b_hh), list(hx, hx_count)}), { return release2(at::lstm_cell(*borrow(input), tensors(hx, hx_count), *borrow(w_ih), *borrow(w_hh), optional_tensor(b_ih), optional_tensor(b_hh))); })
}

ct_tensor ct_op_gru_cell(ct_tensor input, ct_tensor hx, ct_tensor w_ih, ct_tensor w_hh, ct_tensor b_ih, ct_tensor b_hh) {
    CT_REQUIRE("gru_cell", nullptr, input, hx, w_ih, w_hh);
    CT_TRY("gru_cell", nullptr, CT_INPUTS({one(input), one(hx), one(w_ih), one(w_hh), one(b_ih), one(b_hh)}), { return release(at::gru_cell(*borrow(input), *borrow(hx), *borrow(w_ih), *borrow(w_hh), optional_tensor(b_ih), optional_tensor(b_hh))); })
}

ct_tensor ct_op_rnn_tanh_cell(ct_tensor input, ct_tensor hx, ct_tensor w_ih, ct_tensor w_hh, ct_tensor b_ih, ct_tensor b_hh) {
    CT_REQUIRE("rnn_tanh_cell", nullptr, input, hx, w_ih, w_hh);
    CT_TRY("rnn_tanh_cell", nullptr, CT_INPUTS({one(input), one(hx), one(w_ih), one(w_hh), one(b_ih), one(b_hh)}), { return release(at::rnn_tanh_cell(*borrow(input), *borrow(hx), *borrow(w_ih), *borrow(w_hh), optional_tensor(b_ih), optional_tensor(b_hh))); })
}

ct_tensor ct_op_rnn_relu_cell(ct_tensor input, ct_tensor hx, ct_tensor w_ih, ct_tensor w_hh, ct_tensor b_ih, ct_tensor b_hh) {
    CT_REQUIRE("rnn_relu_cell", nullptr, input, hx, w_ih, w_hh);
    CT_TRY("rnn_relu_cell", nullptr, CT_INPUTS({one(input), one(hx), one(w_ih), one(w_hh), one(b_ih), one(b_hh)}), { return release(at::rnn_relu_cell(*borrow(input), *borrow(hx), *borrow(w_ih), *borrow(w_hh), optional_tensor(b_ih), optional_tensor(b_hh))); })
}

ct_tensor ct_op_cross_entropy_loss(ct_tensor self_, ct_tensor target, ct_tensor weight, intptr_t reduction, intptr_t ignore_index, double label_smoothing) {
    CT_REQUIRE("cross_entropy_loss", nullptr, self_, target);
    CT_TRY("cross_entropy_loss", nullptr, CT_INPUTS({one(self_), one(target), one(weight)}), { return release(at::cross_entropy_loss(*borrow(self_), *borrow(target), optional_tensor(weight), reduction, ignore_index, label_smoothing)); })
}

ct_tensor ct_op_nll_loss_nd(ct_tensor self_, ct_tensor target, ct_tensor weight, intptr_t reduction, intptr_t ignore_index) {
    CT_REQUIRE("nll_loss_nd", nullptr, self_, target);
    CT_TRY("nll_loss_nd", nullptr, CT_INPUTS({one(self_), one(target), one(weight)}), { return release(at::nll_loss_nd(*borrow(self_), *borrow(target), optional_tensor(weight), reduction, ignore_index)); })
}

ct_tensor ct_op_binary_cross_entropy(ct_tensor self_, ct_tensor target, ct_tensor weight, intptr_t reduction) {
    CT_REQUIRE("binary_cross_entropy", nullptr, self_, target);
    CT_TRY("binary_cross_entropy", nullptr, CT_INPUTS({one(self_), one(target), one(weight)}), { return release(at::binary_cross_entropy(*borrow(self_), *borrow(target), optional_tensor(weight), reduction)); })
}

ct_tensor ct_op_binary_cross_entropy_with_logits(ct_tensor self_, ct_tensor target, ct_tensor weight, ct_tensor pos_weight, intptr_t reduction) {
    CT_REQUIRE("binary_cross_entropy_with_logits", nullptr, self_, target);
    CT_TRY("binary_cross_entropy_with_logits", nullptr, CT_INPUTS({one(self_), one(target), one(weight), one(pos_weight)}), { return release(at::binary_cross_entropy_with_logits(*borrow(self_), *borrow(target), optional_tensor(weight), optional_tensor(pos_weight), reduction)); })
}

ct_tensor ct_op_mse_loss(ct_tensor self_, ct_tensor target, intptr_t reduction) {
    CT_REQUIRE("mse_loss", nullptr, self_, target);
    CT_TRY("mse_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::mse_loss(*borrow(self_), *borrow(target), reduction)); })
}

ct_tensor ct_op_l1_loss(ct_tensor self_, ct_tensor target, intptr_t reduction) {
    CT_REQUIRE("l1_loss", nullptr, self_, target);
    CT_TRY("l1_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::l1_loss(*borrow(self_), *borrow(target), reduction)); })
}

ct_tensor ct_op_smooth_l1_loss(ct_tensor self_, ct_tensor target, intptr_t reduction, double beta) {
    CT_REQUIRE("smooth_l1_loss", nullptr, self_, target);
    CT_TRY("smooth_l1_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::smooth_l1_loss(*borrow(self_), *borrow(target), reduction, beta)); })
}

ct_tensor ct_op_huber_loss(ct_tensor self_, ct_tensor target, intptr_t reduction, double delta) {
    CT_REQUIRE("huber_loss", nullptr, self_, target);
    CT_TRY("huber_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::huber_loss(*borrow(self_), *borrow(target), reduction, delta)); })
}

ct_tensor ct_op_kl_div(ct_tensor self_, ct_tensor target, intptr_t reduction, bool log_target) {
    CT_REQUIRE("kl_div", nullptr, self_, target);
    CT_TRY("kl_div", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::kl_div(*borrow(self_), *borrow(target), reduction, log_target)); })
}

ct_tensor ct_op_poisson_nll_loss(ct_tensor input, ct_tensor target, bool log_input, bool full, double eps, intptr_t reduction) {
    CT_REQUIRE("poisson_nll_loss", nullptr, input, target);
    CT_TRY("poisson_nll_loss", nullptr, CT_INPUTS({one(input), one(target)}), { return release(at::poisson_nll_loss(*borrow(input), *borrow(target), log_input, full, eps, reduction)); })
}

ct_tensor ct_op_cosine_embedding_loss(ct_tensor input1, ct_tensor input2, ct_tensor target, double margin, intptr_t reduction) {
    CT_REQUIRE("cosine_embedding_loss", nullptr, input1, input2, target);
    CT_TRY("cosine_embedding_loss", nullptr, CT_INPUTS({one(input1), one(input2), one(target)}), { return release(at::cosine_embedding_loss(*borrow(input1), *borrow(input2), *borrow(target), margin, reduction)); })
}

ct_tensor ct_op_triplet_margin_loss(ct_tensor anchor, ct_tensor positive, ct_tensor negative, double margin, double p, double eps, bool swap, intptr_t reduction) {
    CT_REQUIRE("triplet_margin_loss", nullptr, anchor, positive, negative);
    CT_TRY("triplet_margin_loss", nullptr, CT_INPUTS({one(anchor), one(positive), one(negative)}), { return release(at::triplet_margin_loss(*borrow(anchor), *borrow(positive), *borrow(negative), margin, p, eps, swap, reduction)); })
}

ct_tensor ct_op_margin_ranking_loss(ct_tensor input1, ct_tensor input2, ct_tensor target, double margin, intptr_t reduction) {
    CT_REQUIRE("margin_ranking_loss", nullptr, input1, input2, target);
    CT_TRY("margin_ranking_loss", nullptr, CT_INPUTS({one(input1), one(input2), one(target)}), { return release(at::margin_ranking_loss(*borrow(input1), *borrow(input2), *borrow(target), margin, reduction)); })
}

ct_tensor ct_op_soft_margin_loss(ct_tensor self_, ct_tensor target, intptr_t reduction) {
    CT_REQUIRE("soft_margin_loss", nullptr, self_, target);
    CT_TRY("soft_margin_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::soft_margin_loss(*borrow(self_), *borrow(target), reduction)); })
}

ct_tensor ct_op_hinge_embedding_loss(ct_tensor self_, ct_tensor target, double margin, intptr_t reduction) {
    CT_REQUIRE("hinge_embedding_loss", nullptr, self_, target);
    CT_TRY("hinge_embedding_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::hinge_embedding_loss(*borrow(self_), *borrow(target), margin, reduction)); })
}

ct_tensor ct_op_multi_margin_loss(ct_tensor self_, ct_tensor target, ct_scalar p, ct_scalar margin, ct_tensor weight, intptr_t reduction) {
    CT_REQUIRE("multi_margin_loss", nullptr, self_, target);
    CT_TRY("multi_margin_loss", nullptr, CT_INPUTS({one(self_), one(target), one(weight)}), { return release(at::multi_margin_loss(*borrow(self_), *borrow(target), scalar(p), scalar(margin), optional_tensor(weight), reduction)); })
}

ct_tensor ct_op_multilabel_margin_loss(ct_tensor self_, ct_tensor target, intptr_t reduction) {
    CT_REQUIRE("multilabel_margin_loss", nullptr, self_, target);
    CT_TRY("multilabel_margin_loss", nullptr, CT_INPUTS({one(self_), one(target)}), { return release(at::multilabel_margin_loss(*borrow(self_), *borrow(target), reduction)); })
}

ct_tensor ct_op_ctc_loss_Tensor(ct_tensor log_probs, ct_tensor targets, ct_tensor input_lengths, ct_tensor target_lengths, intptr_t blank, intptr_t reduction, bool zero_infinity) {
    CT_REQUIRE("ctc_loss", nullptr, log_probs, targets, input_lengths, target_lengths);
    CT_TRY("ctc_loss", nullptr, CT_INPUTS({one(log_probs), one(targets), one(input_lengths), one(target_lengths)}), { return release(at::ctc_loss(*borrow(log_probs), *borrow(targets), *borrow(input_lengths), *borrow(target_lengths), blank, reduction, zero_infinity)); })
}

ct_tensor ct_op_fft_fft(ct_tensor self_, ct_optional_int n, intptr_t dim, const char *norm) {
    CT_REQUIRE("fft_fft", nullptr, self_);
    CT_TRY("fft_fft", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_fft(*borrow(self_), optional_int(n), dim, optional_string(norm))); })
}

ct_tensor ct_op_fft_ifft(ct_tensor self_, ct_optional_int n, intptr_t dim, const char *norm) {
    CT_REQUIRE("fft_ifft", nullptr, self_);
    CT_TRY("fft_ifft", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_ifft(*borrow(self_), optional_int(n), dim, optional_string(norm))); })
}

ct_tensor ct_op_fft_rfft(ct_tensor self_, ct_optional_int n, intptr_t dim, const char *norm) {
    CT_REQUIRE("fft_rfft", nullptr, self_);
    CT_TRY("fft_rfft", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_rfft(*borrow(self_), optional_int(n), dim, optional_string(norm))); })
}

ct_tensor ct_op_fft_irfft(ct_tensor self_, ct_optional_int n, intptr_t dim, const char *norm) {
    CT_REQUIRE("fft_irfft", nullptr, self_);
    CT_TRY("fft_irfft", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_irfft(*borrow(self_), optional_int(n), dim, optional_string(norm))); })
}

ct_tensor ct_op_fft_fft2(ct_tensor self_, const intptr_t *s, intptr_t s_count, const intptr_t *dim, intptr_t dim_count, const char *norm) {
    CT_REQUIRE("fft_fft2", nullptr, self_);
    CT_TRY("fft_fft2", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_fft2(*borrow(self_), optional_ints(s, s_count), ints(dim, dim_count), optional_string(norm))); })
}

ct_tensor ct_op_fft_ifft2(ct_tensor self_, const intptr_t *s, intptr_t s_count, const intptr_t *dim, intptr_t dim_count, const char *norm) {
    CT_REQUIRE("fft_ifft2", nullptr, self_);
    CT_TRY("fft_ifft2", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_ifft2(*borrow(self_), optional_ints(s, s_count), ints(dim, dim_count), optional_string(norm))); })
}

ct_tensor ct_op_fft_rfft2(ct_tensor self_, const intptr_t *s, intptr_t s_count, const intptr_t *dim, intptr_t dim_count, const char *norm) {
    CT_REQUIRE("fft_rfft2", nullptr, self_);
    CT_TRY("fft_rfft2", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_rfft2(*borrow(self_), optional_ints(s, s_count), ints(dim, dim_count), optional_string(norm))); })
}

ct_tensor ct_op_fft_irfft2(ct_tensor self_, const intptr_t *s, intptr_t s_count, const intptr_t *dim, intptr_t dim_count, const char *norm) {
    CT_REQUIRE("fft_irfft2", nullptr, self_);
    CT_TRY("fft_irfft2", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_irfft2(*borrow(self_), optional_ints(s, s_count), ints(dim, dim_count), optional_string(norm))); })
}

ct_tensor ct_op_fft_fftn(ct_tensor self_, const intptr_t *s, intptr_t s_count, const intptr_t *dim, intptr_t dim_count, const char *norm) {
    CT_REQUIRE("fft_fftn", nullptr, self_);
    CT_TRY("fft_fftn", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_fftn(*borrow(self_), optional_ints(s, s_count), optional_ints(dim, dim_count), optional_string(norm))); })
}

ct_tensor ct_op_fft_ifftn(ct_tensor self_, const intptr_t *s, intptr_t s_count, const intptr_t *dim, intptr_t dim_count, const char *norm) {
    CT_REQUIRE("fft_ifftn", nullptr, self_);
    CT_TRY("fft_ifftn", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_ifftn(*borrow(self_), optional_ints(s, s_count), optional_ints(dim, dim_count), optional_string(norm))); })
}

ct_tensor ct_op_fft_fftshift(ct_tensor self_, const intptr_t *dim, intptr_t dim_count) {
    CT_REQUIRE("fft_fftshift", nullptr, self_);
    CT_TRY("fft_fftshift", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_fftshift(*borrow(self_), optional_ints(dim, dim_count))); })
}

ct_tensor ct_op_fft_fftfreq(intptr_t n, double d, int32_t dtype, ct_device device) {
    CT_TRY("fft_fftfreq", nullptr, CT_INPUTS({}), { return release(at::fft_fftfreq(n, d, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_fft_rfftfreq(intptr_t n, double d, int32_t dtype, ct_device device) {
    CT_TRY("fft_rfftfreq", nullptr, CT_INPUTS({}), { return release(at::fft_rfftfreq(n, d, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_fft_ifftshift(ct_tensor self_, const intptr_t *dim, intptr_t dim_count) {
    CT_REQUIRE("fft_ifftshift", nullptr, self_);
    CT_TRY("fft_ifftshift", nullptr, CT_INPUTS({one(self_)}), { return release(at::fft_ifftshift(*borrow(self_), optional_ints(dim, dim_count))); })
}

ct_tensor ct_op_stft_center(ct_tensor self_, intptr_t n_fft, ct_optional_int hop_length, ct_optional_int win_length, ct_tensor window, bool center, const char *pad_mode, bool normalized, int32_t onesided, int32_t return_complex) {
    CT_REQUIRE("stft", nullptr, self_);
    CT_TRY("stft", nullptr, CT_INPUTS({one(self_), one(window)}), { return release(at::stft(*borrow(self_), n_fft, optional_int(hop_length), optional_int(win_length), optional_tensor(window), center, pad_mode, normalized, optional_bool(onesided), optional_bool(return_complex))); })
}

ct_tensor ct_op_istft(ct_tensor self_, intptr_t n_fft, ct_optional_int hop_length, ct_optional_int win_length, ct_tensor window, bool center, bool normalized, int32_t onesided, ct_optional_int length) {
    CT_REQUIRE("istft", nullptr, self_);
    CT_TRY("istft", nullptr, CT_INPUTS({one(self_), one(window)}), { return release(at::istft(*borrow(self_), n_fft, optional_int(hop_length), optional_int(win_length), optional_tensor(window), center, normalized, optional_bool(onesided), optional_int(length))); })
}

ct_tensor ct_op_hann_window(intptr_t window_length, int32_t dtype, ct_device device) {
    CT_TRY("hann_window", nullptr, CT_INPUTS({}), { return release(at::hann_window(window_length, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_hamming_window(intptr_t window_length, int32_t dtype, ct_device device) {
    CT_TRY("hamming_window", nullptr, CT_INPUTS({}), { return release(at::hamming_window(window_length, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_bernoulli(ct_tensor self_, ct_generator generator) {
    CT_REQUIRE("bernoulli", nullptr, self_);
    CT_TRY("bernoulli", nullptr, CT_INPUTS({one(self_)}), { return release(at::bernoulli(*borrow(self_), optional_generator(generator))); })
}

ct_tensor ct_op_multinomial(ct_tensor self_, intptr_t num_samples, bool replacement, ct_generator generator) {
    CT_REQUIRE("multinomial", nullptr, self_);
    CT_TRY("multinomial", nullptr, CT_INPUTS({one(self_)}), { return release(at::multinomial(*borrow(self_), num_samples, replacement, optional_generator(generator))); })
}

ct_tensor ct_op_normal_Tensor_Tensor(ct_tensor mean, ct_tensor std, ct_generator generator) {
    CT_REQUIRE("normal", nullptr, mean, std);
    CT_TRY("normal", nullptr, CT_INPUTS({one(mean), one(std)}), { return release(at::normal(*borrow(mean), *borrow(std), optional_generator(generator))); })
}

ct_tensor ct_op_normal_float_float(double mean, double std, const intptr_t *size, intptr_t size_count, ct_generator generator, int32_t dtype, ct_device device) {
    CT_TRY("normal", nullptr, CT_INPUTS({}), { return release(at::normal(mean, std, ints(size, size_count), optional_generator(generator), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_rand_generator(const intptr_t *size, intptr_t size_count, ct_generator generator, int32_t dtype, ct_device device) {
    CT_TRY("rand", nullptr, CT_INPUTS({}), { return release(at::rand(ints(size, size_count), optional_generator(generator), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_randn_generator(const intptr_t *size, intptr_t size_count, ct_generator generator, int32_t dtype, ct_device device) {
    CT_TRY("randn", nullptr, CT_INPUTS({}), { return release(at::randn(ints(size, size_count), optional_generator(generator), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_randint_low_generator(intptr_t low, intptr_t high, const intptr_t *size, intptr_t size_count, ct_generator generator, int32_t dtype, ct_device device) {
    CT_TRY("randint", nullptr, CT_INPUTS({}), { return release(at::randint(low, high, ints(size, size_count), optional_generator(generator), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_randperm_generator(intptr_t n, ct_generator generator, int32_t dtype, ct_device device) {
    CT_TRY("randperm", nullptr, CT_INPUTS({}), { return release(at::randperm(n, optional_generator(generator), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_zeros(const intptr_t *size, intptr_t size_count, int32_t dtype, ct_device device) {
    CT_TRY("zeros", nullptr, CT_INPUTS({}), { return release(at::zeros(ints(size, size_count), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_ones(const intptr_t *size, intptr_t size_count, int32_t dtype, ct_device device) {
    CT_TRY("ones", nullptr, CT_INPUTS({}), { return release(at::ones(ints(size, size_count), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_full(const intptr_t *size, intptr_t size_count, ct_scalar fill_value, int32_t dtype, ct_device device) {
    CT_TRY("full", nullptr, CT_INPUTS({}), { return release(at::full(ints(size, size_count), scalar(fill_value), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_empty_memory_format(const intptr_t *size, intptr_t size_count, int32_t dtype, ct_device device, int32_t memory_format) {
    CT_TRY("empty", nullptr, CT_INPUTS({}), { return release(at::empty(ints(size, size_count), optional_dtype(dtype), {}, optional_device(device), {}, optional_memory_format(memory_format))); })
}

ct_tensor ct_op_arange_start_step(ct_scalar start, ct_scalar end, ct_scalar step, int32_t dtype, ct_device device) {
    CT_TRY("arange", nullptr, CT_INPUTS({}), { return release(at::arange(scalar(start), scalar(end), scalar(step), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_linspace(ct_scalar start, ct_scalar end, intptr_t steps, int32_t dtype, ct_device device) {
    CT_TRY("linspace", nullptr, CT_INPUTS({}), { return release(at::linspace(scalar(start), scalar(end), steps, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_logspace(ct_scalar start, ct_scalar end, intptr_t steps, double base, int32_t dtype, ct_device device) {
    CT_TRY("logspace", nullptr, CT_INPUTS({}), { return release(at::logspace(scalar(start), scalar(end), steps, base, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_eye_m(intptr_t n, intptr_t m, int32_t dtype, ct_device device) {
    CT_TRY("eye", nullptr, CT_INPUTS({}), { return release(at::eye(n, m, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_scalar_tensor(ct_scalar s, int32_t dtype, ct_device device) {
    CT_TRY("scalar_tensor", nullptr, CT_INPUTS({}), { return release(at::scalar_tensor(scalar(s), optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_tril_indices(intptr_t row, intptr_t col, intptr_t offset, int32_t dtype, ct_device device) {
    CT_TRY("tril_indices", nullptr, CT_INPUTS({}), { return release(at::tril_indices(row, col, offset, optional_dtype(dtype), {}, optional_device(device), {})); })
}

ct_tensor ct_op_triu_indices(intptr_t row, intptr_t col, intptr_t offset, int32_t dtype, ct_device device) {
    CT_TRY("triu_indices", nullptr, CT_INPUTS({}), { return release(at::triu_indices(row, col, offset, optional_dtype(dtype), {}, optional_device(device), {})); })
}

bool ct_op__foreach_add__Scalar(const ct_tensor *self_, intptr_t self__count, ct_scalar scalar_) {
    CT_TRY("_foreach_add_", false, CT_INPUTS({list(self_, self__count)}), { at::_foreach_add_(tensors(self_, self__count), scalar(scalar_)); return true; })
}

bool ct_op__foreach_add__List(const ct_tensor *self_, intptr_t self__count, const ct_tensor *other, intptr_t other_count, ct_scalar alpha) {
    CT_TRY("_foreach_add_", false, CT_INPUTS({list(self_, self__count), list(other, other_count)}), { at::_foreach_add_(tensors(self_, self__count), tensors(other, other_count), scalar(alpha)); return true; })
}

bool ct_op__foreach_mul__Scalar(const ct_tensor *self_, intptr_t self__count, ct_scalar scalar_) {
    CT_TRY("_foreach_mul_", false, CT_INPUTS({list(self_, self__count)}), { at::_foreach_mul_(tensors(self_, self__count), scalar(scalar_)); return true; })
}

bool ct_op__foreach_mul__List(const ct_tensor *self_, intptr_t self__count, const ct_tensor *other, intptr_t other_count) {
    CT_TRY("_foreach_mul_", false, CT_INPUTS({list(self_, self__count), list(other, other_count)}), { at::_foreach_mul_(tensors(self_, self__count), tensors(other, other_count)); return true; })
}

bool ct_op__foreach_mul__Tensor(const ct_tensor *self_, intptr_t self__count, ct_tensor other) {
    CT_REQUIRE("_foreach_mul_", false, other);
    CT_TRY("_foreach_mul_", false, CT_INPUTS({one(other), list(self_, self__count)}), { at::_foreach_mul_(tensors(self_, self__count), *borrow(other)); return true; })
}

bool ct_op__foreach_addcmul__Scalar(const ct_tensor *self_, intptr_t self__count, const ct_tensor *tensor1, intptr_t tensor1_count, const ct_tensor *tensor2, intptr_t tensor2_count, ct_scalar value) {
    CT_TRY("_foreach_addcmul_", false, CT_INPUTS({list(self_, self__count), list(tensor1, tensor1_count), list(tensor2, tensor2_count)}), { at::_foreach_addcmul_(tensors(self_, self__count), tensors(tensor1, tensor1_count), tensors(tensor2, tensor2_count), scalar(value)); return true; })
}

bool ct_op__foreach_addcdiv__Scalar(const ct_tensor *self_, intptr_t self__count, const ct_tensor *tensor1, intptr_t tensor1_count, const ct_tensor *tensor2, intptr_t tensor2_count, ct_scalar value) {
    CT_TRY("_foreach_addcdiv_", false, CT_INPUTS({list(self_, self__count), list(tensor1, tensor1_count), list(tensor2, tensor2_count)}), { at::_foreach_addcdiv_(tensors(self_, self__count), tensors(tensor1, tensor1_count), tensors(tensor2, tensor2_count), scalar(value)); return true; })
}

bool ct_op__foreach_lerp__Scalar(const ct_tensor *self_, intptr_t self__count, const ct_tensor *tensors1, intptr_t tensors1_count, ct_scalar weight) {
    CT_TRY("_foreach_lerp_", false, CT_INPUTS({list(self_, self__count), list(tensors1, tensors1_count)}), { at::_foreach_lerp_(tensors(self_, self__count), tensors(tensors1, tensors1_count), scalar(weight)); return true; })
}

ct_tensor_list ct_op__foreach_sqrt(const ct_tensor *self_, intptr_t self__count) {
    CT_TRY("_foreach_sqrt", (ct_tensor_list{nullptr, -1}), CT_INPUTS({list(self_, self__count)}), { return release_list(at::_foreach_sqrt(tensors(self_, self__count))); })
}

bool ct_op__foreach_div__Scalar(const ct_tensor *self_, intptr_t self__count, ct_scalar scalar_) {
    CT_TRY("_foreach_div_", false, CT_INPUTS({list(self_, self__count)}), { at::_foreach_div_(tensors(self_, self__count), scalar(scalar_)); return true; })
}

bool ct_op__foreach_div__List(const ct_tensor *self_, intptr_t self__count, const ct_tensor *other, intptr_t other_count) {
    CT_TRY("_foreach_div_", false, CT_INPUTS({list(self_, self__count), list(other, other_count)}), { at::_foreach_div_(tensors(self_, self__count), tensors(other, other_count)); return true; })
}

ct_tensor_list ct_op__foreach_norm_Scalar(const ct_tensor *self_, intptr_t self__count, ct_scalar ord) {
    CT_TRY("_foreach_norm", (ct_tensor_list{nullptr, -1}), CT_INPUTS({list(self_, self__count)}), { return release_list(at::_foreach_norm(tensors(self_, self__count), scalar(ord))); })
}

bool ct_op__foreach_zero_(const ct_tensor *self_, intptr_t self__count) {
    CT_TRY("_foreach_zero_", false, CT_INPUTS({list(self_, self__count)}), { at::_foreach_zero_(tensors(self_, self__count)); return true; })
}

bool ct_op__foreach_copy_(const ct_tensor *self_, intptr_t self__count, const ct_tensor *src, intptr_t src_count, bool non_blocking) {
    CT_TRY("_foreach_copy_", false, CT_INPUTS({list(self_, self__count), list(src, src_count)}), { at::_foreach_copy_(tensors(self_, self__count), tensors(src, src_count), non_blocking); return true; })
}

bool ct_op__foreach_clamp_min__Scalar(const ct_tensor *self_, intptr_t self__count, ct_scalar scalar_) {
    CT_TRY("_foreach_clamp_min_", false, CT_INPUTS({list(self_, self__count)}), { at::_foreach_clamp_min_(tensors(self_, self__count), scalar(scalar_)); return true; })
}

bool ct_op__foreach_maximum__List(const ct_tensor *self_, intptr_t self__count, const ct_tensor *other, intptr_t other_count) {
    CT_TRY("_foreach_maximum_", false, CT_INPUTS({list(self_, self__count), list(other, other_count)}), { at::_foreach_maximum_(tensors(self_, self__count), tensors(other, other_count)); return true; })
}

bool ct_op__fused_adam_(const ct_tensor *self_, intptr_t self__count, const ct_tensor *grads, intptr_t grads_count, const ct_tensor *exp_avgs, intptr_t exp_avgs_count, const ct_tensor *exp_avg_sqs, intptr_t exp_avg_sqs_count, const ct_tensor *max_exp_avg_sqs, intptr_t max_exp_avg_sqs_count, const ct_tensor *state_steps, intptr_t state_steps_count, double lr, double beta1, double beta2, double weight_decay, double eps, bool amsgrad, bool maximize, ct_tensor grad_scale, ct_tensor found_inf) {
    CT_TRY("_fused_adam_", false, CT_INPUTS({one(grad_scale), one(found_inf), list(self_, self__count), list(grads, grads_count), list(exp_avgs, exp_avgs_count), list(exp_avg_sqs, exp_avg_sqs_count), list(max_exp_avg_sqs, max_exp_avg_sqs_count), list(state_steps, state_steps_count)}), { at::_fused_adam_(tensors(self_, self__count), tensors(grads, grads_count), tensors(exp_avgs, exp_avgs_count), tensors(exp_avg_sqs, exp_avg_sqs_count), tensors(max_exp_avg_sqs, max_exp_avg_sqs_count), tensors(state_steps, state_steps_count), lr, beta1, beta2, weight_decay, eps, amsgrad, maximize, optional_tensor(grad_scale), optional_tensor(found_inf)); return true; })
}

bool ct_op__fused_adamw_(const ct_tensor *self_, intptr_t self__count, const ct_tensor *grads, intptr_t grads_count, const ct_tensor *exp_avgs, intptr_t exp_avgs_count, const ct_tensor *exp_avg_sqs, intptr_t exp_avg_sqs_count, const ct_tensor *max_exp_avg_sqs, intptr_t max_exp_avg_sqs_count, const ct_tensor *state_steps, intptr_t state_steps_count, double lr, double beta1, double beta2, double weight_decay, double eps, bool amsgrad, bool maximize, ct_tensor grad_scale, ct_tensor found_inf) {
    CT_TRY("_fused_adamw_", false, CT_INPUTS({one(grad_scale), one(found_inf), list(self_, self__count), list(grads, grads_count), list(exp_avgs, exp_avgs_count), list(exp_avg_sqs, exp_avg_sqs_count), list(max_exp_avg_sqs, max_exp_avg_sqs_count), list(state_steps, state_steps_count)}), { at::_fused_adamw_(tensors(self_, self__count), tensors(grads, grads_count), tensors(exp_avgs, exp_avgs_count), tensors(exp_avg_sqs, exp_avg_sqs_count), tensors(max_exp_avg_sqs, max_exp_avg_sqs_count), tensors(state_steps, state_steps_count), lr, beta1, beta2, weight_decay, eps, amsgrad, maximize, optional_tensor(grad_scale), optional_tensor(found_inf)); return true; })
}

bool ct_op__fused_sgd_(const ct_tensor *self_, intptr_t self__count, const ct_tensor *grads, intptr_t grads_count, const ct_tensor *momentum_buffer_list, intptr_t momentum_buffer_list_count, double weight_decay, double momentum, double lr, double dampening, bool nesterov, bool maximize, bool is_first_step, ct_tensor grad_scale, ct_tensor found_inf) {
    CT_TRY("_fused_sgd_", false, CT_INPUTS({one(grad_scale), one(found_inf), list(self_, self__count), list(grads, grads_count), list(momentum_buffer_list, momentum_buffer_list_count)}), { at::_fused_sgd_(tensors(self_, self__count), tensors(grads, grads_count), tensors(momentum_buffer_list, momentum_buffer_list_count), weight_decay, momentum, lr, dampening, nesterov, maximize, is_first_step, optional_tensor(grad_scale), optional_tensor(found_inf)); return true; })
}

bool ct_op__fused_adagrad_(const ct_tensor *self_, intptr_t self__count, const ct_tensor *grads, intptr_t grads_count, const ct_tensor *state_sums, intptr_t state_sums_count, const ct_tensor *state_steps, intptr_t state_steps_count, double lr, double lr_decay, double weight_decay, double eps, bool maximize, ct_tensor grad_scale, ct_tensor found_inf) {
    CT_TRY("_fused_adagrad_", false, CT_INPUTS({one(grad_scale), one(found_inf), list(self_, self__count), list(grads, grads_count), list(state_sums, state_sums_count), list(state_steps, state_steps_count)}), { at::_fused_adagrad_(tensors(self_, self__count), tensors(grads, grads_count), tensors(state_sums, state_sums_count), tensors(state_steps, state_steps_count), lr, lr_decay, weight_decay, eps, maximize, optional_tensor(grad_scale), optional_tensor(found_inf)); return true; })
}

ct_tensor ct_op_to_dtype(ct_tensor self_, int32_t dtype, bool non_blocking, bool copy, int32_t memory_format) {
    CT_REQUIRE("to", nullptr, self_);
    CT_TRY("to", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->to(static_cast<at::ScalarType>(dtype), non_blocking, copy, optional_memory_format(memory_format))); })
}

