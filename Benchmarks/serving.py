"""Measures `apus serve` against fastai's learner behind FastAPI and Gradio on this machine, and prints a table.

usage: python3 serving.py --peer VENV --data DIR [--work DIR] [--seconds 20] [--clients 1,8,64] [--repeats 1] [--json FILE]
                          [--only apus,fastapi,gradio] [--programs DIR]

VENV is a Python environment with fastai, fastapi, uvicorn, python-multipart and gradio; DIR holds cats_dogs_sample. Both sides
have a ResNet-34 for two classes at 224 px and are asked about the same photographs, over connections of this computer that stay
open. The clients are tasks of one loop in this process, which takes a few hundredths of a core beside a model.

- requests/s: good answers over the seconds, after two seconds that do not count;
- p50, p99: milliseconds from the first byte of a request to the last of its answer;
- cold start: seconds from the start of the process to its first answer;
- memory: the most that the process and its children held, as run.py takes it;
- of a list: photographs per second of `apus predict` on a list of the same files, which the server is held against.

The models are made once in the folder of --work (a temporary one by default), so that a measurement may be taken in pieces: one
side and one number of clients at a time. soak.py asks `apus serve` for longer, with bad requests, reloads and an unkind end.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import Memory

repository = Path(__file__).resolve().parent.parent
BOUNDARY = "apus-benchmark-boundary"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(path, body, kind):
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def form(photo):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


async def answer(reader):
    """Status, headers and body of an answer on a connection that stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split()[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if "content-length" in headers:
        return status, headers, await reader.readexactly(int(headers["content-length"]))
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readline()
    return status, headers, body


class Apus:
    name = "apus"

    def __init__(self, options, work):
        self.apus, self.options = options.programs / "apus", options.serve.split()
        self.model = work / "pets.safetensors"
        if self.model.exists():
            return
        # How well it answers does not matter: a few photographs, half of them for the profile of the validation.
        with tempfile.TemporaryDirectory() as folder:
            for label in ("cat", "dog"):
                for photo in sorted((options.data / "cats_dogs_sample" / "images").glob(f"{label}.*.jpg"))[:24]:
                    (Path(folder) / photo.name).symlink_to(photo.resolve())
            subprocess.run(
                [self.apus, "train", "image", folder, "--label-regex", r"(\w+)\.\d+\.jpg", "--arch", "resnet34",
                 "--from-scratch", "--size", "224", "--valid-fraction", "0.5", "--epochs", "1", "--batch-size", "8",
                 "--export", self.model], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def command(self, port):
        return [self.apus, "serve", self.model, "--port", str(port), "--max-queue", "1024", *self.options]

    async def ask(self, reader, writer, photo):
        writer.write(post("/predict", photo, "image/jpeg"))
        status, _, body = await answer(reader)
        return status == 200 and b'"predictions"' in body

    def of_a_list(self, files):
        """Photographs per second of `apus predict`, without its start."""
        def seconds(chosen):
            start = time.perf_counter()
            subprocess.run([self.apus, "predict", self.model, *chosen, "--json"], check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - start
        many = (files * (400 // len(files) + 1))[:400]
        few = many[:40]
        return (len(many) - len(few)) / (seconds(many) - seconds(few))


class Peer:
    def __init__(self, options, work):
        self.python = options.peer / "bin" / "python"
        self.model = work / "pets.pkl"
        if not self.model.exists():
            subprocess.run([self.python, repository / "Benchmarks" / "serving_peer.py", "export", options.data, self.model],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def command(self, port):
        return [self.python, repository / "Benchmarks" / "serving_peer.py", self.name, self.model, str(port)]


class FastAPI(Peer):
    name = "fastapi"

    async def ask(self, reader, writer, photo):
        writer.write(post("/predict", form(photo), f"multipart/form-data; boundary={BOUNDARY}"))
        status, _, body = await answer(reader)
        return status == 200 and b'"predictions"' in body


class Gradio(Peer):
    name = "gradio"

    async def ask(self, reader, writer, photo):
        # Gradio's own protocol: the file is uploaded, the call is queued, and its result is a stream of events.
        upload = form(photo).replace(b'name="file"', b'name="files"')
        writer.write(post("/gradio_api/upload", upload, f"multipart/form-data; boundary={BOUNDARY}"))
        status, _, body = await answer(reader)
        if status != 200:
            return False
        call = json.dumps({"data": [{"path": json.loads(body)[0], "meta": {"_type": "gradio.FileData"}}]}).encode()
        writer.write(post("/gradio_api/call/predict", call, "application/json"))
        status, _, body = await answer(reader)
        if status != 200:
            return False
        event = json.loads(body)["event_id"]
        writer.write(f"GET /gradio_api/call/predict/{event} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        status, _, body = await answer(reader)
        return status == 200 and b"event: complete" in body


class Server:
    """A server that runs: its process, its memory, and how long its first answer took."""

    def __init__(self, side, photo):
        self.side, self.port = side, free_port()
        start = time.perf_counter()
        self.process = subprocess.Popen(side.command(self.port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.memory = Memory(self.process.pid)
        self.memory.start()
        while True:
            if self.process.poll() is not None:
                sys.exit(f"{side.name} ended with {self.process.returncode}: {' '.join(map(str, side.command(self.port)))}")
            try:
                if asyncio.run(self.once(photo)):
                    break
            except (OSError, asyncio.IncompleteReadError):
                time.sleep(0.01)
        self.cold_start = time.perf_counter() - start

    async def once(self, photo):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            return await self.side.ask(reader, writer, photo)
        finally:
            writer.close()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.memory.peak


async def load(server, photos, clients, seconds, warm_up=2.0):
    """Asks with so many clients at once; good answers, bad ones, and the milliseconds of the good ones."""
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    times, failed = [], 0

    async def client(number):
        nonlocal failed
        pick = random.Random(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while (start := time.perf_counter()) < end:
            try:
                good = await server.side.ask(reader, writer, pick.choice(photos))
            except (OSError, asyncio.IncompleteReadError):
                good = False
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            now = time.perf_counter()
            if begin <= now <= end:
                if good:
                    times.append((now - start) * 1000)
                else:
                    failed += 1
        writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    times.sort()

    def part(share):
        return times[min(int(share * len(times)), len(times) - 1)] if times else float("nan")

    return {"requests_per_second": len(times) / seconds, "failed": failed, "p50_ms": part(0.5), "p99_ms": part(0.99)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", default="apus,fastapi,gradio")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--programs", type=Path, default=repository / ".build" / "release")
    parser.add_argument("--serve", default="", help="further options of apus serve, such as --no-drift")
    parser.add_argument("--no-list", action="store_true", help="leave out `apus predict` on a list")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    files = sorted((options.data / "cats_dogs_sample" / "images").glob("*.jpg"))
    if not files:
        sys.exit(f"There are no photographs in {options.data}/cats_dogs_sample/images; check --data.")
    photos = [file.read_bytes() for file in files]
    chosen = options.only.split(",")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        sides = [side(options, work) for side in (Apus, FastAPI, Gradio) if side.name in chosen]
        for _ in range(options.repeats):
            for side in sides:
                server = Server(side, photos[0])
                row = {"side": side.name, "cold_start_s": server.cold_start, "load": {}}
                for clients in map(int, options.clients.split(",")):
                    row["load"][clients] = asyncio.run(load(server, photos, clients, options.seconds))
                row["memory_mb"] = server.end()
                if side.name == "apus" and not options.no_list:
                    row["of_a_list_per_second"] = side.of_a_list(files)
                results.append(row)
                print_row(row)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


def print_row(row):
    print(f"{row['side']:8} cold start {row['cold_start_s']:.2f} s, memory {row['memory_mb']:.0f} MB"
          + (f", of a list {row['of_a_list_per_second']:.1f}/s" if "of_a_list_per_second" in row else ""))
    for clients, load in row["load"].items():
        print(f"   {clients:3} clients: {load['requests_per_second']:7.1f} requests/s, p50 {load['p50_ms']:7.1f} ms, "
              f"p99 {load['p99_ms']:7.1f} ms, {load['failed']} failed", flush=True)


if __name__ == "__main__":
    main()
