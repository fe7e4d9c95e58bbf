"""A small client of chromedriver (W3C WebDriver and Chrome's own commands), with Python's library alone."""

import base64
import json
import pathlib
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class WebDriverError(Exception):
    """What chromedriver refuses."""


class Element:
    def __init__(self, browser, identifier):
        self.browser, self.identifier = browser, identifier

    def _call(self, method, path, **body):
        return self.browser.call(method, f"/element/{self.identifier}{path}", body if method == "POST" else None)

    @property
    def text(self):
        return self._call("GET", "/text")

    def attribute(self, name):
        return self._call("GET", f"/attribute/{name}")

    def value(self, name):
        """A property of the element's object."""
        return self._call("GET", f"/property/{name}")

    def click(self):
        self._call("POST", "/click")

    def type(self, text):
        """Types a text; of a field for files, the paths of the files, one on each line."""
        self._call("POST", "/value", text=str(text))

    def clear(self):
        self._call("POST", "/clear")

    @property
    def is_displayed(self):
        return self._call("GET", "/displayed")


class Browser:
    """A headless Chromium. Use it in a `with` statement."""

    def __init__(self, scripts=True):
        self.driver = subprocess.Popen(
            [program("chromedriver"), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        else:
            raise WebDriverError("chromedriver did not start")
        self.address = f"http://127.0.0.1:{found.group(1)}"
        options = {
            "binary": program("chromium", "chromium-browser", "google-chrome"),
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                "--force-device-scale-factor=1",
                # WebGL without a graphics card.
                "--enable-unsafe-swiftshader", "--window-size=1280,900", "--disable-background-networking",
            ],
        }
        if not scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        try:
            answer = self._request("POST", "/session", {
                "capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        except Exception:
            self.driver.terminate()
            raise
        self.session = answer["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._request("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def _request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise WebDriverError(f"{value['error']}: {value['message']}") from None

    def call(self, method, path, body=None):
        return self._request(method, f"/session/{self.session}{path}", body)

    def chrome(self, command, **parameters):
        """A command of Chrome's DevTools protocol."""
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, address):
        self.call("POST", "/url", {"url": address})

    @property
    def url(self):
        return self.call("GET", "/url")

    @property
    def title(self):
        return self.call("GET", "/title")

    def script(self, source, *arguments):
        return self.call("POST", "/execute/sync", {"script": source, "args": list(arguments)})

    def all(self, selector):
        found = self.call("POST", "/elements", {"using": "css selector", "value": selector})
        return [Element(self, value[ELEMENT]) for value in found]

    def find(self, selector, seconds=10):
        """The first element of a CSS selector, waited for."""
        end = time.monotonic() + seconds
        while True:
            found = self.all(selector)
            if found:
                return found[0]
            if time.monotonic() > end:
                raise AssertionError(f"the page has no {selector}; it says: {self.all('body')[0].text[:600]}")
            time.sleep(0.05)

    def wait(self, condition, what, seconds=20):
        """Waits until a condition of Python holds."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition()
            except WebDriverError:
                value = None  # The page was exchanged in between.
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not in {seconds} s: {what}; the page says: {self.all('body')[0].text[:600]}")
            time.sleep(0.05)

    def press(self, *keys):
        """Presses keys one after the other, by their letters or by names such as Tab and Enter."""
        names = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ", "Shift": "\ue008",
                 "Down": "\ue015", "Up": "\ue013", "Left": "\ue012", "Right": "\ue014", "Delete": "\ue017",
                 "Control": "\ue009", "Backspace": "\ue003"}
        actions = []
        for key in keys:
            parts = [names.get(part, part) for part in key.split("+")] if len(key) > 1 else [key]
            actions += [{"type": "keyDown", "value": part} for part in parts]
            actions += [{"type": "keyUp", "value": part} for part in reversed(parts)]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def appearance(self, phone=False, dark=False):
        """The size and the colors with which pages are shown from now on: a desk's or a phone's, light or dark."""
        width, height = (390, 844) if phone else (1280, 900)
        self.chrome("Emulation.setDeviceMetricsOverride", width=width, height=height,
                    deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.chrome("Emulation.setTouchEmulationEnabled", enabled=phone)
        self.chrome("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, file):
        """A picture of the whole page."""
        size = self.chrome("Page.getLayoutMetrics")["cssContentSize"]
        picture = self.chrome("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1})
        pathlib.Path(file).write_bytes(base64.b64decode(picture["data"]))

    def complaints(self):
        """What the page's console says is wrong since the last call: errors of scripts, what the policy forbids."""
        entries = self.call("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries
                # What the driver says of its own speed is not the page's doing.
                if entry["level"] in ("SEVERE", "WARNING") and "GL Driver Message" not in entry["message"]]


def program(*names):
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit(
        f"check-pages: {names[0]} is missing. Install it: apt-get install chromium chromium-driver")
