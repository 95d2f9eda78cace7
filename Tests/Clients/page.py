"""Tests the web page of `bert serve` in headless Chromium (chromium and chromium-driver of Debian, selenium).

Usage: page.py BASE_URL [FOLDER_FOR_SCREENSHOTS]. The server must have the models of scripts/check-clients. Runs the code
that the page shows in a shell and in this Python, which needs openai, huggingface_hub and requests.
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

BASE = sys.argv[1].rstrip("/")
SHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None

options = Options()
options.binary_location = "/usr/bin/chromium"
for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
    options.add_argument(flag)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def find(name):
    return browser.find_elements(By.CSS_SELECTOR, f"[data-testid='{name}']")


def one(name):
    found = find(name)
    assert found, f"nothing has data-testid={name}"
    return found[0]


def until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen; error shown: {one('error').text!r}")


def runs():
    return int(one("result").get_attribute("data-n"))


def run(action):
    before = runs()
    action()
    until(lambda: runs() > before, "a run")


def choose(model, task):
    if Select(one("model")).first_selected_option.text != model:
        run(lambda: Select(one("model")).select_by_visible_text(model))
    run(lambda: one(f"task-{task}").click())
    assert one(f"task-{task}").get_attribute("aria-selected") == "true"
    assert one("error").text == ""


def write(name, text):
    browser.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))", one(name), text)


def code(language):
    return browser.execute_script("return arguments[0].textContent", one(language))


def from_curl():
    """The response to the shown curl command."""
    return json.loads(subprocess.run(["bash", "-c", code("curl").replace("curl ", "curl -s ", 1)], check=True, capture_output=True).stdout)


def from_python():
    """The output of the shown Python program."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(code("python"), {})
    return output.getvalue()


def shown():
    """The numbers beside the bars of the result."""
    return [round(float(bar.get_attribute("data-score")), 5) for bar in browser.find_elements(By.CSS_SELECTOR, ".bar")]


def shot(name):
    if SHOTS:
        SHOTS.mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(SHOTS / f"{name}.png"))


try:
    browser.get(BASE + "/")
    until(lambda: find("model") and len(Select(one("model")).options) >= 5, "the list of models")
    until(lambda: runs() > 0, "the first run")
    until(lambda: "ready" in one("status").text, "the status")
    assert len(find("status-model")) >= 5

    choose("demo", "classify")
    layers = [int(dots.get_attribute("data-layer")) for dots in find("exit-layer")]
    assert layers == [6, 6, 6], layers
    slider = one("exit-threshold")
    run(lambda: browser.execute_script(
        "arguments[0].value = 0.5; arguments[0].dispatchEvent(new Event('input'))", slider))
    layers = [int(dots.get_attribute("data-layer")) for dots in find("exit-layer")]
    assert min(layers) < 6, layers
    until(lambda: len(find("confidence")) == 3, "the confidence after each layer")
    for line in find("confidence"):
        scores = json.loads(line.get_attribute("data-scores"))
        assert len(scores) == 6 and all(0.5 <= score <= 1 for score in scores), scores
    shot("page-classify")
    scores = [label["score"] for labels in from_curl() for label in labels]
    assert shown() == [round(score, 5) for score in scores], (shown(), scores)
    assert json.loads(from_python()) == from_curl()
    run(lambda: one("input").send_keys(Keys.CONTROL, Keys.ENTER))
    before = runs()
    write("input", "dull\n🙂 wonderful")
    until(lambda: runs() > before, "a run by itself after a change")
    assert len(find("exit-layer")) == 2
    # Quotes, backslashes and words like true stay as they are.
    run(lambda: write("input", r"""it's "true" that \ is null # \n$HOME"""))
    assert shown() == [round(label["score"], 5) for labels in from_curl() for label in labels]
    assert json.loads(from_python()) == from_curl()
    assert "#" in code("swift") and "URLSession" in code("swift")
    run(lambda: write("input", "\n".join(f"text {number}" for number in range(8))))
    assert len(find("exit-layer")) == len(find("label")) == 8
    run(lambda: write("input", ""))
    assert one("error").text != "" and "request" in one("error").text

    choose("minilm", "similarity")
    cells = find("heat-cell")
    assert len(cells) == 16
    value = {(c.get_attribute("data-r"), c.get_attribute("data-c")): float(c.get_attribute("data-value")) for c in cells}
    assert abs(value["0", "0"] - 1) < 1e-4 and value["0", "1"] > value["0", "2"]
    vectors = [item["embedding"] for item in from_curl()["data"]]
    assert abs(sum(a * b for a, b in zip(vectors[0], vectors[1])) - value["0", "1"]) < 1e-5
    python = eval(from_python(), {})
    assert max(abs(a - b) for a, b in zip(python[0], vectors[0])) < 1e-6
    shot("page-similarity")
    choose("minilm", "search")
    assert find("hit") and "Swift is" in find("hit")[0].text
    choose("ranker", "rerank")
    assert len(find("hit")) == 3
    choose("ner", "ner")
    text = one("input").get_attribute("value")
    for mark in browser.find_elements(By.CSS_SELECTOR, "mark[data-label]"):
        start, end = int(mark.get_attribute("data-start")), int(mark.get_attribute("data-end"))
        assert browser.execute_script("return arguments[0].firstChild.textContent", mark) == text[start:end]
    labels = {mark.get_attribute("data-label") for mark in browser.find_elements(By.CSS_SELECTOR, "mark[data-label]")}
    assert {item.text for item in find("legend")} == labels and labels
    assert "entity_group" in from_python()
    choose("qa", "qa")
    assert find("answer")
    assert find("answer")[0].text in from_python()
    for model, mask in (("mlm", "[MASK]"), ("roberta", "<mask>")):
        choose(model, "fill-mask")
        assert mask in one("input").get_attribute("value")
        assert len(find("fill")) == 5
        assert shown() == [round(guess["score"], 5) for guess in from_curl()]
        run(find("fill")[0].click)
        assert mask not in one("input").get_attribute("value") and "mask" in one("error").text.lower()
    choose("minilm", "tokenize")
    assert find("token")[0].get_attribute("data-id") == "101"
    write("input", "<img src=x onerror=alert(1)>")
    time.sleep(0.6)
    assert not browser.find_elements(By.CSS_SELECTOR, "#result img")
    run(lambda: write("input", "word " * 300))
    assert sum("cut" in token.get_attribute("class").split() for token in find("token")) == 302 - 256
    assert "cut" not in find("token")[-1].get_attribute("class")
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-testid=sparkline] polyline"), "the sparkline")

    # Loading and unloading a model. Its tasks remain, and the next request loads it again.
    def control(model):
        return browser.find_element(By.CSS_SELECTOR, f"[data-control='{model}']")

    def state(model):
        return browser.execute_script(
            "return document.querySelector(`[data-model='${arguments[0]}']`).dataset.state", model)

    assert len(find("model-control")) == len(find("status-model"))
    choose("minilm", "similarity")
    assert control("minilm").text == "Unload" and state("minilm") == "loaded"
    control("minilm").click()
    until(lambda: state("minilm") == "unloaded" and control("minilm").text == "Load", "unloading")
    assert find("task-similarity") and find("task-search")
    control("minilm").send_keys(Keys.ENTER)
    until(lambda: state("minilm") == "loaded" and control("minilm").text == "Unload", "loading")
    control("minilm").click()
    until(lambda: state("minilm") == "unloaded", "unloading again")
    run(lambda: one("run").click())
    assert len(find("heat-cell")) == 16 and one("error").text == ""
    until(lambda: state("minilm") == "loaded", "loading for a request")

    # With the keyboard alone.
    one("task-similarity").click()
    run(lambda: one("task-similarity").send_keys(Keys.ARROW_RIGHT))
    assert one("task-search").get_attribute("aria-selected") == "true"
    assert browser.switch_to.active_element == one("task-search")
    run(lambda: one("task-search").send_keys(Keys.ARROW_LEFT))
    assert one("task-similarity").get_attribute("aria-selected") == "true"
    unnamed = browser.execute_script("""
        return [...document.querySelectorAll("input, select, textarea, button")].filter(node => node.offsetParent
            && !node.labels?.length && !node.textContent.trim() && !node.getAttribute("aria-label")).map(node => node.outerHTML)""")
    assert not unnamed, unnamed
    run(lambda: one("task-raw").click())
    until(lambda: len(browser.find_elements(By.CSS_SELECTOR, "#paths option")) > 20, "the paths")

    def background():
        return browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    light = background()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    assert background() != light
    run(lambda: one("task-similarity").click())
    shot("page-dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "light"}]})

    browser.set_window_size(400, 800)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), "sideways scrolling"
    shot("page-phone")
    severe = [line for line in browser.get_log("browser")
              if line["level"] == "SEVERE" and "422" not in line["message"] and "400" not in line["message"]]
    assert not severe, severe
    print("ok      page")
finally:
    browser.quit()
