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
 * English sentences of the payment interface sherlocks.
 *
 * @package   shoppaymodes_sherlocks
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enablesherlocks'] = 'Sherlock’s (LCL)';
$string['enablesherlocks2'] = 'Sherlock’s (LCL)';
$string['enablesherlocks3'] = 'Payment by Sherlock’s (LCL)';
$string['pluginname'] = 'Sherlock’s (LCL)';
$string['privacy:metadata'] = 'This interface keeps no personal data. The engine keeps the orders, and the gateway receives name and e-mail address of the buyer.';
$string['sherlocks'] = 'Sherlock’s (LCL)';
$string['sherlocks_capture_mode'] = 'Capture';
$string['sherlocks_capture_mode_help'] = 'With VALIDATION an authorised order waits until you validate it at the bank.';
$string['sherlocks_encoding'] = 'Encoding of the data';
$string['sherlocks_encoding_help'] = 'How requests travel. Either way is as safe.';
$string['sherlocks_key_version'] = 'Key version';
$string['sherlocks_key_version_help'] = 'The number beside the key in the extranet.';
$string['sherlocks_merchant_id'] = 'Merchant id';
$string['sherlocks_merchant_id_help'] = '15 digits, from the bank’s welcome letter.';
$string['sherlocks_platform'] = 'Platform';
$string['sherlocks_platform_help'] = 'The bank whose pages the buyer sees.';
$string['sherlocks_seal_algorithm'] = 'Seal algorithm';
$string['sherlocks_seal_algorithm_help'] = 'As set in the extranet; HMAC-SHA-256 is recommended.';
$string['sherlocks_secret_key'] = 'Secret key';
$string['sherlocks_secret_key_help'] = 'Download it from the bank’s extranet. It seals requests and proves answers.';
$string['sherlocks_service_url'] = 'Address of the payment page';
$string['sherlocks_service_url_help'] = 'Leave it empty for the bank’s own address.';
$string['sherlocks_transaction_id'] = 'Who numbers the transactions';
$string['sherlocks_transaction_id_help'] = 'reference: the shop, by a reference (new contracts). s10: the shop, by a number of the day (shops that came from Sips 1.0). server: the bank.';
$string['sherlockspaymodeinvoiceinfo'] = 'Paid by card through Sherlock’s (LCL).';
$string['sherlockspaymodeparams'] = 'Sherlock’s (LCL): settings';
