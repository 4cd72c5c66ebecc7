"""Every page of two builds on the same data: ``python benchmarks/pages.py OLD NEW``.

The older build makes its demo council; the newer one gets a copy of it and brings it up to date.
Both serve at once, and each page is asked of each in turn, so that what else the machine does meets
both. The pages are those to which the older build's own pages link, one of each kind, for somebody
of the support service. Milliseconds over HTTP: the median of each, and the median of the ratios.
It judges nothing by its exit code.
"""

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from paired import Build

WHO = "suzanne.kelleher@borsetshire.example"
FIRST = ("/tasks", "/board", "/timetable", "/meetings", "/work-programme", "/decisions", "/people")
TIMES, WARM, MOST = 15, 3, 60
NUMBER = re.compile(r"\d+|[A-Z]+-\d{4}(-[A-Z0-9-]+)?")
LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
NOT_READ = ("/static", "/sign-out", "/account/", ".csv", ".xlsx", ".ics", ".docx", "/frameworks/")


class Site:
    """One build that serves its folder, and one person who is signed in to it."""

    def __init__(self, build: Build, folder: Path):
        self.build, self.folder = build, folder
        self.cookies: dict[str, str] = {}

    def start(self) -> "Site":
        """Serve the folder until ``stop``; the demo is made where it is empty."""
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        environ |= {"DATA_DIR": str(self.folder), "PORT": "0"}
        self.run = subprocess.Popen(
            [self.build.plancycle, "run"],
            cwd=self.build.folder,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in self.run.stdout or ():
            if line.startswith("ready"):
                self.place = urlsplit(line.split()[1]).netloc
                return self
        raise SystemExit(f"{self.build.commit} did not start.")

    def stop(self) -> None:
        """End the run and all that it started."""
        self.run.send_signal(signal.SIGTERM)
        self.run.communicate()

    def asks(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of a page; a form is sent to it."""
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        to = http.client.HTTPConnection(self.place, timeout=60)
        to.request("GET" if form is None else "POST", path, body, headers)
        reply = to.getresponse()
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        text = reply.read().decode(errors="replace")
        to.close()
        return reply.status, text

    def signs_in(self) -> None:
        """With the demo's own password. Raises SystemExit where that opens nothing."""
        users = json.loads(self.build.run("demo-users", "--json", DATA_DIR=str(self.folder)))
        word = next(each["password"] for each in users if each["sign_in"] == WHO)
        _, page = self.asks("/sign-in")
        tokens = TOKEN.findall(page)
        form = {"email": WHO, "password": word, "csrf_token": tokens[-1] if tokens else ""}
        self.asks("/sign-in", form)
        if self.asks("/tasks")[0] != 200:
            raise SystemExit(f"{WHO} cannot sign in to {self.build.commit}.")

    def took(self, path: str) -> float:
        """Milliseconds of one page."""
        began = time.perf_counter()
        self.asks(path)
        return (time.perf_counter() - began) * 1000


def linked(site: Site) -> list[str]:
    """One page of each kind, found by following links from the first ones."""
    kinds: dict[str, str] = {}
    ahead = list(FIRST)
    while ahead and len(kinds) < MOST:
        path = ahead.pop(0)
        kind = NUMBER.sub("*", path.partition("?")[0])
        if kind in kinds or any(part in path for part in NOT_READ):
            continue
        status, text = site.asks(path)
        if status == 200:
            kinds[kind] = path
            ahead += [unescape(each) for each in LINK.findall(text)]
    return list(kinds.values())


def main() -> int:
    """Measure and print one table, the slowest ratio first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    given = parser.parse_args()
    old_build, new_build = Build(given.old), Build(given.new)
    with tempfile.TemporaryDirectory(prefix="plancycle-pages-") as place:
        Path(place).chmod(0o711)
        folders = [Path(place) / name for name in ("old", "new")]
        Site(old_build, folders[0]).start().stop()
        subprocess.run(["/bin/cp", "-a", str(folders[0]), str(folders[1])], check=True)
        sites: list[Site] = []
        try:
            for build, folder in zip((old_build, new_build), folders, strict=True):
                sites.append(Site(build, folder).start())
                sites[-1].signs_in()
            old, new = sites
            rows = []
            for path in linked(old):
                if new.asks(path)[0] == 200:
                    pairs = [(old.took(path), new.took(path)) for _ in range(WARM + TIMES)][WARM:]
                    was, now = (statistics.median(side) for side in zip(*pairs, strict=True))
                    ratio = statistics.median(mine / its for its, mine in pairs)
                    rows.append((ratio, was, now, path))
            for ratio, was, now, path in sorted(rows, reverse=True):
                print(f"{path:60} {was:>8.1f} {now:>8.1f}   x {ratio:.2f}", flush=True)
        finally:
            for site in sites:
                site.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
