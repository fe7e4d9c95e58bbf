import Testing
@testable import ApusPlot
@Test func placeholder() {}
