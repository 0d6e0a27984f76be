//! The steps of a purchase, and how far a buyer may and need go: the drive to the furthest step that needs
//! nothing from him, and the guard against jumping over one.
//!
//! The drive never passes the order summary nor enters payment, whatever steps a shop has set: to pay is the buyer's own act.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A page of the purchase, by the plugin's `view` word; in the plugin's default order, which is also the order of the type.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// `shop`: catalogue and cart.
    Shop,
    /// `purchaserequ`: data that products require.
    PurchaseRequ,
    /// `users`: participants on the seats.
    Users,
    /// `customer`: who buys, who is invoiced.
    Customer,
    /// `order`: the summary, where the way to pay is chosen.
    Order,
    /// `payment`: the order is placed and paid.
    Payment,
    /// `produce`: delivery.
    Produce,
    /// `invoice`: the bill.
    Invoice,
}

impl Step {
    /// All steps, in the plugin's default order.
    pub const ALL: [Self; 8] = [
        Self::Shop,
        Self::PurchaseRequ,
        Self::Users,
        Self::Customer,
        Self::Order,
        Self::Payment,
        Self::Produce,
        Self::Invoice,
    ];

    /// The plugin's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::PurchaseRequ => "purchaserequ",
            Self::Users => "users",
            Self::Customer => "customer",
            Self::Order => "order",
            Self::Payment => "payment",
            Self::Produce => "produce",
            Self::Invoice => "invoice",
        }
    }

    /// Reads the plugin's word, lower case.
    ///
    /// # Errors
    /// `UnknownStep`.
    pub fn parse(word: &str) -> Result<Self, StepError> {
        let found = Self::ALL.into_iter().find(|step| step.as_str() == word);
        found.ok_or_else(|| StepError::UnknownStep {
            word: word.chars().take(MAX_ECHO).collect(),
        })
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The steps of one shop, in its order, each once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Steps(Vec<Step>);

impl Default for Steps {
    fn default() -> Self {
        Self(Step::ALL.to_vec())
    }
}

impl Steps {
    /// Reads the plugin's column `navsteps`: words between commas, white space and empty words forgiven. Nothing at all is the default.
    ///
    /// # Errors
    /// `UnknownStep` or `RepeatedStep`: the seller must correct the shop's settings.
    pub fn parse(navsteps: &str) -> Result<Self, StepError> {
        let mut steps = Vec::new();
        for word in navsteps.split(',').map(str::trim) {
            if word.is_empty() {
                continue;
            }
            let step = Step::parse(word)?;
            if steps.contains(&step) {
                return Err(StepError::RepeatedStep { step });
            }
            steps.push(step);
        }
        if steps.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self(steps))
    }

    /// The steps, in the shop's order.
    pub fn as_slice(&self) -> &[Step] {
        &self.0
    }

    /// Whether the shop has this step.
    pub fn contains(&self, step: Step) -> bool {
        self.0.contains(&step)
    }

    /// The step after this one; none after the last, or when the shop lacks it.
    pub fn next(&self, step: Step) -> Option<Step> {
        let here = self.0.iter().position(|one| *one == step)?;
        self.0.get(here + 1).copied()
    }

    /// The step before this one; none before the first, or when the shop lacks it.
    pub fn previous(&self, step: Step) -> Option<Step> {
        let here = self.0.iter().position(|one| *one == step)?;
        self.0.get(here.checked_sub(1)?).copied()
    }
}

/// How well the shop knows who is buying.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BuyerState {
    /// Authenticated by a trusted partner.
    Authenticated,
    /// Gave his data himself, in this session.
    Declared,
    /// Named by an e-mail address that nothing proves.
    Identified,
    /// Logged in on the site.
    LoggedIn,
    /// Nobody we know.
    Unknown,
}

/// What the cart and the buyer still lack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Situation {
    /// No line in the cart.
    pub cart_empty: bool,
    /// Shortname of the first product whose required data are missing.
    pub required_data_missing: Option<String>,
    /// Seats without a participant.
    pub seats_missing: u32,
    /// A product with more participants than seats: its name.
    pub seats_exceeded: Option<String>,
    /// How well the buyer is known.
    pub buyer: BuyerState,
    /// Customer (and, where asked for, invoice) data are complete and valid: for a known buyer those on record or in the session, for
    /// others those he gave in this session. Data that validation refused do not count.
    pub customer_complete: bool,
}

impl Situation {
    /// What keeps the buyer from leaving a step, if anything.
    fn lack_at(&self, step: Step) -> Option<StopReason> {
        match step {
            Step::Shop => self.cart_empty.then_some(StopReason::CartEmpty),
            Step::PurchaseRequ => {
                let product = self.required_data_missing.clone()?;
                Some(StopReason::RequiredData { product })
            }
            Step::Users => match &self.seats_exceeded {
                Some(product) => Some(StopReason::SeatsExceeded {
                    product: product.clone(),
                }),
                None => (self.seats_missing > 0).then_some(StopReason::Seats {
                    missing: self.seats_missing,
                }),
            },
            Step::Customer => (!self.customer_complete).then_some(StopReason::CustomerIncomplete),
            Step::Order | Step::Payment | Step::Produce | Step::Invoice => None,
        }
    }
}

/// Where the drive ends, and why.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Drive {
    /// The step to show.
    pub step: Step,
    /// Why it goes no further.
    pub reason: StopReason,
}

/// Why the drive stops. Serialised as `{code, params}`, the code being a language string key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StopReason {
    /// The buyer is only named by an e-mail: he must log in or give his data himself.
    BuyerIdentified,
    /// The shop does not know the buyer.
    BuyerUnknown,
    /// Nothing is in the cart.
    CartEmpty,
    /// Customer data are missing or faulty.
    CustomerIncomplete,
    /// A product needs data from the buyer.
    RequiredData {
        /// Its shortname.
        product: String,
    },
    /// Participants must be named.
    Seats {
        /// Seats without a participant.
        missing: u32,
    },
    /// More participants have a seat of a product than there are seats.
    SeatsExceeded {
        /// Its name.
        product: String,
    },
    /// The cost of shipping is known once the buyer has confirmed his address.
    Shipping,
    /// All is there: the buyer reads the summary and chooses how to pay.
    Summary,
}

impl StopReason {
    /// Every code.
    pub const CODES: [&'static str; 9] = [
        "buyer_identified",
        "buyer_unknown",
        "cart_empty",
        "customer_incomplete",
        "required_data",
        "seats",
        "seats_exceeded",
        "shipping",
        "summary",
    ];

    /// Stable name, also a language string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BuyerIdentified => "buyer_identified",
            Self::BuyerUnknown => "buyer_unknown",
            Self::CartEmpty => "cart_empty",
            Self::CustomerIncomplete => "customer_incomplete",
            Self::RequiredData { .. } => "required_data",
            Self::Seats { .. } => "seats",
            Self::SeatsExceeded { .. } => "seats_exceeded",
            Self::Shipping => "shipping",
            Self::Summary => "summary",
        }
    }

    /// Parameter of the sentence: its name and value.
    pub fn param(&self) -> Option<(&'static str, String)> {
        match self {
            Self::RequiredData { product } | Self::SeatsExceeded { product } => {
                Some(("product", product.clone()))
            }
            Self::Seats { missing } => Some(("missing", missing.to_string())),
            _ => None,
        }
    }
}

impl Serialize for StopReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let params: serde_json::Map<_, _> = self
            .param()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let mut notice = serializer.serialize_struct("StopReason", 2)?;
        notice.serialize_field("code", self.code())?;
        notice.serialize_field("params", &params)?;
        notice.end()
    }
}

/// The furthest step that needs nothing from the buyer.
///
/// Steps are taken in the shop's order; a shop without `purchaserequ` or `users` does not ask there. Customer data are always
/// needed before the summary, and so is what a shop asks behind it. A shop without `order` stops at the step before payment.
pub fn drive(steps: &Steps, situation: &Situation) -> Drive {
    let stop = |step, reason| Drive { step, reason };
    if situation.cart_empty {
        return stop(Step::Shop, StopReason::CartEmpty);
    }
    let mut reached = Step::Shop;
    for step in steps.as_slice().iter().copied() {
        if step > Step::Order {
            break;
        }
        let lack = match step {
            Step::Customer => customer_needed(situation),
            _ => situation.lack_at(step),
        };
        if let Some(reason) = lack {
            return stop(step, reason);
        }
        reached = step;
        if step == Step::Order {
            break;
        }
    }
    // Steps that the shop has put behind the summary, or left out, are needed before it all the same.
    if let Err(earlier) = allowed(steps, Step::Order, situation) {
        return earlier;
    }
    match customer_needed(situation) {
        Some(reason) => stop(Step::Customer, reason),
        None => stop(reached, StopReason::Summary),
    }
}

/// Whether the buyer may enter a step now. The guard of every step's page and command: an address typed by hand must not
/// jump over the customer's data.
///
/// `produce` and `invoice` belong to an order that is placed; the order engine judges them, not the cart.
///
/// # Errors
/// The step he must go to first, and why.
pub fn allowed(steps: &Steps, step: Step, situation: &Situation) -> Result<(), Drive> {
    if matches!(step, Step::Produce | Step::Invoice) {
        return Ok(());
    }
    let gates = [Step::Shop, Step::PurchaseRequ, Step::Users, Step::Customer];
    for gate in gates.into_iter().filter(|gate| *gate < step) {
        let asked = matches!(gate, Step::Shop | Step::Customer) || steps.contains(gate);
        if let Some(reason) = situation.lack_at(gate).filter(|_| asked) {
            return Err(Drive { step: gate, reason });
        }
    }
    Ok(())
}

/// Why a step is not one, or a shop's steps are not readable.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StepError {
    /// The shop's steps name one twice.
    #[error("step `{}` is named twice", step.as_str())]
    RepeatedStep {
        /// The step.
        step: Step,
    },
    /// A word that is no step, usually a misspelling in the shop's settings or a hand-made address.
    #[error("`{word}` is not a step of the purchase")]
    UnknownStep {
        /// The word, at most 32 characters of it.
        word: String,
    },
}

impl StepError {
    /// Stable name, also a language string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RepeatedStep { .. } => "step_repeated",
            Self::UnknownStep { .. } => "step_unknown",
        }
    }
}

/// Without the buyer at hand, only the record of a buyer whose identity is proven will do.
fn customer_needed(situation: &Situation) -> Option<StopReason> {
    match situation.buyer {
        BuyerState::Identified => Some(StopReason::BuyerIdentified),
        BuyerState::Unknown => Some(StopReason::BuyerUnknown),
        BuyerState::Authenticated | BuyerState::Declared | BuyerState::LoggedIn => {
            situation.lack_at(Step::Customer)
        }
    }
}

const MAX_ECHO: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Situation {
        Situation {
            cart_empty: false,
            required_data_missing: None,
            seats_missing: 0,
            seats_exceeded: None,
            buyer: BuyerState::LoggedIn,
            customer_complete: true,
        }
    }

    /// Step and reason of the drive, in short.
    fn driven(navsteps: &str, situation: &Situation) -> String {
        let drive = drive(&Steps::parse(navsteps).unwrap(), situation);
        format!("{} {}", drive.step.as_str(), drive.reason.code())
    }

    #[test]
    fn a_guest_who_gave_his_data_goes_on_to_the_summary() {
        let given = Situation {
            buyer: BuyerState::Declared,
            ..ready()
        };
        assert_eq!(drive(&Steps::default(), &given).step, Step::Order);
        let faulty = Situation {
            customer_complete: false,
            ..given
        };
        assert_eq!(
            drive(&Steps::default(), &faulty).reason,
            StopReason::CustomerIncomplete
        );
    }

    #[test]
    fn b29_the_drive_goes_to_the_summary_when_nothing_is_lacking() {
        assert_eq!(driven("", &ready()), "order summary");
        let authenticated = Situation {
            buyer: BuyerState::Authenticated,
            ..ready()
        };
        assert_eq!(driven("", &authenticated), "order summary");
    }

    #[test]
    fn b29_the_drive_stops_where_the_buyer_is_needed() {
        let product = Some("attestation".to_owned());
        let all = Situation {
            cart_empty: true,
            required_data_missing: product.clone(),
            seats_missing: 2,
            seats_exceeded: None,
            buyer: BuyerState::Unknown,
            customer_complete: false,
        };
        assert_eq!(driven("", &all), "shop cart_empty");
        let all = Situation {
            cart_empty: false,
            ..all
        };
        assert_eq!(driven("", &all), "purchaserequ required_data");
        let all = Situation {
            required_data_missing: None,
            ..all
        };
        assert_eq!(driven("", &all), "users seats");
        let all = Situation {
            seats_missing: 0,
            ..all
        };
        assert_eq!(driven("", &all), "customer buyer_unknown");
        let all = Situation {
            buyer: BuyerState::Identified,
            ..all
        };
        assert_eq!(driven("", &all), "customer buyer_identified");
        let all = Situation {
            buyer: BuyerState::LoggedIn,
            ..all
        };
        assert_eq!(driven("", &all), "customer customer_incomplete");
    }

    #[test]
    fn b29_an_email_alone_never_drives_past_the_customer_step() {
        for buyer in [BuyerState::Unknown, BuyerState::Identified] {
            let situation = Situation { buyer, ..ready() };
            for navsteps in [
                "",
                "shop,order,customer,payment",
                "shop,order,payment",
                "shop,payment",
            ] {
                let answer = driven(navsteps, &situation);
                assert!(
                    answer.starts_with("customer buyer_"),
                    "{navsteps}: {answer}"
                );
            }
        }
    }

    #[test]
    fn the_drive_never_reaches_payment_in_any_order_of_steps() {
        let mut navsteps = Vec::new();
        permute(&mut Step::ALL.to_vec(), 0, &mut navsteps);
        assert_eq!(navsteps.len(), 40320);
        for steps in navsteps {
            // Every prefix too: shops that lack steps.
            for length in 1..=steps.len() {
                let answer = drive(&Steps(steps[..length].to_vec()), &ready());
                assert!(answer.step <= Step::Order, "{steps:?}");
                assert_eq!(answer.reason, StopReason::Summary);
            }
        }
    }

    fn permute(steps: &mut Vec<Step>, from: usize, into: &mut Vec<Vec<Step>>) {
        if from == steps.len() {
            into.push(steps.clone());
        }
        for other in from..steps.len() {
            steps.swap(from, other);
            permute(steps, from + 1, into);
            steps.swap(from, other);
        }
    }

    #[test]
    fn a_shop_without_the_summary_stops_before_payment() {
        assert_eq!(
            driven("shop,customer,payment,produce", &ready()),
            "customer summary"
        );
        assert_eq!(driven("shop,users,payment", &ready()), "users summary");
        assert_eq!(driven("payment,order", &ready()), "shop summary");
    }

    #[test]
    fn a_shop_without_a_step_does_not_ask_there() {
        let seats = Situation {
            seats_missing: 1,
            ..ready()
        };
        assert_eq!(
            driven("shop,customer,order,payment", &seats),
            "order summary"
        );
    }

    #[test]
    fn a29_the_summary_cannot_be_entered_without_the_customer_step() {
        let steps = Steps::default();
        let guest = Situation {
            buyer: BuyerState::Unknown,
            customer_complete: false,
            ..ready()
        };
        for step in [Step::Order, Step::Payment] {
            let refused = allowed(&steps, step, &guest).unwrap_err();
            assert_eq!(refused.step, Step::Customer);
            assert_eq!(refused.reason.code(), "customer_incomplete");
        }
        assert_eq!(allowed(&steps, Step::Customer, &guest), Ok(()));
        let done = Situation {
            customer_complete: true,
            ..guest
        };
        assert_eq!(allowed(&steps, Step::Payment, &done), Ok(()));
        // Even where the shop's settings forgot the step.
        let steps = Steps::parse("shop,order,payment").unwrap();
        let incomplete = Situation {
            customer_complete: false,
            ..done
        };
        assert!(allowed(&steps, Step::Order, &incomplete).is_err());
    }

    #[test]
    fn a29_each_gate_sends_to_the_first_step_that_lacks_something() {
        let situation = Situation {
            required_data_missing: Some("a".to_owned()),
            seats_missing: 1,
            seats_exceeded: None,
            customer_complete: false,
            ..ready()
        };
        let sent_to = |navsteps: &str, step, situation: &Situation| {
            let answer = allowed(&Steps::parse(navsteps).unwrap(), step, situation);
            answer.map_err(|drive| drive.step)
        };
        assert_eq!(
            sent_to("", Step::Payment, &situation),
            Err(Step::PurchaseRequ)
        );
        assert_eq!(sent_to("", Step::PurchaseRequ, &situation), Ok(()));
        assert_eq!(
            sent_to("shop,users,order", Step::Order, &situation),
            Err(Step::Users)
        );
        let empty = Situation {
            cart_empty: true,
            ..situation
        };
        assert_eq!(sent_to("", Step::Customer, &empty), Err(Step::Shop));
        assert_eq!(sent_to("", Step::Shop, &empty), Ok(()));
        assert_eq!(sent_to("", Step::Invoice, &empty), Ok(()));
    }

    #[test]
    fn what_the_drive_reaches_may_be_entered() {
        for bits in 0..16_u8 {
            for buyer in [
                BuyerState::Unknown,
                BuyerState::Identified,
                BuyerState::LoggedIn,
                BuyerState::Authenticated,
            ] {
                let situation = Situation {
                    cart_empty: bits & 1 > 0,
                    required_data_missing: (bits & 2 > 0).then(|| "a".to_owned()),
                    seats_missing: u32::from(bits & 4 > 0),
                    seats_exceeded: None,
                    buyer,
                    customer_complete: bits & 8 > 0,
                };
                for navsteps in [
                    "",
                    "shop,order,users,purchaserequ,customer,payment",
                    "payment",
                ] {
                    let steps = Steps::parse(navsteps).unwrap();
                    let step = drive(&steps, &situation).step;
                    assert_eq!(
                        allowed(&steps, step, &situation),
                        Ok(()),
                        "{navsteps} {situation:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn steps_are_read_in_the_shops_order() {
        let steps = Steps::parse(" shop, customer,order,,payment ,").unwrap();
        assert_eq!(steps.next(Step::Shop), Some(Step::Customer));
        assert_eq!(steps.previous(Step::Customer), Some(Step::Shop));
        assert_eq!(steps.previous(Step::Shop), None);
        assert_eq!(steps.next(Step::Payment), None);
        assert_eq!(steps.next(Step::Users), None);
        assert_eq!(Steps::parse(" , ").unwrap(), Steps::default());
        assert_eq!(Steps::default().as_slice(), Step::ALL);
    }

    #[test]
    fn unknown_and_repeated_steps_are_named() {
        let error = |navsteps: &str| Steps::parse(navsteps).unwrap_err().to_string();
        assert_eq!(
            error("shop,basket"),
            "`basket` is not a step of the purchase"
        );
        assert_eq!(error("shop,order,shop"), "step `shop` is named twice");
        for step in Step::ALL {
            assert_eq!(Step::parse(step.as_str()), Ok(step));
        }
    }

    #[test]
    fn a_drive_is_serialised_with_code_and_parameters() {
        let situation = Situation {
            seats_missing: 3,
            ..ready()
        };
        assert_eq!(
            serde_json::to_value(drive(&Steps::default(), &situation)).unwrap(),
            serde_json::json!({"step": "users", "reason": {"code": "seats", "params": {"missing": "3"}}})
        );
    }
}
