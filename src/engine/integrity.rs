//! What is wrong in the tables, or waits too long: cheap questions, bounded answers. Nothing is changed here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::database::{Row, Value};
use crate::domain::money::{Currency, Money};

use super::contents::Contents;
use super::reconcile::DIFFERENT;
use super::takeovers::Takeovers;
use super::unpaid::SOLD_WITHOUT_PAYMENT;
use super::{Engine, Result};

/// Something that a human should look at.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// What: a stable code, also the key of the language string.
    pub code: &'static str,
    /// Values of the sentence.
    pub params: BTreeMap<&'static str, String>,
}

impl Finding {
    /// All codes.
    #[rustfmt::skip]
    pub const CODES: [&'static str; 13] = ["sold_without_payment", "bill_differs", "bill_content_differs", "bill_gone", "paid_without_settlement", "settled_over_due", "history_gap", "lease_expired", "message_undecided", "message_held", "delivery_overdue", "email_failed", "order_held"];
}

/// One question: rows that must not be there.
struct Check {
    code: &'static str,
    sql: &'static str,
    /// The age, in milliseconds, that its `?` stands for: the time so long ago.
    age: Option<i64>,
    /// Columns that the sentence names, under these names.
    params: &'static [&'static str],
}

impl Engine {
    /// What is wrong, at most `limit` findings of each kind.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn integrity(&self, limit: u32) -> Result<Vec<Finding>> {
        let mut findings = self.sold_without_payment(limit)?;
        findings.extend(self.different_bills(limit)?);
        findings.extend(self.different_contents(limit)?);
        for check in CHECKS {
            let values: Vec<Value> = check
                .age
                .map(|age| Value::from(self.now().millis() - age))
                .into_iter()
                .collect();
            let rows = self
                .database()
                .query(&format!("{} LIMIT {limit}", check.sql), &values)?;
            for row in &rows {
                let mut params = BTreeMap::new();
                for name in check.params {
                    params.insert(*name, row.text(name)?);
                }
                findings.push(Finding {
                    code: check.code,
                    params,
                });
            }
        }
        Ok(findings)
    }

    /// Bills with an alarm that nobody has looked at, and those that the next pass of `reconcile` would raise one about.
    fn sold_without_payment(&self, limit: u32) -> Result<Vec<Finding>> {
        let mut bills = self.unpaid_bills(limit)?;
        let mut more = self.unreported()?;
        more.extend(self.moved_past()?);
        for bill in more {
            if bills.len() < limit as usize && bills.iter().all(|known| known.bill != bill) {
                bills.push(self.look(|work| work.unpaid_bill(bill))?);
            }
        }
        let findings = bills.into_iter().map(|bill| {
            let since = Timestamp::from_second(bill.since).unwrap_or_default();
            let since = since.in_tz(self.zone()).map_or_else(
                |_| since.to_string(),
                |local| local.strftime("%Y-%m-%d %H:%M").to_string(),
            );
            Finding {
                code: SOLD_WITHOUT_PAYMENT,
                params: BTreeMap::from([
                    ("bill", bill.bill.to_string()),
                    ("transid", bill.transid),
                    ("status", bill.status),
                    ("amount", bill.amount),
                    ("since", since),
                    ("delivered", bill.delivered.len().to_string()),
                ]),
            }
        });
        Ok(findings.collect())
    }

    /// The bills of unpaid orders that were moved to a sold status although nothing but the engine sells.
    fn moved_past(&self) -> Result<Vec<i64>> {
        if !Takeovers::now(self.database())?.sells {
            return Ok(Vec::new());
        }
        let rows = self.database().query(
            "SELECT o.id, o.billid FROM {local_shopengine_order} o JOIN {local_shop_bill} b ON b.id = o.billid
              WHERE o.payment <> 'paid' AND b.status <> o.status AND b.status IN ('SOLDOUT', 'PARTIAL', 'COMPLETE', 'PREPROD')
           ORDER BY o.id",
            &[],
        )?;
        Ok(rows
            .iter()
            .map(|row| row.int("billid"))
            .collect::<std::result::Result<_, _>>()?)
    }

    fn different_bills(&self, limit: u32) -> Result<Vec<Finding>> {
        let rows = self.database().query(
            &format!(
                "{DIFFERENT} ORDER BY o.id DESC LIMIT {}",
                limit.saturating_mul(4)
            ),
            &[0_i64.into()],
        )?;
        let mut findings = Vec::new();
        for row in &rows {
            let status = row.text("billstatus")?;
            let (code, names): (_, &[&'static str]) = if status.is_empty() {
                ("bill_gone", &["transid", "bill", "status"])
            } else if status == row.text("status")? && rounds_alike(row)? {
                // The plugin's 71.964 of what is 71.96: nothing to tell.
                continue;
            } else {
                let names = &[
                    "transid",
                    "bill",
                    "status",
                    "amount",
                    "billstatus",
                    "billamount",
                ];
                ("bill_differs", names)
            };
            let mut params = BTreeMap::new();
            for name in names {
                let column = match *name {
                    "transid" => "transactionid",
                    "bill" => "billid",
                    name => name,
                };
                params.insert(*name, row.text(column)?);
            }
            findings.push(Finding { code, params });
            if findings.len() >= limit as usize {
                break;
            }
        }
        Ok(findings)
    }

    /// Bills of orders with other lines, taxes or another currency. Which they are `cli/rehearse.php --bills` says.
    fn different_contents(&self, limit: u32) -> Result<Vec<Finding>> {
        let most = limit.saturating_mul(4);
        let sql = format!("{OTHER_CONTENT} ORDER BY o.id DESC LIMIT {most}");
        let rows = self.database().query(&sql, &[])?;
        let bills: Vec<i64> = rows
            .iter()
            .map(|row| row.int("id"))
            .collect::<std::result::Result<_, _>>()?;
        let mut contents = Contents::read(self.database(), &bills)?;
        let mut findings = Vec::new();
        for row in &rows {
            let differences = contents.differences(row)?;
            if differences.is_empty() || findings.len() >= limit as usize {
                continue;
            }
            findings.push(Finding {
                code: "bill_content_differs",
                params: BTreeMap::from([
                    ("transid", row.text("transactionid")?),
                    ("bill", row.text("id")?),
                    ("status", row.text("status")?),
                    ("differences", differences.len().to_string()),
                ]),
            });
        }
        Ok(findings)
    }
}

/// Orders whose bill may have other lines, taxes or another currency, whatever their state: [`Contents`] decides.
const OTHER_CONTENT: &str = "SELECT o.id AS orderid, b.id, b.untaxedamount, b.taxes, b.currency, o.currency AS ordercurrency, o.transactionid, o.status
       FROM {local_shopengine_order} o
       JOIN {local_shop_bill} b ON b.id = o.billid
      WHERE b.currency <> o.currency
         OR ABS(CAST(b.untaxedamount AS DECIMAL(12,3)) - (SELECT SUM(CAST(l.untaxed AS DECIMAL(12,3))) FROM {local_shopengine_line} l
                  WHERE l.billid = o.billid AND l.revision = o.revision)) > 0.0105
         OR ABS(CAST(b.taxes AS DECIMAL(12,3)) - (SELECT SUM(CAST(l.taxes AS DECIMAL(12,3))) FROM {local_shopengine_line} l
                  WHERE l.billid = o.billid AND l.revision = o.revision)) > 0.0105
         OR EXISTS (SELECT 1 FROM {local_shopengine_line} l
                 LEFT JOIN {local_shop_billitem} i ON i.billid = l.billid AND i.ordering = l.ordering
                     WHERE l.billid = o.billid AND l.revision = o.revision AND (i.id IS NULL OR i.itemcode <> l.itemcode
                        OR i.type <> l.kind OR CAST(i.quantity AS DECIMAL(12,3)) <> l.quantity
                        OR CAST(i.unitcost AS DECIMAL(12,3)) <> CAST(l.unitprice AS DECIMAL(12,3))
                        OR ABS(CAST(i.totalprice AS DECIMAL(12,3)) - CAST(l.untaxed AS DECIMAL(12,3))) > 0.0105))
         OR (SELECT COUNT(*) FROM {local_shop_billitem} i WHERE i.billid = o.billid)
         <> (SELECT COUNT(*) FROM {local_shopengine_line} l WHERE l.billid = o.billid AND l.revision = o.revision)";

/// Is the bill's amount, rounded, what is due?
fn rounds_alike(row: &Row) -> Result<bool> {
    let (Ok(currency), Ok(exact)) = (
        Currency::parse(&row.text("currency")?),
        row.decimal("billamount"),
    ) else {
        return Ok(false);
    };
    let due = Money::parse(&row.text("amount")?, currency);
    let said = Money::round(exact, currency);
    Ok(matches!((due, said), (Ok(due), Ok(said)) if due == said))
}

/// Each SELECT's first column tells the rows apart.
const CHECKS: &[Check] = &[
    Check {
        code: "paid_without_settlement",
        sql: "SELECT o.id, o.transactionid AS transid, o.status FROM {local_shopengine_order} o
               WHERE o.payment = 'paid' AND NOT EXISTS (SELECT 1 FROM {local_shopengine_settlement} s
                     WHERE s.billid = o.billid AND s.state = 'settled') ORDER BY o.id DESC",
        age: None,
        params: &["transid", "status"],
    },
    Check {
        code: "settled_over_due",
        sql: "SELECT o.id, o.transactionid AS transid, o.amount, o.currency FROM {local_shopengine_order} o
               WHERE (SELECT SUM(CAST(s.amount AS DECIMAL(12,3))) FROM {local_shopengine_settlement} s
                       WHERE s.billid = o.billid AND s.state = 'settled') > CAST(o.amount AS DECIMAL(12,3)) + 0.0005
            ORDER BY o.id DESC",
        age: None,
        params: &["transid", "amount", "currency"],
    },
    Check {
        code: "history_gap",
        sql: "SELECT o.id, o.transactionid AS transid, o.historysize AS expected FROM {local_shopengine_order} o
               WHERE o.historysize <> (SELECT COUNT(*) FROM {local_shopengine_history} h WHERE h.billid = o.billid)
                  OR o.historysize <> (SELECT MAX(h.seq) FROM {local_shopengine_history} h WHERE h.billid = o.billid)
            ORDER BY o.id DESC",
        age: None,
        params: &["transid", "expected"],
    },
    Check {
        code: "lease_expired",
        sql: "SELECT t.id, t.kind, t.attempts, COALESCE(o.transactionid, t.taskkey) AS transid FROM {local_shopengine_outbox} t
           LEFT JOIN {local_shopengine_order} o ON o.billid = t.billid
               WHERE t.state = 'leased' AND t.timedue < ? ORDER BY t.id",
        age: Some(10 * MINUTE),
        params: &["transid", "kind", "attempts"],
    },
    Check {
        code: "message_undecided",
        sql: "SELECT m.id, m.id AS message, m.gateway AS paymode, m.endpoint FROM {local_shopengine_inbox} m
               WHERE m.state NOT IN ('done', 'rejected', 'held') AND m.timemodified < ? ORDER BY m.id",
        age: Some(60 * MINUTE),
        params: &["message", "paymode", "endpoint"],
    },
    Check {
        code: "message_held",
        sql: "SELECT m.id, m.id AS message, m.gateway AS paymode FROM {local_shopengine_inbox} m
               WHERE m.state = 'held' AND m.outcome = 'payment_without_order' ORDER BY m.id DESC",
        age: None,
        params: &["message", "paymode"],
    },
    Check {
        code: "delivery_overdue",
        sql: "SELECT o.id, o.transactionid AS transid, o.status FROM {local_shopengine_order} o
               WHERE o.status IN ('SOLDOUT', 'PARTIAL') AND o.timemodified < ? ORDER BY o.id DESC",
        age: Some(60 * MINUTE),
        params: &["transid", "status"],
    },
    Check {
        code: "email_failed",
        sql: "SELECT t.id, o.transactionid AS transid, t.attempts, t.result AS reason FROM {local_shopengine_outbox} t
                JOIN {local_shopengine_order} o ON o.billid = t.billid
               WHERE t.kind = 'mail' AND t.state = 'failed' AND t.timemodified > ? ORDER BY t.id DESC",
        // Older ones are nobody's work any more.
        age: Some(7 * 24 * 60 * MINUTE),
        params: &["transid", "attempts", "reason"],
    },
    Check {
        code: "order_held",
        sql: "SELECT o.id, o.transactionid AS transid, o.held AS reason FROM {local_shopengine_order} o
               WHERE o.held <> '' ORDER BY o.id DESC",
        age: None,
        params: &["transid", "reason"],
    },
];

/// Milliseconds.
const MINUTE: i64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_code_that_is_listed() {
        let mut codes: Vec<_> = CHECKS.iter().map(|check| check.code).collect();
        codes.extend([
            SOLD_WITHOUT_PAYMENT,
            "bill_content_differs",
            "bill_differs",
            "bill_gone",
        ]);
        codes.sort_unstable();
        let mut listed = Finding::CODES.to_vec();
        listed.sort_unstable();
        assert_eq!(codes, listed);
    }
}
