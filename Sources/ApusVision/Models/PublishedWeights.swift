// Weights of an architecture: fetched from their publishers once, and read from a local file.
import ApusCore
import Foundation
import Torch

extension Architecture {
    /// Weights that the makers of an architecture publish.
    public struct PublishedWeights: Sendable, Hashable {
        /// Where they are: `https://...`.
        public let url: String
        /// The first digits of the file's SHA-256 sum, which the file's name carries; nil on the hub, whose names don't.
        public let sha256Prefix: String?
        /// The repository of the Hugging Face hub that they are in, such as "timm/convnext_tiny.fb_in22k".
        public let hubName: String?
        /// The number of classes that they know.
        public let classes: Int

        init(url: String, sha256Prefix: String?, hubName: String? = nil, classes: Int) {
            self.url = url
            self.sha256Prefix = sha256Prefix
            self.hubName = hubName
            self.classes = classes
        }

        /// A file of torchvision's, named "NAME-CHECKSUM.pth".
        static func torchvision(_ file: String, classes: Int) -> PublishedWeights {
            let checksum = file.split(separator: "-").last?.prefix { $0 != "." }
            return PublishedWeights(
                url: "https://download.pytorch.org/models/\(file)", sha256Prefix: checksum.map(String.init),
                classes: classes)
        }

        /// The file of a repository of the hub.
        static func hub(_ name: String, classes: Int) -> PublishedWeights {
            PublishedWeights(
                url: "https://huggingface.co/\(name)/resolve/main/model.safetensors", sha256Prefix: nil, hubName: name,
                classes: classes)
        }

        /// The last part of the address.
        public var fileName: String { url.split(separator: "/").last.map(String.init) ?? url }
    }
}

extension Architecture.PublishedWeights {
    /// Where weights are kept that were fetched: `weights` in the per-user folder, which is `$APUS_HOME`, or `~/.apus`.
    public static var cacheFolder: URL { cacheFolder(environment: ProcessInfo.processInfo.environment) }

    static func cacheFolder(environment: [String: String]) -> URL {
        perUserFolder(environment: environment).appending(path: "weights", directoryHint: .isDirectory)
    }

    /// The local file of these weights, fetched from their publishers' address when it is not there yet.
    ///
    /// The checksum of a file that has one is verified each time, and a file that is damaged is fetched again. Files of
    /// the hub are fetched as ``fetchFromHub(_:folder:endpoint:progress:)`` does.
    ///
    /// ```swift
    /// let file = try Architecture.resnet34.publishedWeights!.fetch()
    /// let weights = try Architecture.loadWeights(from: file)
    /// ```
    /// - Parameters:
    ///   - folder: Where the file is kept, under its publishers' name.
    ///   - progress: Whether ``Reporting/current`` is told how far the download is.
    /// - Throws: ``DownloadError``, whose sentence says what to do where there is no network.
    @discardableResult
    public func fetch(folder: URL = cacheFolder, progress: Bool = true) throws -> URL {
        if let hubName { return try fetchFromHub(hubName, folder: folder, progress: progress) }
        guard let address = URL(string: url) else {
            throw DownloadError.invalidAddress(address: url, reason: "it is not a valid address")
        }
        let file = folder.appending(path: try ApusFiles.fileName(of: address), directoryHint: .notDirectory)
        try download(from: address, to: file, sha256: sha256Prefix, progress: progress)
        return file
    }

    /// The file of these weights in a folder: under its publishers' name, or as in a copy of the hub's repository.
    ///
    /// - Throws: ``TensorFileError`` where there is none.
    public func file(in folder: URL) throws -> URL {
        var names = [fileName, "model.safetensors", "pytorch_model.bin"]
        if let hubName {
            let repository = hubName.split(separator: "/").last.map(String.init) ?? hubName
            names =
                [
                    "\(repository).safetensors", "\(hubName)/model.safetensors", "\(repository)/model.safetensors",
                    "\(repository).pth",
                ] + names
        }
        let files = names.map { folder.appending(path: $0, directoryHint: .notDirectory) }
        guard let found = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw TensorFileError.unreadable(
                file: folder.path, reason: "it has none of \(names.joined(separator: ", "))")
        }
        return found
    }
}

/// The weights in a repository of the Hugging Face hub, fetched when they are not there yet.
///
/// ```swift
/// let weights = try Architecture.loadWeights(from: fetchFromHub("timm/convnext_tiny.fb_in22k"))
/// ```
/// - Parameters:
///   - repository: Owner and name, "timm/convnext_tiny.fb_in22k".
///   - folder: Where the file is kept: under the owner and the name.
///   - endpoint: The hub's address; by default that of the variable `HF_ENDPOINT`, or https://huggingface.co.
///   - progress: Whether ``Reporting/current`` is told how far the download is.
/// - Returns: `model.safetensors`, or `pytorch_model.bin` of a repository that has no other.
/// - Throws: ``DownloadError``, whose sentence says what to do where there is no network.
@discardableResult
public func fetchFromHub(
    _ repository: String, folder: URL = Architecture.PublishedWeights.cacheFolder, endpoint: URL? = nil,
    progress: Bool = true
) throws -> URL {
    guard repository.contains("/") else {
        throw DownloadError.invalidAddress(
            address: repository, reason: "a repository of the hub is an owner and a name, such as timm/resnet18.a1_in1k"
        )
    }
    let hub = try HubRepository(repository, in: folder, endpoint: endpoint, progress: progress)
    let names = ["model.safetensors", "pytorch_model.bin"]
    if let name = names.first(where: hub.has) { return hub.place(of: name) }
    do {
        return try hub.file(names[0])
    } catch DownloadError.refused(_, 404) {
        do {
            return try hub.file(names[1])
        } catch DownloadError.refused(let address, 404) where repository.hasPrefix("timm/") {
            // For a name that timm has not, the names that look like it help more.
            _ = try Architecture.named(repository)
            throw DownloadError.refused(address: address, status: 404)
        }
    }
}

extension Architecture {
    /// The tensors of a file of weights by name: safetensors, or a checkpoint of `torch.save` (`.pth`, `.pt`, `.bin`).
    ///
    /// The kind of file is told from its content. A checkpoint may hold the state dict under `state_dict`, `model` or
    /// `model_state_dict`, and its names may begin with `module.` or `_orig_mod.`, as of a model that was trained on several
    /// devices or compiled. All tensors are on the CPU.
    ///
    /// - Throws: ``TensorFileError`` for a file that cannot be read, is damaged, or is no file of weights.
    public static func loadWeights(from file: URL) throws -> [String: Tensor] {
        if try Safetensors.isFormat(of: file) { return withoutWrappers(try Safetensors.load(file)) }
        do {
            return withoutWrappers(
                Dictionary(try TorchCheckpoint.stateDict(file).map { ($0.name, $0.tensor) }) { _, last in last })
        } catch TensorFileError.foreign(let file, _, let found) {
            throw TensorFileError.foreign(
                file: file, expected: "a file of weights (.safetensors, or .pth and .pt of torch.save)", found: found)
        }
    }

    /// The tensors without what a wrapper around the model put before all of their names.
    static func withoutWrappers(_ weights: [String: Tensor]) -> [String: Tensor] {
        for wrapper in ["module.", "_orig_mod."] where weights.keys.allSatisfy({ $0.hasPrefix(wrapper) }) {
            let plain = weights.map { (String($0.key.dropFirst(wrapper.count)), $0.value) }
            return weights.isEmpty ? weights : withoutWrappers(Dictionary(plain) { first, _ in first })
        }
        return weights
    }
}
