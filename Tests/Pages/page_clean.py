"""The page of `apus clean`: lists, choices by mouse and keyboard, the plan, applying and undoing; pictures and rows."""

import shutil

import samples
from webdriver import Browser


def check(tools):
    samples.colored_squares(tools.folder / "squares")
    tools.run("apus", "train", "image", "squares", "--from-scratch", "--epochs", "5", "--size", "64", "--batch-size", "8",
               "--no-augment", "--workers", "0", "--export", "colors.safetensors")
    # What is wrong with the data: two labels, a picture that is there twice, and a file that is no picture.
    squares = tools.folder / "squares"
    for number in (0, 1):
        (squares / "red" / f"red{number}.png").rename(squares / "blue" / f"wrong{number}.png")
    shutil.copy(squares / "green" / "green3.png", squares / "green" / "again.png")
    (squares / "green" / "broken.png").write_text("no picture")
    with tools.served("apus", "clean", "colors.safetensors", "squares", "--port", "0") as address:
        with Browser() as browser:
            strangers(tools, browser, address)
        # The address has been tried without its token: it still lets one browser in.
        with Browser() as browser:
            pictures(tools, browser, address)
    with tools.served("apus", "clean", "colors.safetensors", "squares", "--port", "0") as address:
        with Browser() as browser:
            later(tools, browser, address)
    said = tools.run("apus", "clean", "--undo", "colors.safetensors", "squares")
    tools.check("where they were" in said, f"--undo says: {said}")
    tools.check((squares / "blue" / "wrong0.png").exists(), "--undo has not brought a picture back")
    rows(tools)


def strangers(tools, browser, address):
    browser.open(address.split("?")[0])
    # The console tells of the refusal.
    browser.complaints()
    tools.check("has not been let in" in browser.find("main").text, "a browser without the token is let in")
    tools.look(browser, "clean-refused")


def files(folder):
    """The files of a data set, without what cleaning keeps beside them."""
    return sorted(str(path.relative_to(folder)) for path in folder.glob("[!.]*/*"))


def names(browser):
    return [element.attribute("title") for element in browser.all("#list .name")]


def tab(browser, order):
    browser.find(f"#order-{order}").click()
    browser.wait(lambda: not browser.find("#list").attribute("aria-busy"), f"the list of {order}")


def chosen(browser):
    return browser.find("#chosen").text


def pictures(tools, browser, address):
    squares = tools.folder / "squares"
    browser.open(address)
    browser.wait(lambda: browser.all("#list [data-index]"), "pictures")
    tools.check("token" not in browser.url, f"the token stays in the address {browser.url}")
    tools.check(browser.find("#part").value("value") == "valid", "the validation set is not first")
    browser.wait(lambda: browser.find("#list img").value("naturalWidth") > 0, "a thumbnail")
    tools.look(browser, "clean-start")
    tools.keyboard(browser, "clean-start")

    # What is wrong with the data is found.
    browser.script("const part = document.getElementById('part'); part.value = ''; part.dispatchEvent(new Event('change'));")
    tab(browser, "loss")
    browser.wait(lambda: {"blue/wrong0.png", "blue/wrong1.png"} <= set(names(browser)[:8]), "the wrong ones among the largest losses")
    tab(browser, "unreadable")
    browser.wait(lambda: names(browser) == ["green/broken.png"], "the unreadable one alone")
    tab(browser, "duplicates")
    browser.script("const field = document.getElementById('threshold'); field.value = '0.999'; "
                   "field.dispatchEvent(new Event('change'));")
    browser.wait(lambda: browser.all(".clean-group"), "a group of near duplicates")
    browser.wait(lambda: {"green/green3.png", "green/again.png"} <= set(names(browser)), "both duplicates")
    tools.look(browser, "clean-duplicates")
    for order in ("mislabeled", "confidence"):
        tab(browser, order)
    tab(browser, "loss")

    # By keyboard: delete, keep, relabel by a digit, take back; the next item is reached by itself.
    browser.script("document.querySelector('#list [data-index]').focus()")
    first = browser.script("return document.activeElement.dataset.index")
    browser.press("d")
    browser.wait(lambda: chosen(browser).startswith("1 to delete"), "one to delete")
    tools.check(browser.script("return document.activeElement.dataset.index") != first, "the next item is not reached")
    browser.press("k")
    browser.wait(lambda: "1 kept" in chosen(browser), "one kept")
    browser.press("3")
    browser.wait(lambda: "1 to relabel" in chosen(browser) or "0 to relabel" in chosen(browser), "an answer")
    browser.press("z")
    browser.press("z")
    browser.wait(lambda: chosen(browser) == "1 to delete, 0 to relabel, 0 kept", f"taken back, not {chosen(browser)}")
    browser.press("z")
    browser.wait(lambda: chosen(browser) == "0 to delete, 0 to relabel, 0 kept", "all taken back")
    browser.press("Shift+Right")
    browser.press("Shift+Right")
    tools.check(len(browser.all("#list [aria-selected=true]")) == 3, "a range is not selected by the keyboard")
    browser.press("Enter")
    browser.wait(lambda: browser.find("#closer img").value("naturalWidth") > 0, "the picture from close")
    tools.look(browser, "clean-closer")
    browser.press("Escape")
    browser.press("Escape")

    # By mouse, several at once: the wrongly labeled ones to the suggested label, another one away.
    for element in browser.all("#list [data-index]"):
        if element.attribute("aria-selected") == "true":
            element.click()
    wrong = [element for element in browser.all("#list [data-index]") if "wrong" in element.text]
    for element in wrong:
        element.click()
    browser.wait(lambda: browser.find("#selected").text == "2 selected", "two selected")
    browser.find("#new-label").type("3")
    browser.wait(lambda: "2 to relabel" in chosen(browser), f"two to relabel, not {chosen(browser)}")
    [element for element in browser.all("#list [data-index]") if "again" in element.text][0].click()
    browser.find("[data-act=delete]").click()
    browser.wait(lambda: chosen(browser) == "1 to delete, 2 to relabel, 0 kept", chosen(browser))
    browser.find("#select-all").click()
    tools.look(browser, "clean-chosen")
    before = files(squares)

    # The plan, first only looked at.
    browser.find("#look").click()
    browser.wait(lambda: browser.find("#plan").attribute("open") is not None, "the plan")
    browser.wait(lambda: "green/again.png goes into the bin." in browser.find("#plan-text").text, "the bin in the plan")
    tools.look(browser, "clean-plan")
    browser.find("#plan [data-close]").click()
    tools.check(before == files(squares), "looking has changed files")
    browser.find("#look").click()
    browser.wait(lambda: browser.find("#plan").attribute("open") is not None, "the plan")
    browser.find("#apply").click()
    browser.wait(lambda: browser.all("#result pre"), "the command for the next training")
    tools.check(not (squares / "green" / "again.png").exists(), "a deleted picture is there")
    tools.check((squares / "red" / "wrong0.png").exists() and (squares / "red" / "wrong1.png").exists(), "not relabeled")
    command = browser.find("#result pre").text
    tools.check(command.startswith("apus train image squares --valid-list "), command)
    tools.look(browser, "clean-applied")
    browser.find("#result .row button:last-child").click()
    browser.wait(lambda: browser.all("#result .notice.good"), "undone")
    tools.check(before == files(squares), "undo has not restored all")
    browser.wait(lambda: chosen(browser) == "1 to delete, 2 to relabel, 0 kept", "the choices after the undo")


def later(tools, browser, address):
    """Choices are there again in the next start."""
    browser.open(address)
    browser.wait(lambda: browser.all("#list [data-index]"), "pictures")
    browser.wait(lambda: chosen(browser) == "1 to delete, 2 to relabel, 0 kept", "the choices of before")
    browser.find("#look").click()
    browser.wait(lambda: browser.find("#plan").attribute("open") is not None, "the plan")
    browser.find("#apply").click()
    browser.wait(lambda: browser.all("#result pre"), "the command for the next training")
    # The command works as it stands.
    words = browser.find("#result pre").text.split()
    tools.run(*words, "--from-scratch", "--epochs", "1", "--size", "64", "--batch-size", "8", "--workers", "0")
    tools.check((tools.folder / "colors-cleaned.safetensors").exists(), "the command has trained no model")


def rows(tools):
    """Rows of a table, on a phone."""
    people = tools.folder / "people.csv"
    samples.rows(people)
    tools.run("apus", "train", "table", "people.csv", "--target", "answer", "--epochs", "3", "--no-baseline", "--export",
              "people.safetensors")
    before = people.read_text()
    with tools.served("apus", "clean", "people.safetensors", "--csv", "people.csv", "--target", "answer", "--port",
                      "0") as address:
        with Browser() as browser:
            browser.open(address)
            browser.wait(lambda: browser.all("#list tr[data-index]"), "rows")
            tools.look(browser, "clean-rows")
            tools.keyboard(browser, "clean-rows")
            browser.script("document.querySelector('#list [data-index]').focus()")
            first = browser.find("#list tr[data-index]").text
            browser.press("d")
            browser.wait(lambda: chosen(browser).startswith("1 to delete"), "one to delete")
            browser.press("s")
            browser.wait(lambda: "1 to relabel" in chosen(browser), f"the suggested label, not {chosen(browser)}")
            tools.look(browser, "clean-rows-chosen")
            browser.find("#look").click()
            browser.wait(lambda: browser.find("#plan").attribute("open") is not None, "the plan")
            browser.find("#apply").click()
            browser.wait(lambda: browser.all("#result pre"), "the command for the next training")
            after = people.read_text()
            tools.check(len(after.splitlines()) == len(before.splitlines()) - 1, "a row is not taken out")
            kept = set(before.splitlines())
            changed = [line for line in after.splitlines() if line not in kept]
            tools.check(len(changed) == 1, f"{len(changed)} rows have changed, after {first}")
            browser.complaints()
    tools.run("apus", "clean", "--undo", "people.safetensors", "--csv", "people.csv")
    tools.check(people.read_text() == before, "--undo has not restored the table")
