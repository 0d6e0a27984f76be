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
 * English sentences of the payment interface systempay.
 *
 * @package   shoppaymodes_systempay
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enablesystempay'] = 'SystemPay';
$string['enablesystempay2'] = 'SystemPay';
$string['enablesystempay3'] = 'Payment by SystemPay';
$string['pluginname'] = 'SystemPay';
$string['privacy:metadata'] = 'This interface keeps no personal data. The engine keeps the orders, and the gateway receives name and e-mail address of the buyer.';
$string['systempay'] = 'SystemPay';
$string['systempay_algorithm'] = 'Signature algorithm';
$string['systempay_algorithm_help'] = 'As set in the back office. Old contracts have SHA-1.';
$string['systempay_merchant_id'] = 'Shop number';
$string['systempay_merchant_id_help'] = '8 digits, from the platform’s back office.';
$string['systempay_platform'] = 'Platform';
$string['systempay_platform_help'] = 'The brand whose pages the buyer sees.';
$string['systempay_prod_certificate'] = 'Production key';
$string['systempay_prod_certificate_help'] = 'Signs real payments. It appears in the back office once the tests have passed.';
$string['systempay_service_url'] = 'Address of the payment page';
$string['systempay_service_url_help'] = 'Leave it empty for the platform’s own address.';
$string['systempay_test_certificate'] = 'Test key';
$string['systempay_test_certificate_help'] = 'Signs payments while the shop is in test mode.';
$string['systempaypaymodeinvoiceinfo'] = 'Paid by card through SystemPay.';
$string['systempaypaymodeparams'] = 'SystemPay: settings';
