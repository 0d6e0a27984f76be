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
 * English sentences of the payment interface taler.
 *
 * @package   shoppaymodes_taler
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enabletaler'] = 'GNU Taler';
$string['enabletaler2'] = 'GNU Taler';
$string['enabletaler3'] = 'Payment with GNU Taler';
$string['pluginname'] = 'GNU Taler';
$string['privacy:metadata'] = 'This interface keeps no personal data. The engine keeps the orders; the merchant backend receives what was bought and for how much, and no data of the buyer.';
$string['taler'] = 'GNU Taler';
$string['taler_access_token'] = 'Access token';
$string['taler_access_token_help'] = 'A token of the instance that may create orders and pay back, with or without “secret-token:” before it.';
$string['taler_backend_url'] = 'Address of the merchant backend';
$string['taler_backend_url_help'] = 'With the instance where there is one: https://backend.example/instances/shop/. The backend’s currency must be the shop’s.';
$string['taler_pay_hours'] = 'Hours to pay';
$string['taler_pay_hours_help'] = '1 to 72. After that the wallet cannot pay any more; the buyer gets a new link when he opens his order.';
$string['taler_refund_days'] = 'Days to pay back';
$string['taler_refund_days_help'] = '0 to 365. GNU Taler pays back only within this time; 0 means never. Counts for orders that are placed from now on.';
$string['taler_test_access_token'] = 'Access token of the backend for tests';
$string['taler_test_access_token_help'] = 'Needed when a backend for tests is named.';
$string['taler_test_backend_url'] = 'Address of a backend for tests';
$string['taler_test_backend_url_help'] = 'Orders placed in test mode go there. Leave it empty to have them at the same backend, marked as tests.';
$string['taler_webhook_secret'] = 'Webhook secret';
$string['taler_webhook_secret_help'] = 'What the backend’s webhooks must bring in the header X-Shopengine-Secret. Empty: anybody may say that something happened; the backend is asked in any case.';
$string['talerpaymodeinvoiceinfo'] = 'Paid with GNU Taler.';
$string['talerpaymodeparams'] = 'GNU Taler: settings';
$string['talerpaymodeparams_help'] = 'In the merchant backend, add a webhook for each of the events “pay” and “refund”: method POST, address …/local/shop/paymodes/taler/webhook.php, header “X-Shopengine-Secret: ” and the webhook secret, body {"order_id":"{{order_id}}"}.';
