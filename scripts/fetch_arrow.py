"""Puts Arrow C++, taken from the `pyarrow` wheel, into a folder of its own.

    fetch_arrow.py VERSION FOLDER

Any Python from 3.8 on will do, whichever Python the wheel was built for: only its C++ libraries and headers are kept.
"""

import os
import re
import sys

from wheels import GIGABYTE, Library, SetupError, check_loads, download_wheel, run, staged, unpack

ARROW = Library("Arrow", "APUS_ARROW", "an Arrow C++ or pyarrow")
SPACE_NEEDED = GIGABYTE // 2
LIBRARIES = ["arrow", "arrow_compute", "arrow_acero", "parquet"]


def arrow_member(name):
    """Where a file of the `pyarrow` wheel goes, by name: libraries, headers and the license."""
    if re.match(r"pyarrow/include/(arrow|parquet)/", name) and "/python/" not in name and "/flight/" not in name:
        return name[len("pyarrow/") :]
    library = re.match(r"pyarrow/(lib(\w+)\.(so[.\d]*|[.\d]*dylib))$", name)
    if library and library.group(2) in LIBRARIES:
        return "lib/" + library.group(1)
    if re.match(r"pyarrow-[^/]*\.dist-info/licenses/(LICENSE|NOTICE)\.txt$", name):
        return os.path.basename(name)
    return None


def link_plain_names(folder):
    """Links `libarrow.so` to `libarrow.so.2600`, since linkers look for the plain name."""
    extension = "dylib" if sys.platform == "darwin" else "so"
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for library in LIBRARIES:
        plain = f"lib{library}.{extension}"
        versioned = [name for name in names if name.startswith(f"lib{library}.") and extension in name]
        if not versioned:
            raise SetupError(f"The pyarrow wheel has no {plain}. Check PIP_INDEX_URL and PIP_FIND_LINKS.")
        if plain not in names:
            os.symlink(versioned[0], os.path.join(folder, plain))


def fetch(version, folder):
    with staged(ARROW, folder, SPACE_NEEDED) as (staging, unpacked):
        wheel = download_wheel(ARROW, [f"pyarrow=={version}"], staging, f"pyarrow {version}")
        print(f"Unpacking {os.path.basename(wheel)} into {folder}", flush=True)
        unpack(wheel, arrow_member, unpacked)
        link_plain_names(os.path.join(unpacked, "lib"))
        if sys.platform == "linux":
            for library in LIBRARIES:
                check_loads(ARROW, os.path.join(unpacked, "lib", f"lib{library}.so"))


if __name__ == "__main__":
    run(fetch)
