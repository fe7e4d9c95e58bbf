// A stranger's application: every part of it is its own, on the public API alone. `scripts/check-client.sh` runs it twice:
// `Stranger train FOLDER` trains and exports, `Stranger predict FOLDER` loads what was exported in another process. Both
// write what they predict, and the answers must be equal.
import Apus
import Foundation

/// Ends the program where something is not as it should be.
func expect(_ isTrue: Bool, _ what: String) {
    guard !isTrue else { return }
    print("stranger: \(what)")
    exit(1)
}

let mode = CommandLine.arguments.dropFirst().first ?? ""
let folder = URL(filePath: CommandLine.arguments.dropFirst(2).first ?? ".", directoryHint: .isDirectory)
let (peaks, both) = (folder.appending(path: "peaks.safetensors"), folder.appending(path: "both.safetensors"))
let melodies = folder.appending(path: "melodies.safetensors")
/// The types of its own that the files name.
let types = StoredTypes.standard.adding(WaveNet.self, WaveHead.self, Octaves.self, Notes.self)
/// Waves that no training has seen.
let waves = Wave.examples(66).suffix(6)

func answers(_ peak: PeakPredictor, _ kinds: BothPredictor, _ notes: TextClassifier) throws -> String {
    let places = try waves.map { "\(try peak.predict($0))" }
    let pairs = try waves.map { wave in
        let (kind, place) = try kinds.predict((wave, wave.row))
        return "\(kind.label) \(place)"
    }
    return (places + pairs).joined(separator: "\n") + "\n" + (try MelodyRun.answers(notes))
}

switch mode {
case "train":
    let (whole, counted) = try PeakRun.train()
    let rows = whole.recorder.rows
    expect(counted.batches == 6 * 6, "the odometer counted \(counted.batches) batches")
    let column = rows.map { $0.value("worst_pitch") ?? .nan }
    expect(rows.count == 6 && column.allSatisfy { $0 > 0 && $0 < 2 }, "the metric's column is \(column)")
    expect((rows[5].validLoss ?? 9) < 0.5 * (rows[0].validLoss ?? 0), "the validation loss is \(rows.map(\.validLoss))")

    // A run that is cut off and started again ends with the same weights, bit for bit.
    let checkpoints = folder.appending(path: "run")
    let (broken, _) = try PeakRun.train(in: checkpoints, failingAt: 15)
    expect(broken.recorder.rows.count < 6, "the run was not cut off")
    let (resumed, again) = try PeakRun.train(in: checkpoints)
    expect(again.batches == counted.batches, "the odometer of the resumed run counted \(again.batches) batches")
    for (own, other) in zip(whole.model.stateDict(), resumed.model.stateDict()) {
        expect(own.tensor.equal(other.tensor), "\(own.name) differs after the pause")
    }

    let worst = try Interpretation(whole).topLosses(3)
    expect(worst.count == 3 && worst[0].loss >= worst[2].loss, "the largest losses are \(worst.map(\.loss))")
    _ = try whole.loaders?.plotBatch()

    let numbers = try NumbersRun.train()
    let confusion = try ClassificationInterpretation(numbers).confusionMatrix
    expect(confusion.flatMap(\.self).reduce(0, +) == 12, "the confusion matrix is \(confusion)")
    expect(try numbers.validate().metrics[0].value > 0.9, "numbers are not told apart")

    let table = try Table(rows: Wave.examples(30).map(\.row))
    let block = try TabularBlock(
        categorical: ["instrument"], continuous: ["octaves"], processes: [.custom(Octaves())] + .standard
    ).fitted(to: table)
    let octaves = try block.processed(table)["octaves"].values(as: Double.self).compactMap(\.self)
    expect(octaves.count == 30 && abs(octaves.reduce(0, +)) < 1e-3, "the octaves are not normalized: \(octaves)")

    let pair = try BothRun.train()
    let kinds = pair.recorder.rows.map { $0.value("kind") ?? 0 }
    expect(kinds.last ?? 0 > 0.6, "the kinds are not learned: \(kinds)")
    let notes = try MelodyRun.train()
    expect(try notes.validate().metrics[0].value > 0.8, "melodies are not told apart")
    expect(notes.pipeline.input.vocabulary?.tokens.prefix(2) == ["xxunk", "xxpad"], "the vocabulary is another one")
    try notes.export(to: melodies, types: types)
    try whole.export(to: peaks, types: types)
    try pair.export(to: both, types: types)
    try answers(whole.predictor, pair.predictor, notes.predictor).write(
        to: folder.appending(path: "trained.txt"), atomically: true, encoding: .utf8)
    print("stranger: trained, resumed, interpreted and exported")

case "predict":
    let found = try answers(
        PeakPredictor(from: peaks, types: types, precision: .float32, device: .cpu),
        BothPredictor(from: both, types: types, precision: .float32, device: .cpu),
        TextClassifier(from: melodies, types: types, precision: .float32, device: .cpu))
    let expected = try String(contentsOf: folder.appending(path: "trained.txt"), encoding: .utf8)
    expect(found == expected, "another process answers\n\(found)and not\n\(expected)")
    print("stranger: another process gives the same \(waves.count) answers of both models, and those of melodies")
    do {
        _ = try TextClassifier(from: melodies)
        expect(false, "the file of melodies loads without its tokenizer")
    } catch { expect("\(error)".contains("\"Notes\""), "it is not told that the tokenizer is missing: \(error)") }
    // The file of waves knows what its training was like.
    var watched = try PeakPredictor(from: peaks, types: types, precision: .float32, device: .cpu)
    let monitor = try ModelFile(peaks).profile().map { try DriftMonitor($0, window: 50) }
    watched.monitor = monitor
    _ = try watched.predict(Array(waves))
    expect(monitor?.report.totalCount == waves.count, "the monitor saw \(monitor?.report.totalCount ?? -1) waves")

default:
    print("usage: Stranger train|predict FOLDER")
    exit(2)
}
