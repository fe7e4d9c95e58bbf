"""Puts LibTorch, taken from the `torch` wheel, into a folder of its own.

    fetch_libtorch.py VERSION cpu|cuda FOLDER

The wheel is downloaded by pip (nothing is installed into Python), unpacked beside FOLDER, checked by loading it, and
only then renamed, so that an interrupted run leaves nothing that could be taken for a LibTorch. Any Python from 3.8 on
will do, whichever Python the wheel was built for: only its C++ libraries and headers are kept.
"""

import fnmatch
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import zipfile

GIGABYTE = 1_000_000_000
# Wheel, pip's temporary copy of it and the unpacked files, at their largest.
SPACE_NEEDED = {"cpu": 2 * GIGABYTE, "cuda": 10 * GIGABYTE}
# Pythons whose wheel is looked for after the running one's.
WHEEL_PYTHONS = ["3.11", "3.12", "3.13", "3.10", "3.14"]
# Parts of the wheel that need Python or serve PyTorch's own tests.
LEFT_OUT = ["*torch_python*", "*_test.*", "*aoti_custom_ops*", "*backend_with_compiler*", "*libshm*"]
# libtorch is an empty library that would pull in the CUDA one.
LEFT_OUT_OF_CPU = ["*_cuda*", "*nvrtc*", "*nvshmem*", "libtorch.so"]
NETWORK_TROUBLE = re.compile(
    r"connection broken|NewConnectionError|ProxyError|Max retries|name resolution|timed out|SSLError|ConnectionError|"
    r"ConnectionResetError|RemoteDisconnected|HTTP error [45]|IncompleteRead",
    re.IGNORECASE,
)


class SetupError(Exception):
    """What went wrong and what to do next, in two sentences."""


class NoSuchWheel(Exception):
    """The package index holds no such version for this Python and machine."""


def no_space(folder):
    return SetupError(
        f"The disk of {folder} is full. Free some space, or set APUS_HOME to a folder on a larger disk, then run this again."
    )


def check_space(parent, variant):
    free, needed = shutil.disk_usage(parent).free, SPACE_NEEDED[variant]
    if free < needed:
        raise SetupError(
            f"No disk space: {parent} has {free / GIGABYTE:.1f} GB free, LibTorch needs {needed / GIGABYTE:.0f} GB while "
            "it is unpacked. Free some space, or set APUS_HOME to a folder on a larger disk."
        )


def pip_download(requirements, staging, *options):
    """The wheels that pip put into a new folder for these requirements."""
    folder = os.path.join(staging, "wheels-" + str(len(os.listdir(staging))))
    command = [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--disable-pip-version-check", "--retries", "2"]
    command += ["--only-binary", ":all:", "--dest", folder, *options, *requirements]
    if not sys.stdout.isatty():
        command.append("--quiet")
    # pip's own temporary copies belong on the disk whose space was checked.
    environment = dict(os.environ, TMPDIR=staging, PIP_REQUIRE_VIRTUALENV="0", PIP_NO_INPUT="1")
    result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode == 0:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    if "No space left" in result.stderr or "Errno 28" in result.stderr:
        raise no_space(os.path.dirname(staging))
    if NETWORK_TROUBLE.search(result.stderr):
        reason = re.search(r"\[Errno -?\d+\][^'\")]*|timed out|SSLError[^,]*|HTTP error \d+", result.stderr)
        raise SetupError(
            "No network: pip could not reach its package index. Check the connection and the proxy settings "
            "(https_proxy, PIP_INDEX_URL), or set APUS_LIBTORCH to the folder of a LibTorch or PyTorch that is already "
            f"here. pip said: {(reason or NETWORK_TROUBLE.search(result.stderr)).group(0)}"
        )
    if "No matching distribution" in result.stderr or "Could not find a version" in result.stderr:
        raise NoSuchWheel(result.stderr)
    raise SetupError(f"pip could not download {' '.join(requirements)}. It said:\n{result.stderr.strip()[-1500:]}")


def download_torch(version, variant, staging):
    """The path of the wheel of `torch`: a CPU build first where one is wanted and exists."""
    # `===` compares the whole text, so that a local build `2.13.0+cpu` doesn't pass for the CUDA build.
    requirements = [f"torch=={version}+cpu", f"torch=={version}"] if variant == "cpu" else [f"torch==={version}"]
    if sys.platform == "darwin":
        requirements = [f"torch=={version}"]
    choices = [[]]
    if sys.platform == "linux":
        tag = f"manylinux_2_28_{platform.machine()}"
        for python in WHEEL_PYTHONS:
            abi = "cp" + python.replace(".", "")
            choices.append(["--python-version", python, "--implementation", "cp", "--abi", abi, "--platform", tag])
    for requirement in requirements:
        print(f"Looking for the wheel {requirement}", flush=True)
        for options in choices:
            try:
                return pip_download([requirement], staging, "--no-deps", *options)[0]
            except NoSuchWheel:
                continue
    raise SetupError(
        f"The package index of pip has no wheel of torch {version} for {platform.machine()} ({sys.platform}). Check "
        "PIP_INDEX_URL and PIP_FIND_LINKS, or set APUS_LIBTORCH to the folder of a LibTorch or PyTorch."
    )


def unpack(wheel, wanted, folder):
    """Unpacks the members for which `wanted` gives a path inside `folder`."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = wanted(member.filename)
            if path is None or member.is_dir():
                continue
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(member) as source, open(target, "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            mode = (member.external_attr >> 16) & 0o777
            os.chmod(target, mode or 0o644)


def torch_member(variant):
    """Where a file of the `torch` wheel goes, by name: libraries, headers and the licence."""
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


def check_loads(folder, variant):
    """Loads the library, so that a missing part is found here and not when a program is linked."""
    library = os.path.join(folder, "lib", "libtorch_cuda.so" if variant == "cuda" else "libtorch_cpu.so")
    if sys.platform != "linux":
        return
    if not os.path.exists(library):
        raise SetupError(
            f"The wheel has no {os.path.basename(library)}: it isn't a build for "
            f"{'CUDA' if variant == 'cuda' else 'this processor'}. Check PIP_INDEX_URL and PIP_FIND_LINKS."
        )
    program = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    result = subprocess.run([sys.executable, "-c", program, library], stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or [f"status {result.returncode}"]
        raise SetupError(
            f"LibTorch was unpacked but doesn't load: {lines[-1]}. Install the library that is named, or set "
            "APUS_LIBTORCH to the folder of another LibTorch."
        )


def remove_leftovers(parent, name):
    """Removes what earlier runs that were killed left beside the folder."""
    for entry in os.listdir(parent):
        match = re.fullmatch(re.escape(f".{name}.") + r"(\d+)", entry)
        if match:
            try:
                os.kill(int(match.group(1)), 0)
            except ProcessLookupError:
                shutil.rmtree(os.path.join(parent, entry), ignore_errors=True)
            except PermissionError:
                continue


def fetch(version, variant, folder):
    parent, name = os.path.split(os.path.abspath(folder))
    try:
        os.makedirs(parent, exist_ok=True)
        remove_leftovers(parent, name)
        check_space(parent, variant)
        staging = os.path.join(parent, f".{name}.{os.getpid()}")
        os.mkdir(staging)
    except OSError as error:
        raise SetupError(f"{parent} can't be written: {error.strerror}. Set APUS_HOME to a folder of your own.")
    try:
        wheel = download_torch(version, variant, staging)
        print(f"Unpacking {os.path.basename(wheel)} into {folder}", flush=True)
        unpacked = os.path.join(staging, name)
        unpack(wheel, torch_member(variant), unpacked)
        requirements = cuda_requirements(wheel, variant) if sys.platform == "linux" else []
        os.remove(wheel)
        if requirements:
            print(f"Looking for CUDA's libraries: {', '.join(requirements)}", flush=True)
            for part in pip_download(requirements, staging):
                unpack(part, cuda_member(variant), unpacked)
                os.remove(part)
        check_loads(unpacked, variant)
        # Another run may have been quicker; what it put there may be in use.
        if not os.path.isdir(os.path.join(folder, "lib")):
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(unpacked, folder)
    except NoSuchWheel as error:
        raise SetupError(f"CUDA's libraries for the torch wheel can't be found. pip said: {str(error).strip()[-500:]}")
    except zipfile.BadZipFile:
        raise SetupError("The downloaded wheel is damaged. Run this again.")
    except OSError as error:
        if error.errno == 28:
            raise no_space(parent)
        raise SetupError(f"LibTorch could not be unpacked: {error}.")
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def main():
    # A plain kill cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    version, variant, folder = sys.argv[1:]
    try:
        fetch(version, variant, folder)
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; nothing was left behind. Run it again to go on.")


if __name__ == "__main__":
    main()
