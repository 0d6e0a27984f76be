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
 * English sentences of the payment interface ogone.
 *
 * @package   shoppaymodes_ogone
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enableogone'] = 'Ogone';
$string['enableogone2'] = 'Ogone';
$string['enableogone3'] = 'Payment by Ogone';
$string['ogone'] = 'Ogone';
$string['ogone_algorithm'] = 'Hash algorithm';
$string['ogone_algorithm_help'] = 'As set in the account.';
$string['ogone_authorised_is'] = 'An authorised payment is';
$string['ogone_authorised_is_help'] = 'paid only where the account captures by itself what it authorised.';
$string['ogone_charset'] = 'Character set';
$string['ogone_charset_help'] = 'As set in the account, for the digest of requests and answers.';
$string['ogone_operation'] = 'Operation';
$string['ogone_operation_help'] = 'SAL: the money is taken at once. RES: it is only authorised.';
$string['ogone_psid'] = 'PSPID';
$string['ogone_psid_help'] = 'The name of your account.';
$string['ogone_secret_in'] = 'SHA-IN passphrase';
$string['ogone_secret_in_help'] = 'Signs requests. At least 16 characters.';
$string['ogone_secret_out'] = 'SHA-OUT passphrase';
$string['ogone_secret_out_help'] = 'Proves answers. It must differ from the other, and from that of the test account.';
$string['ogone_service_url'] = 'Address of the payment page';
$string['ogone_service_url_help'] = 'Leave it empty for the platform’s own address.';
$string['ogonepaymodeinvoiceinfo'] = 'Paid by card through Ogone.';
$string['ogonepaymodeparams'] = 'Ogone: settings';
$string['ogonepaymodeparams_help'] = 'The owner of this platform has closed it: integrations were to work until 31 December 2025. Do not open a new account.';
$string['pluginname'] = 'Ogone';
$string['privacy:metadata'] = 'This interface keeps no personal data. The engine keeps the orders, and the gateway receives name and e-mail address of the buyer.';
