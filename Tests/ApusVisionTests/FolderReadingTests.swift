// Folders that are links, loops of links, and names that are written in more than one way or in none.
import ApusCore
import Foundation
import Testing

@testable import ApusVision

@Suite("Reading folders")
struct FolderReadingTests {
    static let composed = "caf\u{E9}"
    static let decomposed = "cafe\u{301}"

    /// Makes small pictures at paths below a folder.
    private func makePictures(_ paths: [String], in folder: URL) throws {
        let picture = try Image(width: 4, height: 4, channels: 1, bytes: [UInt8](repeating: 9, count: 16))
        for path in paths {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try picture.write(to: file)
        }
    }

    private func link(_ path: String, to target: String, in folder: URL) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: path).path, withDestinationPath: folder.appending(path: target).path)
    }

    private func paths(in folder: URL, folders: [String]? = nil) throws -> [String] {
        let depth = folder.pathComponents.count
        return try imageFiles(in: folder, folders: folders).map {
            $0.pathComponents.dropFirst(depth).joined(separator: "/")
        }
    }

    @Test("a data folder and a class folder that are links are followed, under the names of the links")
    func links() throws {
        try withTemporaryFolder { folder in
            try makePictures(["store/a/1.png", "store/a/deep/2.png", "data/b/3.png"], in: folder)
            try link("data/cat", to: "store/a", in: folder)
            try link("linked", to: "data", in: folder)
            try link("data/4.png", to: "store/a/1.png", in: folder)
            let expected = ["4.png", "b/3.png", "cat/1.png", "cat/deep/2.png"]
            #expect(try paths(in: folder.appending(path: "data")) == expected)
            #expect(try paths(in: folder.appending(path: "linked")) == expected)
            #expect(try paths(in: URL(filePath: folder.path + "/linked/")) == expected)
            #expect(try paths(in: folder.appending(path: "linked"), folders: ["cat"]) == expected.suffix(2))
            let labels = try imageFiles(in: folder.appending(path: "linked"), folders: ["b", "cat"]).map(parentLabel)
            #expect(labels == ["b", "cat", "deep"])
            // What else goes through folders.
            let small = folder.appending(path: "small")
            #expect(try resizeImages(in: folder.appending(path: "linked"), to: small, maxSide: 2).isEmpty)
            #expect(try paths(in: small) == expected)
            #expect(verifyImages(try imageFiles(in: folder.appending(path: "linked"))).isEmpty)
        }
    }

    @Test("loops of links end: to the folder itself, to one above, and from one folder to the other and back")
    func loops() throws {
        try withTemporaryFolder { folder in
            try makePictures(["data/a/1.png", "data/b/2.png"], in: folder)
            try link("data/self", to: "data", in: folder)
            try link("data/a/up", to: "data", in: folder)
            try link("data/a/b", to: "data/b", in: folder)
            try link("data/b/a", to: "data/a", in: folder)
            #expect(try paths(in: folder.appending(path: "data")) == ["a/1.png", "a/b/2.png", "b/2.png", "b/a/1.png"])
        }
    }

    @Test("a name that is not UTF-8 is refused with its bytes, where it is a folder's or a picture's")
    func invalidNames() throws {
        func make(_ bytes: [UInt8], in folder: URL, isFolder: Bool) {
            let path = Array(folder.path.utf8) + [UInt8(ascii: "/")] + bytes + [0]
            path.withUnsafeBufferPointer {
                $0.withMemoryRebound(to: CChar.self) { path in
                    if isFolder {
                        _ = mkdir(path.baseAddress!, 0o700)
                    } else {
                        close(open(path.baseAddress!, O_CREAT | O_WRONLY, 0o600))
                    }
                }
            }
        }
        let latin = Array("caf".utf8) + [0xE9]
        for (bytes, isFolder) in [(latin, true), (latin + Array(".png".utf8), false)] {
            try withTemporaryFolder { folder in
                try makePictures(["data/a/1.png"], in: folder)
                make(bytes, in: folder.appending(path: "data"), isFolder: isFolder)
                let error = try #require(throws: ImageError.self) {
                    try imageFiles(in: folder.appending(path: "data"))
                }
                #expect(error == .invalidName(file: folder.path + "/data/caf\\xE9\(isFolder ? "" : ".png")"))
                #expect(error.description.contains("is not UTF-8") && error.description.contains("Rename"))
            }
        }
        // What is no picture is no matter.
        try withTemporaryFolder { folder in
            try makePictures(["data/a/1.png"], in: folder)
            make(latin + Array(".txt".utf8), in: folder.appending(path: "data"), isFolder: false)
            #expect(try paths(in: folder.appending(path: "data")) == ["a/1.png"])
        }
    }

    @Test("a table's file name and the disk's are one name, whichever way each writes its accents")
    func forms() throws {
        try withTemporaryFolder { folder in
            try makePictures(["\(Self.decomposed)/\(Self.composed).png", "\(Self.composed)2.png", "b.png"], in: folder)
            // Both class folders are one class.
            let rows = try TableRow.rows([
                "file": ["\(Self.composed)/\(Self.decomposed).png", "\(Self.decomposed)2.png", "b.png"],
                "label": [Self.composed, "\(Self.decomposed) ", "b"],
            ])
            let loaders = try ImageDataLoaders.fromRows(
                rows, files: .column(in: folder), label: .column(), split: .none, LoaderOptions(batchSize: 3))
            #expect(loaders.vocabulary == ["b", Self.composed])
            let counts = try loaders.classCounts
            #expect(counts == [1, 2])
            for item in loaders.trainItems { #expect(FileManager.default.fileExists(atPath: item.input.path)) }
            let missing = folder.appending(path: "\(Self.composed)3.png")
            #expect(storedFile(missing) == missing)
        }
    }
}
