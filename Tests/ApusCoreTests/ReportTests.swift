// The report of a learner: complete, self-contained, well-formed, and safe to read.
import ApusPlot
import Foundation
import Testing
import Torch

@testable import ApusCore

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// What a browser would see of a page: the texts, and what its tags refer to.
private final class PageReader: NSObject, XMLParserDelegate {
    var text = ""
    var references: [String] = []
    var tags: [String: Int] = [:]

    init(_ page: String) throws {
        super.init()
        let parser = XMLParser(data: Data(page.replacing("<!DOCTYPE html>", with: "").utf8))
        parser.delegate = self
        guard parser.parse() else {
            throw DataError("not well-formed at line \(parser.lineNumber): \(String(describing: parser.parserError))")
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        tags[name, default: 0] += 1
        references += [attributes["src"], attributes["href"]].compactMap(\.self)
        text += " "
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}

extension CoreTests {
    @Suite("Report") struct ReportTests {
        private func page(_ url: URL) throws -> PageReader {
            try PageReader(try String(contentsOf: url, encoding: .utf8))
        }

        @Test("the nearest mean picture and the constant answer as counted by hand")
        func simpleModels() throws {
            // Mean pictures of 1 and 5; class 1 is twice as frequent.
            func pictures(_ values: [Float]) -> Tensor {
                Tensor(values).reshape(-1, 1, 1, 1).expand(values.count, 1, 2, 2).contiguous()
            }
            let train = try DataLoader(
                TensorDataset(inputs: [pictures([0, 2, 4, 4, 6, 6])], targets: [Tensor([0, 0, 1, 1, 1, 1])]),
                batchSize: 4)
            let valid = try DataLoader(
                TensorDataset(inputs: [pictures([2, 2.9, 3.1, 9])], targets: [Tensor([0, 1, 1, 0])]), batchSize: 3)
            let models = try SimpleModels(train, classes: 2, arePictures: true)
            expectClose(
                try #require(models.meanPictures), Tensor([[1, 1, 1, 1], [5, 5, 5, 5]] as [[Float]]), "means")
            // 2 and 2.9 are nearer to 1, 3.1 and 9 to 5: right are the first and the third. The constant says 1.
            let results = try models.results(valid, [.accuracy])
            #expect(results.map(\.name) == ["nearest mean picture", "constant"])
            #expect(results.map(\.values) == [[0.5], [0.5]])
            let numbers = try DataLoader(
                TensorDataset(inputs: [pictures([1, 1])], targets: [Tensor([10, 30] as [Float])]), batchSize: 2)
            let mean = try SimpleModels(numbers, classes: nil, arePictures: true)
            #expect(mean.constant.array(of: Float.self) == [20] && mean.meanPictures == nil)
            #expect(try mean.results(numbers, [.rmse])[0].values == [10])
            // Of a class that training lacks there is no mean picture; it is never the nearest.
            let three = try SimpleModels(train, classes: 3, arePictures: true)
            #expect(try three.results(valid, [.accuracy])[0].values == [0.5])
        }

        @Test("a classifier's report has every part, needs nothing beside it, and escapes what it shows")
        func classifier() throws {
            let items: [(input: [Float], target: String)] = (0..<12).map {
                ([Float($0), Float($0) / 2, 1], $0.isMultiple(of: 2) ? "<script>alert('a & b')</script>" : "odd")
            }
            let target = try CategoryBlock().fitted(to: items.map(\.target))
            let pipeline = Pipeline(input: VectorBlock(), target: target, itemTransforms: [Doubled()])
            let loaders = try DataLoaders(
                pipeline: pipeline, train: items, valid: items, LoaderOptions(batchSize: 4, workers: 0))
            let learner = try Learner(
                loaders, Linear(3, 2), metrics: [.accuracy], TrainingOptions(precision: .float32, device: .cpu)
            )
            .quiet()
            let rates = try learner.lrFind(iterations: 10)
            try learner.fitOneCycle(2)
            let before = learner.model.stateDict().map(\.tensor).map { $0.clone() }
            try withTemporaryFolder { folder in
                let extra = Figure(Axes(title: "extra").line([1, 2, 3]))
                let file = try learner.report(
                    to: folder.appending(path: "new/place"), title: "Odd & <even>", learningRateSearch: rates,
                    figures: [("Extra", extra)])
                #expect(file.lastPathComponent == "report.html")
                let page = try page(file)
                for part in [
                    "Odd & <even>", "To train on", "Doubled", "Extra", "\(rates)", "Confusion", "Most confused",
                    "<script>alert('a & b')</script>", "macro avg", "Worst mistakes", "Total params: 8", "crossEntropy",
                    Machine.torchVersion,
                ] {
                    #expect(page.text.contains(part), "\(part)")
                }
                #expect(page.tags["script"] == nil && !page.text.contains("could not be made"))
                for row in learner.recorder.rows {
                    #expect(page.text.contains(String(format: "%.6f", row.trainLoss)))
                    #expect(page.text.contains(String(format: "%.6f", row.metrics[0].value)))
                }
                // Class counts, a batch, rates, the extra one, losses, schedule, confusion, calibration, results, mistakes.
                #expect(page.tags["img"] == 10)
                #expect(page.references.allSatisfy { $0.hasPrefix("data:image/") || $0.hasPrefix("#part") })
            }
            // The report only looks.
            #expect(zip(before, learner.model.stateDict()).allSatisfy { $0.equal($1.tensor) })
            #expect(learner.recorder.rows.count == 2)
        }

        @Test("numbers have results instead of classes; a part that fails says why and the others stay")
        func otherKinds() throws {
            let learner = try InterpretationFixture().regression()
            try withTemporaryFolder { folder in
                let regression = try page(learner.report(to: folder))
                // On other data the page says what was measured there, not what the training ended with.
                let measured = ValidationResult(loss: 0.25, metrics: [Recorder.Value(name: "rmse", value: 0.5)])
                let now = try page(learner.report(to: folder, measured: measured))
                #expect(
                    now.text.contains("items · loss 0.250000 · rmse 0.500000")
                        && !now.text.contains("items to train on ·"))
                #expect(regression.text.contains("Results") && !regression.text.contains("Confusion"))
                #expect(regression.text.contains("has not been trained"))
                let spoiled = try Learner(
                    parityLoaders(itemTransforms: [Spoiled()]), LearnerTests.model(),
                    TrainingOptions(precision: .float32, device: .cpu)
                ).quiet()
                let page = try page(spoiled.report(to: folder))
                #expect(page.text.contains("not be made: An item transform turned a value of VectorBlock into String"))
                #expect(page.text.contains("LibTorch"))
                // A file where the folder should be.
                let file = folder.appending(path: "report.html")
                #expect(throws: TensorFileError.self) { try learner.report(to: file) }
            }
        }
    }
}
