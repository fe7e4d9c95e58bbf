// The letters that the demonstration trains on.

import Foundation
import Synchronization
import Testing

@testable import ApusPlot
@testable import LetterImages

@Suite("Letter images")
struct LetterImagesTests {
    private func files(in folder: URL) throws -> [String: Data] {
        var result: [String: Data] = [:]
        for letter in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + letter) {
                let path = "\(letter)/\(name)"
                result[path] = try Data(contentsOf: folder.appendingPathComponent(path))
            }
        }
        return result
    }

    @Test("one seed gives the same files, another one others")
    func seeds() throws {
        try withFolder { folder in
            let names = ["first", "again", "other"]
            var sets: [[String: Data]] = []
            for (name, seed) in zip(names, [1, 1, 2] as [UInt64]) {
                let place = folder.appendingPathComponent(name)
                try makeLetterImages(in: place, count: 60, size: 32, seed: seed)
                sets.append(try files(in: place))
            }
            #expect(sets[0] == sets[1])
            #expect(Set(sets[0].keys) == Set(sets[2].keys))
            #expect(Set(sets[0].values).isDisjoint(with: sets[2].values))
        }
    }

    @Test("every letter has a folder and the same share of the pictures")
    func folders() throws {
        try withFolder { folder in
            var progress: [Double] = []
            try makeLetterImages(in: folder, count: 60, size: 32) { progress.append($0) }
            let all = try files(in: folder)
            let counts = Dictionary(grouping: all.keys) { $0.prefix(1) }.mapValues(\.count)
            #expect(counts.keys.sorted().joined() == "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            // 60 = 2 x 26 + 8: the first eight letters have one more.
            #expect(counts["A"] == 3 && counts["H"] == 3 && counts["I"] == 2 && counts["Z"] == 2)
            #expect(all["A/A_0000.png"] != nil)
            #expect(progress.last == 1)
            for data in all.values {
                let header = try #require(AnimatedPNG.chunks(of: data).first?.body)
                #expect(Array(header.prefix(8)) == [0, 0, 0, 32, 0, 0, 0, 32])
            }
        }
    }

    @Test("the letters of a legible font look like those of another one")
    func legible() throws {
        let fonts = try legibleFonts(among: FontFile.installed())
        #expect(!fonts.isEmpty)
        #expect(try legibleFonts(among: []).isEmpty)
        let shapes = try #require(try LetterShapes(fonts[0]))
        #expect(shapes.lettersKnown(by: shapes) == 26)
    }

    @Test("pictures in many fonts can be drawn on several threads at once")
    func threads() throws {
        let fonts = try legibleFonts(among: FontFile.installed())
        let sizes = Mutex<[Int]>([])
        // More fonts at a time than Cairo keeps open, so that it closes and reopens them.
        DispatchQueue.concurrentPerform(iterations: 400) { index in
            var random = SplitMix64(seed: UInt64(index))
            let letter = capitals[index % 26]
            let data = try? drawLetter(letter, font: fonts[index % fonts.count], size: 24, random: &random).finish()
            sizes.withLock { $0.append(data?.count ?? 0) }
        }
        #expect(sizes.withLock { $0.count { $0 > 100 } } == 400)
    }

    @Test("too few or too small pictures are refused")
    func refused() {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("apus-never-made")
        #expect(
            sentence { try makeLetterImages(in: folder, count: 3, size: 64) }
                == "3 images of 64 pixels were asked for; ask for at least 26, of 16 to 1024 pixels.")
        #expect(throws: LetterImagesError.self) { try makeLetterImages(in: folder, count: 26, size: 4) }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}
