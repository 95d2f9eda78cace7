"""Tests the web page of `bert serve` in headless Chromium (chromium and chromium-driver of Debian, selenium).

Usage: page.py BASE_URL [FOLDER_FOR_SCREENSHOTS]. The server must have the models of scripts/check-clients.
"""

import pathlib
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
    shot("classify")
    run(lambda: one("input").send_keys(Keys.CONTROL, Keys.ENTER))
    before = runs()
    write("input", "dull\n🙂 wonderful")
    until(lambda: runs() > before, "a run by itself after a change")
    assert len(find("exit-layer")) == 2
    run(lambda: write("input", ""))
    assert one("error").text != "" and "request" in one("error").text

    choose("minilm", "similarity")
    cells = find("heat-cell")
    assert len(cells) == 16
    value = {(c.get_attribute("data-r"), c.get_attribute("data-c")): float(c.get_attribute("data-value")) for c in cells}
    assert abs(value["0", "0"] - 1) < 1e-4 and value["0", "1"] > value["0", "2"]
    assert "curl" in browser.execute_script("return arguments[0].textContent", one("curl"))
    shot("similarity")
    choose("minilm", "search")
    assert find("hit") and "Swift is" in find("hit")[0].text
    choose("ranker", "rerank")
    assert len(find("hit")) == 3
    choose("ner", "ner")
    text = one("input").get_attribute("value")
    for mark in browser.find_elements(By.CSS_SELECTOR, "mark[data-label]"):
        start, end = int(mark.get_attribute("data-start")), int(mark.get_attribute("data-end"))
        assert browser.execute_script("return arguments[0].firstChild.textContent", mark) == text[start:end]
    choose("qa", "qa")
    assert find("answer")
    choose("mlm", "fill-mask")
    assert len(find("fill")) == 5
    choose("minilm", "tokenize")
    assert find("token")[0].get_attribute("data-id") == "101"
    write("input", "<img src=x onerror=alert(1)>")
    time.sleep(0.6)
    assert not browser.find_elements(By.CSS_SELECTOR, "#result img")
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-testid=sparkline] polyline"), "the sparkline")

    browser.set_window_size(400, 800)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"), "sideways scrolling"
    shot("phone")
    severe = [line for line in browser.get_log("browser")
              if line["level"] == "SEVERE" and "422" not in line["message"] and "400" not in line["message"]]
    assert not severe, severe
    print("ok      page")
finally:
    browser.quit()
