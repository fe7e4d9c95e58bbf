// Generated from operators.list by `swift run generate-operators`. Do not edit.
// swift-format-ignore-file
// Operators of Tensor: several tensors at once, for optimizers.
import CTorch

extension Tensor {
    /// Adds a number to each tensor in place.
    package static func foreachAdd_(_ selfValue: [Tensor], _ scalar: Scalar) {
        let result = ct_op__foreach_add__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, scalar.c)
        extendLifetime(selfValue)
        if !result { TorchFailure.report() }
    }

    /// Adds tensors pair by pair in place.
    package static func foreachAdd_(_ selfValue: [Tensor], _ other: [Tensor], alpha: Scalar = 1) {
        let result = ct_op__foreach_add__List(selfValue.map { $0.handle.pointer }, selfValue.count, other.map { $0.handle.pointer }, other.count, alpha.c)
        extendLifetime((selfValue, other))
        if !result { TorchFailure.report() }
    }

    /// Multiplies each tensor in place.
    package static func foreachMul_(_ selfValue: [Tensor], _ scalar: Scalar) {
        let result = ct_op__foreach_mul__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, scalar.c)
        extendLifetime(selfValue)
        if !result { TorchFailure.report() }
    }

    /// Multiplies tensors pair by pair in place.
    package static func foreachMul_(_ selfValue: [Tensor], _ other: [Tensor]) {
        let result = ct_op__foreach_mul__List(selfValue.map { $0.handle.pointer }, selfValue.count, other.map { $0.handle.pointer }, other.count)
        extendLifetime((selfValue, other))
        if !result { TorchFailure.report() }
    }

    /// Multiplies each tensor by a tensor without dimensions in place.
    package static func foreachMul_(_ selfValue: [Tensor], _ other: Tensor) {
        let result = ct_op__foreach_mul__Tensor(selfValue.map { $0.handle.pointer }, selfValue.count, other.handle.pointer)
        extendLifetime((selfValue, other))
        if !result { TorchFailure.report() }
    }

    /// Adds `value * tensor1 * tensor2` in place.
    package static func foreachAddcmul_(_ selfValue: [Tensor], _ tensor1: [Tensor], _ tensor2: [Tensor], value: Scalar = 1) {
        let result = ct_op__foreach_addcmul__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, tensor1.map { $0.handle.pointer }, tensor1.count, tensor2.map { $0.handle.pointer }, tensor2.count, value.c)
        extendLifetime((selfValue, tensor1, tensor2))
        if !result { TorchFailure.report() }
    }

    /// Adds `value * tensor1 / tensor2` in place.
    package static func foreachAddcdiv_(_ selfValue: [Tensor], _ tensor1: [Tensor], _ tensor2: [Tensor], value: Scalar = 1) {
        let result = ct_op__foreach_addcdiv__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, tensor1.map { $0.handle.pointer }, tensor1.count, tensor2.map { $0.handle.pointer }, tensor2.count, value.c)
        extendLifetime((selfValue, tensor1, tensor2))
        if !result { TorchFailure.report() }
    }

    /// Moves tensors towards others in place.
    package static func foreachLerp_(_ selfValue: [Tensor], _ tensors1: [Tensor], _ weight: Scalar) {
        let result = ct_op__foreach_lerp__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, tensors1.map { $0.handle.pointer }, tensors1.count, weight.c)
        extendLifetime((selfValue, tensors1))
        if !result { TorchFailure.report() }
    }

    /// Square roots of tensors.
    package static func foreachSqrt(_ selfValue: [Tensor]) -> [Tensor] {
        let result = ct_op__foreach_sqrt(selfValue.map { $0.handle.pointer }, selfValue.count)
        extendLifetime(selfValue)
        return [Tensor](owning: result)
    }

    /// Divides each tensor in place.
    package static func foreachDiv_(_ selfValue: [Tensor], _ scalar: Scalar) {
        let result = ct_op__foreach_div__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, scalar.c)
        extendLifetime(selfValue)
        if !result { TorchFailure.report() }
    }

    /// Divides tensors pair by pair in place.
    package static func foreachDiv_(_ selfValue: [Tensor], _ other: [Tensor]) {
        let result = ct_op__foreach_div__List(selfValue.map { $0.handle.pointer }, selfValue.count, other.map { $0.handle.pointer }, other.count)
        extendLifetime((selfValue, other))
        if !result { TorchFailure.report() }
    }

    /// Norms of tensors.
    package static func foreachNorm(_ selfValue: [Tensor], _ ord: Scalar = 2) -> [Tensor] {
        let result = ct_op__foreach_norm_Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, ord.c)
        extendLifetime(selfValue)
        return [Tensor](owning: result)
    }

    /// Sets tensors to zero in place.
    package static func foreachZero_(_ selfValue: [Tensor]) {
        let result = ct_op__foreach_zero_(selfValue.map { $0.handle.pointer }, selfValue.count)
        extendLifetime(selfValue)
        if !result { TorchFailure.report() }
    }

    /// Copies tensors pair by pair.
    package static func foreachCopy_(_ selfValue: [Tensor], _ src: [Tensor], nonBlocking: Bool = false) {
        let result = ct_op__foreach_copy_(selfValue.map { $0.handle.pointer }, selfValue.count, src.map { $0.handle.pointer }, src.count, nonBlocking)
        extendLifetime((selfValue, src))
        if !result { TorchFailure.report() }
    }

    /// Raises elements to a least number in place.
    package static func foreachClampMin_(_ selfValue: [Tensor], _ scalar: Scalar) {
        let result = ct_op__foreach_clamp_min__Scalar(selfValue.map { $0.handle.pointer }, selfValue.count, scalar.c)
        extendLifetime(selfValue)
        if !result { TorchFailure.report() }
    }

    /// Keeps the larger elements in place.
    package static func foreachMaximum_(_ selfValue: [Tensor], _ other: [Tensor]) {
        let result = ct_op__foreach_maximum__List(selfValue.map { $0.handle.pointer }, selfValue.count, other.map { $0.handle.pointer }, other.count)
        extendLifetime((selfValue, other))
        if !result { TorchFailure.report() }
    }

    /// A step of Adam in one kernel.
    package static func fusedAdam_(_ selfValue: [Tensor], _ grads: [Tensor], _ expAvgs: [Tensor], _ expAvgSqs: [Tensor], _ maxExpAvgSqs: [Tensor], _ stateSteps: [Tensor], lr: Double, beta1: Double, beta2: Double, weightDecay: Double, eps: Double, amsgrad: Bool, maximize: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) {
        let result = ct_op__fused_adam_(selfValue.map { $0.handle.pointer }, selfValue.count, grads.map { $0.handle.pointer }, grads.count, expAvgs.map { $0.handle.pointer }, expAvgs.count, expAvgSqs.map { $0.handle.pointer }, expAvgSqs.count, maxExpAvgSqs.map { $0.handle.pointer }, maxExpAvgSqs.count, stateSteps.map { $0.handle.pointer }, stateSteps.count, lr, beta1, beta2, weightDecay, eps, amsgrad, maximize, gradScale?.handle.pointer, foundInf?.handle.pointer)
        extendLifetime((selfValue, grads, expAvgs, expAvgSqs, maxExpAvgSqs, stateSteps, gradScale, foundInf))
        if !result { TorchFailure.report() }
    }

    /// A step of AdamW in one kernel.
    package static func fusedAdamW_(_ selfValue: [Tensor], _ grads: [Tensor], _ expAvgs: [Tensor], _ expAvgSqs: [Tensor], _ maxExpAvgSqs: [Tensor], _ stateSteps: [Tensor], lr: Double, beta1: Double, beta2: Double, weightDecay: Double, eps: Double, amsgrad: Bool, maximize: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) {
        let result = ct_op__fused_adamw_(selfValue.map { $0.handle.pointer }, selfValue.count, grads.map { $0.handle.pointer }, grads.count, expAvgs.map { $0.handle.pointer }, expAvgs.count, expAvgSqs.map { $0.handle.pointer }, expAvgSqs.count, maxExpAvgSqs.map { $0.handle.pointer }, maxExpAvgSqs.count, stateSteps.map { $0.handle.pointer }, stateSteps.count, lr, beta1, beta2, weightDecay, eps, amsgrad, maximize, gradScale?.handle.pointer, foundInf?.handle.pointer)
        extendLifetime((selfValue, grads, expAvgs, expAvgSqs, maxExpAvgSqs, stateSteps, gradScale, foundInf))
        if !result { TorchFailure.report() }
    }

    /// A step of SGD in one kernel.
    package static func fusedSGD_(_ selfValue: [Tensor], _ grads: [Tensor], _ momentumBufferList: [Tensor], weightDecay: Double, momentum: Double, lr: Double, dampening: Double, nesterov: Bool, maximize: Bool, isFirstStep: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) {
        let result = ct_op__fused_sgd_(selfValue.map { $0.handle.pointer }, selfValue.count, grads.map { $0.handle.pointer }, grads.count, momentumBufferList.map { $0.handle.pointer }, momentumBufferList.count, weightDecay, momentum, lr, dampening, nesterov, maximize, isFirstStep, gradScale?.handle.pointer, foundInf?.handle.pointer)
        extendLifetime((selfValue, grads, momentumBufferList, gradScale, foundInf))
        if !result { TorchFailure.report() }
    }

    /// A step of Adagrad in one kernel.
    package static func fusedAdagrad_(_ selfValue: [Tensor], _ grads: [Tensor], _ stateSums: [Tensor], _ stateSteps: [Tensor], lr: Double, lrDecay: Double, weightDecay: Double, eps: Double, maximize: Bool, gradScale: Tensor? = nil, foundInf: Tensor? = nil) {
        let result = ct_op__fused_adagrad_(selfValue.map { $0.handle.pointer }, selfValue.count, grads.map { $0.handle.pointer }, grads.count, stateSums.map { $0.handle.pointer }, stateSums.count, stateSteps.map { $0.handle.pointer }, stateSteps.count, lr, lrDecay, weightDecay, eps, maximize, gradScale?.handle.pointer, foundInf?.handle.pointer)
        extendLifetime((selfValue, grads, stateSums, stateSteps, gradScale, foundInf))
        if !result { TorchFailure.report() }
    }
}
