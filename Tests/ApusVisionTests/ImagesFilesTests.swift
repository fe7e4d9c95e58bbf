// Writing pictures, finding them in folders, and sorting out the unreadable ones.
import Foundation
import Testing

@testable import ApusVision

@Suite("Files of images")
struct ImagesFilesTests {
    @Test("a picture survives PNG unchanged, and JPEG and WebP nearly")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            for mode in [Image.Mode.color, .grayscale] {
                let image = try Image(contentsOf: fixture("photo.jpg"), mode: mode)
                for (name, tolerance) in [("a.png", 0), ("a.jpg", 40), ("a.webp", 60)] {
                    let file = folder.appending(path: name)
                    try image.write(to: file)
                    let back = try Image(contentsOf: file, mode: mode)
                    #expect(try #require(largestDifference(back.bytes, Data(image.bytes))) <= tolerance, "\(name)")
                }
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["a.jpg", "a.png", "a.webp"])
        }
    }

    @Test("writing says what is wrong with the extension, the place and the quality")
    func refusedWriting() throws {
        let image = try Image(width: 1, height: 1, channels: 1, bytes: [1])
        let extensionError = try #require(throws: ImageError.self) {
            try image.write(to: URL(filePath: "/tmp/picture.gif"))
        }
        #expect(extensionError.description.contains("\"gif\" is none of png, jpg, jpeg, webp"))
        let placeError = try #require(throws: ImageError.self) {
            try image.write(to: URL(filePath: "/no/such/folder/picture.png"))
        }
        #expect(placeError.description.hasPrefix("/no/such/folder/picture.png cannot be written"))
        let qualityError = try #require(throws: ImageError.self) { try image.encoded(as: .jpeg(quality: 0)) }
        #expect(qualityError.description.contains("1 to 100; 0 was given"))
    }

    @Test("image files are found by extension, sorted, without hidden ones, and a link back ends")
    func finding() throws {
        try withTemporaryFolder { folder in
            let manager = FileManager.default
            for path in [
                "b.JPG", "a.png", "notes.txt", ".hidden.png", "cats/1.jpeg", "cats/.git/x.png", "dogs/old/2.webp",
            ] {
                let file = folder.appending(path: path)
                try manager.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data([1]).write(to: file)
            }
            // A link back to the top would make an endless walk.
            try manager.createSymbolicLink(
                atPath: folder.appending(path: "dogs/loop").path, withDestinationPath: folder.path)
            func found(recursive: Bool = true, folders: [String]? = nil) throws -> [String] {
                let start = folder.path.count + 1
                return try imageFiles(in: folder, recursive: recursive, folders: folders).map {
                    String($0.path.dropFirst(start))
                }
            }
            #expect(try found() == ["a.png", "b.JPG", "cats/1.jpeg", "dogs/old/2.webp"])
            #expect(try found(recursive: false) == ["a.png", "b.JPG"])
            #expect(try found(folders: ["cats"]) == ["cats/1.jpeg"])
            #expect(try found(folders: ["cats", "."]) == ["a.png", "b.JPG", "cats/1.jpeg"])
        }
        let error = try #require(throws: ImageError.self) { try imageFiles(in: URL(filePath: "/no/such/folder")) }
        #expect(error.description.contains("/no/such/folder"))
    }

    @Test("unreadable files are reported in order, and deleted when asked")
    func verifying() throws {
        try withTemporaryFolder { folder in
            let names = ["photo.jpg", "empty.jpg", "rgb.png", "text.jpg", "truncated.png", "one-pixel.jpg"]
            for name in names {
                try FileManager.default.copyItem(at: fixture(name), to: folder.appending(path: name))
            }
            let files = names.map { folder.appending(path: $0) }
            let failed = verifyImages(files)
            #expect(failed.map(\.file.lastPathComponent) == ["empty.jpg", "text.jpg", "truncated.png"])
            #expect(failed.first?.reason == .empty(file: files[1].path(percentEncoded: false)))
            #expect(verifyImages(files, delete: true).count == 3)
            #expect(try imageFiles(in: folder).map(\.lastPathComponent) == ["one-pixel.jpg", "photo.jpg", "rgb.png"])
        }
    }
}
