"""Production handlers for the tests of who gets what: the plugin's own, in which a process can be made to die.

Two of the plugin's three handlers do not work on PHP 8: `std_extendenrolperiod` writes to an object that it has not made and calls a function that Moodle does not have, and the class of
`std_assignroleoncontext` does not even load (its `delete` has another signature than its parent's: a fatal error, which ends the
process). Corrected in the few lines below, they do what their authors meant, by the means that they chose: for the one who is logged in."""

import json

# What is replaced in a handler: the plugin's words, the correct ones.
CORRECTIONS = {
    "std_enrolonecourse": [],
    "std_extendenrolperiod": [
        ("if (!isloggedin() && !isguestuser())", "$productionfeedback = new StdClass();\n        if (false)"),
        ("!is_enrol_enabled(", "!enrol_is_enabled("),
        ("$productiondata->public", "$productionfeedback->public"),
        ("$productiondata->private", "$productionfeedback->private"),
        ("$productiondata->salesadmin", "$productionfeedback->salesadmin"),
        ("return $productiondata;", "return $productionfeedback;"),
        # The product that this enrolment came with; nothing asks the buyer for its code.
        ("['reference' => $data->required['productcode']]", "['contexttype' => 'userenrol', 'instanceid' => $enroldata->id]"),
        ("fullname($data->bill->user)", "''"),
    ],
    "std_assignroleoncontext": [
        ("delete(&$product)", "delete(local_shop\\Product $product)"),
        ("if (!$context())", "$course = $DB->get_record('course', ['id' => $instance]);\n        if (!$context)"),
        ("$customeruser = $USER;", "$customeruser = $user = $USER;"),
    ],
}

# In the file `deaths` of the site's data: by transaction, the product in whose production the process dies, once.
PROBE = """
if (!function_exists('test_probe')) {
    function test_probe($data) {
        global $CFG;
        $deaths = json_decode((string) @file_get_contents($CFG->dataroot . '/deaths'), true) ?: [];
        if (($deaths[$data->transactionid] ?? '') === $data->itemcode) {
            unset($deaths[$data->transactionid]);
            file_put_contents($CFG->dataroot . '/deaths', json_encode((object) $deaths));
            posix_kill(getmypid(), 9);
        }
    }
}
"""


def handlers(folder):
    """`Test_NAME` for each `std_NAME` of a site's folder: names to sources. The capital keeps Moodle from taking them for plugins to install."""
    made = {}
    for name, corrections in CORRECTIONS.items():
        source = (folder / f"local/shop/datahandling/handlers/{name}/{name}.class.php").read_text()
        for wrong, right in corrections:
            assert wrong in source, f"{name} has no longer `{wrong}`"
            source = source.replace(wrong, right)
        own = name.replace("std_", "Test_")
        source = source.replace(f"class shop_handler_{name} extends", f"class shop_handler_{own}_corrected extends")
        made[own] = source + PROBE + f"""
class shop_handler_{own} extends shop_handler_{own}_corrected {{
    public function produce_postpay(&$data) {{
        $feedback = parent::produce_postpay($data);
        test_probe($data);
        return $feedback;
    }}
}}
"""
    return made


# In the file `productions` of the site's data: a line when the production of an order begins and one before its commit, with the web node. It takes
# a while, so that a node can be killed meanwhile.
INSCRIPTION = """
class shop_handler_Test_inscription extends shop_handler_Test_inscription_own {
    public function produce_postpay(&$data) {
        global $CFG;
        $node = getenv('WEB_NODE') ?: 'cron';
        $note = fn(string $what) => file_put_contents($CFG->dataroot . '/productions', "$what $node $data->transactionid\\n", FILE_APPEND);
        $note('begin');
        $feedback = parent::produce_postpay($data);
        usleep(200000);
        $note('end');
        return $feedback;
    }
}
"""


def noting_handler(folder):
    """`Test_inscription`: enrols as the plugin's handler does, and notes it."""
    name = "std_enrolonecourse"
    source = (folder / f"local/shop/datahandling/handlers/{name}/{name}.class.php").read_text()
    return {"Test_inscription": source.replace(f"class shop_handler_{name} extends", "class shop_handler_Test_inscription_own extends") + INSCRIPTION}


def plan_deaths(site, deaths):
    """The process that produces this product of this transaction dies when all is done and nothing is said: {transid: code}."""
    path = site.installation.data / "deaths"
    path.write_text(json.dumps(deaths))
    path.chmod(0o666)


def deaths_left(site):
    return json.loads((site.installation.data / "deaths").read_text())


def take_away(site):
    """The tests' handlers go, and with them what would need them: deliveries that are due, and the handlers of products, which the plugin's
    pages load. The shops that were opened beside the first one close."""
    site.sql("UPDATE {local_shopengine_outbox} SET state = 'void' WHERE kind IN ('deliver', 'prepare') AND state IN ('due', 'leased')")
    site.sql("UPDATE {local_shop_catalogitem} SET enablehandler = ''"
             " WHERE enablehandler LIKE 'Test%' OR enablehandler IN ('std_assignroleoncontext', 'std_extendenrolperiod')")
    site.sql("DELETE FROM {local_shop} WHERE id <> ?", site.facts["shop"])
    for table, column in (("item", "catalogid"), ("category", "catalogid"), ("", "id")):
        site.sql(f"DELETE FROM {{local_shop_catalog{table}}} WHERE {column} NOT IN (SELECT catalogid FROM {{local_shop}})")
    site.installation.remove_handlers()
