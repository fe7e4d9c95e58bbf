// The list of all architectures, joined from the families and the catalog of published weights.
import Foundation

/// All architectures by name.
struct ArchitectureRegistry: Sendable {
    static let shared = ArchitectureRegistry()

    /// One for each variant, then one for each of timm's weights.
    let architectures: [Architecture]
    /// The variants' names.
    let variants: [String]
    private let byName: [String: Architecture]
    private let oldNames: [String: String]

    subscript(name: String) -> Architecture? { byName[name] }

    /// The present name of what was called otherwise.
    func presentName(of name: String) -> String? { oldNames[name] }

    private init() {
        var timm: [String: (ModelFamily, ModelFamily.Variant)] = [:]
        var first: [String: (ModelFamily, ModelFamily.Variant)] = [:]
        var variants: [String] = []
        for family in ModelFamily.all {
            for variant in family.variants {
                if family.publisher == .timm { timm[variant.name] = (family, variant) }
                if first[variant.name] == nil {
                    first[variant.name] = (family, variant)
                    variants.append(variant.name)
                }
            }
        }
        var found: [Architecture] = []
        var byName: [String: Architecture] = [:]
        func add(_ architecture: Architecture) {
            if byName.updateValue(architecture, forKey: architecture.name) == nil { found.append(architecture) }
        }
        let published = Self.rows(Architecture.torchvisionCatalog)
        let tagged = Self.rows(Architecture.timmCatalog)
        let usual = Dictionary(tagged.map { (String($0.name.prefix { $0 != "." }), $0) }) { first, _ in first }
        let torchvision = Dictionary(published.map { ($0.name, $0) }) { first, _ in first }
        for name in variants {
            guard let (family, variant) = first[name] else { continue }
            let row = family.publisher == .torchvision ? torchvision[name] : usual[name]
            // Without a tag the usual weights' name is given, so that an exported model says which they were.
            if family.publisher == .timm, let row {
                byName[name] = Self.architecture(family, variant, row)
            } else {
                add(Self.architecture(family, variant, row ?? Row(name: name)))
            }
        }
        for row in tagged {
            guard let (family, variant) = timm[String(row.name.prefix { $0 != "." })] else { continue }
            add(Self.architecture(family, variant, row))
        }
        self.variants = variants
        architectures = found
        self.byName = byName
        oldNames = Dictionary(
            Architecture.oldNames.split(separator: "\n").compactMap { line in
                let names = line.split(separator: " ").map(String.init)
                return names.count == 2 ? (names[0], names[1]) : nil
            }
        ) { first, _ in first }
    }

    /// A line of the catalog.
    private struct Row {
        let name: String
        var size = 224
        var crop = 0.875
        var interpolation = Architecture.Interpolation.bilinear
        var statistics = "imagenet"
        var weights: Architecture.PublishedWeights?
    }

    private static func rows(_ catalog: String) -> [Row] {
        catalog.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 6, let size = Int(words[1]), let crop = Double(words[2]), let classes = Int(words[5])
            else { return nil }
            let weights: Architecture.PublishedWeights =
                words.count > 6 ? .torchvision(words[6], classes: classes) : .hub("timm/\(words[0])", classes: classes)
            return Row(
                name: words[0], size: size, crop: crop, interpolation: .init(rawValue: words[3]) ?? .bilinear,
                statistics: words[4], weights: weights)
        }
    }

    private static func architecture(
        _ family: ModelFamily, _ variant: ModelFamily.Variant, _ row: Row
    ) -> Architecture {
        let (mean, std): ([Double], [Double]) =
            switch row.statistics {
            case "half": ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
            case "none": ([0, 0, 0], [1, 1, 1])
            case "clip": ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
            default: ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
            }
        return Architecture(
            name: row.name, inputSize: row.size, cropFraction: row.crop,
            interpolation: row.interpolation, mean: mean, std: std, weights: row.weights, features: variant.features,
            isFixedSize: family.isFixedSize,
            form: Architecture.Form(
                cut: family.cut, split: variant.split, publisher: family.publisher, patch: variant.patch,
                renamed: family.renamed,
                make: variant.make))
    }

    /// The names that look most like one, at most eight: those with few letters changed; where there are none, those with
    /// the longest common beginning, and always those that go on from it. Names with a tag are compared where the one has
    /// a tag.
    func names(near name: String) -> [String] {
        let name = name.lowercased()
        let known = name.contains(".") ? byName.keys.sorted() : variants
        let distances = known.map { (name: $0, distance: editDistance(name, $0)) }
        let limit = max(2, name.count / 4)
        let alike = distances.filter { $0.distance <= limit }.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        let beginnings = known.map { ($0, $0.commonPrefix(with: name).count) }
        let longest = beginnings.map(\.1).max() ?? 0
        let isUseful = longest >= 3 && (alike.isEmpty || longest == name.count)
        let begun = !isUseful ? [] : beginnings.filter { $0.1 == longest }.map(\.0).sorted()
        return Array((alike.map(\.name) + begun.filter { begun in !alike.contains { $0.name == begun } }).prefix(8))
    }
}

/// How many letters have to be put in, left out or changed to make one word of another (Levenshtein, 1966).
private func editDistance(_ one: String, _ other: String) -> Int {
    let other = Array(other.utf8)
    var row = Array(0...other.count)
    for (line, letter) in one.utf8.enumerated() {
        var before = row[0]
        row[0] = line + 1
        for (place, own) in other.enumerated() {
            let changed = before + (letter == own ? 0 : 1)
            before = row[place + 1]
            row[place + 1] = min(changed, before + 1, row[place] + 1)
        }
    }
    return row[other.count]
}
