"""The page in headless Chromium: no error, no request, and a script that does what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .test_html import PAYLOADS, example, page_with

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")

PROBE = """
<script>
const seen = [];
addEventListener("error", (event) => seen.push("error " + event.message));
addEventListener("securitypolicyviolation", (event) => seen.push("refused " + event.blockedURI));
addEventListener("load", () => {
  const button = document.querySelector("button.scale");
  const line = document.querySelector("[id$='-line-0'] path");
  const before = line && line.getAttribute("d");
  if (button) {
    button.click();
    seen.push("moved " + (line.getAttribute("d") !== before));
    button.click();
    seen.push("back " + (line.getAttribute("d") === before));
  }
  const drawing = document.querySelector("[data-pointer]");
  drawing.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
  seen.push("tip " + (document.querySelector(".tip:not([hidden])")?.textContent.length > 0));
  seen.push("wide " + (document.documentElement.scrollWidth > innerWidth));
  seen.push("loaded " + performance.getEntriesByType("resource").length);
  document.title = "PROBE " + seen.join("|");
});
</script>
"""


def seen_in(page: str, folder: Path) -> list[str]:
    """Open a page, with a probe that its policy would refuse, and return what the probe saw."""
    unlocked, count = re.subn(r"script-src 'sha256-[^']*'", "script-src 'unsafe-inline'", page)
    assert count == 1
    path = folder / "page.html"
    path.write_text(unlocked.replace("<style>", f"{PROBE}<style>", 1), encoding="utf-8")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=500,900"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=3000", "--dump-dom"]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, timeout=60, check=True)
    found = re.search(r"<title>PROBE (.*?)</title>", done.stdout.decode("utf-8", "replace"), re.S)
    assert found is not None
    return found[1].split("|")


def test_page_works_in_a_browser(tmp_path: Path) -> None:
    expected = ["moved true", "back true", "tip true", "wide false", "loaded 0"]
    assert seen_in(example(), tmp_path) == expected


def test_hostile_names_stay_inert_in_a_browser(tmp_path: Path) -> None:
    seen = seen_in(page_with(" ".join(PAYLOADS[:5])), tmp_path)
    assert seen == ["moved true", "back true", "tip true", "wide false", "loaded 0"]


def test_policy_lets_the_pages_own_script_run(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(example(), encoding="utf-8")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert b'class="scale"' in done.stdout
