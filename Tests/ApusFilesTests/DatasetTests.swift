// Published data sets, from a server on this computer.
import Foundation
import LoopbackServer
import Testing

@testable import ApusFiles

extension FileTests {
    @Suite("Data sets") struct DatasetTests {
        private let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
        private func remove() { try? FileManager.default.removeItem(at: folder) }
        private var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        }
        private func hidden(_ name: String) -> [String] {
            let path = folder.appending(path: ".\(name)").path
            return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        }
        private func server(_ archive: Data, cutAfter: Int? = nil) throws -> LoopbackServer {
            let bytes = [UInt8](archive)
            return try LoopbackServer { request, index in
                var answer = LoopbackServer.Answer.file(bytes, tag: "\"1\"", for: request)
                if index == 0 { answer.cutAfter = cutAfter }
                return answer
            }
        }

        @Test("a data set is fetched once; a folder that holds all of it is its own")
        func once() async throws {
            defer { remove() }
            let server = try server(archiveFixture("with notes.tgz"))
            let set = PublishedDataset("digits", address: server.url("set.tgz"))
            for _ in 0..<2 {
                let path = try await set.fetch(to: folder, progress: false)
                #expect(path == folder.appending(path: "digits", directoryHint: .isDirectory))
                #expect(try String(contentsOf: path.appending(path: "é.txt"), encoding: .utf8) == "naïve\n")
            }
            #expect(server.requests.count == 1)
            #expect(names == [".digits", "digits"])
            #expect(hidden("digits") == ["lock", "record.json"])
        }

        @Test("an archive with several folders keeps them")
        func several() async throws {
            defer { remove() }
            let server = try server(archiveFixture("two.tgz"))
            let path = try await PublishedDataset("two", address: server.url("two.tgz")).fetch(
                to: folder, progress: false)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path.path).sorted() == ["a", "b"])
        }

        @Test("a folder whose links lead beside it is kept where they mean the same")
        func linkBeside() async throws {
            defer { remove() }
            let server = try server(archiveFixture("link beside.tgz"))
            let path = try await PublishedDataset("set", address: server.url("set.tgz")).fetch(
                to: folder, progress: false)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path.path) == ["top"])
        }

        @Test("a download that broke goes on in the next run, where the server names the version")
        func resumed() throws {
            defer { remove() }
            let archive = try archiveFixture("good.tar")
            let bytes = [UInt8](archive)
            let server = try LoopbackServer { request, index in
                var answer = LoopbackServer.Answer.file(bytes, tag: "\"1\"", for: request)
                if index < 2 { answer.cutAfter = 2000 }
                return answer
            }
            let file = folder.appending(path: "set.tar")
            func run() throws {
                try Download(
                    address: server.url("set.tar"), file: file, sha256: nil, progress: nil,
                    limits: DownloadLimits(silence: 5), pauses: [0.01]
                ).run()
            }
            #expect(throws: DownloadError.self) { try run() }
            #expect(names == [".set.tar.partial", ".set.tar.partial.json"])
            try run()
            #expect(try Data(contentsOf: file) == archive)
            #expect(server.requests.map { $0.fields["range"] } == [nil, "bytes=2000-", "bytes=4000-"])
            #expect(names == ["set.tar"])
        }

        @Test("the beginning of another version is not gone on with in the next run")
        func otherVersion() throws {
            defer { remove() }
            let (old, new) = ([UInt8](repeating: 1, count: 5000), [UInt8](try archiveFixture("good.tar")))
            let server = try LoopbackServer { request, index in
                index == 0
                    ? .init(200, old, fields: ["ETag": "\"old\""], cutAfter: 2000)
                    : .file(new, tag: "\"new\"", for: request)
            }
            let file = folder.appending(path: "set.tar")
            func run() throws {
                try Download(
                    address: server.url("set.tar"), file: file, sha256: nil, progress: nil,
                    limits: DownloadLimits(silence: 5), pauses: []
                ).run()
            }
            #expect(throws: DownloadError.self) { try run() }
            try run()
            #expect(try [UInt8](Data(contentsOf: file)) == new)
        }

        @Test("an archive that is not the published one is refused and deleted")
        func published() async throws {
            defer { remove() }
            let archive = try archiveFixture("good.tgz")
            let server = try server(archive)
            let address = server.url("set.tgz")
            // By md5sum and sha256sum.
            let size = Int64(archive.count)
            let right = PublishedDataset("a", address: address, size: size, startMD5: goodMD5, sha256: goodSHA256)
            try await right.fetch(to: folder, progress: false)
            let wrong = [
                PublishedDataset("b", address: address, size: size + 1),
                PublishedDataset("b", address: address, size: size, startMD5: String(repeating: "0", count: 32)),
                PublishedDataset("b", address: address, sha256: "0123"),
            ]
            for set in wrong {
                let error = await #expect(throws: DownloadError.self) {
                    try await set.fetch(to: folder, progress: false)
                }
                #expect("\(try #require(error))".contains("was deleted"))
            }
            #expect(names == [".a", ".b", "a"])
            #expect(hidden("b") == ["lock"])
        }

        @Test("a file that differs from the one fetched before is refused, until its record is deleted")
        func changed() async throws {
            defer { remove() }
            let (old, new) = ([UInt8](try archiveFixture("good.tgz")), [UInt8](try archiveFixture("two.tgz")))
            let server = try LoopbackServer { _, index in .init(200, index == 0 ? old : new) }
            let set = PublishedDataset("set", address: server.url("set.tgz"))
            let path = try await set.fetch(to: folder, progress: false)
            try FileManager.default.removeItem(at: path)
            let record = folder.appending(path: ".set/record.json")
            let error = await #expect(throws: DownloadError.self) { try await set.fetch(to: folder, progress: false) }
            guard case .changed(_, goodSHA256, _, record.path) = try #require(error) else {
                Issue.record("\(String(describing: error))")
                return
            }
            try FileManager.default.removeItem(at: record)
            try await set.fetch(to: folder, progress: false)
            #expect(FileManager.default.fileExists(atPath: path.appending(path: "a/1.txt").path))
        }

        @Test("a hostile archive is refused, deleted, and leaves nothing")
        func hostile() async throws {
            defer { remove() }
            let server = try server(archiveFixture("unsafe: parent.tgz"))
            let set = PublishedDataset("set", address: server.url("set.tgz"))
            await #expect(throws: ArchiveError.self) { try await set.fetch(to: folder, progress: false) }
            #expect(names == [".set"])
            #expect(hidden("set") == ["lock", "record.json"])
        }

        @Test("what a killed run left is cleared away, and two runs at once fetch once")
        func atOnce() async throws {
            defer { remove() }
            let left = folder.appending(path: ".set/unpacking/half")
            try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
            let server = try server(archiveFixture("good.zip"))
            let set = PublishedDataset("set", address: server.url("set.zip"))
            let folder = folder
            async let first = set.fetch(to: folder, progress: false)
            async let second = set.fetch(to: folder, progress: false)
            _ = try await (first, second)
            #expect(server.requests.count == 1)
            #expect(names == [".set", "set"])
            #expect(hidden("set") == ["lock", "record.json"])
        }

        @Test("the catalog's names and addresses are each once and sound")
        func catalog() throws {
            #expect(Set(Datasets.all.map(\.name)).count == Datasets.all.count)
            #expect(Set(Datasets.all.map(\.address)).count == Datasets.all.count)
            for set in Datasets.all {
                try Download.check(set.address)
                #expect(set.startMD5?.count ?? 32 == 32)
                #expect(["tgz", "zip"].contains(set.address.pathExtension))
            }
            // As fastai's list has it.
            #expect(
                Datasets.pets.address.absoluteString == "https://s3.amazonaws.com/fast-ai-imageclas/oxford-iiit-pet.tgz"
            )
            #expect(Datasets.pets.size == 811_706_944)
            #expect(Datasets.pets.startMD5 == "e4db5c768afd933bb91f5f594d7417a4")
        }

        @Test("a name that leads elsewhere is refused", arguments: ["", "..", ".x", "a/b"])
        func badName(name: String) async throws {
            let address = try #require(URL(string: "https://example.org/a.tgz"))
            await #expect(throws: DownloadError.self) {
                try await PublishedDataset(name, address: address).fetch(to: folder, progress: false)
            }
        }
    }
}

private let goodMD5 = "fde34395a83823c666cff516c7092e29"
private let goodSHA256 = "84942e3ab7dbd80fda4a67556767bb1fa011a0ec189ccd6f686865ef0677263c"
