import CCairo
public func y() -> Int { Int(cairo_version()) }
