//! The calls that a message takes, one after the other. What a step needs of the ones before is in the memo, in what is kept with
//! the try, or asked again: a way that breaks off begins anew, and each call may be made twice.

use serde_json::Value as Json;

use super::amount::Amount;
use super::backend::Backend;
use super::order::{Kept, Request};
use super::status::{Config, Contract, Open, Public, Refunds, Status, is_wallets};
use super::{MODE_TEST, NAME, Taler};
use crate::domain::money::Money;
use crate::gateway::{
    Answered, Attempt, Channel, Gateway as _, GatewayError, Happened, Inquiry, Message, Mode,
    Named, Next, Progress, Settings, Verdict,
};

/// A message on its way.
pub(super) struct Way<'a> {
    settings: &'a Settings,
    attempt: &'a Attempt,
    request: Request,
    kept: Kept,
    backend: Backend,
    said: Option<(&'a str, &'a Answered)>,
    quick: bool,
    now: i64,
    /// The session of the buyer who asks, or ''.
    session: String,
    /// What a seller pays back, all together, and why.
    refund: Option<(Amount, String)>,
    notified: bool,
}

impl<'a> Way<'a> {
    pub(super) fn of(message: &Message<'_>, inquiry: &Inquiry<'a>) -> Result<Self, GatewayError> {
        let attempt = inquiry.attempt.ok_or(GatewayError::NoOrder)?;
        // A try without a request was never put to the backend.
        let request = Request::read(&attempt.request).ok_or(GatewayError::NoOrder)?;
        // The order's own mode, whatever the shop's is by now.
        let backend = Backend::of(inquiry.settings, request.mode == MODE_TEST)?;
        let field = |name| message.field(name).unwrap_or_default();
        let refund = match message.channel {
            Channel::Seller => {
                let total = Amount::parse(&field("refund"))
                    .ok_or(GatewayError::Malformed { field: "refund" })?;
                Some((total, field("reason")))
            }
            _ => None,
        };
        let notified = message.channel == Channel::Notification;
        Ok(Self {
            settings: inquiry.settings,
            attempt,
            request,
            kept: Kept::read(&attempt.kept),
            backend,
            said: inquiry.said,
            quick: inquiry.quick,
            now: inquiry.now.seconds(),
            session: if notified {
                String::new()
            } else {
                field("session")
            },
            refund,
            notified,
        })
    }

    /// The next step.
    pub(super) fn proceed(self) -> Result<Progress, GatewayError> {
        let Some((memo, answer)) = self.said else {
            return Ok(self.begin());
        };
        let (step, id) = memo.split_once(' ').unwrap_or((memo, ""));
        if answer.status == 0 || answer.status >= 500 {
            return Err(GatewayError::Away { name: NAME });
        }
        match step {
            CONFIG => self.configured(answer),
            ORDER => self.ordered(answer),
            PUBLIC => self.looked(answer),
            STATUS => self.stands(answer),
            EVER => self.stood(answer),
            EARLIER => self.earlier(answer, id),
            REFUND => self.refunded(answer),
            _ => Err(GatewayError::Away { name: NAME }),
        }
    }

    fn begin(self) -> Progress {
        if let Some((total, reason)) = &self.refund {
            // What the backend has granted already is not granted again; only its fate is of interest.
            if self.kept.granted() != Some(total.clone()) {
                let id = &self.attempt.reference;
                return Progress::ask(self.backend.refund(id, &total.to_string(), reason), REFUND);
            }
        }
        if self.notified || self.refund.is_some() {
            self.ever()
        } else if !self.kept.made {
            Progress::ask(self.backend.config(), CONFIG)
        } else if self.quick {
            self.look()
        } else {
            self.status()
        }
    }

    /// What does the buyer's own browser see?
    fn look(self) -> Progress {
        let (id, token) = (&self.attempt.reference, &self.kept.token);
        Progress::ask(self.backend.look(id, token, &self.session), PUBLIC)
            .keeping(self.kept.write())
    }

    /// How does the order stand in this session?
    fn status(self) -> Progress {
        let id = &self.attempt.reference;
        let progress = Progress::ask(self.backend.status(id, &self.session), STATUS);
        progress.keeping(self.kept.write())
    }

    /// Was the order ever paid, in whatever session?
    fn ever(self) -> Progress {
        let id = &self.attempt.reference;
        Progress::ask(self.backend.status(id, ""), EVER).keeping(self.kept.write())
    }

    fn configured(self, answer: &Answered) -> Result<Progress, GatewayError> {
        let config = match answer.status {
            200 => Config::read(&answer.body).ok_or(GatewayError::Away { name: NAME })?,
            404 => return Err(declined("taler_no_backend")),
            _ => return Err(GatewayError::Away { name: NAME }),
        };
        if !config.is_merchants {
            return Err(declined("taler_no_backend"));
        }
        if !config.speaks {
            return Err(declined("taler_other_version"));
        }
        if config.currency != self.request.amount.currency() {
            return Err(declined("taler_other_currency"));
        }
        Ok(self.order())
    }

    fn order(self) -> Progress {
        Progress::ask(self.backend.create(&self.attempt.request), ORDER)
    }

    fn ordered(mut self, answer: &Answered) -> Result<Progress, GatewayError> {
        match answer.status {
            200 => {
                let json: Json = serde_json::from_slice(&answer.body)
                    .map_err(|_| GatewayError::Away { name: NAME })?;
                if json.get("order_id").and_then(Json::as_str) != Some(&self.attempt.reference) {
                    return Err(GatewayError::Away { name: NAME });
                }
                let token = json.get("token").and_then(Json::as_str).unwrap_or_default();
                self.kept.made = true;
                token.clone_into(&mut self.kept.token);
                Ok(self.status())
            }
            // There is another order under this id. Whether it will do is in its status.
            409 => {
                self.kept.made = true;
                Ok(self.status())
            }
            400 => Err(declined("taler_order_refused")),
            401 | 403 => Err(declined("taler_not_authorised")),
            404 => Err(declined("taler_no_instance")),
            410 => Err(declined("taler_out_of_stock")),
            451 => Err(declined("taler_legally_barred")),
            _ => Err(GatewayError::Away { name: NAME }),
        }
    }

    fn looked(mut self, answer: &Answered) -> Result<Progress, GatewayError> {
        match Public::read(answer.status, &answer.body).ok_or(GatewayError::Away { name: NAME })? {
            Public::Open(open) if !self.is_late() => {
                if let Some(earlier) = self.earlier_of(&open) {
                    return Ok(earlier);
                }
                self.offer(open);
                Ok(self.wait())
            }
            Public::Open(_) | Public::Settled => Ok(self.ever()),
            Public::WrongToken | Public::Unknown => Ok(self.status()),
        }
    }

    fn stands(mut self, answer: &Answered) -> Result<Progress, GatewayError> {
        match self.merchants(answer)? {
            None => self.unknown(),
            Some(Status::Unpaid(open)) => {
                if open
                    .amount
                    .as_ref()
                    .is_some_and(|amount| *amount != self.request.amount)
                {
                    return Ok(self.lapsed("the backend has another order under this id"));
                }
                if let Some(earlier) = self.earlier_of(&open) {
                    return Ok(earlier);
                }
                if self.is_late() {
                    return Ok(self.lapsed("the time to pay is over"));
                }
                self.kept.claimed = false;
                self.offer(open);
                Ok(self.wait())
            }
            Some(Status::Claimed(contract)) => {
                if !self.is_ours(&contract) {
                    return Ok(self.lapsed("the backend has another order under this id"));
                }
                // Paid in another session looks like this too.
                self.kept.claimed = true;
                Ok(self.ever())
            }
            Some(Status::Paid(contract, refunds)) => self.paid(&contract, &refunds),
        }
    }

    fn stood(mut self, answer: &Answered) -> Result<Progress, GatewayError> {
        match self.merchants(answer)? {
            None => self.unknown(),
            Some(Status::Paid(contract, refunds)) => self.paid(&contract, &refunds),
            Some(_) if self.refund.is_some() => Err(declined("taler_refund_unpaid")),
            Some(_) if self.is_late() => Ok(self.lapsed("the time to pay is over")),
            // A hint that was none.
            Some(_) if self.notified => Ok(Progress::done(Vec::new())),
            Some(Status::Claimed(_)) => {
                self.kept.claimed = true;
                // Some backends tell a repurchase of a claimed order to the browser alone.
                if !self.quick && !self.session.is_empty() && !self.kept.token.is_empty() {
                    return Ok(self.look());
                }
                self.kept.session.clone_from(&self.session);
                Ok(self.wait())
            }
            Some(Status::Unpaid(_)) => Ok(self.wait()),
        }
    }

    /// The merchant's answer; `None` for an order that is not there.
    fn merchants(&self, answer: &Answered) -> Result<Option<Status>, GatewayError> {
        match answer.status {
            200 => Status::read(&answer.body)
                .map(Some)
                .ok_or(GatewayError::Away { name: NAME }),
            404 if error_code(answer) == Some(ORDER_UNKNOWN) => Ok(None),
            _ => Err(GatewayError::Away { name: NAME }),
        }
    }

    /// The backend has no such order: it forgets those that nobody paid in time.
    fn unknown(mut self) -> Result<Progress, GatewayError> {
        if self.refund.is_some() {
            return Err(declined("taler_refund_unknown_order"));
        }
        if self.is_late() {
            return Ok(self.lapsed("the time to pay is over"));
        }
        if self.notified {
            return Ok(Progress::done(Vec::new()));
        }
        self.kept = Kept::default();
        let keep = self.kept.write();
        Ok(self.order().keeping(keep))
    }

    fn earlier_of(&self, open: &Open) -> Option<Progress> {
        let id = open.already.as_ref().filter(|_| !self.session.is_empty())?;
        let memo = format!("{EARLIER} {id}");
        Some(Progress::ask(self.backend.status(id, &self.session), &memo))
    }

    /// The backend says that this session's wallet has paid for the same article under another order. It must be paid in this very
    /// session, not paid back, and lead to the same address.
    fn earlier(self, answer: &Answered, id: &str) -> Result<Progress, GatewayError> {
        if let Some(Status::Paid(contract, refunds)) = self.merchants(answer)?
            && refunds
                .granted
                .is_none_or(|granted| granted != contract.amount)
            && !self.request.fulfillment_url.is_empty()
            && contract.fulfillment_url == self.request.fulfillment_url
            && contract.mode == self.request.mode
        {
            return Ok(Progress {
                keep: None,
                verdicts: Vec::new(),
                next: Next::AlreadyBought {
                    earlier: id.to_owned(),
                    session: self.session,
                },
            });
        }
        Ok(self.wait())
    }

    fn refunded(mut self, answer: &Answered) -> Result<Progress, GatewayError> {
        match answer.status {
            200 => {
                let json: Json = serde_json::from_slice(&answer.body)
                    .map_err(|_| GatewayError::Away { name: NAME })?;
                let uri = json.get("taler_refund_uri").and_then(Json::as_str);
                if let Some(uri) = uri.filter(|uri| is_wallets(uri, "refund")) {
                    uri.clone_into(&mut self.kept.refund_uri);
                }
                if let Some((total, _)) = &self.refund {
                    self.kept.granted = total.to_string();
                }
                Ok(self.ever())
            }
            401 => Err(declined("taler_not_authorised")),
            403 => Err(declined("taler_refund_not_allowed")),
            404 => Err(declined("taler_refund_unknown_order")),
            409 => Err(declined("taler_refund_too_much")),
            410 => Err(declined("taler_refund_too_late")),
            451 => Err(declined("taler_legally_barred")),
            _ => Err(GatewayError::Away { name: NAME }),
        }
    }

    /// Paid, and perhaps paid back.
    fn paid(mut self, contract: &Contract, refunds: &Refunds) -> Result<Progress, GatewayError> {
        let money = |amount: &Amount| {
            amount
                .money()
                .ok_or(GatewayError::Malformed { field: "amount" })
        };
        let mut verdicts = vec![self.verdict(Happened::Paid, money(&contract.amount)?, contract)];
        let written =
            |amount: &Option<Amount>| amount.as_ref().map_or_else(String::new, Amount::to_string);
        self.kept.granted = written(&refunds.granted);
        self.kept.taken = written(&refunds.taken);
        if let Some(taken) = refunds.taken.as_ref() {
            let taken = money(taken)?;
            if taken.is_positive() {
                verdicts.push(self.verdict(Happened::RefundedInAll, taken, contract));
            }
        }
        // What is not fetched in time stays with the seller.
        let waits = refunds.is_pending() && !contract.refund_deadline.is_past(self.now);
        Ok(Progress {
            keep: Some(self.kept.write()),
            verdicts,
            next: if waits { Next::Wait } else { Next::Done },
        })
    }

    fn verdict(&self, happened: Happened, amount: Money, contract: &Contract) -> Verdict {
        Verdict {
            order: self.named(),
            revision: None,
            reference: self.attempt.reference.clone(),
            movement: None,
            happened,
            // An order of this id that the shop did not write is somebody else's.
            attention: (happened == Happened::Paid && !self.is_ours(contract))
                .then_some("taler_foreign_order"),
            amount: Some(amount),
            merchant: Taler.merchant(self.settings),
            mode: if contract.mode == MODE_TEST {
                Mode::Test
            } else {
                Mode::Live
            },
            proof: "the merchant backend says so",
        }
    }

    /// Nothing is paid and nothing will be: another try is needed.
    fn lapsed(self, proof: &'static str) -> Progress {
        Progress::done(vec![Verdict {
            order: self.named(),
            revision: None,
            reference: self.attempt.reference.clone(),
            movement: None,
            happened: Happened::Lapsed,
            attention: None,
            amount: None,
            merchant: Taler.merchant(self.settings),
            mode: Mode::Any,
            proof,
        }])
    }

    fn wait(self) -> Progress {
        Progress::wait().keeping(self.kept.write())
    }

    /// What the buyer's page shows from now on.
    fn offer(&mut self, open: Open) {
        self.kept.session.clone_from(&self.session);
        self.kept.pay_uri = open.pay_uri.unwrap_or_default();
    }

    fn named(&self) -> Named {
        Named::Attempt {
            reference: self.attempt.reference.clone(),
            number: None,
        }
    }

    /// Is the contract the one that the shop asked for?
    fn is_ours(&self, contract: &Contract) -> bool {
        contract.mode == self.request.mode && contract.amount == self.request.amount
    }

    /// Is the time to pay over? A payment of the last second may still be on its way to the backend.
    fn is_late(&self) -> bool {
        self.now > self.request.pay_deadline.saturating_add(GRACE)
    }
}

fn declined(code: &'static str) -> GatewayError {
    GatewayError::Declined { name: NAME, code }
}

fn error_code(answer: &Answered) -> Option<i64> {
    let json: Json = serde_json::from_slice(&answer.body).ok()?;
    json.get("code")?.as_i64()
}

/// Steps, as the memo names them.
const CONFIG: &str = "config";
const ORDER: &str = "order";
const PUBLIC: &str = "public";
const STATUS: &str = "status";
const EVER: &str = "ever";
const EARLIER: &str = "earlier";
const REFUND: &str = "refund";

/// Code of an answer that knows the instance but not the order (GANA, "MERCHANT_GENERIC_ORDER_UNKNOWN").
const ORDER_UNKNOWN: i64 = 2005;

/// Seconds after the deadline in which nothing is given up.
const GRACE: i64 = 300;

/// Why the backend does not take an order or a refund; each has a sentence.
#[expect(dead_code, reason = "read by the test of the language files")]
const CODES: [&str; 14] = [
    "taler_foreign_order",
    "taler_legally_barred",
    "taler_no_backend",
    "taler_no_instance",
    "taler_not_authorised",
    "taler_order_refused",
    "taler_other_currency",
    "taler_other_version",
    "taler_out_of_stock",
    "taler_refund_not_allowed",
    "taler_refund_too_late",
    "taler_refund_too_much",
    "taler_refund_unknown_order",
    "taler_refund_unpaid",
];
