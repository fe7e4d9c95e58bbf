// Generated from operators.list by `swift run generate-operators`. Do not edit.
#include "ctorch_internal.h"
#include "ctorch_operators.h"

#include <ATen/ops/_unique2.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/acos.h>
#include <ATen/ops/acosh.h>
#include <ATen/ops/add.h>
#include <ATen/ops/addcdiv.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/all.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/aminmax.h>
#include <ATen/ops/angle.h>
#include <ATen/ops/any.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/argmin.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/as_strided.h>
#include <ATen/ops/asin.h>
#include <ATen/ops/asinh.h>
#include <ATen/ops/atan.h>
#include <ATen/ops/atan2.h>
#include <ATen/ops/atanh.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/bitwise_and.h>
#include <ATen/ops/bitwise_not.h>
#include <ATen/ops/bitwise_or.h>
#include <ATen/ops/bitwise_xor.h>
#include <ATen/ops/bucketize.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/cosh.h>
#include <ATen/ops/count_nonzero.h>
#include <ATen/ops/cummax.h>
#include <ATen/ops/cummin.h>
#include <ATen/ops/cumprod.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/erfc.h>
#include <ATen/ops/erfinv.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/fill.h>
#include <ATen/ops/flatten.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/fmod.h>
#include <ATen/ops/frac.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/histc.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/index_put.h>
#include <ATen/ops/isclose.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/isin.h>
#include <ATen/ops/isinf.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/kthvalue.h>
#include <ATen/ops/le.h>
#include <ATen/ops/lerp.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log10.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log2.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/logcumsumexp.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/logical_xor.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/max.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/median.h>
#include <ATen/ops/min.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mode.h>
#include <ATen/ops/movedim.h>
#include <ATen/ops/msort.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/nanmean.h>
#include <ATen/ops/nanmedian.h>
#include <ATen/ops/nansum.h>
#include <ATen/ops/narrow.h>
#include <ATen/ops/ne.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/permute.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/prod.h>
#include <ATen/ops/quantile.h>
#include <ATen/ops/real.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/remainder.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/reshape.h>
#include <ATen/ops/roll.h>
#include <ATen/ops/rot90.h>
#include <ATen/ops/round.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/select.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sinh.h>
#include <ATen/ops/slice.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/squeeze.h>
#include <ATen/ops/std.h>
#include <ATen/ops/std_mean.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tan.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/tile.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/trace.h>
#include <ATen/ops/transpose.h>
#include <ATen/ops/trunc.h>
#include <ATen/ops/unflatten.h>
#include <ATen/ops/unique_consecutive.h>
#include <ATen/ops/unique_dim.h>
#include <ATen/ops/unsqueeze.h>
#include <ATen/ops/var.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/view_as_complex.h>
#include <ATen/ops/view_as_real.h>
#include <ATen/ops/where.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zero.h>

using namespace ctorch;

ct_tensor ct_op_add_Tensor(ct_tensor self_, ct_tensor other, ct_scalar alpha) {
    CT_REQUIRE("add", nullptr, self_, other);
    CT_TRY("add", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::add(*borrow(self_), *borrow(other), scalar(alpha))); })
}

ct_tensor ct_op_sub_Tensor(ct_tensor self_, ct_tensor other, ct_scalar alpha) {
    CT_REQUIRE("sub", nullptr, self_, other);
    CT_TRY("sub", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::sub(*borrow(self_), *borrow(other), scalar(alpha))); })
}

ct_tensor ct_op_mul_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("mul", nullptr, self_, other);
    CT_TRY("mul", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::mul(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_div_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("div", nullptr, self_, other);
    CT_TRY("div", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::div(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_div_Tensor_mode(ct_tensor self_, ct_tensor other, const char *rounding_mode) {
    CT_REQUIRE("div", nullptr, self_, other);
    CT_TRY("div", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::div(*borrow(self_), *borrow(other), optional_string(rounding_mode))); })
}

ct_tensor ct_op_add_Tensor_number(ct_tensor self_, ct_scalar other, ct_scalar alpha) {
    CT_REQUIRE("add", nullptr, self_);
    CT_TRY("add", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::add(*borrow(self_), number(other), scalar(alpha))); })
}

ct_tensor ct_op_sub_Tensor_number(ct_tensor self_, ct_scalar other, ct_scalar alpha) {
    CT_REQUIRE("sub", nullptr, self_);
    CT_TRY("sub", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::sub(*borrow(self_), number(other), scalar(alpha))); })
}

ct_tensor ct_op_mul_Tensor_number(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("mul", nullptr, self_);
    CT_TRY("mul", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::mul(*borrow(self_), number(other))); })
}

ct_tensor ct_op_div_Tensor_number(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("div", nullptr, self_);
    CT_TRY("div", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::div(*borrow(self_), number(other))); })
}

ct_tensor ct_op_rsub_Scalar(ct_tensor self_, ct_scalar other, ct_scalar alpha) {
    CT_REQUIRE("rsub", nullptr, self_);
    CT_TRY("rsub", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::rsub(*borrow(self_), scalar(other), scalar(alpha))); })
}

ct_tensor ct_op_remainder_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("remainder", nullptr, self_, other);
    CT_TRY("remainder", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::remainder(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_remainder_Tensor_number(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("remainder", nullptr, self_);
    CT_TRY("remainder", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::remainder(*borrow(self_), number(other))); })
}

ct_tensor ct_op_remainder_Scalar_Tensor(ct_scalar self_, ct_tensor other) {
    CT_REQUIRE("remainder", nullptr, other);
    CT_TRY("remainder", nullptr, CT_INPUTS({one(other)}), { Unrecorded unrecorded(other); return release(at::remainder(scalar(self_), *borrow(other))); })
}

ct_tensor ct_op_fmod_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("fmod", nullptr, self_, other);
    CT_TRY("fmod", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::fmod(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_floor_divide(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("floor_divide", nullptr, self_, other);
    CT_TRY("floor_divide", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::floor_divide(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_pow_Tensor_Tensor(ct_tensor self_, ct_tensor exponent) {
    CT_REQUIRE("pow", nullptr, self_, exponent);
    CT_TRY("pow", nullptr, CT_INPUTS({one(self_), one(exponent)}), { Unrecorded unrecorded(self_, exponent); return release(at::pow(*borrow(self_), *borrow(exponent))); })
}

ct_tensor ct_op_pow_Tensor_Scalar(ct_tensor self_, ct_scalar exponent) {
    CT_REQUIRE("pow", nullptr, self_);
    CT_TRY("pow", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::pow(*borrow(self_), scalar(exponent))); })
}

ct_tensor ct_op_pow_Scalar(ct_scalar self_, ct_tensor exponent) {
    CT_REQUIRE("pow", nullptr, exponent);
    CT_TRY("pow", nullptr, CT_INPUTS({one(exponent)}), { Unrecorded unrecorded(exponent); return release(at::pow(scalar(self_), *borrow(exponent))); })
}

ct_tensor ct_op_addcmul(ct_tensor self_, ct_tensor tensor1, ct_tensor tensor2, ct_scalar value) {
    CT_REQUIRE("addcmul", nullptr, self_, tensor1, tensor2);
    CT_TRY("addcmul", nullptr, CT_INPUTS({one(self_), one(tensor1), one(tensor2)}), { Unrecorded unrecorded(self_, tensor1, tensor2); return release(at::addcmul(*borrow(self_), *borrow(tensor1), *borrow(tensor2), scalar(value))); })
}

ct_tensor ct_op_addcdiv(ct_tensor self_, ct_tensor tensor1, ct_tensor tensor2, ct_scalar value) {
    CT_REQUIRE("addcdiv", nullptr, self_, tensor1, tensor2);
    CT_TRY("addcdiv", nullptr, CT_INPUTS({one(self_), one(tensor1), one(tensor2)}), { Unrecorded unrecorded(self_, tensor1, tensor2); return release(at::addcdiv(*borrow(self_), *borrow(tensor1), *borrow(tensor2), scalar(value))); })
}

ct_tensor ct_op_lerp_Scalar(ct_tensor self_, ct_tensor end, ct_scalar weight) {
    CT_REQUIRE("lerp", nullptr, self_, end);
    CT_TRY("lerp", nullptr, CT_INPUTS({one(self_), one(end)}), { Unrecorded unrecorded(self_, end); return release(at::lerp(*borrow(self_), *borrow(end), scalar(weight))); })
}

ct_tensor ct_op_lerp_Tensor(ct_tensor self_, ct_tensor end, ct_tensor weight) {
    CT_REQUIRE("lerp", nullptr, self_, end, weight);
    CT_TRY("lerp", nullptr, CT_INPUTS({one(self_), one(end), one(weight)}), { Unrecorded unrecorded(self_, end, weight); return release(at::lerp(*borrow(self_), *borrow(end), *borrow(weight))); })
}

ct_tensor ct_op_neg(ct_tensor self_) {
    CT_REQUIRE("neg", nullptr, self_);
    CT_TRY("neg", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::neg(*borrow(self_))); })
}

ct_tensor ct_op_abs(ct_tensor self_) {
    CT_REQUIRE("abs", nullptr, self_);
    CT_TRY("abs", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::abs(*borrow(self_))); })
}

ct_tensor ct_op_sign(ct_tensor self_) {
    CT_REQUIRE("sign", nullptr, self_);
    CT_TRY("sign", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::sign(*borrow(self_))); })
}

ct_tensor ct_op_square(ct_tensor self_) {
    CT_REQUIRE("square", nullptr, self_);
    CT_TRY("square", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::square(*borrow(self_))); })
}

ct_tensor ct_op_sqrt(ct_tensor self_) {
    CT_REQUIRE("sqrt", nullptr, self_);
    CT_TRY("sqrt", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::sqrt(*borrow(self_))); })
}

ct_tensor ct_op_rsqrt(ct_tensor self_) {
    CT_REQUIRE("rsqrt", nullptr, self_);
    CT_TRY("rsqrt", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::rsqrt(*borrow(self_))); })
}

ct_tensor ct_op_reciprocal(ct_tensor self_) {
    CT_REQUIRE("reciprocal", nullptr, self_);
    CT_TRY("reciprocal", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::reciprocal(*borrow(self_))); })
}

ct_tensor ct_op_exp(ct_tensor self_) {
    CT_REQUIRE("exp", nullptr, self_);
    CT_TRY("exp", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::exp(*borrow(self_))); })
}

ct_tensor ct_op_expm1(ct_tensor self_) {
    CT_REQUIRE("expm1", nullptr, self_);
    CT_TRY("expm1", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::expm1(*borrow(self_))); })
}

ct_tensor ct_op_exp2(ct_tensor self_) {
    CT_REQUIRE("exp2", nullptr, self_);
    CT_TRY("exp2", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::exp2(*borrow(self_))); })
}

ct_tensor ct_op_log(ct_tensor self_) {
    CT_REQUIRE("log", nullptr, self_);
    CT_TRY("log", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::log(*borrow(self_))); })
}

ct_tensor ct_op_log2(ct_tensor self_) {
    CT_REQUIRE("log2", nullptr, self_);
    CT_TRY("log2", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::log2(*borrow(self_))); })
}

ct_tensor ct_op_log10(ct_tensor self_) {
    CT_REQUIRE("log10", nullptr, self_);
    CT_TRY("log10", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::log10(*borrow(self_))); })
}

ct_tensor ct_op_log1p(ct_tensor self_) {
    CT_REQUIRE("log1p", nullptr, self_);
    CT_TRY("log1p", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::log1p(*borrow(self_))); })
}

ct_tensor ct_op_logaddexp(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("logaddexp", nullptr, self_, other);
    CT_TRY("logaddexp", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::logaddexp(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_xlogy_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("xlogy", nullptr, self_, other);
    CT_TRY("xlogy", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::xlogy(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_sin(ct_tensor self_) {
    CT_REQUIRE("sin", nullptr, self_);
    CT_TRY("sin", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::sin(*borrow(self_))); })
}

ct_tensor ct_op_cos(ct_tensor self_) {
    CT_REQUIRE("cos", nullptr, self_);
    CT_TRY("cos", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::cos(*borrow(self_))); })
}

ct_tensor ct_op_tan(ct_tensor self_) {
    CT_REQUIRE("tan", nullptr, self_);
    CT_TRY("tan", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::tan(*borrow(self_))); })
}

ct_tensor ct_op_asin(ct_tensor self_) {
    CT_REQUIRE("asin", nullptr, self_);
    CT_TRY("asin", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::asin(*borrow(self_))); })
}

ct_tensor ct_op_acos(ct_tensor self_) {
    CT_REQUIRE("acos", nullptr, self_);
    CT_TRY("acos", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::acos(*borrow(self_))); })
}

ct_tensor ct_op_atan(ct_tensor self_) {
    CT_REQUIRE("atan", nullptr, self_);
    CT_TRY("atan", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::atan(*borrow(self_))); })
}

ct_tensor ct_op_atan2(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("atan2", nullptr, self_, other);
    CT_TRY("atan2", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::atan2(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_sinh(ct_tensor self_) {
    CT_REQUIRE("sinh", nullptr, self_);
    CT_TRY("sinh", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::sinh(*borrow(self_))); })
}

ct_tensor ct_op_cosh(ct_tensor self_) {
    CT_REQUIRE("cosh", nullptr, self_);
    CT_TRY("cosh", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::cosh(*borrow(self_))); })
}

ct_tensor ct_op_tanh(ct_tensor self_) {
    CT_REQUIRE("tanh", nullptr, self_);
    CT_TRY("tanh", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::tanh(*borrow(self_))); })
}

ct_tensor ct_op_atanh(ct_tensor self_) {
    CT_REQUIRE("atanh", nullptr, self_);
    CT_TRY("atanh", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::atanh(*borrow(self_))); })
}

ct_tensor ct_op_asinh(ct_tensor self_) {
    CT_REQUIRE("asinh", nullptr, self_);
    CT_TRY("asinh", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::asinh(*borrow(self_))); })
}

ct_tensor ct_op_acosh(ct_tensor self_) {
    CT_REQUIRE("acosh", nullptr, self_);
    CT_TRY("acosh", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::acosh(*borrow(self_))); })
}

ct_tensor ct_op_erf(ct_tensor self_) {
    CT_REQUIRE("erf", nullptr, self_);
    CT_TRY("erf", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::erf(*borrow(self_))); })
}

ct_tensor ct_op_erfc(ct_tensor self_) {
    CT_REQUIRE("erfc", nullptr, self_);
    CT_TRY("erfc", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::erfc(*borrow(self_))); })
}

ct_tensor ct_op_erfinv(ct_tensor self_) {
    CT_REQUIRE("erfinv", nullptr, self_);
    CT_TRY("erfinv", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::erfinv(*borrow(self_))); })
}

ct_tensor ct_op_lgamma(ct_tensor self_) {
    CT_REQUIRE("lgamma", nullptr, self_);
    CT_TRY("lgamma", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::lgamma(*borrow(self_))); })
}

ct_tensor ct_op_digamma(ct_tensor self_) {
    CT_REQUIRE("digamma", nullptr, self_);
    CT_TRY("digamma", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::digamma(*borrow(self_))); })
}

ct_tensor ct_op_sigmoid(ct_tensor self_) {
    CT_REQUIRE("sigmoid", nullptr, self_);
    CT_TRY("sigmoid", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::sigmoid(*borrow(self_))); })
}

ct_tensor ct_op_logit(ct_tensor self_, ct_optional_double eps) {
    CT_REQUIRE("logit", nullptr, self_);
    CT_TRY("logit", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::logit(*borrow(self_), optional_double(eps))); })
}

ct_tensor ct_op_floor(ct_tensor self_) {
    CT_REQUIRE("floor", nullptr, self_);
    CT_TRY("floor", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::floor(*borrow(self_))); })
}

ct_tensor ct_op_ceil(ct_tensor self_) {
    CT_REQUIRE("ceil", nullptr, self_);
    CT_TRY("ceil", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::ceil(*borrow(self_))); })
}

ct_tensor ct_op_round(ct_tensor self_) {
    CT_REQUIRE("round", nullptr, self_);
    CT_TRY("round", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::round(*borrow(self_))); })
}

ct_tensor ct_op_round_decimals(ct_tensor self_, intptr_t decimals) {
    CT_REQUIRE("round", nullptr, self_);
    CT_TRY("round", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::round(*borrow(self_), decimals)); })
}

ct_tensor ct_op_trunc(ct_tensor self_) {
    CT_REQUIRE("trunc", nullptr, self_);
    CT_TRY("trunc", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::trunc(*borrow(self_))); })
}

ct_tensor ct_op_frac(ct_tensor self_) {
    CT_REQUIRE("frac", nullptr, self_);
    CT_TRY("frac", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::frac(*borrow(self_))); })
}

ct_tensor ct_op_clamp(ct_tensor self_, ct_scalar min, ct_scalar max) {
    CT_REQUIRE("clamp", nullptr, self_);
    CT_TRY("clamp", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::clamp(*borrow(self_), optional_scalar(min), optional_scalar(max))); })
}

ct_tensor ct_op_clamp_Tensor(ct_tensor self_, ct_tensor min, ct_tensor max) {
    CT_REQUIRE("clamp", nullptr, self_);
    CT_TRY("clamp", nullptr, CT_INPUTS({one(self_), one(min), one(max)}), { Unrecorded unrecorded(self_, min, max); return release(at::clamp(*borrow(self_), optional_tensor(min), optional_tensor(max))); })
}

ct_tensor ct_op_maximum(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("maximum", nullptr, self_, other);
    CT_TRY("maximum", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::maximum(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_minimum(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("minimum", nullptr, self_, other);
    CT_TRY("minimum", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::minimum(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_nan_to_num(ct_tensor self_, ct_optional_double nan, ct_optional_double posinf, ct_optional_double neginf) {
    CT_REQUIRE("nan_to_num", nullptr, self_);
    CT_TRY("nan_to_num", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::nan_to_num(*borrow(self_), optional_double(nan), optional_double(posinf), optional_double(neginf))); })
}

ct_tensor ct_op_conj(ct_tensor self_) {
    CT_REQUIRE("conj", nullptr, self_);
    CT_TRY("conj", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->conj()); })
}

ct_tensor ct_op_real(ct_tensor self_) {
    CT_REQUIRE("real", nullptr, self_);
    CT_TRY("real", nullptr, CT_INPUTS({one(self_)}), { return release(at::real(*borrow(self_))); })
}

ct_tensor ct_op_imag(ct_tensor self_) {
    CT_REQUIRE("imag", nullptr, self_);
    CT_TRY("imag", nullptr, CT_INPUTS({one(self_)}), { return release(at::imag(*borrow(self_))); })
}

ct_tensor ct_op_view_as_real(ct_tensor self_) {
    CT_REQUIRE("view_as_real", nullptr, self_);
    CT_TRY("view_as_real", nullptr, CT_INPUTS({one(self_)}), { return release(at::view_as_real(*borrow(self_))); })
}

ct_tensor ct_op_view_as_complex(ct_tensor self_) {
    CT_REQUIRE("view_as_complex", nullptr, self_);
    CT_TRY("view_as_complex", nullptr, CT_INPUTS({one(self_)}), { return release(at::view_as_complex(*borrow(self_))); })
}

ct_tensor ct_op_angle(ct_tensor self_) {
    CT_REQUIRE("angle", nullptr, self_);
    CT_TRY("angle", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::angle(*borrow(self_))); })
}

bool ct_op_add__Tensor(ct_tensor self_, ct_tensor other, ct_scalar alpha) {
    CT_REQUIRE("add_", false, self_, other);
    CT_TRY("add_", false, CT_INPUTS({one(self_), one(other)}), { borrow(self_)->add_(*borrow(other), scalar(alpha)); return true; })
}

bool ct_op_sub__Tensor(ct_tensor self_, ct_tensor other, ct_scalar alpha) {
    CT_REQUIRE("sub_", false, self_, other);
    CT_TRY("sub_", false, CT_INPUTS({one(self_), one(other)}), { borrow(self_)->sub_(*borrow(other), scalar(alpha)); return true; })
}

bool ct_op_mul__Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("mul_", false, self_, other);
    CT_TRY("mul_", false, CT_INPUTS({one(self_), one(other)}), { borrow(self_)->mul_(*borrow(other)); return true; })
}

bool ct_op_div__Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("div_", false, self_, other);
    CT_TRY("div_", false, CT_INPUTS({one(self_), one(other)}), { borrow(self_)->div_(*borrow(other)); return true; })
}

bool ct_op_add__Tensor_number(ct_tensor self_, ct_scalar other, ct_scalar alpha) {
    CT_REQUIRE("add_", false, self_);
    CT_TRY("add_", false, CT_INPUTS({one(self_)}), { borrow(self_)->add_(number(other), scalar(alpha)); return true; })
}

bool ct_op_sub__Tensor_number(ct_tensor self_, ct_scalar other, ct_scalar alpha) {
    CT_REQUIRE("sub_", false, self_);
    CT_TRY("sub_", false, CT_INPUTS({one(self_)}), { borrow(self_)->sub_(number(other), scalar(alpha)); return true; })
}

bool ct_op_mul__Tensor_number(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("mul_", false, self_);
    CT_TRY("mul_", false, CT_INPUTS({one(self_)}), { borrow(self_)->mul_(number(other)); return true; })
}

bool ct_op_div__Tensor_number(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("div_", false, self_);
    CT_TRY("div_", false, CT_INPUTS({one(self_)}), { borrow(self_)->div_(number(other)); return true; })
}

bool ct_op_pow__Scalar(ct_tensor self_, ct_scalar exponent) {
    CT_REQUIRE("pow_", false, self_);
    CT_TRY("pow_", false, CT_INPUTS({one(self_)}), { borrow(self_)->pow_(scalar(exponent)); return true; })
}

bool ct_op_addcmul_(ct_tensor self_, ct_tensor tensor1, ct_tensor tensor2, ct_scalar value) {
    CT_REQUIRE("addcmul_", false, self_, tensor1, tensor2);
    CT_TRY("addcmul_", false, CT_INPUTS({one(self_), one(tensor1), one(tensor2)}), { borrow(self_)->addcmul_(*borrow(tensor1), *borrow(tensor2), scalar(value)); return true; })
}

bool ct_op_addcdiv_(ct_tensor self_, ct_tensor tensor1, ct_tensor tensor2, ct_scalar value) {
    CT_REQUIRE("addcdiv_", false, self_, tensor1, tensor2);
    CT_TRY("addcdiv_", false, CT_INPUTS({one(self_), one(tensor1), one(tensor2)}), { borrow(self_)->addcdiv_(*borrow(tensor1), *borrow(tensor2), scalar(value)); return true; })
}

bool ct_op_lerp__Scalar(ct_tensor self_, ct_tensor end, ct_scalar weight) {
    CT_REQUIRE("lerp_", false, self_, end);
    CT_TRY("lerp_", false, CT_INPUTS({one(self_), one(end)}), { borrow(self_)->lerp_(*borrow(end), scalar(weight)); return true; })
}

bool ct_op_neg_(ct_tensor self_) {
    CT_REQUIRE("neg_", false, self_);
    CT_TRY("neg_", false, CT_INPUTS({one(self_)}), { at::neg_(*borrow(self_)); return true; })
}

bool ct_op_abs_(ct_tensor self_) {
    CT_REQUIRE("abs_", false, self_);
    CT_TRY("abs_", false, CT_INPUTS({one(self_)}), { at::abs_(*borrow(self_)); return true; })
}

bool ct_op_exp_(ct_tensor self_) {
    CT_REQUIRE("exp_", false, self_);
    CT_TRY("exp_", false, CT_INPUTS({one(self_)}), { at::exp_(*borrow(self_)); return true; })
}

bool ct_op_log_(ct_tensor self_) {
    CT_REQUIRE("log_", false, self_);
    CT_TRY("log_", false, CT_INPUTS({one(self_)}), { at::log_(*borrow(self_)); return true; })
}

bool ct_op_sqrt_(ct_tensor self_) {
    CT_REQUIRE("sqrt_", false, self_);
    CT_TRY("sqrt_", false, CT_INPUTS({one(self_)}), { at::sqrt_(*borrow(self_)); return true; })
}

bool ct_op_sigmoid_(ct_tensor self_) {
    CT_REQUIRE("sigmoid_", false, self_);
    CT_TRY("sigmoid_", false, CT_INPUTS({one(self_)}), { at::sigmoid_(*borrow(self_)); return true; })
}

bool ct_op_tanh_(ct_tensor self_) {
    CT_REQUIRE("tanh_", false, self_);
    CT_TRY("tanh_", false, CT_INPUTS({one(self_)}), { at::tanh_(*borrow(self_)); return true; })
}

bool ct_op_relu_(ct_tensor self_) {
    CT_REQUIRE("relu_", false, self_);
    CT_TRY("relu_", false, CT_INPUTS({one(self_)}), { at::relu_(*borrow(self_)); return true; })
}

bool ct_op_clamp_(ct_tensor self_, ct_scalar min, ct_scalar max) {
    CT_REQUIRE("clamp_", false, self_);
    CT_TRY("clamp_", false, CT_INPUTS({one(self_)}), { at::clamp_(*borrow(self_), optional_scalar(min), optional_scalar(max)); return true; })
}

bool ct_op_zero_(ct_tensor self_) {
    CT_REQUIRE("zero_", false, self_);
    CT_TRY("zero_", false, CT_INPUTS({one(self_)}), { at::zero_(*borrow(self_)); return true; })
}

bool ct_op_fill__Scalar(ct_tensor self_, ct_scalar value) {
    CT_REQUIRE("fill_", false, self_);
    CT_TRY("fill_", false, CT_INPUTS({one(self_)}), { at::fill_(*borrow(self_), scalar(value)); return true; })
}

bool ct_op_fill__Tensor(ct_tensor self_, ct_tensor value) {
    CT_REQUIRE("fill_", false, self_, value);
    CT_TRY("fill_", false, CT_INPUTS({one(self_), one(value)}), { at::fill_(*borrow(self_), *borrow(value)); return true; })
}

bool ct_op_copy_(ct_tensor self_, ct_tensor src, bool non_blocking) {
    CT_REQUIRE("copy_", false, self_, src);
    CT_TRY("copy_", false, CT_INPUTS({one(self_), one(src)}), { borrow(self_)->copy_(*borrow(src), non_blocking); return true; })
}

bool ct_op_masked_fill__Scalar(ct_tensor self_, ct_tensor mask, ct_scalar value) {
    CT_REQUIRE("masked_fill_", false, self_, mask);
    CT_TRY("masked_fill_", false, CT_INPUTS({one(self_), one(mask)}), { borrow(self_)->masked_fill_(*borrow(mask), scalar(value)); return true; })
}

bool ct_op_masked_fill__Tensor(ct_tensor self_, ct_tensor mask, ct_tensor value) {
    CT_REQUIRE("masked_fill_", false, self_, mask, value);
    CT_TRY("masked_fill_", false, CT_INPUTS({one(self_), one(mask), one(value)}), { borrow(self_)->masked_fill_(*borrow(mask), *borrow(value)); return true; })
}

bool ct_op_index_fill__int_Scalar(ct_tensor self_, intptr_t dim, ct_tensor index, ct_scalar value) {
    CT_REQUIRE("index_fill_", false, self_, index);
    CT_TRY("index_fill_", false, CT_INPUTS({one(self_), one(index)}), { borrow(self_)->index_fill_(dim, *borrow(index), scalar(value)); return true; })
}

bool ct_op_index_add_(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor source, ct_scalar alpha) {
    CT_REQUIRE("index_add_", false, self_, index, source);
    CT_TRY("index_add_", false, CT_INPUTS({one(self_), one(index), one(source)}), { borrow(self_)->index_add_(dim, *borrow(index), *borrow(source), scalar(alpha)); return true; })
}

bool ct_op_index_copy_(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor source) {
    CT_REQUIRE("index_copy_", false, self_, index, source);
    CT_TRY("index_copy_", false, CT_INPUTS({one(self_), one(index), one(source)}), { borrow(self_)->index_copy_(dim, *borrow(index), *borrow(source)); return true; })
}

bool ct_op_scatter__src(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor src) {
    CT_REQUIRE("scatter_", false, self_, index, src);
    CT_TRY("scatter_", false, CT_INPUTS({one(self_), one(index), one(src)}), { borrow(self_)->scatter_(dim, *borrow(index), *borrow(src)); return true; })
}

bool ct_op_scatter__value(ct_tensor self_, intptr_t dim, ct_tensor index, ct_scalar value) {
    CT_REQUIRE("scatter_", false, self_, index);
    CT_TRY("scatter_", false, CT_INPUTS({one(self_), one(index)}), { borrow(self_)->scatter_(dim, *borrow(index), scalar(value)); return true; })
}

bool ct_op_scatter_add_(ct_tensor self_, intptr_t dim, ct_tensor index, ct_tensor src) {
    CT_REQUIRE("scatter_add_", false, self_, index, src);
    CT_TRY("scatter_add_", false, CT_INPUTS({one(self_), one(index), one(src)}), { borrow(self_)->scatter_add_(dim, *borrow(index), *borrow(src)); return true; })
}

bool ct_op_normal_(ct_tensor self_, double mean, double std, ct_generator generator) {
    CT_REQUIRE("normal_", false, self_);
    CT_TRY("normal_", false, CT_INPUTS({one(self_)}), { borrow(self_)->normal_(mean, std, optional_generator(generator)); return true; })
}

bool ct_op_uniform_(ct_tensor self_, double from, double to, ct_generator generator) {
    CT_REQUIRE("uniform_", false, self_);
    CT_TRY("uniform_", false, CT_INPUTS({one(self_)}), { borrow(self_)->uniform_(from, to, optional_generator(generator)); return true; })
}

bool ct_op_bernoulli__float(ct_tensor self_, double p, ct_generator generator) {
    CT_REQUIRE("bernoulli_", false, self_);
    CT_TRY("bernoulli_", false, CT_INPUTS({one(self_)}), { borrow(self_)->bernoulli_(p, optional_generator(generator)); return true; })
}

bool ct_op_exponential_(ct_tensor self_, double lambd, ct_generator generator) {
    CT_REQUIRE("exponential_", false, self_);
    CT_TRY("exponential_", false, CT_INPUTS({one(self_)}), { borrow(self_)->exponential_(lambd, optional_generator(generator)); return true; })
}

bool ct_op_random__from(ct_tensor self_, intptr_t from, ct_optional_int to, ct_generator generator) {
    CT_REQUIRE("random_", false, self_);
    CT_TRY("random_", false, CT_INPUTS({one(self_)}), { borrow(self_)->random_(from, optional_int(to), optional_generator(generator)); return true; })
}

bool ct_op_index_put_(ct_tensor self_, const ct_tensor *indices, intptr_t indices_count, ct_tensor values, bool accumulate) {
    CT_REQUIRE("index_put_", false, self_, values);
    CT_TRY("index_put_", false, CT_INPUTS({one(self_), one(values), list(indices, indices_count)}), { at::index_put_(*borrow(self_), optional_tensors(indices, indices_count), *borrow(values), accumulate); return true; })
}

ct_tensor ct_op_eq_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("eq", nullptr, self_, other);
    CT_TRY("eq", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::eq(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_eq_Scalar(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("eq", nullptr, self_);
    CT_TRY("eq", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::eq(*borrow(self_), scalar(other))); })
}

ct_tensor ct_op_ne_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("ne", nullptr, self_, other);
    CT_TRY("ne", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::ne(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_ne_Scalar(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("ne", nullptr, self_);
    CT_TRY("ne", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::ne(*borrow(self_), scalar(other))); })
}

ct_tensor ct_op_lt_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("lt", nullptr, self_, other);
    CT_TRY("lt", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::lt(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_lt_Scalar(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("lt", nullptr, self_);
    CT_TRY("lt", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::lt(*borrow(self_), scalar(other))); })
}

ct_tensor ct_op_le_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("le", nullptr, self_, other);
    CT_TRY("le", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::le(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_le_Scalar(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("le", nullptr, self_);
    CT_TRY("le", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::le(*borrow(self_), scalar(other))); })
}

ct_tensor ct_op_gt_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("gt", nullptr, self_, other);
    CT_TRY("gt", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::gt(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_gt_Scalar(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("gt", nullptr, self_);
    CT_TRY("gt", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::gt(*borrow(self_), scalar(other))); })
}

ct_tensor ct_op_ge_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("ge", nullptr, self_, other);
    CT_TRY("ge", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::ge(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_ge_Scalar(ct_tensor self_, ct_scalar other) {
    CT_REQUIRE("ge", nullptr, self_);
    CT_TRY("ge", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::ge(*borrow(self_), scalar(other))); })
}

ct_tensor ct_op_logical_and(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("logical_and", nullptr, self_, other);
    CT_TRY("logical_and", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::logical_and(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_logical_or(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("logical_or", nullptr, self_, other);
    CT_TRY("logical_or", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::logical_or(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_logical_xor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("logical_xor", nullptr, self_, other);
    CT_TRY("logical_xor", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::logical_xor(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_logical_not(ct_tensor self_) {
    CT_REQUIRE("logical_not", nullptr, self_);
    CT_TRY("logical_not", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::logical_not(*borrow(self_))); })
}

ct_tensor ct_op_bitwise_and_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("bitwise_and", nullptr, self_, other);
    CT_TRY("bitwise_and", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::bitwise_and(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_bitwise_or_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("bitwise_or", nullptr, self_, other);
    CT_TRY("bitwise_or", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::bitwise_or(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_bitwise_xor_Tensor(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("bitwise_xor", nullptr, self_, other);
    CT_TRY("bitwise_xor", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::bitwise_xor(*borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_bitwise_not(ct_tensor self_) {
    CT_REQUIRE("bitwise_not", nullptr, self_);
    CT_TRY("bitwise_not", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::bitwise_not(*borrow(self_))); })
}

ct_tensor ct_op_isnan(ct_tensor self_) {
    CT_REQUIRE("isnan", nullptr, self_);
    CT_TRY("isnan", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::isnan(*borrow(self_))); })
}

ct_tensor ct_op_isinf(ct_tensor self_) {
    CT_REQUIRE("isinf", nullptr, self_);
    CT_TRY("isinf", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::isinf(*borrow(self_))); })
}

ct_tensor ct_op_isfinite(ct_tensor self_) {
    CT_REQUIRE("isfinite", nullptr, self_);
    CT_TRY("isfinite", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(at::isfinite(*borrow(self_))); })
}

ct_tensor ct_op_isreal(ct_tensor self_) {
    CT_REQUIRE("isreal", nullptr, self_);
    CT_TRY("isreal", nullptr, CT_INPUTS({one(self_)}), { Unrecorded unrecorded(self_); return release(borrow(self_)->isreal()); })
}

ct_tensor ct_op_isclose(ct_tensor self_, ct_tensor other, double rtol, double atol, bool equal_nan) {
    CT_REQUIRE("isclose", nullptr, self_, other);
    CT_TRY("isclose", nullptr, CT_INPUTS({one(self_), one(other)}), { Unrecorded unrecorded(self_, other); return release(at::isclose(*borrow(self_), *borrow(other), rtol, atol, equal_nan)); })
}

int32_t ct_op_allclose(ct_tensor self_, ct_tensor other, double rtol, double atol, bool equal_nan) {
    CT_REQUIRE("allclose", -1, self_, other);
    CT_TRY("allclose", -1, CT_INPUTS({one(self_), one(other)}), { return at::allclose(*borrow(self_), *borrow(other), rtol, atol, equal_nan) ? 1 : 0; })
}

int32_t ct_op_equal(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("equal", -1, self_, other);
    CT_TRY("equal", -1, CT_INPUTS({one(self_), one(other)}), { return at::equal(*borrow(self_), *borrow(other)) ? 1 : 0; })
}

ct_tensor ct_op_isin_Tensor_Tensor(ct_tensor elements, ct_tensor test_elements, bool assume_unique, bool invert) {
    CT_REQUIRE("isin", nullptr, elements, test_elements);
    CT_TRY("isin", nullptr, CT_INPUTS({one(elements), one(test_elements)}), { Unrecorded unrecorded(elements, test_elements); return release(at::isin(*borrow(elements), *borrow(test_elements), assume_unique, invert)); })
}

ct_tensor ct_op_where_self(ct_tensor condition, ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("where", nullptr, condition, self_, other);
    CT_TRY("where", nullptr, CT_INPUTS({one(condition), one(self_), one(other)}), { Unrecorded unrecorded(condition, self_, other); return release(at::where(*borrow(condition), *borrow(self_), *borrow(other))); })
}

ct_tensor ct_op_sum_dim_IntList(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype) {
    CT_REQUIRE("sum", nullptr, self_);
    CT_TRY("sum", nullptr, CT_INPUTS({one(self_)}), { return release(at::sum(*borrow(self_), optional_ints(dim, dim_count), keepdim, optional_dtype(dtype))); })
}

ct_tensor ct_op_sum(ct_tensor self_, int32_t dtype) {
    CT_REQUIRE("sum", nullptr, self_);
    CT_TRY("sum", nullptr, CT_INPUTS({one(self_)}), { return release(at::sum(*borrow(self_), optional_dtype(dtype))); })
}

ct_tensor ct_op_mean_dim(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype) {
    CT_REQUIRE("mean", nullptr, self_);
    CT_TRY("mean", nullptr, CT_INPUTS({one(self_)}), { return release(at::mean(*borrow(self_), optional_ints(dim, dim_count), keepdim, optional_dtype(dtype))); })
}

ct_tensor ct_op_mean(ct_tensor self_, int32_t dtype) {
    CT_REQUIRE("mean", nullptr, self_);
    CT_TRY("mean", nullptr, CT_INPUTS({one(self_)}), { return release(at::mean(*borrow(self_), optional_dtype(dtype))); })
}

ct_tensor ct_op_nansum(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype) {
    CT_REQUIRE("nansum", nullptr, self_);
    CT_TRY("nansum", nullptr, CT_INPUTS({one(self_)}), { return release(at::nansum(*borrow(self_), optional_ints(dim, dim_count), keepdim, optional_dtype(dtype))); })
}

ct_tensor ct_op_nanmean(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim, int32_t dtype) {
    CT_REQUIRE("nanmean", nullptr, self_);
    CT_TRY("nanmean", nullptr, CT_INPUTS({one(self_)}), { return release(at::nanmean(*borrow(self_), optional_ints(dim, dim_count), keepdim, optional_dtype(dtype))); })
}

ct_tensor ct_op_prod(ct_tensor self_, int32_t dtype) {
    CT_REQUIRE("prod", nullptr, self_);
    CT_TRY("prod", nullptr, CT_INPUTS({one(self_)}), { return release(at::prod(*borrow(self_), optional_dtype(dtype))); })
}

ct_tensor ct_op_prod_dim_int(ct_tensor self_, intptr_t dim, bool keepdim, int32_t dtype) {
    CT_REQUIRE("prod", nullptr, self_);
    CT_TRY("prod", nullptr, CT_INPUTS({one(self_)}), { return release(at::prod(*borrow(self_), dim, keepdim, optional_dtype(dtype))); })
}

ct_tensor ct_op_var_correction(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, ct_scalar correction, bool keepdim) {
    CT_REQUIRE("var", nullptr, self_);
    CT_TRY("var", nullptr, CT_INPUTS({one(self_)}), { return release(at::var(*borrow(self_), optional_ints(dim, dim_count), optional_scalar(correction), keepdim)); })
}

ct_tensor ct_op_std_correction(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, ct_scalar correction, bool keepdim) {
    CT_REQUIRE("std", nullptr, self_);
    CT_TRY("std", nullptr, CT_INPUTS({one(self_)}), { return release(at::std(*borrow(self_), optional_ints(dim, dim_count), optional_scalar(correction), keepdim)); })
}

ct_tensor2 ct_op_var_mean_correction(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, ct_scalar correction, bool keepdim) {
    CT_REQUIRE("var_mean", ct_tensor2{}, self_);
    CT_TRY("var_mean", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::var_mean(*borrow(self_), optional_ints(dim, dim_count), optional_scalar(correction), keepdim)); })
}

ct_tensor2 ct_op_std_mean_correction(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, ct_scalar correction, bool keepdim) {
    CT_REQUIRE("std_mean", ct_tensor2{}, self_);
    CT_TRY("std_mean", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::std_mean(*borrow(self_), optional_ints(dim, dim_count), optional_scalar(correction), keepdim)); })
}

ct_tensor ct_op_max(ct_tensor self_) {
    CT_REQUIRE("max", nullptr, self_);
    CT_TRY("max", nullptr, CT_INPUTS({one(self_)}), { return release(at::max(*borrow(self_))); })
}

ct_tensor ct_op_min(ct_tensor self_) {
    CT_REQUIRE("min", nullptr, self_);
    CT_TRY("min", nullptr, CT_INPUTS({one(self_)}), { return release(at::min(*borrow(self_))); })
}

ct_tensor2 ct_op_max_dim(ct_tensor self_, intptr_t dim, bool keepdim) {
    CT_REQUIRE("max", ct_tensor2{}, self_);
    CT_TRY("max", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::max(*borrow(self_), dim, keepdim)); })
}

ct_tensor2 ct_op_min_dim(ct_tensor self_, intptr_t dim, bool keepdim) {
    CT_REQUIRE("min", ct_tensor2{}, self_);
    CT_TRY("min", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::min(*borrow(self_), dim, keepdim)); })
}

ct_tensor ct_op_amax(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim) {
    CT_REQUIRE("amax", nullptr, self_);
    CT_TRY("amax", nullptr, CT_INPUTS({one(self_)}), { return release(at::amax(*borrow(self_), ints(dim, dim_count), keepdim)); })
}

ct_tensor ct_op_amin(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim) {
    CT_REQUIRE("amin", nullptr, self_);
    CT_TRY("amin", nullptr, CT_INPUTS({one(self_)}), { return release(at::amin(*borrow(self_), ints(dim, dim_count), keepdim)); })
}

ct_tensor2 ct_op_aminmax(ct_tensor self_, ct_optional_int dim, bool keepdim) {
    CT_REQUIRE("aminmax", ct_tensor2{}, self_);
    CT_TRY("aminmax", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::aminmax(*borrow(self_), optional_int(dim), keepdim)); })
}

ct_tensor ct_op_argmax(ct_tensor self_, ct_optional_int dim, bool keepdim) {
    CT_REQUIRE("argmax", nullptr, self_);
    CT_TRY("argmax", nullptr, CT_INPUTS({one(self_)}), { return release(at::argmax(*borrow(self_), optional_int(dim), keepdim)); })
}

ct_tensor ct_op_argmin(ct_tensor self_, ct_optional_int dim, bool keepdim) {
    CT_REQUIRE("argmin", nullptr, self_);
    CT_TRY("argmin", nullptr, CT_INPUTS({one(self_)}), { return release(at::argmin(*borrow(self_), optional_int(dim), keepdim)); })
}

ct_tensor ct_op_all(ct_tensor self_) {
    CT_REQUIRE("all", nullptr, self_);
    CT_TRY("all", nullptr, CT_INPUTS({one(self_)}), { return release(at::all(*borrow(self_))); })
}

ct_tensor ct_op_all_dim(ct_tensor self_, intptr_t dim, bool keepdim) {
    CT_REQUIRE("all", nullptr, self_);
    CT_TRY("all", nullptr, CT_INPUTS({one(self_)}), { return release(at::all(*borrow(self_), dim, keepdim)); })
}

ct_tensor ct_op_any(ct_tensor self_) {
    CT_REQUIRE("any", nullptr, self_);
    CT_TRY("any", nullptr, CT_INPUTS({one(self_)}), { return release(at::any(*borrow(self_))); })
}

ct_tensor ct_op_any_dim(ct_tensor self_, intptr_t dim, bool keepdim) {
    CT_REQUIRE("any", nullptr, self_);
    CT_TRY("any", nullptr, CT_INPUTS({one(self_)}), { return release(at::any(*borrow(self_), dim, keepdim)); })
}

ct_tensor ct_op_logsumexp(ct_tensor self_, const intptr_t *dim, intptr_t dim_count, bool keepdim) {
    CT_REQUIRE("logsumexp", nullptr, self_);
    CT_TRY("logsumexp", nullptr, CT_INPUTS({one(self_)}), { return release(at::logsumexp(*borrow(self_), ints(dim, dim_count), keepdim)); })
}

ct_tensor ct_op_median(ct_tensor self_) {
    CT_REQUIRE("median", nullptr, self_);
    CT_TRY("median", nullptr, CT_INPUTS({one(self_)}), { return release(at::median(*borrow(self_))); })
}

ct_tensor2 ct_op_median_dim(ct_tensor self_, intptr_t dim, bool keepdim) {
    CT_REQUIRE("median", ct_tensor2{}, self_);
    CT_TRY("median", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::median(*borrow(self_), dim, keepdim)); })
}

ct_tensor ct_op_nanmedian(ct_tensor self_) {
    CT_REQUIRE("nanmedian", nullptr, self_);
    CT_TRY("nanmedian", nullptr, CT_INPUTS({one(self_)}), { return release(at::nanmedian(*borrow(self_))); })
}

ct_tensor2 ct_op_mode(ct_tensor self_, intptr_t dim, bool keepdim) {
    CT_REQUIRE("mode", ct_tensor2{}, self_);
    CT_TRY("mode", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::mode(*borrow(self_), dim, keepdim)); })
}

ct_tensor ct_op_quantile_scalar(ct_tensor self_, double q, ct_optional_int dim, bool keepdim, const char *interpolation) {
    CT_REQUIRE("quantile", nullptr, self_);
    CT_TRY("quantile", nullptr, CT_INPUTS({one(self_)}), { return release(at::quantile(*borrow(self_), q, optional_int(dim), keepdim, interpolation)); })
}

ct_tensor ct_op_quantile(ct_tensor self_, ct_tensor q, ct_optional_int dim, bool keepdim, const char *interpolation) {
    CT_REQUIRE("quantile", nullptr, self_, q);
    CT_TRY("quantile", nullptr, CT_INPUTS({one(self_), one(q)}), { return release(at::quantile(*borrow(self_), *borrow(q), optional_int(dim), keepdim, interpolation)); })
}

ct_tensor ct_op_count_nonzero(ct_tensor self_, ct_optional_int dim) {
    CT_REQUIRE("count_nonzero", nullptr, self_);
    CT_TRY("count_nonzero", nullptr, CT_INPUTS({one(self_)}), { return release(at::count_nonzero(*borrow(self_), optional_int(dim))); })
}

ct_tensor ct_op_cumsum(ct_tensor self_, intptr_t dim, int32_t dtype) {
    CT_REQUIRE("cumsum", nullptr, self_);
    CT_TRY("cumsum", nullptr, CT_INPUTS({one(self_)}), { return release(at::cumsum(*borrow(self_), dim, optional_dtype(dtype))); })
}

ct_tensor ct_op_cumprod(ct_tensor self_, intptr_t dim, int32_t dtype) {
    CT_REQUIRE("cumprod", nullptr, self_);
    CT_TRY("cumprod", nullptr, CT_INPUTS({one(self_)}), { return release(at::cumprod(*borrow(self_), dim, optional_dtype(dtype))); })
}

ct_tensor2 ct_op_cummax(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("cummax", ct_tensor2{}, self_);
    CT_TRY("cummax", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::cummax(*borrow(self_), dim)); })
}

ct_tensor2 ct_op_cummin(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("cummin", ct_tensor2{}, self_);
    CT_TRY("cummin", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::cummin(*borrow(self_), dim)); })
}

ct_tensor ct_op_logcumsumexp(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("logcumsumexp", nullptr, self_);
    CT_TRY("logcumsumexp", nullptr, CT_INPUTS({one(self_)}), { return release(at::logcumsumexp(*borrow(self_), dim)); })
}

ct_tensor ct_op_diff(ct_tensor self_, intptr_t n, intptr_t dim, ct_tensor prepend, ct_tensor append) {
    CT_REQUIRE("diff", nullptr, self_);
    CT_TRY("diff", nullptr, CT_INPUTS({one(self_), one(prepend), one(append)}), { return release(at::diff(*borrow(self_), n, dim, optional_tensor(prepend), optional_tensor(append))); })
}

ct_tensor ct_op_histc(ct_tensor self_, intptr_t bins, ct_scalar min, ct_scalar max) {
    CT_REQUIRE("histc", nullptr, self_);
    CT_TRY("histc", nullptr, CT_INPUTS({one(self_)}), { return release(at::histc(*borrow(self_), bins, scalar(min), scalar(max))); })
}

ct_tensor ct_op_bincount(ct_tensor self_, ct_tensor weights, intptr_t minlength) {
    CT_REQUIRE("bincount", nullptr, self_);
    CT_TRY("bincount", nullptr, CT_INPUTS({one(self_), one(weights)}), { return release(at::bincount(*borrow(self_), optional_tensor(weights), minlength)); })
}

ct_tensor ct_op_trace(ct_tensor self_) {
    CT_REQUIRE("trace", nullptr, self_);
    CT_TRY("trace", nullptr, CT_INPUTS({one(self_)}), { return release(at::trace(*borrow(self_))); })
}

ct_tensor2 ct_op_sort(ct_tensor self_, intptr_t dim, bool descending) {
    CT_REQUIRE("sort", ct_tensor2{}, self_);
    CT_TRY("sort", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::sort(*borrow(self_), dim, descending)); })
}

ct_tensor2 ct_op_sort_stable(ct_tensor self_, int32_t stable, intptr_t dim, bool descending) {
    CT_REQUIRE("sort", ct_tensor2{}, self_);
    CT_TRY("sort", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::sort(*borrow(self_), optional_bool(stable), dim, descending)); })
}

ct_tensor ct_op_argsort_stable(ct_tensor self_, bool stable, intptr_t dim, bool descending) {
    CT_REQUIRE("argsort", nullptr, self_);
    CT_TRY("argsort", nullptr, CT_INPUTS({one(self_)}), { return release(at::argsort(*borrow(self_), stable, dim, descending)); })
}

ct_tensor ct_op_msort(ct_tensor self_) {
    CT_REQUIRE("msort", nullptr, self_);
    CT_TRY("msort", nullptr, CT_INPUTS({one(self_)}), { return release(at::msort(*borrow(self_))); })
}

ct_tensor ct_op_argsort(ct_tensor self_, intptr_t dim, bool descending) {
    CT_REQUIRE("argsort", nullptr, self_);
    CT_TRY("argsort", nullptr, CT_INPUTS({one(self_)}), { return release(at::argsort(*borrow(self_), dim, descending)); })
}

ct_tensor2 ct_op_topk(ct_tensor self_, intptr_t k, intptr_t dim, bool largest, bool sorted) {
    CT_REQUIRE("topk", ct_tensor2{}, self_);
    CT_TRY("topk", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::topk(*borrow(self_), k, dim, largest, sorted)); })
}

ct_tensor2 ct_op_kthvalue(ct_tensor self_, intptr_t k, intptr_t dim, bool keepdim) {
    CT_REQUIRE("kthvalue", ct_tensor2{}, self_);
    CT_TRY("kthvalue", ct_tensor2{}, CT_INPUTS({one(self_)}), { return release2(at::kthvalue(*borrow(self_), k, dim, keepdim)); })
}

ct_tensor3 ct_op__unique2(ct_tensor self_, bool sorted, bool return_inverse, bool return_counts) {
    CT_REQUIRE("_unique2", ct_tensor3{}, self_);
    CT_TRY("_unique2", ct_tensor3{}, CT_INPUTS({one(self_)}), { return release3(at::_unique2(*borrow(self_), sorted, return_inverse, return_counts)); })
}

ct_tensor3 ct_op_unique_dim(ct_tensor self_, intptr_t dim, bool sorted, bool return_inverse, bool return_counts) {
    CT_REQUIRE("unique_dim", ct_tensor3{}, self_);
    CT_TRY("unique_dim", ct_tensor3{}, CT_INPUTS({one(self_)}), { return release3(at::unique_dim(*borrow(self_), dim, sorted, return_inverse, return_counts)); })
}

ct_tensor3 ct_op_unique_consecutive(ct_tensor self_, bool return_inverse, bool return_counts, ct_optional_int dim) {
    CT_REQUIRE("unique_consecutive", ct_tensor3{}, self_);
    CT_TRY("unique_consecutive", ct_tensor3{}, CT_INPUTS({one(self_)}), { return release3(at::unique_consecutive(*borrow(self_), return_inverse, return_counts, optional_int(dim))); })
}

ct_tensor ct_op_nonzero(ct_tensor self_) {
    CT_REQUIRE("nonzero", nullptr, self_);
    CT_TRY("nonzero", nullptr, CT_INPUTS({one(self_)}), { return release(at::nonzero(*borrow(self_))); })
}

ct_tensor ct_op_searchsorted_Tensor(ct_tensor sorted_sequence, ct_tensor self_, bool out_int32, bool right) {
    CT_REQUIRE("searchsorted", nullptr, sorted_sequence, self_);
    CT_TRY("searchsorted", nullptr, CT_INPUTS({one(sorted_sequence), one(self_)}), { return release(at::searchsorted(*borrow(sorted_sequence), *borrow(self_), out_int32, right)); })
}

ct_tensor ct_op_bucketize_Tensor(ct_tensor self_, ct_tensor boundaries, bool out_int32, bool right) {
    CT_REQUIRE("bucketize", nullptr, self_, boundaries);
    CT_TRY("bucketize", nullptr, CT_INPUTS({one(self_), one(boundaries)}), { return release(at::bucketize(*borrow(self_), *borrow(boundaries), out_int32, right)); })
}

ct_tensor ct_op_reshape(ct_tensor self_, const intptr_t *shape, intptr_t shape_count) {
    CT_REQUIRE("reshape", nullptr, self_);
    CT_TRY("reshape", nullptr, CT_INPUTS({one(self_)}), { return release(at::reshape(*borrow(self_), ints(shape, shape_count))); })
}

ct_tensor ct_op_view(ct_tensor self_, const intptr_t *size, intptr_t size_count) {
    CT_REQUIRE("view", nullptr, self_);
    CT_TRY("view", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->view(ints(size, size_count))); })
}

ct_tensor ct_op_view_dtype(ct_tensor self_, int32_t dtype) {
    CT_REQUIRE("view", nullptr, self_);
    CT_TRY("view", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->view(static_cast<at::ScalarType>(dtype))); })
}

ct_tensor ct_op_expand(ct_tensor self_, const intptr_t *size, intptr_t size_count) {
    CT_REQUIRE("expand", nullptr, self_);
    CT_TRY("expand", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->expand(ints(size, size_count))); })
}

ct_tensor ct_op_expand_as(ct_tensor self_, ct_tensor other) {
    CT_REQUIRE("expand_as", nullptr, self_, other);
    CT_TRY("expand_as", nullptr, CT_INPUTS({one(self_), one(other)}), { return release(borrow(self_)->expand_as(*borrow(other))); })
}

ct_tensor ct_op_repeat(ct_tensor self_, const intptr_t *repeats, intptr_t repeats_count) {
    CT_REQUIRE("repeat", nullptr, self_);
    CT_TRY("repeat", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->repeat(ints(repeats, repeats_count))); })
}

ct_tensor ct_op_repeat_interleave_self_int(ct_tensor self_, intptr_t repeats, ct_optional_int dim) {
    CT_REQUIRE("repeat_interleave", nullptr, self_);
    CT_TRY("repeat_interleave", nullptr, CT_INPUTS({one(self_)}), { return release(at::repeat_interleave(*borrow(self_), repeats, optional_int(dim))); })
}

ct_tensor ct_op_repeat_interleave_self_Tensor(ct_tensor self_, ct_tensor repeats, ct_optional_int dim) {
    CT_REQUIRE("repeat_interleave", nullptr, self_, repeats);
    CT_TRY("repeat_interleave", nullptr, CT_INPUTS({one(self_), one(repeats)}), { return release(at::repeat_interleave(*borrow(self_), *borrow(repeats), optional_int(dim))); })
}

ct_tensor ct_op_tile(ct_tensor self_, const intptr_t *dims, intptr_t dims_count) {
    CT_REQUIRE("tile", nullptr, self_);
    CT_TRY("tile", nullptr, CT_INPUTS({one(self_)}), { return release(at::tile(*borrow(self_), ints(dims, dims_count))); })
}

ct_tensor ct_op_permute(ct_tensor self_, const intptr_t *dims, intptr_t dims_count) {
    CT_REQUIRE("permute", nullptr, self_);
    CT_TRY("permute", nullptr, CT_INPUTS({one(self_)}), { return release(at::permute(*borrow(self_), ints(dims, dims_count))); })
}

ct_tensor ct_op_transpose_int(ct_tensor self_, intptr_t dim0, intptr_t dim1) {
    CT_REQUIRE("transpose", nullptr, self_);
    CT_TRY("transpose", nullptr, CT_INPUTS({one(self_)}), { return release(at::transpose(*borrow(self_), dim0, dim1)); })
}

ct_tensor ct_op_movedim_intlist(ct_tensor self_, const intptr_t *source, intptr_t source_count, const intptr_t *destination, intptr_t destination_count) {
    CT_REQUIRE("movedim", nullptr, self_);
    CT_TRY("movedim", nullptr, CT_INPUTS({one(self_)}), { return release(at::movedim(*borrow(self_), ints(source, source_count), ints(destination, destination_count))); })
}

ct_tensor ct_op_flatten_using_ints(ct_tensor self_, intptr_t start_dim, intptr_t end_dim) {
    CT_REQUIRE("flatten", nullptr, self_);
    CT_TRY("flatten", nullptr, CT_INPUTS({one(self_)}), { return release(at::flatten(*borrow(self_), start_dim, end_dim)); })
}

ct_tensor ct_op_unflatten_int(ct_tensor self_, intptr_t dim, const intptr_t *sizes, intptr_t sizes_count) {
    CT_REQUIRE("unflatten", nullptr, self_);
    CT_TRY("unflatten", nullptr, CT_INPUTS({one(self_)}), { return release(at::unflatten(*borrow(self_), dim, ints(sizes, sizes_count))); })
}

ct_tensor ct_op_squeeze(ct_tensor self_) {
    CT_REQUIRE("squeeze", nullptr, self_);
    CT_TRY("squeeze", nullptr, CT_INPUTS({one(self_)}), { return release(at::squeeze(*borrow(self_))); })
}

ct_tensor ct_op_squeeze_dim(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("squeeze", nullptr, self_);
    CT_TRY("squeeze", nullptr, CT_INPUTS({one(self_)}), { return release(at::squeeze(*borrow(self_), dim)); })
}

ct_tensor ct_op_unsqueeze(ct_tensor self_, intptr_t dim) {
    CT_REQUIRE("unsqueeze", nullptr, self_);
    CT_TRY("unsqueeze", nullptr, CT_INPUTS({one(self_)}), { return release(at::unsqueeze(*borrow(self_), dim)); })
}

ct_tensor ct_op_narrow(ct_tensor self_, intptr_t dim, intptr_t start, intptr_t length) {
    CT_REQUIRE("narrow", nullptr, self_);
    CT_TRY("narrow", nullptr, CT_INPUTS({one(self_)}), { return release(at::narrow(*borrow(self_), dim, start, length)); })
}

ct_tensor ct_op_select_int(ct_tensor self_, intptr_t dim, intptr_t index) {
    CT_REQUIRE("select", nullptr, self_);
    CT_TRY("select", nullptr, CT_INPUTS({one(self_)}), { return release(at::select(*borrow(self_), dim, index)); })
}

ct_tensor ct_op_slice_Tensor(ct_tensor self_, intptr_t dim, ct_optional_int start, ct_optional_int end, intptr_t step) {
    CT_REQUIRE("slice", nullptr, self_);
    CT_TRY("slice", nullptr, CT_INPUTS({one(self_)}), { return release(at::slice(*borrow(self_), dim, optional_int(start), optional_int(end), step)); })
}

ct_tensor ct_op_as_strided(ct_tensor self_, const intptr_t *size, intptr_t size_count, const intptr_t *stride, intptr_t stride_count, ct_optional_int storage_offset) {
    CT_REQUIRE("as_strided", nullptr, self_);
    CT_TRY("as_strided", nullptr, CT_INPUTS({one(self_)}), { return release(at::as_strided(*borrow(self_), ints(size, size_count), ints(stride, stride_count), optional_int(storage_offset))); })
}

ct_tensor ct_op_unfold(ct_tensor self_, intptr_t dimension, intptr_t size, intptr_t step) {
    CT_REQUIRE("unfold", nullptr, self_);
    CT_TRY("unfold", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->unfold(dimension, size, step)); })
}

ct_tensor ct_op_contiguous(ct_tensor self_, int32_t memory_format) {
    CT_REQUIRE("contiguous", nullptr, self_);
    CT_TRY("contiguous", nullptr, CT_INPUTS({one(self_)}), { return release(borrow(self_)->contiguous(static_cast<at::MemoryFormat>(memory_format))); })
}

ct_tensor ct_op_clone(ct_tensor self_, int32_t memory_format) {
    CT_REQUIRE("clone", nullptr, self_);
    CT_TRY("clone", nullptr, CT_INPUTS({one(self_)}), { return release(at::clone(*borrow(self_), optional_memory_format(memory_format))); })
}

ct_tensor ct_op_flip(ct_tensor self_, const intptr_t *dims, intptr_t dims_count) {
    CT_REQUIRE("flip", nullptr, self_);
    CT_TRY("flip", nullptr, CT_INPUTS({one(self_)}), { return release(at::flip(*borrow(self_), ints(dims, dims_count))); })
}

ct_tensor ct_op_roll(ct_tensor self_, const intptr_t *shifts, intptr_t shifts_count, const intptr_t *dims, intptr_t dims_count) {
    CT_REQUIRE("roll", nullptr, self_);
    CT_TRY("roll", nullptr, CT_INPUTS({one(self_)}), { return release(at::roll(*borrow(self_), ints(shifts, shifts_count), ints(dims, dims_count))); })
}

ct_tensor ct_op_rot90(ct_tensor self_, intptr_t k, const intptr_t *dims, intptr_t dims_count) {
    CT_REQUIRE("rot90", nullptr, self_);
    CT_TRY("rot90", nullptr, CT_INPUTS({one(self_)}), { return release(at::rot90(*borrow(self_), k, ints(dims, dims_count))); })
}

ct_tensor ct_op_cat(const ct_tensor *tensors_, intptr_t tensors__count, intptr_t dim) {
    CT_TRY("cat", nullptr, CT_INPUTS({list(tensors_, tensors__count)}), { return release(at::cat(tensors(tensors_, tensors__count), dim)); })
}

