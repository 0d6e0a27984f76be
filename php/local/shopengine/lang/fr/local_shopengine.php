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
 * French sentences of the shop engine.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['account'] = 'Votre compte';
$string['add'] = 'Ajouter';
$string['already_customer'] = 'Déjà client ?';
$string['already_delivered'] = 'Cette commande a déjà été livrée.';
$string['already_paid'] = 'Cette commande est déjà payée : il n’y a plus rien à régler.';
$string['amount'] = 'Montant';
$string['amount_due'] = 'À payer :';
$string['amount_mismatch'] = 'Le montant reçu n’est pas celui de la commande. La commande est suspendue ; le vendeur est prévenu et vous contactera.';
$string['apply'] = 'Appliquer';
$string['back'] = 'Retour';
$string['bad_request'] = 'La demande n’a pas pu être comprise. Revenez en arrière et recommencez.';
$string['band_above'] = 'plus de {$a->from} : {$a->price} HT l’unité';
$string['band_upto'] = 'jusqu’à {$a->upto} : {$a->price} HT l’unité';
$string['before_taxes'] = 'HT';
$string['bills_empty'] = 'Il n’y a pas encore de commande.';
$string['body_too_large'] = 'L’envoi est trop volumineux. Réduisez-le et recommencez.';
$string['buyer_unknown'] = 'Indiquez-nous qui vous êtes pour que nous préparions votre commande.';
$string['cart'] = 'Panier';
$string['cart_clear'] = 'Vider le panier';
$string['cart_empty'] = 'Votre panier est vide. Choisissez un produit avant de continuer.';
$string['cart_is_empty'] = 'Votre panier est vide. Ajoutez un produit pour commencer.';
$string['cart_see'] = 'Voir votre panier ({$a->count}) : {$a->amount}';
$string['catalogue'] = 'Produits en vente';
$string['choose'] = 'Choisissez…';
$string['continue_purchase'] = 'Continuer';
$string['customer'] = 'Client';
$string['customer_incomplete'] = 'Il manque une partie de vos coordonnées. Complétez-les pour continuer.';
$string['customerinfo'] = 'Acheteur';
$string['database_unavailable'] = 'La boutique n’a pas accès à ses données pour le moment. Réessayez dans quelques minutes.';
$string['decimal_point'] = ',';
$string['delivery_done'] = 'Vos produits sont prêts.';
$string['email_invalid'] = '« {$a->field} » doit être une adresse comme nom@example.org.';
$string['eula_agree'] = 'J’ai lu ces conditions et je les accepte';
$string['eula_required'] = 'Lisez et acceptez les conditions de vente pour continuer.';
$string['eulas'] = 'Conditions de vente';
$string['field_address'] = 'Adresse';
$string['field_city'] = 'Ville';
$string['field_country'] = 'Pays';
$string['field_department'] = 'Service';
$string['field_email'] = 'Adresse électronique';
$string['field_firstname'] = 'Prénom';
$string['field_lastname'] = 'Nom';
$string['field_organisation'] = 'Organisme';
$string['field_required'] = '« {$a->field} » manque. Merci de le remplir.';
$string['field_too_long'] = '« {$a->field} » est trop long. Merci de l’abréger.';
$string['field_vatcode'] = 'Numéro de TVA';
$string['field_zip'] = 'Code postal';
$string['form_problems'] = 'Merci de corriger les points suivants :';
$string['held'] = 'Suspendue ({$a->reason}) : vérifiez ce paiement à la main avant toute autre action.';
$string['instructions_card'] = 'Appelez {$a->seller} au {$a->phone}, votre carte en main, et indiquez le numéro de commande {$a->transid}. Le montant est de {$a->amount}. N’envoyez jamais un numéro de carte par courriel.';
$string['instructions_check'] = "Établissez un chèque de {\$a->amount} à l’ordre de {\$a->seller}, notez au dos le numéro de commande {\$a->transid} et envoyez-le à :\n{\$a->seller}\n{\$a->address}\n{\$a->zip} {\$a->city}\n{\$a->country}\nVotre commande est livrée dès que le chèque est encaissé.";
$string['instructions_delegated'] = 'Votre commande est payée par un intermédiaire : rien ne vous est demandé ici. Confirmez, puis communiquez-lui le numéro de commande {$a->transid}.';
$string['instructions_freeorder'] = 'Il n’y a rien à payer. Confirmez, et votre commande est livrée aussitôt.';
$string['instructions_redirect'] = 'Vous poursuivez sur la page sécurisée du service de paiement, puis vous revenez ici.';
$string['instructions_test'] = 'Cette boutique est en mode test : aucune somme n’est échangée. Choisissez ce que doit faire le paiement.';
$string['instructions_transfer'] = "Virez {\$a->amount} sur ce compte, avec le numéro de commande {\$a->transid} comme libellé :\n{\$a->seller}\n{\$a->bank}\nIBAN {\$a->iban}\nBIC {\$a->bic}\nVotre commande est livrée dès l’arrivée du virement.";
$string['internal_error'] = 'Un incident s’est produit de notre côté. Réessayez. Si vous avez déjà payé, ne payez pas une seconde fois : contactez le vendeur.';
$string['invoice_number'] = 'Facture';
$string['invoice_to'] = 'Facturer à';
$string['invoiceinfo'] = 'Adresse de facturation';
$string['language'] = 'Langue';
$string['lines'] = 'Lignes de la commande';
$string['logged_in_as'] = 'Connecté : {$a->name}';
$string['login'] = 'Se connecter';
$string['login_failed'] = 'L’adresse électronique ou le mot de passe est inexact. Vérifiez-les et recommencez.';
$string['login_required'] = '{$a->product} est réservé aux acheteurs inscrits. Connectez-vous pour l’ajouter.';
$string['logout'] = 'Se déconnecter';
$string['mail_order_subject'] = 'Votre commande {$a->transid}';
$string['mail_order_text'] = "Bonjour {\$a->name},\n\nVotre commande {\$a->transid} de {\$a->amount} :\n\n{\$a->lines}\n\n{\$a->links}\n\nPour la consulter : {\$a->url}\n";
$string['method_not_allowed'] = 'Cette page ne peut pas être appelée ainsi. Revenez à la boutique et utilisez ses boutons.';
$string['move'] = 'Changer';
$string['move_not_allowed'] = 'Une commande « {$a->from} » ne peut pas devenir « {$a->to} ». Choisissez l’un des changements proposés.';
$string['move_to'] = 'Nouvel état de la commande {$a->transid}';
$string['next_back'] = 'Revenir en arrière';
$string['next_cart'] = 'Revenir au panier';
$string['next_login'] = 'Se connecter';
$string['next_order'] = 'Voir votre commande';
$string['next_retry'] = 'Réessayer';
$string['next_shop'] = 'Aller à la boutique';
$string['no_paymode'] = 'Cette boutique n’a pour le moment aucun moyen de paiement pour cette commande. Merci de contacter le vendeur.';
$string['not_for_sale'] = '{$a->product} n’est pas en vente actuellement. Il a été laissé de côté.';
$string['not_found'] = 'Cette page n’existe pas. Revenez à la boutique.';
$string['not_your_order'] = 'Cette commande appartient à une autre personne. Connectez-vous avec le compte qui l’a passée.';
$string['nothing_to_pay'] = 'Rien à payer';
$string['optional'] = '(facultatif)';
$string['order_cancelled'] = 'Cette commande a été annulée. Vous pouvez en passer une nouvelle à tout moment.';
$string['order_confirm'] = 'Confirmer la commande';
$string['order_date'] = 'Date';
$string['order_delivered'] = 'Merci : votre paiement est bien reçu et votre commande est livrée.';
$string['order_held'] = 'Votre paiement est en cours de vérification par le vendeur, qui vous contactera. Merci de ne pas payer une seconde fois.';
$string['order_history'] = 'Historique';
$string['order_how'] = 'Comment souhaitez-vous payer ?';
$string['order_is_test'] = 'Cette commande est un test : aucune somme n’est échangée et rien n’est dû.';
$string['order_links'] = 'Accéder à vos achats';
$string['order_number'] = 'Numéro de commande';
$string['order_paid'] = 'Merci : votre paiement est bien reçu.';
$string['order_pay'] = 'Commander et payer';
$string['order_paymode'] = 'Paiement';
$string['order_pending'] = 'Votre commande est enregistrée. Elle est livrée dès que le paiement est confirmé.';
$string['order_placed'] = 'Votre commande est enregistrée mais n’est pas encore payée.';
$string['order_refused'] = 'Le paiement a été refusé. Rien n’a été débité ; choisissez un autre moyen de paiement ou réessayez.';
$string['order_status'] = 'État';
$string['order_what'] = 'Vos achats';
$string['order_who'] = 'Pour qui';
$string['orders'] = 'Commandes';
$string['participant_add'] = 'Ajouter un participant';
$string['participants'] = 'Participants';
$string['partner_invalid'] = 'Le code partenaire de ce lien est inconnu ou inactif. Votre achat continue sans lui.';
$string['passcode'] = 'Mot de passe du produit';
$string['passcode_check'] = 'Débloquer';
$string['password'] = 'Mot de passe';
$string['password_required'] = '{$a->product} demande un mot de passe. Saisissez-le à côté du produit.';
$string['password_wrong'] = 'Ce n’est pas le mot de passe de {$a->product}. Vérifiez-le auprès du vendeur.';
$string['paymode_'] = 'Pas encore choisi';
$string['paymode_card'] = 'Carte bancaire par téléphone';
$string['paymode_check'] = 'Chèque';
$string['paymode_delegated'] = 'Paiement par un intermédiaire';
$string['paymode_freeorder'] = 'Commande gratuite';
$string['paymode_mercanet'] = 'Carte bancaire (Mercanet)';
$string['paymode_not_allowed'] = 'Ce moyen de paiement n’est pas proposé pour cette commande. Choisissez-en un parmi ceux affichés.';
$string['paymode_ogone'] = 'Carte bancaire (Ogone)';
$string['paymode_paypal'] = 'PayPal';
$string['paymode_sherlocks'] = 'Carte bancaire (Sherlock’s)';
$string['paymode_stripe_checkout'] = 'Carte bancaire (Stripe)';
$string['paymode_systempay'] = 'Carte bancaire (SystemPay)';
$string['paymode_taler'] = 'GNU Taler';
$string['paymode_test'] = 'Paiement de test (aucune somme échangée)';
$string['paymode_transfer'] = 'Virement bancaire';
$string['percent'] = '{$a->rate} %';
$string['pluginname'] = 'Moteur de boutique';
$string['print_version'] = 'Version à imprimer';
$string['product'] = 'Produit';
$string['purchaserequ_lead'] = 'Certains de vos produits sont préparés pour vous : indiquez-nous ce que nous devons savoir.';
$string['quantity'] = 'Quantité';
$string['quantity_invalid'] = '« {$a->quantity} » n’est pas une quantité pour {$a->product}. Saisissez un nombre entier, 1 ou plus.';
$string['quantity_lowered'] = '{$a->product} : {$a->max} au plus par achat. La quantité a été réduite.';
$string['quantity_not_a_number'] = '« {$a->quantity} » n’est pas un nombre. Indiquez combien de {$a->product} vous souhaitez.';
$string['remove'] = 'Retirer';
$string['required_data'] = 'Il nous faut quelques précisions sur vos produits avant de continuer.';
$string['scan'] = 'Rechercher';
$string['seat_assign'] = 'Attribuer la place';
$string['seat_for'] = 'Place pour';
$string['seat_free'] = 'Libérer la place';
$string['seats'] = 'Places';
$string['seats_complete'] = 'Toutes les places sont attribuées ({$a->seats}).';
$string['seats_missing'] = 'Places encore à attribuer : {$a->missing} sur {$a->seats}';
$string['sesskey_invalid'] = 'Votre session a expiré, ou ce formulaire ne vient pas de cette boutique. Revenez en arrière, rechargez la page et recommencez.';
$string['shop'] = 'Boutique';
$string['shop_unknown'] = 'Cette boutique n’existe pas. Vérifiez le lien que vous avez suivi.';
$string['skip_to_content'] = 'Aller au contenu';
$string['sold_out'] = '{$a->product} est épuisé. Il a été laissé de côté.';
$string['status_CANCELLED'] = 'Annulée';
$string['status_COMPLETE'] = 'Payée et livrée';
$string['status_FAILED'] = 'Échec du paiement';
$string['status_PARTIAL'] = 'Livrée en partie';
$string['status_PAYBACK'] = 'Remboursée';
$string['status_PENDING'] = 'En attente de paiement';
$string['status_PLACED'] = 'Enregistrée, non payée';
$string['status_PREPROD'] = 'Livrée avant paiement';
$string['status_REFUSED'] = 'Paiement refusé';
$string['status_SOLDOUT'] = 'Payée';
$string['status_WORKING'] = 'En préparation';
$string['step_bill'] = 'Commande';
$string['step_customer'] = 'Vous';
$string['step_invoice'] = 'Facture';
$string['step_order'] = 'Récapitulatif';
$string['step_payment'] = 'Paiement';
$string['step_produce'] = 'Livraison';
$string['step_purchaserequ'] = 'Précisions';
$string['step_shop'] = 'Produits';
$string['step_users'] = 'Participants';
$string['steps'] = 'Étapes de l’achat';
$string['submit_confirm'] = 'Confirmer';
$string['submit_pay'] = 'Payer';
$string['submit_test_delayed'] = 'Payer plus tard (la confirmation arrive ensuite)';
$string['submit_test_ipn'] = 'Envoyer la confirmation';
$string['submit_test_ipn_finish'] = 'Envoyer la confirmation et terminer';
$string['submit_test_pay'] = 'Payer maintenant (test)';
$string['summary'] = 'Vérifiez votre commande avant de payer.';
$string['task_failed'] = 'La livraison n’a pas encore abouti. Elle sera retentée ; vous n’avez rien à faire.';
$string['taxed'] = 'TTC';
$string['taxes_included'] = 'TTC';
$string['taxrate'] = 'TVA';
$string['test'] = 'Test';
$string['title_bill'] = 'Commande {$a->transid}';
$string['title_bills'] = 'Commandes';
$string['title_customer'] = 'Vos coordonnées';
$string['title_error'] = 'Cela n’a pas fonctionné';
$string['title_invoice'] = 'Votre facture';
$string['title_login'] = 'Connexion';
$string['title_order'] = 'Vérifiez votre commande';
$string['title_payment'] = 'Paiement';
$string['title_produce'] = 'Votre commande';
$string['title_purchaserequ'] = 'Précisions sur vos produits';
$string['title_scantrace'] = 'Trace d’une transaction';
$string['title_shop'] = 'Choisissez vos produits';
$string['title_users'] = 'Qui participe ?';
$string['total_taxed'] = 'Total TTC';
$string['total_untaxed'] = 'Total HT';
$string['trace'] = 'Trace';
$string['trace_lines'] = 'Lignes trouvées : {$a->count}';
$string['trace_more'] = 'Il y a plus de lignes que ce qui est affiché. Cherchez la suite dans le fichier de trace lui-même.';
$string['trace_recent'] = 'Commandes récentes';
$string['unit_of'] = '{$a->product}, exemplaire {$a->number}';
$string['unitprice'] = 'Prix unitaire';
$string['unknown_code'] = 'Quelque chose n’a pas été accepté (code {$a->code}). Merci de communiquer ce code au vendeur.';
$string['unknown_order'] = 'Aucune commande ne porte ce numéro. Vérifiez-le, ou revenez à la boutique.';
$string['unknown_product'] = 'Aucun produit ne s’appelle « {$a->product} » dans cette boutique. Il a été laissé de côté.';
$string['untaxed'] = 'HT';
$string['update'] = 'Mettre à jour';
$string['usedistinctinvoiceinfo'] = 'Facturer à un autre nom ou à une autre adresse';
$string['username'] = 'Adresse électronique';
$string['users_lead'] = 'Indiquez qui participe, puis attribuez chaque place.';
$string['vatcode_line'] = 'TVA {$a->vatcode}';
