// Operators against the numbers of PyTorch.
import Testing
import Torch

@Suite("Operations")
struct OperationTests {
    private static let cases = fixtures("operations.json", count: 220)

    @Test("gives PyTorch's numbers", arguments: cases.keys.sorted())
    func operation(name: String) throws {
        let fixture = Self.cases[name]!
        let results = try withTorchErrors { try Self.results(of: fixture) }
        // A Fourier transform is stored as two tensors.
        if let real = fixture.json["output"]?["real"]?.tensor, let imaginary = fixture.json["output"]?["imag"]?.tensor {
            expectClose(results[0].real(), real, rtol: 1e-5, atol: 1e-5)
            expectClose(results[0].imag(), imaginary, rtol: 1e-5, atol: 1e-5)
            return
        }
        try #require(results.count == fixture.outputs.count)
        for (result, expected) in zip(results, fixture.outputs) {
            expectClose(result, expected, rtol: 2e-5, atol: 2e-6)
        }
    }

    /// What Swift's spelling of the case's operator gives; decompositions are compared by their magnitudes, as the
    /// signs of their vectors are free.
    private static func results(of fixture: Fixture) throws -> [Tensor] {
        let function = fixture.function
        let isMagnitude = fixture.name.hasSuffix("magnitudes")
        if let x = fixture.optionalInput("input") {
            if let unary = unary[function] { return [unary(x)] }
            if let other = fixture.optionalInput("other"), let binary = binary[function] { return [binary(x, other)] }
            if let reduced = reduced(function, x, fixture) { return reduced }
            if let shaped = try shaped(function, x, fixture) { return shaped }
            if let found = found(function, x, fixture) { return found }
            if let solved = solved(function, x, fixture) { return isMagnitude ? solved.map { $0.abs() } : solved }
        }
        func number(_ name: String) throws -> Double { try #require(fixture.argument(name)?.double) }
        func int(_ name: String) throws -> Int { try #require(fixture.argument(name)?.int) }
        switch function {
        case "arange":
            let (start, end, step) = (try number("start"), try number("end"), try number("step"))
            // Python's whole numbers are integers.
            return fixture.outputs[0].dtype == .int64
                ? [.arange(Int(start), Int(end), step: Int(step))] : [.arange(start, end, step: step)]
        case "linspace": return [.linspace(try number("start"), try number("end"), steps: try int("steps"))]
        case "logspace": return [.logspace(try number("start"), try number("end"), steps: try int("steps"))]
        case "eye": return [.eye(try int("n"), try int("m"))]
        case "full": return [.full(fixture.argument("shape")!.ints!, try number("value"))]
        case "cat": return [.cat([fixture[input: "a"], fixture[input: "b"]], dim: try int("dim"))]
        case "stack": return [.stack([fixture[input: "a"], fixture[input: "b"]], dim: try int("dim"))]
        case "einsum":
            let operands = (0..<3).compactMap { fixture.optionalInput("operand\($0)") }
            return [.einsum(try #require(fixture.argument("equation")?.string), operands)]
        case "searchsorted": return [fixture[input: "sorted_sequence"].searchsorted(fixture[input: "input"])]
        case "cdist": return [fixture[input: "x1"].cdist(fixture[input: "x2"])]
        default:
            Issue.record("the case has no Swift spelling: \(function)")
            return []
        }
    }

    private static let unary: [String: @Sendable (Tensor) -> Tensor] = [
        "logical_not": { .!$0 }, "isnan": { $0.isNaN() }, "isfinite": { $0.isFinite() }, "neg": { -$0 },
        "abs": { $0.abs() }, "sign": { $0.sign() }, "exp": { $0.exp() }, "expm1": { $0.expm1() }, "sin": { $0.sin() },
        "cos": { $0.cos() }, "tan": { $0.tan() }, "tanh": { $0.tanh() }, "sigmoid": { $0.sigmoid() },
        "erf": { $0.erf() }, "floor": { $0.floor() }, "ceil": { $0.ceil() }, "trunc": { $0.trunc() },
        "relu": { $0.relu() }, "square": { $0.square() }, "atan": { $0.atan() }, "sinh": { $0.sinh() },
        "cosh": { $0.cosh() }, "frac": { $0.frac() }, "log": { $0.log() }, "log2": { $0.log2() },
        "log10": { $0.log10() }, "log1p": { $0.log1p() }, "sqrt": { $0.sqrt() }, "rsqrt": { $0.rsqrt() },
        "reciprocal": { $0.reciprocal() }, "lgamma": { $0.lgamma() }, "digamma": { $0.digamma() },
        "round": { $0.round() }, "diag": { $0.diag() }, "trace": { $0.trace() }, "inv": { $0.inverse() },
        "det": { $0.det() }, "svdvals": { $0.svdvals() }, "cholesky": { $0.cholesky() }, "nonzero": { $0.nonzero() },
        "count_nonzero": { $0.countNonzero() }, "fft.fft": { $0.fft() }, "fft.fft2": { $0.fft2() },
        "argsort": { $0.argsort() },
    ]

    private static let binary: [String: @Sendable (Tensor, Tensor) -> Tensor] = [
        "add": { $0 + $1 }, "sub": { $0 - $1 }, "mul": { $0 * $1 }, "div": { $0 / $1 },
        "maximum": { $0.maximum($1) }, "minimum": { $0.minimum($1) }, "atan2": { $0.atan2($1) },
        "eq": { $0 .== $1 }, "ne": { $0 .!= $1 }, "lt": { $0 .< $1 }, "le": { $0 .<= $1 }, "gt": { $0 .> $1 },
        "ge": { $0 .>= $1 }, "remainder": { $0 % $1 }, "fmod": { $0.fmod($1) },
        "floor_divide": { $0.floorDivide($1) }, "bitwise_and": { $0 .& $1 }, "bitwise_or": { $0 .| $1 },
        "bitwise_xor": { $0 .^ $1 }, "logical_and": { $0.logicalAnd($1) }, "logical_or": { $0.logicalOr($1) },
        "logical_xor": { $0.logicalXor($1) }, "matmul": { $0.matmul($1) }, "solve": { $0.solve($1) },
        "lstsq": { $0.lstsq($1).solution },
    ]

    /// Reductions, over the case's dimensions or over all.
    private static func reduced(_ function: String, _ x: Tensor, _ fixture: Fixture) -> [Tensor]? {
        let dims = fixture.argument("dim")?.ints
        let dim = dims?.first
        let keepDim = fixture.argument("keepdim")?.bool ?? false
        let correction = fixture.argument("correction")?.int.map { Scalar($0) }
        switch function {
        case "sum": return [dims.map { x.sum(dims: $0, keepDim: keepDim) } ?? x.sum()]
        case "mean": return [dims.map { x.mean(dims: $0, keepDim: keepDim) } ?? x.mean()]
        case "prod": return [dim.map { x.prod(dim: $0, keepDim: keepDim) } ?? x.prod()]
        case "std": return [x.std(dims: dims, correction: correction, keepDim: keepDim)]
        case "var": return [x.var(dims: dims, correction: correction, keepDim: keepDim)]
        case "amax": return [x.amax(dims: dims ?? [], keepDim: keepDim)]
        case "amin": return [x.amin(dims: dims ?? [], keepDim: keepDim)]
        case "logsumexp": return [x.logsumexp(dims: dims!, keepDim: keepDim)]
        case "max": return dim.map { both(x.max(dim: $0)) } ?? [x.max()]
        case "min": return dim.map { both(x.min(dim: $0)) } ?? [x.min()]
        case "median": return dim.map { both(x.median(dim: $0)) } ?? [x.median()]
        case "argmax": return [x.argmax(dim: dim, keepDim: keepDim)]
        case "argmin": return [x.argmin(dim: dim, keepDim: keepDim)]
        case "any": return [x.any(dim: dim!)]
        case "all": return [x.all()]
        case "cumsum": return [x.cumsum(dim: dim!)]
        case "cumprod": return [x.cumprod(dim: dim!)]
        case "quantile": return [x.quantile(fixture.argument("q")!.double!)]
        case "histc": return [x.histc(bins: fixture.argument("bins")!.int!, min: -2, max: 2)]
        case "bincount": return [x.bincount(minlength: fixture.argument("minlength")!.int!)]
        case "softmax": return [x.softmax(dim: dim!)]
        case "log_softmax": return [x.logSoftmax(dim: dim!)]
        case "norm": return [x.norm(p: fixture.argument("p")?.double ?? 2, dims: dims, keepDim: keepDim)]
        default: return nil
        }
    }

    /// Shapes, and arithmetic with further arguments.
    private static func shaped(_ function: String, _ x: Tensor, _ fixture: Fixture) throws -> [Tensor]? {
        func ints(_ name: String) -> [Int] { fixture.argument(name)?.ints ?? [] }
        func int(_ name: String) -> Int { fixture.argument(name)!.int! }
        func double(_ name: String) -> Double { fixture.argument(name)!.double! }
        switch function {
        case "tril": return [x.tril(int("diagonal"))]
        case "triu": return [x.triu(int("diagonal"))]
        case "one_hot": return [x.oneHot(numClasses: int("num_classes"))]
        case "pow": return [fixture.optionalInput("exponent").map { x.pow($0) } ?? x.pow(double("exponent"))]
        case "rsub": return [int("scalar") - x]
        case "rdiv": return [int("scalar") / x]
        case "lerp": return [x.lerp(fixture[input: "end"], weight: .double(double("weight")))]
        case "addcmul": return [x.addcmul(fixture[input: "a"], fixture[input: "b"], value: .double(double("value")))]
        case "addcdiv": return [x.addcdiv(fixture[input: "a"], fixture[input: "b"], value: .double(double("value")))]
        case "clamp": return [x.clamp(min: fixture.argument("min")?.double, max: fixture.argument("max")?.double)]
        case "reshape": return [x.reshape(ints("shape"))]
        case "permute": return [x.permute(ints("dims"))]
        case "transpose": return [x.transpose(ints("dims")[0], ints("dims")[1])]
        case "flatten": return [x.flatten(startDim: int("start"))]
        case "expand": return [x.expand(ints("shape"))]
        case "chunk": return x.chunk(int("chunks"), dim: int("dim"))
        case "split": return x.split(ints("sizes"), dim: int("dim"))
        case "flip": return [x.flip(ints("dims"))]
        case "roll": return [x.roll(ints("shifts"), dims: ints("dim"))]
        case "repeat": return [x.repeated(ints("sizes")[0], ints("sizes")[1])]
        case "repeat_interleave": return [x.repeatInterleave(int("repeats"), dim: int("dim"))]
        case "unfold": return [x.unfold(dim: int("dim"), size: int("size"), step: int("step"))]
        case "to":
            let name = fixture.argument("dtype")?.string
            return [x.to(try #require(DType.allCases.first { $0.description == name }))]
        default: return nil
        }
    }

    /// Sorting, searching and indexing.
    private static func found(_ function: String, _ x: Tensor, _ fixture: Fixture) -> [Tensor]? {
        let dim = fixture.argument("dim")?.int
        let index = fixture.optionalInput("index")
        switch function {
        case "sort":
            if fixture.argument("stable") != nil { return both(x.sort(stable: true)) }
            return both(x.sort(dim: dim!, descending: fixture.argument("descending")?.bool ?? false))
        case "topk":
            let largest = fixture.argument("largest")?.bool ?? true
            return both(x.topk(fixture.argument("k")!.int!, dim: dim ?? -1, largest: largest))
        case "where": return [x.where(fixture[input: "condition"], else: fixture[input: "other"])]
        case "gather": return [x.gather(dim: dim!, index!)]
        case "scatter": return [x.scatter(dim: dim!, index!, fixture[input: "src"])]
        case "scatter_add": return [x.scatterAdd(dim: dim!, index!, fixture[input: "src"])]
        case "index_select": return [x.indexSelect(dim: dim!, index!)]
        case "index_add": return [x.indexAdd(dim: dim!, index!, fixture[input: "source"])]
        case "index_fill": return [x.indexFill(dim: dim!, index!, .int(fixture.argument("value")!.int!))]
        case "masked_fill": return [x.maskedFill(fixture[input: "mask"], fixture.argument("value")!.double!)]
        case "masked_select": return [x.maskedSelect(fixture[input: "mask"])]
        case "unique":
            if let dim { return [x.unique(dim: dim)] }
            let unique = x.uniqueCounts()
            return [unique.values, unique.inverse, unique.counts]
        case "bucketize": return [x.bucketize(fixture[input: "boundaries"], right: true)]
        default: return nil
        }
    }

    /// Products, decompositions and Fourier transforms.
    private static func solved(_ function: String, _ x: Tensor, _ fixture: Fixture) -> [Tensor]? {
        switch function {
        case "bmm": return [x.bmm(fixture[input: "mat2"])]
        case "outer": return [x.outer(fixture[input: "vec2"])]
        case "svd":
            let svd = x.svd(fullMatrices: false)
            return [svd.u, svd.s, svd.vh]
        case "qr": return both(x.qr())
        case "eigh": return both(x.eigh())
        case "fft.rfft": return [x.rfft()]
        case "fft.irfft": return [x.rfft().irfft()]
        case "stft": return [x.stft(nFFT: 4, hopLength: 2, window: .hannWindow(4))]
        default: return nil
        }
    }

    private static func both<First, Second>(_ pair: (First, Second)) -> [Tensor] {
        [pair.0, pair.1].compactMap { $0 as? Tensor }
    }
}
