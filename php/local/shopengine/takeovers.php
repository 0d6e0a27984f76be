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
 * The takeovers on one page: what each does, how far it goes, what it has seen in shadow, and what stands against it.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

require(__DIR__ . '/../../config.php');
require_once($CFG->libdir . '/adminlib.php');

// It calls require_login(), and lets in who may administer the site.
admin_externalpage_setup('local_shopengine');

if (($_SERVER['REQUEST_METHOD'] ?? 'GET') === 'POST') {
    require_sesskey();
    $all = optional_param('all', '', PARAM_ALPHA);
    $modes = $all === ''
        ? optional_param_array('mode', [], PARAM_ALPHA)
        : array_fill_keys(\local_shopengine\takeover::ALL, $all);
    $refused = \local_shopengine\switches::set($modes);
    foreach ($refused as $name => $problem) {
        $label = get_string("setting_$name", 'local_shopengine');
        $words = get_string('takeover_refused', 'local_shopengine', ['takeover' => $label, 'problem' => $problem]);
        \core\notification::error(s($words));
    }
    if (count($refused) < count($modes)) {
        $saved = $refused ? get_string('takeovers_saved_others', 'local_shopengine') : get_string('changessaved');
        \core\notification::success(s($saved));
    }
    redirect($PAGE->url);
}

$page = new \local_shopengine\output\takeovers_page();
echo $OUTPUT->header();
echo $OUTPUT->heading(get_string('takeovers', 'local_shopengine'));
echo $OUTPUT->render_from_template('local_shopengine/takeovers', $page->export_for_template($OUTPUT));
echo $OUTPUT->footer();
