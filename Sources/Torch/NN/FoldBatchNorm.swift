// Folding batch normalisation into the convolution before it, which makes inference faster.

extension Module {
    /// Multiplies each batch normalisation that directly follows a convolution or linear layer into that layer's
    /// weight and bias, and leaves an empty one behind. For inference only: the model cannot be trained on, and its
    /// state has other keys.
    ///
    /// Which layers follow each other is found by running the model on an example; whether the model computes the same
    /// as before is checked on it too.
    ///
    /// - Parameter example: An input such as the model will get.
    /// - Returns: How many normalisations were folded.
    /// - Throws: ``TorchError`` when the model does not accept the example; ``ModuleError/foldingChangesResults(module:difference:)``
    ///   when something else than the normalisation reads a convolution's output. The model is then unusable.
    @discardableResult
    public func foldBatchNorm(example: Tensor) throws -> Int {
        eval()
        return try withTorchErrors {
            try withoutGradients {
                let (pairs, expected) = followers(example)
                for (layer, norm) in pairs { norm.fold(into: layer) }
                let scale = max(expected.abs().max().item(), 1e-6)
                let difference = (self(example) - expected).abs().max().item()
                guard difference <= 1e-3 * scale else {
                    throw ModuleError.foldingChangesResults(module: typeName, difference: difference / scale)
                }
                return pairs.count
            }
        }
    }

    /// The layers whose output goes into a batch normalisation, with the output for the example.
    private func followers(_ example: Tensor) -> (pairs: [(Module, BatchNorm)], output: Tensor) {
        // Outputs are held, so that no other tensor can come to lie at the same address.
        var outputs: [(tensor: Tensor, layer: Module)] = []
        var pairs: [(Module, BatchNorm)] = []
        var hooks: [ModuleHook] = []
        for (_, module) in namedModules() {
            if module is Convolution || module is Linear {
                hooks.append(
                    module.registerForwardHook { module, _, output in
                        outputs.append((output, module))
                        return nil
                    })
            } else if let norm = module as? BatchNorm, norm.runningMean != nil {
                hooks.append(
                    norm.registerForwardPreHook { _, inputs in
                        if let found = outputs.last, found.tensor.isIdentical(to: inputs[0]) {
                            pairs.append((found.layer, norm))
                        }
                        return nil
                    })
            }
        }
        defer { for hook in hooks { hook.remove() } }
        let output = self(example)
        return (pairs, output)
    }
}
