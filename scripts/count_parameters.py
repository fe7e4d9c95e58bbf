"""Counts the parameters of public functions, initializers and subscripts; more than eight fail.

usage: python3 scripts/count_parameters.py [folder of sources]

Whatever recurs is a value of options with documented defaults. Aside stand initializers of layers whose parameters are
those of PyTorch's or fastai's layer of the same name.
"""
import pathlib
import re
import sys

MOST = 8
# Layers that mirror PyTorch's and fastai's, by the type that the initializer belongs to.
LAYERS = {
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",  # PyTorch
    "ConvLayer", "ResBlock",  # fastai
}
DECLARATION = re.compile(
    r"\b(?:public|open)\s+(?:(?:static|class|final|override|convenience|required|mutating|nonisolated|consuming)\s+)*"
    r"(func|init|subscript)\b\s*([^\s(<]*)"
)
TYPE = re.compile(r"\b(?:class|struct|enum|actor|protocol|extension)\s+([\w.]+)")


def blanked(text):
    """The text with comments and strings as blanks, so that what is left can be read by its brackets."""
    result, place = [], 0
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|#*"""(?:.*?)"""#*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    for match in pattern.finditer(text):
        result.append(text[place:match.start()])
        result.append(re.sub(r"[^\n]", " ", match.group(0)))
        place = match.end()
    return "".join(result) + text[place:]


def parameters(text, start):
    """The number of parameters in the parentheses that open at `start`."""
    depth, count, is_empty = 0, 1, True
    for place in range(start, len(text)):
        character = text[place]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return 0 if is_empty else count
        elif character == "," and depth == 1 and not inside_generic(text, start, place):
            count += 1
        if depth >= 1 and place > start and not character.isspace():
            is_empty = False
    raise ValueError("a parenthesis is not closed")


def inside_generic(text, start, place):
    """Whether a comma separates generic arguments, as in `Learner<Input, Target>`."""
    part = text[start:place].replace("->", "  ")
    depth = 0
    for character in part:
        if character == "<":
            depth += 1
        elif character == ">":
            depth = max(depth - 1, 0)
    return depth > 0


def owner(text, place):
    """The innermost type or extension around a place."""
    depth, end = 0, place
    while end > 0:
        end -= 1
        if text[end] == "}":
            depth += 1
        elif text[end] == "{":
            if depth == 0:
                names = TYPE.findall(text[max(text.rfind("}", 0, end), text.rfind("{", 0, end), 0):end])
                return names[-1] if names else ""
            depth -= 1
    return ""


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "Sources")
    seen, wrong = 0, []
    for file in sorted(folder.rglob("*.swift")):
        if "Generated" in file.parts:
            # One function for each of PyTorch's operators, with its parameters.
            continue
        text = blanked(file.read_text(encoding="utf-8"))
        for match in DECLARATION.finditer(text):
            start = text.index("(", match.end())
            count, name = parameters(text, start), owner(text, match.start())
            seen += 1
            if count > MOST and not (match.group(1) == "init" and name.split(".")[-1] in LAYERS):
                line = text.count("\n", 0, match.start()) + 1
                title = match.group(2) if match.group(1) == "func" else match.group(1)
                wrong.append(f"{file}:{line}: {name + '.' if name else ''}{title} has {count} parameters")
    if seen < 100:
        sys.exit(f"count_parameters: only {seen} public functions were found in {folder}; is that the folder of sources?")
    if wrong:
        sys.exit(
            "\n".join(wrong) + f"\ncount_parameters: at most {MOST} are allowed; put what recurs into a value of options.")
    print(f"count_parameters: none of {seen} public functions and initializers has more than {MOST} parameters.")


if __name__ == "__main__":
    main()
