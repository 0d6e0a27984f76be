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

    /// All takeovers in the order in which a site should switch them on: those that only read and move orders first, then a purchase step by
    /// step; each comes after what it builds on.
    pub const RECOMMENDED: [Self; 11] = [
        Self::Trace,
        Self::Bills,
        Self::Backoffice,
        Self::Import,
        Self::Cart,
        Self::Customer,
        Self::Paymode,
        Self::Placement,
        Self::Endpoints,
        Self::Payment,
        Self::Production,
    ];

    /// The takeover whose setting has this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

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

    /// Does the plugin go on drawing the pages, with the engine's cart?
    #[must_use]
    pub const fn steers(self) -> bool {
        matches!(
            self,
            Self::Import | Self::Cart | Self::Customer | Self::Placement
        )
    }

    /// Does it work beside the PRO edition? Those that do read what was billed; the others would have to know its discounts and partners.
    const fn works_beside_pro(self) -> bool {
        matches!(
            self,
            Self::Endpoints | Self::Bills | Self::Backoffice | Self::Trace
        )
    }

    /// The takeover that this one builds on: it can only watch while that one is not on.
    #[must_use]
    pub const fn base(self) -> Option<Self> {
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
    fn of(word: &str) -> Self {
        match word {
            "on" => Self::On,
            "shadow" => Self::Shadow,
            _ => Self::Off,
        }
    }
}

/// Why a takeover stays off on a site, whatever its setting says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Barrier {
    /// The PRO edition's discounts and partners belong to what it would take over, and the engine does not know them.
    Pro,
    /// It would lose money or goods: the site uses something that the engine does not do.
    Loss,
}

impl Barrier {
    /// Stable code, also the key of the language string.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pro => "takeover_beside_pro",
            Self::Loss => "takeover_would_lose",
        }
    }
}

/// How far each takeover goes on a site, what each builds on and what the site is considered.
#[derive(Clone, Debug, Default)]
pub struct Modes {
    modes: [Mode; 11],
    barriers: [Option<Barrier>; 11],
    pro: bool,
}

impl Modes {
    /// From the site's settings, by name; missing takeovers are off. Two more names say what the site is: [`PRO`] is `1` where the plugin
    /// is the PRO edition, [`BLOCKED`] names the takeovers that would lose money or goods, with blanks between them.
    #[must_use]
    pub fn of(settings: &BTreeMap<String, String>) -> Self {
        let named = |name: &str| settings.get(name).map_or("", String::as_str);
        let pro = named(PRO) == "1";
        let lost: Vec<&str> = named(BLOCKED).split_whitespace().collect();
        let loses = |takeover: Takeover| lost.contains(&takeover.name());
        let barrier = |takeover: Takeover| {
            if pro && !takeover.works_beside_pro() {
                Some(Barrier::Pro)
            } else if loses(takeover)
                // A payment that the engine asks for is believed by the engine alone.
                || takeover == Takeover::Payment && loses(Takeover::Endpoints)
            {
                Some(Barrier::Loss)
            } else {
                None
            }
        };
        let mut modes = Self {
            modes: [Mode::Off; 11],
            barriers: Takeover::ALL.map(barrier),
            pro,
        };
        // What a takeover builds on stands before it.
        for takeover in Takeover::ALL {
            let mode = modes.effective(takeover, Mode::of(named(takeover.name())));
            if let Some(place) = modes.modes.get_mut(takeover as usize) {
                *place = mode;
            }
        }
        modes
    }

    /// How far a takeover goes that is set to `set`.
    fn effective(&self, takeover: Takeover, mut set: Mode) -> Mode {
        match self.barrier(takeover) {
            Some(Barrier::Pro) => return Mode::Off,
            Some(Barrier::Loss) if set == Mode::On => set = Mode::Off,
            _ => {}
        }
        // A payment that the engine asks for is believed by the engine alone.
        if takeover == Takeover::Endpoints && self.is_on(Takeover::Payment) {
            return Mode::On;
        }
        match takeover.base() {
            Some(base) if set == Mode::On && !self.is_on(base) => Mode::Shadow,
            _ => set,
        }
    }

    /// Why `takeover` cannot be on here; `None` when nothing speaks against it.
    #[must_use]
    pub fn barrier(&self, takeover: Takeover) -> Option<Barrier> {
        self.barriers.get(takeover as usize).copied().flatten()
    }

    /// Is the plugin the PRO edition, which sells by itself?
    #[must_use]
    pub fn is_beside_pro(&self) -> bool {
        self.pro
    }

    /// How far `takeover` goes.
    #[must_use]
    pub fn mode(&self, takeover: Takeover) -> Mode {
        let mode = self.modes.get(takeover as usize);
        mode.copied().unwrap_or_default()
    }

    /// Is `takeover` on?
    #[must_use]
    pub fn is_on(&self, takeover: Takeover) -> bool {
        self.mode(takeover) == Mode::On
    }

    /// Is any takeover on?
    #[must_use]
    pub fn any_on(&self) -> bool {
        self.modes.contains(&Mode::On)
    }

    /// Are all takeovers off?
    #[must_use]
    pub fn all_off(&self) -> bool {
        self.modes.iter().all(|mode| *mode == Mode::Off)
    }
}

/// Name under which the settings say that the plugin is the PRO edition.
pub const PRO: &str = "pro";

/// Name under which the settings say which takeovers would lose money or goods.
pub const BLOCKED: &str = "blocked";

/// Name under which the settings say which takeovers were on when the site was looked at last.
pub const RUNNING: &str = "running";
