// Weights of an architecture: fetched from their publishers once, and read from a local file.
import ApusCore
import Foundation
import Torch

extension Architecture.PublishedWeights {
    /// Where weights are kept that were fetched: `weights` in the per-user folder, which is `$APUS_HOME`, or `~/.apus`.
    public static var cacheFolder: URL { cacheFolder(environment: ProcessInfo.processInfo.environment) }

    static func cacheFolder(environment: [String: String]) -> URL {
        let chosen = environment["APUS_HOME"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0, isDirectory: true) }
        let home = chosen ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".apus")
        return home.appending(path: "weights", directoryHint: .isDirectory)
    }

    /// The local file of these weights, fetched from their publishers' address when it is not there yet.
    ///
    /// The file's checksum is verified each time; a file that is damaged is fetched again.
    ///
    /// ```swift
    /// let file = try Architecture.resnet34.publishedWeights!.fetch()
    /// let weights = try Architecture.loadWeights(from: file)
    /// ```
    /// - Parameters:
    ///   - folder: Where the file is kept, under its publishers' name.
    ///   - progress: Draws a bar on standard error while the file is fetched.
    /// - Throws: ``DownloadError``, whose sentence says what to do where there is no network.
    @discardableResult
    public func fetch(folder: URL = cacheFolder, progress: Bool = true) throws -> URL {
        guard let address = URL(string: url) else {
            throw DownloadError.invalidAddress(address: url, reason: "it is not a valid address")
        }
        let file = folder.appending(path: try ApusCore.fileName(of: address), directoryHint: .notDirectory)
        try download(from: address, to: file, sha256: sha256Prefix, progress: progress)
        return file
    }
}

extension Architecture {
    /// The tensors of a file of weights by name: safetensors, or a checkpoint of `torch.save` (`.pth`, `.pt`).
    ///
    /// The kind of file is told from its content. A checkpoint may hold the state dict under `state_dict`, `model` or
    /// `model_state_dict`. All tensors are on the CPU.
    ///
    /// - Throws: ``TensorFileError`` for a file that cannot be read, is damaged, or is no file of weights.
    public static func loadWeights(from file: URL) throws -> [String: Tensor] {
        let start = try MappedFile(file)
        // A header of JSON behind its length is what safetensors begins with; no checkpoint has a brace there.
        if start.count > 8, start[8] == UInt8(ascii: "{") { return try Safetensors.load(file) }
        do {
            return Dictionary(try TorchCheckpoint.stateDict(file).map { ($0.name, $0.tensor) }) { _, last in last }
        } catch TensorFileError.foreign(let file, _, let found) {
            throw TensorFileError.foreign(
                file: file, expected: "a file of weights (.safetensors, or .pth and .pt of torch.save)", found: found)
        }
    }
}
