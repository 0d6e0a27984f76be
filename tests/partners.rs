//! The partner programme: what an arrival proves, who is credited, and what the ledger says of it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::collating::Collating;
use common::*;
use shopengine::clock::UnixMillis;
use shopengine::domain::signature;
use shopengine::domain::state::BillStatus;
use shopengine::domain::statement::{Format, verify};
use shopengine::engine::{Arriving, Named, OwnTag, PartnerChange, User};
use shopengine::front::{Answer, Request, Session, handle};
use shopengine::gateway;

const VIEW: &str = "/local/shop/front/view.php";
const SITE: &str = "https://partenaire.example/offre";
const SECRET: &[u8] = b"demo-secret";
const MARIE: &str = "marie_curie@example.org";
const MONTH: (i64, i64) = (NOW - 86_400, NOW + 86_400);

/// A browser that follows a link of a partner.
struct Browser<'a> {
    bench: &'a Bench,
    session: Session,
    user: Option<User>,
    https: bool,
    referer: &'static str,
}

impl<'a> Browser<'a> {
    fn new(bench: &'a Bench) -> Self {
        Self {
            bench,
            session: Session::default(),
            user: None,
            https: true,
            referer: SITE,
        }
    }

    fn send(&mut self, method: &str, query: &str, body: &str) -> Answer {
        let request = Request {
            method: method.into(),
            script: VIEW.into(),
            query: query.into(),
            body: body.into(),
            content_type: "application/x-www-form-urlencoded".into(),
            wwwroot: "https://shop.example".into(),
            https: self.https,
            referer: self.referer.into(),
            lang: "en".into(),
            sesskey: "sesskey1".into(),
            login_url: "https://shop.example/login/index.php".into(),
            user: self.user.clone(),
            session: self.session.clone(),
            ..Request::default()
        };
        let answer = handle(&self.bench.engine, &request);
        if !answer.session.is_null() {
            self.session = serde_json::from_value(answer.session.clone()).unwrap();
        }
        answer
    }

    /// The step to which a link leads.
    fn follow(&mut self, more: &str) -> String {
        let query = format!("shopid=1&what=import&monproduit=1&autodrive=1&{more}");
        self.follow_query(&query)
    }

    fn follow_query(&mut self, query: &str) -> String {
        let answer = self.send("GET", query, "");
        assert_eq!(answer.status, 303, "{answer:?}");
        let step = answer.location.split("view=").nth(1).unwrap();
        step.split('&').next().unwrap().to_owned()
    }

    fn order(&mut self) -> String {
        let answer = self.send(
            "POST",
            "",
            "sesskey=sesskey1&shopid=1&view=order&what=navigate&go=1&paymode=test",
        );
        assert!(answer.location.contains("view=payment"), "{answer:?}");
        self.session.cart.transid.clone().unwrap().to_string()
    }

    fn declare(&mut self) {
        let answer = self.send(
            "POST",
            "",
            "sesskey=sesskey1&shopid=1&view=customer&what=navigate&go=1&customerinfo::firstname=Zoe&customerinfo::lastname=Martin\
             &customerinfo::address=x&customerinfo::zip=75001&customerinfo::city=Paris&customerinfo::country=FR\
             &customerinfo::email=zoe@example.net",
        );
        assert!(answer.location.contains("view=order"), "{answer:?}");
    }
}

/// State and note of the last entry of a partner's ledger.
fn last(bench: &Bench, partner: i64) -> (String, String) {
    let entry = bench
        .engine
        .last_entries(partner, 0, 1)
        .unwrap()
        .pop()
        .unwrap();
    (entry.state, entry.note)
}

fn change(bench: &Bench, change: PartnerChange) {
    bench
        .engine
        .change_partner(1, &change, &user(2, "admin@example.org", true))
        .unwrap();
}

fn statement(bench: &Bench, format: Format) -> String {
    let mut out = Vec::new();
    bench.engine.statement(1, MONTH, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn b27_all_conditions_together_authenticate_and_the_email_arrives_whole() {
    let bench = Bench::new();
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "order"
    );
    assert_eq!(last(&bench, 1), ("authenticated".into(), String::new()));
    let transid = browser.order();
    assert_eq!(bench.text("SELECT customer AS t FROM {local_shopengine_order}"), bench.text(
        "SELECT json_object('firstname', firstname, 'lastname', lastname, 'organisation', organisation, 'address', address,
                'zip', zip, 'city', city, 'country', country, 'email', email) AS t FROM {local_shop_customer} WHERE id = 2"));
    assert_eq!(
        bench.count(&format!(
            "SELECT userid AS n FROM {{local_shopengine_order}} WHERE transactionid = '{transid}'"
        )),
        4
    );
    let log = bench.log();
    assert!(
        log.contains(&format!(
            "] Partner call. Partner data : ACADEMIE_t1_{MARIE} (known)"
        )),
        "{log}"
    );
    assert!(log.contains("] Partner arrival : authenticated"), "{log}");
}

#[test]
fn what_fails_is_told_to_the_ledger_and_not_to_the_buyer() {
    for (https, referer, code, state, note) in [
        (
            false,
            SITE,
            "ACADEMIE_t_marie_curie@example.org",
            "identified",
            "not_https",
        ),
        (
            true,
            "",
            "ACADEMIE_t_marie_curie@example.org",
            "identified",
            "referer_missing",
        ),
        (
            true,
            "https://partenaire.example.evil.example/",
            "ACADEMIE_t_marie_curie@example.org",
            "identified",
            "referer_other",
        ),
        (
            true,
            SITE,
            "ACADEMIE_t_nobody@example.org",
            "named",
            "email_unknown",
        ),
        (true, SITE, "ACADEMIE_t", "named", "email_missing"),
        (
            true,
            SITE,
            "ACADEMIE__marie_curie@example.org",
            "identified",
            "tag_missing",
        ),
    ] {
        let bench = Bench::new();
        let mut browser = Browser::new(&bench);
        browser.https = https;
        browser.referer = referer;
        assert_eq!(browser.follow(&format!("partner={code}")), "customer");
        assert_eq!(last(&bench, 1), (state.into(), note.into()), "{code}");
        assert_eq!(browser.session.cart.customerinfo.lastname, "");
        assert!(browser.session.vouched.is_none());
        // He is credited all the same.
        browser.declare();
        let transid = browser.order();
        let bill = bench.count(&format!(
            "SELECT r.partnerid AS n FROM {{local_shopengine_referral}} r JOIN {{local_shop_bill}} b ON b.id = r.billid \
              WHERE b.transactionid = '{transid}'"
        ));
        assert_eq!(bill, 1);
    }
}

/// nobody acts in the name of an account by naming its e-mail, least of all of one that administers.
#[test]
fn a29_a_privileged_account_is_never_authenticated() {
    let bench = Bench::new();
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow("partner=ACADEMIE_t1_admin@example.org"),
        "customer"
    );
    assert_eq!(
        last(&bench, 1),
        ("identified".into(), "buyer_privileged".into())
    );
    // Whoever has a role that is no learner's.
    bench.sql("INSERT INTO {role} (id, shortname, archetype) VALUES (3, 'editingteacher', 'editingteacher'), (5, 'student', 'student')");
    bench.sql("INSERT INTO {role_assignments} (id, roleid, contextid, userid) VALUES (1, 5, 1, 4), (2, 3, 1, 3)");
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow("partner=ACADEMIE_t2_jean.dupont@example.org"),
        "customer"
    );
    assert_eq!(last(&bench, 1).1, "buyer_privileged");
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow(&format!("partner=ACADEMIE_t3_{MARIE}")),
        "order"
    );
    // A learner's role that may do more than a learner's.
    bench.sql(
        "INSERT INTO {capabilities} (id, name, riskbitmask) VALUES (1, 'moodle/site:config', 62)",
    );
    bench.sql("INSERT INTO {role_capabilities} (id, contextid, roleid, capability, permission) VALUES (1, 1, 5, 'moodle/site:config', 1)");
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow(&format!("partner=ACADEMIE_t4_{MARIE}")),
        "customer"
    );
    assert_eq!(last(&bench, 1).1, "buyer_privileged");
    // Or than a buyer does, with none of these risks.
    for (tag, capability) in [
        ("t5", "local/shop:salesadmin"),
        ("t6", "local/shopengine:viewtrace"),
        ("t7", "mod/forum:rate"),
    ] {
        bench.sql(&format!(
            "UPDATE {{capabilities}} SET name = '{capability}', riskbitmask = 8"
        ));
        bench.sql(&format!(
            "UPDATE {{role_capabilities}} SET capability = '{capability}'"
        ));
        let reached = if tag == "t7" { "order" } else { "customer" };
        let mut browser = Browser::new(&bench);
        assert_eq!(
            browser.follow(&format!("partner=ACADEMIE_{tag}_{MARIE}")),
            reached,
            "{capability}"
        );
    }
}

#[test]
fn who_may_not_be_vouched_for_any_more_is_nobody_at_once() {
    let bench = Bench::new();
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "order"
    );
    bench.sql("UPDATE {user} SET siteadmin = 1 WHERE id = 4");
    let answer = browser.send("GET", "view=order&shopid=1", "");
    assert!(answer.location.contains("view=customer"), "{answer:?}");
    assert_eq!(browser.session.cart.customerinfo.lastname, "");
    assert!(browser.session.vouched.is_none());
}

#[test]
fn a_vouched_buyer_does_not_see_what_the_account_bought_before() {
    let bench = Bench::new();
    let marie = member(4, MARIE, false);
    let mut cart = cart(&[("monproduit", 1)]);
    cart.customerinfo.email = MARIE.into();
    let placed = bench.place(&cart, &marie, "check").unwrap();
    let mut browser = Browser::new(&bench);
    assert_eq!(
        browser.follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "order"
    );
    let page = |browser: &mut Browser<'_>| {
        let answer = browser.send(
            "GET",
            &format!("view=bill&shopid=1&{}", naming(&placed.transid)),
            "",
        );
        answer.page
    };
    assert_eq!(page(&mut browser), "error");
    browser.user = marie.user;
    assert_eq!(page(&mut browser), "bill");
}

#[test]
fn a_tag_authenticates_once() {
    let bench = Bench::new();
    let mut first = Browser::new(&bench);
    let link = format!("partner=ACADEMIE_t1_{MARIE}");
    assert_eq!(first.follow(&link), "order");
    // The same buyer presses the link again.
    assert_eq!(first.follow(&link), "order");
    let mut second = Browser::new(&bench);
    assert_eq!(second.follow(&link), "customer");
    assert_eq!(last(&bench, 1), ("identified".into(), "tag_used".into()));
    // Another letter case is another tag, on every server.
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_T1_{MARIE}")),
        "order"
    );
    // Whoever only looks uses nothing up.
    Browser::new(&bench).send(
        "HEAD",
        &format!("shopid=1&what=import&monproduit=1&partner=ACADEMIE_t9_{MARIE}"),
        "",
    );
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t9_{MARIE}")),
        "order"
    );
}

#[test]
fn two_accounts_with_one_email_are_nobody() {
    let bench = Bench::new();
    bench.sql(
        "INSERT INTO {user} (id, username, email, firstname, lastname, password, suspended) VALUES
        (9, 'marie2', 'Marie_Curie@example.org', 'M', 'C', '', 1)",
    );
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "order"
    );
    bench.sql("UPDATE {user} SET suspended = 0 WHERE id = 9");
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t2_{MARIE}")),
        "customer"
    );
    assert_eq!(last(&bench, 1), ("named".into(), "email_ambiguous".into()));
    bench.sql("UPDATE {user} SET deleted = 1 WHERE id = 9");
    bench.sql("UPDATE {user} SET confirmed = 0 WHERE id = 4");
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t3_{MARIE}")),
        "customer"
    );
}

#[test]
fn the_policy_of_a_partner_decides() {
    let bench = Bench::new();
    change(
        &bench,
        PartnerChange {
            excluded: Some(vec!["@example.org".into()]),
            ..Default::default()
        },
    );
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "customer"
    );
    assert_eq!(last(&bench, 1).1, "buyer_excluded");
    change(
        &bench,
        PartnerChange {
            excluded: Some(vec![]),
            authenticates: Some(false),
            ..Default::default()
        },
    );
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "customer"
    );
    assert_eq!(last(&bench, 1).1, "policy_names");
    // A partner of whom the engine knows no policy only names.
    bench.sql("DELETE FROM {local_shopengine_partner}");
    assert_eq!(
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t1_{MARIE}")),
        "customer"
    );
}

#[test]
fn who_is_not_credited_does_not_stop_a_sale() {
    let long = format!("ACADEMIE_{}", "x".repeat(400));
    for (code, partner, note) in [
        ("NOBODY_t1", 0, "key_unknown"),
        ("academie_t1", 0, "key_unknown"),
        ("a-b_t1", 0, "code_unreadable"),
        (long.as_str(), 0, "code_unreadable"),
        ("SUSPENDU_t1_marie_curie@example.org", 2, "key_disabled"),
    ] {
        let bench = Bench::new();
        let mut browser = Browser::new(&bench);
        assert_eq!(
            browser.follow(&format!("partner={code}")),
            "customer",
            "{code}"
        );
        let (state, why) = last(&bench, partner);
        assert_eq!(state, "refused");
        assert!(why.contains(note), "{code}: {why}");
        assert_eq!(browser.session.cart.units(), 1);
        assert!(browser.session.cart.uncredited);
        browser.declare();
        browser.order();
        assert_eq!(
            bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_referral}"),
            0
        );
    }
}

#[test]
fn unknown_and_disabled_keys_are_answered_alike() {
    let bench = Bench::new();
    let answers = ["NOBODY", "SUSPENDU"].map(|key| {
        let mut browser = Browser::new(&bench);
        let answer = browser.send(
            "GET",
            &format!("shopid=1&what=import&monproduit=1&autodrive=1&partner={key}_t_{MARIE}"),
            "",
        );
        let page = browser.send("GET", "view=customer&shopid=1", "");
        (answer.status, answer.location, page.data.to_string())
    });
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn an_email_of_an_account_is_answered_as_that_of_nobody() {
    let bench = Bench::new();
    let answers = ["marie_curie@example.org", "marie_jolie@example.org"].map(|email| {
        let mut browser = Browser::new(&bench);
        browser.referer = "";
        let answer = browser.send(
            "GET",
            &format!("shopid=1&what=import&monproduit=1&autodrive=1&partner=ACADEMIE_t_{email}"),
            "",
        );
        let page = browser.send("GET", "view=customer&shopid=1", "");
        (
            answer.location,
            page.data.to_string().replace(email, "EMAIL"),
        )
    });
    assert_eq!(answers[0], answers[1]);
}

fn signed(query: &str, expires: Option<i64>) -> String {
    let link = signature::sign(
        &format!("https://shop.example{VIEW}?{query}"),
        SECRET,
        expires,
    )
    .unwrap();
    link.split_once('?').unwrap().1.to_owned()
}

#[test]
fn a_required_signature_that_is_missing_wrong_or_old_refuses_the_credit() {
    let bench = Bench::new();
    change(
        &bench,
        PartnerChange {
            signature: Some(true),
            ..Default::default()
        },
    );
    let link = |tag: &str| {
        format!("shopid=1&what=import&monproduit=1&autodrive=1&partner=ACADEMIE_{tag}_{MARIE}")
    };
    let follow = |query: &str| {
        let step = Browser::new(&bench).follow_query(query);
        (step, last(&bench, 1).1)
    };
    assert_eq!(
        follow(&link("t1")),
        ("customer".into(), "signature_missing".into())
    );
    let good = signed(&link("t1"), Some(NOW + 60));
    assert_eq!(
        follow(&good.replace("monproduit=1", "monproduit=2")),
        ("customer".into(), "signature_wrong".into())
    );
    assert_eq!(
        follow(&signed(&link("t1"), Some(NOW))),
        ("customer".into(), "link_expired".into())
    );
    assert_eq!(follow(&good), ("order".into(), String::new()));
    // The same link in another session: refused by its tag.
    assert_eq!(follow(&good), ("customer".into(), "tag_replayed".into()));
    assert_eq!(last(&bench, 1).0, "refused");
    bench
        .engine
        .rotate_secret(1, &user(2, "admin@example.org", true))
        .unwrap();
    assert_eq!(
        follow(&signed(&link("t5"), None)),
        ("customer".into(), "signature_wrong".into())
    );
}

#[test]
fn what_comes_of_an_order_is_in_the_ledger_with_the_whole_tag() {
    let bench = Bench::new();
    let tag = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let mut browser = Browser::new(&bench);
    browser.follow(&format!("partner=ACADEMIE_{tag}_{MARIE}"));
    let transid = browser.order();
    let parsed = shopengine::domain::transaction_id::TransactionId::parse(&transid).unwrap();
    bench.pay(&parsed);
    bench.drain();
    let entries: Vec<_> = bench
        .engine
        .last_entries(1, 0, 10)
        .unwrap()
        .into_iter()
        .rev()
        .map(|entry| {
            format!(
                "{} {} {} {} {} {} {}",
                entry.kind,
                entry.tag == tag,
                entry.transid == transid,
                entry.state,
                entry.amount,
                entry.settled,
                entry.note
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            "arrival true true authenticated   ",
            "order true true PLACED 23.99 0.00 test",
            "order true true SOLDOUT 23.99 23.99 test",
            "order true true COMPLETE 23.99 23.99 test",
        ]
    );
    assert_eq!(
        bench.text("SELECT partnertag AS t FROM {local_shop_bill}"),
        "9f86d081884c7d65"
    );
    bench
        .engine
        .move_order(
            &bench.order(&parsed),
            shopengine::domain::state::BillStatus::Payback,
            &user(2, "a", true),
        )
        .unwrap();
    let entry = bench.engine.last_entries(1, 0, 1).unwrap().pop().unwrap();
    assert_eq!(
        (entry.state.as_str(), entry.refunded.as_str()),
        ("PAYBACK", "23.99")
    );
    for format in [Format::Csv, Format::Json] {
        let text = statement(&bench, format);
        assert_eq!(verify(text.as_bytes(), SECRET).unwrap().count, 5);
    }
}

#[test]
fn a_repeated_tag_is_marked_and_not_lost() {
    let bench = Bench::new();
    for _ in 0..2 {
        let mut browser = Browser::new(&bench);
        browser.follow("partner=ACADEMIE_twice");
        browser.declare();
        let transid = browser.order();
        bench.pay(&transid.parse().unwrap());
        // Payments of the test mode use no tag up.
        assert_eq!(last(&bench, 1), ("SOLDOUT".into(), "test".into()));
        live(&bench, "");
        let staff = user(2, "admin@example.org", true);
        let order = bench.order(&transid.parse().unwrap());
        bench
            .engine
            .move_order(&order, BillStatus::Complete, &staff)
            .unwrap();
    }
    assert_eq!(last(&bench, 1), ("COMPLETE".into(), "tag_repeated".into()));
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_bill} WHERE partnertag = 'twice'"),
        2
    );
    let list =
        [("twice", None), ("lost", None)].map(|(tag, amount): (&str, Option<&str>)| OwnTag {
            tag: tag.into(),
            amount: amount.map(str::to_owned),
        });
    let findings = bench.engine.compare_tags(1, MONTH, &list).unwrap();
    assert_eq!(findings[0].finding, "duplicated");
    assert_eq!(findings[0].transids.len(), 2);
    assert_eq!(findings[1].finding, "missing_here");
}

#[test]
fn a_list_of_tags_is_compared() {
    let bench = Bench::new();
    for tag in ["a", "b", "c"] {
        let mut browser = Browser::new(&bench);
        browser.follow(&format!("partner=ACADEMIE_{tag}"));
        browser.declare();
        let transid = browser.order();
        bench.pay(&shopengine::domain::transaction_id::TransactionId::parse(&transid).unwrap());
    }
    live(&bench, "");
    let list = [
        own("a", "23.99"),
        own("b", "24.00"),
        own("x", "1"),
        own("x", "1"),
    ];
    let findings = bench.engine.compare_tags(1, MONTH, &list).unwrap();
    let told: Vec<_> = findings
        .iter()
        .map(|finding| format!("{} {}", finding.tag, finding.finding))
        .collect();
    assert_eq!(
        told,
        [
            "a found",
            "b amount_differs",
            "x missing_here",
            "x missing_here",
            "c missing_there"
        ]
    );
    assert!(
        bench
            .engine
            .compare_tags(1, (0, 1), &[])
            .unwrap()
            .is_empty()
    );
}

/// What nobody paid is owed to nobody: as in the numbers of a statement.
#[test]
fn an_order_of_the_test_mode_is_missing_from_a_compared_list() {
    let bench = Bench::new();
    let mut transids = Vec::new();
    for tag in ["tried", "both", "both"] {
        let mut browser = Browser::new(&bench);
        browser.follow(&format!("partner=ACADEMIE_{tag}"));
        browser.declare();
        let transid = browser.order();
        bench.pay(&shopengine::domain::transaction_id::TransactionId::parse(&transid).unwrap());
        transids.push(transid);
    }
    let told = || -> Vec<_> {
        let list = [own("tried", "23.99"), own("both", "23.99")];
        let findings = bench.engine.compare_tags(1, MONTH, &list).unwrap();
        findings
            .into_iter()
            .map(|finding| (finding.tag, finding.finding, finding.transids))
            .collect()
    };
    let row = |tag: &str, finding: &'static str, transids: &[String]| {
        (tag.to_owned(), finding, transids.to_owned())
    };
    assert_eq!(
        told(),
        [
            row("tried", "missing_here", &[]),
            row("both", "missing_here", &[])
        ]
    );
    // Of two orders with a tag the one that money came for counts, and is no duplicate of the other.
    live(&bench, &format!("WHERE transactionid = '{}'", transids[2]));
    assert_eq!(
        told(),
        [
            row("tried", "missing_here", &[]),
            row("both", "found", &transids[2..])
        ]
    );
}

/// The demo's shop sells in the test mode: these orders are as if it did not.
fn live(bench: &Bench, which: &str) {
    bench.sql(&format!(
        "UPDATE {{local_shopengine_order}} SET test = 0 {which}"
    ));
}

fn own(tag: &str, amount: &str) -> OwnTag {
    OwnTag {
        tag: tag.into(),
        amount: Some(amount.into()),
    }
}

#[test]
fn a_statement_of_a_month_follows_the_one_before() {
    let bench = Bench::new();
    Browser::new(&bench).follow("partner=ACADEMIE_a");
    let next = NOW + 86_400;
    bench.clock.set(UnixMillis::from_seconds(next));
    Browser::new(&bench).follow("partner=ACADEMIE_b");
    Browser::new(&bench).follow("partner=ACADEMIE_c");
    let draw = |from, to| {
        let mut out = Vec::new();
        bench
            .engine
            .statement(1, (from, to), Format::Csv, &mut out)
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        let verified = verify(text.as_bytes(), SECRET).unwrap();
        (text, verified)
    };
    let (_, first) = draw(NOW, next);
    let (text, second) = draw(next, next + 1);
    assert_eq!((first.count, second.count), (1, 2));
    assert!(text.lines().next().unwrap().ends_with(&first.head));
    let (text, none) = draw(next + 1, next + 2);
    assert_eq!(none.count, 0);
    assert!(text.lines().next().unwrap().ends_with(&second.head));
    assert_eq!(draw(0, 1).1.count, 0);
}

#[test]
fn an_entry_changed_in_the_database_shows_in_the_statement() {
    let bench = Bench::new();
    for number in 0..5 {
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t{number}"));
    }
    bench.sql("UPDATE {local_shopengine_ledger} SET tag = 'other' WHERE seq = 3");
    let error = verify(statement(&bench, Format::Csv).as_bytes(), SECRET).unwrap_err();
    assert_eq!((error.entry, error.code()), (3, "statement_changed"));
    bench.sql("DELETE FROM {local_shopengine_ledger} WHERE seq = 2");
    let error = verify(statement(&bench, Format::Json).as_bytes(), SECRET).unwrap_err();
    assert_eq!((error.entry, error.code()), (2, "statement_missing"));
}

#[test]
fn partners_are_registered_changed_and_refused_with_a_sentence() {
    let bench = Bench::new();
    let by = user(2, "admin@example.org", true);
    let register = |key: &str, change: PartnerChange| bench.engine.register(1, key, &change, &by);
    let named = || PartnerChange {
        name: Some("École".into()),
        referer: Some("https://ecole.example".into()),
        ..Default::default()
    };
    let partner = register("ECOLE1", named()).unwrap();
    // A new partner signs.
    assert!(partner.enabled && !partner.policy.authenticates && partner.policy.signature);
    assert_eq!(partner.secret.expose().len(), 32);
    assert!(
        !format!("{partner:?}").contains(std::str::from_utf8(partner.secret.expose()).unwrap())
    );
    assert_eq!(code(register("ECOLE1", named())), "partner_key_taken");
    assert_eq!(code(register("É", named())), "partner_key_not_alphanumeric");
    assert_eq!(
        code(register("E2", PartnerChange::default())),
        "partner_name_invalid"
    );
    assert_eq!(
        code(register(
            "E3",
            PartnerChange {
                referer: Some("http://x.example".into()),
                ..named()
            }
        )),
        "partner_referer_invalid"
    );
    assert_eq!(
        code(register(
            "E3",
            PartnerChange {
                user: Some(99),
                ..named()
            }
        )),
        "partner_no_account"
    );
    assert_eq!(
        code(register(
            "E3",
            PartnerChange {
                customer: Some(99),
                ..named()
            }
        )),
        "partner_no_customer"
    );
    // A refusal leaves nothing behind.
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_partner} WHERE partnerkey LIKE 'E_'"),
        0
    );
    let off = PartnerChange {
        enabled: Some(false),
        ..Default::default()
    };
    assert!(
        !bench
            .engine
            .change_partner(partner.id, &off, &by)
            .unwrap()
            .enabled
    );
    assert_eq!(
        code(bench.engine.change_partner(77, &off, &by)),
        "partner_unknown"
    );
    let secret = bench.engine.rotate_secret(partner.id, &by).unwrap();
    assert_ne!(secret.expose(), partner.secret.expose());
    assert_eq!(bench.engine.partners(10, 0).unwrap().len(), 4);
    assert!(gateway::by_name("test").is_some());
}

/// Each vector of docs/partners.md, and its text from a link in the WHATWG encoding.
#[test]
fn the_vectors_of_the_documents_are_right() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/partners.md")).unwrap();
    let vectors: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `")?
                .strip_suffix("` |")?
                .split_once("` | `")
        })
        .filter(|(_, signature)| signature.len() == 64)
        .collect();
    assert_eq!(vectors.len(), 3);
    for (text, expected) in vectors {
        let query = format!(
            "{}&sig={expected}",
            text.replace("%20", "+").replace("%40", "@")
        );
        assert_eq!(signature::signed_text(query.as_bytes()), text);
        assert_eq!(
            signature::check(query.as_bytes(), SECRET, 0),
            signature::Signature::Valid,
            "{text}"
        );
    }
}

/// The program of tests/tools that knows nothing of the engine: whether it verifies, and what it says.
fn stand_alone(bench: &Bench, text: &str) -> (bool, String) {
    let (file, secret) = (
        bench.folder.path().join("statement"),
        bench.folder.path().join("secret"),
    );
    std::fs::write(&file, text).unwrap();
    std::fs::write(&secret, SECRET).unwrap();
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/tools/verify-statement.py"
    );
    let output = std::process::Command::new("python3")
        .arg(program)
        .arg(&file)
        .arg(&secret)
        .output()
        .unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn no_cell_of_a_signed_statement_is_run_by_a_spreadsheet() {
    let bench = Bench::new();
    let tags = [
        ("%3D1%2B2", ",'=1+2,"),
        ("%2B1", ",'+1,"),
        ("-1-2", ",'-1-2,"),
        ("@SUM(A1)", ",'@SUM(A1),"),
        ("%3DA1,%22x%22", ",\"'=A1,\"\"x\"\"\","),
        ("'%3D1", ",''=1,"),
        ("a%3B%3D1", ",a;'=1,"),
        ("-12.50", ",-12.50,"),
    ];
    for (tag, _) in tags {
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_{tag}"));
    }
    let text = statement(&bench, Format::Csv);
    for ((tag, cell), line) in tags.iter().zip(text.lines().skip(2)) {
        assert!(line.contains(cell), "{tag}: {line}");
    }
    assert_eq!(verify(text.as_bytes(), SECRET).unwrap().count, 8);
    let right = "statement of ACADEMIE: 8 entries, as it was drawn up\n";
    assert_eq!(stand_alone(&bench, &text), (true, right.to_owned()));
    // The cells are what is signed: the same without the apostrophe is not as the shop writes it.
    let edited = text.replacen(",'=1+2,", ",=1+2,", 1);
    let error = verify(edited.as_bytes(), SECRET).unwrap_err();
    assert_eq!((error.line, error.entry), (3, 1));
}

#[test]
fn the_stand_alone_verifier_agrees() {
    let bench = Bench::new();
    for number in 0..20 {
        Browser::new(&bench).follow(&format!("partner=ACADEMIE_t{number},%22é"));
    }
    let verifier = |text: &str| stand_alone(&bench, text);
    for format in [Format::Csv, Format::Json] {
        let text = statement(&bench, format);
        assert_eq!(
            verifier(&text),
            (
                true,
                "statement of ACADEMIE: 20 entries, as it was drawn up\n".into()
            )
        );
        let edited = text.replacen("t7,", "t8,", 1);
        let (right, told) = verifier(&edited);
        assert!(!right && told.contains("entry 8: changed"), "{told}");
        let cut: String = text
            .split_inclusive('\n')
            .filter(|line| !line.contains("t7,"))
            .collect();
        let (right, told) = verifier(&cut);
        assert!(
            !right && told.contains("entry 8: here is entry 9"),
            "{told}"
        );
    }
}

#[test]
fn bills_that_the_plugin_placed_for_a_partner_are_in_his_ledger() {
    let bench = Bench::new();
    let bill = |id: i64, partner: &str, currency: &str| {
        bench.sql(&format!(
            "INSERT INTO local_shop_bill (id, shopid, userid, ordering, customerid, title, worktype, status, emissiondate,
                lastactiondate, untaxedamount, taxes, amount, currency, transactionid, paymode, test, partnerid, partnertag)
             VALUES ({id}, 1, 3, {id}, '1', 'Shop', 'PROD', 'PENDING', 1781520000, 1781520000, '59.970', '11.994', '71.964',
                '{currency}', 'STOCKPLUGINORDER{id}==', 'check', 0, {partner}, 'cut_at_sixteen__')"
        ));
        bench.sql(&format!(
            "INSERT INTO local_shop_billitem (billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
             VALUES ({id}, 1, 'BILLING', 'MONPRODUIT', 'MonProduit', '19.990', '3', '59.970', '1')"
        ));
    };
    // More of those that cannot be read than are looked at at once, nobody's, and a partner's who is not registered.
    for id in 101..=205 {
        bill(id, "1", "no such");
    }
    bill(300, "NULL", "EUR");
    bill(301, "77", "EUR");
    bill(310, "1", "EUR");
    let told = || -> Vec<String> {
        bench.engine.reconcile(1).unwrap();
        let entries = bench.engine.last_entries(1, 0, 10).unwrap();
        entries
            .iter()
            .map(|e| {
                format!(
                    "{} {} {} {} {} {}",
                    e.transid, e.tag, e.state, e.amount, e.settled, e.note
                )
            })
            .collect()
    };
    let placed = "STOCKPLUGINORDER310== cut_at_sixteen__ PENDING 71.96 0.00 by_plugin";
    assert_eq!(told(), [placed]);
    assert_eq!(told(), [placed]);
    bench.sql("UPDATE local_shop_bill SET status = 'SOLDOUT' WHERE id = 310");
    let paid = "STOCKPLUGINORDER310== cut_at_sixteen__ SOLDOUT 71.96 71.96 by_plugin";
    assert_eq!(told()[0], paid);
    // Becoming an order is no news; what the engine does then is.
    let transaction = "STOCKPLUGINORDER310==".parse().unwrap();
    let order = bench.engine.adopt(&transaction).unwrap();
    assert_eq!(told()[0], paid);
    let staff = user(2, "admin@example.org", true);
    bench
        .engine
        .move_order(&order, BillStatus::Complete, &staff)
        .unwrap();
    assert_eq!(
        told()[0],
        "STOCKPLUGINORDER310== cut_at_sixteen__ COMPLETE 71.96 71.96 "
    );
    assert_eq!(told().len(), 3);
    // One that becomes an order before the ledger was told of it is told of at once.
    bill(311, "1", "EUR");
    let transaction = "STOCKPLUGINORDER311==".parse().unwrap();
    bench.engine.adopt(&transaction).unwrap();
    assert_eq!(last(&bench, 1).0, "PENDING");
    assert!(verify(statement(&bench, Format::Csv).as_bytes(), SECRET).is_ok());
}

/// `cargo test --release --test partners -- --ignored --nocapture`: a ledger of a million entries over a year.
#[test]
#[ignore = "takes a while; run it to measure"]
fn a_month_of_a_million_entries() {
    let folder = tempfile::tempdir().unwrap();
    let database = demo_file(&folder.path().join("shop.sqlite"));
    let bench = Bench::on(std::rc::Rc::new(database));
    let mut last = shopengine::domain::statement::GENESIS.to_owned();
    bench.db().begin().unwrap();
    for seq in 1..=1_000_000_i64 {
        let mut entry = shopengine::domain::statement::Entry {
            seq: seq.try_into().unwrap(),
            time: (NOW - 31_536_000) * 1000 + seq * 31_536,
            kind: "arrival".into(),
            tag: format!("9f86d081884c7d659a2feaa0c55ad015{seq}"),
            transid: "AM8CHPCW8QGQ7PSZ8S==".into(),
            state: "named".into(),
            note: "email_missing".into(),
            ..Default::default()
        };
        entry.hash = entry.chained(&last);
        let text = |text: &str| shopengine::database::Value::from(text);
        bench
            .db()
            .insert(
                "local_shopengine_ledger",
                &[
                    ("partnerid", 1_i64.into()),
                    ("seq", seq.into()),
                    ("timecreated", entry.time.into()),
                    ("kind", text(&entry.kind)),
                    ("tag", text(&entry.tag)),
                    ("transactionid", text(&entry.transid)),
                    ("state", text(&entry.state)),
                    ("amount", text("")),
                    ("currency", text("")),
                    ("settled", text("")),
                    ("refunded", text("")),
                    ("note", text(&entry.note)),
                    ("hash", text(&entry.hash)),
                ],
            )
            .unwrap();
        last = entry.hash;
    }
    bench
        .db()
        .insert(
            "local_shopengine_chain",
            &[
                ("partnerid", 1_i64.into()),
                ("entries", 1_000_000_i64.into()),
                ("head", last.as_str().into()),
                ("timelast", (NOW * 1000).into()),
            ],
        )
        .unwrap();
    bench.db().commit().unwrap();
    let memory = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap()
            .to_owned()
    };
    let from = NOW - 31_536_000;
    for (name, range) in [
        ("month", (NOW - 2_592_000, NOW + 1)),
        ("year", (from, NOW + 1)),
    ] {
        let path = folder.path().join(name);
        let started = std::time::Instant::now();
        let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        let entries = bench
            .engine
            .statement(1, range, Format::Csv, &mut out)
            .unwrap();
        let drawn = started.elapsed();
        let started = std::time::Instant::now();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        assert_eq!(verify(file, SECRET).unwrap().count, entries);
        println!(
            "{name}: {entries} entries drawn up in {drawn:?}, verified in {:?}, {}",
            started.elapsed(),
            memory()
        );
    }
    let started = std::time::Instant::now();
    for number in 0..2_000 {
        let mut browser = Browser::new(&bench);
        browser.follow_query(&signed(
            &format!("shopid=1&what=import&monproduit=1&partner=ACADEMIE_m{number}_{MARIE}"),
            None,
        ));
    }
    println!(
        "2000 arrivals (SQLite file, one commit each) in {:?}",
        started.elapsed()
    );
}

#[test]
fn an_import_tells_ten_notices_and_counts_the_others() {
    let bench = Bench::new();
    let mut browser = Browser::new(&bench);
    let unknown: String = (0..150)
        .map(|number| format!("&nothing{number}=1"))
        .collect();
    let query = format!("shopid=1&what=import&monproduit=1{unknown}");
    browser.send("GET", &query, "");
    let notices = &browser.session.notices;
    assert_eq!(notices.len(), 11);
    let last = notices.last().unwrap();
    assert_eq!(last.code, "import_more");
    assert_eq!(last.params["count"], "140");
    let log = bench.log();
    assert_eq!(log.matches("`nothing").count(), 10, "{log}");
    assert!(log.contains("Import : 140 more notices"), "{log}");
    // The cart has all that can be sold.
    assert_eq!(browser.session.cart.units(), 1);
}

#[test]
fn unsigned_arrivals_beyond_a_thousand_a_day_are_summed() {
    let bench = Bench::new();
    let arrive = |query: String, code: &str| {
        let arriving = Arriving {
            code,
            query: query.as_bytes(),
            https: true,
            referer: SITE,
            buyer: &guest(),
            plugin_places: false,
            plugin_shows: false,
            transaction: None,
        };
        bench.engine.arrive(&arriving).unwrap()
    };
    let entries =
        || bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_ledger} WHERE partnerid = 1");
    for number in 0..1_005 {
        arrive(String::new(), &format!("ACADEMIE_t{number}"));
    }
    // A signature that is wrong is none.
    arrive("what=import&sig=00".to_owned(), "ACADEMIE_x");
    assert_eq!(entries(), 1_000);
    // A link that merely names a buyer uses up no tag.
    let tags = "SELECT COUNT(*) AS n FROM {local_shopengine_tag}";
    assert_eq!(bench.count(tags), 0);
    // A signed link has its entry all the same; so has an unsigned one tomorrow.
    let query = signed("shopid=1&what=import&partner=ACADEMIE_signed", None);
    arrive(query, "ACADEMIE_signed");
    assert_eq!(entries(), 1_001);
    assert_eq!(bench.engine.close_days().unwrap(), 0, "the day is not over");
    bench.clock.advance(24 * 3_600_000);
    arrive(String::new(), "ACADEMIE_tomorrow");
    assert_eq!(entries(), 1_002);
    assert_eq!(bench.engine.close_days().unwrap(), 2);
    assert_eq!(bench.engine.close_days().unwrap(), 0);
    let sums = bench.rows(
        "SELECT id, state, note FROM {local_shopengine_ledger} WHERE kind = 'arrivals' ORDER BY state",
    );
    let told: Vec<String> = sums
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row.text("state").unwrap(),
                row.text("note").unwrap()
            )
        })
        .collect();
    assert_eq!(told, ["named 20260615 5", "refused 20260615 1"]);
    let time = (NOW - 86_400, NOW + 2 * 86_400);
    let overview = bench.engine.ledger_overview(1, time).unwrap();
    assert_eq!(overview.arrivals["named"], 1_001 + 5 + 1);
    assert_eq!(overview.arrivals["refused"], 1);
    // The chain holds, and the statement is believed.
    let mut out = Vec::new();
    bench
        .engine
        .statement(1, time, Format::Csv, &mut out)
        .unwrap();
    verify(out.as_slice(), SECRET).unwrap();
}

#[test]
fn an_address_that_merely_sorts_like_an_accounts_names_nobody() {
    let bench = Bench::on(std::rc::Rc::new(Collating(demo_in_memory())));
    let domain = vec!["@example.org".to_owned()];
    for excluded in [domain, Vec::new()] {
        change(
            &bench,
            PartnerChange {
                excluded: Some(excluded),
                ..Default::default()
            },
        );
        let follow = |email: &str| {
            let link = format!("partner=ACADEMIE_{email}");
            Browser::new(&bench).follow(&link)
        };
        assert_eq!(follow("c1_jean.dupont@éxample.org"), "customer");
        assert_eq!(last(&bench, 1), ("named".into(), "email_unknown".into()));
        assert_eq!(follow("c2_jéan.dupont@example.org"), "customer");
    }
    // The seller who names an account is told the same.
    let named = |email: &str| bench.engine.account_named(email).unwrap();
    assert_eq!(named("jean.dupont@éxample.org"), Named::None);
    assert_eq!(named("Jean.Dupont@example.org"), Named::One(3));
    let mut signed_in = Browser::new(&bench);
    assert_eq!(
        signed_in.follow("partner=ACADEMIE_c3_Jean.Dupont@example.org"),
        "order"
    );
}
