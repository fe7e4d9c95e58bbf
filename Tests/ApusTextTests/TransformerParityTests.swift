// Transformers against Hugging Face's `transformers`: hidden states, logits, losses, gradients.
import Foundation
import Testing
import Torch

@testable import ApusText

@Suite("Transformers beside Hugging Face's") struct TransformerParityTests {
    /// float64 throughout but for the weights, which are drawn in float32, and DeBERTa's logarithms.
    private let tolerance = 1e-6

    private func model(_ expected: TransformerCase, _ folder: TransformerFolder) throws -> (Module, Transformer) {
        if expected.class.contains("LMHead") {
            let model = try folder.languageModel()
            return (model, model.body)
        }
        if expected.class.contains("Token") {
            let model = try folder.tokenClassifier(outputs: 3)
            return (model, model.body)
        }
        let model = try folder.classifier(outputs: 3)
        return (model, model.body)
    }

    @Test("hidden states, logits and the loss are those of transformers", arguments: TransformerCase.all.keys.sorted())
    func outputs(name: String) throws {
        try withTransformer(name) { expected, folder in
            let (model, body) = try model(expected, folder)
            model.eval().to(.float64)
            let ids = expected.ids.ids
            let real = body.isReal(ids) ?? Tensor.ones(ids.shape, dtype: .bool)
            try withTorchErrors {
                if expected.types == nil {
                    let states = body.hiddenStates(ids)
                    #expect(states.count == expected.hidden.count)
                    for (number, (state, three)) in zip(states, expected.hidden).enumerated() {
                        expectThree(state[real], three, tolerance: tolerance, "hidden state \(number)")
                    }
                    // The fixture's are rounded to float32.
                    let last = states[states.count - 1][real][0..<4]
                    #expect(last.to(.float32).allClose(expected.last.tensor.to(.float32), rtol: 1e-5, atol: 1e-5))
                }
                var logits = model(expected.types.map { [ids, $0.ids] } ?? [ids])
                if logits.dim == 3 { logits = logits[real] }
                #expect(logits.to(.float32).allClose(expected.logits.tensor.to(.float32), rtol: 1e-5, atol: 1e-5))
                #expect(abs(loss(logits).item() - expected.loss) < 1e-6 * max(1, abs(expected.loss)))
            }
        }
    }

    private func loss(_ logits: Tensor) -> Tensor {
        guard logits.size(0) != 3 else { return logits.crossEntropy(Tensor([2, 0, 1])) }
        let flat = logits.flatten()
        return (flat * Tensor.arange(flat.count, dtype: .float64).cos()).sum()
    }

    @Test("gradients are those of transformers", arguments: TransformerCase.all.keys.sorted())
    func gradients(name: String) throws {
        try withTransformer(name) { expected, folder in
            let (model, body) = try model(expected, folder)
            model.eval().to(.float64)
            let ids = expected.ids.ids
            let found: [String: Tensor] = try withTorchErrors {
                var logits = model(expected.types.map { [ids, $0.ids] } ?? [ids])
                if logits.dim == 3, let real = body.isReal(ids) { logits = logits[real] }
                if logits.dim == 3 { logits = logits.flatten(endDim: 1) }
                loss(logits).backward()
                return try gradientsByName(of: model, expected, folder.configuration)
            }
            #expect(expected.gradients.count > 20)
            for (key, three) in expected.gradients {
                guard let gradient = found[key] else {
                    Issue.record("no gradient of \(key)")
                    continue
                }
                expectThree(gradient, three, tolerance: tolerance, key)
            }
        }
    }

    /// The gradients by the names and in the layout of `transformers`.
    private func gradientsByName(
        of model: Module, _ expected: TransformerCase, _ configuration: TransformerConfiguration
    ) throws -> [String: Tensor] {
        let own = Dictionary(uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.tensor) })
        var gradients: [String: Tensor] = [:]
        func take(_ place: WeightPlace, _ name: String, _ prefix: String) {
            guard var gradient = own[prefix + place.own]?.grad else { return }
            if let third = place.third { gradient = gradient.chunk(3)[third] }
            gradients[name] = place.isTransposed ? gradient.transpose(0, 1) : gradient
        }
        for place in configuration.bodyPlaces { take(place, configuration.prefix + place.name, "body.") }
        for place in configuration.headPlaces {
            take(place, (place.isOfBody ? configuration.prefix : "") + place.name, "head.")
        }
        for kind in ["weight", "bias"] where expected.class.contains("Token") {
            gradients["classifier.\(kind)"] = own["head.output.\(kind)"]?.grad
        }
        gradients["lm_head.weight"] = own["decoder.weight"]?.grad
        return gradients
    }

    @Test("float32 gives the same logits to four digits", arguments: TransformerCase.all.keys.sorted())
    func singlePrecision(name: String) throws {
        try withTransformer(name) { expected, folder in
            let (model, body) = try model(expected, folder)
            model.eval()
            let ids = expected.ids.ids
            try withTorchErrors {
                var logits = model(expected.types.map { [ids, $0.ids] } ?? [ids])
                if logits.dim == 3 { logits = logits[body.isReal(ids) ?? Tensor.ones(ids.shape, dtype: .bool)] }
                #expect(logits.allClose(expected.logits.tensor.to(.float32), rtol: 1e-4, atol: 1e-4))
            }
        }
    }

    @Test("GPT-2 goes on word by word as transformers", arguments: ["gpt2 words", "gpt2 words, scaled by layer"])
    func words(name: String) throws {
        try withTransformer(name) { expected, folder in
            let model = try folder.languageModel()
            model.eval()
            let words = try #require(expected.words).ids
            try withTorchErrors {
                withoutGradients {
                    var token = model.start(expected.ids.ids[0..., 0..<4]).argmax(dim: 1)
                    for place in 0..<words.size(1) {
                        #expect(token.equal(words[0..., place]), "word \(place)")
                        token = model.next(token).argmax(dim: 1)
                    }
                }
            }
        }
    }
}
