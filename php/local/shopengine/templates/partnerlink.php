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
 * The link builder, and the link that was built: to copy, and as a QR code.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$form = $data['form'];
$chosen = $data['partner']['id'] ?? '';
$choices = array_map(fn(array $choice): array => ['value' => $choice['id'], 'label' => "{$choice['name']} ({$choice['key']})"], $data['choices']);
?>
<?= $this->partial('partnernav', $data + ['here' => 'link']) ?>
<?php if ($data['link'] !== null) { ?>
<section class="shopengine-card shopengine-built" aria-labelledby="shopengine-built">
    <h2 id="shopengine-built"><?= $t('link_built') ?></h2>
    <div class="shopengine-builtlink">
        <?= $this->partial('copyable', ['id' => 'shopengine-link', 'label' => $this->text('link_is'), 'text' => $data['link'], 'rows' => 5]) ?>
<?php if ($data['qr']) { ?>
        <?= $this->partial('qr', ['qr' => $data['qr']]) ?>
<?php } else { ?>
        <p><?= $t('link_no_qr') ?></p>
<?php } ?>
    </div>
<?php if ($data['told']) { ?>
    <h3><?= $t('link_told') ?></h3>
    <ul class="shopengine-told">
<?php foreach ($data['told'] as $told) { ?>
        <li><?= $t($told['code'], $told['params']) ?></li>
<?php } ?>
    </ul>
<?php } ?>
</section>
<?php } ?>
<?php if ($data['wrong']) { ?>
<div class="shopengine-notice shopengine-error" role="alert"><p><?= $data['whynot'] ? $t($data['whynot']['code'], $data['whynot']['params']) : $t('link_wrong') ?></p></div>
<?php } ?>
<?= $this->form($data['action'], ['shopid' => $data['shopid']], 'class="shopengine-narrow" novalidate') ?>

    <?php /* The enter key presses the first button. */ ?>
    <button class="shopengine-hidden" name="what" value="build" tabindex="-1" aria-hidden="true"><?= $t('link_build') ?></button>
    <fieldset>
        <legend><?= $t('link_products') ?></legend>
        <div class="shopengine-inline shopengine-find">
            <?= $this->field(['name' => 'find', 'label' => $this->text('link_find'), 'value' => $data['find'], 'autocomplete' => 'off']) ?>
            <button class="shopengine-secondary" name="what" value="find"><?= $t('scan') ?></button>
        </div>
        <ul class="shopengine-quantities">
<?php foreach ($data['products'] as $product) { ?>
<?php $id = self::id($product['input']); ?>
            <li>
                <label for="<?= $s($id) ?>"><?= $s($product['name']) ?> <small><code><?= $s($product['shortname']) ?></code></small></label>
                <input id="<?= $s($id) ?>" name="<?= $s($product['input']) ?>" inputmode="numeric" size="4" value="<?= $s($product['value']) ?>" autocomplete="off" aria-describedby="<?= $s($id) ?>-about"<?= $product['problem'] ? ' aria-invalid="true"' : '' ?>>
                <span id="<?= $s($id) ?>-about"><?php if ($product['problem']) { ?><span class="shopengine-problem"><?= $t($product['problem'], $product['params']) ?></span><?php } else if ($product['whynot']) { ?><small class="shopengine-whynot"><?= $t($product['whynot']['code'], $product['whynot']['params']) ?></small><?php } ?></span>
            </li>
<?php } ?>
        </ul>
<?php if ($data['hidden']) { ?>
        <p class="shopengine-about"><?= $t('link_more_products', ['count' => $data['hidden']]) ?></p>
<?php } ?>
        <?= $this->field(['name' => 'autodrive', 'label' => $this->text('link_autodrive'), 'type' => 'checkbox', 'required' => true, 'description' => $this->text('link_autodrive_about')] + $form['autodrive']) ?>
    </fieldset>
    <fieldset>
        <legend><?= $t('link_partner') ?></legend>
        <?= $this->field(['name' => 'id', 'label' => $this->text('link_partner'), 'type' => 'select', 'value' => $chosen,
            'options' => array_merge([['value' => '', 'label' => $this->text('link_partner_none')]], $choices)]) ?>
        <?= $this->field(['name' => 'tag', 'label' => $this->text('entry_tag'), 'autocomplete' => 'off', 'description' => $this->text('link_tag_about')] + $form['tag']) ?>
        <?= $this->field(['name' => 'email', 'label' => $this->text('link_email'), 'autocomplete' => 'off', 'description' => $this->text('link_email_about')] + $form['email']) ?>
        <?= $this->field(['name' => 'sign', 'label' => $this->text('link_sign'), 'type' => 'checkbox', 'required' => true, 'description' => $this->text('link_sign_about')] + $form['sign']) ?>
        <?= $this->field(['name' => 'until', 'label' => $this->text('link_until'), 'type' => 'date', 'description' => $this->text('link_until_about', ['zone' => $data['zone']])] + $form['until']) ?>
    </fieldset>
    <div class="shopengine-navigation">
        <button class="shopengine-primary" name="what" value="build"><?= $t('link_build') ?></button>
    </div>
</form>
