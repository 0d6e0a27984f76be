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
 * English sentences of the shop engine.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['account'] = 'Your account';
$string['add'] = 'Add';
$string['already_customer'] = 'Already a customer?';
$string['already_delivered'] = 'This order has been delivered already.';
$string['already_paid'] = 'This order is already paid: there is nothing more to pay.';
$string['amount'] = 'Amount';
$string['amount_due'] = 'To pay:';
$string['amount_mismatch'] = 'The amount received is not the amount of the order. The order is on hold; the seller has been told and will contact you.';
$string['apply'] = 'Apply';
$string['back'] = 'Back';
$string['bad_request'] = 'The request could not be understood. Go back and try again.';
$string['band_above'] = 'more than {$a->from}: {$a->price} each before tax';
$string['band_upto'] = 'up to {$a->upto}: {$a->price} each before tax';
$string['before_taxes'] = 'before tax';
$string['bills_empty'] = 'There is no order yet.';
$string['body_too_large'] = 'Too much was sent at once. Send less and try again.';
$string['buyer_unknown'] = 'Please tell us who you are before we prepare your order.';
$string['cart'] = 'Cart';
$string['cart_clear'] = 'Empty the cart';
$string['cart_empty'] = 'Your cart is empty. Choose a product before going on.';
$string['cart_is_empty'] = 'Your cart is empty. Add a product to begin.';
$string['cart_see'] = 'See your cart ({$a->count}): {$a->amount}';
$string['catalogue'] = 'Products for sale';
$string['choose'] = 'Choose…';
$string['continue_purchase'] = 'Continue';
$string['customer'] = 'Customer';
$string['customer_incomplete'] = 'Some of your details are missing. Please complete them to go on.';
$string['customerinfo'] = 'Buyer';
$string['database_unavailable'] = 'The shop cannot reach its records right now. Please try again in a few minutes.';
$string['decimal_point'] = '.';
$string['delivery_done'] = 'Your products are ready.';
$string['email_invalid'] = '“{$a->field}” must be an address such as name@example.org.';
$string['eula_agree'] = 'I have read these conditions and accept them';
$string['eula_required'] = 'Please read and accept the conditions of sale to go on.';
$string['eulas'] = 'Conditions of sale';
$string['field_address'] = 'Address';
$string['field_city'] = 'Town';
$string['field_country'] = 'Country';
$string['field_department'] = 'Department';
$string['field_email'] = 'E-mail';
$string['field_firstname'] = 'First name';
$string['field_lastname'] = 'Last name';
$string['field_organisation'] = 'Organisation';
$string['field_required'] = '“{$a->field}” is missing. Please fill it in.';
$string['field_too_long'] = '“{$a->field}” is too long. Please shorten it.';
$string['field_vatcode'] = 'VAT number';
$string['field_zip'] = 'Postcode';
$string['form_problems'] = 'Please correct the following:';
$string['held'] = 'On hold ({$a->reason}): check this payment by hand before anything else.';
$string['instructions_card'] = 'Call {$a->seller} at {$a->phone} with your card at hand and give order number {$a->transid}. The amount is {$a->amount}. Never send a card number by e-mail.';
$string['instructions_check'] = "Make out a cheque for {\$a->amount} to {\$a->seller}, write order number {\$a->transid} on its back, and send it to:\n{\$a->seller}\n{\$a->address}\n{\$a->zip} {\$a->city}\n{\$a->country}\nYour order is delivered once the cheque has been cashed.";
$string['instructions_delegated'] = 'Your order is paid through an intermediary: nothing is asked of you here. Confirm, and quote order number {$a->transid} to the intermediary.';
$string['instructions_freeorder'] = 'There is nothing to pay. Confirm, and your order is delivered at once.';
$string['instructions_redirect'] = 'You go on to the payment service’s own secure page, then come back here.';
$string['instructions_test'] = 'This shop is in test mode: no money moves. Choose what the payment should do.';
$string['instructions_transfer'] = "Transfer {\$a->amount} to this account, with order number {\$a->transid} as its reference:\n{\$a->seller}\n{\$a->bank}\nIBAN {\$a->iban}\nBIC {\$a->bic}\nYour order is delivered once the transfer has arrived.";
$string['internal_error'] = 'Something went wrong on our side. Please try again. If you have already paid, do not pay again: contact the seller.';
$string['invoice_number'] = 'Invoice';
$string['invoice_to'] = 'Invoice to';
$string['invoiceinfo'] = 'Invoice address';
$string['language'] = 'Language';
$string['lines'] = 'Lines of the order';
$string['logged_in_as'] = 'Logged in as {$a->name}';
$string['login'] = 'Log in';
$string['login_failed'] = 'The e-mail or the password is not right. Check both and try again.';
$string['login_required'] = '{$a->product} is for registered buyers only. Log in to add it.';
$string['logout'] = 'Log out';
$string['mail_order_subject'] = 'Your order {$a->transid}';
$string['mail_order_text'] = "Hello {\$a->name},\n\nYour order {\$a->transid} of {\$a->amount}:\n\n{\$a->lines}\n\n{\$a->links}\n\nSee it here: {\$a->url}\n";
$string['method_not_allowed'] = 'This page cannot be called this way. Go back to the shop and use its buttons.';
$string['move'] = 'Change';
$string['move_not_allowed'] = 'An order that is “{$a->from}” cannot become “{$a->to}”. Choose one of the moves offered.';
$string['move_to'] = 'New status of order {$a->transid}';
$string['next_back'] = 'Go back';
$string['next_cart'] = 'Back to your cart';
$string['next_login'] = 'Log in';
$string['next_order'] = 'See your order';
$string['next_retry'] = 'Try again';
$string['next_shop'] = 'Go to the shop';
$string['no_paymode'] = 'This shop has no means of payment for this order at the moment. Please contact the seller.';
$string['not_for_sale'] = '{$a->product} is not for sale at the moment. It has been left out.';
$string['not_found'] = 'This page does not exist. Go back to the shop.';
$string['not_your_order'] = 'This order belongs to someone else. Log in with the account that placed it.';
$string['nothing_to_pay'] = 'Nothing to pay';
$string['optional'] = '(optional)';
$string['order_cancelled'] = 'This order has been cancelled. You can place a new one at any time.';
$string['order_confirm'] = 'Confirm the order';
$string['order_date'] = 'Date';
$string['order_delivered'] = 'Thank you: your payment has been received and your order is delivered.';
$string['order_held'] = 'Your payment is being checked by the seller, who will contact you. Please do not pay again.';
$string['order_history'] = 'History';
$string['order_how'] = 'How would you like to pay?';
$string['order_is_test'] = 'This order is a test: no money moves and nothing is owed.';
$string['order_links'] = 'Open what you bought';
$string['order_number'] = 'Order number';
$string['order_paid'] = 'Thank you: your payment has been received.';
$string['order_pay'] = 'Place the order and pay';
$string['order_paymode'] = 'Payment';
$string['order_pending'] = 'Your order is recorded. It is delivered as soon as the payment is confirmed.';
$string['order_placed'] = 'Your order is recorded but not paid yet.';
$string['order_refused'] = 'The payment was refused. Nothing has been charged; choose another means of payment or try again.';
$string['order_status'] = 'Status';
$string['order_what'] = 'What you buy';
$string['order_who'] = 'For whom';
$string['orders'] = 'Orders';
$string['participant_add'] = 'Add a participant';
$string['participants'] = 'Participants';
$string['partner_invalid'] = 'The partner code of this link is not known or not active. Your purchase goes on without it.';
$string['passcode'] = 'Product’s password';
$string['passcode_check'] = 'Unlock';
$string['password'] = 'Password';
$string['password_required'] = '{$a->product} needs a password. Enter it beside the product.';
$string['password_wrong'] = 'This is not the password of {$a->product}. Check it with the seller.';
$string['paymode_'] = 'Not chosen yet';
$string['paymode_card'] = 'Bank card by telephone';
$string['paymode_check'] = 'Cheque';
$string['paymode_delegated'] = 'Payment through an intermediary';
$string['paymode_freeorder'] = 'Free order';
$string['paymode_mercanet'] = 'Bank card (Mercanet)';
$string['paymode_not_allowed'] = 'This means of payment is not offered for this order. Choose one of those shown.';
$string['paymode_ogone'] = 'Bank card (Ogone)';
$string['paymode_paypal'] = 'PayPal';
$string['paymode_sherlocks'] = 'Bank card (Sherlock’s)';
$string['paymode_stripe_checkout'] = 'Bank card (Stripe)';
$string['paymode_systempay'] = 'Bank card (SystemPay)';
$string['paymode_taler'] = 'GNU Taler';
$string['paymode_test'] = 'Test payment (no money moves)';
$string['paymode_transfer'] = 'Bank transfer';
$string['percent'] = '{$a->rate}%';
$string['pluginname'] = 'Shop engine';
$string['print_version'] = 'Version to print';
$string['product'] = 'Product';
$string['purchaserequ_lead'] = 'Some of your products are made for you: please tell us what we need to know.';
$string['quantity'] = 'Quantity';
$string['quantity_invalid'] = '“{$a->quantity}” is not a quantity for {$a->product}. Enter a whole number, 1 or more.';
$string['quantity_lowered'] = '{$a->product}: at most {$a->max} can be bought at once. The quantity has been lowered.';
$string['quantity_not_a_number'] = '“{$a->quantity}” is not a number. Enter how many {$a->product} you want.';
$string['remove'] = 'Remove';
$string['required_data'] = 'We need some details about your products before going on.';
$string['scan'] = 'Search';
$string['seat_assign'] = 'Give the seat';
$string['seat_for'] = 'Seat for';
$string['seat_free'] = 'Free the seat';
$string['seats'] = 'Seats';
$string['seats_complete'] = 'All seats are taken ({$a->seats}).';
$string['seats_missing'] = 'Seats still to give: {$a->missing} of {$a->seats}';
$string['sesskey_invalid'] = 'Your session has expired, or this form is not from this shop. Go back, reload the page and try again.';
$string['shop'] = 'Shop';
$string['shop_unknown'] = 'This shop does not exist. Check the link you followed.';
$string['skip_to_content'] = 'Skip to content';
$string['sold_out'] = '{$a->product} is sold out. It has been left out.';
$string['status_CANCELLED'] = 'Cancelled';
$string['status_COMPLETE'] = 'Paid and delivered';
$string['status_FAILED'] = 'Payment failed';
$string['status_PARTIAL'] = 'Partly delivered';
$string['status_PAYBACK'] = 'Refunded';
$string['status_PENDING'] = 'Waiting for payment';
$string['status_PLACED'] = 'Placed, not paid';
$string['status_PREPROD'] = 'Delivered before payment';
$string['status_REFUSED'] = 'Payment refused';
$string['status_SOLDOUT'] = 'Paid';
$string['status_WORKING'] = 'In preparation';
$string['step_bill'] = 'Order';
$string['step_customer'] = 'You';
$string['step_invoice'] = 'Invoice';
$string['step_order'] = 'Summary';
$string['step_payment'] = 'Payment';
$string['step_produce'] = 'Delivery';
$string['step_purchaserequ'] = 'Details';
$string['step_shop'] = 'Products';
$string['step_users'] = 'Participants';
$string['steps'] = 'Steps of the purchase';
$string['submit_confirm'] = 'Confirm';
$string['submit_pay'] = 'Pay';
$string['submit_test_delayed'] = 'Pay later (the confirmation comes afterwards)';
$string['submit_test_ipn'] = 'Send the confirmation';
$string['submit_test_ipn_finish'] = 'Send the confirmation and close';
$string['submit_test_pay'] = 'Pay now (test)';
$string['summary'] = 'Please check your order before paying.';
$string['task_failed'] = 'The delivery has not worked yet. It will be tried again; you have nothing to do.';
$string['taxed'] = 'Incl. tax';
$string['taxes_included'] = 'incl. tax';
$string['taxrate'] = 'Tax';
$string['test'] = 'Test';
$string['title_bill'] = 'Order {$a->transid}';
$string['title_bills'] = 'Orders';
$string['title_customer'] = 'Your details';
$string['title_error'] = 'This did not work';
$string['title_invoice'] = 'Your invoice';
$string['title_login'] = 'Log in';
$string['title_order'] = 'Check your order';
$string['title_payment'] = 'Payment';
$string['title_produce'] = 'Your order';
$string['title_purchaserequ'] = 'Details of your products';
$string['title_scantrace'] = 'Trace of a transaction';
$string['title_shop'] = 'Choose your products';
$string['title_users'] = 'Who takes part?';
$string['total_taxed'] = 'Total incl. tax';
$string['total_untaxed'] = 'Total before tax';
$string['trace'] = 'Trace';
$string['trace_lines'] = 'Lines found: {$a->count}';
$string['trace_more'] = 'There are more lines than shown here. Search the trace file itself for the rest.';
$string['trace_recent'] = 'Recent orders';
$string['unit_of'] = '{$a->product}, unit {$a->number}';
$string['unitprice'] = 'Unit price';
$string['unknown_code'] = 'Something was not accepted (code {$a->code}). Please tell the seller this code.';
$string['unknown_order'] = 'There is no order with this number. Check it, or go back to the shop.';
$string['unknown_product'] = 'There is no product called “{$a->product}” in this shop. It has been left out.';
$string['untaxed'] = 'Before tax';
$string['update'] = 'Update';
$string['usedistinctinvoiceinfo'] = 'Send the invoice to another name or address';
$string['username'] = 'E-mail';
$string['users_lead'] = 'Tell us who takes part, then give each seat to someone.';
$string['vatcode_line'] = 'VAT number {$a->vatcode}';
