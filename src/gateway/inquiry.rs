//! A message on its way to a verdict where calls have to be made first: what is known at each step, and what comes next.
//!
//! A gateway holds nothing between the steps. What it must remember of the way it writes into the *memo* of its call, which
//! comes back with the answer; what must outlive the way it *keeps* with the try to pay. A process that dies on the way loses
//! the memo alone: the way begins again, so each call must be safe to repeat.

use super::{Answered, Ask, Attempt, Settings, Verdict};
use crate::clock::UnixMillis;

/// What is known when a message is looked at.
#[derive(Debug)]
pub struct Inquiry<'a> {
    /// The settings of the plugin.
    pub settings: &'a Settings,
    /// The try to pay that the message is about, where the interface says which ([`super::Gateway::about`]).
    pub attempt: Option<&'a Attempt>,
    /// The memo of the last call and what came of it; `None` at the beginning of the way.
    pub said: Option<(&'a str, &'a Answered)>,
    /// Only a look: a page asks every few seconds. What it misses the engine finds when it asks by itself.
    pub quick: bool,
    /// The time.
    pub now: UnixMillis,
}

/// A step of the way.
#[derive(Debug)]
pub struct Progress {
    /// What is to be kept with the try from now on; `None`: what was kept.
    pub keep: Option<String>,
    /// What is proven by now, to be applied in this order.
    pub verdicts: Vec<Verdict>,
    /// How it goes on.
    pub next: Next,
}

/// How it goes on.
#[derive(Debug)]
pub enum Next {
    /// The host makes a call; its answer comes with the memo (letters, digits, `.:_-` and blanks).
    Ask(Ask, String),
    /// The wallet of a browser session has proven that it paid for the same article before: there is nothing to pay.
    AlreadyBought {
        /// The reference under which it paid.
        earlier: String,
        /// The session.
        session: String,
    },
    /// Everything is decided.
    Done,
    /// Something is still to come: the engine asks again later, from the beginning of the way.
    Wait,
}

impl Progress {
    /// Everything is decided.
    #[must_use]
    pub fn done(verdicts: Vec<Verdict>) -> Self {
        Self {
            keep: None,
            verdicts,
            next: Next::Done,
        }
    }

    /// A call comes first.
    #[must_use]
    pub fn ask(ask: Ask, memo: &str) -> Self {
        Self {
            keep: None,
            verdicts: Vec::new(),
            next: Next::Ask(ask, memo.to_owned()),
        }
    }

    /// Nothing is known yet.
    #[must_use]
    pub fn wait() -> Self {
        Self {
            keep: None,
            verdicts: Vec::new(),
            next: Next::Wait,
        }
    }

    /// The same, and something to keep.
    #[must_use]
    pub fn keeping(mut self, keep: String) -> Self {
        self.keep = Some(keep);
        self
    }
}
