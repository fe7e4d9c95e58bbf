"""Asks `apus serve` for minutes as strangers do, changes its model meanwhile, kills it, and says what became of the requests.

usage: python3 soak.py --data DIR [--minutes 30] [--clients 64] [--work DIR] [--programs DIR] [--csv FILE]

DIR holds cats_dogs_sample. The parts, one after the other:

- soak: clients with good requests (photographs, forms, heat maps, the page, corrections) and bad ones (no pictures, torn bodies,
  senders that go, what is too large); every ten seconds the model's file is replaced, the server gets SIGHUP, or the file is
  spoiled for a while. The memory is noted each five seconds (--csv).
- kill: the server is killed with SIGKILL under load and started again; what it has kept of corrections has to be whole.
- end: SIGTERM under load; what was in flight has to be answered.

It fails where a good request failed before the kill, a bad one got another answer than 4xx, the memory grew by more than a tenth
from the second fifth of the time to the last, or kept corrections are damaged.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from serving import BOUNDARY, Apus, answer, form, free_port, post, repository


def correction(photo, label):
    """A form with a photograph and what would be right."""
    body = form(photo).removesuffix(f"--{BOUNDARY}--\r\n".encode())
    for name, value in {"correction": label, "consent": "yes"}.items():
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    return body + f"--{BOUNDARY}--\r\n".encode()


FORM = f"multipart/form-data; boundary={BOUNDARY}"
GET = "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

# Each with what its answer has to contain.
GOOD = [
    (12, lambda photo, pick: post("/predict", photo, "image/jpeg"), b'"predictions"'),
    (3, lambda photo, pick: post("/models/pets/predict?top=1", form(photo), FORM), b'"predictions"'),
    (1, lambda photo, pick: post("/predict?include=heatmap", photo, "image/jpeg"), b'"heatmap"'),
    (1, lambda photo, pick: post("/feedback", correction(photo, pick.choice(["cat", "dog"])), FORM), b"kept"),
    (1, lambda photo, pick: GET.format("/").encode(), b"<form"),
    (1, lambda photo, pick: GET.format(pick.choice(["/drift", "/models", "/openapi.json"])).encode(), b"{"),
    (1, lambda photo, pick: GET.format("/metrics").encode(), b"apus_items_total"),
]

BAD = [
    lambda photo: post("/predict", b"no picture", "image/jpeg"),
    lambda photo: post("/predict", photo[: len(photo) // 2], "image/jpeg"),
    lambda photo: post("/predict", photo[:300], "image/jpeg"),
    lambda photo: post("/predict", b"{", "application/json"),
    lambda photo: post("/predict", b'{"image": "AAAA"}', "application/json"),
    lambda photo: post("/models/none/predict", photo, "image/jpeg"),
    lambda photo: post("/predict?top=many", photo, "image/jpeg"),
    lambda photo: post("/predict", form(photo)[:-20], FORM),
    lambda photo: post("/feedback", correction(photo, "ferret"), FORM),
    lambda photo: GET.format("/absent").encode(),
    lambda photo: GET.format("/classify-url?url=http://127.0.0.1/a.jpg").encode(),
]


class Run:
    """A server that may be killed and started again, and what its clients saw."""

    def __init__(self, side, folder, photos):
        self.side, self.folder, self.photos = side, folder, photos
        self.port = free_port()
        self.counts = {"good": 0, "good_failed": 0, "bad": 0, "bad_odd": 0, "gone": 0}
        self.odd = []

    def start(self):
        log = open(self.folder / "errors.txt", "ab")
        self.process = subprocess.Popen(
            [*self.side.command(self.port), "--feedback", self.folder / "feedback", "--log", self.folder / "log.jsonl"],
            stdout=subprocess.DEVNULL, stderr=log)

    async def until_answered(self, seconds=60):
        """Seconds until the server answers about a photograph."""
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            if self.process.poll() is not None:
                sys.exit(f"The server ended with {self.process.returncode}; see {self.folder}/errors.txt.")
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                good = await self.side.ask(reader, writer, self.photos[0])
                writer.close()
                if good:
                    return time.perf_counter() - start
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(0.01)
        sys.exit("The server does not answer.")

    def memory(self):
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def client(self, number, end, mixed=True):
        """Asks until the end; a connection that breaks during a good request is a failure."""
        pick = random.Random(number)
        weights = [weight for weight, _, _ in GOOD]
        reader, writer = await self.connect()
        while time.perf_counter() < end():
            photo = pick.choice(self.photos)
            draw = pick.random() if mixed else 0
            if draw < 0.7:
                _, request, expected = pick.choices(GOOD, weights)[0] if mixed else GOOD[0]
                try:
                    writer.write(request(photo, pick))
                    status, _, body = await answer(reader)
                    good = status == 200 and expected in body
                    said = f"{status} {body[:200]}"
                except (OSError, asyncio.IncompleteReadError) as error:
                    good, said = False, repr(error)
                    reader, writer = await self.connect() if time.perf_counter() < end() else (reader, writer)
                self.counts["good"] += 1
                if not good:
                    self.counts["good_failed"] += 1
                    self.odd.append(said)
            elif draw < 0.95:
                writer.write(pick.choice(BAD)(photo))
                status, headers, body = await answer(reader)
                self.counts["bad"] += 1
                if not 400 <= status < 500:
                    self.counts["bad_odd"] += 1
                    self.odd.append(f"{status} {body[:200]}")
                if headers.get("connection") == "close":
                    writer.close()
                    reader, writer = await self.connect()
            else:
                # A sender that goes in the middle of its body, or one that says more than is allowed.
                request = post("/predict", photo, "image/jpeg")
                if pick.random() < 0.5:
                    writer.write(request[: len(request) - pick.randrange(1, len(photo))])
                else:
                    writer.write(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\n")
                self.counts["gone"] += 1
                writer.close()
                reader, writer = await self.connect()
        writer.close()

    async def change(self, end, every=10.0):
        """Replaces the model's file, sends SIGHUP, spoils the file, in turn."""
        whole = self.folder / "whole.safetensors"
        shutil.copy(self.side.model, whole)
        turn = 0
        while time.perf_counter() + every < end:
            await asyncio.sleep(every)
            if turn % 3 == 1:
                self.process.send_signal(signal.SIGHUP)
            else:
                fresh = self.folder / "fresh"
                shutil.copy(whole, fresh)
                if turn % 3 == 2:
                    with open(fresh, "r+b") as file:
                        file.truncate(whole.stat().st_size // 2)
                os.replace(fresh, self.side.model)
            turn += 1
        shutil.copy(whole, self.folder / "fresh")
        os.replace(self.folder / "fresh", self.side.model)

    async def watch(self, end, start, rows):
        while time.perf_counter() < end:
            rows.append((time.perf_counter() - start, self.memory()))
            if len(rows) % 6 == 1:
                print(f"{rows[-1][0]:6.0f} s {rows[-1][1]:7.0f} MB  {self.counts}", flush=True)
            await asyncio.sleep(5)


async def soak(run, minutes, clients):
    start = time.perf_counter()
    end = start + 60 * minutes
    rows = []
    await asyncio.gather(
        run.watch(end, start, rows), run.change(end), *(run.client(number, lambda: end) for number in range(clients)))
    reader, writer = await run.connect()
    writer.write(GET.format("/metrics").encode())
    _, _, body = await answer(reader)
    writer.close()
    reloads = [line for line in body.decode().splitlines() if line.startswith(("apus_reloads", "apus_failed_reloads"))]
    print(f"soak: {run.counts}; {'; '.join(reloads)}")
    fifth = len(rows) // 5
    before = statistics.median(memory for _, memory in rows[fifth: 2 * fifth])
    after = statistics.median(memory for _, memory in rows[-fifth:])
    print(f"memory: {before:.0f} MB in the second fifth, {after:.0f} MB in the last, {after / before - 1:+.1%}")
    return rows, after / before - 1


def kept(folder):
    """How many corrections are kept; fails where one is not whole."""
    lines = (folder / "feedback" / "feedback.jsonl").read_text().splitlines()
    for line in lines:
        file = folder / "feedback" / json.loads(line)["file"]
        if not file.read_bytes().endswith(b"\xff\xd9"):
            sys.exit(f"{file} is not whole.")
    return len(lines)


async def kill(run, clients, seconds=10.0):
    """SIGKILL in the middle of the load, and a new start at once."""
    before = dict(run.counts)
    end = time.perf_counter() + seconds
    asking = [asyncio.create_task(patient(run, number, end)) for number in range(clients)]
    await asyncio.sleep(seconds / 3)
    run.process.kill()
    run.process.wait()
    start = time.perf_counter()
    run.start()
    await run.until_answered()
    back = time.perf_counter() - start
    late = [await task for task in asking]
    good, lost = sum(good for good, _ in late), sum(lost for _, lost in late)
    print(f"kill: answers again after {back:.2f} s; {good} good answers, {lost} requests lost with their connections; "
          f"{kept(run.folder)} corrections are whole")
    run.counts = before


async def patient(run, number, end):
    """A client that connects again when its connection breaks, with photographs and corrections."""
    pick = random.Random(number)
    good = lost = 0
    reader = writer = None
    while time.perf_counter() < end:
        try:
            if writer is None:
                reader, writer = await run.connect()
            _, request, expected = GOOD[3] if pick.random() < 0.3 else GOOD[0]
            writer.write(request(pick.choice(run.photos), pick))
            status, _, body = await answer(reader)
            good += status == 200 and expected in body
        except (OSError, asyncio.IncompleteReadError):
            lost += writer is not None
            writer = None
            await asyncio.sleep(0.05)
    if writer:
        writer.close()
    return good, lost


async def finish(run, clients):
    """SIGTERM under load: each request that the server had begun to read has to get its answer."""
    answered = cut = refused = 0
    ended = asyncio.Event()

    async def client(number):
        nonlocal answered, cut, refused
        pick = random.Random(number)
        while not ended.is_set():
            try:
                reader, writer = await run.connect()
            except OSError:
                refused += 1
                return
            try:
                writer.write(post("/predict", pick.choice(run.photos), "image/jpeg"))
                status, _, body = await answer(reader)
                answered += status == 200 and b'"predictions"' in body
            except (OSError, asyncio.IncompleteReadError):
                cut += 1
            writer.close()

    asking = [asyncio.create_task(client(number)) for number in range(clients)]
    await asyncio.sleep(3)
    start = time.perf_counter()
    run.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(run.process.wait, 60)
    took = time.perf_counter() - start
    ended.set()
    await asyncio.gather(*asking)
    print(f"end: code {code} after {took:.2f} s; {answered} answered, {cut} cut, {refused} clients refused afterwards")
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--programs", type=Path, default=repository / ".build" / "release")
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    options.serve = ""
    files = sorted((options.data / "cats_dogs_sample" / "images").glob("*.jpg"))
    if not files:
        sys.exit(f"There are no photographs in {options.data}/cats_dogs_sample/images; check --data.")
    photos = [file.read_bytes() for file in files]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = options.work or folder
        made.mkdir(parents=True, exist_ok=True)
        side = Apus(options, made)
        if made != folder:
            shutil.copy(side.model, folder / "pets.safetensors")
            side.model = folder / "pets.safetensors"
        run = Run(side, folder, photos)
        run.start()
        failed = asyncio.run(parts(run, options))
    sys.exit(1 if failed else 0)


async def parts(run, options):
    await run.until_answered()
    rows, growth = await soak(run, options.minutes, options.clients)
    if options.csv:
        options.csv.write_text("seconds,megabytes\n" + "".join(f"{second:.0f},{memory:.1f}\n" for second, memory in rows))
    await kill(run, options.clients)
    code = await finish(run, options.clients)
    for said in run.odd[:10]:
        print(f"odd: {said}")
    return run.counts["good_failed"] or run.counts["bad_odd"] or growth > 0.1 or code != 0


if __name__ == "__main__":
    main()
