//! Payment interfaces (the plugin's *paymodes*): an order becomes a front widget, a raw message becomes a verdict.
//!
//! A gateway is pure. It sees bytes and settings; it never sees a database, a session or the network. What its
//! verdict does to an order is decided in one place, `engine::settle`: a gateway cannot forget a check.

mod amount;
mod ask;
mod attempt;
mod card;
mod check;
mod deferred;
mod delegated;
mod fields;
mod freeorder;
mod inquiry;
mod message;
mod ogone;
mod paypal;
mod registry;
/// Settings pages: what is asked for, and what is wrong with an answer.
pub mod setting;
mod settings;
mod sips;
pub mod taler;
mod test;
mod transfer;
mod vads;
mod verdict;
mod widget;

pub use ask::{Answered, Ask};
pub use attempt::{Attempt, Naming, number, reference, utc_day};
pub use inquiry::{Inquiry, Next, Progress};
pub use message::{Channel, Claim, Endpoint, Message};
pub use registry::{all, by_name};
pub use setting::{Finding, Setting, SettingKind, self_check};
pub use settings::{Secret, Settings};
pub use verdict::{Happened, Mode, Named, Verdict};
pub use widget::{Form, Instructions, Link, Payable, PayableLine, Widget};

use crate::clock::UnixMillis;
use crate::domain::money::Money;
use crate::domain::transaction_id::TransactionId;

/// A payment interface.
pub trait Gateway: Sync {
    /// The plugin's paymode name, also the folder under `paymodes/`.
    fn name(&self) -> &'static str;

    /// Why this interface cannot be offered for this order, or `None` when it can. Being enabled for the shop is
    /// checked by the caller.
    fn obstacle(&self, offer: &Offer<'_>) -> Option<Obstacle>;

    /// Does the money come at once? Who may only pay so is not offered the others.
    fn is_instant(&self) -> bool {
        true
    }

    /// How to pay where the buyer does it elsewhere: the payment page and the email about the order say it. `None`: the page's forms lead there.
    fn instructions(
        &self,
        _transaction: &TransactionId,
        _amount: Money,
        _settings: &Settings,
    ) -> Option<Instructions> {
        None
    }

    /// What the payment page shows: forms that lead to the payment, or instructions.
    ///
    /// # Errors
    /// [`GatewayError`] when the settings or the order do not allow a correct request.
    fn widget(&self, payable: &Payable<'_>, settings: &Settings) -> Result<Widget, GatewayError>;

    /// Reads a message that reached one of the endpoints and says what it proves.
    ///
    /// # Errors
    /// [`GatewayError`] when it proves nothing: not authentic, not readable, not for us.
    fn read(&self, message: &Message<'_>, settings: &Settings) -> Result<Verdict, GatewayError>;

    /// The call that has to be made before `message` proves anything; `None` when [`Gateway::read`] can tell at once.
    ///
    /// # Errors
    /// [`GatewayError`] when it will prove nothing whatever the answer.
    fn ask(
        &self,
        _message: &Message<'_>,
        _settings: &Settings,
    ) -> Result<Option<Ask>, GatewayError> {
        Ok(None)
    }

    /// Goes on with the answer to [`Gateway::ask`].
    ///
    /// # Errors
    /// [`GatewayError::Unverified`] when the answer decides nothing: the message waits. Others as of [`Gateway::read`].
    fn resume(
        &self,
        message: &Message<'_>,
        _answer: &Answered,
        settings: &Settings,
    ) -> Result<Verdict, GatewayError> {
        self.read(message, settings)
    }

    /// The try that a message is about, by its reference: the engine looks it up and gives it to [`Gateway::proceed`]. `None` where the
    /// interface tells its order in the verdict.
    ///
    /// # Errors
    /// [`GatewayError`] when the message names none although it must.
    fn about(&self, _message: &Message<'_>) -> Result<Option<String>, GatewayError> {
        Ok(None)
    }

    /// The order and the account that a message names before anybody has confirmed it, where the interface has to be asked: it is not asked
    /// about messages that name neither an order nor the account of this site. `None`: there is nothing to look at first.
    fn claim(&self, _message: &Message<'_>, _settings: &Settings) -> Option<Claim> {
        None
    }

    /// The next step of a message on its way to a verdict. As it is here it is [`Gateway::read`], or [`Gateway::ask`] and
    /// [`Gateway::resume`]; an interface that makes several calls has one of its own.
    ///
    /// # Errors
    /// [`GatewayError::Away`] and [`GatewayError::Unverified`]: the message waits. Others as of [`Gateway::read`].
    fn proceed(
        &self,
        message: &Message<'_>,
        inquiry: &Inquiry<'_>,
    ) -> Result<Progress, GatewayError> {
        let settings = inquiry.settings;
        let verdict = match inquiry.said {
            Some((_, answer)) => self.resume(message, answer, settings)?,
            None => match self.ask(message, settings)? {
                Some(ask) => return Ok(Progress::ask(ask, "")),
                None => self.read(message, settings)?,
            },
        };
        Ok(Progress::done(vec![verdict]))
    }

    /// Does a message only say what to ask about? Then the same words may mean something new each time.
    fn is_hint(&self) -> bool {
        false
    }

    /// What has to be put to the gateway under the try's reference before the payment page can be drawn: stored with the try once, and
    /// sent as it is from then on. `None`: nothing, or nothing any more.
    ///
    /// # Errors
    /// [`GatewayError`] when the order does not allow a correct request.
    fn request(
        &self,
        _payable: &Payable<'_>,
        _settings: &Settings,
    ) -> Result<Option<String>, GatewayError> {
        Ok(None)
    }

    /// Is there something for the payment page to show, by what was kept with the try?
    fn is_drawn(&self, _kept: &str) -> bool {
        true
    }

    /// The message that the buyer of this session wishes to pay under this reference, for an interface that is asked about it.
    fn wish(&self, _reference: &str, _session: &str) -> Vec<u8> {
        Vec::new()
    }

    /// The message that the seller pays back `total`, all together, of what was paid under this reference. `None` where the shop cannot
    /// start that.
    fn refund(&self, _reference: &str, _total: Money, _reason: &str) -> Option<Vec<u8>> {
        None
    }

    /// How far a refund is that the shop started, by what was kept with the try. `None` where the shop cannot start any.
    fn refundable(&self, _kept: &str) -> Option<Refundable> {
        None
    }

    /// The setting with the secret that whoever notifies the shop has to bring in the header `X-Shopengine-Secret`, if it is set; `None`: nobody has to.
    fn door(&self) -> Option<&'static str> {
        None
    }

    /// What the order's history says of a message in the interface's own words, and which order that is. `due` is the
    /// order's amount once the message is believed, `None` for one that was disowned.
    fn comment(
        &self,
        _message: &Message<'_>,
        _settings: &Settings,
        _due: Option<Money>,
    ) -> Option<Comment> {
        None
    }

    /// The merchant account that payments must name, from the settings; `None` when the interface knows no accounts.
    fn merchant(&self, _settings: &Settings) -> Option<String> {
        None
    }

    /// Scripts under `paymodes/<name>/` that receive messages. None: the buyer's own page is the only channel.
    fn endpoints(&self) -> &'static [Endpoint] {
        &[]
    }

    /// What its requests call a payment.
    fn naming(&self, _settings: &Settings) -> Naming {
        Naming::Transaction
    }

    /// What it asks of the person who sets it up.
    fn settings(&self) -> &'static [Setting] {
        &[]
    }

    /// What keeps it from being offered, as the settings are: keys, each with the code of a sentence.
    fn missing(&self, _settings: &Settings) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// What its instructions lack, although it is offered: keys of which one has to be set.
    fn unsaid(&self, _settings: &Settings) -> Option<&'static [&'static str]> {
        None
    }

    /// What is out of date in its settings: keys, each with the code of a sentence.
    fn expired(&self, _settings: &Settings, _now: UnixMillis) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    /// Does it believe a message that it signed itself, with these settings? `None` when it signs nothing or lacks settings.
    fn signature_holds(&self, _settings: &Settings) -> Option<bool> {
        None
    }
}

/// A message in the words that an order's history shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Comment {
    /// The order that the message names.
    pub transaction: TransactionId,
    /// One history row each.
    pub lines: Vec<String>,
}

/// How far the refunds of a payment are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Refundable {
    /// What the gateway was told to pay back, all together.
    pub granted: Option<Money>,
    /// Where the buyer's wallet gets what it does not have yet.
    pub uri: Option<String>,
}

/// The order that a payment interface may be offered for.
#[derive(Debug)]
pub struct Offer<'a> {
    /// What is due.
    pub amount: Money,
    /// Country of the buyer, ISO 3166-1 alpha-2, or ''; `None` when it has been looked at before.
    pub country: Option<&'a str>,
    /// The buyer is a sales administrator.
    pub staff: bool,
    /// The settings of the plugin.
    pub settings: &'a Settings,
}

/// Why a payment interface is not offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Obstacle {
    /// Only in test mode.
    TestModeOnly,
    /// Only for an order of zero.
    OnlyFree,
    /// Nothing is due, so no payment is taken.
    NothingDue,
    /// Only for sales administrators.
    StaffOnly,
    /// Its settings are not complete.
    NotConfigured,
    /// It takes no money in this currency, or not this amount of it.
    Currency,
    /// It is not offered in the buyer's country.
    Country,
}

/// What can be wrong with a payment message or request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// No such interface or endpoint: a wrong URL. Nothing to do but to correct it.
    #[error("there is no payment interface `{name}`")]
    Unknown {
        /// The name asked for, cut to 20 characters.
        name: String,
    },
    /// A field that the message must have is missing, doubled or unreadable: a truncated message or a foreign sender.
    #[error("field `{field}` is missing or unreadable")]
    Malformed {
        /// Name of the field.
        field: &'static str,
    },
    /// The message is not authentic: a forgery, or key settings that differ from the gateway's. Check the settings.
    #[error("the message is not authentic")]
    NotAuthentic,
    /// A test message reached a shop in production, or the test interface was named there.
    #[error("the test interface is closed while the shop is in production")]
    TestModeOnly,
    /// The settings lack what a correct request needs. Complete them.
    #[error("setting `{setting}` of payment interface `{name}` is missing")]
    NotConfigured {
        /// Interface.
        name: &'static str,
        /// Setting key.
        setting: &'static str,
    },
    /// The platform does not take the currency, or not such an amount. Another interface does.
    #[error("payment interface `{name}` does not take this amount of `{currency}`")]
    CurrencyNotTaken {
        /// Interface.
        name: &'static str,
        /// ISO 4217 code.
        currency: &'static str,
    },
    /// The gateway itself says that it did not send this: a forgery, or a shop in the wrong mode. Nothing changed.
    #[error("the payment interface says that it did not send this message")]
    Disowned,
    /// Nobody could tell whether the gateway sent this: no answer, or no clear one. It is asked again later.
    #[error("the payment interface could not be asked whether it sent this message")]
    Unverified,
    /// So many calls to the payment interface are under way that no other is made now. The message is kept and asked about later.
    #[error("too many calls to payment interface `{name}` are under way")]
    Busy {
        /// Interface.
        name: &'static str,
    },
    /// The gateway confirms that money reached the seller's account, and the message does not say readably for which order. The message is
    /// held and the seller is told.
    #[error("payment `{reference}` reached the account, and its message names no order")]
    Unassigned {
        /// The gateway's own id of the payment, or the message's digest where that cannot be read.
        reference: String,
    },
    /// The payment interface does not answer, or not in a way that can be used. It is asked again later; the order is kept.
    #[error("payment interface `{name}` gives no answer that can be used")]
    Away {
        /// Interface.
        name: &'static str,
    },
    /// The payment interface answers that it will not do what it was asked for. The code says why, and what can be done.
    #[error("payment interface `{name}` declines: {code}")]
    Declined {
        /// Interface.
        name: &'static str,
        /// Code of the reason.
        code: &'static str,
    },
    /// An authentic message about something else than an order of this shop (a subscription, a payout). Nothing to do.
    #[error("the message is about no order of this shop")]
    NoOrder,
    /// A value of the order cannot be sent to the gateway: a line break where it would become a second value. Correct it.
    #[error("the value of `{field}` cannot be sent")]
    NotSendable {
        /// Name of the field.
        field: String,
    },
    /// This interface takes no such message: a wrong URL or a wrong step.
    #[error("payment interface `{name}` does not take this message")]
    NotExpected {
        /// Interface.
        name: &'static str,
    },
}

impl GatewayError {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "paymode_unknown",
            Self::Malformed { .. } => "message_malformed",
            Self::NotAuthentic => "message_not_authentic",
            Self::TestModeOnly => "test_mode_only",
            Self::NotConfigured { .. } => "paymode_not_configured",
            Self::CurrencyNotTaken { .. } => "currency_not_taken",
            Self::Disowned => "message_disowned",
            Self::Busy { .. } => "paymode_busy",
            Self::Unassigned { .. } => "payment_without_order",
            Self::Away { .. } => "paymode_away",
            Self::Declined { code, .. } => code,
            Self::Unverified => "message_unverified",
            Self::NoOrder => "message_without_order",
            Self::NotSendable { .. } => "value_not_sendable",
            Self::NotExpected { .. } => "message_not_expected",
        }
    }
}
