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
 * Asks whether a command is meant, and says what it does to what.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<p><?= $t($data['code'], $data['params']) ?></p>
<?php if (!empty($data['about'])) { ?>
<dl class="shopengine-facts">
    <div><dt><?= $t('order_number') ?></dt><dd><code><?= $s($data['about']['transid']) ?></code></dd></div>
    <div><dt><?= $t('customer') ?></dt><dd><?= $s($data['about']['name']) ?></dd></div>
    <div><dt><?= $t('amount') ?></dt><dd><?= $m($data['about']['amount']) ?></dd></div>
    <div><dt><?= $t('order_paymode') ?></dt><dd><?= $s($this->paymode($data['about']['paymode'])) ?></dd></div>
</dl>
<?php if ($data['about']['held']) { ?>
<p class="shopengine-problem"><?= $t('held', ['reason' => $this->text($data['about']['held'])]) ?></p>
<?php } ?>
<?php } ?>
<?php if (!empty($data['effect'])) { ?>
<p><?= $t($data['effect']) ?></p>
<?php } ?>
<?php if (!empty($data['subjects']) || !empty($data['values'])) { ?>
    <ul>
    <?php foreach ($data['subjects'] as $subject) { ?>
        <li><?= $t("subject_{$subject['kind']}", ['id' => $subject['id'], 'name' => $subject['name'] ?? $this->text('subject_unknown')]) ?></li>
    <?php } ?>
    <?php foreach ($data['values'] as [$name, $value]) { ?>
        <li><?= $t('subject_value', ['name' => $name, 'value' => $value]) ?></li>
    <?php } ?>
    </ul>
<?php } ?>
<?= $this->form($data['action'], $data['fields']) ?>
    <button type="submit" class="shopengine-primary"><?= $t('confirm') ?></button>
    <a href="<?= $s($data['back']) ?>"><?= $t('cancel') ?></a>
</form>
