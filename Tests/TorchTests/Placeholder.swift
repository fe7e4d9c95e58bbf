import Testing
@testable import Torch
@Test func placeholder() {}
