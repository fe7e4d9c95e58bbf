"""The clients of docs/serving.md: curl, JavaScript in a browser and Swift, as they stand there, against a server."""

import json
import pathlib
import re
import shlex
import subprocess

import samples
from webdriver import Browser


def check(tools):
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs/serving.md").read_text()
    clients = text.split("\n## Clients\n")[1].split("\n## ")[0]
    blocks = dict(re.findall(r"^```(\w+)\n(.*?)^```", clients, re.MULTILINE | re.DOTALL))
    tools.check(set(blocks) == {"sh", "js", "swift"}, f"the guide has clients in {sorted(blocks)}")
    samples.colored_squares(tools.folder / "squares", 8)
    tools.run("apus", "train", "image", "squares", "--from-scratch", "--arch", "squeezenet1_1", "--epochs", "1", "--size",
              "64", "--batch-size", "8", "--workers", "0", "--export", "colors.safetensors")
    samples.colored_square(tools.folder / "photo.jpg", "red", 1)
    with tools.served("apus", "serve", "colors.safetensors", "--port", "0", "--feedback", "feedback") as address:
        server = address.rstrip("/")
        default = "http://127.0.0.1:8080"
        for line in blocks["sh"].strip().splitlines():
            command = shlex.split(line.replace(default, server).replace("correction=pug", "correction=green"))
            tools.check(command[0] == "curl", f"{line} is no call of curl")
            answer = json.loads(subprocess.run([*command, "-sS"], cwd=tools.folder, check=True, capture_output=True).stdout)
            if "feedback" in line:
                tools.check(answer == {"state": "kept"}, f"curl got {answer}")
            else:
                shares = [share for _, share in answer["predictions"]]
                tools.check(len(shares) == 3 and shares == sorted(shares, reverse=True), f"curl got {answer}")
                label = answer["label"]

        with Browser() as browser:
            browser.open(server)
            browser.call("POST", "/timeouts", {"script": 20_000})
            data = list((tools.folder / "photo.jpg").read_bytes())
            pairs = browser.call("POST", "/execute/async", {"args": [data, server], "script": blocks["js"] + """
                const [bytes, server, done] = arguments;
                classify(new Blob([new Uint8Array(bytes)]), server).then(done, (error) => done(String(error)));"""})
            tools.check(isinstance(pairs, list) and pairs[0][0] == label, f"JavaScript got {pairs}")

        source = tools.folder / "client.swift"
        source.write_text(blocks["swift"].replace(default, server))
        program = tools.folder / "client"
        # The compiler takes statements outside of functions in main.swift alone, or in the only file.
        built = subprocess.run(["swiftc", "-swift-version", "6", str(source), "-o", str(program)],
                               capture_output=True, text=True)
        tools.check(built.returncode == 0, f"the client in Swift does not compile: {built.stderr[-1000:]}")
        ran = subprocess.run([str(program), str(tools.folder / "photo.jpg")], capture_output=True, text=True)
        tools.check(ran.stdout.strip() == label, f"Swift got {ran.stdout} {ran.stderr[-500:]}")
