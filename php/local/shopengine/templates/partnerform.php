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
 * The form of a partner: registered, or changed.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$form = $data['form'];
$partner = $data['partner'];
$about = fn(string $code, string $linked): string => $this->text($code) . ($linked === '' ? '' : ' ' . $this->text('partner_linked', ['who' => $linked]));
?>
<?= $this->partial('partnernav', $data + ['here' => 'change']) ?>
<?php if ($data['wrong']) { ?>
<div class="shopengine-notice shopengine-error" role="alert"><p><?= $t('form_wrong', ['count' => $data['wrong']]) ?></p></div>
<?php } ?>
<?= $this->form($data['action'], $partner ? ['what' => 'change', 'id' => $partner['id']] : ['what' => 'register', 'shopid' => $data['shop']['id'] ?? ''], 'class="shopengine-narrow" novalidate') ?>

    <fieldset>
        <legend><?= $t('partner_who') ?></legend>
        <?= $this->field(['name' => 'name', 'label' => $this->text('partner_name'), 'required' => true, 'maxlength' => 255, 'autocomplete' => 'off'] + $form['name']) ?>
<?php if ($partner) { ?>
        <div class="shopengine-field"><strong><?= $t('partner_key') ?></strong><br><code><?= $s($partner['key']) ?></code>
            <p class="shopengine-about"><?= $t('partner_key_stays') ?></p></div>
<?php } else { ?>
        <?= $this->field(['name' => 'key', 'label' => $this->text('partner_key'), 'required' => true, 'autocomplete' => 'off', 'description' => $this->text('partner_key_about')] + $form['key']) ?>
<?php } ?>
        <?= $this->field(['name' => 'referer', 'label' => $this->text('partner_site'), 'autocomplete' => 'off', 'description' => $this->text('partner_site_about')] + $form['referer']) ?>
        <?= $this->field(['name' => 'enabled', 'label' => $this->text('partner_enabled_field'), 'type' => 'checkbox', 'required' => true, 'description' => $this->text('partner_enabled_about')] + $form['enabled']) ?>
    </fieldset>
    <fieldset>
        <legend><?= $t('partner_policy') ?></legend>
        <?= $this->field(['name' => 'authenticates', 'label' => $this->text('partner_authenticates_field'), 'type' => 'checkbox', 'required' => true, 'description' => $this->text('partner_authenticates_about')] + $form['authenticates']) ?>
        <?= $this->field(['name' => 'signature', 'label' => $this->text('partner_signature_field'), 'type' => 'checkbox', 'required' => true, 'description' => $this->text('partner_signature_about')] + $form['signature']) ?>
        <?= $this->field(['name' => 'unsignedlinks', 'label' => $this->text('partner_unsignedlinks_field'), 'type' => 'checkbox', 'required' => true, 'description' => $this->text('partner_unsignedlinks_about')] + $form['unsignedlinks']) ?>
<?php if ($form['unsignedlinks']['problem']) { ?>
        <?= $this->field(['name' => 'unsignedconfirmed', 'label' => $this->text('partner_unsignedconfirmed_field'), 'type' => 'checkbox', 'required' => true]) ?>
<?php } ?>
        <?= $this->field(['name' => 'excluded', 'label' => $this->text('partner_excluded'), 'type' => 'textarea', 'description' => $this->text('partner_excluded_about')] + $form['excluded']) ?>
    </fieldset>
    <fieldset>
        <legend><?= $t('partner_links') ?></legend>
        <?= $this->field(['name' => 'user', 'label' => $this->text('partner_user'), 'autocomplete' => 'off', 'description' => $about('partner_user_about', $data['account'])] + $form['user']) ?>
        <?= $this->field(['name' => 'customer', 'label' => $this->text('partner_customer'), 'autocomplete' => 'off', 'description' => $about('partner_customer_about', $data['customer'])] + $form['customer']) ?>
    </fieldset>
    <div class="shopengine-navigation">
        <button class="shopengine-primary"><?= $t($partner ? 'partner_save' : 'partner_register_now') ?></button>
    </div>
</form>
