// The commands for texts.
import Testing

@testable import ApusTextCommand
