// `apus label`.
import ApusCommandSupport
import ApusWeb
import ArgumentParser

struct LabelCommand: AsyncParsableCommand {
    static let configuration = WebCommands.label
}
