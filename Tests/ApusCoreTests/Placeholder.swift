import Testing
@testable import ApusCore
@Test func placeholder() {}
