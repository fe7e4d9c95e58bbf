"""Makes small archives, good and hostile, as Python's own modules write them.

usage: python3 make_archives.py        (writes archives.json beside itself: name -> the archive in base64)
"""

import base64
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path


def tar(*entries, mode="w", form=tarfile.PAX_FORMAT):
    """An archive of (kind, path, bytes or target of a link)."""
    kinds = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard link": tarfile.LNKTYPE, "pipe": tarfile.FIFOTYPE}
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode=mode, format=form) as archive:
        for kind, path, content in entries:
            info = tarfile.TarInfo(path)
            if kind == "file":
                info.size, info.mode = len(content), 0o4755
                archive.addfile(info, io.BytesIO(content))
                continue
            info.type, info.mode, info.linkname = kinds[kind], 0o500, content or ""
            archive.addfile(info)
    return memory.getvalue()


def tgz(*entries, **options):
    return gzip.compress(tar(*entries, **options), mtime=0)


def zipped(*entries):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries:
            archive.writestr(zipfile.ZipInfo(path), content)
    return memory.getvalue()


def flipped(archive, place):
    """The archive with one bit changed."""
    return archive[:place] + bytes([archive[place] ^ 1]) + archive[place + 1 :]


good = (
    ("folder", "set/", None),
    ("file", "set/é.txt", "naïve\n".encode()),
    ("file", "set/a/b.txt", b"x" * 1000),
    ("link", "set/link", "a/b.txt"),
    ("hard link", "set/same", "set/a/b.txt"),
)
inside = (("set/é.txt", "naïve\n"), ("set/a/b.txt", "x" * 1000))
archives = {
    "good.tgz": tgz(*good),
    "good.tar": tar(*good),
    "good.tar.bz2": tar(*good, mode="w:bz2"),
    "good.tar.xz": tar(*good, mode="w:xz"),
    "gnu.tgz": tgz(("folder", "./", None), *good, form=tarfile.GNU_FORMAT),
    "good.zip": zipped(*inside),
    "with notes.tgz": tgz(("file", "._set", b"n"), ("file", "__MACOSX/set/._a", b"n"), *good),
    "two.tgz": tgz(("file", "a/1.txt", b"1"), ("file", "b/2.txt", b"2")),
    "link beside.tgz": tgz(("file", "top/1.txt", b"1"), ("link", "top/out", "../other/x")),
    "unsafe: parent.tgz": tgz(("file", "../x", b"bad")),
    "unsafe: parent inside.tgz": tgz(("file", "a/../../x", b"bad")),
    "unsafe: parent.zip": zipped(("../x", "bad")),
    "unsafe: absolute.tgz": tgz(("file", "/tmp/apus-unsafe", b"bad")),
    "unsafe: absolute.zip": zipped(("/tmp/apus-unsafe", "bad")),
    "unsafe: link out.tgz": tgz(("link", "out", ".."), ("file", "out/x", b"bad")),
    "unsafe: absolute link.tgz": tgz(("link", "out", "/tmp"), ("file", "out/x", b"bad")),
    "unsafe: through a link.tgz": tgz(("folder", "a", None), ("link", "in", "a"), ("file", "in/x", b"bad")),
    "unsafe: link over link.tgz": tgz(
        ("folder", "p/q", None), ("link", "p/q/s", "../.."), ("link", "p/q/t", "s/..")
    ),
    "unsafe: hard link out.tgz": tgz(("hard link", "h", "/etc/hostname")),
    "unsafe: hard link of a link.tgz": tgz(
        ("file", "x", b"1"), ("folder", "d/e", None), ("link", "d/e/s", "../x"), ("hard link", "h", "d/e/s")
    ),
    "unsafe: pipe.tgz": tgz(("pipe", "p", None)),
    "damaged: cut.tgz": tgz(*good)[:-20],
    "damaged: sum.tgz": flipped(tgz(*good), -7),
    "damaged: bits.zip": flipped(zipped(*inside), zipped(*inside).find("é.txt".encode()) + len("é.txt".encode()) + 3),
    "damaged: cut.tar": tar(*good)[:2000],
    "none: cut.zip": zipped(*inside)[:-30],
    "none: page.tgz": b"<html>Not found</html>\n" * 20,
    "none: empty.zip": b"",
    "none: text.gz": gzip.compress(b"no archive " * 200, mtime=0),
}
lines = [f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(base64.b64encode(data).decode())}" for name, data in archives.items()]
path = Path(__file__).with_name("archives.json")
path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
print(f"{path.name}: {len(archives)} archives, {path.stat().st_size / 1024:.0f} kB")
