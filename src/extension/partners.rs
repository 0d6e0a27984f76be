//! `ShopEngine\Partners`: the register of partners, and what the shop owes them.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::rc::Rc;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;
use serde::Serialize;

use super::convert;
use super::database::Database;
use super::exception::value_error;
use super::trace::journal;
use crate::clock::SystemClock;
use crate::database::DatabaseError;
use crate::domain::permission::Permission;
use crate::domain::statement::{self, Format, StatementError, Verified};
use crate::engine::{self, OwnTag, Partner, PartnerChange, Policy, User};
use crate::front;

/// The partners of the shops in one database. Whoever calls these has asked whether the user may.
#[php_class]
#[php(name = "ShopEngine\\Partners")]
#[php(flags = ClassFlags::Final)]
pub struct Partners {
    core: engine::Engine,
}

#[php_impl]
impl Partners {
    /// The register in `$database`; what is changed is traced to the file `$trace` with times in the named zone, or where
    /// `$sink` says, as the machine `$node`: see `ShopEngine\Trace`.
    pub fn __construct(
        database: &Database,
        trace: &str,
        timezone: &str,
        sink: Option<&str>,
        node: Option<&str>,
    ) -> PhpResult<Self> {
        let trace = journal(trace, timezone, sink, node, Some(database.share()))?;
        Ok(Self {
            core: engine::Engine::new(database.share(), Rc::new(SystemClock), trace, timezone),
        })
    }

    /// Registers a partner of a shop with a new secret, for the seller with the account `$seller`. `$change` as for `change()`.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn register(
        &self,
        shop: i64,
        key: &str,
        change: &ZendHashTable,
        seller: i64,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let change: PartnerChange = convert::read(change)?;
        shown(&self.core.register(shop, key, &change, &user(seller))?)
    }

    /// Changes a partner: `name`, `referer`, `customer`, `user`, `enabled`, `authenticates`, `signature`, `unsignedlinks`,
    /// `excluded`. What is not named stays; registered without a word of `signature`, a partner signs. `unsignedlinks` is refused
    /// without `unsignedconfirmed`: whoever knows the key can forge unsigned links, so the seller confirms that they authenticate.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn change(
        &self,
        id: i64,
        change: &ZendHashTable,
        seller: i64,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let change: PartnerChange = convert::read(change)?;
        shown(&self.core.change_partner(id, &change, &user(seller))?)
    }

    /// Gives a partner a new secret and returns it: 32 characters `0-9a-f`. The old one counts for nothing from now on.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn rotate(&self, id: i64, seller: i64) -> PhpResult<String> {
        let secret = self.core.rotate_secret(id, &user(seller))?;
        Ok(String::from_utf8_lossy(secret.expose()).into_owned())
    }

    /// The secret of a partner, to be shown to him.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn secret(&self, id: i64) -> PhpResult<String> {
        let partner = self.core.registered(id)?;
        Ok(String::from_utf8_lossy(partner.secret.expose()).into_owned())
    }

    /// A partner, without his secret.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn partner(&self, id: i64) -> PhpResult<ZBox<ZendHashTable>> {
        shown(&self.core.registered(id)?)
    }

    /// The partners by name, without their secrets.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    #[php(defaults(limit = 100, offset = 0))]
    pub fn all(&self, limit: i64, offset: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let partners = self
            .core
            .partners(count(limit, "limit")?, count(offset, "offset")?)?;
        let shown: Vec<Shown<'_>> = partners.iter().map(Shown::of).collect();
        convert::answer(&shown)
    }

    /// The enabled partners whose unsigned links authenticate buyers, by name, without their secrets.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    #[php(defaults(limit = 100))]
    pub fn on_unsigned_links(&self, limit: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let partners = self
            .core
            .partners_on_unsigned_links(count(limit, "limit")?)?;
        let shown: Vec<Shown<'_>> = partners.iter().map(Shown::of).collect();
        convert::answer(&shown)
    }

    /// Writes the statement of a partner for the time from `$from` to before `$to` (Unix seconds, UTC) to a new file at
    /// `$path`; `$format` is `csv` or `json`. Returns how many entries it has. The file is never held in memory.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn statement(
        &self,
        id: i64,
        from: i64,
        to: i64,
        format: &str,
        path: &str,
    ) -> PhpResult<i64> {
        let file = front::File {
            name: String::new(),
            partner: id,
            from,
            to,
            format: format.to_owned(),
            orders: None,
        };
        write_statement(&self.core, &file, path)
    }

    /// Verifies a statement under a partner's secret: `verified` (bool), and what it says (`partner`, `from`, `to`, `count`,
    /// `head`) or where it is not as it was drawn up (`line`, `entry`, `code`).
    pub fn verify(statement: BinarySlice<u8>, secret: &str) -> PhpResult<ZBox<ZendHashTable>> {
        judged(statement::verify(&**statement, secret.as_bytes()))
    }

    /// Verifies a statement in a file, as `verify()` does, in memory that does not grow with it.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException when the file cannot be opened
    pub fn verify_file(path: &str, secret: &str) -> PhpResult<ZBox<ZendHashTable>> {
        let file = File::open(path).map_err(away)?;
        judged(statement::verify(BufReader::new(file), secret.as_bytes()))
    }

    /// Compares a partner's own tags with the paid orders that came from him between two times (Unix seconds, UTC), those of the
    /// test mode left out. `$list` holds arrays with `tag` and, to be compared too, `amount` (a decimal string). Each finding has
    /// `tag`, `finding` (`found`, `missing_here`, `missing_there`, `duplicated`, `amount_differs`), `transids`, `amount`,
    /// `currency`, `state`.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    pub fn reconcile(
        &self,
        id: i64,
        from: i64,
        to: i64,
        list: &ZendHashTable,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let list: Vec<OwnTag> = if list.is_empty() {
            Vec::new()
        } else {
            convert::read(list)?
        };
        convert::answer(&self.core.compare_tags(id, (from, to), &list)?)
    }

    /// The last entries of a partner's ledger, newest first, up to `$limit` before number `$before` (0: the last). Partner 0:
    /// arrivals under keys that nobody has.
    ///
    /// @throws \ShopEngine\Exception\ShopException
    #[php(defaults(limit = 50, before = 0))]
    pub fn entries(&self, id: i64, limit: i64, before: i64) -> PhpResult<ZBox<ZendHashTable>> {
        let before = u64::from(count(before, "before")?);
        convert::answer(&self.core.last_entries(id, before, count(limit, "limit")?)?)
    }
}

/// What PHP sees of a partner.
#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    shop: i64,
    name: &'a str,
    key: &'a str,
    referer: &'a str,
    customer: i64,
    user: i64,
    enabled: bool,
    #[serde(flatten)]
    policy: &'a Policy,
}

impl<'a> Shown<'a> {
    fn of(partner: &'a Partner) -> Self {
        Self {
            id: partner.id,
            shop: partner.shop,
            name: &partner.name,
            key: &partner.key,
            referer: &partner.referer,
            customer: partner.customer,
            user: partner.user,
            enabled: partner.enabled,
            policy: &partner.policy,
        }
    }
}

/// Writes a statement, or the refused arrivals, to a new file; returns how many entries it has.
pub(super) fn write_statement(
    core: &engine::Engine,
    file: &front::File,
    path: &str,
) -> PhpResult<i64> {
    let format =
        Format::parse(&file.format).ok_or_else(|| value_error("format must be `csv` or `json`"))?;
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .map_err(away)?;
    let mut out = BufWriter::new(opened);
    let entries = front::write_file(core, file, format, &mut out)?;
    Ok(i64::try_from(entries).unwrap_or(i64::MAX))
}

#[derive(Serialize)]
struct Judged {
    verified: bool,
    #[serde(flatten)]
    what: Option<Verified>,
    line: u64,
    entry: u64,
    code: &'static str,
}

fn judged(result: Result<Verified, StatementError>) -> PhpResult<ZBox<ZendHashTable>> {
    let (what, error) = match result {
        Ok(what) => (Some(what), None),
        Err(error) => (None, Some(error)),
    };
    convert::answer(&Judged {
        verified: what.is_some(),
        what,
        line: error.as_ref().map_or(0, |error| error.line),
        entry: error.as_ref().map_or(0, |error| error.entry),
        code: error.as_ref().map_or("", StatementError::code),
    })
}

fn shown(partner: &Partner) -> PhpResult<ZBox<ZendHashTable>> {
    convert::answer(&Shown::of(partner))
}

fn away(error: std::io::Error) -> DatabaseError {
    DatabaseError::Failed(error.to_string())
}

fn user(id: i64) -> User {
    User {
        id,
        username: String::new(),
        email: String::new(),
        firstname: String::new(),
        lastname: String::new(),
        may: vec![Permission::Partners],
    }
}

fn count(number: i64, name: &str) -> PhpResult<u32> {
    u32::try_from(number).map_err(|_| value_error(&format!("{name} must not be negative")))
}
