"""The demo that the README begins with: it sells something through the shop's URLs and shows the trace."""

import subprocess

from server import EXTENSION, ROOT, free_port


def test_the_demo_sells_and_shows_the_trace(tmp_path):
    run = subprocess.run(
        ["php", "-d", f"extension={EXTENSION}", ROOT / "php/storefront/demo.php", f"--port={free_port()}",
         f"--db={tmp_path / 'demo.sqlite'}", "--once"], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "is COMPLETE" in run.stdout and "Order delivered : all lines" in run.stdout
