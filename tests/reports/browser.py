"""A headless Chromium, spoken to through two pipes: it opens pages, measures and prints them."""

import base64
import json
import os
import select
import shutil
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
ANSWER_SECONDS = 40
PAPERS = {"A4": (8.2677, 11.6929), "Letter": (8.5, 11)}


def program():
    """The path of a Chromium, or nothing when there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One browser with one tab, which is made small or large, light or dark, as is wanted."""

    def __init__(self, profile):
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        flags = "--headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run"
        flags += " --disable-dev-shm-usage --disable-background-networking --remote-debugging-pipe"
        command = f'exec "$0" {flags} --user-data-dir="$1" about:blank 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, program(), str(profile)],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "HOME": str(profile)},
        )
        os.close(to_read)
        os.close(to_write)
        self._got, self._last, self._events = b"", 0, []
        self._session = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._ask(f"{domain}.enable")

    def open(self, path, *, width=1280, height=800, scheme="light"):
        """Show a page in a window of that size; returns the addresses that it asked for."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", features=features)
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._events.clear()
        self._ask("Page.navigate", url=path.as_uri())
        self._wait_for("Page.loadEventFired")
        sent = [one for one in self._events if one["method"] == "Network.requestWillBeSent"]
        return [one["params"]["request"]["url"] for one in sent]

    def tell(self, script):
        """What a script of the test's own, run in the page, comes to; a promise is waited for."""
        answer = self._ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"]["value"]

    def said(self):
        """What was written to the console since the page was opened."""
        return [one for one in self._events if one["method"] == "Log.entryAdded"]

    def picture(self):
        """The whole page as it is shown, as a PNG."""
        answer = self._ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def printed(self, paper):
        """The page on paper of a name, or of that many inches, as a PDF."""
        width, height = PAPERS.get(paper, paper)
        answer = self._ask("Page.printToPDF", paperWidth=width, paperHeight=height)
        return base64.b64decode(answer["data"])

    def close(self):
        """End it."""
        self._ask("Browser.close", session=False)
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def _ask(self, method, *, session=True, **params):
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if session and self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._events.append(answer)

    def _wait_for(self, method):
        while not any(one["method"] == method for one in self._events):
            self._events.append(self._next())

    def _next(self):
        until = time.monotonic() + ANSWER_SECONDS
        while b"\0" not in self._got:
            ready, _, _ = select.select([self._read], [], [], max(0, until - time.monotonic()))
            more = os.read(self._read, 1 << 20) if ready else b""
            if not more:
                raise RuntimeError("the browser does not answer")
            self._got += more
        message, _, self._got = self._got.partition(b"\0")
        return json.loads(message)
