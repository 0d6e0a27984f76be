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
 * The fields of an identity: the customer's own or the invoice's.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$autocomplete = [
    'firstname' => 'given-name', 'lastname' => 'family-name', 'organisation' => 'organization', 'email' => 'email',
    'address' => 'street-address', 'zip' => 'postal-code', 'city' => 'address-level2', 'country' => 'country',
];
foreach ($data['fields'] as $name => $field) {
    $control = [
        'name' => "{$data['prefix']}::$name",
        'label' => $this->text("field_$name"),
        'value' => $field['value'],
        'problem' => $field['problem'],
        'required' => !in_array($name, $data['optional']),
        'autocomplete' => isset($autocomplete[$name]) ? $data['section'] . $autocomplete[$name] : null,
        'class' => "shopengine-field-$name",
    ];
    if ($name === 'email') {
        $control['type'] = 'email';
    } else if ($name === 'country') {
        $control['type'] = 'select';
        $countries = $this->host->countries();
        // A country we have no name for stays as it is.
        $countries += $field['value'] === '' ? [] : [$field['value'] => $field['value']];
        $control['options'] = [['value' => '', 'label' => $this->text('choose')]];
        foreach ($countries as $code => $label) {
            $control['options'][] = ['value' => $code, 'label' => $label];
        }
    }
    echo $this->field($control);
}
