"""Makes the expected results of tensor operations, as PyTorch computes them.

usage: python make_tensor_fixtures.py        (PyTorch 2.13, CPU; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

random.json      name -> {"seed", "function", "args", "output"}: torch.manual_seed(seed), then the one call; `outputs`
                 (a list) where calls follow each other on one seed.
printing.json    name -> {"input": tensor, "requires_grad": bool, "output": what print() shows}; `input` is null for
                 tensors described by "make" instead (too large to store).
indexing.json    name -> {"input": tensor, "index": spelled as in Python, "output": tensor}; with "value" also set:
                 the assignment input[index] = value, and output is the whole tensor afterwards.
operations.json  name -> {"function", "inputs": {name: tensor}, "args": {...}, "output": tensor or list of tensors}
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import torch
import torch.nn.functional as F

from fixture_json import sample, write

here = Path(__file__).parent


def random_cases():
    cases = {}

    def case(name, seed, function, output, **args):
        cases[name] = {"seed": seed, "function": function, "args": args, "output": output}

    def seeded(seed, call):
        torch.manual_seed(seed)
        return call()

    # Below 16 elements normal numbers are drawn one by one, from 16 on in blocks: two algorithms.
    for shape in ([3, 4], [15], [16], [17], [4, 8], [5, 7], [100]):
        label = "x".join(map(str, shape))
        case(f"randn {label}", 42, "randn", seeded(42, lambda: torch.randn(shape)), shape=shape)
        case(f"rand {label}", 42, "rand", seeded(42, lambda: torch.rand(shape)), shape=shape)
    for seed in (0, 1, 7, 123456789012):
        case(f"randn 2x3 seed {seed}", seed, "randn", seeded(seed, lambda: torch.randn(2, 3)), shape=[2, 3])
    for dtype in (torch.float64, torch.bfloat16, torch.float16):
        for count in (6, 20):
            name = str(dtype).removeprefix("torch.")
            case(
                f"randn {count} {name}",
                42,
                "randn",
                seeded(42, lambda: torch.randn(count, dtype=dtype)),
                shape=[count],
                dtype=name,
            )
            case(
                f"rand {count} {name}",
                42,
                "rand",
                seeded(42, lambda: torch.rand(count, dtype=dtype)),
                shape=[count],
                dtype=name,
            )
    case("randint 0 10", 42, "randint", seeded(42, lambda: torch.randint(0, 10, (3, 5))), low=0, high=10, shape=[3, 5])
    case("randint -5 5", 3, "randint", seeded(3, lambda: torch.randint(-5, 5, (20,))), low=-5, high=5, shape=[20])
    case("randint wide", 3, "randint", seeded(3, lambda: torch.randint(0, 2**40, (6,))), low=0, high=2**40, shape=[6])
    for count in (1, 10, 31):
        case(f"randperm {count}", 42, "randperm", seeded(42, lambda: torch.randperm(count)), n=count)
    case("normal 10", 42, "normal", seeded(42, lambda: torch.normal(2.0, 3.0, (10,))), mean=2.0, std=3.0, shape=[10])
    case("normal 20", 42, "normal", seeded(42, lambda: torch.normal(2.0, 3.0, (20,))), mean=2.0, std=3.0, shape=[20])
    case(
        "normal_ 5x5",
        42,
        "normal_",
        seeded(42, lambda: torch.zeros(5, 5).normal_(0, 0.01)),
        mean=0.0,
        std=0.01,
        shape=[5, 5],
    )
    case(
        "uniform_ 5x5",
        42,
        "uniform_",
        seeded(42, lambda: torch.zeros(5, 5).uniform_(-2, 3)),
        low=-2.0,
        high=3.0,
        shape=[5, 5],
    )
    probabilities = torch.tensor([0.0, 0.1, 0.25, 0.5, 0.5, 0.75, 0.9, 1.0] * 4)
    cases["bernoulli of a tensor"] = {
        "seed": 42,
        "function": "bernoulli",
        "args": {"input": probabilities},
        "output": seeded(42, lambda: torch.bernoulli(probabilities)),
    }
    case("bernoulli_ 0.3", 42, "bernoulli_", seeded(42, lambda: torch.zeros(40).bernoulli_(0.3)), p=0.3, shape=[40])
    cases["multinomial with replacement"] = {
        "seed": 42,
        "function": "multinomial",
        "args": {"input": torch.tensor([0.1, 0.2, 0.3, 0.4]), "num_samples": 12, "replacement": True},
        "output": seeded(42, lambda: torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 12, replacement=True)),
    }
    cases["multinomial without replacement"] = {
        "seed": 42,
        "function": "multinomial",
        "args": {"input": torch.tensor([0.1, 0.2, 0.3, 0.4]), "num_samples": 3, "replacement": False},
        "output": seeded(42, lambda: torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 3)),
    }
    for p in (0.1, 0.5):
        case(
            f"dropout {p}",
            42,
            "dropout",
            seeded(42, lambda: F.dropout(torch.ones(6, 6), p, training=True)),
            p=p,
            shape=[6, 6],
        )
    case(
        "dropout2d 0.5",
        42,
        "dropout2d",
        seeded(42, lambda: F.dropout2d(torch.ones(2, 6, 2, 2), 0.5, training=True)),
        p=0.5,
        shape=[2, 6, 2, 2],
    )
    case(
        "exponential_ 6", 42, "exponential_", seeded(42, lambda: torch.zeros(6).exponential_(2.0)), rate=2.0, shape=[6]
    )
    torch.manual_seed(42)
    cases["calls follow each other"] = {
        "seed": 42,
        "function": ["randn 3", "rand 2", "randint 0 100 4", "randn 17", "randperm 5", "randn 1"],
        "args": {},
        "outputs": [
            torch.randn(3),
            torch.rand(2),
            torch.randint(0, 100, (4,)),
            torch.randn(17),
            torch.randperm(5),
            torch.randn(1),
        ],
    }
    generator = torch.Generator().manual_seed(9)
    torch.manual_seed(42)
    cases["a generator of one's own leaves the global one alone"] = {
        "seed": 42,
        "function": ["randn 4 from a generator seeded 9", "randn 4 from the global one"],
        "args": {},
        "outputs": [torch.randn(4, generator=generator), torch.randn(4)],
    }
    return cases


def printing_cases():
    cases = {}

    def case(name, value, make=None):
        cases[name] = {"input": None if make else value, "requires_grad": value.requires_grad, "output": repr(value)}
        if make:
            cases[name]["make"] = make

    nan, inf = float("nan"), float("inf")
    case("int vector", torch.tensor([1, 2, 3]))
    case("int matrix of mixed widths", torch.tensor([[1, -20], [300, 4]]))
    case("int scalar", torch.tensor(7))
    case("whole floats", torch.tensor([1.0, 2.0, 3.0]))
    case("whole floats, wide", torch.tensor([1.0, 20.0, 300.0]))
    case("floats", torch.tensor([0.5, -1.25, 3.14159265]))
    case("float scalar", torch.tensor(3.14159265))
    case("whole float scalar", torch.tensor(2.0))
    case("small float scalar", torch.tensor(1.5e-5))
    case("large float scalar", torch.tensor(123456789.0))
    case("large whole floats go scientific", torch.tensor([1e8, 2.0]))
    case("small floats go scientific", torch.tensor([1e-5, 2e-5]))
    case("mixed magnitudes go scientific", torch.tensor([0.001, 1000.5, 12345.678]))
    case("mixed magnitudes within 1000", torch.tensor([0.5, 100.25]))
    case("zeros", torch.zeros(2, 3))
    case("negative zero", torch.tensor([-0.0, 0.0]))
    case("bool", torch.tensor([[True, False], [False, True]]))
    case("bool scalar", torch.tensor(True))
    case("nan and inf with floats", torch.tensor([nan, inf, -inf, 1.5]))
    case("nan and inf with whole floats", torch.tensor([nan, 1.0, inf]))
    case("only nan", torch.tensor([nan, nan]))
    case("empty", torch.tensor([]))
    case("empty int", torch.tensor([], dtype=torch.int64))
    case("empty with shape", torch.zeros(0, 3))
    case("empty int with shape", torch.zeros(2, 0, dtype=torch.int32))
    case("float64", torch.tensor([1.5, 2.5], dtype=torch.float64))
    case("float16", torch.tensor([1.5, 2.5], dtype=torch.float16))
    case("bfloat16", torch.tensor([1.5, 2.25, -3.0], dtype=torch.bfloat16))
    case("int32", torch.tensor([1, 2], dtype=torch.int32))
    case("uint8", torch.tensor([[0, 128], [255, 7]], dtype=torch.uint8))
    case("int8 scalar", torch.tensor(-5, dtype=torch.int8))
    case("requires grad", torch.tensor([1.0, 2.0], requires_grad=True))
    case("requires grad scalar", torch.tensor(0.5, requires_grad=True))
    case("requires grad float64", torch.tensor([1.5], dtype=torch.float64, requires_grad=True))
    case("matrix", sample(3, 4, seed=1))
    case("three dimensions", sample(2, 2, 3, seed=2))
    case("four dimensions", sample(2, 1, 2, 2, seed=3))
    case("three dimensions of ints", torch.arange(12).reshape(2, 3, 2))
    case("a long vector wraps", torch.arange(40))
    case("a long float vector wraps", torch.arange(25) / 8)
    case("wide rows wrap", torch.arange(50).reshape(2, 25))
    case("more than 1000 elements", torch.arange(1001), make="arange(1001)")
    case("exactly 1000 elements", torch.arange(1000), make="arange(1000)")
    case("large matrix", torch.arange(10000.0).reshape(100, 100), make="arange(10000, float32).reshape(100, 100)")
    case("large and deep", torch.zeros(8, 20, 20), make="zeros(8, 20, 20)")
    case("tall", (torch.arange(2000) * 0.5).reshape(1000, 2), make="(arange(2000) * 0.5).reshape(1000, 2)")
    case("negative exponent and whole", torch.tensor([[1e-4, 1.0], [2.0, 3.0]]))
    case("tiny and zero", torch.tensor([0.0, 1e-10]))
    case("huge float64", torch.tensor([1e300, 1.0], dtype=torch.float64))
    case("max int64", torch.tensor([2**63 - 1, -(2**63)]))
    case("one element matrix", torch.tensor([[4.2]]))
    grad = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    cases["computed from a tensor that requires grad"] = {
        "input": None,
        "make": "tensor([1., 2.], requires_grad) * 2",
        "requires_grad": True,
        "output": repr(grad),
    }
    return cases


def indexing_cases():
    cases = {}
    cube = torch.arange(24).reshape(2, 3, 4)
    vector = torch.arange(10)
    grid = sample(3, 4, seed=11)

    def read(name, x, index, spelled):
        cases[name] = {"input": x, "index": spelled, "output": x[index]}

    def assign(name, x, index, spelled, value):
        y = x.clone()
        y[index] = value
        cases[name] = {"input": x, "index": spelled, "value": value, "output": y}

    read("one integer", cube, 1, "1")
    read("negative integer", cube, -1, "-1")
    read("two integers", cube, (0, 2), "0, 2")
    read("all integers", cube, (1, 2, 3), "1, 2, 3")
    read("a range", vector, slice(2, 5), "2:5")
    read("a range from", vector, slice(7, None), "7:")
    read("a range up to a negative end", vector, slice(None, -3), ":-3")
    read("a stride", vector, slice(None, None, 3), "::3")
    read("a range with a stride", vector, slice(1, 9, 2), "1:9:2")
    read("a range past the end", vector, slice(8, 100), "8:100")
    read("an empty range", vector, slice(5, 5), "5:5")
    read("ranges of two axes", cube, (slice(None), slice(1, 3)), ":, 1:3")
    read("ellipsis then integer", cube, (..., 1), "..., 1")
    read("integer, ellipsis, range", cube, (0, ..., slice(1, 3)), "0, ..., 1:3")
    read("new axis first", cube, (None,), "None")
    read("new axis between", cube, (slice(None), None, 1), ":, None, 1")
    read("new axis last", vector, (..., None), "..., None")
    rows = torch.tensor([2, 0, 2])
    columns = torch.tensor([1, 3, 0])
    read("an integer tensor", grid, rows, "tensor([2, 0, 2])")
    read("negative numbers in an integer tensor", grid, torch.tensor([-1, -3]), "tensor([-1, -3])")
    read("two integer tensors", grid, (rows, columns), "tensor([2, 0, 2]), tensor([1, 3, 0])")
    read("range then integer tensor", grid, (slice(None), columns), ":, tensor([1, 3, 0])")
    read("a matrix of integers", vector, torch.tensor([[0, 1], [9, 8]]), "tensor([[0, 1], [9, 8]])")
    read(
        "integer tensors that broadcast",
        grid,
        (torch.tensor([[0], [2]]), torch.tensor([1, 3])),
        "tensor([[0], [2]]), tensor([1, 3])",
    )
    read(
        "integer tensors apart put their axis first",
        cube,
        (torch.tensor([0, 1]), slice(None), torch.tensor([3, 0])),
        "tensor([0, 1]), :, tensor([3, 0])",
    )
    read("a boolean tensor", grid, grid > 0, "input > 0")
    read("a boolean tensor of rows", grid, torch.tensor([True, False, True]), "tensor([True, False, True])")
    read(
        "a boolean tensor of columns",
        grid,
        (slice(None), torch.tensor([False, True, True, False])),
        ":, tensor([False, True, True, False])",
    )
    read("a boolean tensor that picks nothing", grid, grid > 100, "input > 100")
    assign("assign a number to an element", grid, (1, 2), "1, 2", 5.0)
    assign("assign a number to a row", grid, 0, "0", 0.5)
    assign("assign a row", grid, 1, "1", torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assign("assign to a range broadcasts", grid, (slice(None), slice(1, 3)), ":, 1:3", torch.tensor([9.0, 8.0]))
    assign("assign to a stride", vector, slice(None, None, 2), "::2", -1)
    assign("assign through a boolean tensor", grid, grid < 0, "input < 0", 0.0)
    assign("assign through an integer tensor", grid, torch.tensor([0, 2]), "tensor([0, 2])", 7.0)
    assign(
        "assign values through two integer tensors",
        grid,
        (rows[:2], columns[:2]),
        "tensor([2, 0]), tensor([1, 3])",
        torch.tensor([10.0, 20.0]),
    )
    assign("assign through ellipsis", cube, (..., 0), "..., 0", -1)
    return cases


def operation_cases():
    cases = {}

    def case(name, function, call, args=None, **inputs):
        cases[name] = {"function": function, "inputs": inputs, "args": args or {}, "output": call(**inputs)}

    x = sample(3, 4, seed=21)
    y = sample(3, 4, seed=22)
    row = sample(4, seed=23)
    column = sample(3, 1, seed=24)
    positive = x.abs() + 0.1
    ints = torch.tensor([[3, -7, 10], [5, 0, -2]])
    other = torch.tensor([[2, 2, -3], [4, 5, 3]])

    # Creation.
    case("arange step", "arange", lambda: torch.arange(1, 2.5, 0.5), dict(start=1, end=2.5, step=0.5))
    case("arange down", "arange", lambda: torch.arange(5, 0, -2), dict(start=5, end=0, step=-2))
    case("linspace", "linspace", lambda: torch.linspace(-1, 1, 7), dict(start=-1, end=1, steps=7))
    case("logspace", "logspace", lambda: torch.logspace(0, 2, 3), dict(start=0, end=2, steps=3))
    case("eye", "eye", lambda: torch.eye(3, 4), dict(n=3, m=4))
    case("full", "full", lambda: torch.full((2, 2), 1.5), dict(shape=[2, 2], value=1.5))
    case("tril", "tril", lambda input: input.tril(-1), dict(diagonal=-1), input=x)
    case("triu", "triu", lambda input: input.triu(1), dict(diagonal=1), input=x)
    case("diag", "diag", lambda input: torch.diag(input), input=row)
    case("one_hot", "one_hot", lambda input: F.one_hot(input, 4), dict(num_classes=4), input=torch.tensor([0, 3, 1]))

    # Arithmetic, comparison, logic.
    for name in ("add", "sub", "mul", "div", "maximum", "minimum", "atan2", "eq", "ne", "lt", "le", "gt", "ge"):
        case(name, name, lambda input, other: getattr(torch, name)(input, other), input=x, other=y)
        case(
            f"{name} broadcast", name, lambda input, other: getattr(torch, name)(input, other), input=column, other=row
        )
    for name in ("remainder", "fmod", "floor_divide", "bitwise_and", "bitwise_or", "bitwise_xor"):
        safe = torch.where(other == 0, 1, other)
        case(f"{name} of ints", name, lambda input, other: getattr(torch, name)(input, other), input=ints, other=safe)
    case("remainder of floats", "remainder", torch.remainder, input=x, other=y)
    case("floor_divide of floats", "floor_divide", torch.floor_divide, input=x, other=y)
    case("division of ints gives floats", "div", torch.div, input=ints, other=other)
    case("int plus float promotes", "add", torch.add, input=ints, other=sample(3, seed=25))
    case(
        "uint8 plus int32 promotes",
        "add",
        torch.add,
        input=torch.tensor([200, 100], dtype=torch.uint8),
        other=torch.tensor([100, 1], dtype=torch.int32),
    )
    case(
        "uint8 wraps",
        "add",
        torch.add,
        input=torch.tensor([200, 100], dtype=torch.uint8),
        other=torch.tensor([100, 1], dtype=torch.uint8),
    )
    case("pow", "pow", lambda input: input.pow(2.5), dict(exponent=2.5), input=positive)
    case("pow of tensors", "pow", torch.pow, input=positive, exponent=y)
    case("scalar minus tensor", "rsub", lambda input: 1 - input, dict(scalar=1), input=x)
    case("scalar over tensor", "rdiv", lambda input: 2 / input, dict(scalar=2), input=positive)
    for name in ("logical_and", "logical_or", "logical_xor"):
        case(name, name, lambda input, other: getattr(torch, name)(input, other), input=x > 0, other=y > 0)
    case("logical_not", "logical_not", torch.logical_not, input=x > 0)
    case("isnan", "isnan", torch.isnan, input=torch.tensor([1.0, float("nan"), float("inf")]))
    case("isfinite", "isfinite", torch.isfinite, input=torch.tensor([1.0, float("nan"), float("inf")]))
    case("lerp", "lerp", lambda input, end: input.lerp(end, 0.3), dict(weight=0.3), input=x, end=y)
    case("addcmul", "addcmul", lambda input, a, b: input.addcmul(a, b, value=0.5), dict(value=0.5), input=x, a=y, b=row)
    case(
        "addcdiv",
        "addcdiv",
        lambda input, a, b: input.addcdiv(a, b, value=-0.1),
        dict(value=-0.1),
        input=x,
        a=y,
        b=positive,
    )

    # One argument, element by element.
    for name in (
        "neg",
        "abs",
        "sign",
        "exp",
        "expm1",
        "sin",
        "cos",
        "tan",
        "tanh",
        "sigmoid",
        "erf",
        "floor",
        "ceil",
        "trunc",
        "relu",
        "square",
        "atan",
        "sinh",
        "cosh",
        "frac",
    ):
        case(name, name, lambda input: getattr(torch, name)(input), input=x)
    for name in ("log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma"):
        case(name, name, lambda input: getattr(torch, name)(input), input=positive)
    case("round goes to even", "round", torch.round, input=torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, 2.4]))
    case("clamp", "clamp", lambda input: input.clamp(-0.5, 0.5), dict(min=-0.5, max=0.5), input=x)
    case("clamp below", "clamp", lambda input: input.clamp(min=0.1), dict(min=0.1), input=x)

    # Layout and joining.
    case("reshape", "reshape", lambda input: input.reshape(2, -1), dict(shape=[2, -1]), input=x)
    case(
        "permute", "permute", lambda input: input.permute(2, 0, 1), dict(dims=[2, 0, 1]), input=sample(2, 3, 2, seed=26)
    )
    case("transpose", "transpose", lambda input: input.transpose(0, 1), dict(dims=[0, 1]), input=x)
    case("flatten", "flatten", lambda input: input.flatten(1), dict(start=1), input=sample(2, 2, 3, seed=27))
    case("expand", "expand", lambda input: input.expand(3, 4), dict(shape=[3, 4]), input=column)
    case("cat", "cat", lambda a, b: torch.cat([a, b], 1), dict(dim=1), a=x, b=column)
    case("stack", "stack", lambda a, b: torch.stack([a, b], -1), dict(dim=-1), a=row, b=row * 2)
    case("chunk", "chunk", lambda input: input.chunk(3, 1), dict(chunks=3, dim=1), input=x)
    case("split", "split", lambda input: input.split([1, 3], 1), dict(sizes=[1, 3], dim=1), input=x)
    case("flip", "flip", lambda input: input.flip(0, 1), dict(dims=[0, 1]), input=x)
    case("roll", "roll", lambda input: input.roll(1, 1), dict(shifts=1, dim=1), input=x)
    case("repeat", "repeat", lambda input: input.repeat(2, 2), dict(sizes=[2, 2]), input=column)
    case(
        "repeat_interleave",
        "repeat_interleave",
        lambda input: input.repeat_interleave(2, 0),
        dict(repeats=2, dim=0),
        input=column,
    )
    case("unfold", "unfold", lambda input: input.unfold(0, 3, 2), dict(dim=0, size=3, step=2), input=torch.arange(8.0))
    case("to int truncates", "to", lambda input: input.to(torch.int64), dict(dtype="int64"), input=x * 3)
    case("to bfloat16 rounds", "to", lambda input: input.to(torch.bfloat16), dict(dtype="bfloat16"), input=x)
    case("to bool", "to", lambda input: input.to(torch.bool), dict(dtype="bool"), input=torch.tensor([0.0, 0.5, -1.0]))

    # Products.
    case("matmul", "matmul", torch.matmul, input=x, other=y.T.contiguous())
    case("matmul of vectors", "matmul", torch.matmul, input=row, other=row)
    case("matmul matrix vector", "matmul", torch.matmul, input=x, other=row)
    case(
        "matmul batched broadcast",
        "matmul",
        torch.matmul,
        input=sample(2, 1, 2, 3, seed=28),
        other=sample(2, 3, 2, seed=29),
    )
    case("bmm", "bmm", torch.bmm, input=sample(2, 2, 3, seed=30), mat2=sample(2, 3, 2, seed=31))
    case("outer", "outer", torch.outer, input=row, vec2=column.flatten())
    for equation, operands in {
        "ij,jk->ik": (x, y.T.contiguous()),
        "ij->ji": (x,),
        "ij->": (x,),
        "ii->i": (x[:, :3],),
        "bij,bjk->bik": (sample(2, 2, 3, seed=30), sample(2, 3, 2, seed=31)),
        "i,j->ij": (row, column.flatten()),
        "bn,anm,bm->ba": (sample(2, 3, seed=32), sample(2, 3, 2, seed=33), sample(2, 2, seed=34)),
    }.items():
        case(
            f"einsum {equation}",
            "einsum",
            lambda **o: torch.einsum(equation, *o.values()),
            dict(equation=equation),
            **{f"operand{i}": operand.contiguous() for i, operand in enumerate(operands)},
        )

    # Reductions.
    cube = sample(2, 3, 4, seed=35)
    for name in ("sum", "mean", "prod", "std", "var", "amax", "amin", "logsumexp"):
        if name not in ("logsumexp",):
            case(f"{name} of all", name, lambda input: getattr(input, name)(), input=cube)
        case(f"{name} of one axis", name, lambda input: getattr(input, name)(dim=1), dict(dim=1), input=cube)
        case(
            f"{name} keeps the axis",
            name,
            lambda input: getattr(input, name)(dim=-1, keepdim=True),
            dict(dim=-1, keepdim=True),
            input=cube,
        )
        if name != "prod":
            case(
                f"{name} of two axes",
                name,
                lambda input: getattr(input, name)(dim=(0, 2)),
                dict(dim=[0, 2]),
                input=cube,
            )
    case("std biased", "std", lambda input: input.std(dim=1, correction=0), dict(dim=1, correction=0), input=cube)
    case("var biased", "var", lambda input: input.var(correction=0), dict(correction=0), input=cube)
    case("sum of ints", "sum", torch.sum, input=ints)
    case("sum of bools", "sum", torch.sum, input=x > 0)
    case("mean of float64", "mean", torch.mean, input=cube.double())
    for name in ("max", "min", "median"):
        case(f"{name} of all", name, lambda input: getattr(input, name)(), input=cube)
        case(f"{name} of one axis", name, lambda input: tuple(getattr(input, name)(dim=1)), dict(dim=1), input=cube)
    case("median of an even count is the lower", "median", torch.median, input=torch.tensor([4.0, 1.0, 3.0, 2.0]))
    case("argmax of all", "argmax", torch.argmax, input=cube)
    case("argmax of one axis", "argmax", lambda input: input.argmax(1), dict(dim=1), input=cube)
    case(
        "argmin keeps the axis",
        "argmin",
        lambda input: input.argmin(-1, keepdim=True),
        dict(dim=-1, keepdim=True),
        input=cube,
    )
    case("any", "any", lambda input: input.any(1), dict(dim=1), input=x > 1)
    case("all", "all", lambda input: input.all(), input=x > -10)
    case("count_nonzero", "count_nonzero", torch.count_nonzero, input=ints)
    case("cumsum", "cumsum", lambda input: input.cumsum(1), dict(dim=1), input=x)
    case("cumprod", "cumprod", lambda input: input.cumprod(0), dict(dim=0), input=x)
    case("quantile", "quantile", lambda input: input.quantile(0.3), dict(q=0.3), input=x)
    case("histc", "histc", lambda input: input.histc(4, -2, 2), dict(bins=4, min=-2, max=2), input=x)
    case(
        "bincount",
        "bincount",
        lambda input: input.bincount(minlength=5),
        dict(minlength=5),
        input=torch.tensor([0, 1, 1, 3]),
    )
    case("softmax", "softmax", lambda input: input.softmax(-1), dict(dim=-1), input=x)
    case(
        "softmax of large numbers",
        "softmax",
        lambda input: input.softmax(0),
        dict(dim=0),
        input=torch.tensor([1000.0, 1001.0, -1000.0]),
    )
    case("log_softmax", "log_softmax", lambda input: input.log_softmax(1), dict(dim=1), input=x)

    # Sorting and picking.
    case("sort", "sort", lambda input: tuple(input.sort(1)), dict(dim=1), input=x)
    case(
        "sort descending",
        "sort",
        lambda input: tuple(input.sort(0, descending=True)),
        dict(dim=0, descending=True),
        input=x,
    )
    case(
        "stable sort",
        "sort",
        lambda input: tuple(torch.sort(input, stable=True)),
        dict(stable=True),
        input=torch.tensor([3, 1, 3, 1, 2]),
    )
    case("argsort", "argsort", lambda input: input.argsort(), input=x)
    case("topk", "topk", lambda input: tuple(input.topk(2)), dict(k=2), input=x)
    case(
        "topk smallest",
        "topk",
        lambda input: tuple(input.topk(2, dim=0, largest=False)),
        dict(k=2, dim=0, largest=False),
        input=x,
    )
    case("where", "where", torch.where, condition=x > 0, input=x, other=y)
    case(
        "gather",
        "gather",
        lambda input, index: input.gather(1, index),
        dict(dim=1),
        input=x,
        index=torch.tensor([[0, 1], [3, 3], [2, 0]]),
    )
    case(
        "scatter",
        "scatter",
        lambda input, index, src: input.scatter(1, index, src),
        dict(dim=1),
        input=torch.zeros(3, 4),
        index=torch.tensor([[0, 1], [3, 2], [2, 0]]),
        src=sample(3, 2, seed=36),
    )
    case(
        "scatter_add",
        "scatter_add",
        lambda input, index, src: input.scatter_add(0, index, src),
        dict(dim=0),
        input=torch.zeros(3),
        index=torch.tensor([0, 2, 0, 1]),
        src=row,
    )
    case(
        "index_select",
        "index_select",
        lambda input, index: input.index_select(1, index),
        dict(dim=1),
        input=x,
        index=torch.tensor([3, 0]),
    )
    case(
        "index_add",
        "index_add",
        lambda input, index, source: input.index_add(0, index, source),
        dict(dim=0),
        input=x,
        index=torch.tensor([2, 2]),
        source=y[:2],
    )
    case(
        "index_fill",
        "index_fill",
        lambda input, index: input.index_fill(1, index, -1),
        dict(dim=1, value=-1),
        input=x,
        index=torch.tensor([0, 2]),
    )
    case(
        "masked_fill",
        "masked_fill",
        lambda input, mask: input.masked_fill(mask, 0.5),
        dict(value=0.5),
        input=x,
        mask=x > 0,
    )
    case("masked_select", "masked_select", torch.masked_select, input=x, mask=x > 0)
    case("nonzero", "nonzero", torch.nonzero, input=ints)
    case(
        "unique",
        "unique",
        lambda input: torch.unique(input, return_inverse=True, return_counts=True),
        dict(return_inverse=True, return_counts=True),
        input=torch.tensor([3, 1, 2, 3, 1]),
    )
    case(
        "unique of rows",
        "unique",
        lambda input: torch.unique(input, dim=0),
        dict(dim=0),
        input=torch.tensor([[1, 2], [0, 1], [1, 2]]),
    )
    case(
        "searchsorted",
        "searchsorted",
        torch.searchsorted,
        sorted_sequence=torch.tensor([1.0, 3.0, 5.0]),
        input=torch.tensor([0.0, 3.0, 4.0, 9.0]),
    )
    case(
        "bucketize right",
        "bucketize",
        lambda input, boundaries: torch.bucketize(input, boundaries, right=True),
        dict(right=True),
        input=torch.tensor([0.0, 3.0, 4.0, 9.0]),
        boundaries=torch.tensor([1.0, 3.0, 5.0]),
    )

    # Linear algebra. Factorisations are unique up to signs only: compare what they multiply back to, or magnitudes.
    square = sample(3, 3, seed=37)
    symmetric = square @ square.T
    case("norm", "norm", torch.norm, input=x)
    case("norm 1 of one axis", "norm", lambda input: input.norm(1, dim=1), dict(p=1, dim=1), input=x)
    case(
        "norm 3 of one axis kept",
        "norm",
        lambda input: input.norm(3, dim=0, keepdim=True),
        dict(p=3, dim=0, keepdim=True),
        input=x,
    )
    case("norm inf", "norm", lambda input: input.norm(float("inf")), dict(p="inf"), input=x)
    case("cdist", "cdist", torch.cdist, x1=x, x2=y)
    case("singular values", "svdvals", lambda input: torch.linalg.svdvals(input), input=x)
    case(
        "svd magnitudes",
        "svd",
        lambda input: tuple(t.abs() for t in torch.linalg.svd(input, full_matrices=False)),
        dict(full_matrices=False),
        input=x,
    )
    case("qr magnitudes", "qr", lambda input: tuple(t.abs() for t in torch.linalg.qr(input)), input=x.T.contiguous())
    case("eigh magnitudes", "eigh", lambda input: tuple(t.abs() for t in torch.linalg.eigh(input)), input=symmetric)
    case("inverse", "inv", lambda input: torch.linalg.inv(input), input=square)
    case("determinant", "det", lambda input: torch.linalg.det(input), input=square)
    case(
        "solve",
        "solve",
        lambda input, other: torch.linalg.solve(input, other),
        input=square,
        other=sample(3, 2, seed=38),
    )
    case("cholesky", "cholesky", lambda input: torch.linalg.cholesky(input), input=symmetric)
    case(
        "least squares",
        "lstsq",
        lambda input, other: torch.linalg.lstsq(input, other).solution,
        input=x.T.contiguous(),
        other=sample(4, 2, seed=39),
    )
    case("trace", "trace", torch.trace, input=square)

    # Fourier transforms.
    signal = sample(8, seed=40)
    case("fft", "fft.fft", torch.fft.fft, input=signal)
    case("rfft", "fft.rfft", torch.fft.rfft, input=signal)
    case("irfft of rfft", "fft.irfft", lambda input: torch.fft.irfft(torch.fft.rfft(input)), input=signal)
    case("rfft magnitudes", "fft.rfft", lambda input: torch.fft.rfft(input).abs(), input=signal)
    case("fft2", "fft.fft2", torch.fft.fft2, input=x)
    case(
        "stft magnitudes",
        "stft",
        lambda input: torch.stft(input, 4, 2, window=torch.hann_window(4), return_complex=True).abs(),
        dict(n_fft=4, hop_length=2, window="hann, 4"),
        input=signal,
    )
    return cases


write(here / "random.json", random_cases())
write(here / "printing.json", printing_cases())
write(here / "indexing.json", indexing_cases())
write(here / "operations.json", operation_cases())
