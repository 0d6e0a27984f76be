//! The arrival of a buyer by a partner's link: judged, written into the partner's ledger, and its tag used up.

use sha2::{Digest, Sha256};

use crate::database::{Database, DatabaseError, Value};
use crate::domain::arrival::{Condition, Facts, Trust, failures, is_excluded, trust};
use crate::domain::email_address::{folded, is_same};
use crate::domain::partner::PartnerCode;
use crate::domain::signature;
use crate::domain::statement::Entry;
use crate::domain::transaction_id::TransactionId;

use super::{Buyer, Engine, Partner, Result, User, Work};

/// What came.
#[derive(Clone, Copy, Debug)]
pub struct Arriving<'a> {
    /// The partner code as the link has it.
    pub code: &'a str,
    /// The raw query of the link.
    pub query: &'a [u8],
    /// The request came over HTTPS.
    pub https: bool,
    /// Its `Referer`, or ''.
    pub referer: &'a str,
    /// Who came.
    pub buyer: &'a Buyer,
    /// The transaction begun for him.
    pub transaction: Option<&'a TransactionId>,
    /// The plugin places orders itself: nobody is authenticated then.
    pub plugin_places: bool,
    /// The plugin shows placed orders itself: an unsigned link authenticates nobody then.
    pub plugin_shows: bool,
}

/// What is made of it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// How far it is believed.
    pub trust: Trust,
    /// Every condition that failed.
    pub failed: Vec<Condition>,
    /// The code, where it can be read.
    pub code: Option<PartnerCode>,
    /// The partner's row id, or 0.
    pub partner: i64,
    /// The account that the partner vouches for, with [`Trust::Authenticated`] alone.
    pub account: Option<User>,
    /// The link carries a signature; a valid one, unless the arrival is refused.
    pub signed: bool,
}

impl Engine {
    /// Judges an arrival and keeps it in the ledger. What is wrong with it never stops a sale.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn arrive(&self, arriving: &Arriving<'_>) -> Result<Arrival> {
        let (code, mut failed) = match PartnerCode::parse(arriving.code) {
            Ok(code) => (Some(code), Vec::new()),
            Err(_) => (None, vec![Condition::CodeUnreadable]),
        };
        let partner = match &code {
            Some(code) => Partner::of_key(self.database(), code.key())?,
            None => None,
        };
        let mut accounts = Vec::new();
        if let (Some(code), Some(partner)) = (&code, &partner) {
            accounts = self.accounts(code.email());
            failed = self.judge(arriving, code, partner, &accounts);
        } else if failed.is_empty() {
            failed.push(Condition::KeyUnknown);
        }
        let one = <[User; 1]>::try_from(accounts).ok().map(|[user]| user);
        self.transact(|work| {
            let mut arrival = Arrival {
                trust: trust(&failed, one.is_some()),
                failed: failed.clone(),
                code: code.clone(),
                partner: partner.as_ref().map_or(0, |partner| partner.id),
                account: one.clone(),
                signed: signature::signature_of(arriving.query).is_some(),
            };
            work.arrive(arriving, &mut arrival)?;
            if arrival.trust != Trust::Authenticated {
                arrival.account = None;
            }
            Ok(arrival)
        })
    }

    /// The account that a partner vouched for earlier in the session, by a signed link or an unsigned one, if the partner still
    /// may.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn vouched(&self, user: i64, partner: i64, signed: bool) -> Result<Option<User>> {
        let database = self.database();
        let may = match Partner::find(database, partner)? {
            Some(partner) => {
                let policy = &partner.policy;
                partner.enabled
                    && policy.authenticates
                    && (signed || policy.trusts_unsigned_links())
            }
            None => false,
        };
        if !may || self.is_privileged(user) {
            return Ok(None);
        }
        Ok(active(database, "id = ?", user.into())?.pop())
    }

    /// Active accounts with an e-mail, at most two; none where they cannot be read: nobody is authenticated then.
    fn accounts(&self, email: Option<&str>) -> Vec<User> {
        let Some(email) = email else {
            return Vec::new();
        };
        let found = active(self.database(), "LOWER(email) = ?", folded(email).into());
        let mut accounts = found.unwrap_or_else(|error| {
            self.note(None, &format!("Accounts not readable : {error}"));
            Vec::new()
        });
        accounts.retain(|account| is_same(&account.email, email));
        accounts.truncate(2);
        accounts
    }

    /// May this account administer anything? Where that cannot be read, it may.
    fn is_privileged(&self, user: i64) -> bool {
        is_privileged(self.database(), user).unwrap_or_else(|error| {
            self.note(None, &format!("Roles not readable : {error}"));
            true
        })
    }

    fn judge(
        &self,
        arriving: &Arriving<'_>,
        code: &PartnerCode,
        partner: &Partner,
        accounts: &[User],
    ) -> Vec<Condition> {
        // The same work for an enabled key and a disabled one.
        let now = self.now().seconds();
        let signature = signature::check(arriving.query, partner.secret.expose(), now);
        let email = code.email();
        let privileged = match accounts {
            [account] => self.is_privileged(account.id),
            _ => false,
        };
        let mut failed = failures(&Facts {
            https: arriving.https,
            referer: arriving.referer,
            registered: &partner.referer,
            authenticates: partner.policy.authenticates,
            must_sign: partner.policy.signature,
            unsigned_links: partner.policy.unsigned_links,
            signature,
            logged_in: arriving.buyer.user.is_some(),
            tagged: code.tag().is_some(),
            named: email.is_some(),
            accounts: accounts.len(),
            excluded: email.is_some_and(|email| is_excluded(&partner.policy.excluded, email)),
            privileged,
            plugin_places: arriving.plugin_places,
            plugin_shows: arriving.plugin_shows,
        });
        if !partner.enabled {
            failed.insert(0, Condition::KeyDisabled);
        }
        failed
    }
}

impl Work<'_> {
    fn arrive(&mut self, arriving: &Arriving<'_>, arrival: &mut Arrival) -> Result<()> {
        // A signature that is wrong is none.
        let vouched = arrival.partner == 0 || (arrival.signed && arrival.trust != Trust::Refused);
        let beyond = !vouched && self.is_beyond(arrival.partner)?;
        let link = if beyond {
            None
        } else {
            Some(self.lock_chain(arrival.partner)?)
        };
        let tag = arrival.code.as_ref().and_then(PartnerCode::tag).cloned();
        if let Some(tag) = tag.filter(|_| consumes_tag(arrival)) {
            self.consume_tag(arriving, arrival, tag.as_str())?;
        }
        let Some(link) = link else {
            return self.sum_arrival(arrival.partner, arrival.trust);
        };
        let codes: Vec<&str> = arrival
            .failed
            .iter()
            .map(|condition| condition.code())
            .collect();
        let short: Vec<&str> = codes
            .iter()
            .map(|code| code.trim_start_matches("arrival_"))
            .collect();
        let tag = match (&arrival.code, arrival.partner) {
            // What nobody vouches for as a code is kept as it came.
            (_, 0) => arriving.code,
            (Some(code), _) => code.tag().map_or("", |tag| tag.as_str()),
            (None, _) => "",
        };
        let entry = Entry {
            kind: "arrival".to_owned(),
            tag: printable(tag),
            transid: arriving
                .transaction
                .map(ToString::to_string)
                .unwrap_or_default(),
            state: arrival.trust.as_str().to_owned(),
            note: short.join(" ").chars().take(255).collect(),
            ..Entry::default()
        };
        self.enter(link, entry)
    }

    /// Uses up a tag, or lowers the trust in an arrival whose tag is used up.
    fn consume_tag(
        &mut self,
        arriving: &Arriving<'_>,
        arrival: &mut Arrival,
        tag: &str,
    ) -> Result<()> {
        let owner = arriving.buyer.owner_key();
        let mut tag = self.claim_tag(arrival.partner, tag, &owner, 0)?;
        if arrival.signed && !tag.by_signature {
            // Whoever knows the key can send unsigned links: what they did to the tag does not count against a signature.
            self.database.execute(
                "UPDATE {local_shopengine_tag} SET userid = 0, ownerkey = ?, bysignature = 1 WHERE id = ?",
                &[owner.as_str().into(), tag.id.into()],
            )?;
            tag.owner.clone_from(&owner);
            tag.user = 0;
        } else if arrival.signed && tag.owner != owner {
            // The buyer who presses the link twice is the same buyer; whoever copied it is not.
            arrival.failed.push(Condition::TagReplayed);
            arrival.trust = Trust::Refused;
            return Ok(());
        }
        if arrival.trust != Trust::Authenticated {
            return Ok(());
        }
        let user = arrival.account.as_ref().map_or(0, |account| account.id);
        let again = tag.user == user && tag.owner == owner && !owner.is_empty();
        let used = tag.user != 0 || (tag.by_signature && !arrival.signed);
        if used && !again {
            arrival.failed.push(Condition::TagUsed);
            arrival.trust = Trust::Identified;
        } else if tag.user == 0 {
            self.database.execute(
                "UPDATE {local_shopengine_tag} SET userid = ?, ownerkey = ? WHERE id = ? AND userid = 0",
                &[user.into(), owner.as_str().into(), tag.id.into()],
            )?;
        }
        Ok(())
    }
}

/// Does an arrival use up its tag? A signed one does, and one that authenticates; an unsigned link that merely names a buyer must
/// not spoil the tag of the signed one.
fn consumes_tag(arrival: &Arrival) -> bool {
    arrival.trust != Trust::Refused && (arrival.signed || arrival.trust == Trust::Authenticated)
}

/// May this account administer anything? Site administrators may; so may whoever has a role other than a learner's, or any
/// role that may manage trust, configure, or destroy data (bits 1, 2 and 32 of a capability's risks), or administer sales.
fn is_privileged(database: &dyn Database, user: i64) -> std::result::Result<bool, DatabaseError> {
    let rows = database.query(
        "SELECT id, value FROM {config} WHERE name = 'siteadmins'",
        &[],
    )?;
    let id = user.to_string();
    for row in &rows {
        if row
            .text("value")?
            .split(',')
            .any(|admin| admin.trim() == id)
        {
            return Ok(true);
        }
    }
    let roles = database.query(
        "SELECT ra.id FROM {role_assignments} ra JOIN {role} r ON r.id = ra.roleid
          WHERE ra.userid = ? AND r.archetype NOT IN ('student', 'user', 'guest', 'frontpage') LIMIT 1",
        &[user.into()],
    )?;
    if !roles.is_empty() {
        return Ok(true);
    }
    let risks = database.query(
        "SELECT rc.id FROM {role_assignments} ra
           JOIN {role_capabilities} rc ON rc.roleid = ra.roleid AND rc.permission = 1
           JOIN {capabilities} c ON c.name = rc.capability
          WHERE ra.userid = ? AND ((c.riskbitmask & 35) > 0 OR c.name = ? OR c.name LIKE ?) LIMIT 1",
        // Not in the text: Moodle takes the colon for a named parameter.
        &[
            user.into(),
            "local/shop:salesadmin".into(),
            "local/shopengine:%".into(),
        ],
    )?;
    Ok(!risks.is_empty())
}

/// Active accounts.
fn active(
    database: &dyn Database,
    condition: &str,
    value: Value,
) -> std::result::Result<Vec<User>, DatabaseError> {
    let sql = format!(
        "SELECT id, username, email, firstname, lastname FROM {{user}}
          WHERE {condition} AND deleted = 0 AND suspended = 0 AND confirmed = 1 AND auth <> 'nologin' AND username <> 'guest'"
    );
    let rows = database.query(&sql, &[value])?;
    let user = |row: &crate::database::Row| {
        Ok(User {
            id: row.int("id")?,
            username: row.text("username")?,
            email: row.text("email")?,
            firstname: row.text("firstname")?,
            lastname: row.text("lastname")?,
            may: Vec::new(),
        })
    };
    rows.iter().map(user).collect()
}

/// SHA-256 of a tag: keys of a table are compared without regard to case by some servers, tags are not.
pub(super) fn tag_key(tag: &str) -> String {
    signature::hex(&Sha256::digest(tag.as_bytes()))
}

/// A text for a ledger: 255 characters, none of which ends a line or a field.
fn printable(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars()
        .take(255)
        .map(|c| if breaks(c) { '\u{fffd}' } else { c })
        .collect()
}
