// What other libraries' errors say, in a form that fits into a sentence of ours.
import Foundation

extension Error {
    /// The system's own words for a failure where it has them ("No space left on device"), else the error's sentence
    /// without its full stop: that of a Swift error is its description.
    public var systemReason: String {
        if !(type(of: self) is AnyClass), !(self is any CustomNSError), !(self is any LocalizedError) {
            return "\(self)".withoutFullStop
        }
        var error = self as NSError
        while let deeper = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = deeper }
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        let sentence = error.localizedDescription
        let reason = sentence.trimmingPrefix("The operation could not be completed. ")
        return (reason.first?.isLetter == true ? String(reason) : sentence).withoutFullStop
    }
}

extension String {
    fileprivate var withoutFullStop: String {
        var text = self
        while text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
