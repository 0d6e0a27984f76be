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
 * How to pay: the payment interface's words and forms.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<div class="shopengine-card shopengine-due">
    <p><?= $t('amount_due') ?> <strong><?= $m($data['order']['totals']['taxed']) ?></strong></p>
    <p><small><?= $t('order_number') ?> <code><?= $s($data['order']['transid']) ?></code></small></p>
    <p><?= $s($this->paymode($data['order']['paymode'])) ?></p>
</div>
<?php if (!empty($data['widget']['instructions'])) { ?>
<div class="shopengine-instructions"><?= nl2br($t($data['widget']['instructions']['code'], $data['widget']['instructions']['params'] ?? [])) ?></div>
<?php } ?>
<?php if (!empty($data['widget']['link'])) { ?>
<?= $this->partial('wallet', ['link' => $data['widget']['link']]) ?>
<?php } ?>
<div class="shopengine-gateway"<?php if (!empty($data['widget']['watch'])) { ?> data-shopengine-watch="<?= $s($data['widget']['watch']) ?>"<?php } ?>>
<?php foreach ($data['widget']['forms'] ?? [] as $index => $form) { ?>
    <?= $this->form($form['action'], $form['fields'], '', $form['method']) ?>

        <button class="shopengine-<?= $index === 0 && empty($data['widget']['link']) ? 'primary' : 'secondary' ?>"><?= $t($form['submit']) ?></button>
    </form>
<?php } ?>
</div>
<?= $this->command('navigate', ['transid' => $data['order']['transid'], 'revision' => $data['order']['revision']]) ?>

    <?= $this->partial('navigation', []) ?>
</form>
