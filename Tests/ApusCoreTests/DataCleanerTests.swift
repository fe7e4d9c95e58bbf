// Looking through items and applying choices: what is on disk before, after, half-way and after an undo.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite struct DataCleanerTests {
        /// Everything in a folder but the bin: files with what is in them, and folders.
        private func contents(of folder: URL) throws -> [String: String] {
            var found: [String: String] = [:]
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            where !path.hasPrefix(".apus-clean") {
                found[path] = (try? String(contentsOf: folder.appending(path: path), encoding: .utf8)) ?? "folder"
            }
            return found
        }

        private func write(_ text: String, _ path: String, in folder: URL) throws {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }

        private func files(_ folder: URL, _ paths: [String]) -> [URL] { paths.map { folder.appending(path: $0) } }

        /// Cats and dogs in folders.
        private func pets(_ folder: URL) throws -> [URL] {
            let paths = ["cat/1.txt", "cat/2.txt", "cat/3.txt", "dog/1.txt", "dog/2.txt"]
            for path in paths { try write("this is \(path)", path, in: folder) }
            return files(folder, paths)
        }

        @Test("nothing is touched before apply, which deletes into the bin and relabels; undo puts all back")
        func foldersOfLabels() throws {
            try withTemporaryFolder { folder in
                let all = try pets(folder)
                let before = try contents(of: folder)
                var cleaner = try DataCleaner(files: all + [folder.appending(path: "cat/gone.txt")], in: folder)
                #expect(cleaner.items.count == 5 && cleaner.classes == ["cat", "dog"])
                try cleaner.delete([1])
                try cleaner.relabel([0, 3], to: "dog")
                try cleaner.keep([4])
                let plan = try cleaner.plan()
                #expect(try contents(of: folder) == before)
                // Item 3 is a dog already; dog/1.txt is taken.
                #expect(
                    plan.description == "cat/1.txt becomes dog/1-2.txt.\ncat/2.txt goes into the bin.")
                #expect(plan.deletedCount == 1 && plan.relabeledCount == 1)
                let result = try cleaner.apply()
                #expect(result == CleaningResult(deletedCount: 1, relabeledCount: 1, leftOut: []))
                var after = before
                after["cat/1.txt"] = nil
                after["cat/2.txt"] = nil
                after["dog/1-2.txt"] = "this is cat/1.txt"
                #expect(try contents(of: folder) == after)
                #expect(cleaner.items(class: "dog", by: .given).map(\.index) == [0, 3, 4])
                #expect(cleaner.items(class: "cat", by: .given).map(\.index) == [2])
                #expect(cleaner.choices == [3: .relabel("dog"), 4: .keep])
                #expect(throws: DataError.self) { try cleaner.delete([1]) }
                #expect(try DataCleaner.undo(in: folder) == [])
                #expect(try contents(of: folder) == before)
                #expect(try DataCleaner.undo(in: folder) == nil)
            }
        }

        @Test("a label in the file's name is replaced there, by a name that is free and says it")
        func namesOfLabels() throws {
            try withTemporaryFolder { folder in
                let paths = ["great_cat_1.txt", "dog_1.txt", "dog_2.txt"]
                for path in paths { try write(path, path, in: folder) }
                var cleaner = try DataCleaner(
                    files: files(folder, paths), in: folder, storage: .fileName(pattern: #"(.+)_\d+\.txt"#))
                #expect(cleaner.items.map(\.label) == ["great_cat", "dog", "dog"])
                try cleaner.relabel([0], to: "dog")
                try cleaner.relabel([2], to: "great_cat")
                try cleaner.apply()
                #expect(
                    try contents(of: folder) == [
                        "dog_12.txt": "great_cat_1.txt", "dog_1.txt": "dog_1.txt", "great_cat_2.txt": "dog_2.txt",
                    ])
            }
        }

        /// A table of labels with pictures beside it.
        private func table(_ folder: URL) throws -> (table: URL, data: CleaningData<URL>) {
            try write("name,\"label\",note\na,cat,\"x, y\"\nb,\"cat\",\nc,dog,last", "labels.csv", in: folder)
            for name in ["a", "b", "c"] { try write(name, "pictures/\(name).txt", in: folder) }
            let table = folder.appending(path: "labels.csv")
            let rows = try TableRow.readCSV(table)
            func file(_ row: TableRow) throws -> URL {
                folder.appending(path: "pictures/\(try row.value("name")).txt")
            }
            let data = try CleaningData(
                rows: [(.train, Array(rows.prefix(2))), (.valid, Array(rows.suffix(1)))], storage: .column("label"),
                columns: ["note"], file: file, source: file)
            return (table, data)
        }

        /// A model that says what it is told of files, by their names' first letter.
        private func model(_ outputs: [String: [Float]]) throws -> Predictor<NamedInput, CategoryBlock> {
            let pipeline = Pipeline(
                input: NamedInput(outputs: outputs), target: CategoryBlock(vocabulary: ["cat", "dog"]))
            return Predictor(pipeline, Identity(), decoder: OutputDecoder(.crossEntropy(), target: pipeline.target))
        }

        @Test("rows are taken out of their table and get other labels there, and their files go into the bin")
        func tablesOfLabels() throws {
            try withTemporaryFolder { folder in
                let (_, data) = try table(folder)
                let before = try contents(of: folder)
                let model = try model(["a": [2, 0], "b": [0, 3], "c": [0, 1]])
                var cleaner = try DataCleaner(model, data, in: folder)
                #expect(cleaner.items.map(\.values) == [["x, y"], [""], ["last"]])
                // The loss of b is log(1 + e^3), of a log(1 + e^-2), of c log(1 + e^-1).
                #expect(cleaner.items().map(\.index) == [1, 2, 0])
                #expect(cleaner.items(of: .valid).map(\.index) == [2])
                #expect(cleaner.items(class: "cat", by: .confidence).map(\.index) == [0, 1])
                let verdict = try #require(cleaner.items[1].verdict)
                #expect(verdict.predicted == "dog" && abs(verdict.loss - log(1 + exp(3.0))) < 1e-5)
                try cleaner.delete([0])
                try cleaner.relabel([1], to: "dog")
                #expect(
                    try cleaner.plan().description == """
                        Line 2 of labels.csv is taken out. pictures/a.txt goes into the bin.
                        Line 3 of labels.csv: cat becomes dog.
                        """)
                try cleaner.apply()
                var after = before
                after["labels.csv"] = "name,\"label\",note\nb,\"dog\",\nc,dog,last"
                after["pictures/a.txt"] = nil
                #expect(try contents(of: folder) == after)
                // What the model says of a new label is known where it is the class that the model takes the item for.
                let relabeled = try #require(cleaner.items[1].verdict)
                #expect(abs(relabeled.loss - log(1 + exp(-3.0))) < 1e-5 && relabeled.suggestion == nil)
                // Rows are still found after others have gone.
                try cleaner.relabel([2], to: "cat")
                try cleaner.apply()
                #expect(cleaner.items[2].verdict == nil)
                after["labels.csv"] = "name,\"label\",note\nb,\"dog\",\nc,cat,last"
                #expect(try contents(of: folder) == after)
                #expect(try DataCleaner.undo(in: folder) == [])
                #expect(try DataCleaner.undo(in: folder) == [])
                #expect(try contents(of: folder) == before)
            }
        }

        @Test("files that went or changed after the look, and tables that did, are left out with a sentence")
        func changedMeanwhile() throws {
            try withTemporaryFolder { folder in
                let all = try pets(folder)
                var cleaner = try DataCleaner(files: all, in: folder)
                try cleaner.delete([0, 1])
                try cleaner.relabel([2], to: "dog")
                try FileManager.default.removeItem(at: all[0])
                try write("something longer than before", "cat/2.txt", in: folder)
                let result = try cleaner.apply()
                #expect(result.deletedCount == 0 && result.relabeledCount == 1 && result.leftOut.count == 2)
                #expect(result.leftOut[0].hasSuffix("cat/1.txt is gone."))
                #expect(result.leftOut[1].contains("has been changed since"))
                #expect(cleaner.choices == [0: .delete, 1: .delete])
            }
            try withTemporaryFolder { folder in
                let (table, data) = try table(folder)
                var cleaner = try DataCleaner(model([:]), data, in: folder)
                try cleaner.relabel([0], to: "dog")
                try write("name,label,note\nz,cat,new row\n", "labels.csv", in: folder)
                #expect(try cleaner.apply().leftOut.count == 1)
                #expect(try String(contentsOf: table, encoding: .utf8).contains("new row"))
            }
        }

        @Test("files in a folder that may not be written to are left out with a sentence", .enabled(if: getuid() != 0))
        func readOnly() throws {
            try withTemporaryFolder { folder in
                let all = try pets(folder)
                let cats = folder.appending(path: "cat").path
                try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: cats)
                defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: cats) }
                var cleaner = try DataCleaner(files: all, in: folder)
                try cleaner.delete([0, 3])
                #expect(try cleaner.plan().problems.map(\.index) == [0])
                #expect(try cleaner.apply().deletedCount == 1)
            }
        }

        @Test("links: a relative one is not moved elsewhere, and deleting one leaves what it leads to")
        func links() throws {
            try withTemporaryFolder { folder in
                _ = try pets(folder)
                let link = folder.appending(path: "cat/link.txt")
                try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "1.txt")
                let before = try contents(of: folder)
                var cleaner = try DataCleaner(files: [link], in: folder)
                #expect(throws: DataError.self) { try cleaner.relabel([0], to: "horse") }
                cleaner = try DataCleaner(files: [link, folder.appending(path: "dog/1.txt")], in: folder)
                try cleaner.relabel([0], to: "dog")
                #expect(try cleaner.plan().problems.map(\.sentence).first?.contains("is a link") == true)
                try cleaner.delete([0])
                try cleaner.apply()
                var after = before
                after["cat/link.txt"] = nil
                #expect(try contents(of: folder) == after)
                #expect(try DataCleaner.undo(in: folder) == [])
                #expect(try contents(of: folder) == before)
            }
        }

        @Test("corrections of a served model's answers are taken out of their store or corrected in it")
        func feedback() throws {
            try withTemporaryFolder { folder in
                let store = try FeedbackStore(folder: folder)
                func say(_ text: String, _ correction: [String]?) throws -> Feedback {
                    let feedback = Feedback(model: "m", kind: .text, answer: "cat", correction: correction)
                    return try store.add(feedback, file: Data(text.utf8), fileExtension: "txt")
                }
                // The last correction of a text counts; several labels are none for this model.
                _ = try say("a", ["dog"])
                let second = try say("b", ["dog"])
                let first = try say("a", ["cat"])
                _ = try say("c", ["cat", "dog"])
                _ = try say("b", nil)
                let data = try CleaningData(feedback: store, of: .text) { try #require(store.file(of: $0)) }
                var cleaner = try DataCleaner(model([:]), data, in: folder)
                #expect(cleaner.items.map(\.label) == ["dog", "cat"])
                #expect(cleaner.items.map(\.place.file) == [store.file(of: second), store.file(of: first)])
                let before = try contents(of: folder)
                try cleaner.delete([1])
                try cleaner.relabel([0], to: "cat")
                try cleaner.apply()
                // Both corrections of the first text are gone, and its file; what else was said stays.
                let said = try store.all()
                #expect(said.map(\.correction) == [["cat"], ["cat", "dog"], nil])
                #expect(said.map(\.file)[0] == second.file)
                #expect(!FileManager.default.fileExists(atPath: try #require(store.file(of: first)).path))
                // The lines of those that are left are known.
                try cleaner.relabel([0], to: "dog")
                try cleaner.apply()
                #expect(try store.all()[0].correction == ["dog"])
                #expect(try cleaner.undo() == [] && cleaner.undo() == [])
                #expect(try contents(of: folder) == before)
            }
        }

        private struct Stop: Error {}

        /// Files, folders and a table with changes of every kind; what is there before and after them.
        private func changes(_ folder: URL) throws -> (
            changes: [FileChange], contents: [Int: (before: Data, after: Data)], before: [String: String],
            after: [String: String]
        ) {
            _ = try pets(folder)
            try write("old", "labels.csv", in: folder)
            func identity(_ path: String) throws -> FileIdentity {
                try #require(FileIdentity(of: folder.appending(path: path).path))
            }
            let before = try contents(of: folder)
            var after = before
            after["cat/1.txt"] = nil
            after["cat/2.txt"] = nil
            after["horse"] = "folder"
            after["horse/1.txt"] = "this is cat/1.txt"
            after["labels.csv"] = "new"
            return (
                [
                    .discard("cat/2.txt", try identity("cat/2.txt")), .makeFolder("horse"),
                    .move(from: "cat/1.txt", to: "horse/1.txt", try identity("cat/1.txt")),
                    .replace("labels.csv", number: 0),
                ], [0: (Data("old".utf8), Data("new".utf8))], before, after
            )
        }

        @Test("changes that are stopped at any step are either not begun or carried through by the next start")
        func stoppedApplying() throws {
            var (stop, wasStopped, outcomes) = (0, true, Set<Bool>())
            while wasStopped {
                try withTemporaryFolder { folder in
                    let (changes, tables, before, after) = try changes(folder)
                    var files = FileChanges(of: folder)
                    var steps = 0
                    files.beforeStep = {
                        if steps == stop { throw Stop() }
                        steps += 1
                    }
                    do {
                        #expect(try files.apply(changes, contents: tables).isEmpty)
                        wasStopped = false
                    } catch is Stop {}
                    let next = try DataCleaner.finish(in: folder)
                    #expect(next.notes.isEmpty)
                    let found = try contents(of: folder)
                    let isDone = found == after
                    #expect(isDone || found == before, "stopped at step \(stop): \(found)")
                    outcomes.insert(isDone)
                    if isDone { #expect(try DataCleaner.undo(in: folder) == []) }
                    #expect(try contents(of: folder) == before)
                }
                stop += 1
            }
            #expect(stop > 8 && outcomes == [true, false])
        }

        @Test("half-done changes may be undone instead, and an undo that is stopped at any step is carried through")
        func stoppedUndoing() throws {
            for applied in 4..<12 {
                var (stop, wasStopped) = (0, true)
                while wasStopped {
                    try withTemporaryFolder { folder in
                        let (changes, tables, before, _) = try changes(folder)
                        var files = FileChanges(of: folder)
                        var (steps, limit) = (0, applied)
                        files.beforeStep = {
                            if steps == limit { throw Stop() }
                            steps += 1
                        }
                        _ = try? files.apply(changes, contents: tables)
                        (steps, limit) = (0, stop)
                        do {
                            #expect(try files.undo() ?? [] == [])
                            wasStopped = false
                        } catch is Stop {}
                        if stop > 0 || !wasStopped {
                            _ = try DataCleaner.finish(in: folder)
                            #expect(try contents(of: folder) == before, "stopped at \(applied) and \(stop)")
                        }
                    }
                    stop += 1
                }
            }
        }

        @Test("what comes into a file's way is not overwritten by an undo, which says so")
        func undoInTheWay() throws {
            try withTemporaryFolder { folder in
                let all = try pets(folder)
                var cleaner = try DataCleaner(files: all, in: folder)
                try cleaner.delete([0, 1])
                try cleaner.apply()
                try write("a new one", "cat/1.txt", in: folder)
                let notes = try #require(try DataCleaner.undo(in: folder))
                #expect(notes.count == 1 && notes[0].contains("cat/1.txt"))
                let found = try contents(of: folder)
                #expect(found["cat/1.txt"] == "a new one" && found["cat/2.txt"] == "this is cat/2.txt")
                // What could not go back stays in the bin.
                let kept = folder.appending(path: ".apus-clean/bin/1/files/cat/1.txt")
                #expect(try String(contentsOf: kept, encoding: .utf8) == "this is cat/1.txt")
            }
        }

        @Test("choices are there again in the next start, those of items that went excepted")
        func savedChoices() throws {
            try withTemporaryFolder { folder in
                let all = try pets(folder)
                var cleaner = try DataCleaner(files: all, in: folder)
                try cleaner.delete([0, 1])
                try cleaner.relabel([2], to: "dog")
                try cleaner.keep([3])
                try cleaner.saveChoices()
                var next = try DataCleaner(files: all.reversed(), in: folder)
                #expect(try next.restoreChoices() == 0)
                #expect(next.choices == [4: .delete, 3: .delete, 2: .relabel("dog"), 1: .keep])
                try FileManager.default.removeItem(at: all[0])
                next = try DataCleaner(files: all, in: folder)
                #expect(try next.restoreChoices() == 1)
                #expect(next.choices.count == 3)
                try Data("{".utf8).write(to: folder.appending(path: ".apus-clean/choices.json"))
                #expect(throws: DataError.self) { try next.restoreChoices() }
            }
        }

        @Test("items that cannot be read and labels that the model does not know are told apart")
        func problems() throws {
            try withTemporaryFolder { folder in
                let paths = ["cat/a", "cat/b", "dog/c", "horse/a", "cat/broken"]
                for path in paths { try write(path, path, in: folder) }
                let cleaner = try DataCleaner(
                    model(["a": [4, 0], "b": [0, 4], "c": [0, 4]]),
                    CleaningData(files: [(.valid, files(folder, paths))]), in: folder)
                #expect(cleaner.items(by: .unreadable).map(\.index) == [4])
                #expect(cleaner.items().map(\.index) == [3, 1, 0, 2, 4])
                #expect(cleaner.items[3].verdict?.loss == .infinity && cleaner.classes == ["cat", "dog", "horse"])
                #expect(cleaner.items(by: .mislabeled).map(\.index) == [1])
                #expect(cleaner.items[1].verdict?.suggestion == "dog")
                #expect(throws: DataError.self) {
                    try DataCleaner(
                        model([:]), CleaningData(files: [(.valid, files(folder, ["horse/a"]))]), in: folder)
                }
            }
        }
    }
}

/// Files whose name begins with a letter that stands for the model's output.
private struct NamedInput: InputBlock, TensorBlock {
    var outputs: [String: [Float]]
    var kind: ElementKind { .other }

    func load(_ source: URL, hint: LoadHint) throws -> [Float] {
        if source.lastPathComponent.hasPrefix("broken") { throw DataError("\(source.path) is broken.") }
        return outputs[String(source.lastPathComponent.prefix(1))] ?? [0, 0]
    }

    func collate(_ values: [[Float]]) throws -> Tensor {
        Tensor(values.flatMap { $0 }, shape: [values.count, 2])
    }

    func decode(_ tensor: Tensor) throws -> [Float] { tensor.array(of: Float.self) }
}
