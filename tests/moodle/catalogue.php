<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.


/**
 * Names in two languages, legal mentions, a logo and a French language pack, for the tests; `off` takes filter, logo and mentions away.
 *
 *     php catalogue.php MOODLE_DIR on|off
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
require_once($CFG->libdir . '/filterlib.php');

$on = $argv[2] === 'on';
$both = fn(string $en, string $fr): string =>
    "<span lang=\"en\" class=\"multilang\">$en</span><span lang=\"fr\" class=\"multilang\">$fr</span>";
filter_set_global_state('multilang', $on ? TEXTFILTER_ON : TEXTFILTER_DISABLED);
filter_set_applies_to_strings('multilang', $on);
$names = [
    'livre' => ['Livre', 'Book', 'Livre'],
    'setone' => ['Element one of the set', 'Morning', 'Matin'],
    'bundleone' => ['Element one of the bundle', 'Pencil', 'Crayon'],
];
foreach ($names as $shortname => [$seeded, $en, $fr]) {
    $DB->set_field('local_shop_catalogitem', 'name', $on ? $both($en, $fr) : $seeded, ['shortname' => $shortname]);
}
$footer = '<p>' . $both('Legal notice', 'Mentions légales') . '<script>alert(1)</script><img src="@@PLUGINFILE@@/stamp.png" alt=""></p>';
$DB->set_field('local_shop_catalog', 'billfooter', $on ? $footer : '');
set_config('sellerID', $on ? 'RCS 123' : '', 'local_shop');
set_config('sellerlogo', $on ? '/logo.png' : '', 'local_shop');
$catalog = (int) $DB->get_field_sql('SELECT MIN(catalogid) FROM {local_shop}');
$picture = base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');
foreach ([['shoplogo', 0, 'logo.png'], ['catalogbillfooter', $catalog, 'stamp.png']] as [$area, $item, $name]) {
    $files = get_file_storage();
    $files->delete_area_files(SYSCONTEXTID, 'local_shop', $area, $item);
    if ($on) {
        $files->create_file_from_string(['contextid' => SYSCONTEXTID, 'component' => 'local_shop', 'filearea' => $area, 'itemid' => $item,
            'filepath' => '/', 'filename' => $name], $picture);
    }
}
if ($on) {
    make_writable_directory("$CFG->langotherroot/fr");
    file_put_contents("$CFG->langotherroot/fr/langconfig.php", "<?php\n\$string['thislanguage'] = 'Français';\n\$string['parentlanguage'] = '';\n");
} else {
    remove_dir("$CFG->langotherroot/fr");
}
get_string_manager()->reset_caches();
purge_all_caches();
