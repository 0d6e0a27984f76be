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
 * French sentences of the payment interface taler.
 *
 * @package   shoppaymodes_taler
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['enabletaler'] = 'GNU Taler';
$string['enabletaler2'] = 'GNU Taler';
$string['enabletaler3'] = 'Paiement par GNU Taler';
$string['pluginname'] = 'GNU Taler';
$string['privacy:metadata'] = 'Cette interface ne conserve aucune donnée personnelle. Le moteur conserve les commandes ; le serveur marchand reçoit ce qui a été acheté et pour combien, et aucune donnée de l’acheteur.';
$string['taler'] = 'GNU Taler';
$string['taler_access_token'] = 'Jeton d’accès';
$string['taler_access_token_help'] = 'Un jeton de l’instance qui permet de créer des commandes et de rembourser, précédé ou non de « secret-token: ».';
$string['taler_backend_url'] = 'Adresse du serveur marchand';
$string['taler_backend_url_help'] = 'Avec l’instance s’il y en a une : https://backend.example/instances/shop/. La devise du serveur doit être celle de la boutique.';
$string['taler_pay_hours'] = 'Délai de paiement, en heures';
$string['taler_pay_hours_help'] = 'De 1 à 72. Passé ce délai, le portefeuille ne peut plus payer ; l’acheteur reçoit un nouveau lien en ouvrant sa commande.';
$string['taler_refund_days'] = 'Délai de remboursement, en jours';
$string['taler_refund_days_help'] = 'De 0 à 365. GNU Taler ne rembourse que dans ce délai ; 0 : jamais. Vaut pour les commandes passées désormais.';
$string['taler_test_access_token'] = 'Jeton d’accès du serveur de test';
$string['taler_test_access_token_help'] = 'Nécessaire si un serveur de test est indiqué.';
$string['taler_test_backend_url'] = 'Adresse d’un serveur de test';
$string['taler_test_backend_url_help'] = 'Les commandes passées en mode test y sont envoyées. À laisser vide pour les garder sur le même serveur, marquées comme tests.';
$string['taler_webhook_secret'] = 'Secret des webhooks';
$string['taler_webhook_secret_help'] = 'Ce que les webhooks du serveur doivent apporter dans l’en-tête X-Shopengine-Secret. Vide : n’importe qui peut signaler un événement ; le serveur est interrogé de toute façon.';
$string['talerpaymodeinvoiceinfo'] = 'Payé avec GNU Taler.';
$string['talerpaymodeparams'] = 'GNU Taler : réglages';
$string['talerpaymodeparams_help'] = 'Dans le serveur marchand, ajoutez un webhook pour chacun des événements « pay » et « refund » : méthode POST, adresse …/local/shop/paymodes/taler/webhook.php, en-tête « X-Shopengine-Secret: » suivi du secret, corps {"order_id":"{{order_id}}"}.';
