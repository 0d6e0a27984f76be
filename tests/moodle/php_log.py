"""PHP's log: of both web nodes, and of what runs from the command line. Whose entry is it, and was it to be expected?"""

import re
import time

from installation import SUBPLUGINS

# The first of these in an entry is to blame: its words, the file of a warning, the innermost plugin of a backtrace.
OURS = rf"local_shopengine:|/local/shopengine/|/local/shop/paymodes/(?:{'|'.join(SUBPLUGINS)})/"
PLUGINS = re.compile(rf"({OURS})|/local/shop/|/auth/ticket/")

# Nobody's fault: the plugin of the 4.1 branch fails on any PHP 8; the suite lets no email leave the site; what Moodle caches for a visitor
# who has the answer already is lost with the closed session.
KNOWN = re.compile(r"Cannot increment local_shop\\Category|Not sending email due to \$CFG->noemailever config setting"
                   r"|mutated the session after it was closed: \$SESSION->cachestore_session: [^ $]*<ul")


class PhpLog:
    """`read` entries have been judged. Entries of ours that come after a test's end are the next one's to account for."""

    def __init__(self, path):
        self.path, self.read = path, 0

    def entries(self):
        text = self.path.read_text(errors="replace") if self.path.exists() else ""
        return [entry for entry in re.split(r"^(?=\[\d\d-\w{3}-\d{4} )", text, flags=re.M) if entry.strip()]

    def note(self, told):
        """Adds what PHP has printed in place of an entry."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a") as log:
            log.write(time.strftime("[%d-%b-%Y %H:%M:%S UTC] ") + told + "\n")

    def objections(self, declared=(), possible=(), forgiving=True, begun=0, patience=10):
        """What is wrong since it was asked last: entries of ours that no pattern names, patterns of `declared` that no entry of ours fits,
        and what others complained about since the entry `begun`, unless `forgiving`. Deprecations of theirs and KNOWN entries are forgiven always."""
        end = time.monotonic() + patience
        while True:
            entries = self.entries()
            ours = [entry for entry in entries[self.read:] if is_ours(entry)]
            missing = [pattern for pattern in declared if not any(re.search(pattern, entry) for entry in ours)]
            if not missing or time.monotonic() > end:
                break
            # What follows an answer takes a moment.
            time.sleep(0.5)
        self.read = len(entries)
        wrong = [entry for entry in ours if not any(re.search(pattern, entry) for pattern in (*declared, *possible))]
        others = [] if forgiving else [entry for entry in entries[begun:] if not is_ours(entry) and "PHP Deprecated:" not in entry]
        return wrong + [f"no entry of ours fits {pattern}" for pattern in missing] + [entry for entry in others if not is_known(entry)]


def is_ours(entry):
    first = PLUGINS.search(entry)
    return bool(first and first[1]) and not is_known(entry)


def is_known(entry):
    return KNOWN.search(entry) is not None
