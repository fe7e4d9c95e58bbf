import ApusCore
import CVips
public func x() { _ = cvips_start() }
