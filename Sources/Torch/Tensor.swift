import CTorch
public func version() -> Int { Int(ct_version()) }
