//! What the arrival of a buyer proves: the partner's link authenticates him, identifies him, merely names the partner, or not
//! even that. Every condition that failed is told, to the seller and to the partner; the buyer is told nothing of it.

use url::{Origin, Url};

use super::email_address::folded;
use super::signature::Signature;

/// How far an arrival is believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trust {
    /// The partner vouches for the buyer: he is the account's owner, for this purchase.
    Authenticated,
    /// The e-mail is that of one account; nothing proves that the buyer is its owner.
    Identified,
    /// Only the partner is known.
    Named,
    /// The partner is not credited.
    Refused,
}

impl Trust {
    /// The word in ledgers and traces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::Identified => "identified",
            Self::Named => "named",
            Self::Refused => "refused",
        }
    }
}

/// A condition that an arrival does not meet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// The buyer is logged in: there is nobody to authenticate.
    AlreadyLoggedIn,
    /// The e-mail is one that this partner may never authenticate.
    BuyerExcluded,
    /// The account may administer something: it logs in itself, whatever the policy.
    BuyerPrivileged,
    /// The code cannot be read.
    CodeUnreadable,
    /// Several active accounts have the e-mail.
    EmailAmbiguous,
    /// The code names no e-mail.
    EmailMissing,
    /// No active account has the e-mail.
    EmailUnknown,
    /// The partner is registered and disabled.
    KeyDisabled,
    /// No partner has this key.
    KeyUnknown,
    /// The link was signed for a time that is over.
    LinkExpired,
    /// The request did not come over HTTPS.
    NotHttps,
    /// The plugin places orders itself, and would write a vouched buyer's data into the account.
    PluginPlaces,
    /// The plugin shows placed orders itself, and would show a buyer by an unsigned link what is masked.
    PluginShows,
    /// The partner may only name buyers.
    PolicyNames,
    /// The request says nothing of where it comes from.
    RefererMissing,
    /// It comes from elsewhere than the partner's site.
    RefererOther,
    /// The partner's site is not on record, or not as an address.
    RefererUnregistered,
    /// This partner must sign, and the link is not signed.
    SignatureMissing,
    /// The link was changed, or signed with another secret.
    SignatureWrong,
    /// Without a tag an arrival cannot be told from its repetition.
    TagMissing,
    /// A signed link came again, in another session.
    TagReplayed,
    /// The tag has authenticated someone before.
    TagUsed,
    /// The partner authenticates buyers by signed links only, and this one is not signed.
    UnsignedNames,
}

impl Condition {
    /// Stable name, also the key of the language string.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyLoggedIn => "arrival_already_logged_in",
            Self::BuyerExcluded => "arrival_buyer_excluded",
            Self::BuyerPrivileged => "arrival_buyer_privileged",
            Self::CodeUnreadable => "arrival_code_unreadable",
            Self::EmailAmbiguous => "arrival_email_ambiguous",
            Self::EmailMissing => "arrival_email_missing",
            Self::EmailUnknown => "arrival_email_unknown",
            Self::KeyDisabled => "arrival_key_disabled",
            Self::KeyUnknown => "arrival_key_unknown",
            Self::LinkExpired => "arrival_link_expired",
            Self::NotHttps => "arrival_not_https",
            Self::PluginPlaces => "arrival_plugin_places",
            Self::PluginShows => "arrival_plugin_shows",
            Self::PolicyNames => "arrival_policy_names",
            Self::RefererMissing => "arrival_referer_missing",
            Self::RefererOther => "arrival_referer_other",
            Self::RefererUnregistered => "arrival_referer_unregistered",
            Self::SignatureMissing => "arrival_signature_missing",
            Self::SignatureWrong => "arrival_signature_wrong",
            Self::TagMissing => "arrival_tag_missing",
            Self::TagReplayed => "arrival_tag_replayed",
            Self::TagUsed => "arrival_tag_used",
            Self::UnsignedNames => "arrival_unsigned_names",
        }
    }

    /// Does it cost the partner his credit? A sale it never costs.
    pub fn refuses(self) -> bool {
        matches!(
            self,
            Self::CodeUnreadable
                | Self::KeyDisabled
                | Self::KeyUnknown
                | Self::LinkExpired
                | Self::SignatureMissing
                | Self::SignatureWrong
                | Self::TagReplayed
        )
    }
}

/// What is known of an arrival whose key is registered and enabled.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The request came over HTTPS.
    pub https: bool,
    /// `Referer` of the request, or ''.
    pub referer: &'a str,
    /// The partner's site as registered.
    pub registered: &'a str,
    /// The partner may authenticate buyers.
    pub authenticates: bool,
    /// The partner's links must be signed.
    pub must_sign: bool,
    /// The seller has confirmed that the partner's unsigned links authenticate buyers too.
    pub unsigned_links: bool,
    /// What the signature is worth.
    pub signature: Signature,
    /// The buyer is logged in.
    pub logged_in: bool,
    /// The code has a tag.
    pub tagged: bool,
    /// The code names an e-mail.
    pub named: bool,
    /// Active accounts that have it; more than two are two.
    pub accounts: usize,
    /// The partner must never authenticate this e-mail.
    pub excluded: bool,
    /// The account may administer something.
    pub privileged: bool,
    /// The plugin places orders itself.
    pub plugin_places: bool,
    /// The plugin shows placed orders itself.
    pub plugin_shows: bool,
}

/// Every condition that fails, apart from those of the tag's past.
#[must_use]
pub fn failures(facts: &Facts<'_>) -> Vec<Condition> {
    let mut failed = Vec::new();
    let mut note = |fails: bool, condition| {
        if fails {
            failed.push(condition);
        }
    };
    note(
        facts.signature == Signature::Wrong,
        Condition::SignatureWrong,
    );
    note(
        facts.signature == Signature::Expired,
        Condition::LinkExpired,
    );
    note(
        facts.must_sign && facts.signature == Signature::Absent,
        Condition::SignatureMissing,
    );
    note(!facts.https, Condition::NotHttps);
    // A signature proves more than a `Referer`: it is enough where no site is on record.
    let signed = facts.signature == Signature::Valid;
    if !(signed && facts.registered.is_empty())
        && let Err(condition) = comes_from(facts.registered, facts.referer)
    {
        note(true, condition);
    }
    note(!facts.authenticates, Condition::PolicyNames);
    let only_named = facts.signature == Signature::Absent && !facts.must_sign;
    note(
        facts.authenticates && only_named && !facts.unsigned_links,
        Condition::UnsignedNames,
    );
    note(
        facts.authenticates && facts.plugin_places,
        Condition::PluginPlaces,
    );
    note(
        facts.authenticates && only_named && facts.unsigned_links && facts.plugin_shows,
        Condition::PluginShows,
    );
    note(!facts.tagged, Condition::TagMissing);
    note(!facts.named, Condition::EmailMissing);
    note(facts.named && facts.accounts == 0, Condition::EmailUnknown);
    note(facts.accounts > 1, Condition::EmailAmbiguous);
    note(facts.excluded, Condition::BuyerExcluded);
    note(facts.privileged, Condition::BuyerPrivileged);
    note(facts.logged_in, Condition::AlreadyLoggedIn);
    failed
}

/// How far an arrival is believed that fails these conditions.
#[must_use]
pub fn trust(failed: &[Condition], one_account: bool) -> Trust {
    if failed.iter().any(|condition| condition.refuses()) {
        Trust::Refused
    } else if failed.is_empty() {
        Trust::Authenticated
    } else if one_account {
        Trust::Identified
    } else {
        Trust::Named
    }
}

/// Does a request with this `Referer` come from the registered site? Origins are compared (RFC 6454: scheme, host and port),
/// never texts: `https://partner.example.evil.example/` is not `https://partner.example`.
///
/// # Errors
/// The condition that fails.
pub fn comes_from(registered: &str, referer: &str) -> Result<(), Condition> {
    let registered = origin(registered).ok_or(Condition::RefererUnregistered)?;
    if referer.is_empty() {
        return Err(Condition::RefererMissing);
    }
    match origin(referer) {
        Some(origin) if origin == registered => Ok(()),
        _ => Err(Condition::RefererOther),
    }
}

/// The origin of an http or https address.
#[must_use]
pub fn origin(address: &str) -> Option<Origin> {
    let url = Url::parse(address.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin())
}

/// Is an e-mail among those that a partner never authenticates: named whole, or by its domain (`@example.org`)?
#[must_use]
pub fn is_excluded(excluded: &[String], email: &str) -> bool {
    let email = folded(email);
    excluded.iter().any(|one| {
        let one = folded(one);
        if one.starts_with('@') {
            email.ends_with(&one)
        } else {
            email == one
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Facts<'_> = Facts {
        https: true,
        referer: "https://partenaire.example/offre?id=1",
        registered: "https://partenaire.example/",
        authenticates: true,
        must_sign: false,
        unsigned_links: true,
        signature: Signature::Absent,
        logged_in: false,
        tagged: true,
        named: true,
        accounts: 1,
        excluded: false,
        privileged: false,
        plugin_places: false,
        plugin_shows: false,
    };

    #[test]
    fn only_all_conditions_together_authenticate() {
        let judge = |facts: Facts<'_>| {
            let failed = failures(&facts);
            let codes: Vec<_> = failed.iter().map(|condition| condition.code()).collect();
            (trust(&failed, facts.accounts == 1), codes.join(" "))
        };
        use Trust::{Authenticated, Identified, Named, Refused};
        for (facts, expected, why) in [
            (GOOD, Authenticated, ""),
            (
                Facts {
                    https: false,
                    ..GOOD
                },
                Identified,
                "arrival_not_https",
            ),
            (
                Facts {
                    referer: "",
                    ..GOOD
                },
                Identified,
                "arrival_referer_missing",
            ),
            (
                Facts {
                    referer: "https://other.example/",
                    ..GOOD
                },
                Identified,
                "arrival_referer_other",
            ),
            (
                Facts {
                    registered: "",
                    ..GOOD
                },
                Identified,
                "arrival_referer_unregistered",
            ),
            (
                Facts {
                    authenticates: false,
                    ..GOOD
                },
                Identified,
                "arrival_policy_names",
            ),
            (
                Facts {
                    tagged: false,
                    ..GOOD
                },
                Identified,
                "arrival_tag_missing",
            ),
            (
                Facts {
                    named: false,
                    accounts: 0,
                    ..GOOD
                },
                Named,
                "arrival_email_missing",
            ),
            (
                Facts {
                    accounts: 0,
                    ..GOOD
                },
                Named,
                "arrival_email_unknown",
            ),
            (
                Facts {
                    accounts: 2,
                    ..GOOD
                },
                Named,
                "arrival_email_ambiguous",
            ),
            (
                Facts {
                    excluded: true,
                    ..GOOD
                },
                Identified,
                "arrival_buyer_excluded",
            ),
            (
                Facts {
                    privileged: true,
                    ..GOOD
                },
                Identified,
                "arrival_buyer_privileged",
            ),
            (
                Facts {
                    logged_in: true,
                    ..GOOD
                },
                Identified,
                "arrival_already_logged_in",
            ),
            (
                Facts {
                    must_sign: true,
                    ..GOOD
                },
                Refused,
                "arrival_signature_missing",
            ),
            (
                Facts {
                    signature: Signature::Wrong,
                    ..GOOD
                },
                Refused,
                "arrival_signature_wrong",
            ),
            (
                Facts {
                    signature: Signature::Expired,
                    ..GOOD
                },
                Refused,
                "arrival_link_expired",
            ),
            (
                Facts {
                    unsigned_links: false,
                    ..GOOD
                },
                Identified,
                "arrival_unsigned_names",
            ),
            (
                Facts {
                    plugin_places: true,
                    ..GOOD
                },
                Identified,
                "arrival_plugin_places",
            ),
            (
                Facts {
                    plugin_shows: true,
                    ..GOOD
                },
                Identified,
                "arrival_plugin_shows",
            ),
            (
                Facts {
                    plugin_shows: true,
                    signature: Signature::Valid,
                    ..GOOD
                },
                Authenticated,
                "",
            ),
            (
                Facts {
                    must_sign: true,
                    signature: Signature::Valid,
                    unsigned_links: false,
                    ..GOOD
                },
                Authenticated,
                "",
            ),
            (
                Facts {
                    registered: "",
                    referer: "",
                    signature: Signature::Valid,
                    unsigned_links: false,
                    ..GOOD
                },
                Authenticated,
                "",
            ),
            (
                Facts {
                    referer: "",
                    signature: Signature::Valid,
                    ..GOOD
                },
                Identified,
                "arrival_referer_missing",
            ),
        ] {
            assert_eq!(judge(facts), (expected, why.to_owned()), "{facts:?}");
        }
    }

    #[test]
    fn origins_are_compared_not_texts() {
        let site = "https://partenaire.example";
        for same in [
            "https://partenaire.example/",
            "https://PARTENAIRE.example:443/a?b#c",
        ] {
            assert_eq!(comes_from(site, same), Ok(()), "{same}");
        }
        for other in [
            "http://partenaire.example/",
            "https://partenaire.example:8443/",
            "https://partenaire.example.evil.example/",
            "https://evil.example/?https://partenaire.example/",
            "https://partenaire.example@evil.example/",
            "https://www.partenaire.example/",
            "partenaire.example",
            "null",
        ] {
            assert_eq!(
                comes_from(site, other),
                Err(Condition::RefererOther),
                "{other}"
            );
        }
    }

    #[test]
    fn an_exclusion_is_an_email_or_a_domain() {
        let excluded = ["@staff.example".to_owned(), "Boss@example.org".to_owned()];
        assert!(is_excluded(&excluded, "a@STAFF.example"));
        assert!(is_excluded(&excluded, "boss@example.org"));
        assert!(!is_excluded(&excluded, "a@notstaff.example"));
    }
}
