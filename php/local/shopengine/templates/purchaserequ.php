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
 * What must be known about each unit bought.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$problems = [];
foreach ($data['products'] as $product) {
    foreach ($product['units'] as $unit) {
        foreach ($unit['fields'] as $field) {
            if ($field['problem']) {
                $unit_of = $this->text('unit_of', ['product' => $product['name'], 'number' => $unit['number']]);
                $label = (count($product['units']) > 1 ? "$unit_of – " : '') . $field['label'];
                $problems[] = [self::id($field['name']), $label, $field['problem']];
            }
        }
    }
}
echo $this->partial('problems', ['problems' => $problems]);
?>
<p class="shopengine-lead"><?= $t('purchaserequ_lead') ?></p>
<?= $this->command('collect', [], 'novalidate class="shopengine-narrow"') ?>

<?php foreach ($data['products'] as $product) { ?>
<?php foreach ($product['units'] as $unit) { ?>
    <fieldset>
        <legend><?= count($product['units']) > 1
            ? $t('unit_of', ['product' => $product['name'], 'number' => $unit['number']])
            : $s($product['name']) ?></legend>
<?php foreach ($unit['fields'] as $field) { ?>
        <?= $this->field(['required' => $field['type'] !== 'checkbox', 'description' => $field['description'] ?? ''] + $field) ?>
<?php } ?>
    </fieldset>
<?php } ?>
<?php } ?>
    <?= $this->partial('navigation', ['go' => 'continue_purchase']) ?>
</form>
