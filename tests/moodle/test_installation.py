"""The suite's own site: what a failed command leaves to read, and runs at the same time."""

import pytest

from installation import claim


def test_runs_at_the_same_time_have_a_folder_each(site, tmp_path):
    # The folder of this run is taken.
    mine = site.installation.kept
    other, lock = claim(mine)
    lock.close()
    assert other != mine and other.name.startswith(mine.name)
    claimed = [claim(tmp_path / "site") for _ in range(3)]
    assert [place.name for place, _ in claimed] == ["site", "site-2", "site-3"]
    claimed[1][1].close()
    assert claim(tmp_path / "site")[0].name == "site-2"


def test_a_command_that_fails_leaves_all_that_it_printed(site):
    script = site.installation.kept / "broken.php"
    script.write_text("<?php echo 'first line', str_repeat('x', 5000), 'last line'; fwrite(STDERR, 'why'); exit(3);")
    with pytest.raises(AssertionError) as failure:
        site.php(script)
    log = site.installation.kept / "broken.log"
    assert f"All of it is in {log}" in str(failure.value) and "ended with 3" in str(failure.value) and "last line" in str(failure.value)
    assert "first line" in log.read_text() and "why" in log.read_text()
