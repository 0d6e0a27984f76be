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
 * French sentences of the payment interface mercanet.
 *
 * @package   shoppaymodes_mercanet
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enablemercanet'] = 'Mercanet (BNP Paribas)';
$string['enablemercanet2'] = 'Mercanet (BNP Paribas)';
$string['enablemercanet3'] = 'Paiement par Mercanet (BNP Paribas)';
$string['mercanet'] = 'Mercanet (BNP Paribas)';
$string['mercanet_capture_mode'] = 'Remise en banque';
$string['mercanet_capture_mode_help'] = 'Avec VALIDATION, une commande autorisée attend que vous la validiez auprès de la banque.';
$string['mercanet_encoding'] = 'Encodage des données';
$string['mercanet_encoding_help'] = 'Comment les demandes sont transmises. Toutes les valeurs sont aussi sûres.';
$string['mercanet_key_version'] = 'Version de la clé';
$string['mercanet_key_version_help'] = 'Le numéro affiché à côté de la clé dans l’extranet.';
$string['mercanet_merchant_id'] = 'Numéro de commerçant';
$string['mercanet_merchant_id_help'] = '15 chiffres, indiqués dans le courrier de bienvenue de la banque.';
$string['mercanet_platform'] = 'Plateforme';
$string['mercanet_platform_help'] = 'La banque dont l’acheteur voit les pages.';
$string['mercanet_seal_algorithm'] = 'Algorithme du sceau';
$string['mercanet_seal_algorithm_help'] = 'Tel que réglé dans l’extranet ; HMAC-SHA-256 est conseillé.';
$string['mercanet_secret_key'] = 'Clé secrète';
$string['mercanet_secret_key_help'] = 'À télécharger depuis l’extranet de la banque. Elle scelle les demandes et prouve les réponses.';
$string['mercanet_service_url'] = 'Adresse de la page de paiement';
$string['mercanet_service_url_help'] = 'À laisser vide pour l’adresse de la banque.';
$string['mercanet_transaction_id'] = 'Qui numérote les transactions';
$string['mercanet_transaction_id_help'] = 'reference : la boutique, par une référence (nouveaux contrats). s10 : la boutique, par un numéro du jour (boutiques issues de Sips 1.0). server : la banque.';
$string['mercanetpaymodeinvoiceinfo'] = 'Payé par carte avec Mercanet (BNP Paribas).';
$string['mercanetpaymodeparams'] = 'Mercanet (BNP Paribas) : réglages';
$string['pluginname'] = 'Mercanet (BNP Paribas)';
$string['privacy:metadata'] = 'Cette interface ne conserve aucune donnée personnelle. Le moteur conserve les commandes, et la plateforme de paiement reçoit le nom et l’adresse électronique de l’acheteur.';
