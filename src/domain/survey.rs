//! What a site uses that a takeover would change or lose, and which takeovers that keeps off.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::domain::takeover::{BLOCKED, Barrier, Modes, RUNNING, Takeover};

/// How much a takeover does to a feature.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; nothing is done to it.
    Information,
    /// It works otherwise than before.
    Changes,
    /// Money or goods are lost: the takeover cannot be switched on.
    Loses,
}

/// A kind of finding: what is judged of a feature, whatever the site.
#[derive(Clone, Copy, Debug)]
pub struct Judgment {
    /// Stable code, also the key of the language string.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The takeovers that it concerns, in the order of a purchase.
    pub takeovers: &'static [Takeover],
}

/// A feature that the site uses.
#[derive(Clone, Debug, Serialize)]
pub struct Feature {
    /// Stable code, also the key of the language string.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The takeovers that it concerns.
    #[serde(serialize_with = "names")]
    pub takeovers: &'static [Takeover],
    /// Values of the sentence.
    pub params: BTreeMap<&'static str, String>,
    /// Path below wwwroot of the page where it is found; '' where there is none.
    pub link: String,
}

impl Judgment {
    const fn new(code: &'static str, severity: Severity, takeovers: &'static [Takeover]) -> Self {
        Self {
            code,
            severity,
            takeovers,
        }
    }

    /// What was found of it.
    pub fn found<const N: usize>(
        self,
        params: [(&'static str, String); N],
        link: impl Into<String>,
    ) -> Feature {
        Feature {
            code: self.code,
            severity: self.severity,
            takeovers: self.takeovers,
            params: BTreeMap::from(params),
            link: link.into(),
        }
    }
}

/// Which takeovers the findings keep off, as the host keeps it among its settings.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Blockade {
    /// The setting [`BLOCKED`].
    pub blocked: String,
    /// The setting [`RUNNING`].
    pub running: String,
}

impl Blockade {
    /// Judges the findings. A takeover that is on is not switched off in the middle of its orders by what the site begins to use: it is
    /// only told. One that was set on although the last look had blocked it has never been on; on a new site that nobody has looked at
    /// none has.
    #[must_use]
    pub fn of(features: &[Feature], settings: &BTreeMap<String, String>) -> Self {
        let modes = Modes::of(settings);
        let is_new = settings.contains_key(RUNNING) && !settings.contains_key(BLOCKED);
        let has_run = |takeover: Takeover| !is_new && modes.is_on(takeover);
        let loses = |takeover: &Takeover| {
            let mut losing = features
                .iter()
                .filter(|feature| feature.severity == Severity::Loses);
            losing.any(|feature| feature.takeovers.contains(takeover))
        };
        let blocked = Takeover::ALL
            .into_iter()
            .filter(|takeover| loses(takeover) && !has_run(*takeover));
        let blocked = joined(blocked);
        let mut settings = settings.clone();
        settings.insert(BLOCKED.to_owned(), blocked.clone());
        let modes = Modes::of(&settings);
        let running = Takeover::ALL
            .into_iter()
            .filter(|takeover| modes.is_on(*takeover));
        Self {
            blocked,
            running: joined(running),
        }
    }
}

/// May a takeover be set to `mode` by these settings? The code of a sentence when it may not.
#[must_use]
pub fn refusal(
    takeover: Takeover,
    mode: &str,
    settings: &BTreeMap<String, String>,
) -> Option<&'static str> {
    let barrier = Modes::of(settings).barrier(takeover)?;
    match (barrier, mode) {
        (_, "off") | (Barrier::Loss, "shadow") => None,
        _ => Some(barrier.code()),
    }
}

fn joined(takeovers: impl Iterator<Item = Takeover>) -> String {
    let names: Vec<&str> = takeovers.map(Takeover::name).collect();
    names.join(" ")
}

fn names<S: Serializer>(takeovers: &&'static [Takeover], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(takeovers.iter().map(|takeover| takeover.name()))
}

/// Takeovers that price a cart.
const PRICES: &[Takeover] = &[Takeover::Import, Takeover::Cart, Takeover::Placement];

/// Shipping is in use: its costs are not computed.
pub const SHIPPING: Judgment = Judgment::new(
    "survey_shipping",
    Severity::Loses,
    &[Takeover::Cart, Takeover::Customer, Takeover::Placement],
);

/// A shop has a currency whose minor unit is not known.
pub const CURRENCY: Judgment = Judgment::new("survey_currency", Severity::Loses, PRICES);

/// A shop has steps that the engine does not know.
pub const STEPS: Judgment = Judgment::new("survey_steps", Severity::Loses, PRICES);

/// Shops have different currencies.
pub const CURRENCIES: Judgment = Judgment::new(
    "survey_currencies",
    Severity::Information,
    &[Takeover::Cart],
);

/// Products for sale name a tax that is missing.
pub const TAX_MISSING: Judgment = Judgment::new("survey_tax_missing", Severity::Loses, PRICES);

/// Products for sale have a tax whose formula the engine cannot evaluate.
pub const TAX_FORMULA: Judgment = Judgment::new("survey_tax_formula", Severity::Loses, PRICES);

/// A tax that no product for sale has cannot be evaluated.
pub const TAX_UNUSED: Judgment = Judgment::new(
    "survey_tax_unused",
    Severity::Information,
    &[Takeover::Cart],
);

/// Products for sale have prices that make no sense.
pub const PRICES_WRONG: Judgment = Judgment::new("survey_prices", Severity::Loses, PRICES);

/// Products for sale whose last price band is empty: the plugin gives larger quantities away.
pub const PRICE_GAP: Judgment = Judgment::new("survey_price_gap", Severity::Changes, PRICES);

/// Products for sale ask for data in a form that the engine cannot read.
pub const REQUIRED_DATA: Judgment = Judgment::new("survey_required_data", Severity::Loses, PRICES);

/// Products for sale whose handler has no class on this site.
pub const HANDLER: Judgment =
    Judgment::new("survey_handler", Severity::Loses, &[Takeover::Production]);

/// Products for sale whose handler is switched off.
pub const HANDLER_OFF: Judgment = Judgment::new(
    "survey_handler_off",
    Severity::Information,
    &[Takeover::Production],
);

/// Products for sale end at a time that the plugin's handlers cannot read (B-20): what they open stays open.
pub const END_TIME: Judgment = Judgment::new("survey_end_time", Severity::Information, &[]);

/// A shop offers a payment interface that the engine does not know.
pub const PAYMODE: Judgment = Judgment::new(
    "survey_paymode",
    Severity::Changes,
    &[Takeover::Paymode, Takeover::Placement],
);

/// A shop offers a payment interface whose settings keep it from being offered by the engine.
pub const PAYMODE_UNSET: Judgment = Judgment::new(
    "survey_paymode_unset",
    Severity::Changes,
    &[Takeover::Paymode, Takeover::Placement],
);

/// A shop offers a payment interface that does not tell buyers where to send their money.
pub const PAYMODE_UNSAID: Judgment =
    Judgment::new("survey_paymode_unsaid", Severity::Information, &[]);

/// The shops are in test mode: nobody pays.
pub const TEST_MODE: Judgment = Judgment::new("survey_test_mode", Severity::Information, &[]);

/// The messages of such an interface would be refused.
pub const PAYMODE_MESSAGES: Judgment = Judgment::new(
    "survey_paymode_messages",
    Severity::Loses,
    &[Takeover::Payment, Takeover::Endpoints],
);

/// Discounts are defined: neither the community edition nor the engine applies them.
pub const DISCOUNTS: Judgment = Judgment::new(
    "survey_discounts",
    Severity::Information,
    &[Takeover::Cart, Takeover::Placement],
);

/// A catalogue is sold to some countries only.
pub const COUNTRIES: Judgment =
    Judgment::new("survey_countries", Severity::Changes, &[Takeover::Customer]);

/// Recent bills that the engine cannot take over.
pub const BILLS: Judgment = Judgment::new(
    "survey_bills",
    Severity::Changes,
    &[Takeover::Endpoints, Takeover::Bills, Takeover::Backoffice],
);

/// Bills that sellers are writing.
pub const DRAFTS: Judgment = Judgment::new(
    "survey_drafts",
    Severity::Information,
    &[Takeover::Backoffice],
);

/// The plugin is the PRO edition.
pub const PRO_EDITION: Judgment = Judgment::new("survey_pro", Severity::Information, &[]);

/// All judgments.
pub const ALL: [Judgment; 20] = [
    PRO_EDITION,
    CURRENCY,
    STEPS,
    CURRENCIES,
    SHIPPING,
    TAX_MISSING,
    TAX_FORMULA,
    TAX_UNUSED,
    PRICES_WRONG,
    PRICE_GAP,
    REQUIRED_DATA,
    HANDLER,
    END_TIME,
    HANDLER_OFF,
    PAYMODE,
    PAYMODE_MESSAGES,
    DISCOUNTS,
    COUNTRIES,
    BILLS,
    DRAFTS,
];
