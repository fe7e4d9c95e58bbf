// Which words an answer hangs on, against gradients computed by hand.
import ApusText
import Foundation
import Testing

/// The mean of the words' vectors, and two outputs of it.
private final class MeanOfWords: Module {
    let embedding = Embedding(6, 2)
    let head = Linear(2, 2, bias: false)

    override func forward(_ input: Tensor) -> Tensor {
        // Each word by the square of its vector, so that gradients differ from word to word.
        head(embedding(input).square().mean(dims: [1]))
    }
}

extension TextTests {
    @Suite struct AttentionTests {
        @Test("the weights are the sizes of the gradients by the words' vectors")
        func weights() throws {
            let vocabulary = try TokenVocabulary(["xxunk", "xxpad", "good", "bad", "the", "film"])
            let model = MeanOfWords()
            model.embedding.weight = Tensor([0, 0, 0, 0, 2, 1, -1, 0.5, 0.1, 0, 0, 0.2] as [Float]).reshape(6, 2)
            model.head.weight = Tensor([1, 0, 0, 1] as [Float]).reshape(2, 2)
            let pipeline = Pipeline(
                input: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary),
                target: CategoryBlock(vocabulary: ["neg", "pos"]))
            let attention = try Predictor(pipeline, model).intrinsicAttention("the film good bad", class: "neg")
            #expect(attention.tokens == ["the", "film", "good", "bad"])
            // dp/dlogits = p(1-p) (1, -1); dlogit_i/dv_i = v_i / 2: the size of a word is |v_0| + |v_1|, of 3 at most.
            for (weight, expected) in zip(attention.weights, [0.1 / 3, 0.2 / 3, 1, 0.5]) {
                #expect(abs(weight - expected) < 1e-6)
            }
            #expect(attention.top(2).map(\.token) == ["good", "bad"])
            let page = try withTextFolder { folder in
                let file = folder.appending(path: "why.svg")
                try attention.plot(width: 120).save(to: file)
                return try Data(contentsOf: file).count
            }
            #expect(page > 500)
        }

        @Test("a class that there is not is named")
        func unknownClass() throws {
            let vocabulary = try TokenVocabulary(["xxunk", "xxpad", "good", "bad", "the", "film"])
            let pipeline = Pipeline(
                input: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary),
                target: CategoryBlock(vocabulary: ["neg", "pos"]))
            let predictor = Predictor(pipeline, MeanOfWords())
            do {
                _ = try predictor.intrinsicAttention("good", class: "fine")
                Issue.record("nothing was thrown")
            } catch { #expect("\(error)".contains("\"fine\"")) }
        }
    }
}
