//! What is sent with the buyer: an uploaded cart whose amounts add up to exactly what is due, by line where that is possible
//! and wanted, else as one line.

use super::super::{GatewayError, Payable, PayableLine, Settings};
use crate::domain::money::Money;

/// The fields of the form, in order.
pub(super) fn fields(
    payable: &Payable<'_>,
    settings: &Settings,
    account: &str,
) -> Result<Vec<(String, String)>, GatewayError> {
    let test = settings.test_mode();
    let mut form = Fields(Vec::new());
    form.add("cmd", "_cart", usize::MAX);
    form.add("upload", "1", usize::MAX);
    form.add("business", account, usize::MAX);
    form.add("charset", "utf-8", usize::MAX);
    form.add("currency_code", payable.amount.currency().code(), 3);
    let invoice = format!(
        "{}{}",
        settings.text("paypal_invoice_prefix"),
        payable.transaction
    );
    if invoice.len() > 127 {
        return Err(super::missing("paypal_invoice_prefix"));
    }
    form.add("invoice", &invoice, usize::MAX);
    let custom = format!(
        "{}{PROOF_SEPARATOR}{}{PROOF_SEPARATOR}{}",
        payable.shopid, payable.revision, payable.transaction
    );
    form.add("custom", &custom, usize::MAX);
    let name = settings.text(if test {
        "paypalsellertestitemname"
    } else {
        "paypalselleritemname"
    });
    let name = if name.is_empty() { payable.shop } else { name };
    let apart = settings.flag("paypal_tax_apart");
    let items = if settings.text("paypal_transaction_type") == "peritem" {
        by_line(&payable.lines, payable.amount, apart)
    } else {
        None
    };
    match items {
        Some(items) => items
            .into_iter()
            .for_each(|(name, value)| form.add(&name, &value, 127)),
        None => aggregate(&mut form, payable, name, apart),
    }
    address(&mut form, payable, settings);
    let paymodes = format!("{}/local/shop/paymodes/paypal", payable.wwwroot);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("shopid", &payable.shopid.to_string())
        .append_pair("transid", payable.transaction.as_ref())
        .finish();
    form.add(
        "notify_url",
        &format!("{paymodes}/paypal_ipn.php"),
        usize::MAX,
    );
    form.add(
        "return",
        &format!("{paymodes}/process.php?{query}"),
        usize::MAX,
    );
    form.add(
        "cancel_return",
        &format!("{paymodes}/cancel.php?{query}"),
        usize::MAX,
    );
    // The browser comes back by GET and without the payment's data: a post from elsewhere would lose the session.
    form.add("rm", "1", 1);
    form.add("cbt", payable.shop, 60);
    form.add("no_note", "1", 1);
    form.add("page_style", settings.text("paypal_page_style"), 30);
    form.add("bn", "Shopengine_ShoppingCart_WPS", 32);
    Ok(form.0)
}

/// Does PayPal take this amount? `forced` is the only currency that the seller wants, or ''. Amounts are never converted: what
/// is paid is what was placed.
pub(super) fn is_payable(amount: Money, forced: &str) -> bool {
    let code = amount.currency().code();
    let accepted = forced.is_empty() || forced.eq_ignore_ascii_case(code);
    accepted && CURRENCIES.contains(&code) && number(amount).is_some()
}

/// An amount as PayPal reads it: a point, no separators, exactly its decimals; `None` when it has more than PayPal takes.
fn number(amount: Money) -> Option<String> {
    if !WHOLE.contains(&amount.currency().code()) {
        return Some(amount.to_decimal_string());
    }
    let whole = amount.amount().trunc();
    (whole == amount.amount()).then(|| whole.to_string())
}

fn aggregate(form: &mut Fields, payable: &Payable<'_>, name: &str, apart: bool) {
    let sum = |part: fn(&PayableLine) -> Money| {
        payable
            .lines
            .iter()
            .try_fold(Money::zero(payable.amount.currency()), |sum, line| {
                sum.plus(part(line))
            })
            .ok()
    };
    form.add("item_name_1", name, 127);
    form.add("item_number_1", payable.transaction.as_ref(), 127);
    form.add("quantity_1", "1", usize::MAX);
    let parts = sum(|line| line.untaxed).zip(sum(|line| line.taxes));
    let parts = parts.filter(|(untaxed, taxes)| {
        apart
            && untaxed.is_positive()
            && taxes.is_positive()
            && untaxed.plus(*taxes) == Ok(payable.amount)
    });
    let texts = parts.and_then(|(untaxed, taxes)| number(untaxed).zip(number(taxes)));
    match texts {
        Some((untaxed, taxes)) => {
            form.add("amount_1", &untaxed, usize::MAX);
            form.add("tax_cart", &taxes, usize::MAX);
        }
        None => form.add(
            "amount_1",
            &number(payable.amount).unwrap_or_default(),
            usize::MAX,
        ),
    }
}

/// One item for each line, discounts together and taxes together when they are apart; `None` when that does not come to
/// exactly what is due, or when PayPal would not take it.
fn by_line(lines: &[PayableLine], due: Money, apart: bool) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let zero = Money::zero(due.currency());
    let (mut items, mut discount, mut taxes, mut count) = (zero, zero, zero, 0);
    for line in lines {
        let amount = if apart { line.untaxed } else { line.taxed };
        taxes = taxes.plus(line.taxes).ok()?;
        if amount.is_negative() {
            discount = discount.minus(amount).ok()?;
            continue;
        }
        if !amount.is_positive() {
            return None;
        }
        count += 1;
        items = items.plus(amount).ok()?;
        let (unit, quantity, name) = match unit(amount, line.quantity) {
            Some(unit) => (unit, line.quantity, line.label.clone()),
            // A price that does not divide its line exactly would be rounded by PayPal.
            None => (amount, 1, format!("{} x {}", line.quantity, line.label)),
        };
        fields.push((format!("item_name_{count}"), name));
        fields.push((format!("amount_{count}"), number(unit)?));
        fields.push((format!("quantity_{count}"), quantity.to_string()));
    }
    let mut total = items.minus(discount).ok()?;
    if apart {
        total = total.plus(taxes).ok()?;
        if taxes.is_negative() {
            return None;
        }
        if taxes.is_positive() {
            fields.push(("tax_cart".to_owned(), number(taxes)?));
        }
    }
    if discount.is_positive() {
        if !items.minus(discount).ok()?.is_positive() {
            return None;
        }
        fields.push(("discount_amount_cart".to_owned(), number(discount)?));
    }
    (total == due && count > 0).then_some(fields)
}

/// The price of one unit, when all units together are exactly the line.
fn unit(line: Money, quantity: u32) -> Option<Money> {
    let minor = line.minor_units().ok()?;
    let quantity = i64::from(quantity);
    if quantity < 1 || minor.checked_rem(quantity)? != 0 {
        return None;
    }
    let unit = Money::from_minor_units(minor.checked_div(quantity)?, line.currency()).ok()?;
    number(unit).map(|_| unit)
}

fn address(form: &mut Fields, payable: &Payable<'_>, settings: &Settings) {
    let buyer = payable.customer;
    let forced = settings.flag("paypal_force_address");
    form.add("no_shipping", if forced { "2" } else { "1" }, 1);
    form.add("first_name", &buyer.firstname, 32);
    form.add("last_name", &buyer.lastname, 64);
    let mut lines = buyer
        .address
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    form.add("address1", lines.next().unwrap_or_default(), 100);
    form.add("address2", &lines.collect::<Vec<_>>().join(", "), 100);
    form.add("city", &buyer.city, 40);
    form.add("zip", &buyer.zip, 32);
    form.add("country", &buyer.country, 2);
    form.add("email", &buyer.email, 127);
    form.add("lc", &buyer.country, 2);
    if forced && !buyer.address.trim().is_empty() {
        form.add("address_override", "1", 1);
    }
}

/// Fields under way; empty ones are left out, long ones cut to what PayPal takes.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn add(&mut self, name: &str, value: &str, most: usize) {
        let value: String = value.trim().chars().take(most).collect();
        if !value.is_empty() {
            self.0.push((name.to_owned(), value));
        }
    }
}

/// Between the shop, the revision and the transaction id in `custom`.
pub(super) const PROOF_SEPARATOR: char = '.';

/// "Currency codes supported by PayPal", without those of a country's own accounts that were closed since.
const CURRENCIES: [&str; 25] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY",
    "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RUB", "SEK", "SGD", "THB", "TWD", "USD",
];

/// Currencies that PayPal takes without decimals. ISO 4217 gives two of them some.
const WHOLE: [&str; 3] = ["HUF", "JPY", "TWD"];

#[cfg(test)]
mod tests;
