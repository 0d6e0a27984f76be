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
 * French sentences of the payment interface ogone.
 *
 * @package   shoppaymodes_ogone
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enableogone'] = 'Ogone';
$string['enableogone2'] = 'Ogone';
$string['enableogone3'] = 'Paiement par Ogone';
$string['ogone'] = 'Ogone';
$string['ogone_algorithm'] = 'Algorithme de hachage';
$string['ogone_algorithm_help'] = 'Tel que réglé dans le compte.';
$string['ogone_authorised_is'] = 'Un paiement autorisé est';
$string['ogone_authorised_is_help'] = 'paid uniquement si le compte encaisse de lui-même ce qu’il a autorisé.';
$string['ogone_charset'] = 'Jeu de caractères';
$string['ogone_charset_help'] = 'Tel que réglé dans le compte, pour le condensé des demandes et des réponses.';
$string['ogone_operation'] = 'Opération';
$string['ogone_operation_help'] = 'SAL : la somme est prélevée aussitôt. RES : elle est seulement autorisée.';
$string['ogone_psid'] = 'PSPID';
$string['ogone_psid_help'] = 'Le nom de votre compte.';
$string['ogone_secret_in'] = 'Phrase secrète SHA-IN';
$string['ogone_secret_in_help'] = 'Signe les demandes. 16 caractères au moins.';
$string['ogone_secret_out'] = 'Phrase secrète SHA-OUT';
$string['ogone_secret_out_help'] = 'Prouve les réponses. Elle doit différer de l’autre et de celle du compte de test.';
$string['ogone_service_url'] = 'Adresse de la page de paiement';
$string['ogone_service_url_help'] = 'À laisser vide pour l’adresse de la plateforme.';
$string['ogonepaymodeinvoiceinfo'] = 'Payé par carte avec Ogone.';
$string['ogonepaymodeparams'] = 'Ogone : réglages';
$string['ogonepaymodeparams_help'] = 'Le propriétaire de cette plateforme l’a fermée : les intégrations devaient fonctionner jusqu’au 31 décembre 2025. N’ouvrez pas de nouveau compte.';
$string['pluginname'] = 'Ogone';
$string['privacy:metadata'] = 'Cette interface ne conserve aucune donnée personnelle. Le moteur conserve les commandes, et la plateforme de paiement reçoit le nom et l’adresse électronique de l’acheteur.';
