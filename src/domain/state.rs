//! States of a bill: the plugin's eleven words, the moves between them, and the engine's own two
//! states (payment and fulfilment) that are projected on those words.
//!
//! The moves are those of the plugin's `local_flowcontrol` table, completed with what it lacks for
//! FAILED, REFUSED, PREPROD, PARTIAL and PAYBACK. Everything else is refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The plugin's word in `local_shop_bill.status`.
///
/// Closed on purpose: the plugin knows these eleven and no others.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum BillStatus {
    /// Being prepared in the back office.
    Working,
    /// Placed by the buyer, not paid.
    Placed,
    /// The payment is announced or under way, not certain.
    Pending,
    /// Delivered on trust, before payment.
    Preprod,
    /// Paid, not delivered yet.
    Soldout,
    /// Paid, delivered in part.
    Partial,
    /// Paid and delivered.
    Complete,
    /// Paid back.
    Payback,
    /// The payment broke for a technical reason.
    Failed,
    /// The payment was refused.
    Refused,
    /// Given up.
    Cancelled,
}

impl BillStatus {
    /// All eleven, in the plugin's order.
    pub const ALL: [Self; 11] = [
        Self::Working,
        Self::Placed,
        Self::Pending,
        Self::Preprod,
        Self::Soldout,
        Self::Partial,
        Self::Complete,
        Self::Payback,
        Self::Failed,
        Self::Refused,
        Self::Cancelled,
    ];

    /// Reads the plugin's word, letter for letter.
    ///
    /// # Errors
    /// [`StateError::UnknownStatus`] for any other word.
    pub fn parse(word: &str) -> Result<Self, StateError> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| StateError::UnknownStatus {
                word: word.chars().take(20).collect(),
            })
    }

    /// The plugin's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Working => "WORKING",
            Self::Placed => "PLACED",
            Self::Pending => "PENDING",
            Self::Preprod => "PREPROD",
            Self::Soldout => "SOLDOUT",
            Self::Partial => "PARTIAL",
            Self::Complete => "COMPLETE",
            Self::Payback => "PAYBACK",
            Self::Failed => "FAILED",
            Self::Refused => "REFUSED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The statuses this one may move to.
    #[must_use]
    pub fn moves(self) -> &'static [Self] {
        match self {
            Self::Working => &[Self::Placed, Self::Pending, Self::Partial, Self::Cancelled],
            Self::Placed => &[
                Self::Pending,
                Self::Preprod,
                Self::Soldout,
                Self::Failed,
                Self::Refused,
                Self::Cancelled,
            ],
            Self::Pending => &[
                Self::Placed,
                Self::Preprod,
                Self::Soldout,
                Self::Failed,
                Self::Refused,
                Self::Cancelled,
            ],
            Self::Preprod => &[Self::Partial, Self::Complete, Self::Cancelled],
            Self::Soldout => &[Self::Partial, Self::Complete, Self::Payback],
            Self::Partial => &[Self::Complete, Self::Payback],
            Self::Complete => &[Self::Payback],
            Self::Payback => &[Self::Cancelled],
            Self::Failed | Self::Refused => &[
                Self::Placed,
                Self::Pending,
                Self::Soldout,
                Self::Failed,
                Self::Refused,
                Self::Cancelled,
            ],
            Self::Cancelled => &[],
        }
    }

    /// May a seller give this status to a draft by its form? It stays a draft, or it moves where nothing is said to be paid.
    #[must_use]
    pub fn is_for_drafts(self) -> bool {
        self == Self::Working || (Self::Working.can_move_to(self) && !State::of(self).is_paid())
    }

    /// May a bill move from this status to `to`? Staying is not a move.
    #[must_use]
    pub fn can_move_to(self, to: Self) -> bool {
        self != to && self.moves().contains(&to)
    }
}

impl fmt::Display for BillStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of an order's payment.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Payment {
    /// In preparation in the back office: nothing is due yet.
    Draft,
    /// Due; nothing is known.
    Due,
    /// Announced or under way.
    Pending,
    /// Proven, in full.
    Paid,
    /// Paid back in full.
    Refunded,
    /// Refused by the gateway; the buyer may try again.
    Refused,
    /// Broken for a technical reason; the buyer may try again.
    Failed,
    /// Given up.
    Cancelled,
}

impl Payment {
    const ALL: [Self; 8] = [
        Self::Draft,
        Self::Due,
        Self::Pending,
        Self::Paid,
        Self::Refunded,
        Self::Refused,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its word in the engine's tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Due => "due",
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What has been delivered of an order.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Fulfilment {
    /// Nothing.
    None,
    /// A part.
    Partial,
    /// All.
    Done,
}

impl Fulfilment {
    const ALL: [Self; 3] = [Self::None, Self::Partial, Self::Done];

    /// Its word in the engine's tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Done => "done",
        }
    }
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Event {
    /// The buyer places it, or places it again with another cart.
    Place,
    /// A payment is announced (cheque, transfer, delayed card).
    Announce,
    /// A payment in full is proven.
    Settle,
    /// The gateway refuses the payment.
    Refuse,
    /// The payment breaks.
    Fail,
    /// It is given up.
    Cancel,
    /// All that was paid is paid back.
    Refund,
    /// A part is delivered; of an unpaid order: its delivery on trust begins.
    DeliverPart,
    /// All is delivered.
    Deliver,
    /// Its buyer owns the article by another order: nothing is charged.
    AlreadyBought,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 10] = [
        Self::Place,
        Self::Announce,
        Self::Settle,
        Self::Refuse,
        Self::Fail,
        Self::Cancel,
        Self::Refund,
        Self::DeliverPart,
        Self::Deliver,
        // Behind Cancel: a seller who closes an order cancels it.
        Self::AlreadyBought,
    ];

    /// Its name in the history.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Announce => "announce",
            Self::Settle => "settle",
            Self::Refuse => "refuse",
            Self::Fail => "fail",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::DeliverPart => "deliverpart",
            Self::Deliver => "deliver",
            Self::AlreadyBought => "alreadybought",
        }
    }
}

/// The engine's state of an order: payment and fulfilment, apart.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct State {
    payment: Payment,
    fulfilment: Fulfilment,
}

impl State {
    /// An order that was just placed.
    pub const PLACED: Self = Self {
        payment: Payment::Due,
        fulfilment: Fulfilment::None,
    };

    /// The state behind one of the plugin's words.
    #[must_use]
    pub fn of(status: BillStatus) -> Self {
        let (payment, fulfilment) = match status {
            BillStatus::Working => (Payment::Draft, Fulfilment::None),
            BillStatus::Placed => (Payment::Due, Fulfilment::None),
            BillStatus::Pending => (Payment::Pending, Fulfilment::None),
            BillStatus::Preprod => (Payment::Pending, Fulfilment::Done),
            BillStatus::Soldout => (Payment::Paid, Fulfilment::None),
            BillStatus::Partial => (Payment::Paid, Fulfilment::Partial),
            BillStatus::Complete => (Payment::Paid, Fulfilment::Done),
            BillStatus::Payback => (Payment::Refunded, Fulfilment::None),
            BillStatus::Failed => (Payment::Failed, Fulfilment::None),
            BillStatus::Refused => (Payment::Refused, Fulfilment::None),
            BillStatus::Cancelled => (Payment::Cancelled, Fulfilment::None),
        };
        Self {
            payment,
            fulfilment,
        }
    }

    /// The state of those words in the engine's tables.
    #[must_use]
    pub fn parse(payment: &str, fulfilment: &str) -> Option<Self> {
        Some(Self {
            payment: Payment::ALL
                .into_iter()
                .find(|state| state.as_str() == payment)?,
            fulfilment: Fulfilment::ALL
                .into_iter()
                .find(|state| state.as_str() == fulfilment)?,
        })
    }

    /// The payment state.
    #[must_use]
    pub fn payment(self) -> Payment {
        self.payment
    }

    /// The fulfilment state.
    #[must_use]
    pub fn fulfilment(self) -> Fulfilment {
        self.fulfilment
    }

    /// The plugin's word for this state.
    #[must_use]
    pub fn status(self) -> BillStatus {
        match (self.payment, self.fulfilment) {
            (Payment::Draft, _) => BillStatus::Working,
            (Payment::Due | Payment::Pending, Fulfilment::Partial | Fulfilment::Done) => {
                BillStatus::Preprod
            }
            (Payment::Due, Fulfilment::None) => BillStatus::Placed,
            (Payment::Pending, Fulfilment::None) => BillStatus::Pending,
            (Payment::Paid, Fulfilment::None) => BillStatus::Soldout,
            (Payment::Paid, Fulfilment::Partial) => BillStatus::Partial,
            (Payment::Paid, Fulfilment::Done) => BillStatus::Complete,
            (Payment::Refunded, _) => BillStatus::Payback,
            (Payment::Failed, _) => BillStatus::Failed,
            (Payment::Refused, _) => BillStatus::Refused,
            (Payment::Cancelled, _) => BillStatus::Cancelled,
        }
    }

    /// Is a payment still wanted? (A refusal or a failure may be tried again.)
    #[must_use]
    pub fn awaits_payment(self) -> bool {
        matches!(
            self.payment,
            Payment::Due | Payment::Pending | Payment::Refused | Payment::Failed
        )
    }

    /// Has it been paid and not paid back?
    #[must_use]
    pub fn is_paid(self) -> bool {
        self.payment == Payment::Paid
    }

    /// Are goods to be delivered now: paid and not delivered in full, or being delivered on trust?
    #[must_use]
    pub fn awaits_delivery(self) -> bool {
        match self.payment {
            Payment::Paid => self.fulfilment != Fulfilment::Done,
            Payment::Due | Payment::Pending => self.fulfilment == Fulfilment::Partial,
            _ => false,
        }
    }

    /// The state after `event`.
    ///
    /// # Errors
    /// [`StateError::NotAllowed`] when the event cannot happen to an order in this state; nothing changes.
    pub fn after(self, event: Event) -> Result<Self, StateError> {
        let refused = || StateError::NotAllowed {
            from: self.status(),
            event,
        };
        let next = |payment, fulfilment| {
            Ok(Self {
                payment,
                fulfilment,
            })
        };
        let unpaid = self.awaits_payment();
        let undelivered = self.fulfilment == Fulfilment::None;
        match event {
            Event::Place if self.payment == Payment::Draft || (unpaid && undelivered) => {
                Ok(Self::PLACED)
            }
            Event::Announce if self.payment == Payment::Draft || unpaid => {
                next(Payment::Pending, self.fulfilment)
            }
            Event::Settle if unpaid => next(Payment::Paid, self.fulfilment),
            Event::Refuse if unpaid && undelivered => next(Payment::Refused, self.fulfilment),
            Event::Fail if unpaid && undelivered => next(Payment::Failed, self.fulfilment),
            Event::Cancel
                if unpaid || matches!(self.payment, Payment::Draft | Payment::Refunded) =>
            {
                next(Payment::Cancelled, self.fulfilment)
            }
            // An announced payment may be on its way: only its seller, or its gateway, gives it up.
            Event::AlreadyBought if unpaid && undelivered && self.payment != Payment::Pending => {
                next(Payment::Cancelled, self.fulfilment)
            }
            Event::Refund if self.payment == Payment::Paid => {
                next(Payment::Refunded, self.fulfilment)
            }
            // Unpaid: the seller has it delivered on trust.
            Event::DeliverPart
                if undelivered
                    && matches!(
                        self.payment,
                        Payment::Paid | Payment::Due | Payment::Pending
                    ) =>
            {
                next(self.payment, Fulfilment::Partial)
            }
            Event::Deliver
                if self.fulfilment != Fulfilment::Done
                    && matches!(
                        self.payment,
                        Payment::Paid | Payment::Due | Payment::Pending
                    ) =>
            {
                next(self.payment, Fulfilment::Done)
            }
            _ => Err(refused()),
        }
    }
}

/// A move that the table does not allow, or a word that the plugin does not know.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The word is none of the plugin's eleven: a typing mistake or a foreign program. Correct the word.
    #[error("`{word}` is not a bill status")]
    UnknownStatus {
        /// The word, cut to 20 characters.
        word: String,
    },
    /// The event cannot happen in this state: a late or doubled message, or a wrong click. Look at the order's history.
    #[error("a bill in status {from} does not allow `{}`", event.as_str())]
    NotAllowed {
        /// Status of the bill.
        from: BillStatus,
        /// What was asked.
        event: Event,
    },
    /// The back office asked for a move outside the table. Choose one of the allowed moves.
    #[error("a bill cannot move from {from} to {to}")]
    MoveNotAllowed {
        /// Status of the bill.
        from: BillStatus,
        /// Status asked for.
        to: BillStatus,
    },
}

impl StateError {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownStatus { .. } => "unknown_status",
            Self::NotAllowed { .. } => "event_not_allowed",
            Self::MoveNotAllowed { .. } => "move_not_allowed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: from; columns: to; in the order of `ALL` (W P N R S A C B F U X).
    const GOLDEN: [&str; 11] = [
        ".PN..A....X", // WORKING
        "..NRS...FUX", // PLACED
        ".P.RS...FUX", // PENDING
        ".....AC...X", // PREPROD
        ".....ACB...", // SOLDOUT
        "......CB...", // PARTIAL
        ".......B...", // COMPLETE
        "..........X", // PAYBACK
        ".PN.S....UX", // FAILED
        ".PN.S...F.X", // REFUSED
        "...........", // CANCELLED
    ];

    #[test]
    fn the_form_of_a_draft_gives_no_status_that_tells_of_a_payment() {
        let given: Vec<_> = BillStatus::ALL
            .into_iter()
            .filter(|status| status.is_for_drafts())
            .map(BillStatus::as_str)
            .collect();
        assert_eq!(given, ["WORKING", "PLACED", "PENDING", "CANCELLED"]);
    }

    #[test]
    fn b13_all_121_moves_follow_the_golden_table() {
        for (from, row) in BillStatus::ALL.into_iter().zip(GOLDEN) {
            for (to, cell) in BillStatus::ALL.into_iter().zip(row.chars()) {
                assert_eq!(from.can_move_to(to), cell != '.', "{from} -> {to}");
            }
        }
    }

    #[test]
    fn b13_any_other_word_is_refused() {
        for word in ["", "soldout", "PAID", "SOLDOUT ", "'; --"] {
            assert!(matches!(
                BillStatus::parse(word),
                Err(StateError::UnknownStatus { .. })
            ));
        }
        for status in BillStatus::ALL {
            assert_eq!(BillStatus::parse(status.as_str()), Ok(status));
        }
    }

    #[test]
    fn words_and_states_project_on_each_other() {
        for status in BillStatus::ALL {
            assert_eq!(State::of(status).status(), status);
        }
    }

    #[test]
    fn every_state_by_every_event_stays_inside_the_table() {
        let mut seen = std::collections::HashSet::new();
        let mut todo: Vec<State> = BillStatus::ALL.into_iter().map(State::of).collect();
        while let Some(state) = todo.pop() {
            if !seen.insert(state) {
                continue;
            }
            for event in Event::ALL {
                let Ok(next) = state.after(event) else {
                    continue;
                };
                let (from, to) = (state.status(), next.status());
                assert!(
                    from == to || from.can_move_to(to),
                    "{state:?} {event:?}: {from} -> {to}"
                );
                todo.push(next);
            }
        }
        assert!(seen.len() >= BillStatus::ALL.len());
    }

    #[test]
    fn a_paid_order_is_never_unpaid_by_a_late_event() {
        for status in [
            BillStatus::Soldout,
            BillStatus::Partial,
            BillStatus::Complete,
        ] {
            for event in [
                Event::Place,
                Event::Announce,
                Event::Settle,
                Event::Refuse,
                Event::Fail,
                Event::Cancel,
                Event::AlreadyBought,
            ] {
                assert!(
                    State::of(status).after(event).is_err(),
                    "{status} {event:?}"
                );
            }
        }
    }

    #[test]
    fn only_an_unpaid_order_is_closed_as_already_bought() {
        for status in BillStatus::ALL {
            let unpaid = matches!(
                status,
                BillStatus::Placed | BillStatus::Failed | BillStatus::Refused
            );
            let next = State::of(status).after(Event::AlreadyBought);
            assert_eq!(next.is_ok(), unpaid, "{status}");
            assert!(next.is_err() || next == Ok(State::of(BillStatus::Cancelled)));
        }
    }

    #[test]
    fn cancelled_is_the_end() {
        for event in Event::ALL {
            assert!(
                State::of(BillStatus::Cancelled).after(event).is_err(),
                "{event:?}"
            );
        }
    }
}
