"""The companion's own tests in Moodle's form."""

import os
import subprocess

import pytest

from installation import ROOT


# It installs Moodle once more, for PHPUnit.
@pytest.mark.timeout(3600)
def test_phpunit(site):
    folder = site.installation.kept / "phpunit"
    environment = {**os.environ, "MOODLE_DIR": str(site.installation.code), "MOODLE_PHPUNIT_DIR": str(folder)}
    run = subprocess.run([str(ROOT / "tests/moodle/phpunit.sh")], env=environment, capture_output=True, text=True)
    print(run.stdout[-2000:])
    assert run.returncode == 0 and " 0 failed" in run.stdout.splitlines()[-1], (run.stdout + run.stderr)[-3000:]
