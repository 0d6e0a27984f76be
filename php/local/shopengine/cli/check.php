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
 * Checks the installation: what is right, what is wrong, what to do. From Moodle's folder:
 *
 *     php local/shopengine/cli/check.php
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

// The plugin's folder may be a link to elsewhere: then Moodle is where the command says.
require((is_file(dirname(__DIR__, 3) . '/config.php') ? dirname(__DIR__, 3) : dirname($_SERVER['SCRIPT_FILENAME'], 4))
    . '/config.php');
require_once($CFG->libdir . '/clilib.php');

exit((new \local_shopengine\installation())->report('cli_writeln', asksweb: true) ? 0 : 1);
