// Batches of texts against fastai's loaders, and the arithmetic of the course's language model.
import ApusText
import Foundation
import Testing

private struct Batches: Decodable {
    struct Stream: Decodable {
        struct Pair: Decodable { let x, y: [[Int]] }
        let batch, seqLen: Int
        let batches: [Pair]
    }
    struct Padded: Decodable {
        let seqLen: Int
        let first: Bool
        let rows: [[Int]]
    }
    let texts: [[Int]]
    let streams: [Stream]
    let padded: [Padded]

    var sources: [String] { texts.map { $0.map(String.init).joined(separator: " ") } }
}

private func rows(_ tensor: Tensor) -> [[Int]] { tensor.unbind(dim: 0).map { $0.array(of: Int.self) } }

extension TextTests {
    @Suite struct TextBatchTests {
        @Test("the stream of a language model has fastai's batches")
        func stream() throws {
            let fixture: Batches = try textFixture("text_batches.json")
            #expect(fixture.streams.count == 4)
            for expected in fixture.streams {
                let block = TextBlock(
                    tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 100),
                    layout: .stream(seqLen: expected.seqLen))
                let loaders = try LanguageModelDataLoaders.fromTexts(
                    fixture.sources, block: block, split: .none,
                    LoaderOptions(batchSize: expected.batch, shuffle: false))
                let batches = Array(loaders.train)
                #expect(batches.map { rows($0.inputs[0]) } == expected.batches.map(\.x))
                #expect(batches.map { rows($0.targets[0]) } == expected.batches.map(\.y))
                #expect(loaders.train.batchCount == expected.batches.count)
            }
        }

        @Test("texts are filled up in whole pieces in front, the rest at the back, as fastai's pad_chunk does")
        func padding() throws {
            let fixture: Batches = try textFixture("text_batches.json")
            #expect(fixture.padded.count == 3)
            for expected in fixture.padded {
                let block = TextBlock(
                    tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 100),
                    layout: .chunked(seqLen: expected.seqLen))
                let values = try fixture.sources.map { try block.load(.text($0), hint: LoadHint()) }
                #expect(rows(try block.collate(values)) == expected.rows)
            }
        }

        @Test("texts are filled up in front or at the back where asked")
        func otherPadding() throws {
            for (layout, expected) in [
                (TextLayout.front, [[5, 6, 7], [1, 1, 9]]), (.back, [[5, 6, 7], [9, 1, 1]]),
            ] {
                let block = TextBlock(
                    tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 10), layout: layout)
                let values = try ["5 6 7", "9"].map { try block.load(.text($0), hint: LoadHint()) }
                #expect(rows(try block.collate(values)) == expected)
                #expect(try block.decode(Tensor(expected[1])).ids == [9])
            }
        }

        @Test(
            "fastai v1's random lengths on human numbers: the first piece has 95 tokens, lanes are 203 apart, 202 are used"
        )
        func humanNumberPieces() throws {
            // Numbers 8,001 to 9,999, with xxbos in front: 13,017 tokens (course v3, lesson 7).
            let tokens = ["xxbos"] + humanNumbers(8001...9999)
            #expect(tokens.count == 13_017)
            let loaders = try LanguageModelDataLoaders.fromTexts(
                [tokens.joined(separator: " ")],
                block: TextBlock(tokenizer: Blanks(), minFrequency: 1, layout: .stream(seqLen: 70, isRandom: true)),
                split: .none, LoaderOptions(batchSize: 64, shuffle: false))
            let batches = Array(loaders.train)
            #expect(batches.map { $0.inputs[0].size(1) }.reduce(0, +) == 202)
            #expect(batches[0].inputs[0].shape.sizes == [64, 95])
            let vocabulary = try #require(loaders.textVocabulary)
            func text(_ batch: Batch, lane: Int) -> [String] {
                vocabulary.tokens(of: batch.inputs[0][lane].array(of: Int.self))
            }
            #expect(text(batches[0], lane: 0).prefix(4) == ["xxbos", "eight", "thousand", "one"])
            #expect(text(batches[0], lane: 1) == Array(tokens[203..<203 + 95]))
            #expect(text(batches[0], lane: 63) == Array(tokens[63 * 203..<63 * 203 + 95]))
            let last = try #require(batches.last)
            #expect(
                vocabulary.tokens(of: last.targets[0][5].array(of: Int.self)).last == tokens[5 * 203 + 202])
        }

        @Test(
            "a stream shuffles its texts in each epoch, keeps them whole, and a later batch of an epoch can be asked for"
        )
        func shuffledStream() throws {
            let texts = (0..<40).map { "2 \($0 * 2 + 10) \($0 * 2 + 11)" }
            let loaders = try LanguageModelDataLoaders.fromTexts(
                texts,
                block: TextBlock(
                    tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 100), layout: .stream(seqLen: 4)),
                split: .none, LoaderOptions(batchSize: 1, seed: 3))
            func epoch(_ number: Int, from first: Int = 0) throws -> [Int] {
                let batches = try loaders.train.batches(epoch: number, from: first)
                var ids: [Int] = []
                while let batch = try batches.next() { ids += batch.inputs[0].array(of: Int.self) }
                return ids
            }
            // What tells these texts from others depends on each token's place.
            let sums = try #require(loaders.train.contents).split(separator: " ")
            #expect(sums.count == 40 && sums[0] == "\(2 + 2 * 10 + 3 * 11)")
            let first = try epoch(0)
            #expect(first != (try epoch(1)))
            #expect(first == (try epoch(0)))
            #expect(try epoch(0, from: 3) == Array(first.dropFirst(12)))
            // 119 of 120 tokens go in; wherever a text begins, its own tokens follow.
            #expect(first.count == 119)
            for start in stride(from: 0, to: 117, by: 3) {
                #expect(first[start] == 2)
                #expect(first[start + 1] + 1 == first[start + 2])
            }
        }

        @Test("a stream cuts its texts to the most tokens", arguments: [false, true])
        func cutStream(isBackward: Bool) throws {
            let loaders = try LanguageModelDataLoaders.fromTexts(
                ["2 3 4 5", "6", "7 8 2"],
                block: TextBlock(
                    tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 9), layout: .stream(seqLen: 10),
                    maxLength: 2, isBackward: isBackward), split: .none, LoaderOptions(batchSize: 1, shuffle: false))
            let batch = try loaders.train.oneBatch()
            let expected = isBackward ? [3, 2, 6, 8] : [2, 3, 6, 7]
            #expect(batch.inputs[0].array(of: Int.self) == expected)
            #expect(loaders.train.amount == "4 tokens")
        }

        @Test("a backward stream reads each text from its end")
        func backwardStream() throws {
            let loaders = try LanguageModelDataLoaders.fromTexts(
                ["2 3 4", "5 6 7 8"],
                block: TextBlock(
                    tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 9), layout: .stream(seqLen: 10),
                    isBackward: true), split: .none, LoaderOptions(batchSize: 1, shuffle: false))
            #expect(rows(try loaders.oneBatch().inputs[0]) == [[4, 3, 2, 8, 7, 6]])
        }

        @Test("texts of a classifier come by length, the longest first, and predictions in the order of the texts")
        func byLength() throws {
            let texts = (0..<30).map { Array(repeating: "5", count: ($0 * 7) % 30 + 1).joined(separator: " ") }
            let loaders = try TextDataLoaders.fromTexts(
                texts, labels: texts.indices.map { $0 % 2 == 0 ? "even" : "odd" },
                block: TextBlock(tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 10)),
                split: .indices(Array(10..<30)), LoaderOptions(batchSize: 4))
            let valid = try #require(loaders.valid)
            let widths = valid.map { $0.inputs[0].size(1) }
            #expect(widths == widths.sorted(by: >))
            #expect(widths[0] == (10..<30).map { ($0 * 7) % 30 + 1 }.max())
            let longest = (0..<10).map { ($0 * 7) % 30 + 1 }.max()
            #expect(try loaders.oneBatch().inputs[0].size(1) == longest)
            #expect(try loaders.train.item(3).input.count == 22)
            #expect(try loaders.train.item(3).target == "odd")
        }

        @Test("a column's texts and labels become loaders, several columns are fields")
        func columns() throws {
            let rows = try TableRow.rows([
                "title": ["2", "3", "4"], "body": ["5 5", "6 6", "7 7"], "label": ["a", "b", "a"],
                "is_valid": ["no", "no", "yes"],
            ])
            let vocabulary = try TokenVocabulary(["xxunk", "xxpad", "xxfld", "1", "2", "3", "4", "5", "6", "7"])
            let loaders = try TextDataLoaders.fromRows(
                rows, text: ["title", "body"], labeler: .column("label"),
                block: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary), target: CategoryBlock(),
                split: .column(), LoaderOptions(batchSize: 2))
            #expect(try loaders.train.item(0).input.tokens == ["xxfld", "1", "2", "xxfld", "2", "5", "5"])
            #expect(loaders.vocabulary == ["a", "b"])
            #expect(loaders.valid?.itemCount == 1)
        }

        @Test("numbers, several labels and several targets go with texts")
        func otherTargets() throws {
            let rows = try TableRow.rows([
                "text": ["2 3", "4", "5 6 7"], "stars": ["1.5", "4", "2"], "tags": ["a b", "b", ""],
            ])
            let block = TextBlock(tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 10), layout: .back)
            let stars = try TextDataLoaders.fromRows(
                rows, labeler: .column("stars"), block: block, target: NumberBlock(), split: .none,
                LoaderOptions(batchSize: 3, shuffle: false))
            #expect(rows.count == 3)
            #expect(try stars.oneBatch().targets[0].array(of: Float.self) == [2, 1.5, 4])
            let tags = try TextDataLoaders.fromRows(
                rows, labeler: .column("tags", separator: " "), block: block, target: MultiCategoryBlock(),
                split: .none,
                LoaderOptions(batchSize: 3, shuffle: false))
            #expect(try tags.oneBatch().targets[0].array(of: Float.self) == [0, 0, 1, 1, 0, 1])
            let both = try DataBlock(
                input: Inputs(block, TensorInput()), target: Targets(NumberBlock(), CategoryBlock()),
                source: { row in (TextSource.text(try row.value("text")), Tensor([1, 2] as [Float])) },
                label: { row in (Double(try row.value("stars")) ?? 0, try row.value("tags") + "x") }, split: .none
            ).dataLoaders(of: rows, LoaderOptions(batchSize: 3, shuffle: false))
            let batch = try both.oneBatch()
            #expect(batch.inputs[0].shape.sizes == [3, 3] && batch.inputs[1].shape.sizes == [3, 2])
            #expect(batch.indices == [2, 0, 1])
        }

        @Test("a batch of texts is shown as a table of tokens")
        func shown() throws {
            let loaders = try TextDataLoaders.fromTexts(
                ["2 3", "4 5", "6 7", "8 9"], labels: ["a", "b", "a", "b"],
                block: TextBlock(tokenizer: Blanks(), vocabulary: try wholeNumbers(below: 10)), split: .none,
                LoaderOptions(batchSize: 4))
            guard case .table(let table) = try loaders.plotBatch().panels.first else {
                Issue.record("a table was expected")
                return
            }
            #expect(table.header == ["text", "target"])
            #expect(Set(table.rows.map { $0[0].text }) == ["2 3", "4 5", "6 7", "8 9"])
        }

        @Test("a summary walks a text through the pipeline, and a language model's into its stream")
        func summary() throws {
            let vocabulary = try wholeNumbers(below: 50)
            let texts = (0..<8).map { TextSource.text("2 3 4 5 \($0 + 10)") }
            let labeled = DataBlock(
                input: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary), target: CategoryBlock(),
                label: { "\($0)".contains("1") ? "one" : "other" }, split: .indices([0]))
            let story = labeled.summary(of: texts)
            #expect(story.contains("2 3 4 5 11"))
            #expect(story.contains("[4, 5] int64"))
            let next = DataBlock(
                input: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary, layout: .stream(seqLen: 3)),
                target: NextTokenBlock(), label: { $0 }, split: .none
            ).summary(of: texts)
            // 40 tokens: 9 of 4 lanes each, in pieces of 3.
            #expect(next.contains("3 batches; the first has"))
            #expect(next.contains("[4, 3] int64"))
        }

        @Test("too little text, wrong sizes and vocabularies are refused with a sentence")
        func refusals() throws {
            func message(_ body: () throws -> Void) -> String {
                do {
                    try body()
                    Issue.record("nothing was thrown")
                    return ""
                } catch { return "\(error)" }
            }
            let vocabulary = try wholeNumbers(below: 10)
            #expect(
                message {
                    _ = try LanguageModelDataLoaders.fromTexts(
                        ["2 3 4"], block: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary), split: .none)
                }.contains("3 tokens are too few for batches of 64 lanes"))
            #expect(
                message {
                    _ = try LanguageModelDataLoaders.fromTexts(
                        ["2 3 4"], block: TextBlock(tokenizer: Blanks(), layout: .stream(seqLen: 0)), split: .none)
                }.contains("Pieces of 0 tokens"))
            #expect(
                message {
                    _ = try TextDataLoaders.fromTexts(
                        ["2 3 4"], labels: ["a"], block: TextBlock(tokenizer: Blanks(), maxLength: 0), split: .none)
                }.contains("at most 0 tokens"))
            #expect(message { _ = try TokenVocabulary([]) }.contains("without tokens"))
            #expect(
                message {
                    _ = try DataBlock(
                        input: TextBlock(tokenizer: Blanks(), vocabulary: vocabulary), target: NextTokenBlock(),
                        label: { $0 }, split: .none
                    ).dataLoaders(of: [TextSource.text("2 3 4")])
                }.contains("layout: .stream()"))
            #expect(message { _ = try textFiles(in: URL(filePath: "/nowhere")) }.contains("/nowhere"))
        }

        @Test("folders that are links are searched under the links' names, and loops of links end")
        func linkedFolders() throws {
            try AWDLSTMFixture.withTemporaryFolder { folder in
                for path in ["store/1.txt", "data/neg/2.txt", "data/3.md"] {
                    let file = folder.appending(path: path)
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data("a text".utf8).write(to: file)
                }
                for (path, target) in [("data/pos", "store"), ("data/neg/up", "data"), ("linked", "data")] {
                    try FileManager.default.createSymbolicLink(
                        at: folder.appending(path: path), withDestinationURL: folder.appending(path: target))
                }
                let files = try textFiles(in: folder.appending(path: "linked"))
                #expect(files.map(parentLabel) == ["neg", "pos"])
                #expect(try textFiles(in: folder.appending(path: "linked"), folders: ["pos"]) == [files[1]])
                #expect(try textFiles(in: folder.appending(path: "data"), extensions: ["md"]).count == 1)
            }
        }
    }
}
