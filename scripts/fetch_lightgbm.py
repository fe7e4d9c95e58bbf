"""Puts LightGBM's C library, taken from the `lightgbm` wheel, into a folder of its own.

    fetch_lightgbm.py VERSION FOLDER

Any Python from 3.8 on will do: only the C library and the license are kept.
"""

import os
import re
import sys

from wheels import GIGABYTE, Library, SetupError, check_loads, download_wheel, run, staged, unpack

LIGHTGBM = Library("LightGBM", "APUS_LIGHTGBM", "a LightGBM or its lightgbm package")
SPACE_NEEDED = GIGABYTE // 20


def lightgbm_member(name):
    """Where a file of the `lightgbm` wheel goes, by name: the library and the license."""
    if re.match(r"lightgbm/lib/lib_lightgbm\.(so|dylib)$", name):
        return name[len("lightgbm/") :]
    if re.match(r"lightgbm-[^/]*\.dist-info/licenses/LICENSE$", name):
        return os.path.basename(name)
    return None


def fetch(version, folder):
    with staged(LIGHTGBM, folder, SPACE_NEEDED) as (staging, unpacked):
        wheel = download_wheel(LIGHTGBM, [f"lightgbm=={version}"], staging, f"lightgbm {version}")
        print(f"Unpacking {os.path.basename(wheel)} into {folder}", flush=True)
        unpack(wheel, lightgbm_member, unpacked)
        library = os.path.join(unpacked, "lib", "lib_lightgbm." + ("dylib" if sys.platform == "darwin" else "so"))
        if not os.path.exists(library):
            raise SetupError("The lightgbm wheel has no C library. Check PIP_INDEX_URL and PIP_FIND_LINKS.")
        if sys.platform == "linux":
            check_loads(LIGHTGBM, library)


if __name__ == "__main__":
    run(fetch)
