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
 * Links to the next and the previous page of a list, newest first; nothing where there is one page.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php if ($data['more'] || $data['page'] > 0) { ?>
<nav class="shopengine-navigation" aria-label="<?= $s($data['label']) ?>">
<?php if ($data['more']) { ?>
    <a class="shopengine-secondary" href="<?= $s($this->address(['page' => $data['page'] + 1] + $data['query'])) ?>"><?= $t('bills_older') ?></a>
<?php } ?>
<?php if ($data['page'] > 0) { ?>
    <a class="shopengine-secondary" href="<?= $s($this->address(['page' => $data['page'] - 1] + $data['query'])) ?>"><?= $t('bills_newer') ?></a>
<?php } ?>
</nav>
<?php } ?>
