//! Buyers whom a partner vouches for: they buy in an account's name, change nothing of it, and see of it what the link deserves.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::browser::{Browser, VIEW};
use common::*;
use serde_json::{Value as Json, json};
use shopengine::database;
use shopengine::domain::signature;
use shopengine::engine::{PartnerChange, User};
use shopengine::front::gate::admit;
use shopengine::front::{Answer, Kind, Request, steer};

const SITE: &str = "https://partenaire.example/offre";
const MARIE: &str = "marie_curie@example.org";

/// What only the account's owner may read.
const SECRETS: [&str; 6] = ["Marie", "Curie", "Radium", "Béthune", "75004", MARIE];

/// A visitor who says that he comes from the partner's site.
fn visitor(bench: &Bench) -> Browser<'_> {
    Browser {
        referer: SITE,
        ..Browser::guest(bench)
    }
}

fn seller() -> User {
    user(2, "admin@example.org", true)
}

fn link(code: &str) -> String {
    format!("shopid=1&what=import&monproduit=1&autodrive=1&partner={code}_{MARIE}")
}

fn signed(code: &str, secret: &str) -> String {
    let link = format!("https://shop.example{VIEW}?{}", link(code));
    let link = signature::sign(&link, secret.as_bytes(), None).unwrap();
    link.split_once('?').unwrap().1.to_owned()
}

/// The step to which an answer leads.
fn step(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{answer:?}");
    let step = answer.location.split("view=").nth(1).unwrap();
    step.split('&').next().unwrap()
}

/// State and note of the last arrival.
fn last(bench: &Bench, partner: i64) -> (String, String) {
    let entry = bench.engine.last_entries(partner, 0, 1).unwrap().pop();
    let entry = entry.unwrap();
    (entry.state, entry.note)
}

/// The customer step with these fields changed from what its form shows.
fn tell(browser: &mut Browser<'_>, changed: &[(&str, &str)]) -> Answer {
    let page = browser.get("view=customer&shopid=1");
    assert_eq!(page.page, "customer", "{page:?}");
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs([("view", "customer"), ("what", "navigate"), ("go", "1")]);
    for (name, field) in page.data["customerinfo"].as_object().unwrap() {
        let own = changed.iter().find(|(field, _)| field == name);
        let value = own.map_or(field["value"].as_str().unwrap(), |(_, value)| value);
        body.append_pair(&format!("customerinfo::{name}"), value);
    }
    browser.post(&body.finish())
}

fn place(browser: &mut Browser<'_>, paymode: &str) -> String {
    let answer = browser.place(paymode);
    assert_eq!(step(&answer), "payment");
    browser.session.cart.transid.clone().unwrap().to_string()
}

fn about(view: &str, transid: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("view", view), ("shopid", "1"), ("transid", transid)])
        .finish()
}

/// The test interface's button on the page of an order.
fn pay(browser: &mut Browser<'_>, transid: &str) {
    let body = format!("what=navigate&pay=1&{}", about("payment", transid));
    let body = body.replace("shopid=1&", "");
    assert_eq!(step(&browser.post(&body)), "produce");
}

/// The account's row as the shop stores it.
fn stored(bench: &Bench) -> String {
    bench.text(
        "SELECT firstname || '|' || lastname || '|' || organisation || '|' || address || '|' || zip || '|' || city || '|' || country
             || '|' || email || '|' || hasaccount AS t FROM {local_shop_customer} WHERE id = 2",
    )
}

fn buyer_of(bench: &Bench, transid: &str) -> Json {
    let sql = format!(
        "SELECT customer AS t FROM {{local_shopengine_order}} WHERE transactionid = '{transid}'"
    );
    serde_json::from_str(&bench.text(&sql)).unwrap()
}

fn customer_of(bench: &Bench, transid: &str) -> i64 {
    let sql = format!(
        "SELECT customerid AS n FROM {{local_shop_bill}} WHERE transactionid = '{transid}'"
    );
    bench.count(&sql)
}

fn assert_masked(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} tells {secret}: {text}");
    }
}

/// An answer with what its host keeps of it.
fn all_of(answer: &Answer) -> String {
    format!(
        "{} {} {} {}",
        answer.data, answer.location, answer.session, answer.cart
    )
}

#[test]
fn a_vouched_buyer_does_not_overwrite_the_account_nor_redirect_its_emails() {
    for link in [
        link("ACADEMIE_guessed"),
        signed("CONFIANCE_t1", "confiance-secret"),
    ] {
        let bench = Bench::new();
        let before = stored(&bench);
        let mut attacker = visitor(&bench);
        assert_eq!(step(&attacker.get(&link)), "order");
        let told = tell(
            &mut attacker,
            &[
                ("firstname", "Mallory"),
                ("address", "1 rue du Vol"),
                ("email", "mallory@evil.example"),
            ],
        );
        assert_eq!(step(&told), "order");
        let summary = attacker.get("view=order&shopid=1");
        assert_eq!(summary.data["notices"][0]["code"], "vouched_email_stays");
        assert!(!summary.data.to_string().contains("mallory@evil.example"));
        let placed = place(&mut attacker, "test");
        assert_eq!(stored(&bench), before);
        assert_eq!(
            bench.count("SELECT COUNT(*) AS n FROM {local_shop_customer} WHERE hasaccount = 4"),
            1
        );
        // The owner logs in later, finds the order in the account, and pays it; then buys something else.
        let mut owner = Browser::of(&bench, user(4, MARIE, false));
        pay(&mut owner, &placed);
        assert_eq!(
            step(&owner.get("shopid=1&what=import&monproduit=1&autodrive=1")),
            "order"
        );
        assert_eq!(
            owner.session.cart.customerinfo.address,
            "36 quai de Béthune"
        );
        let later = place(&mut owner, "test");
        pay(&mut owner, &later);
        let mut mails = Vec::new();
        loop {
            let tasks = bench.engine.lease(10).unwrap();
            if tasks.is_empty() {
                break;
            }
            for task in tasks {
                let finish = bench.engine.finish(task.id, &task.stamp, &done(&task.kind));
                finish.unwrap();
                if task.kind == "mail" {
                    mails.push(task.order.unwrap().customer.email);
                }
            }
        }
        assert_eq!(mails, [MARIE, MARIE]);
        assert_eq!(stored(&bench), before);
    }
}

#[test]
fn what_a_vouched_buyer_changes_counts_for_this_purchase_alone() {
    let bench = Bench::new();
    let before = stored(&bench);
    let mut browser = visitor(&bench);
    browser.get(&link("ACADEMIE_t1"));
    tell(
        &mut browser,
        &[
            ("address", "7 allée Neuve"),
            ("zip", "44000"),
            ("city", "Nantes"),
        ],
    );
    let first = place(&mut browser, "check");
    assert_eq!(
        buyer_of(&bench, &first),
        json!({"firstname": "Marie", "lastname": "Curie", "organisation": "Institut du Radium", "address": "7 allée Neuve",
            "zip": "44000", "city": "Nantes", "country": "FR", "email": MARIE})
    );
    let own = customer_of(&bench, &first);
    assert_ne!(own, 2);
    let account = |id: i64| {
        bench.count(&format!(
            "SELECT hasaccount AS n FROM {{local_shop_customer}} WHERE id = {id}"
        ))
    };
    // The row is the order's own: what looks for the account's does not find it.
    assert_eq!((account(own), account(2)), (0, 4));
    // Placed again with another address, the order keeps its row; with the stored data it has the account's.
    tell(&mut browser, &[("address", "8 allée Neuve")]);
    assert_eq!(place(&mut browser, "check"), first);
    assert_eq!(customer_of(&bench, &first), own);
    // The same buyer comes again: the form has the stored data, not those of the other purchase.
    browser.get(&link("ACADEMIE_t2"));
    assert_eq!(browser.session.cart.customerinfo.city, "Paris");
    let second = place(&mut browser, "check");
    assert_eq!(customer_of(&bench, &second), 2);
    assert_eq!(buyer_of(&bench, &second)["address"], "36 quai de Béthune");
    assert_eq!(stored(&bench), before);
}

#[test]
fn an_account_without_a_customer_row_gets_none_from_a_vouched_buyer() {
    let bench = Bench::new();
    let mut browser = visitor(&bench);
    let link = link("ACADEMIE_t1").replace(MARIE, "sans.adresse@example.org");
    assert_eq!(step(&browser.get(&link)), "customer");
    let given = [
        ("address", "1 rue"),
        ("zip", "44000"),
        ("city", "Nantes"),
        ("country", "FR"),
    ];
    assert_eq!(step(&tell(&mut browser, &given)), "order");
    let placed = place(&mut browser, "check");
    assert_eq!(buyer_of(&bench, &placed)["lastname"], "Sans-Adresse");
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_customer} WHERE hasaccount = 5"),
        0
    );
}

#[test]
fn an_unsigned_link_reaches_the_summary_and_shows_initials_and_town_alone() {
    let bench = Bench::new();
    bench.sql("INSERT INTO {config_plugins} (plugin, name, value) VALUES ('local_shop', 'paypalsellertestname', 't@shop.example')");
    let mut browser = visitor(&bench);
    let arrived = browser.get(&link("ACADEMIE_t1"));
    assert_eq!(step(&arrived), "order");
    assert_eq!(last(&bench, 1).0, "authenticated");
    assert_masked(
        "the arrival",
        &all_of(&arrived).replace(&format!("\"{MARIE}\""), ""),
    );
    // The partner's own code is in the session: it is what the link said.
    let kept = browser.session.cart.clone();
    assert_masked(
        "the session",
        &serde_json::to_string(&kept.customerinfo).unwrap(),
    );
    let summary = browser.get("view=order&shopid=1");
    assert_eq!(summary.data["masked"], true);
    assert_eq!(
        summary.data["customer"],
        json!({"firstname": "M.", "lastname": "C.", "organisation": "…", "address": "…", "zip": "…", "city": "Paris",
            "country": "FR", "email": "m…@…"})
    );
    assert_masked("the summary", &summary.data.to_string());
    let form = browser.get("view=customer&shopid=1");
    assert_eq!(form.data["customerinfo"]["city"]["value"], "Paris");
    assert!(form.data["loginurl"].is_string());
    assert_masked("the customer step", &form.data.to_string());
    // What the form shows is as good as the stored data.
    assert_eq!(step(&tell(&mut browser, &[])), "order");
    let placed = place(&mut browser, "paypal");
    let payment = browser.get(&about("payment", &placed));
    assert_eq!(payment.page, "payment", "{payment:?}");
    let fields = payment.data["widget"]["forms"][0]["fields"].to_string();
    assert!(
        fields.contains("Paris") && !fields.contains("M."),
        "{fields}"
    );
    assert_masked("the payment page", &payment.data.to_string());
    let place_again = browser.place("test");
    assert_eq!(step(&place_again), "payment");
    pay(&mut browser, &placed);
    assert_eq!(buyer_of(&bench, &placed)["address"], "36 quai de Béthune");
    for view in ["payment", "produce", "bill", "invoice"] {
        let page = browser.get(&about(view, &placed));
        assert_masked(view, &page.data.to_string());
    }
    for popup in ["order", "bill"] {
        let script = format!("/local/shop/front/{popup}.popup.php");
        let page = browser.send("GET", &script, &about("", &placed), "");
        assert_eq!(page.status, 200);
        assert_masked(&script, &page.data.to_string());
    }
    // Logged in as somebody else it is the same session; the account's owner sees it all.
    let page = |browser: &mut Browser<'_>| browser.get(&about("invoice", &placed));
    browser.user = Some(user(3, "jean.dupont@example.org", false));
    assert_masked("another's invoice", &page(&mut browser).data.to_string());
    let mut owner = Browser::of(&bench, user(4, MARIE, false));
    assert_eq!(
        page(&mut owner).data["order"]["customer"]["lastname"],
        "Curie"
    );
    let mut staff = Browser::of(&bench, seller());
    assert_eq!(
        page(&mut staff).data["order"]["customer"]["lastname"],
        "Curie"
    );
}

#[test]
fn masks_stay_where_the_plugin_shows_the_order_again() {
    let bench = Bench::new();
    let mut attacker = visitor(&bench);
    assert_eq!(step(&attacker.get(&link("ACADEMIE_masks"))), "order");
    let transid = place(&mut attacker, "check");
    let mut guest = Browser::guest(&bench);
    guest.shop("ebook", 1);
    guest.identify("nobody@example.net");
    let plain = place(&mut guest, "check");
    let bill = bench.count(&format!(
        "SELECT id AS n FROM {{local_shop_bill}} WHERE transactionid = '{transid}'"
    ));
    // The takeover `bills` was switched off since.
    let ask = |browser: &Browser<'_>, script: &str, query: &str, kept: &str| {
        let request = Request {
            method: "GET".into(),
            script: script.into(),
            query: query.into(),
            user: browser.user.clone(),
            session: browser.session.clone(),
            plugin_shows: true,
            shoppingcart: Some(json!({"transid": kept})),
            ..Request::default()
        };
        let refusal = admit(&bench.engine, &request, "masks");
        refusal.map_or("", |refusal| refusal.code)
    };
    let popup = "/local/shop/front/bill.popup.php";
    let named = about("bill", &transid);
    let stranger = Browser::guest(&bench);
    let other = Browser::of(&bench, user(3, "jean.dupont@example.org", false));
    for browser in [&attacker, &stranger, &other] {
        assert_eq!(ask(browser, VIEW, &named, ""), "order_masked");
        assert_eq!(
            ask(browser, popup, &format!("transid=&billid={bill}"), ""),
            "order_masked"
        );
        assert_eq!(ask(browser, VIEW, "view=produce", &transid), "order_masked");
        assert_eq!(ask(browser, VIEW, &about("bill", &plain), ""), "");
    }
    for browser in [
        Browser::of(&bench, user(4, MARIE, false)),
        Browser::of(&bench, seller()),
    ] {
        assert_eq!(ask(&browser, VIEW, &named, ""), "");
    }
    // The plugin would clean it to the same transaction.
    let cleaned = format!("view=bill&transid={transid}%3Cb%3E");
    assert_eq!(ask(&attacker, VIEW, &cleaned, ""), "unknown_order");
}

#[test]
fn a_signed_link_shows_the_stored_data_and_needs_no_page_to_come_from() {
    let bench = Bench::new();
    let mut browser = Browser::guest(&bench);
    assert_eq!(
        step(&browser.get(&signed("CONFIANCE_t1", "confiance-secret"))),
        "order"
    );
    assert_eq!(last(&bench, 3), ("authenticated".into(), String::new()));
    let summary = browser.get("view=order&shopid=1");
    assert_eq!(summary.data["customer"]["lastname"], "Curie");
    assert_eq!(summary.data["masked"], false);
    // The row's number is nothing to keep in a session that is not its owner's.
    assert!(browser.session.cart.customerinfo.id.is_none());
    // A partner with a site on record is held to it, signed or not.
    let mut browser = Browser::guest(&bench);
    assert_eq!(
        step(&browser.get(&signed("ACADEMIE_t1", "demo-secret"))),
        "customer"
    );
    assert_eq!(last(&bench, 1).1, "referer_missing");
}

#[test]
fn a_partner_who_signs_authenticates_nobody_by_an_unsigned_link() {
    let bench = Bench::new();
    let mut browser = visitor(&bench);
    assert_eq!(step(&browser.get(&link("CONFIANCE_t1"))), "customer");
    let (state, note) = last(&bench, 3);
    assert_eq!(state, "refused");
    assert!(note.contains("signature_missing"), "{note}");
    // Who may authenticate, but whose unsigned links the seller has not confirmed, names the buyer and is credited.
    bench.sql("UPDATE {local_shopengine_partner} SET unsignedlinks = 0 WHERE partnerid = 1");
    assert_eq!(step(&visitor(&bench).get(&link("ACADEMIE_t1"))), "customer");
    assert_eq!(
        last(&bench, 1),
        ("identified".into(), "unsigned_names".into())
    );
    assert_eq!(
        step(&visitor(&bench).get(&signed("ACADEMIE_t1", "demo-secret"))),
        "order"
    );
}

#[test]
fn only_a_valid_signature_uses_up_the_tag_of_a_partner_who_signs() {
    let bench = Bench::new();
    // Whoever knows the key guesses the tag, and is first.
    for (code, partner, secret, state) in [
        ("CONFIANCE_t1", 3, "confiance-secret", "refused"),
        ("ACADEMIE_t1", 1, "demo-secret", "authenticated"),
    ] {
        visitor(&bench).get(&link(code));
        assert_eq!(last(&bench, partner).0, state);
        visitor(&bench).get(&signed(code, "a wrong secret"));
        assert_eq!(last(&bench, partner).0, "refused");
        let mut buyer = visitor(&bench);
        for _ in 0..2 {
            assert_eq!(step(&buyer.get(&signed(code, secret))), "order", "{code}");
            assert_eq!(
                last(&bench, partner),
                ("authenticated".into(), String::new())
            );
        }
        // From then on it is used up for everybody else.
        assert_eq!(step(&visitor(&bench).get(&link(code))), "customer");
        assert_ne!(last(&bench, partner).0, "authenticated");
        visitor(&bench).get(&signed(code, secret));
        assert_eq!(
            last(&bench, partner),
            ("refused".into(), "tag_replayed".into())
        );
    }
    // An unsigned link that only names a buyer leaves the tag alone.
    let mut stranger = Browser::guest(&bench);
    stranger.get(&link("ACADEMIE_t2"));
    assert_eq!(last(&bench, 1).0, "identified");
    assert_eq!(step(&visitor(&bench).get(&link("ACADEMIE_t2"))), "order");
}

#[test]
fn what_the_seller_takes_back_ends_at_once() {
    for (partner, change) in [
        (1, "unsignedlinks = 0"),
        (1, "signature = 1"),
        (1, "authenticates = 0"),
        (3, "authenticates = 0"),
    ] {
        let bench = Bench::new();
        let mut browser = visitor(&bench);
        let link = match partner {
            1 => link("ACADEMIE_t1"),
            _ => signed("CONFIANCE_t1", "confiance-secret"),
        };
        assert_eq!(step(&browser.get(&link)), "order");
        let placed = place(&mut browser, "check");
        bench.sql(&format!(
            "UPDATE {{local_shopengine_partner}} SET {change} WHERE partnerid = {partner}"
        ));
        assert_eq!(
            step(&browser.get("view=order&shopid=1")),
            "customer",
            "{change}"
        );
        assert!(browser.session.vouched.is_none());
        assert_eq!(browser.session.cart.customerinfo.city, "");
        // What is placed now is another order: that one stays the account's.
        browser.identify("mallory@evil.example");
        assert_ne!(place(&mut browser, "check"), placed);
        assert_eq!(buyer_of(&bench, &placed)["email"], MARIE);
    }
    // A signed link does not depend on what unsigned ones may.
    let bench = Bench::new();
    let mut browser = visitor(&bench);
    browser.get(&signed("ACADEMIE_t1", "demo-secret"));
    bench.sql("UPDATE {local_shopengine_partner} SET unsignedlinks = 0, signature = 1 WHERE partnerid = 1");
    assert_eq!(browser.get("view=order&shopid=1").page, "order");
}

#[test]
fn a_vouched_session_that_logs_in_as_another_leaves_the_order_where_it_is() {
    let bench = Bench::new();
    let mut browser = visitor(&bench);
    browser.get(&link("ACADEMIE_t1"));
    let placed = place(&mut browser, "check");
    browser.user = Some(user(3, "jean.dupont@example.org", false));
    assert_eq!(
        browser.get("view=order&shopid=1").data["customer"]["lastname"],
        "Dupont"
    );
    assert_ne!(place(&mut browser, "check"), placed);
    assert_eq!(buyer_of(&bench, &placed)["lastname"], "Curie");
    // The account's owner goes on with the order, and reads it in full.
    let mut browser = visitor(&bench);
    browser.get(&link("ACADEMIE_t2"));
    let placed = place(&mut browser, "check");
    browser.user = Some(user(4, MARIE, false));
    assert_eq!(
        browser.get("view=order&shopid=1").data["customer"]["lastname"],
        "Curie"
    );
    assert_eq!(place(&mut browser, "check"), placed);
}

#[test]
fn the_cart_that_the_plugin_reads_has_masks_only() {
    let bench = Bench::new();
    let mut session = Default::default();
    let mut cart = json!({});
    for query in [
        link("ACADEMIE_t1"),
        "view=customer&shopid=1".into(),
        "view=order&shopid=1".into(),
    ] {
        let request = Request {
            method: "GET".into(),
            script: VIEW.into(),
            query: query.clone().into(),
            wwwroot: "https://shop.example".into(),
            https: true,
            referer: SITE.into(),
            session,
            shoppingcart: Some(cart.clone()),
            ..Request::default()
        };
        let steering = steer(&bench.engine, &request);
        session = serde_json::from_value(steering.session.clone()).unwrap();
        for (name, value) in steering.cart.as_object().unwrap() {
            cart[name] = value.clone();
        }
        // The plugin's page shows the partner's email, as the link has it.
        let mut read = cart.clone();
        read["partner"] = Json::Null;
        assert_eq!(read["customerinfo"]["city"], "Paris", "{query}");
        assert_masked(&query, &read.to_string());
        assert!(session.cart.customerinfo.id.is_none());
        assert_masked(
            &query,
            &serde_json::to_string(&session.cart.customerinfo).unwrap(),
        );
        if !query.contains("import") {
            assert_eq!(steering.kind, Kind::Pass);
            assert_eq!(steering.notices[0].code, "vouched_masked");
        }
    }
}

#[test]
fn where_the_plugins_pages_would_show_or_store_the_data_nobody_is_vouched_for() {
    let bench = Bench::new();
    let mut browser = visitor(&bench);
    browser.plugin_places = true;
    assert_eq!(step(&browser.get(&link("ACADEMIE_t1"))), "customer");
    assert_eq!(
        last(&bench, 1),
        ("identified".into(), "plugin_places".into())
    );
    // Nor is anybody any more when it begins to.
    browser.plugin_places = false;
    assert_eq!(step(&browser.get(&link("ACADEMIE_t1"))), "order");
    browser.plugin_places = true;
    assert_eq!(step(&browser.get("view=order&shopid=1")), "customer");
    assert!(browser.session.vouched.is_none());
    // Where the plugin only shows the orders a signed link is good, an unsigned one is not.
    let mut browser = visitor(&bench);
    browser.plugin_shows = true;
    assert_eq!(step(&browser.get(&link("ACADEMIE_t2"))), "customer");
    assert_eq!(
        last(&bench, 1),
        ("identified".into(), "plugin_shows".into())
    );
    assert_eq!(
        step(&browser.get(&signed("ACADEMIE_t2", "demo-secret"))),
        "order"
    );
    assert_eq!(browser.get("view=order&shopid=1").page, "order");
    browser.plugin_shows = false;
    assert_eq!(step(&browser.get(&link("ACADEMIE_t3"))), "order");
    browser.plugin_shows = true;
    assert_eq!(step(&browser.get("view=order&shopid=1")), "customer");
}

#[test]
fn unsigned_links_authenticate_once_the_seller_has_confirmed_it() {
    let bench = Bench::new();
    let by = seller();
    let wanted = |confirmed| PartnerChange {
        name: Some("École".into()),
        authenticates: Some(true),
        signature: Some(false),
        unsignedlinks: Some(true),
        unsignedconfirmed: confirmed,
        ..Default::default()
    };
    let refused = bench.engine.register(1, "ECOLE", &wanted(None), &by);
    assert_eq!(refused.unwrap_err().code(), "partner_unsigned_unconfirmed");
    let partner = bench
        .engine
        .register(1, "ECOLE", &wanted(Some(true)), &by)
        .unwrap();
    assert!(partner.policy.trusts_unsigned_links());
    let traced = "Partner ECOLE : unsigned links authenticate buyers, confirmed by the seller 2";
    assert!(bench.log().contains(traced), "{}", bench.log());
    let listed = || {
        let partners = bench.engine.partners_on_unsigned_links(10).unwrap();
        let keys = partners.into_iter().map(|partner| partner.key);
        keys.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(listed(), "ACADEMIE ECOLE");
    // Once confirmed it stays so, until it is taken back.
    let change = |change: PartnerChange| bench.engine.change_partner(partner.id, &change, &by);
    change(wanted(None)).unwrap();
    let sign = PartnerChange {
        signature: Some(true),
        ..Default::default()
    };
    assert!(!change(sign).unwrap().policy.unsigned_links);
    assert_eq!(listed(), "ACADEMIE");
    let refused = change(wanted(None)).unwrap_err();
    assert_eq!(refused.code(), "partner_unsigned_unconfirmed");
    assert!(
        bench
            .engine
            .registered(partner.id)
            .unwrap()
            .policy
            .signature
    );
}

#[test]
fn tables_of_an_earlier_version_keep_what_partners_may_do() {
    let folder = tempfile::tempdir().unwrap();
    let database = demo_file(&folder.path().join("shop.sqlite"));
    database.run("ALTER TABLE local_shopengine_partner DROP COLUMN unsignedlinks; ALTER TABLE local_shopengine_tag DROP COLUMN bysignature").unwrap();
    database.run("INSERT INTO local_shopengine_tag (partnerid, tagkey, ownerkey, userid, billid, timecreated) VALUES (1, 'a', '', 4, 0, 0)").unwrap();
    database::install(&database).unwrap();
    let bench = Bench::on(std::rc::Rc::new(database));
    let may = |partner: i64| {
        bench
            .engine
            .registered(partner)
            .unwrap()
            .policy
            .unsigned_links
    };
    assert!(may(1) && may(2) && !may(3));
    assert_eq!(
        bench.count("SELECT bysignature AS n FROM {local_shopengine_tag}"),
        1
    );
}
