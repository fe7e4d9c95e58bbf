// A model at work: its queue and its thread, whatever the types of its items are.
import Foundation

/// A model with its queue and its thread; they end with the last request that is asked of it.
final class ModelWorker: Sendable {
    let card: ModelCard
    private let asked: any Asking

    init(
        _ model: some ServedModel, named name: String, _ limits: BatchLimits, threads: PreparationThreads,
        operatorThreads: Int?, metrics: ModelMetrics
    ) {
        card = model.card
        asked = Asked(
            model: model, name: name, limits, threads: threads, operatorThreads: operatorThreads, metrics: metrics)
    }

    /// Takes places in the queue, all or none.
    func reserve(_ count: Int) throws(WebError) { try asked.reserve(count) }

    /// The answer to a question that has a place in the queue.
    func answer(_ question: Question) async throws -> ModelAnswer { try await asked.answer(question) }

    private protocol Asking: Sendable {
        func reserve(_ count: Int) throws(WebError)
        func answer(_ question: Question) async throws -> ModelAnswer
    }

    private struct Asked<Model: ServedModel>: Asking {
        let model: Model
        let batcher: RequestBatcher<Model.Prepared, Model.Predicted>

        init(
            model: Model, name: String, _ limits: BatchLimits, threads: PreparationThreads, operatorThreads: Int?,
            metrics: ModelMetrics
        ) {
            var limits = limits
            limits.maxBatch = min(limits.maxBatch, model.maxBatch ?? .max)
            self.model = model
            batcher = RequestBatcher(
                name, limits, threads: threads, operatorThreads: operatorThreads, metrics: metrics
            ) { model.predict($0) }
        }

        func reserve(_ count: Int) throws(WebError) { try batcher.reserve(count) }

        func answer(_ question: Question) async throws -> ModelAnswer {
            let predicted = try await batcher.predict { [model] in try model.prepare(question) }
            return try model.answer(predicted, to: question)
        }
    }
}
