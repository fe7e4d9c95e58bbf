// What is wrong with pictures and labels is found before the training, not hours into it.
import ApusCommandSupport
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Synchronization
import Torch

/// What is done with pictures that cannot be read.
enum UnreadableChoice: String, ExpressibleByArgument, CaseIterable {
    /// They are named and left out.
    case skip
    /// The run ends.
    case stop
}

/// What a look at one picture and its label showed.
private enum Finding: Sendable {
    case good(FileFacts.Identity?)
    /// The picture or its partner cannot be read.
    case unreadable(String)
    /// It can be read, but cannot be learned from.
    case wrong(String)

    var unreadable: String? {
        guard case .unreadable(let sentence) = self else { return nil }
        return sentence
    }
    var wrong: String? {
        guard case .wrong(let sentence) = self else { return nil }
        return sentence
    }
}

extension ImageTask {
    /// The task without the pictures that cannot be opened, which are named; refuses labels that do not lie on their
    /// pictures. Of each picture the header alone is read, of each mask all pixels; what was read by an earlier run, and
    /// has not changed since, is not read again.
    ///
    /// - Throws: `DataError` with the first thing that is wrong, in the order of the pictures.
    func checked(facts: FileFacts? = nil) throws -> ImageTask {
        let facts = facts ?? FileFacts(of: options.root)
        let findings = try look(facts)
        facts.save()
        let wrong = findings.compactMap(\.wrong)
        if let first = wrong.first {
            throw DataError(
                first + (wrong.count == 1 ? "" : " (The same goes for \(wrong.count - 1) more of the \(items.count).)"))
        }
        let unreadable = findings.compactMap(\.unreadable)
        if let first = unreadable.first, options.unreadable == .stop || unreadable.count == items.count {
            let others =
                unreadable.count == 1 ? "" : " (So it is with \(unreadable.count - 1) more of the \(items.count).)"
            throw DataError(
                first + (options.unreadable == .stop ? " Or leave such out with --unreadable skip." : "") + others)
        }
        let shown = 5
        for sentence in unreadable.prefix(shown) { Reporting.current.warning("left out: \(sentence)") }
        if unreadable.count > shown {
            Reporting.current.warning(
                "left out: \(unreadable.count) of the \(items.count) pictures, of which these are the first \(shown); "
                    + "--unreadable stop ends the run instead.")
        }
        noteLinks(findings)
        let good = zip(items, findings).filter { $0.1.unreadable == nil }.map(\.0)
        return ImageTask(target: target, items: good, metrics: metrics, options: options)
    }

    /// Looks at all pictures and their partners, on all cores.
    private func look(_ facts: FileFacts) throws -> [Finding] {
        let found = Mutex<[Int: Finding]>([:])
        let checker = try FileChecker(options: options, facts: facts)
        let (items, start) = (items, ContinuousClock.now)
        let told = Mutex(start)
        DispatchQueue.concurrentPerform(iterations: items.count) { place in
            let finding = checker.finding(of: items[place])
            let done = found.withLock { found in
                found[place] = finding
                return found.count
            }
            let now = ContinuousClock.now
            let isTime = told.withLock { last in
                guard done == items.count || now - last > .milliseconds(200) else { return false }
                last = now
                return true
            }
            guard isTime, now - start > .milliseconds(500) else { return }
            var progress = WorkProgress(
                name: "checking files", done: done, total: items.count, seconds: (now - start) / .seconds(1))
            progress.isOver = done == items.count
            Reporting.current.progress(progress)
        }
        let all = found.withLock { $0 }
        return items.indices.compactMap { all[$0] }
    }

    /// Says where several paths lead to one file, so that a picture may be learned from and validated on.
    private func noteLinks(_ findings: [Finding]) {
        var seen: [FileFacts.Identity: URL] = [:]
        var (count, example) = (0, (URL(filePath: "/"), URL(filePath: "/")))
        for (item, finding) in zip(items, findings) {
            guard case .good(let identity?) = finding else { continue }
            if let other = seen[identity], other != item.file {
                if count == 0 { example = (other, item.file) }
                count += 1
            }
            seen[identity] = item.file
        }
        guard count > 0 else { return }
        Reporting.current.warning(
            "\(count) of the \(items.count) pictures are there under another path, too, through links, such as "
                + "\(example.1.path), which is \(example.0.path): one picture may be for training and for validation.")
    }
}

/// Looks at one picture and its label at a time, on any thread.
private struct FileChecker: Sendable {
    let facts: FileFacts
    let isPaired, hasMasks: Bool
    let mayBeColored: Bool
    /// The bytes of the masks' classes; empty where the block will say what is wrong with them.
    let bytes: [UInt8]

    init(options: ImageDataOptions, facts: FileFacts) throws {
        self.facts = facts
        let labels = options.labels
        hasMasks = labels.masks != nil
        isPaired = hasMasks || labels.targets != nil
        let codes = hasMasks ? try labels.codeNames() : []
        let bytes = try labels.maskBytes() ?? codes.indices.map { UInt8(truncatingIfNeeded: $0) }
        self.bytes = bytes.count == codes.count ? bytes : []
        // The luma of a color that people choose is above 14, so that fewer classes cannot be confused with colors.
        mayBeColored = (bytes.max() ?? 0) > 14
    }

    func finding<Label>(of item: LabeledImage<Label>) -> Finding {
        let identity = FileFacts.Identity(of: item.file)
        let size: ImageSize
        do { size = try self.size(of: item.file, identity) } catch { return .unreadable("\(error)") }
        do {
            if isPaired, let other = item.label as? URL {
                do {
                    if let sentence = try problem(of: other, on: item.file, size) { return .wrong(sentence) }
                } catch {
                    return .unreadable("\(error)")
                }
            }
            if let points = item.label as? [ImagePoint?] { try checkPlaces(points, of: item, size) }
        } catch {
            return .wrong("\(error)")
        }
        return .good(identity)
    }

    private func size(of file: URL, _ identity: FileFacts.Identity?) throws -> ImageSize {
        guard let identity else { return try Image.size(of: file) }
        return try facts.fact(of: file, identity, asMask: false) { FileFacts.Fact(size: try Image.size(of: file)) }.size
    }

    /// What is wrong with a mask or target picture.
    ///
    /// - Throws: ``ImageError`` when it cannot be read.
    private func problem(of other: URL, on file: URL, _ size: ImageSize) throws -> String? {
        let identity = FileFacts.Identity(of: other)
        let its = try self.size(of: other, identity)
        guard its.fits(size) else {
            let isTurned = try Image.size(of: file, applyingOrientation: false) != size
            return
                "\(other.path) of \(its) pixels does not fit its picture \(file.path) of \(size) pixels; both must have "
                + "one shape. "
                + (isTurned
                    ? "The picture's EXIF tag turns it upright, its partner is not turned: turn that, or remove the tag, "
                        + "such as with exiftool -Orientation= FILE."
                    : "Check that they belong together.")
        }
        guard hasMasks, !bytes.isEmpty else { return nil }
        let fact: FileFacts.Fact
        if let identity {
            fact = try facts.fact(of: other, identity, asMask: true) { try look(at: other, its) }
        } else {
            fact = try look(at: other, its)
        }
        guard let wrong = Set(fact.values ?? []).subtracting(bytes).min() else {
            return fact.isColored && mayBeColored ? Mask.colorCodedError(other).description : nil
        }
        if fact.isColored { return Mask.colorCodedError(other).description }
        return "\(other.path) has a pixel of the value \(wrong), which is none of the \(bytes.count) classes' "
            + "(\(bytes.map(String.init).joined(separator: ", "))). List all classes in the file of --codes, and give "
            + "their bytes with --mask-values where they are not 0, 1, ..."
    }

    private func look(at mask: URL, _ size: ImageSize) throws -> FileFacts.Fact {
        var isThere = [Bool](repeating: false, count: 256)
        for byte in try Image(contentsOf: mask, mode: .indices).bytes { isThere[Int(byte)] = true }
        let values = (0..<256).filter { isThere[$0] }.map { UInt8($0) }
        let isSuspect = mayBeColored || !Set(values).isSubset(of: bytes)
        return FileFacts.Fact(size: size, values: values, isColored: isSuspect ? try Mask.isColorCoded(mask) : false)
    }

    private func checkPlaces<Label>(_ points: [ImagePoint?], of item: LabeledImage<Label>, _ size: ImageSize) throws {
        for case let point? in points
        where !((-1...Double(size.width) + 1).contains(point.x) && (-1...Double(size.height) + 1).contains(point.y)) {
            throw DataError(
                "\(item.row.map { "Line \($0.line) of the table: " } ?? "")\(item.file.path): The point (\(point.x), "
                    + "\(point.y)) lies outside its picture of \(size) pixels; give pixels of the file, or nothing for a "
                    + "point that is not in the picture.")
        }
    }
}
