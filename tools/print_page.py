"""Print the built cheat sheet to PDF with a headless Chromium, and see that it is one page.

python tools/print_page.py _build/html/book/cheatsheet.html _build/html/cheatsheet.pdf
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def print_page(page: Path, pdf: Path) -> None:
    """Print a page to PDF, after its formulas are set."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise SystemExit("This needs Chromium or Chrome (Debian, Ubuntu: apt install chromium).")
    with tempfile.TemporaryDirectory() as profile:
        options = f"""--headless --no-sandbox --disable-gpu --disable-quic --no-first-run
            --disable-background-networking --disable-component-update --disable-sync
            --no-pdf-header-footer --virtual-time-budget=60000
            --user-data-dir={profile}""".split()
        command = [browser, *options, f"--print-to-pdf={pdf}", page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def pages(pdf: bytes) -> int:
    """Return the number of pages of a PDF that Chromium wrote."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def main() -> int:
    """Print the page and count."""
    page, pdf = map(Path, sys.argv[1:])
    pdf.unlink(missing_ok=True)
    print_page(page, pdf)
    count = pages(pdf.read_bytes())
    if count != 1:
        print(f"{pdf}: expected one page, got {count}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
