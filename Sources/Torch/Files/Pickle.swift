// Reads plain pickles of Python, such as the vocabularies that fastai saves.
import Foundation

/// Files that Python's `pickle.dump` wrote, of numbers, texts, lists, tuples and dictionaries only.
///
/// A pickle may run any program when Python loads it. This reader runs nothing, and refuses a file that refers to a class or
/// function, by name.
///
/// ```swift
/// let words = try Pickle.load(URL(filePath: "itos_wt103.pkl")).items?.compactMap(\.string)
/// ```
public enum Pickle {
    /// The value that was saved.
    ///
    /// - Throws: ``TensorFileError/refused(file:name:)`` for a class or function, and other cases for files that are damaged
    ///   or no pickle.
    public static func load(_ url: URL) throws -> TorchValue {
        let file = try MappedFile(url)
        guard file.count > 2, file[0] == 0x80 else {
            throw TensorFileError.foreign(
                file: file.path, expected: "a pickle of protocol 2 or later", found: file.foreignContent())
        }
        var reader = PickleReader(file, 0..<file.count)
        let root = try reader.read()
        guard reader.storages.isEmpty else {
            throw TensorFileError.foreign(
                file: file.path, expected: "a pickle of plain values",
                found: "it has tensors; read it with TorchCheckpoint")
        }
        return try TorchValueBuilder(file, reader, memory: [:]).value(of: root)
    }
}
