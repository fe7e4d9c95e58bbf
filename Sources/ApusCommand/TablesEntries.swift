// Commands of the program for tables, for the lists in the help; `main` has become that program before they would run.
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
