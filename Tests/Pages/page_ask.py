"""The page of `apus serve`: pictures, masks, rows, texts that are written, recommendations, where the model looked, corrections,
drift; also without scripts."""

import json
import pathlib
import random
import time
import urllib.request

import samples
from webdriver import Browser


def train(tools):
    samples.colored_squares(tools.folder / "squares")
    tools.run("apus", "train", "image", "squares", "--from-scratch", "--arch", "squeezenet1_1", "--epochs", "3", "--size",
              "64", "--batch-size", "8", "--no-augment", "--workers", "0", "--export", "colors.safetensors")
    samples.rows(tools.folder / "people.csv")
    tools.run("apus", "train", "table", "people.csv", "--target", "answer", "--epochs", "3", "--no-baseline", "--export",
              "people.safetensors")
    samples.masked_squares(tools.folder / "masked")
    tools.run("apus", "train", "image", "masked/pictures", "--masks", "masked/masks", "--codes", "masked/codes.txt",
              "--from-scratch", "--arch", "squeezenet1_1", "--epochs", "2", "--size", "32", "--batch-size", "4", "--no-augment",
              "--workers", "0", "--export", "where.safetensors")
    samples.texts(tools.folder / "texts.csv")
    tools.run("apus", "train", "language", "texts.csv", "--weights", "none", "--epochs", "1", "--batch-size", "4",
              "--min-frequency", "1",
              "--export", "writer.safetensors")
    samples.ratings(tools.folder / "ratings.csv")
    tools.run("apus", "train", "ratings", "ratings.csv", "--epochs", "8", "--factors", "4", "--export", "films.safetensors")


MODELS = ["colors", "people", "where", "writer", "films"]


def check(tools):
    train(tools)
    with tools.served("apus", "serve", *(f"{name}.safetensors" for name in MODELS), "--port", "0", "--feedback",
                      "feedback") as address:
        with Browser() as browser:
            pictures(tools, browser, address)
            several(tools, browser, address)
            table(tools, browser, address)
            masks(tools, browser, address)
            writing(tools, browser, address)
            recommendations(tools, browser, address)
            drift(tools, browser, address)
        with Browser(scripts=False) as browser:
            without_scripts(tools, browser, address)
    retraining(tools)


def said(tools):
    log = tools.folder / "feedback" / "feedback.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def pictures(tools, browser, address):
    browser.open(address)
    tools.check("colors" in browser.title, f"the title is {browser.title}")
    tools.look(browser, "ask-picture-start")
    tools.keyboard(browser, "ask-picture-start")

    picture = tools.folder / "squares" / "blue" / "blue1.png"
    browser.find("#field-file").type(picture)
    heading = browser.find("#answer .answer h2")
    browser.wait(lambda: "%" in browser.find("#answer h2").text, "an answer with its probability")
    answer = browser.find("#answer h2").text.split()[0]
    tools.check(answer in samples.COLORS, f"the answer is {answer}")
    tools.check(len(browser.all("#answer .bars tr")) == 3, "there is no bar for each class")
    browser.wait(lambda: browser.find("#answer img").value("naturalWidth") > 0, "the picture")
    browser.wait(lambda: answer in browser.find("#live").value("textContent"), "the answer is announced")
    tools.look(browser, "ask-picture-answer")
    tools.keyboard(browser, "ask-picture-answer")

    # Where it looked.
    browser.find(".explain button").click()
    browser.wait(lambda: len(browser.all("#answer .pictures img")) == 2, "a heat map beside the picture")
    tools.look(browser, "ask-picture-heat-map")

    # A correction, by keyboard: without consent it is not sent.
    browser.find("#answer summary").type("\ue007")
    right = "green" if answer != "green" else "red"
    browser.find("#answer select").type(right)
    browser.find(".feedback button").type("\ue007")
    time.sleep(0.3)
    tools.check(not said(tools), "a correction was kept without consent")
    browser.find(".feedback input[name=consent]").type(" ")
    tools.look(browser, "ask-picture-correction")
    browser.find(".feedback button").type("\ue007")
    browser.wait(lambda: browser.all("#answer .notice.good"), "thanks for the correction")
    kept = said(tools)
    tools.check(len(kept) == 1 and kept[0]["correction"] == [right] and kept[0]["answer"] == answer, f"kept: {kept}")
    tools.check((tools.folder / "feedback" / kept[0]["file"]).read_bytes() == picture.read_bytes(), "another picture is kept")
    tools.look(browser, "ask-picture-thanks")

    # More pictures: by dropping two at once, and by pasting; then the list of earlier answers.
    for name in ("drop", "paste"):
        before = len(browser.all("#history li"))
        browser.script("""
            const [kind, done] = arguments;
            const files = new DataTransfer();
            const paint = (color) => new Promise((resolve) => {
                const canvas = document.createElement("canvas");
                canvas.width = canvas.height = 64;
                const context = canvas.getContext("2d");
                context.fillStyle = "gray";
                context.fillRect(0, 0, 64, 64);
                context.fillStyle = color;
                context.fillRect(12, 12, 36, 36);
                canvas.toBlob((blob) => resolve(new File([blob], "square.png", {type: "image/png"})));
            });
            Promise.all((kind === "drop" ? ["#c82828", "#28a03c"] : ["#2846c8"]).map(paint)).then((made) => {
                for (const file of made) files.items.add(file);
                const event = kind === "drop"
                    ? new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true})
                    : new ClipboardEvent("paste", {clipboardData: files, bubbles: true, cancelable: true});
                document.querySelector("main").dispatchEvent(event);
            });""", name)
        more = 2 if name == "drop" else 1
        browser.wait(lambda: len(browser.all("#history li")) == before + more, f"answers after {name}")
    tools.look(browser, "ask-picture-history")
    browser.all("#history button")[-1].click()
    browser.wait(lambda: browser.find("#answer h2").text.startswith(answer), "the first answer is shown again")

    # What is no picture.
    (tools.folder / "notes.png").write_text("not a picture")
    browser.find("#field-file").type(tools.folder / "notes.png")
    browser.wait(lambda: browser.all("#answer .notice.bad"), "what is no picture is told")
    # The console notes the refused request.
    browser.complaints()
    tools.look(browser, "ask-picture-error")


def table(tools, browser, address):
    browser.open(f"{address.rstrip('/')}/?model=people")
    tools.look(browser, "ask-table-start")
    tools.keyboard(browser, "ask-table-start")
    age = browser.find('[name="column.age"]')
    age.clear()
    age.type("30")
    browser.find('[name="column.city"]').type("Lyon")
    schooling = browser.find('[name="column.schooling"]')
    schooling.clear()
    schooling.type("18\ue007")
    browser.wait(lambda: browser.all("#answer h2"), "an answer for a row")
    tools.check(browser.find("#answer h2").text.split()[0] in ("yes", "no"), "the answer is not yes or no")
    tools.look(browser, "ask-table-answer")
    schooling = browser.find('[name="column.schooling"]')
    schooling.clear()
    schooling.type("much\ue007")
    browser.wait(lambda: browser.all("#answer .notice.bad"), "what is no number is told")
    tools.check("schooling" in browser.find("#answer .notice.bad").text, "the column is not named")
    browser.complaints()


def several(tools, browser, address):
    """The models' names lead from one to the other, and the one that is shown is marked."""
    browser.open(address)
    tools.check([tab.text for tab in browser.all("nav .tab")] == MODELS, "the models are not listed")
    browser.all("nav .tab")[2].click()
    browser.wait(lambda: "where" in browser.title, "the third model's page")
    tools.check(browser.find('nav [aria-current="page"]').text == "where", "the model that is shown is not marked")


def masks(tools, browser, address):
    browser.open(f"{address.rstrip('/')}/?model=where")
    browser.find("#field-file").type(tools.folder / "masked" / "pictures" / "square3.png")
    browser.wait(lambda: len(browser.all("#answer .pictures img")) == 2, "the overlay and the picture")
    browser.wait(lambda: all(image.value("naturalWidth") == 64 for image in browser.all("#answer .pictures img")),
                 "pictures of the picture's size")
    names = {row.text for row in browser.all("#answer .bars th")}
    tools.check(names and names <= {"ground", "square"}, f"the parts of the picture are {names}")
    tools.check(len(browser.all("#answer .legend li")) == len(names), "not every part has its color in the legend")
    tools.look(browser, "ask-mask-answer")


def writing(tools, browser, address):
    browser.open(f"{address.rstrip('/')}/?model=writer")
    tools.look(browser, "ask-text-start")
    tools.keyboard(browser, "ask-text-start")
    # What stands on the page each time that it changes: the text has to grow word by word.
    browser.script("""
        window.lengths = [];
        new MutationObserver(() => {
            const length = document.querySelector("#answer .generated")?.textContent.length ?? 0;
            if (length !== window.lengths.at(-1)) window.lengths.push(length);
        }).observe(document.getElementById("answer"), {childList: true, subtree: true, characterData: true});""")
    browser.find("#field-text").type("babe bida")
    words = browser.find('[name="words"]')
    words.clear()
    words.type("20")
    button = browser.find(".ask-form button[type=submit]")
    label = button.text
    for _ in range(4):
        browser.script("window.lengths = []")
        button.click()
        browser.wait(lambda: button.text != label or browser.script("return window.lengths.length") > 3, "the writing begins")
        browser.wait(lambda: button.text == label, "the writing ends")
        text = browser.find("#answer .generated").text
        # Now and then the model ends a text early.
        if len(text.split()) >= 12:
            break
    tools.check(text.startswith("babe bida") and len(text.split()) >= 12, f"written: {text}")
    lengths = browser.script("return window.lengths")
    tools.check(len(lengths) >= 8 and lengths == sorted(lengths), f"the text did not come word by word: {lengths}")
    browser.wait(lambda: "babe bida" in browser.find("#live").value("textContent"), "the text is announced")
    tools.look(browser, "ask-text-answer")
    # A long one is stopped; what is there stays.
    words.clear()
    words.type("2000")
    button.click()
    browser.wait(lambda: button.text != label and len(browser.find("#answer .generated").text) > 40, "the beginning of a text")
    tools.look(browser, "ask-text-writing")
    button.click()
    browser.wait(lambda: button.text == label, "the end of the writing")
    tools.check(not browser.all("#answer .notice.bad"), "stopping is an error")
    stopped = browser.find("#answer .generated").text
    time.sleep(0.3)
    tools.check(browser.find("#answer .generated").text == stopped, "the text goes on after it was stopped")
    tools.check(len(browser.all("#history li")) >= 2, "the texts are not among the earlier answers")


def recommendations(tools, browser, address):
    browser.open(f"{address.rstrip('/')}/?model=films")
    tools.look(browser, "ask-films-start")
    browser.find('[name="column.user"]').type("user 4")
    browser.find(".ask-form button[type=submit]").click()
    browser.wait(lambda: browser.all("#answer table"), "recommendations")
    films = [row.text for row in browser.all("#answer tbody th")]
    tools.check(films and all("(" in film for film in films), f"recommended: {films}")
    tools.look(browser, "ask-films-answer")
    browser.find('[name="column.film"]').type("Alien (1979)")
    browser.find(".ask-form button[type=submit]").click()
    browser.wait(lambda: browser.all("#answer .number-answer"), "the rating of one film")
    rating = float(browser.find("#answer .number-answer").text)
    tools.check(0 < rating < 6, f"the rating is {rating}")
    tools.look(browser, "ask-films-rating")


def drift(tools, browser, address):
    """Much older people are told of on the page, and that one of them is unlike the training's."""
    draw = random.Random(3)
    sent = [{"age": draw.randrange(140, 220), "city": "Bern", "married": "true", "schooling": 12} for _ in range(200)]
    request = urllib.request.Request(f"{address.rstrip('/')}/models/people/predict", json.dumps({"rows": sent}).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        scores = [answer["outOfDomain"] for answer in json.load(response)["answers"]]
    tools.check(sorted(scores)[100] > 1, f"the scores of strange rows are {scores[:5]}")
    browser.open(f"{address.rstrip('/')}/?model=people")
    notice = browser.find(".ask .notice.warn").text
    tools.check('"age" is ' in notice, f"the page says of drift: {notice}")
    age = browser.find('[name="column.age"]')
    age.clear()
    age.type("180\ue007")
    browser.wait(lambda: browser.all("#answer .notice.warn"), "that a row is unlike the training's")
    tools.look(browser, "ask-drift")


def without_scripts(tools, browser, address):
    browser.open(address)
    tools.check(browser.find("#field-file").is_displayed, "without scripts the field for files is hidden")
    browser.find("#field-file").type(tools.folder / "squares" / "red" / "red2.png")
    browser.find(".ask-form button[type=submit]").click()
    answer = browser.find("#answer h2").text.split()[0]
    tools.check(answer in samples.COLORS, f"without scripts the answer is {answer}")
    tools.look(browser, "ask-plain-answer")
    browser.find("#answer summary").click()
    browser.find("#answer select").type("red")
    browser.find(".feedback input[name=consent]").click()
    before = len(said(tools))
    browser.find(".feedback button").click()
    browser.find("#answer .notice.good")
    tools.check(len(said(tools)) == before + 1, "without scripts the correction is not kept")
    tools.look(browser, "ask-plain-thanks")
    browser.open(address)
    (tools.folder / "empty.png").write_bytes(b"")
    browser.find("#field-file").type(tools.folder / "empty.png")
    browser.find(".ask-form button[type=submit]").click()
    # The click returns before the next page is there.
    browser.wait(lambda: browser.all("#answer .notice.bad"), "without scripts an error is told on the page")


def retraining(tools):
    """The corrections are learned from."""
    kept = len(said(tools))
    output = tools.run("apus", "train", "image", "squares", "--feedback", "feedback", "--from-scratch", "--arch",
                       "squeezenet1_1", "--epochs", "1", "--size", "64", "--batch-size", "8", "--workers", "0")
    tools.check(f"feedback: {kept} corrections" in output, f"the training does not tell of {kept} corrections:\n{output[-500:]}")
