// Language models that go on token by token without reading again what they have read.
import Torch

/// A language model that keeps what it has read, so that a further token costs one step.
///
/// A recurrent model keeps its hidden state, a transformer the keys and values of its attention.
///
/// ```swift
/// model.eval()
/// withoutGradients {
///     var token = model.start(prompt).argmax(dim: 1)                 // prompt: int64 [batch, length]
///     for _ in 0..<20 { token = model.next(token).argmax(dim: 1) }
/// }
/// model.reset()
/// ```
/// Several texts of one length go side by side, one in each row. Calls are made in evaluation mode and without gradients.
public protocol IncrementalLanguageModel: Module {
    /// Forgets what was read, and reads the beginnings of texts.
    ///
    /// - Parameter tokens: int64 `[batch, length]`, of at least one token and without padding.
    /// - Returns: The logits of the token that follows, `[batch, vocabulary]`.
    func start(_ tokens: Tensor) -> Tensor

    /// Reads one further token of each text.
    ///
    /// - Parameter tokens: int64 `[batch]`, of as many texts as were read before.
    /// - Returns: The logits of the token that follows, `[batch, vocabulary]`.
    func next(_ tokens: Tensor) -> Tensor

    /// Goes on with other rows, as beam search does when a beam ends and another one becomes two.
    ///
    /// - Parameter rows: int64 `[new batch]`: which row of what was read each new row goes on from.
    func reorder(_ rows: Tensor)

    /// Forgets what was read.
    func reset()
}
