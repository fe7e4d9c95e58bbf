// `apus clean`.
import ApusCommandSupport
import ApusWeb
import ArgumentParser

struct CleanCommand: AsyncParsableCommand {
    static let configuration = WebCommands.clean
}
