//! One HTTP request of the shop becomes one answer. See `docs/front.md` for the contract with the host.
//!
//! Nothing here writes an amount or moves a state: that is the engine's. This module knows who may see what, which
//! step comes next, and how a wrong request is told so.

mod answer;
mod backoffice;
mod cart;
mod customer;
mod days;
mod display;
mod endpoint;
pub mod gate;
mod home;
mod import;
mod my_orders;
mod order;
mod order_search;
mod partners;
mod products;
mod purchase;
mod qr;
mod rehearsal;
mod request;
mod requirements;
mod result;
mod scantrace;
mod seats;
mod sender;
mod shoppingcart;
mod shown;
mod steer;
mod timeline;
mod vouched;
mod wallet;

pub use answer::{Answer, Bytes, Call, Drain, File, Kind, Level, Notice};
pub use display::{order as order_data, task as task_data};
pub use home::write_file;
pub use qr::Qr;
pub use rehearsal::rehearse;
pub use request::{Asked, Request, Session, Vouched};
pub use sender::{Provenance, Sender};
pub use steer::{Steering, paymodes, steer};

use std::collections::BTreeMap;

use crate::engine::{Engine, Error};

/// Answers a request. It never fails: what goes wrong becomes an answer that says so, and a trace line.
#[must_use]
pub fn handle(engine: &Engine, request: &Request) -> Answer {
    let _held = engine.trace().hold();
    let mut visit = purchase::Visit::new(engine, request);
    let answer = match visit.answer() {
        Ok(answer) => answer,
        Err(fault) => {
            fault.note(&visit);
            visit.fault(&fault)
        }
    };
    visit.close(answer)
}

/// Why a request cannot be answered as asked.
#[derive(Debug)]
pub(crate) struct Fault {
    status: u16,
    code: &'static str,
    params: BTreeMap<String, String>,
    /// For the trace.
    told: String,
    /// The engine has left its own line of it.
    traced: bool,
    /// Where to go instead: code of the link's text, and address.
    next: Option<(&'static str, String)>,
}

impl Fault {
    fn new(status: u16, code: &'static str) -> Self {
        Self {
            status,
            code,
            params: BTreeMap::new(),
            told: String::new(),
            traced: false,
            next: None,
        }
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// What a payment interface's message was refused for.
    fn of_message(error: Error) -> Self {
        let traced = matches!(
            error,
            Error::Gateway(_) | Error::UnknownOrder { .. } | Error::State(_)
        );
        Self {
            traced,
            ..Self::from(error)
        }
    }

    /// Leaves a line about a request that was not answered as asked.
    fn note(&self, visit: &purchase::Visit<'_>) {
        if !self.traced {
            let text = self.line(visit.request);
            visit
                .engine
                .note(visit.session.cart.transid.as_ref(), &text);
        }
    }

    /// As [`Fault::note`], for a request that nobody has begun to answer.
    fn trace(&self, engine: &Engine, request: &Request) {
        engine.note(None, &self.line(request));
    }

    fn line(&self, request: &Request) -> String {
        let Request { method, script, .. } = request;
        format!(
            "Request {method} {script} refused : {} ({})",
            self.code, self.told
        )
    }

    fn next(mut self, code: &'static str, url: String) -> Self {
        self.next = Some((code, url));
        self
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let params = error
            .params()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            status: error.status(),
            code: error.code(),
            params,
            told: error.to_string(),
            traced: false,
            next: None,
        }
    }
}
