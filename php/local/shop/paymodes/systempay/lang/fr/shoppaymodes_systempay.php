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
 * French sentences of the payment interface systempay.
 *
 * @package   shoppaymodes_systempay
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enablesystempay'] = 'SystemPay';
$string['enablesystempay2'] = 'SystemPay';
$string['enablesystempay3'] = 'Paiement par SystemPay';
$string['pluginname'] = 'SystemPay';
$string['privacy:metadata'] = 'Cette interface ne conserve aucune donnée personnelle. Le moteur conserve les commandes, et la plateforme de paiement reçoit le nom et l’adresse électronique de l’acheteur.';
$string['systempay'] = 'SystemPay';
$string['systempay_algorithm'] = 'Algorithme de signature';
$string['systempay_algorithm_help'] = 'Tel que réglé dans le back-office. Les anciens contrats ont SHA-1.';
$string['systempay_merchant_id'] = 'Identifiant de la boutique';
$string['systempay_merchant_id_help'] = '8 chiffres, indiqués dans le back-office de la plateforme.';
$string['systempay_platform'] = 'Plateforme';
$string['systempay_platform_help'] = 'La marque dont l’acheteur voit les pages.';
$string['systempay_prod_certificate'] = 'Clé de production';
$string['systempay_prod_certificate_help'] = 'Signe les paiements réels. Elle apparaît dans le back-office une fois les tests réussis.';
$string['systempay_service_url'] = 'Adresse de la page de paiement';
$string['systempay_service_url_help'] = 'À laisser vide pour l’adresse de la plateforme.';
$string['systempay_test_certificate'] = 'Clé de test';
$string['systempay_test_certificate_help'] = 'Signe les paiements tant que la boutique est en mode test.';
$string['systempaypaymodeinvoiceinfo'] = 'Payé par carte avec SystemPay.';
$string['systempaypaymodeparams'] = 'SystemPay : réglages';
