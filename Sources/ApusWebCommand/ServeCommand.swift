// `apus serve`.
import ApusCommandSupport
import ApusWeb
import ArgumentParser

struct ServeCommand: AsyncParsableCommand {
    static let configuration = WebCommands.serve
}
