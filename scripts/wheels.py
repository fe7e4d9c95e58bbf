"""What the scripts that fetch C++ libraries out of Python wheels share: downloading by pip, unpacking, a safe place.

Nothing is installed into Python. A library is unpacked beside its folder, checked by loading it, and only then renamed,
so that an interrupted run leaves nothing that could be taken for the library.
"""

import contextlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import zipfile

GIGABYTE = 1_000_000_000
# Pythons whose wheel is looked for after the running one's.
WHEEL_PYTHONS = ["3.11", "3.12", "3.13", "3.10", "3.14"]
NETWORK_TROUBLE = re.compile(
    r"connection broken|NewConnectionError|ProxyError|Max retries|name resolution|timed out|SSLError|ConnectionError|"
    r"ConnectionResetError|RemoteDisconnected|HTTP error [45]|IncompleteRead",
    re.IGNORECASE,
)


class SetupError(Exception):
    """What went wrong and what to do next, in two sentences."""


class NoSuchWheel(Exception):
    """The package index holds no such version for this Python and machine."""


class Library:
    """A library to fetch: its name, and the variable that names one that is already here."""

    def __init__(self, name, variable, description):
        self.name, self.variable, self.description = name, variable, description


def no_space(folder):
    return SetupError(
        f"The disk of {folder} is full. Free some space, or set APUS_HOME to a folder on a larger disk, then run this again."
    )


def check_space(library, parent, needed):
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise SetupError(
            f"No disk space: {parent} has {free / GIGABYTE:.1f} GB free, {library.name} needs {needed / GIGABYTE:.1f} GB "
            "while it is unpacked. Free some space, or set APUS_HOME to a folder on a larger disk."
        )


def pip_download(library, requirements, staging, *options):
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
            f"(https_proxy, PIP_INDEX_URL), or set {library.variable} to the folder of {library.description} that is "
            f"already here. pip said: {(reason or NETWORK_TROUBLE.search(result.stderr)).group(0)}"
        )
    if "No matching distribution" in result.stderr or "Could not find a version" in result.stderr:
        raise NoSuchWheel(result.stderr)
    raise SetupError(f"pip could not download {' '.join(requirements)}. It said:\n{result.stderr.strip()[-1500:]}")


def download_wheel(library, requirements, staging, wheel):
    """The path of the first wheel that exists among some requirements, for any Python."""
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
                return pip_download(library, [requirement], staging, "--no-deps", *options)[0]
            except NoSuchWheel:
                continue
    raise SetupError(
        f"The package index of pip has no wheel of {wheel} for {platform.machine()} ({sys.platform}). Check "
        f"PIP_INDEX_URL and PIP_FIND_LINKS, or set {library.variable} to the folder of {library.description}."
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


def check_loads(library, file):
    """Loads the library, so that a missing part is found here and not when a program is linked."""
    program = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    result = subprocess.run([sys.executable, "-c", program, file], stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or [f"status {result.returncode}"]
        raise SetupError(
            f"{library.name} was unpacked but doesn't load: {lines[-1]}. Install the library that is named, or set "
            f"{library.variable} to the folder of another {library.name}."
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


@contextlib.contextmanager
def staged(library, folder, space_needed):
    """A folder beside the library's: gives (staging, unpacked), and renames `unpacked` when all went well."""
    parent, name = os.path.split(os.path.abspath(folder))
    try:
        os.makedirs(parent, exist_ok=True)
        remove_leftovers(parent, name)
        check_space(library, parent, space_needed)
        staging = os.path.join(parent, f".{name}.{os.getpid()}")
        os.mkdir(staging)
    except OSError as error:
        raise SetupError(f"{parent} can't be written: {error.strerror}. Set APUS_HOME to a folder of your own.")
    try:
        unpacked = os.path.join(staging, name)
        yield staging, unpacked
        # Another run may have been quicker; what it put there may be in use.
        if not os.path.isdir(os.path.join(folder, "lib")):
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(unpacked, folder)
    except zipfile.BadZipFile:
        raise SetupError("The downloaded wheel is damaged. Run this again.")
    except OSError as error:
        if error.errno == 28:
            raise no_space(parent)
        raise SetupError(f"{library.name} could not be unpacked: {error}.")
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def run(fetch):
    """Runs a script's function with its arguments; what goes wrong becomes a sentence."""
    # A plain kill cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        fetch(*sys.argv[1:])
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; nothing was left behind. Run it again to go on.")
