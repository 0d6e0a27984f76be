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
 * The summary before payment: what, for whom, how to pay.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<section aria-labelledby="shopengine-what">
    <h2 id="shopengine-what"><?= $t('order_what') ?></h2>
    <?= $this->partial('lines', ['lines' => $data['lines'], 'totals' => $data['totals']]) ?>
</section>
<section aria-labelledby="shopengine-who">
    <h2 id="shopengine-who"><?= $t('order_who') ?></h2>
<?php if ($data['masked']) { ?>
    <p class="shopengine-about"><?= $t('vouched_masked') ?></p>
<?php } ?>
    <div class="shopengine-addresses">
        <?= $this->partial('address', ['who' => $data['customer'], 'heading' => $this->text('customer')]) ?>
<?php if ($data['invoice']) { ?>
        <?= $this->partial('address', ['who' => $data['invoice'], 'heading' => $this->text('invoice_to')]) ?>
<?php } ?>
    </div>
</section>
<?= $this->command('navigate', [], 'class="shopengine-section"') ?>

    <input type="hidden" name="total" value="<?= $s($data['totals']['taxed']['amount']) ?>">
    <fieldset class="shopengine-paymodes">
        <legend><?= $data['free'] ? $t('nothing_to_pay') : $t('order_how') ?></legend>
<?php foreach ($data['paymodes'] as $paymode) { ?>
<?php $id = $this->unique_id(); ?>
        <div class="shopengine-choice">
            <input type="radio" id="<?= $s($id) ?>" name="paymode" value="<?= $s($paymode['name']) ?>"<?= $paymode['selected'] ? ' checked' : '' ?> required>
            <label for="<?= $s($id) ?>"><?= $s($this->paymode($paymode['name'])) ?></label>
        </div>
<?php } ?>
<?php if (!$data['paymodes']) { ?>
        <p class="shopengine-whynot"><?= $t('no_paymode') ?></p>
<?php } ?>
    </fieldset>
<?php if ($data['eulas']) { ?>
    <fieldset>
        <legend><?= $t('eulas') ?></legend>
<?php foreach ($data['eulas'] as $eula) { ?>
        <details>
            <summary><?= $s($eula['label']) ?></summary>
            <div class="shopengine-eula"><?= $this->host->rich_text($eula['text']) ?></div>
        </details>
<?php } ?>
        <?= $this->field(['name' => 'agreeeula', 'label' => $this->text('eula_agree'), 'type' => 'checkbox', 'required' => true]) ?>
    </fieldset>
<?php } ?>
    <?= $this->partial('navigation', ['go' => !$data['paymodes'] ? null : ($data['free'] ? 'order_confirm' : 'order_pay')]) ?>
</form>
