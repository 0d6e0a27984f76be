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
 * Asks whether a partner shall get a new secret.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?= $this->partial('partnernav', $data + ['here' => 'rotate']) ?>
<div class="shopengine-notice shopengine-warning" role="note">
    <p><?= $t('rotate_warning') ?></p>
    <p><?= $t($data['signature'] ? 'rotate_must_sign' : 'rotate_may_sign') ?></p>
</div>
<?= $this->form($data['action'], ['what' => 'rotate', 'id' => $data['partner']['id'], 'mark' => $data['mark']], 'class="shopengine-narrow"') ?>

    <div class="shopengine-navigation">
        <button class="shopengine-primary"><?= $t('rotate_now') ?></button>
        <a class="shopengine-secondary" href="<?= $s($this->address(['view' => 'change', 'id' => $data['partner']['id']])) ?>"><?= $t('rotate_not') ?></a>
    </div>
</form>
