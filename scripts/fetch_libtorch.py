"""Puts LibTorch, taken from the `torch` wheel, into a folder of its own.

    fetch_libtorch.py VERSION cpu|cuda FOLDER

Any Python from 3.8 on will do, whichever Python the wheel was built for: only its C++ libraries and headers are kept.
"""

import fnmatch
import os
import re
import sys
import zipfile

from wheels import GIGABYTE, Library, NoSuchWheel, SetupError, check_loads, download_wheel, pip_download, run, staged, unpack

LIBTORCH = Library("LibTorch", "APUS_LIBTORCH", "a LibTorch or PyTorch")
# Wheel, pip's temporary copy of it and the unpacked files, at their largest.
SPACE_NEEDED = {"cpu": 2 * GIGABYTE, "cuda": 10 * GIGABYTE}
# Parts of the wheel that need Python or serve PyTorch's own tests.
LEFT_OUT = ["*torch_python*", "*_test.*", "*aoti_custom_ops*", "*backend_with_compiler*", "*libshm*"]
# libtorch is an empty library that would pull in the CUDA one.
LEFT_OUT_OF_CPU = ["*_cuda*", "*nvrtc*", "*nvshmem*", "libtorch.so"]


def download_torch(version, variant, staging):
    """The path of the wheel of `torch`: a CPU build first where one is wanted and exists."""
    # `===` compares the whole text, so that a local build `2.13.0+cpu` doesn't pass for the CUDA build.
    requirements = [f"torch=={version}+cpu", f"torch=={version}"] if variant == "cpu" else [f"torch==={version}"]
    if sys.platform == "darwin":
        requirements = [f"torch=={version}"]
    return download_wheel(LIBTORCH, requirements, staging, f"torch {version}")


def torch_member(variant):
    """Where a file of the `torch` wheel goes, by name: libraries, headers and the license."""
    left_out = LEFT_OUT + (LEFT_OUT_OF_CPU if variant == "cpu" else [])

    def wanted(name):
        base = name.rsplit("/", 1)[-1]
        if name.startswith("torch/include/"):
            return name[len("torch/") :]
        if name.startswith("torch/lib/") and name.count("/") == 2:
            return None if any(fnmatch.fnmatch(base, pattern) for pattern in left_out) else name[len("torch/") :]
        if re.match(r"torch-[^/]*\.dist-info/licenses/(LICENSE|NOTICE)$", name):
            return base
        return None

    return wanted


def cuda_member(variant):
    """Where a file of NVIDIA's wheels goes: beside LibTorch's libraries, in a folder that is on their search path."""
    libraries = r"lib[^/]*" if variant == "cuda" else r"lib(cudart|cupti)"
    return lambda name: "lib/" + os.path.basename(name) if re.match(rf"nvidia/(.+/)?lib/{libraries}\.so", name) else None


def cuda_requirements(wheel, variant):
    """The CUDA packages that the wheel asks for; a CPU folder takes those that libtorch_cpu itself is linked to."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    found = re.findall(r"^Requires-Dist: *((?:nvidia-|cuda-toolkit)[^;\n]*?) *(?:;[^\n]*)?$", text, re.MULTILINE)
    if variant == "cuda":
        return found
    return [re.sub(r"\[.*\]", "[cudart,cupti]", name) for name in found if "[" in name] + [
        name for name in found if re.match(r"nvidia-cuda-(runtime|cupti)", name)
    ]


def check_libtorch(folder, variant):
    """Loads the library, or says that the wheel holds another build."""
    library = os.path.join(folder, "lib", "libtorch_cuda.so" if variant == "cuda" else "libtorch_cpu.so")
    if sys.platform != "linux":
        return
    if not os.path.exists(library):
        raise SetupError(
            f"The wheel has no {os.path.basename(library)}: it isn't a build for "
            f"{'CUDA' if variant == 'cuda' else 'this processor'}. Check PIP_INDEX_URL and PIP_FIND_LINKS."
        )
    check_loads(LIBTORCH, library)


def fetch(version, variant, folder):
    with staged(LIBTORCH, folder, SPACE_NEEDED[variant]) as (staging, unpacked):
        wheel = download_torch(version, variant, staging)
        print(f"Unpacking {os.path.basename(wheel)} into {folder}", flush=True)
        unpack(wheel, torch_member(variant), unpacked)
        requirements = cuda_requirements(wheel, variant) if sys.platform == "linux" else []
        os.remove(wheel)
        if requirements:
            print(f"Looking for CUDA's libraries: {', '.join(requirements)}", flush=True)
            try:
                parts = pip_download(LIBTORCH, requirements, staging)
            except NoSuchWheel as error:
                raise SetupError(
                    f"CUDA's libraries for the torch wheel can't be found. pip said: {str(error).strip()[-500:]}"
                )
            for part in parts:
                unpack(part, cuda_member(variant), unpacked)
                os.remove(part)
        check_libtorch(unpacked, variant)


if __name__ == "__main__":
    run(fetch)
