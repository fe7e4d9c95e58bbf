import ApusCore
public func x() {}
