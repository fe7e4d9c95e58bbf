// Commands of the programs beside `apus`, for the lists in the help; `main` has become them before these would run.
import ApusCommandSupport
import ArgumentParser

struct TrainTableEntry: ParsableCommand {
    static let configuration = TablesCommands.table
}

struct TrainRatingsEntry: ParsableCommand {
    static let configuration = TablesCommands.ratings
}

struct RecommendEntry: ParsableCommand {
    static let configuration = TablesCommands.recommend
}

struct TrainLanguageEntry: ParsableCommand {
    static let configuration = TextCommands.language
}

struct TrainTextEntry: ParsableCommand {
    static let configuration = TextCommands.text
}

struct EmbedEntry: ParsableCommand {
    static let configuration = TextCommands.embed
}

struct ServeEntry: ParsableCommand {
    static let configuration = WebCommands.serve
}

struct CleanEntry: ParsableCommand {
    static let configuration = WebCommands.clean
}

struct LabelEntry: ParsableCommand {
    static let configuration = WebCommands.label
}
