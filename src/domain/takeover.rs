//! The takeovers of a site, and how far each of them goes.

use std::collections::BTreeMap;

/// A part of the plugin that the engine can take over. Each has a setting of the same name.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Takeover {
    /// Import links of partners.
    Import,
    /// The cart that the plugin's pages show.
    Cart,
    /// The customer step.
    Customer,
    /// The choice of a payment interface, where the plugin still places the order.
    Paymode,
    /// Placing the order.
    Placement,
    /// The payment page.
    Payment,
    /// The page after the payment, and delivery.
    Production,
    /// Messages of payment interfaces.
    Endpoints,
    /// Order, bill and invoice pages.
    Bills,
    /// Moves and changes of orders by sellers.
    Backoffice,
    /// The trace of a transaction.
    Trace,
}

impl Takeover {
    /// All takeovers, in the order of a purchase.
    pub const ALL: [Self; 11] = [
        Self::Import,
        Self::Cart,
        Self::Customer,
        Self::Paymode,
        Self::Placement,
        Self::Payment,
        Self::Production,
        Self::Endpoints,
        Self::Bills,
        Self::Backoffice,
        Self::Trace,
    ];

    /// Name of its setting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Cart => "cart",
            Self::Customer => "customer",
            Self::Paymode => "paymode",
            Self::Placement => "placement",
            Self::Payment => "payment",
            Self::Production => "production",
            Self::Endpoints => "endpoints",
            Self::Bills => "bills",
            Self::Backoffice => "backoffice",
            Self::Trace => "trace",
        }
    }

    /// The takeover that this one builds on: it can only watch while that one is not on.
    const fn base(self) -> Option<Self> {
        match self {
            Self::Customer => Some(Self::Cart),
            Self::Placement => Some(Self::Customer),
            Self::Payment => Some(Self::Placement),
            Self::Production => Some(Self::Payment),
            _ => None,
        }
    }
}

/// How far a takeover goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// The plugin answers.
    #[default]
    Off,
    /// The plugin answers, and the engine tells what it would have done otherwise.
    Shadow,
    /// The engine answers.
    On,
}

impl Mode {
    /// The setting's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::On => "on",
        }
    }

    /// Reads a setting; anything but `shadow` and `on` is off.
    fn of(word: Option<&str>) -> Self {
        match word {
            Some("on") => Self::On,
            Some("shadow") => Self::Shadow,
            _ => Self::Off,
        }
    }
}

/// How far each takeover goes on a site, what each builds on considered.
#[derive(Clone, Debug, Default)]
pub struct Modes([Mode; 11]);

impl Modes {
    /// From the site's settings, by name; missing ones are off.
    #[must_use]
    pub fn of(settings: &BTreeMap<String, String>) -> Self {
        let mut modes = [Mode::Off; 11];
        for (mode, takeover) in modes.iter_mut().zip(Takeover::ALL) {
            *mode = Self::effective(settings, takeover);
        }
        Self(modes)
    }

    fn effective(settings: &BTreeMap<String, String>, takeover: Takeover) -> Mode {
        let set = Mode::of(settings.get(takeover.name()).map(String::as_str));
        // A payment that the engine asks for is believed by the engine alone.
        if takeover == Takeover::Endpoints
            && Self::effective(settings, Takeover::Payment) == Mode::On
        {
            return Mode::On;
        }
        match takeover.base() {
            Some(base) if set == Mode::On && Self::effective(settings, base) != Mode::On => {
                Mode::Shadow
            }
            _ => set,
        }
    }

    /// How far `takeover` goes.
    #[must_use]
    pub fn mode(&self, takeover: Takeover) -> Mode {
        Takeover::ALL
            .into_iter()
            .zip(self.0)
            .find(|(named, _)| *named == takeover)
            .map_or(Mode::Off, |(_, mode)| mode)
    }

    /// Is `takeover` on?
    #[must_use]
    pub fn is_on(&self, takeover: Takeover) -> bool {
        self.mode(takeover) == Mode::On
    }

    /// Is any takeover on?
    #[must_use]
    pub fn any_on(&self) -> bool {
        self.0.contains(&Mode::On)
    }

    /// Are all takeovers off?
    #[must_use]
    pub fn all_off(&self) -> bool {
        self.0.iter().all(|mode| *mode == Mode::Off)
    }
}
