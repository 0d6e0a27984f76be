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
 * Who buys, and whom to invoice.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$problems = [];
foreach (['customerinfo', 'invoiceinfo'] as $part) {
    if ($part === 'invoiceinfo' && !$data['usedistinctinvoiceinfo']) {
        continue;
    }
    foreach ($data[$part] as $name => $field) {
        if ($field['problem']) {
            $label = ($part === 'invoiceinfo' ? $this->text('invoiceinfo') . ' – ' : '') . $this->text("field_$name");
            $problems[] = [self::id("$part::$name"), $label, $field['problem']];
        }
    }
}
echo $this->partial('problems', ['problems' => $problems]);
?>
<?php if ($data['loginurl'] !== null) { ?>
<p class="shopengine-lead"><?= $t('already_customer') ?> <a href="<?= $s($data['loginurl']) ?>"><?= $t('login') ?></a></p>
<?php } ?>
<?php if ($data['masked']) { ?>
<p class="shopengine-lead"><?= $t('vouched_masked') ?></p>
<?php } ?>
<?= $this->command('navigate', [], 'novalidate class="shopengine-narrow"') ?>

    <fieldset class="shopengine-identity">
        <legend><?= $t('customerinfo') ?></legend>
        <?= $this->partial('identity', [
            'fields' => $data['customerinfo'],
            'prefix' => 'customerinfo',
            'section' => '',
            'optional' => $data['organisationrequired'] ? [] : ['organisation'],
        ]) ?>
    </fieldset>
    <div class="shopengine-distinct">
        <?= $this->field([
            'name' => 'usedistinctinvoiceinfo', 'label' => $this->text('usedistinctinvoiceinfo'), 'type' => 'checkbox',
            'value' => $data['usedistinctinvoiceinfo'], 'required' => true,
        ]) ?>
        <fieldset class="shopengine-identity">
            <legend><?= $t('invoiceinfo') ?></legend>
            <?= $this->partial('identity', [
                'fields' => $data['invoiceinfo'],
                'prefix' => 'invoiceinfo',
                'section' => 'billing ',
                'optional' => ['department', 'email', 'vatcode'],
            ]) ?>
        </fieldset>
    </div>
    <?= $this->partial('navigation', ['go' => 'continue_purchase']) ?>
</form>
