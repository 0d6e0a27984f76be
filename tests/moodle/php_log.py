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

# The plugin's own pages and handlers: words that its language packs lack, and on PHP 8 variables and properties that are read and never set.
WORDS = r"Invalid get_string\(\) identifier: '(?:FAILED|edit|editbill)' or component 'local_shop'"
STOCK = re.compile("|".join([WORDS] + [rf"PHP Warning:  {what} in \S+/local/shop/{file}\.php on line" for what, file in (
    (r"Undefined variable \$(?:hasdiscounts|p)", "bills/renderer"),
    (r"Undefined (?:variable \$customerid|property: stdClass::\$shopownerid)", "purchasemanager/viewAllProductInstances"),
    (r"Undefined variable \$theshop", "taxes/view"),
    (r'(?:Undefined variable \$discountpreview|Attempt to read property "(?:untaxed)?discount" on null)', r"front/shop\.controller"),
    (r"Undefined property: stdClass::\$finaltaxestotal", r"front/order\.controller"),
    ("A non-numeric value encountered", "locallib"),
    (r'Attempt to read property "id" on null', r"(?:locallib|datahandling/handlers/std_enrolonecourse/std_enrolonecourse\.class)"),
)] + [
    # Where several rows have the code or the address that its pages look for, they take the first.
    r"get_record\(\) found more than one record!(?s:.)*?/local/shop/front/view\.php: call to include",
]))


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

    def objections(self, declared=(), possible=(), forgiven=(".",), begun=0, patience=10):
        """What is wrong since it was asked last: entries of ours that no pattern names, patterns of `declared` that no entry of ours fits,
        and what others complained about since the entry `begun` and no pattern of `forgiven` names. Deprecations of theirs, STOCK and KNOWN
        entries are forgiven always."""
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
        others = [entry for entry in entries[begun:] if not is_ours(entry) and not any(re.search(pattern, entry) for pattern in forgiven)]
        return (wrong + [f"no entry of ours fits {pattern}" for pattern in missing]
                + [entry for entry in others if not is_known(entry) and not STOCK.search(entry) and "PHP Deprecated:" not in entry])


def is_ours(entry):
    first = PLUGINS.search(entry)
    return bool(first and first[1]) and not is_known(entry)


def is_known(entry):
    return KNOWN.search(entry) is not None
