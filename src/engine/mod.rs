//! The use cases of the order engine. Each is one transaction: the change, its history and the work it causes are
//! committed together, and the trace lines are written after the commit.

mod account;
mod adopt;
mod arrival;
mod asking;
mod attempt;
mod backoffice;
mod buyer;
mod contents;
mod daily;
mod delivery;
mod email_link;
mod emails;
mod error;
mod history;
mod inbox;
mod integrity;
mod invoice;
mod kept;
mod ledger;
mod line_data;
mod marks;
mod number;
mod order;
mod order_export;
mod order_list;
mod outbox;
mod overview;
mod own_orders;
mod partner;
mod partners;
mod place;
mod pricing;
mod products;
mod queries;
mod reconcile;
mod referral;
mod refund;
mod rehearse;
mod repurchase;
mod reversal;
mod rows;
mod sales_figures;
mod settle;
mod settlement;
mod shadow;
mod shop;
mod step;
mod subject;
mod survey;
mod sweep;
mod tags;
mod takeovers;
mod texts;
mod unassigned;
mod unpaid;
mod view;

use std::rc::Rc;

pub use arrival::{Arrival, Arriving};
pub use asking::Asking;
pub use buyer::{Buyer, User};
pub use delivery::{FailedLine, PerformedLine, Phase};
pub use email_link::LinkToken;
pub use error::Error;
pub use history::Entry;
pub use inbox::{Received, Taken};
pub use integrity::Finding;
pub use order::Order;
pub use order_list::{OrderDay, OrderFilter};
pub use outbox::{Performed, PerformedOutcome, Task};
pub use overview::{LedgerSum, Named, Overview, Refusal};
pub use partner::{Partner, PartnerError, Policy};
pub use partners::PartnerChange;
pub use place::{Placed, Placement};
pub use pricing::{CartChange, PricedCart};
pub use products::Product;
pub use reconcile::{Reconciled, Reconciliation};
pub use refund::Refundings;
pub use rehearse::{Difference, Replayed};
pub use repurchase::Bought;
pub use sales_figures::{
    Figures, Funnel, ProductFigures, SalesFigures, SalesQuestion, SalesSum, Span,
};
pub use settle::Outcome;
pub use shadow::{Seen, Watched};
pub use shop::Shop;
pub use subject::{NamedSubject, Subject, SubjectKind};
pub use survey::{Site, Survey};
pub use tags::{OwnTag, TagFinding};
pub use texts::Texts;
pub use unpaid::{Delivered, UnpaidBill};
pub use view::{Opening, OrderLine, OrderView, RecentOrder, TaxView};

use crate::clock::{Clock, UnixMillis};
use crate::database::{Database, Rehearsal, transaction};
use crate::domain::transaction_id::TransactionId;
use crate::trace::{Journal, Trace};

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// The order engine on one database. It holds no state of its own: any number may work on the same database, in any
/// number of processes.
pub struct Engine {
    database: Rc<dyn Database>,
    clock: Rc<dyn Clock>,
    trace: Journal,
    zone: String,
    texts: Option<Rc<dyn Texts>>,
}

impl Engine {
    /// An engine on `database` that tells what it does in `trace`; `zone` is the time zone in which the shop's years
    /// begin (`Europe/Paris`).
    #[must_use]
    pub fn new(
        database: Rc<dyn Database>,
        clock: Rc<dyn Clock>,
        trace: impl Into<Journal>,
        zone: &str,
    ) -> Self {
        Self {
            database,
            clock,
            trace: trace.into(),
            zone: zone.to_owned(),
            texts: None,
        }
    }

    /// The same engine with the host's filters for texts of the catalogue.
    #[must_use]
    pub fn with_texts(self, texts: Option<Rc<dyn Texts>>) -> Self {
        Self { texts, ..self }
    }

    /// Runs `act` on an engine whose changes are undone afterwards and whose trace goes nowhere: what it answers is what
    /// this engine would answer.
    pub fn rehearse<T>(&self, act: impl FnOnce(&Self) -> T) -> T {
        let stage = Rehearsal::new(Rc::clone(&self.database));
        let rehearsing = Self::new(
            Rc::new(stage),
            Rc::clone(&self.clock),
            Trace::new("/dev/null", self.zone.as_str()),
            &self.zone,
        );
        act(&rehearsing.with_texts(self.texts.clone()))
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &dyn Database {
        self.database.as_ref()
    }

    /// The trace.
    #[must_use]
    pub fn trace(&self) -> &Journal {
        &self.trace
    }

    /// The name of the time zone in which the shop's days and years begin.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// Writes one trace line. That the trace cannot be written never stops a sale.
    pub fn note(&self, transaction: Option<&TransactionId>, text: &str) {
        let _ = self.trace.write(self.now(), transaction, text);
    }

    /// Looks something up with the means of a use case, outside of any transaction: nothing is written.
    fn look<T>(&self, look: impl FnOnce(&Work<'_>) -> Result<T>) -> Result<T> {
        look(&Work {
            database: self.database.as_ref(),
            now: self.clock.now(),
            zone: &self.zone,
            notes: Vec::new(),
            touched: Vec::new(),
        })
    }

    /// Runs one use case as a transaction, then writes what it noted to the trace.
    fn transact<T>(&self, mut work: impl FnMut(&mut Work<'_>) -> Result<T>) -> Result<T> {
        let (done, notes) = transaction(self.database.as_ref(), |database| {
            let mut case = Work {
                database,
                now: self.clock.now(),
                zone: &self.zone,
                notes: Vec::new(),
                touched: Vec::new(),
            };
            let done = work(&mut case)?;
            case.tell_partners()?;
            Ok::<_, Error>((done, case.notes))
        })?;
        // After the commit, and in one statement where the trace is a table.
        let _held = self.trace.hold();
        for note in notes {
            let _ = self
                .trace
                .write(note.time, Some(&note.transaction), &note.text);
        }
        Ok(done)
    }
}

/// A use case under way: the open transaction, its one reading of the clock, and what it will tell the trace.
struct Work<'a> {
    database: &'a dyn Database,
    now: UnixMillis,
    zone: &'a str,
    notes: Vec<Note>,
    /// Bills whose orders changed: their partners' ledgers are told before the commit.
    touched: Vec<i64>,
}

struct Note {
    time: UnixMillis,
    transaction: TransactionId,
    text: String,
}
