"""The page of `apus label`: the map and its lasso, the list, labels, search, training, undoing, two people at once, exports."""

import csv
import re
import time
import urllib.error
import urllib.request

import samples
from webdriver import Browser


def prepare(tools):
    """Squares of three colors in one folder, and a model that has learned to tell them apart."""
    samples.colored_squares(tools.folder / "squares")
    tools.run("apus", "train", "image", "squares", "--from-scratch", "--arch", "squeezenet1_1", "--epochs", "3", "--size",
              "64", "--batch-size", "8", "--no-augment", "--workers", "0", "--export", "colors.safetensors")
    for file in sorted((tools.folder / "squares").glob("*/*.png")):
        (tools.folder / "pictures").mkdir(exist_ok=True)
        file.rename(tools.folder / "pictures" / file.name)


def check(tools):
    prepare(tools)
    command = ("apus", "label", "pictures", "--model", "colors.safetensors", "--port", "0", "--people", "2")
    with tools.served(*command) as address:
        refuses(tools, address)
        with Browser() as browser:
            browser.open(address)
            browser.script("localStorage.setItem('apus-author', 'Ann')")
            label(tools, browser, address)
            with Browser() as other:
                together(tools, browser, other, address)
            exports(tools, browser)
    with tools.served(*command) as address:
        with Browser() as browser:
            resumes(tools, browser, address)


def refuses(tools, address):
    """Without the address's token nothing is answered."""
    for path in ("", "state", "labels.csv"):
        try:
            urllib.request.urlopen(address.split("?")[0] + path)
            tools.check(False, f"/{path} is answered without the token")
        except urllib.error.HTTPError as error:
            tools.check(error.code == 401, f"/{path} is answered with {error.code} without the token")


def note(browser):
    return browser.find("#progress-note").text


def ready(browser):
    browser.find("#map")
    browser.wait(lambda: browser.script("const map = document.getElementById('map').map; return map && map.frames > 1"),
                 "the map is drawn", 60)
    browser.wait(lambda: not browser.find("#map-note").is_displayed, "the pictures are there", 60)
    time.sleep(0.7)


def lasso(browser, color, shift=False):
    """Draws around all pictures whose names begin with a color: the hull of their places, a little larger."""
    points = browser.script("""
        const map = document.getElementById("map").map;
        document.getElementById("map").scrollIntoView({block: "center"});
        const names = [...document.querySelectorAll("#grid button")].map((tile) => [Number(tile.dataset.item), tile.title]);
        const places = names.filter(([, name]) => name.startsWith(arguments[0])).map(([item]) => map.position(item));
        const middle = [0, 1].map((axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length);
        const box = document.getElementById("map").getBoundingClientRect();
        const hull = (list) => {
            const turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
            const half = (sorted) => sorted.reduce((kept, place) => {
                while (kept.length > 1 && turn(kept.at(-2), kept.at(-1), place) <= 0) kept.pop();
                return [...kept, place];
            }, []).slice(0, -1);
            const sorted = [...list].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
            return [...half(sorted), ...half(sorted.reverse())];
        };
        return hull(places).map(([x, y]) => {
            const away = Math.hypot(x - middle[0], y - middle[1]) || 1;
            return [Math.round(box.left + x + 4 * (x - middle[0]) / away), Math.round(box.top + y + 4 * (y - middle[1]) / away)];
        });""", color)
    points.append(points[0])
    moves = [{"type": "pointerMove", "duration": 20, "x": x, "y": y} for x, y in points]
    actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
    browser.call("POST", "/actions", {"actions": [
        {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})


def names(browser, selector="#grid button"):
    return [tile.attribute("title") for tile in browser.all(selector)]


def label(tools, browser, address):
    browser.open(address)
    ready(browser)
    browser.find("#more").click()
    browser.wait(lambda: len(browser.all("#grid button")) == 72, "all pictures are in the list")
    tools.look(browser, "label-start")
    tools.keyboard(browser, "label-start", presses=40)

    # The lasso, and the odd ones out.
    browser.find("#more").is_displayed
    lasso(browser, "red")
    browser.wait(lambda: browser.find("#show-selection").text != "Selection (0)", "the lasso selects")
    chosen = names(browser)
    tools.check(sum(name.startswith("red") for name in chosen) >= 20, f"the lasso selected {chosen}")
    for tile in browser.all("#grid button"):
        if not tile.attribute("title").startswith("red"):
            tile.click()
    tools.look(browser, "label-selection")
    browser.find("#new-name").type("red\ue007")
    browser.wait(lambda: browser.all("#labels button"), "a label")
    count = sum(name.startswith("red") for name in chosen)
    browser.wait(lambda: note(browser).startswith(f"{count} of 72"), f"{count} pictures are labeled")

    # Search by name, select from the list by keyboard, label by a new name.
    browser.find("#search").type("green1\ue007")
    browser.wait(lambda: browser.all("#grid button") and names(browser)[0].startswith("green1"), "what was searched for")
    browser.find("#grid button").type(" ")
    browser.press("Right")
    browser.press("Space")
    browser.wait(lambda: browser.find("#show-selection").text == "Selection (2)", "two are selected by keyboard")
    browser.find("#new-name").type("green\ue007")
    browser.wait(lambda: len(browser.all("#labels button")) == 2, "a second label")

    # Similar ones: select some of those that are shown, and label them by a key.
    browser.find("#search").clear()
    browser.find("#search").type("blue2\ue007")
    browser.wait(lambda: names(browser) and names(browser)[0].startswith("blue2"), "a blue one")
    browser.find("#grid button").click()
    browser.find("#similar").click()
    browser.wait(lambda: "similar" in browser.find("#list-note").text, "similar pictures")
    near = names(browser)[:8]
    tools.check(sum(name.startswith("blue") for name in near) >= 7, f"similar to a blue one are {near}")
    tools.look(browser, "label-similar")
    for tile in [tile for tile in browser.all("#grid button") if tile.attribute("title").startswith("blue")][:5]:
        tile.click()
    browser.find("#new-name").type("blue\ue007")
    browser.wait(lambda: len(browser.all("#labels button")) == 3, "a third label")

    # Training, what is unsure, fading.
    browser.find("#train").click()
    browser.wait(lambda: "Right about" in browser.find("#estimate").text, "an estimate")
    said = browser.find("#estimate").text
    tools.check(float(re.search(r"Right about ([\d.]+) %", said).group(1)) >= 80, said)
    browser.find("#fade").click()
    browser.find("#unsure").click()
    browser.wait(lambda: "least sure" in browser.find("#list-note").text, "the unsure ones")
    browser.wait(lambda: len(browser.all("#grid .perhaps")) > 10, "suggestions")
    tools.look(browser, "label-unsure")
    browser.find("#select-shown").click()
    browser.find("#accept").click()
    browser.wait(lambda: note(browser).startswith("72 of 72"), "suggestions are accepted")
    browser.find("#undo").click()
    browser.wait(lambda: not note(browser).startswith("72 of 72"), "an undone change")
    undone = note(browser)
    tools.check(not undone.startswith("72"), undone)

    # Projections and layers.
    browser.find("#projection").type("Separate")
    browser.wait(lambda: browser.find("#separating").is_displayed, "labels to be separated")
    ready(browser)
    tools.look(browser, "label-separating")
    before = browser.script("return document.getElementById('map').map.position(0)")
    browser.find("#map").type("\ue012")
    ready(browser)
    tools.check(browser.script("return document.getElementById('map').map.position(0)") != before, "another layer looks the same")
    browser.find("#map").type("+")
    tools.check(browser.script("return document.getElementById('map').map.view.zoom") > 1.2, "the map does not zoom")
    browser.find("#fit").click()

    # A large picture.
    browser.find("#grid button").type("\ue007")
    browser.wait(lambda: browser.find("#large-picture").value("naturalWidth") > 0, "a large picture")
    tools.look(browser, "label-large")
    browser.press("Escape")
    browser.complaints()


def together(tools, browser, other, address):
    """Two people label at once: each sees the other's labels, and nobody's are lost."""
    other.open(address)
    other.script("localStorage.setItem('apus-author', 'Ben')")
    other.open(address.split("?")[0])
    ready(other)
    browser.wait(lambda: note(other) == note(browser), "the same note for both")

    def search_and_select(page, query):
        page.find("#deselect").click()
        page.find("#search").clear()
        page.find("#search").type(query + "\ue007")
        page.wait(lambda: names(page) and all(query in name for name in names(page)), f"found {query}")
        page.find("#grid button").click()

    def given(page):
        return [element.text for element in page.all("#grid .given")]

    search_and_select(other, "red23")
    other.find("#new-name").type("stop\ue007")
    browser.find("#search").clear()
    browser.find("#search").type("red23\ue007")
    browser.wait(lambda: given(browser) == ["stop"], "the other's label is seen")
    # A change that was made without having seen the other's.
    browser.script("""
        window.held = window.fetch;
        window.fetch = (path, options) => String(path).startsWith("changes")
            ? Promise.reject(new Error("away")) : window.held(path, options);""")
    search_and_select(other, "red22")
    other.find("#new-name").type("stop\ue007")
    other.wait(lambda: given(other) == ["stop"], "Ben's label")
    search_and_select(browser, "red22")
    browser.find("#new-name").clear()
    browser.find("#new-name").type("go\ue007")
    browser.wait(lambda: browser.find("#conflict").is_displayed, "a conflict is told")
    browser.wait(lambda: given(browser) == ["stop"], "the first label after the conflict")
    tools.look(browser, "label-conflict")
    browser.script("window.fetch = window.held")
    browser.wait(lambda: True, "")
    time.sleep(2.5)
    browser.find("#anyway").click()
    browser.wait(lambda: given(browser) == ["go"], "Ann insists")
    other.wait(lambda: given(other) == ["go"], "Ben sees it")


def exports(tools, browser):
    browser.find("#copies").click()
    browser.wait(lambda: "pictures-labeled" in browser.find("#message").text, "the export is told")
    tools.check((tools.folder / "pictures-labeled" / "blue").is_dir(), "there is no folder of blue ones")
    browser.find("#copies").click()
    browser.wait(lambda: "already" in browser.find("#message").text, "a second export is refused")
    # The refusal stands in the console, too.
    browser.complaints()
    tools.look(browser, "label-exported")
    browser.complaints()
    tools.run("apus", "label", "pictures", "--csv", "labels.csv")
    with open(tools.folder / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = {row["item"]: row["label"] for row in rows}
    tools.check(labels["red22.png"] == "go" and {row["author"] for row in rows} == {"Ann", "Ben"}, f"{rows[:5]}")


def resumes(tools, browser, address):
    """The labels are there again."""
    browser.open(address)
    ready(browser)
    browser.wait(lambda: " of 72" in note(browser) and not note(browser).startswith("0"), "the number of labels")
    browser.wait(lambda: "green" in browser.find("#labels").text, "the labels of before")
