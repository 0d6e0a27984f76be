//! What a partner's ledger says of the orders that came from him, and of the bills that the plugin's own pages placed for him.

use crate::database::Row;
use crate::domain::money::{Currency, Money};
use crate::domain::state::{BillStatus, State};
use crate::domain::statement::Entry;

use super::place::NewOrder;
use super::{Engine, Order, Result, Work};

/// What there is to say of an order or of a bill.
struct Account {
    bill: i64,
    transid: String,
    status: BillStatus,
    paid: bool,
    amount: Money,
    settled: Money,
    refunded: Money,
    test: bool,
    /// Placed and moved by the plugin alone.
    plugin: bool,
}

impl Work<'_> {
    /// Keeps which partner an order came from: the one by whom it was placed first.
    pub(super) fn refer(&mut self, new: &NewOrder<'_>, order: &Order) -> Result<()> {
        let (Some(partner), Some(code)) = (new.partner, &new.placement.cart.partner) else {
            return Ok(());
        };
        let tag = code.tag().map_or("", |tag| tag.as_str());
        self.insert_referral(order.bill, partner, tag)
    }

    /// Keeps which partner a bill of the plugin's came from, as far as its row says; the plugin cuts tags at 16 characters.
    pub(super) fn refer_bill(&mut self, bill: &Row) -> Result<()> {
        let partner = bill.int("partnerid")?;
        let rows = self.database.query(
            "SELECT id FROM {local_shop_partner} WHERE id = ?",
            &[partner.into()],
        )?;
        if rows.is_empty() {
            return Ok(());
        }
        self.insert_referral(bill.int("id")?, partner, &bill.text("partnertag")?)
    }

    fn insert_referral(&mut self, bill: i64, partner: i64, tag: &str) -> Result<()> {
        self.database.insert_if_absent(
            "local_shopengine_referral",
            &[
                ("billid", bill.into()),
                ("partnerid", partner.into()),
                ("tag", tag.into()),
                ("timecreated", self.now.millis().into()),
            ],
        )?;
        Ok(())
    }

    /// Tells the ledgers what became of the orders that this transaction changed.
    pub(super) fn tell_partners(&mut self) -> Result<()> {
        for bill in std::mem::take(&mut self.touched) {
            if let Some(referral) = self.referral(bill)?
                && let Some(order) = Order::of_bill(self.database, bill)?
            {
                let (settled, refunded) = self.sums(&order)?;
                let account = Account {
                    bill,
                    transid: order.transaction.to_string(),
                    status: order.state.status(),
                    paid: order.state.is_paid(),
                    amount: order.amount,
                    settled,
                    refunded,
                    test: order.test,
                    plugin: false,
                };
                self.tell_partner(&referral, &account)?;
            }
        }
        Ok(())
    }

    /// Tells the ledger of a bill that no order is made of yet, if there is something to tell. One that cannot be read is passed
    /// over: adopting it says why.
    fn tell_of_bill(&mut self, bill: i64) -> Result<bool> {
        let rows = self.database.query(
            "SELECT id, status, amount, currency, transactionid, test, partnerid, partnertag
               FROM {local_shop_bill} WHERE id = ?",
            &[bill.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(false);
        };
        // A sale outside the engine is entered once a seller has looked at it.
        if Order::of_bill(self.database, bill)?.is_some() || self.is_alarmed(bill)? {
            return Ok(false);
        }
        let (Ok(status), Ok(currency)) = (
            BillStatus::parse(&row.text("status")?),
            Currency::parse(&row.text("currency")?),
        ) else {
            return Ok(false);
        };
        let Ok(Ok(amount)) = row
            .decimal("amount")
            .map(|exact| Money::round(exact, currency))
        else {
            return Ok(false);
        };
        self.refer_bill(row)?;
        let Some(referral) = self.referral(bill)? else {
            return Ok(false);
        };
        let zero = Money::zero(currency);
        let back = status == BillStatus::Payback;
        let settled = back || State::of(status).is_paid();
        self.tell_partner(
            &referral,
            &Account {
                bill,
                transid: row.text("transactionid")?,
                status,
                paid: State::of(status).is_paid(),
                amount,
                settled: if settled { amount } else { zero },
                refunded: if back { amount } else { zero },
                test: row.flag("test")?,
                plugin: true,
            },
        )?;
        Ok(true)
    }

    fn referral(&self, bill: i64) -> Result<Option<Row>> {
        let rows = self.database.query(
            "SELECT id, partnerid, tag, said FROM {local_shopengine_referral} WHERE billid = ?",
            &[bill.into()],
        )?;
        Ok(rows.into_iter().next())
    }

    fn tell_partner(&mut self, referral: &Row, account: &Account) -> Result<()> {
        let mut entry = Entry {
            kind: "order".to_owned(),
            tag: referral.text("tag")?,
            transid: account.transid.clone(),
            state: account.status.as_str().to_owned(),
            amount: account.amount.to_decimal_string(),
            currency: account.amount.currency().code().to_owned(),
            settled: account.settled.to_decimal_string(),
            refunded: account.refunded.to_decimal_string(),
            ..Entry::default()
        };
        let partner = referral.int("partnerid")?;
        let said = format!(
            "{} {} {} {} {} {}",
            entry.state, entry.amount, entry.currency, entry.settled, entry.refunded, account.test
        );
        if referral.text("said")? == said {
            return Ok(());
        }
        let link = self.lock_chain(partner)?;
        let mut notes = Vec::new();
        if account.test {
            notes.push("test");
        }
        if account.plugin {
            notes.push("by_plugin");
        }
        // Payments of the test mode use no tag up.
        if account.paid && !account.test && !entry.tag.is_empty() {
            let tag = self.claim_tag(partner, &entry.tag, "", account.bill)?;
            if tag.bill != account.bill {
                notes.push("tag_repeated");
            }
        }
        entry.note = notes.join(" ");
        self.enter(link, entry)?;
        self.database.execute(
            "UPDATE {local_shopengine_referral} SET said = ? WHERE id = ?",
            &[said.into(), referral.int("id")?.into()],
        )?;
        Ok(())
    }

    /// What was paid for an order, and what of it was paid or taken back.
    fn sums(&self, order: &Order) -> Result<(Money, Money)> {
        let currency = order.amount.currency();
        let rows = self.database.query(
            "SELECT id, state, amount, refunded, currency FROM {local_shopengine_settlement} WHERE billid = ?",
            &[order.bill.into()],
        )?;
        let zero = Money::zero(currency);
        let (mut settled, mut refunded) = (zero, zero);
        for row in rows {
            if row.text("currency")? != currency.code() {
                continue;
            }
            let amount = Money::from_column(&row.text("amount")?, currency)?;
            match row.text("state")?.as_str() {
                "settled" | "refunded" => {
                    settled = settled.plus(amount)?;
                    let back = Money::from_column(&row.text("refunded")?, currency)?;
                    refunded = refunded.plus(back)?;
                }
                "reversal" => refunded = refunded.plus(amount)?,
                "restoration" => refunded = refunded.minus(amount)?,
                _ => {}
            }
        }
        Ok((settled, refunded))
    }
}

impl Engine {
    /// Tells the partners' ledgers of up to `limit` bills that came from a partner and that only the plugin knows so far, or that it
    /// moved since.
    pub(super) fn tell_of_bills(&self, limit: u32) -> Result<()> {
        let (mut told, mut last) = (0, 0_i64);
        while told < limit {
            let rows = self.database().query(
                &format!("{UNTOLD} ORDER BY b.id LIMIT {BATCH}"),
                &[last.into()],
            )?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                last = row.int("id")?;
                if self.transact(|work| work.tell_of_bill(last))? {
                    told += 1;
                }
            }
        }
        Ok(())
    }
}

/// Bills of partners that are no orders, and of which the ledger says nothing or something else.
const UNTOLD: &str = "SELECT b.id FROM {local_shop_bill} b
       JOIN {local_shop_partner} p ON p.id = b.partnerid
  LEFT JOIN {local_shopengine_order} o ON o.billid = b.id
  LEFT JOIN {local_shopengine_referral} r ON r.billid = b.id
      WHERE b.id > ? AND o.id IS NULL AND (r.id IS NULL OR r.said NOT LIKE CONCAT(b.status, ' %'))";

/// Bills read at a time.
const BATCH: u32 = 100;
