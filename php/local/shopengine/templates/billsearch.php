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
 * Searches the list of orders.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$search = $data['search'];
$any = [['value' => '', 'label' => $this->text('search_any')]];
$options = fn(array $values, \Closure $label): array => array_merge($any, array_map(
    fn(mixed $value): array => ['value' => is_array($value) ? $value['id'] : $value, 'label' => $label($value)],
    $values
));
$field = fn(string $name, array $more): string => $this->field(['name' => $name, 'label' => $this->text("search_$name"), 'value' => $search['values'][$name]]
    + $more + ['problem' => $search['problems'][$name] ? 'search_not_understood' : null, 'params' => ['value' => $search['values'][$name]]]);
$day = fn(string $name): array => ['type' => 'date', 'problem' => $search['problems'][$name] ? 'period_no_date' : null];
$paymodes = $options($search['paymodes'], fn(string $name): string => $this->paymode($name));
?>
<?= $this->form($data['action'], [], 'class="shopengine-search" role="search"', 'get') ?>

    <div class="shopengine-inline">
        <?= $field('find', ['description' => $this->text('search_find_about'), 'maxlength' => 100]) ?>
    </div>
    <div class="shopengine-inline">
        <?= $field('status', ['type' => 'select', 'options' => $options($search['statuses'], fn(string $status): string => $this->text("status_$status"))]) ?>
        <?= $field('paymode', ['type' => 'select', 'options' => [...$paymodes, ['value' => '0', 'label' => $this->paymode('')]]]) ?>
<?php if ($search['partners'] || $search['problems']['partner']) { ?>
<?php $partners = $options($search['partners'], fn(array $partner): string => "{$partner['name']} ({$partner['key']})"); ?>
        <?= $field('partner', ['type' => 'select', 'options' => [...$partners, ['value' => '0', 'label' => $this->text('search_no_partner')]]]) ?>
<?php } ?>
        <?= $field('product', ['maxlength' => 100]) ?>
        <?= $field('test', ['type' => 'select', 'options' => $options(['0', '1'], fn(string $mode): string => $this->text("search_test_$mode"))]) ?>
    </div>
    <div class="shopengine-inline">
        <?= $field('by', ['type' => 'select', 'options' => array_map(
            fn(string $day): array => ['value' => $day === 'placed' ? '' : $day, 'label' => $this->text("search_by_$day")],
            $search['days']
        )]) ?>
        <?= $field('from', $day('from')) ?>
        <?= $field('to', $day('to')) ?>
        <?= $field('paid', ['type' => 'checkbox']) ?>
        <?= $field('held', ['type' => 'checkbox']) ?>
    </div>
    <button class="shopengine-secondary"><?= $t('search') ?></button>
<?php if (array_filter($search['values'], fn(string $value): bool => $value !== '')) { ?>
    <a href="<?= $s($data['action']) ?>"><?= $t('search_all') ?></a>
<?php } ?>
</form>
