// What clients learn of errors of the data and of the model.
import ApusCore
import ApusText
import ApusVision

/// The error as clients see it: what is wrong with their item in its own sentence, what is wrong with the server without its
/// reason.
func webError(_ error: any Error) -> WebError {
    switch error {
    case let error as WebError: error
    case is CancellationError: WebError(.clientClosedRequest, "The client has gone.")
    case let error as ImageError: WebError(error, name: "The picture")
    case let error as DataError: .unprocessable(error.description)
    case let error as TextError: .unprocessable(error.description)
    default: .failure(error)
    }
}
