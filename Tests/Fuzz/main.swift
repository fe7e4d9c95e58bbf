// Damaged files through the public entry points: `apus-fuzz CORPUS COUNT SEED`; see scripts/fuzz.sh.
//
// The parent hands out the inputs' numbers to child processes and watches them; a child makes the input of a number from the
// corpus and the seed, reads it as a program would, and writes a line. A child that dies, says nothing for too long or holds
// too much memory has found a fault: its input is kept.
import Foundation

let arguments = CommandLine.arguments
guard arguments.count >= 4, let count = Int(arguments[2]), let seed = Int(arguments[3]) else {
    print("usage: apus-fuzz CORPUS COUNT SEED [FIRST]")
    exit(64)
}
let corpus = URL(filePath: arguments[1], directoryHint: .isDirectory)
if arguments.count == 5, let first = Int(arguments[4]) {
    try runChild(corpus, first..<count, seed)
} else {
    try addCorpus(to: corpus)
    exit(try runParent(corpus, count, seed))
}
