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
 * The identity and address of a customer.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$who = $data['who'];
$name = trim(($who['firstname'] ?? '') . ' ' . ($who['lastname'] ?? ''));
$town = trim(($who['zip'] ?? '') . ' ' . ($who['city'] ?? ''));
$country = $this->host->countries()[$who['country'] ?? ''] ?? ($who['country'] ?? '');
$vat = ($who['vatcode'] ?? '') === '' ? '' : $this->text('vatcode_line', ['vatcode' => $who['vatcode']]);
$registration = ($who['registration'] ?? '') === '' ? '' : $this->text('registration_line', ['registration' => $who['registration']]);
$rows = [$name, $who['organisation'] ?? '', $who['department'] ?? '', $who['address'] ?? '', $town, $country, $who['email'] ?? '', $vat, $registration];
?>
<div class="shopengine-address">
    <?= sprintf('<h%1$d>%2$s</h%1$d>', $data['level'] ?? 3, $s($data['heading'])) ?>
    <address><?= implode('<br>', array_map($s, array_filter($rows, fn($row) => trim((string) $row) !== ''))) ?></address>
</div>
