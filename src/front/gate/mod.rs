//! The gate before the plugin's own scripts. It decides for each request to the plugin whether the engine answers it, the plugin
//! may, or nobody does. It denies by default: while a takeover is on, a request without a row in [`table`] is refused.
//!
//! The host tells which script is about to run and what it was sent; it does what [`Decision`] says, and puts `get` and `post` in
//! the place of the routing parameters, so that the plugin reads the words that were decided on and no others.
//!
//! The file is long because the whole decision is read in one place.

mod admit;
mod parameters;
mod question;
mod table;

pub use crate::domain::takeover::{Mode, Modes, Takeover};
pub use admit::{Refusal, admit};
pub use parameters::{Ambiguous, Parameters, Word, is_form};
use table::LINK_TOKEN;
pub use table::{Access, Row, Runs, Script, all as scripts, script};

use std::collections::BTreeMap;

use serde::Serialize;
use subtle::ConstantTimeEq as _;

use crate::domain::catalog::MOST_UNITS;
use crate::engine::Subject;
use crate::front::sender::{Provenance, Sender};
use crate::gateway;

/// A request to a script of the plugin, as the host sees it.
#[derive(Clone, Debug, Default)]
pub struct GateRequest {
    /// HTTP method.
    pub method: String,
    /// Path of the script below `local/shop/`, links resolved.
    pub script: String,
    /// Raw query string.
    pub query: Vec<u8>,
    /// Raw body of a form; '' for other bodies.
    pub body: Vec<u8>,
    /// `Content-Type`.
    pub content_type: String,
    /// The session's own anti-forgery key.
    pub sesskey: String,
    /// The site's settings of the takeovers by name: `off`, `shadow` or `on`.
    pub modes: BTreeMap<String, String>,
    /// The page that it was sent from.
    pub sender: Sender,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Passage {
    /// Nothing is taken over: the plugin answers as if the engine were not there.
    Pass,
    /// The plugin answers.
    Plugin,
    /// The plugin answers, and the engine tells what it would have done.
    Shadow,
    /// The engine steers, the plugin draws.
    Steer,
    /// The engine answers.
    Engine,
    /// The visitor is asked whether they mean it: the request lacks the session's key.
    Confirm,
    /// Nobody answers.
    Refuse,
}

/// What the host has to do about a request.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// What becomes of it.
    pub passage: Passage,
    /// Whom the host's own access checks have to let in before it goes on: `visitor`, `script`, `seller`, `trace` or
    /// `interface`; '' where the plugin's script makes them itself.
    pub access: &'static str,
    /// Name of the takeover, for `shadow`, `steer` and `engine`; else ''.
    pub takeover: &'static str,
    /// What [`admit`] has to look at before the plugin answers or the visitor is asked, or ''.
    pub check: &'static str,
    /// Is it a command, not only a page to be shown?
    pub command: bool,
    /// The plugin prints what visitors send without escaping it: the host passes each parameter through `Gate::plain` first.
    pub plain: bool,
    /// The plugin draws the choice of a payment interface: the host leaves on the page those that the engine offers, and no others.
    pub choice: bool,
    /// HTTP status, for `refuse`.
    pub status: u16,
    /// Why it is refused, or what the visitor is asked: key of a language string, or ''.
    pub code: &'static str,
    /// Values of that sentence.
    pub params: BTreeMap<&'static str, String>,
    /// Rows that the command names, for `confirm`: the question says what would be done to which of them.
    pub subjects: Vec<Subject>,
    /// The other values that the command carries, for `confirm`: names and values.
    pub values: Vec<(String, String)>,
    /// Fields of the form that repeats the request, for `confirm`: names and values.
    pub fields: Vec<(String, String)>,
    /// Path below wwwroot of the page to go back to, for `confirm`: the same view without the command.
    pub back: String,
    /// Routing parameters of the query: their words; null for one to take away.
    pub get: BTreeMap<&'static str, Option<String>>,
    /// Routing parameters of the body.
    pub post: BTreeMap<&'static str, Option<String>>,
}

/// Decides about a request.
#[must_use]
pub fn decide(request: &GateRequest) -> Decision {
    let modes = Modes::of(&request.modes);
    let script = script(&request.script);
    let decision = judge(request, &modes, script).with_access(modes.any_on());
    let drawn = matches!(
        decision.passage,
        Passage::Plugin | Passage::Shadow | Passage::Steer
    );
    let for_visitors =
        script.is_some_and(|script| matches!(script.access, Access::Visitor | Access::Script));
    Decision {
        plain: drawn && for_visitors,
        ..decision
    }
}

fn judge(request: &GateRequest, modes: &Modes, script: Option<&'static Script>) -> Decision {
    if modes.all_off() {
        return Decision::new(Passage::Pass, Access::Visitor);
    }
    if modes.is_beside_pro() && request.script.starts_with("pro/") {
        // What the PRO edition's own pages do is not looked at.
        return Decision::new(Passage::Pass, Access::Visitor);
    }
    let Some(script) = script else {
        return match request.script.strip_prefix("paymodes/") {
            Some(rest) => interface(rest, modes),
            None => unlisted(modes, Access::Visitor, &request.script),
        };
    };
    let parameters = Parameters::read(
        &request.method,
        &request.query,
        &request.body,
        &request.content_type,
    );
    if let Some(refused) = bounded(request, script, &parameters).filter(|_| modes.any_on()) {
        return refused;
    }
    let mut words = [Word::default(), Word::default()];
    let mut decision = Decision::new(Passage::Plugin, script.access);
    for (word, name) in words.iter_mut().zip(script.parameters) {
        let Some(name) = name else { continue };
        match parameters.word(name) {
            Ok(read) => *word = read,
            Err(Ambiguous { name }) if modes.any_on() => {
                return Decision::new(Passage::Refuse, script.access)
                    .told(400, "parameter_ambiguous")
                    .with("name", name);
            }
            Err(_) => return Decision::new(Passage::Pass, script.access),
        }
    }
    let [mut view, command] = words;
    if view.text.is_empty() {
        script.default.clone_into(&mut view.text);
    }
    let Some(row) = script.row(&view.text, &command.text) else {
        let asked = format!(
            "{} {} {}",
            script.path,
            excerpt(&view.text),
            excerpt(&command.text)
        );
        return unlisted(modes, script.access, asked.trim());
    };
    for (word, name) in [&view, &command].into_iter().zip(script.parameters) {
        if let Some(name) = name {
            decision.route(name, word);
        }
    }
    if row.runs == Runs::Engine(Takeover::Bills)
        && modes.any_on()
        && let Err(Ambiguous { name }) = parameters.word(LINK_TOKEN)
    {
        return Decision::new(Passage::Refuse, script.access)
            .told(400, "parameter_ambiguous")
            .with("name", name);
    }
    decision.command = !command.text.is_empty();
    let runs = match script.posted {
        Some(runs) if request.method == "POST" => runs,
        _ => row.runs,
    };
    let asked = Asked {
        script,
        keyed: script.keyed
            || parameters.mark_a_form()
            || (request.method == "POST" && script.posted.is_some()),
        back: back(script, &view.text),
        modes,
        parameters: &parameters,
        request,
        command: if command.text.is_empty() {
            script.path
        } else {
            &command.text
        },
    };
    let decision = asked.lead(decision, runs, row.guards);
    let steers_import = row.runs == Runs::Steer(Takeover::Import);
    if command.text.is_empty() || steers_import || !modes.any_on() {
        return decision;
    }
    asked.meant(decision, row)
}

/// Refuses values that harm the plugin whatever they are asked for: it pastes the parameters of its sorted lists into its SQL, keeps what
/// visitors send without a limit, and makes a line of each unit of a cart.
fn bounded(request: &GateRequest, script: &Script, parameters: &Parameters) -> Option<Decision> {
    let refused = |status, code, name| {
        let decision = Decision::new(Passage::Refuse, script.access);
        Some(decision.told(status, code).with("name", name))
    };
    if script.access == Access::Seller {
        let strange = |name: &&&str| !parameters.all(name).all(is_column);
        let found = SORTING.iter().find(strange);
        return found.and_then(|name| refused(400, "parameter_ambiguous", *name));
    }
    if request.query.len() + request.body.len() > LONGEST {
        return refused(413, "request_too_large", "body");
    }
    let few = |text: &str| text.parse().is_ok_and(|units: u32| units <= MOST_UNITS);
    if parameters.all("quant").all(few) {
        None
    } else {
        refused(400, "parameter_ambiguous", "quant")
    }
}

/// Is this at most the name of a column, a direction, or both?
fn is_column(text: &str) -> bool {
    let (column, direction) = text.split_once(' ').unwrap_or((text, ""));
    let direction = direction.to_ascii_uppercase();
    column.len() <= EXCERPT
        && column
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte))
        && matches!(direction.as_str(), "" | "ASC" | "DESC")
}

/// What the decision about a row of the table depends on.
struct Asked<'a> {
    script: &'a Script,
    /// Does the plugin's own page that asks for this carry the session's key, as each of Moodle's own forms does?
    keyed: bool,
    back: String,
    modes: &'a Modes,
    parameters: &'a Parameters,
    request: &'a GateRequest,
    command: &'a str,
}

impl Asked<'_> {
    fn lead(&self, decision: Decision, runs: Runs, guards: &[Takeover]) -> Decision {
        match runs {
            Runs::Plugin => decision,
            Runs::Engine(takeover) => self.taken(decision, takeover, Passage::Engine, guards),
            Runs::Steer(takeover) => self.taken(decision, takeover, Passage::Steer, guards),
            Runs::Choose => self.choose(decision, guards),
            Runs::Place => self.place(decision, guards),
            Runs::Produce => self.produce(decision, guards),
            Runs::Move if !self.modes.is_on(Takeover::Backoffice) => {
                let decision = self.confirmed(decision);
                if decision.passage == Passage::Confirm {
                    return decision;
                }
                self.taken(decision, Takeover::Backoffice, Passage::Engine, guards)
            }
            Runs::Move => self.taken(decision, Takeover::Backoffice, Passage::Engine, guards),
            Runs::Seats(list) if self.modes.is_on(Takeover::Cart) => decision
                .by(Passage::Steer, Takeover::Cart)
                .instead("what", list),
            Runs::Seats(_) => decision,
            Runs::Command => self.confirmed(decision),
            Runs::Draft => self.checked(decision, "draft"),
            Runs::DeleteCustomers => self.checked(decision, "customers"),
            Runs::Refused(takeover) if self.modes.is_on(takeover) => {
                decision.refused("command_refused", self.command)
            }
            Runs::Refused(_) => self.confirmed(decision),
        }
    }

    fn taken(
        &self,
        decision: Decision,
        takeover: Takeover,
        passage: Passage,
        guards: &[Takeover],
    ) -> Decision {
        if self.modes.is_on(takeover) {
            let access = match takeover {
                // The engine's page of it has a permission of its own.
                Takeover::Trace => Access::Trace.as_str(),
                _ => decision.access,
            };
            return Decision { access, ..decision }.by(passage, takeover);
        }
        if guards.iter().any(|guard| self.modes.is_on(*guard)) {
            return decision.refused("command_refused", self.command);
        }
        let goes_on = matches!(takeover, Takeover::Payment | Takeover::Production);
        let check = if goes_on && self.modes.is_on(Takeover::Paymode) {
            // The cart may have changed since the interface was chosen: it is judged at each step.
            if self.command == "place" {
                "paymode"
            } else {
                "interface"
            }
        } else if (goes_on || takeover == Takeover::Bills) && self.modes.any_on() {
            // The plugin's pages of an order know no masks.
            "masks"
        } else {
            decision.check
        };
        let decision = Decision { check, ..decision };
        match self.modes.mode(takeover) {
            Mode::Shadow => decision.by(Passage::Shadow, takeover),
            _ => decision,
        }
    }

    /// The summary: what the buyer can choose there must be what the next request is let past with.
    fn choose(&self, decision: Decision, guards: &[Takeover]) -> Decision {
        let decision = self.taken(decision, Takeover::Customer, Passage::Steer, guards);
        let checked = [Takeover::Paymode, Takeover::Placement];
        Decision {
            choice: checked.iter().any(|takeover| self.modes.is_on(*takeover)),
            ..decision
        }
    }

    fn place(&self, decision: Decision, guards: &[Takeover]) -> Decision {
        let paymode = self.modes.mode(Takeover::Paymode);
        if self.modes.is_on(Takeover::Placement) || paymode == Mode::Off {
            return self.taken(decision, Takeover::Placement, Passage::Steer, guards);
        }
        match paymode {
            Mode::On => Decision {
                check: "paymode",
                ..decision
            },
            _ => decision.by(Passage::Shadow, Takeover::Paymode),
        }
    }

    /// With `production` off the plugin delivers, but orders that the engine placed only to their own buyer.
    fn produce(&self, decision: Decision, guards: &[Takeover]) -> Decision {
        let decision = self.taken(decision, Takeover::Production, Passage::Engine, guards);
        if decision.passage == Passage::Engine || !self.modes.is_on(Takeover::Placement) {
            return decision;
        }
        Decision {
            check: "owner",
            ..decision
        }
    }

    /// The plugin's command, with the session's key; while the takeover of the back office is on, after a look at what it
    /// is about.
    fn checked(&self, decision: Decision, check: &'static str) -> Decision {
        let decision = self.confirmed(decision);
        if !self.modes.is_on(Takeover::Backoffice) {
            return decision;
        }
        Decision { check, ..decision }
    }

    /// A command, if the visitor can have meant it: it is no `HEAD` of a mail filter, and where the plugin's pages send it without the
    /// session's key it comes from a page of this site. A page of another site that sends it leads to a question, or to a refusal where
    /// there is nobody to be asked.
    fn meant(&self, decision: Decision, row: &Row) -> Decision {
        let by_plugin = matches!(
            decision.passage,
            Passage::Plugin | Passage::Shadow | Passage::Confirm
        );
        let method = self.request.method.as_str();
        if (by_plugin || row.own) && !matches!(method, "GET" | "POST") {
            return Decision {
                passage: Passage::Refuse,
                ..decision
            }
            .told(405, "method_not_allowed")
            .with("method", excerpt(method));
        }
        let passes = matches!(decision.passage, Passage::Refuse | Passage::Confirm);
        if passes || !row.own || self.has_key() {
            return decision;
        }
        if self.request.sender.provenance(method) == Provenance::Own {
            return decision;
        }
        if row.runs == Runs::Place || decision.access == Access::Script.as_str() {
            return decision.refused("request_foreign", self.command);
        }
        self.question(decision)
    }

    /// Does the request carry the session's key?
    fn has_key(&self) -> bool {
        let given = self.parameters.last("sesskey").as_bytes();
        let expected = self.request.sesskey.as_bytes();
        !expected.is_empty() && bool::from(given.ct_eq(expected))
    }

    /// The plugin's command, with the session's key. Most of its own links carry none, so the visitor is asked first. Where they
    /// carry it, a request without it comes from another site: its content is nothing to repeat.
    fn confirmed(&self, decision: Decision) -> Decision {
        if self.has_key() || !self.modes.any_on() {
            return decision;
        }
        if self.keyed {
            return Decision {
                passage: Passage::Refuse,
                ..decision
            }
            .told(403, "sesskey_invalid");
        }
        self.question(decision)
    }

    /// Asks the visitor, who is told what would be done to what.
    fn question(&self, decision: Decision) -> Decision {
        let subjects = match question::subjects(self.script, self.parameters) {
            Ok(subjects) => subjects,
            Err(Ambiguous { name }) => {
                return Decision {
                    passage: Passage::Refuse,
                    ..decision
                }
                .told(400, "parameter_ambiguous")
                .with("name", name);
            }
        };
        Decision {
            passage: Passage::Confirm,
            code: "command_confirm",
            subjects,
            values: question::values(self.script, self.parameters),
            fields: self.parameters.pairs("sesskey").cloned().collect(),
            back: self.back.clone(),
            ..decision
        }
        .with("command", excerpt(self.command))
    }
}

/// The page to go back to from a question: the view without its command, or the front page of the back office where there is none.
fn back(script: &Script, view: &str) -> String {
    let alone = script
        .row(view, "")
        .is_some_and(|row| row.runs == Runs::Plugin || !view.is_empty());
    match script.parameters {
        [Some(name), _] if alone && !view.is_empty() => {
            format!("/local/shop/{}?{name}={view}", script.path)
        }
        _ if alone => format!("/local/shop/{}", script.path),
        _ => "/local/shop/index.php".to_owned(),
    }
}

/// A script of a payment interface. One that the engine does not know could mark orders as paid without a proof. Beside the PRO edition the
/// plugin sells by interfaces that the engine does not know, and goes on to.
fn interface(rest: &str, modes: &Modes) -> Decision {
    let (name, script) = rest.split_once('/').unwrap_or((rest, ""));
    let script = script.strip_suffix(".php").unwrap_or(script);
    let gateway = gateway::by_name(name);
    let known = gateway.is_some_and(|gateway| {
        let mut endpoints = gateway.endpoints().iter();
        endpoints.any(|endpoint| endpoint.script == script)
    });
    let decision = Decision::new(Passage::Plugin, Access::Interface);
    match modes.mode(Takeover::Endpoints) {
        Mode::On if known => decision.by(Passage::Engine, Takeover::Endpoints),
        Mode::Shadow if known => decision.by(Passage::Shadow, Takeover::Endpoints),
        Mode::On if modes.is_beside_pro() && gateway.is_none() => decision,
        Mode::On => unlisted(modes, Access::Interface, &format!("paymodes/{rest}")),
        _ => decision,
    }
}

/// A request that the table does not know.
fn unlisted(modes: &Modes, access: Access, asked: &str) -> Decision {
    if modes.any_on() {
        Decision::new(Passage::Refuse, access)
            .told(400, "request_unlisted")
            .with("request", excerpt(asked))
    } else {
        Decision::new(Passage::Pass, access)
    }
}

/// Paths of scripts below `local/shop/` that the gate would refuse on a site where each takeover that can be is on, for the installation
/// check: a newer plugin may have more than the table. Of `settings` only what the site is counts.
pub fn unknown_scripts<'a>(
    paths: impl IntoIterator<Item = &'a str>,
    settings: &BTreeMap<String, String>,
) -> Vec<&'a str> {
    let mut settings = settings.clone();
    settings.extend(Takeover::ALL.map(|takeover| (takeover.name().to_owned(), "on".to_owned())));
    let modes = Modes::of(&settings);
    let known = |path: &str| {
        script(path).is_some()
            || path
                .strip_prefix("paymodes/")
                .is_some_and(|rest| interface(rest, &modes).passage != Passage::Refuse)
    };
    paths.into_iter().filter(|path| !known(path)).collect()
}

impl Decision {
    fn new(passage: Passage, access: Access) -> Self {
        Self {
            passage,
            access: access.as_str(),
            takeover: "",
            check: "",
            command: false,
            plain: false,
            choice: false,
            status: 200,
            code: "",
            params: BTreeMap::new(),
            subjects: Vec::new(),
            values: Vec::new(),
            fields: Vec::new(),
            back: String::new(),
            get: BTreeMap::new(),
            post: BTreeMap::new(),
        }
    }

    /// While a takeover is on, the host's access checks come before every script: the plugin runs commands before it makes its own, or makes
    /// none. Its pages for sellers are checked in any case: `purchasemanager/view.php` asks for no capability when it is given `owner`.
    fn with_access(self, any_on: bool) -> Self {
        let unchecked = match self.passage {
            Passage::Pass => true,
            _ if any_on => false,
            Passage::Shadow => true,
            Passage::Plugin => self.check.is_empty() && self.access == Access::Visitor.as_str(),
            _ => false,
        };
        let access = if unchecked { "" } else { self.access };
        Self { access, ..self }
    }

    fn by(self, passage: Passage, takeover: Takeover) -> Self {
        Self {
            passage,
            takeover: takeover.name(),
            ..self
        }
    }

    fn told(self, status: u16, code: &'static str) -> Self {
        Self {
            status,
            code,
            ..self
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    fn refused(self, code: &'static str, command: &str) -> Self {
        Self {
            passage: Passage::Refuse,
            ..self
        }
        .told(403, code)
        .with("command", excerpt(command))
    }

    /// The engine runs the command, and the plugin reads `word` in its place: no command, but what there is to be shown.
    fn instead(mut self, name: &'static str, word: &str) -> Self {
        for words in [&mut self.get, &mut self.post] {
            if let Some(Some(given)) = words.get_mut(name) {
                word.clone_into(given);
            }
        }
        Self {
            command: false,
            ..self
        }
    }

    /// The plugin reads this word under `name` and no other.
    fn route(&mut self, name: &'static str, word: &Word) {
        let given = (!word.text.is_empty()).then(|| word.text.clone());
        let (here, elsewhere) = if word.posted {
            (&mut self.post, &mut self.get)
        } else {
            (&mut self.get, &mut self.post)
        };
        here.insert(name, given);
        elsewhere.insert(name, None);
    }
}

/// The start of a text that came with a request, for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

/// Parameters of the plugin's sorted and filtered lists.
const SORTING: [&str; 5] = ["cur", "dir", "order", "sortorder", "status"];

/// Most bytes that a visitor may send to a script of the plugin.
const LONGEST: usize = 65_536;

/// How many characters of a request's text a message repeats.
const EXCERPT: usize = 40;
