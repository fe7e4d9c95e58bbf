"""Checks the pages in a real Chromium: run.py PROGRAMS OUT [PAGE...]

PROGRAMS is the folder with the built programs, OUT gets the screenshots. Each file page_NAME.py beside this one has a function
`check(tools)`, which uses a page as people do; PAGE names those to check, all by default.
"""

import contextlib
import importlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from webdriver import Browser

here = pathlib.Path(__file__).resolve().parent


class Tools:
    """What checks of pages have in common."""

    def __init__(self, programs, out, folder):
        self.programs, self.out, self.folder = pathlib.Path(programs), pathlib.Path(out), pathlib.Path(folder)
        self.out.mkdir(parents=True, exist_ok=True)
        self.problems = []
        self.rules = (here / "accessibility.js").read_text()
        self.looks = 0

    def run(self, *arguments):
        """Runs a program of the package to its end."""
        command = [str(self.programs / arguments[0]), *map(str, arguments[1:])]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL)
        if done.returncode:
            raise SystemExit(f"check-pages: {' '.join(command)} failed:\n{done.stdout[-3000:]}")
        return done.stdout

    @contextlib.contextmanager
    def served(self, *arguments, seconds=60):
        """Runs a program that serves; gives the address that it prints, and ends it as systemd would."""
        command = [str(self.programs / arguments[0]), *map(str, arguments[1:])]
        log = open(self.folder / "served.log", "w+")
        process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT, text=True,
                                   stdin=subprocess.DEVNULL)
        try:
            end = time.monotonic() + seconds
            while True:
                said = (self.folder / "served.log").read_text()
                found = re.search(r"http://[\w.\[\]:-]+(/\S*)?", said)
                if found:
                    break
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"check-pages: {' '.join(command)} printed no address:\n{said[-3000:]}")
                time.sleep(0.05)
            yield found.group(0)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                code = process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                code = "no end in 20 s"
            log.close()
        if code != 0:
            raise SystemExit(f"check-pages: {' '.join(command)} ended with {code}:\n"
                             f"{(self.folder / 'served.log').read_text()[-3000:]}")

    def check(self, holds, what):
        if not holds:
            raise AssertionError(what)

    def look(self, browser, name):
        """Screenshots of the page at a desk and on a phone, light and dark, and what the rules of accessibility say of each."""
        for phone in (False, True):
            for dark in (False, True):
                browser.appearance(phone, dark)
                time.sleep(0.15)
                label = f"{name}-{'phone' if phone else 'desk'}-{'dark' if dark else 'light'}"
                browser.screenshot(self.out / f"{label}.png")
                self.problems += [f"{label}: {problem}" for problem in browser.script(self.rules)]
                self.looks += 1
        browser.appearance()
        self.problems += [f"{name}: the console says: {complaint}" for complaint in browser.complaints()]

    def keyboard(self, browser, name, presses=60):
        """Goes through the page by the Tab key: each control is reached, and one sees where the keyboard is."""
        browser.script("document.activeElement?.blur(); window.scrollTo(0, 0)")
        reached = browser.script("""
            const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
            window.expected = [...document.querySelectorAll(all)].filter((element) => {
                if (element.disabled || element.tabIndex < 0) return false;
                for (let at = element; at; at = at.parentElement) {
                    if (getComputedStyle(at).display === 'none') return false;
                    if (at.tagName === 'DETAILS' && !at.open && !at.querySelector('summary').contains(element)) return false;
                }
                return element.type !== 'radio' || element.checked;
            });
            return window.expected.length;""")
        seen = set()
        for _ in range(min(presses, reached + 3)):
            browser.press("Tab")
            place, shows = browser.script("""
                const at = document.activeElement;
                const shown = [at, ...(at.labels ?? []), at.parentElement].filter(Boolean);
                const shows = shown.some((element) => {
                    const style = getComputedStyle(element);
                    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                });
                return [window.expected.indexOf(at), shows || at === document.body];""")
            if place >= 0:
                seen.add(place)
                if not shows:
                    html = browser.script("return document.activeElement.outerHTML.slice(0, 160)")
                    self.problems.append(f"{name}: one does not see that the keyboard is at {html}")
        if len(seen) < min(reached, presses):
            missed = browser.script(
                "return window.expected.filter((_, place) => !arguments[0].includes(place)).map((e) => e.outerHTML.slice(0, 160))",
                sorted(seen))
            self.problems.append(f"{name}: the Tab key does not reach {missed}")


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    pages = sys.argv[3:] or sorted(file.stem.removeprefix("page_") for file in here.glob("page_*.py"))
    failed = False
    for page in pages:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            tools = Tools(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), folder)
            try:
                importlib.import_module(f"page_{page}").check(tools)
            except AssertionError as error:
                tools.problems.append(f"{page}: {error}")
        for problem in tools.problems:
            print(f"check-pages: {problem}")
        failed |= bool(tools.problems)
        print(f"check-pages: {page}: {'FAILED' if tools.problems else 'passed'}, {tools.looks} looks, "
              f"{time.monotonic() - started:.0f} s")
    sys.exit(failed)


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    main()
