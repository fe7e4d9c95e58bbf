// A model at work: its queue and its thread, whatever the types of its items are.
import Foundation

/// A model with its queue and its thread; they end with the last request that is asked of it.
final class ModelWorker: Sendable {
    let card: ModelCard
    /// What looks whether the items are as those of the training; nil where the model cannot tell.
    let drift: DriftWatch?
    private let asked: any Asking

    init(
        _ model: some ServedModel, named name: String, _ options: ServiceOptions, threads: PreparationThreads,
        metrics: ModelMetrics
    ) {
        card = model.card
        drift = options.watchesDrift ? model.monitor.map { DriftWatch($0, of: name, options.logger) } : nil
        asked = Asked(model: model, name: name, options, threads: threads, metrics: metrics, drift: drift)
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
        /// Whether answers may have pictures.
        let isDrawing: Bool

        init(
            model: Model, name: String, _ options: ServiceOptions, threads: PreparationThreads, metrics: ModelMetrics,
            drift: DriftWatch?
        ) {
            var limits = options.limits
            limits.maxBatch = min(limits.maxBatch, model.maxBatch ?? .max)
            self.model = model
            isDrawing = model.card.answer.hasPictures
            batcher = RequestBatcher(
                name, limits, threads: threads, operatorThreads: options.operatorThreads, metrics: metrics
            ) { items in
                defer { drift?.answered(items.count) }
                return model.predict(items)
            }
        }

        func reserve(_ count: Int) throws(WebError) { try batcher.reserve(count) }

        func answer(_ question: Question) async throws -> ModelAnswer {
            let predicted = try await batcher.predict { [model] in try model.prepare(question) }
            guard isDrawing else { return try model.answer(predicted, to: question) }
            // Not on a thread of the tasks, on which other requests are read: a large mask takes seconds to encode.
            return try await onThread { [model] in try model.answer(predicted, to: question) }
        }
    }
}
