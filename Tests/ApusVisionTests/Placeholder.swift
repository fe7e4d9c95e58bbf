import Testing
@testable import ApusVision
@Test func placeholder() {}
