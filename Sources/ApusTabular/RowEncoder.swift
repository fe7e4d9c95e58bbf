// Rows as one of several inputs: the network of a table without its outputs.
import ApusCore
import Torch

extension InputEncoder where Input == TabularBlock {
    /// The network that ``tabularLearner(_:_:embeddings:outputs:loss:metrics:_:)`` makes, whose last hidden layer is what it
    /// gives.
    ///
    /// - Parameters:
    ///   - network: What the network is made of: hidden layers of 200 and 100 by default, so that a row has 100 features.
    ///   - embeddings: How long the categories' vectors are; fastai's rule by default.
    public static func tabular(
        _ network: TabularModel.Options = .init(), embeddings: EmbeddingRule = .power
    ) -> InputEncoder {
        InputEncoder { block in
            try embeddings.check(columns: block.categories.map(\.name), of: "the categorical columns")
            guard let features = network.layers.last, features > 0 else {
                throw TrainingError(
                    "The network of a row has at least one layer, whose width is the number of the row's features; "
                        + "\(network.layers) were given.")
            }
            var network = network
            network.layers.removeLast()
            if network.dropout.count > network.layers.count, network.dropout.count > 1 { network.dropout.removeLast() }
            let model = try TabularModel(
                embeddings: block.embeddingSizes(embeddings), numberCount: block.numbers.count, outputCount: features,
                options: network)
            model.untrainedRows = block.categories.map(\.untrained)
            return EncoderModule(model, features: features)
        }
    }
}
