//! `ShopEngine\Engine`: few, coarse calls.

use std::cell::Cell;
use std::rc::Rc;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};

use super::convert::{self, ConvertError};
use super::database::Database;
use super::exception::value_error;
use super::status::BillStatus;
use super::texts::Host;
use super::trace::journal;
use crate::clock::SystemClock;
use crate::domain::cart::Cart;
use crate::domain::quantity::Quantity;
use crate::domain::takeover::Takeover;
use crate::domain::transaction_id::TransactionId;
use crate::engine::{self, Order, Performed, Taken, User};
use crate::front::{self, Asked, Call, Request, Sender, Session};
use crate::gateway::Answered;

/// The shop's engine on one database. It keeps nothing between calls.
#[php_class]
#[php(name = "ShopEngine\\Engine")]
#[php(flags = ClassFlags::Final)]
pub struct Engine {
    core: engine::Engine,
    /// Has this engine looked for what is old enough to go?
    tidied: Cell<bool>,
}

#[php_impl]
impl Engine {
    /// Version of the extension, the same as `phpversion('shopengine')`.
    pub const VERSION: &'static str = crate::VERSION;

    /// An engine that traces to the file `$trace` with times in the named zone (`date_default_timezone_get()`), or where `$sink` says, as the
    /// machine `$node`: see `ShopEngine\Trace`. `$texts` is an object with the method `plain_text(string $text, string $lang): string`, by which
    /// the host's filters read names of the catalogue; without it their multilingual blocks alone are read.
    pub fn __construct(
        database: &Database,
        trace: &str,
        timezone: &str,
        sink: Option<&str>,
        node: Option<&str>,
        texts: Option<&Zval>,
    ) -> PhpResult<Self> {
        let trace = journal(trace, timezone, sink, node, Some(database.share()))?;
        let texts = texts
            .filter(|texts| !texts.is_null())
            .map(|texts| Host::new(texts).ok_or_else(|| value_error("texts must be an object")))
            .transpose()?;
        let core = engine::Engine::new(database.share(), Rc::new(SystemClock), trace, timezone);
        Ok(Self {
            core: core.with_texts(texts.map(|host| Rc::new(host) as Rc<dyn engine::Texts>)),
            tidied: Cell::new(false),
        })
    }

    /// Answers a request of the shop: see docs/front.md for both shapes. `query` and `body` are bytes as they came.
    ///
    /// @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
    pub fn handle(&self, request: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let request = self.request_of(request)?;
        convert::answer(&self.staged(&request, front::handle))
    }

    /// Steers a request of the purchase for a shop whose pages the plugin draws: where to go, what to say there, and the
    /// cart in the plugin's shape (`$SESSION->shoppingcart`). See docs/front.md.
    ///
    /// @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
    pub fn steer(&self, request: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let request = self.request_of(request)?;
        convert::answer(&self.staged(&request, front::steer))
    }

    /// What speaks against the plugin's own answer to a request about which the gate's decision has a `check`: `status`, `code`, `params`; null when
    /// nothing does. `$check` is the gate's word.
    ///
    /// @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
    pub fn admit(
        &self,
        request: &ZendHashTable,
        check: &str,
    ) -> PhpResult<Option<ZBox<ZendHashTable>>> {
        let request = self.request_of(request)?;
        let refusal = front::gate::admit(&self.core, &request, check);
        refusal.as_ref().map(convert::answer).transpose()
    }

    /// The rows that a question of the gate is about (its decision's `subjects`), each with its `name`, null where there is no such row.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn named(&self, subjects: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let subjects = if subjects.is_empty() {
            Vec::new()
        } else {
            convert::read(subjects)?
        };
        convert::answer(&self.core.named(subjects)?)
    }

    /// Writes the file of an answer of kind `file` to `$path`, in memory that does not grow with it; returns how many entries it has.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn write(&self, file: &ZendHashTable, path: &str) -> PhpResult<i64> {
        let file: front::File = convert::read(file)?;
        super::partners::write_statement(&self.core, &file, path)
    }

    /// Names of the payment interfaces that the visitor of a request may choose for his cart.
    ///
    /// @return string[]
    /// @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
    pub fn paymodes(&self, request: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let request = self.request_of(request)?;
        convert::answer(&self.staged(&request, front::paymodes))
    }

    /// Rehearses the answer to a request that the plugin is about to answer, for a takeover that only watches: a text for `compare()`. Whatever
    /// is done in the database is undone.
    ///
    /// @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
    /// @throws \ValueError for an unknown takeover
    pub fn rehearse(&self, takeover: &str, request: &ZendHashTable) -> PhpResult<String> {
        let request = Request {
            rehearsal: true,
            drained: true,
            ..self.request_of(request)?
        };
        let rehearsed = front::rehearse(&self.core, takeover_of(takeover)?, &request);
        serde_json::to_string(&rehearsed).map_err(|error| value_error(&error.to_string()))
    }

    /// Compares what was rehearsed with what the plugin did, writes the line of the trace, and counts: `cause`, `told`. `$done` has
    /// `shoppingcart` (JSON text), `paymode` (the one that the buyer chose), and of the plugin's answer `status` and `location`; each a text, or ''.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    /// @throws \ValueError for an unknown takeover, or a text that is not from `rehearse()`
    pub fn compare(
        &self,
        takeover: &str,
        rehearsed: &str,
        done: &ZendHashTable,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let rehearsed = serde_json::from_str(rehearsed)
            .map_err(|_| value_error("rehearsed must be what rehearse() gave"))?;
        let done = convert::read_lossy(done)?;
        let compared = self
            .core
            .compare(takeover_of(takeover)?, &rehearsed, &done)?;
        let mut answer = ZendHashTable::new();
        answer.insert("cause", compared.cause.key())?;
        answer.insert("told", compared.told)?;
        Ok(answer)
    }

    /// What each takeover has seen since it was switched to shadow: `takeover`, `compared`, `same`, `nothing` (requests with nothing to compare),
    /// `since`, `last` (Unix seconds), `causes`, each with `cause`, `code` (of a refusal), `number`, `last`, `transid` (the last order, or '').
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn watched(&self) -> PhpResult<ZBox<ZendHashTable>> {
        convert::answer(&self.core.watched()?)
    }

    /// Forgets what a takeover has seen: to be called when it is switched to shadow.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    /// @throws \ValueError for an unknown takeover
    pub fn watch_anew(&self, takeover: &str) -> PhpResult<()> {
        Ok(self.core.watch_anew(takeover_of(takeover)?)?)
    }

    /// Leases up to `$limit` pieces of work, and takes up messages that a dead process left undecided. With `$visitor`, what was tried three times
    /// without success is left to cron for ten minutes.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(limit = 10, visitor = false))]
    pub fn lease(&self, limit: i64, visitor: bool) -> PhpResult<ZBox<ZendHashTable>> {
        let limit = count(limit, "limit")?;
        if !self.tidied.replace(true) {
            self.core.resume_inbox(limit)?;
            if !visitor {
                self.core.prune_inbox()?;
                self.core.close_days()?;
            }
        }
        let tasks = if visitor {
            self.core.lease_for_visitor(limit)?
        } else {
            self.core.lease(limit)?
        };
        let tasks: Vec<_> = tasks.iter().map(front::task_data).collect();
        convert::answer(&tasks)
    }

    /// Up to `$limit` calls that are due for messages that no gateway has vouched for yet, each as `ask` of an answer. The host makes
    /// them outside of any request and gives the result to `answered`.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(limit = 10))]
    pub fn asks(&self, limit: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let limit = u32::try_from(limit).map_err(|_| value_error("limit must not be negative"))?;
        let calls: Vec<Call> = self.core.asks(limit)?.into_iter().map(Call::from).collect();
        convert::answer(&calls)
    }

    /// Goes on with the result of such a call: `status` (0 when nobody answered), `body`, `error`. Returns what became of the
    /// message, as a code, or the call that comes next, as `asks()` gives it.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn answered(&self, token: &str, result: &ZendHashTable) -> PhpResult<Zval> {
        let told = match self.core.answered(token, &answer_of(result)?) {
            Ok(Taken::Ask(asking)) => {
                let mut call = Zval::new();
                call.set_hashtable(convert::answer(&Call::from(asking))?);
                return Ok(call);
            }
            Ok(Taken::Received(received)) => received.outcome.code().to_owned(),
            Err(error @ engine::Error::Database(_)) => return Err(error.into()),
            Err(error) => error.code().to_owned(),
        };
        let mut code = Zval::new();
        code.set_string(&told, false)
            .map_err(|error| value_error(&error.to_string()))?;
        Ok(code)
    }

    /// Says how a piece of work went: `outcome` (`done`, `already`, `failed`), `public`, `private`, `products`, `lines`. Texts that are not
    /// UTF-8 are taken with replacement characters, long ones are cut.
    ///
    /// @throws \ShopEngine\Exception\StateException when the lease has run out and someone else has it
    pub fn finish(&self, id: i64, stamp: &str, performed: &ZendHashTable) -> PhpResult<()> {
        let performed: Performed = convert::read_lossy(performed)?;
        Ok(self.core.finish(id, stamp, &performed)?)
    }

    /// Asks again whether a leased delivery may be made, once the host holds its `lock`. `false`: the engine has closed it, put it off or
    /// made it due again, and the host leaves it.
    ///
    /// @throws \ShopEngine\Exception\StateException when the lease has run out and someone else has it
    pub fn may_perform(&self, id: i64, stamp: &str) -> PhpResult<bool> {
        Ok(self.core.may_perform(id, stamp)?)
    }

    /// Gives a leased task back whose `lock` somebody else holds: it is due again in a while, and no attempt is lost.
    ///
    /// @throws \ShopEngine\Exception\StateException when the lease has run out and someone else has it
    pub fn give_back(&self, id: i64, stamp: &str) -> PhpResult<()> {
        Ok(self.core.give_back(id, stamp)?)
    }

    /// Everything known of an order, or null when there is none.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn order(&self, transactionid: &str) -> PhpResult<Option<ZBox<ZendHashTable>>> {
        let transaction = TransactionId::parse(transactionid)?;
        match Order::find(self.core.database(), &transaction).map_err(engine::Error::from)? {
            Some(order) => {
                let view = self.core.view(&order)?;
                Ok(Some(convert::answer(&front::order_data(
                    &view, &view.lang,
                ))?))
            }
            None => Ok(None),
        }
    }

    /// Prices products of a shop for a buyer who has nothing else in his cart: `lines`, `by_tax`, `untaxed`, `taxes`, `taxed`.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn quote(&self, shop: i64, order: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let order: indexmap::IndexMap<String, Quantity> = convert::read(order)?;
        let shop = self.core.shop(shop, "en")?;
        let cart = Cart {
            order,
            ..Cart::default()
        };
        convert::answer(&shop.price(&cart)?.totals)
    }

    /// Writes again the trace lines of a transaction that a crash swallowed; returns how many.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn restore_trace(&self, transactionid: &str) -> PhpResult<i64> {
        let restored = self
            .core
            .restore_trace(&TransactionId::parse(transactionid)?)?;
        Ok(i64::try_from(restored).unwrap_or(i64::MAX))
    }

    /// May a line of this order be produced now? A delivery under way asks before each line, with the bill locked: a refund, or a reversal of the
    /// payment, ends it.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn may_produce(&self, transactionid: &str) -> PhpResult<bool> {
        let transaction = TransactionId::parse(transactionid)?;
        Ok(self.core.may_produce(&transaction)?)
    }

    /// May an email of the plugin's about this order go to `$address`? To one that nobody has confirmed it counts for the limit of an hour.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn may_email(&self, transactionid: &str, address: &str) -> PhpResult<bool> {
        let transaction = TransactionId::parse(transactionid)?;
        Ok(self.core.may_email(&transaction, address)?)
    }

    /// The order of a transaction, as `order()` tells it; a bill of the plugin's that is no order yet becomes one.
    ///
    /// @throws \ShopEngine\Exception\UnknownTransactionException when there is no such bill either
    /// @throws \ShopEngine\Exception\ShopException when the bill holds what no order can
    pub fn adopt(&self, transactionid: &str) -> PhpResult<ZBox<ZendHashTable>> {
        let order = self.core.adopt(&TransactionId::parse(transactionid)?)?;
        let view = self.core.view(&order)?;
        convert::answer(&front::order_data(&view, &view.lang))
    }

    /// Brings together up to `$limit` orders and bills that say different things; returns what became of each.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(limit = 100))]
    pub fn reconcile(&self, limit: i64) -> PhpResult<ZBox<ZendHashTable>> {
        convert::answer(&self.core.reconcile(count(limit, "limit")?)?)
    }

    /// Cancels up to `$limit` orders that nobody has paid for `$hours` hours; returns how many. 0 hours cancels none. Forgets the tokens of
    /// emails' links that expired long ago.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(limit = 100))]
    pub fn sweep(&self, hours: i64, limit: i64) -> PhpResult<i64> {
        self.core.forget_links()?;
        let cancelled = self
            .core
            .sweep(count(hours, "hours")?, count(limit, "limit")?)?;
        Ok(i64::try_from(cancelled).unwrap_or(i64::MAX))
    }

    /// Takes a held message, whose payment names no order, off the list of what is wrong; `false` when there is no such message.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn release_message(&self, message: i64) -> PhpResult<bool> {
        Ok(self.core.release_message(message)?)
    }

    /// What is wrong or waits too long, at most `$limit` findings of a kind: `code` and `params` of a sentence.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(limit = 20))]
    pub fn integrity(&self, limit: i64) -> PhpResult<ZBox<ZendHashTable>> {
        convert::answer(&self.core.integrity(count(limit, "limit")?)?)
    }

    /// The catalogue check: what a seller should look at among his products' addresses, at most `$limit` findings of a kind: `code`
    /// and `params` of a sentence.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(limit = 20))]
    pub fn catalogue(&self, limit: i64) -> PhpResult<ZBox<ZendHashTable>> {
        convert::answer(&self.core.catalogue(count(limit, "limit")?)?)
    }

    /// What the site uses that a takeover would change or lose: `features`, each with `code` and `params` of a sentence, `severity`
    /// (`information`, `changes`, `loses`), `takeovers` and `link` (path below wwwroot, or ''), the worst first; `blocked` and `running`, which the
    /// host keeps among the settings. `$site` is what the host knows: `handlers` and `paymodes` (names that are installed), `settings` (of the
    /// takeovers, with `pro`, `blocked` and `running`). Nothing is written.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn survey(&self, site: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        convert::answer(&self.core.survey(&convert::read(site)?)?)
    }

    /// Replays up to `$limit` past bills with an id above `$after` that were emitted at `$since` (Unix seconds) or later: `bills` (how many),
    /// `last` (id to go on after), `differences`, each with `bill`, `transid` and `causes` (`code` and `params` of a sentence). Nothing is written.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(defaults(since = 0, limit = 500))]
    pub fn replay_bills(
        &self,
        after: i64,
        since: i64,
        limit: i64,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let limit = count(limit, "limit")?;
        convert::answer(&self.core.replay_bills(after, since, limit)?)
    }

    /// May a bill move from one status to another?
    pub fn can_move(from: BillStatus, to: BillStatus) -> bool {
        from.core().can_move_to(to.core())
    }
}

impl Engine {
    fn staged<T>(&self, request: &Request, act: fn(&engine::Engine, &Request) -> T) -> T {
        if request.rehearsal {
            self.core.rehearse(|stage| act(stage, request))
        } else {
            act(&self.core, request)
        }
    }

    fn request_of(&self, array: &ZendHashTable) -> PhpResult<Request> {
        let session = table(array, "session")?;
        let user = table(array, "user")?;
        Ok(Request {
            method: text(array, "method")?,
            script: text(array, "script")?,
            query: bytes(array, "query")?.to_vec(),
            body: bytes(array, "body")?.to_vec(),
            content_type: String::from_utf8_lossy(bytes(array, "contenttype")?).into_owned(),
            wwwroot: text(array, "wwwroot")?,
            secret: String::from_utf8_lossy(bytes(array, "secret")?).into_owned(),
            https: flag(array, "https")?,
            referer: String::from_utf8_lossy(bytes(array, "referer")?).into_owned(),
            lang: text(array, "lang")?,
            sesskey: text(array, "sesskey")?,
            login_url: text(array, "loginurl")?,
            user: user.map(user_of).transpose()?,
            session: session
                .map(|session| self.session_of(session))
                .unwrap_or_default(),
            instant_only: flag(array, "instantonly")?,
            sender: sender_of(array)?,
            plugin_places: flag(array, "pluginplaces")?,
            plugin_shows: flag(array, "pluginshows")?,
            drained: flag(array, "drained")?,
            rehearsal: flag(array, "rehearsal")?,
            shoppingcart: json(array, "shoppingcart")?,
            asked: table(array, "asked")?.map(asked_of).transpose()?,
        })
    }

    /// A session that another version wrote may not be readable: the buyer starts afresh rather than not at all.
    fn session_of(&self, array: &ZendHashTable) -> Session {
        convert::parse(array).unwrap_or_else(|error| {
            self.core.note(
                None,
                &format!("Session not readable, started afresh : {error}"),
            );
            Session::default()
        })
    }
}

fn count(number: i64, name: &str) -> PhpResult<u32> {
    u32::try_from(number).map_err(|_| value_error(&format!("{name} must not be negative")))
}

fn takeover_of(name: &str) -> PhpResult<Takeover> {
    Takeover::by_name(name).ok_or_else(|| value_error("takeover must be the name of a takeover"))
}

/// The headers about the page that a request was sent from.
pub(super) fn sender_of(array: &ZendHashTable) -> Result<Sender, ConvertError> {
    let header = |name| Ok(String::from_utf8_lossy(bytes(array, name)?).into_owned());
    Ok(Sender {
        fetch_site: header("fetchsite")?,
        fetch_dest: header("fetchdest")?,
        origin: header("origin")?,
        referer: header("referer")?,
        wwwroot: header("wwwroot")?,
    })
}

/// What stands under a key; a missing key and null say the same.
fn value<'a>(array: &'a ZendHashTable, key: &str) -> Option<&'a Zval> {
    array
        .get(key)
        .map(Zval::dereference)
        .filter(|value| !value.is_null())
}

pub(super) fn bytes<'a>(array: &'a ZendHashTable, key: &str) -> Result<&'a [u8], ConvertError> {
    value(array, key).map_or(Ok(&[]), |value| {
        let text = value.zend_str().ok_or_else(|| not_a(key, "text"))?;
        Ok(text.as_bytes())
    })
}

fn text(array: &ZendHashTable, key: &str) -> Result<String, ConvertError> {
    let text = std::str::from_utf8(bytes(array, key)?);
    text.map(str::to_owned).map_err(|_| ConvertError::NotUtf8 {
        path: key.to_owned(),
    })
}

fn flag(array: &ZendHashTable, key: &str) -> Result<bool, ConvertError> {
    value(array, key).map_or(Ok(false), |value| {
        value.bool().ok_or_else(|| not_a(key, "bool"))
    })
}

fn table<'a>(
    array: &'a ZendHashTable,
    key: &str,
) -> Result<Option<&'a ZendHashTable>, ConvertError> {
    value(array, key)
        .map(|value| value.array().ok_or_else(|| not_a(key, "array")))
        .transpose()
}

/// The plugin's cart comes as JSON text: its amounts are floats, which nothing of ours takes for money.
fn json(array: &ZendHashTable, key: &str) -> Result<Option<serde_json::Value>, ConvertError> {
    let text = text(array, key)?;
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| not_a(key, "JSON text"))
}

fn user_of(array: &ZendHashTable) -> Result<User, ConvertError> {
    convert::parse(array).map_err(|error| match error {
        ConvertError::Shape(problem) => ConvertError::Shape(format!("`user`: {problem}")),
        other => other,
    })
}

fn asked_of(array: &ZendHashTable) -> Result<Asked, ConvertError> {
    Ok(Asked {
        token: text(array, "token")?,
        answer: answer_of(array)?,
    })
}

fn answer_of(array: &ZendHashTable) -> Result<Answered, ConvertError> {
    let status = value(array, "status").map_or(Some(0), Zval::long);
    Ok(Answered {
        status: status
            .and_then(|status| u16::try_from(status).ok())
            .ok_or_else(|| not_a("status", "HTTP status"))?,
        body: bytes(array, "body")?.to_vec(),
        error: String::from_utf8_lossy(bytes(array, "error")?).into_owned(),
    })
}

fn not_a(key: &str, kind: &str) -> ConvertError {
    ConvertError::Shape(format!("the value at `{key}` is no {kind}"))
}
