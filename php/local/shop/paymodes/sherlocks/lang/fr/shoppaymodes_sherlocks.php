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
 * French sentences of the payment interface sherlocks.
 *
 * @package   shoppaymodes_sherlocks
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enablesherlocks'] = 'Sherlock’s (LCL)';
$string['enablesherlocks2'] = 'Sherlock’s (LCL)';
$string['enablesherlocks3'] = 'Paiement par Sherlock’s (LCL)';
$string['pluginname'] = 'Sherlock’s (LCL)';
$string['privacy:metadata'] = 'Cette interface ne conserve aucune donnée personnelle. Le moteur conserve les commandes, et la plateforme de paiement reçoit le nom et l’adresse électronique de l’acheteur.';
$string['sherlocks'] = 'Sherlock’s (LCL)';
$string['sherlocks_capture_mode'] = 'Remise en banque';
$string['sherlocks_capture_mode_help'] = 'Avec VALIDATION, une commande autorisée attend que vous la validiez auprès de la banque.';
$string['sherlocks_encoding'] = 'Encodage des données';
$string['sherlocks_encoding_help'] = 'Comment les demandes sont transmises. Toutes les valeurs sont aussi sûres.';
$string['sherlocks_key_version'] = 'Version de la clé';
$string['sherlocks_key_version_help'] = 'Le numéro affiché à côté de la clé dans l’extranet.';
$string['sherlocks_merchant_id'] = 'Numéro de commerçant';
$string['sherlocks_merchant_id_help'] = '15 chiffres, indiqués dans le courrier de bienvenue de la banque.';
$string['sherlocks_platform'] = 'Plateforme';
$string['sherlocks_platform_help'] = 'La banque dont l’acheteur voit les pages.';
$string['sherlocks_seal_algorithm'] = 'Algorithme du sceau';
$string['sherlocks_seal_algorithm_help'] = 'Tel que réglé dans l’extranet ; HMAC-SHA-256 est conseillé.';
$string['sherlocks_secret_key'] = 'Clé secrète';
$string['sherlocks_secret_key_help'] = 'À télécharger depuis l’extranet de la banque. Elle scelle les demandes et prouve les réponses.';
$string['sherlocks_service_url'] = 'Adresse de la page de paiement';
$string['sherlocks_service_url_help'] = 'À laisser vide pour l’adresse de la banque.';
$string['sherlocks_transaction_id'] = 'Qui numérote les transactions';
$string['sherlocks_transaction_id_help'] = 'reference : la boutique, par une référence (nouveaux contrats). s10 : la boutique, par un numéro du jour (boutiques issues de Sips 1.0). server : la banque.';
$string['sherlockspaymodeinvoiceinfo'] = 'Payé par carte avec Sherlock’s (LCL).';
$string['sherlockspaymodeparams'] = 'Sherlock’s (LCL) : réglages';
