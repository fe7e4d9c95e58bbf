// What other libraries' errors say, in a form that fits into a sentence of ours.
import Foundation

extension Error {
    /// The system's own words for a failure where it has them ("No space left on device"), else the error's sentence
    /// without its full stop.
    public var systemReason: String {
        var error = self as NSError
        while let deeper = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = deeper }
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        var text = error.localizedDescription
        while text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
