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
 * One field of a form: label, control, description, what is wrong with it.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$id = $data['id'];
if ($data['type'] === 'date' && $data['problem'] === 'period_no_date') {
    // A date field would not show what was typed.
    $data['type'] = 'text';
}
$about = array_filter([
    $data['description'] !== '' ? "$id-about" : '',
    $data['problem'] ? "$id-problem" : '',
]);
$attributes = ' id="' . $s($id) . '" name="' . $s($data['name']) . '"'
    . ($about ? ' aria-describedby="' . $s(implode(' ', $about)) . '"' : '')
    . ($data['problem'] ? ' aria-invalid="true"' : '')
    . ($data['required'] ? ' required' : '')
    . ($data['autocomplete'] ? ' autocomplete="' . $s($data['autocomplete']) . '"' : '')
    . ($data['maxlength'] ? ' maxlength="' . $s($data['maxlength']) . '"' : '');
$label = '<label for="' . $s($id) . '">' . $s($data['label'])
    . ($data['required'] ? '' : ' <span class="shopengine-optional">' . $t('optional') . '</span>') . '</label>';
?>
<div class="shopengine-field shopengine-field-<?= $s($data['type']) ?> <?= $s($data['class']) ?>">
<?php if ($data['type'] === 'checkbox') { ?>
    <span class="shopengine-choice"><input type="checkbox" value="1"<?= $attributes ?><?= $data['value'] ? ' checked' : '' ?>> <?= $label ?></span>
<?php } else { ?>
    <?= $label ?>

<?php } ?>
<?php if ($data['description'] !== '') { ?>
    <p class="shopengine-about" id="<?= $s("$id-about") ?>"><?= $s($data['description']) ?></p>
<?php } ?>
<?php if ($data['type'] === 'textarea') { ?>
    <textarea rows="4"<?= $attributes ?>><?= $s($data['value']) ?></textarea>
<?php } else if ($data['type'] === 'select') { ?>
    <select<?= $attributes ?>>
<?php foreach ($data['options'] as $option) { ?>
        <option value="<?= $s($option['value']) ?>"<?= (string) $option['value'] === (string) $data['value'] ? ' selected' : '' ?>><?= $s($option['label']) ?></option>
<?php } ?>
    </select>
<?php } else if ($data['type'] !== 'checkbox') { ?>
    <input type="<?= $s($data['type']) ?>" value="<?= $s($data['value']) ?>"<?= $attributes ?>>
<?php } ?>
<?php if ($data['problem']) { ?>
    <p class="shopengine-problem" id="<?= $s("$id-problem") ?>"><?= $t($data['problem'], ['field' => $data['label']] + ($data['params'] ?? [])) ?></p>
<?php } ?>
</div>
