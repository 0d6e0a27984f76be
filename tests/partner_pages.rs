//! The pages of the partners: who may, what is asked again, which days count, and what the numbers say.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::*;
use serde_json::{Value as Json, json};
use shopengine::clock::UnixMillis;
use shopengine::domain::statement::{Format, verify};
use shopengine::engine::User;
use shopengine::front::{Answer, Kind, Request, handle};

const PAGE: &str = "/local/shopengine/partners.php";

fn seller() -> User {
    user(2, "admin@example.org", true)
}

fn ask(bench: &Bench, user: Option<User>, method: &str, query: &str, body: &str) -> Answer {
    let request = Request {
        method: method.into(),
        script: PAGE.into(),
        query: query.into(),
        body: body.into(),
        content_type: "application/x-www-form-urlencoded".into(),
        wwwroot: "https://shop.example".into(),
        https: true,
        lang: "en".into(),
        sesskey: "sesskey1".into(),
        login_url: "https://shop.example/login/index.php".into(),
        user,
        ..Request::default()
    };
    handle(&bench.engine, &request)
}

fn page(bench: &Bench, query: &str) -> Json {
    let answer = ask(bench, Some(seller()), "GET", query, "");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.data
}

fn post(bench: &Bench, body: &str) -> Answer {
    ask(
        bench,
        Some(seller()),
        "POST",
        "",
        &format!("sesskey=sesskey1&{body}"),
    )
}

fn problem<'a>(answer: &'a Answer, field: &str) -> &'a str {
    answer.data["form"][field]["problem"].as_str().unwrap_or("")
}

/// An entry in the ledger of partner 1, as the engine writes them, at a moment of its own.
fn enter(bench: &Bench, seq: i64, seconds: i64, columns: &[(&str, &str)]) {
    let mut row: Vec<(&str, shopengine::database::Value)> = vec![
        ("partnerid", 1_i64.into()),
        ("seq", seq.into()),
        ("timecreated", (seconds * 1000).into()),
    ];
    for name in [
        "kind",
        "tag",
        "transactionid",
        "state",
        "amount",
        "currency",
        "settled",
        "refunded",
        "note",
        "hash",
    ] {
        let value = columns.iter().find(|(column, _)| *column == name);
        row.push((name, value.map_or("", |(_, value)| value).into()));
    }
    bench.db().insert("local_shopengine_ledger", &row).unwrap();
}

fn order<'a>(
    transaction: &'a str,
    settled: &'a str,
    refunded: &'a str,
    note: &'a str,
) -> [(&'a str, &'a str); 8] {
    [
        ("kind", "order"),
        ("transactionid", transaction),
        ("state", "SOLDOUT"),
        ("amount", settled),
        ("currency", "EUR"),
        ("settled", settled),
        ("refunded", refunded),
        ("note", note),
    ]
}

#[test]
fn only_a_seller_is_answered() {
    let bench = Bench::new();
    for (user, next) in [
        (None, "log_in"),
        (
            Some(user(3, "jean.dupont@example.org", false)),
            "back_to_shop",
        ),
    ] {
        for query in [
            "",
            "view=change&id=1",
            "view=statement&id=1&format=csv",
            "view=nosuch",
        ] {
            let answer = ask(&bench, user.clone(), "GET", query, "");
            assert_eq!((answer.status, answer.page), (403, "error"), "{query}");
            assert_eq!(answer.data["next"]["code"], next);
        }
        let answer = ask(
            &bench,
            user.clone(),
            "POST",
            "",
            "what=disable&id=1&sesskey=sesskey1",
        );
        assert_eq!(answer.status, 403);
    }
    assert_eq!(
        bench.count("SELECT enabled AS n FROM {local_shop_partner} WHERE id = 1"),
        1
    );
}

#[test]
fn a_change_is_a_post_with_the_sessions_key() {
    let bench = Bench::new();
    for (method, query, body, status) in [
        ("GET", "what=disable&id=1&sesskey=sesskey1", "", 405),
        ("HEAD", "what=disable&id=1&sesskey=sesskey1", "", 405),
        ("POST", "", "what=disable&id=1", 403),
        ("POST", "", "what=disable&id=1&sesskey=sesskey2", 403),
        ("POST", "", "what=nosuch&sesskey=sesskey1", 400),
        ("POST", "", "what=disable&id=99&sesskey=sesskey1", 404),
    ] {
        let answer = ask(&bench, Some(seller()), method, query, body);
        assert_eq!(answer.status, status, "{method} {query} {body}");
    }
    assert_eq!(
        bench.count("SELECT enabled AS n FROM {local_shop_partner} WHERE id = 1"),
        1
    );
    assert_eq!(post(&bench, "what=disable&id=1").status, 303);
    assert_eq!(
        bench.count("SELECT enabled AS n FROM {local_shop_partner} WHERE id = 1"),
        0
    );
}

#[test]
fn every_wrong_field_is_told_at_once_and_nothing_is_registered() {
    let bench = Bench::new();
    let answer = post(
        &bench,
        "what=register&shopid=1&name=&key=Acad%C3%A9mie&referer=http://x&excluded=a&user=9999&customer=nobody@example.org",
    );
    assert_eq!((answer.status, answer.page), (422, "partnerregister"));
    for (field, code) in [
        ("name", "partner_name_invalid"),
        ("key", "partner_key_not_alphanumeric"),
        ("referer", "partner_referer_invalid"),
        ("excluded", "partner_excluded_invalid"),
        ("user", "partner_link_no_account"),
        ("customer", "partner_link_no_customer"),
    ] {
        assert_eq!(problem(&answer, field), code);
    }
    assert_eq!(answer.data["form"]["key"]["value"], "Académie");
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_partner}"),
        3
    );
    let answer = post(&bench, "what=register&shopid=1&name=A&key=aCaDeMiE");
    assert_eq!(problem(&answer, "key"), "partner_key_taken");
    assert_eq!(answer.data["form"]["key"]["params"]["key"], "aCaDeMiE");
}

#[test]
fn a_registered_partner_has_what_was_typed_and_his_secret_is_shown() {
    let bench = Bench::new();
    let answer = post(
        &bench,
        "what=register&shopid=1&name=%C3%89cole&key=ECOLE&referer=https://e.example&authenticates=1&excluded=a@b.c%0D%0A%0D%0A@d.e\
         &user=marie_curie@example.org&customer=1",
    );
    assert_eq!((answer.status, answer.page), (200, "partnersecret"));
    let partner = bench
        .engine
        .registered(answer.data["partner"]["id"].as_i64().unwrap())
        .unwrap();
    assert_eq!(
        answer.data["secret"].as_str().unwrap().as_bytes(),
        partner.secret.expose()
    );
    assert_eq!(
        (partner.name.as_str(), partner.user, partner.customer),
        ("École", 4, 1)
    );
    // The box was not ticked.
    assert!(!partner.enabled && partner.policy.authenticates && !partner.policy.signature);
    assert_eq!(partner.policy.excluded, ["a@b.c", "@d.e"]);
    assert!(
        bench
            .log()
            .contains("Partner ECOLE registered by the seller 2")
    );
}

#[test]
fn unsigned_links_are_trusted_after_a_warning_and_a_confirmation() {
    let bench = Bench::new();
    // A new partner signs, unless the seller says otherwise.
    let form = page(&bench, "view=register&shopid=1")["form"].clone();
    assert_eq!(form["signature"]["value"], "1");
    assert_eq!(form["unsignedlinks"]["value"], "");
    let wish = "what=register&shopid=1&name=A&key=ECOLE&authenticates=1&unsignedlinks=1";
    let answer = post(&bench, wish);
    assert_eq!((answer.status, answer.page), (422, "partnerregister"));
    assert_eq!(
        problem(&answer, "unsignedlinks"),
        "partner_unsigned_unconfirmed"
    );
    assert_eq!(answer.data["form"]["unsignedlinks"]["value"], "1");
    let answer = post(&bench, &format!("{wish}&unsignedconfirmed=1"));
    assert_eq!((answer.status, answer.page), (200, "partnersecret"));
    let id = answer.data["partner"]["id"].as_i64().unwrap();
    let listed = || {
        let partners = page(&bench, "shopid=1")["partners"].clone();
        let one = partners
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["id"] == id);
        one.unwrap()["unsignedlinks"] == true
    };
    assert!(listed());
    // Saved again, it is not asked again; nor where links must be signed, which ends it.
    let change =
        |fields: &str| post(&bench, &format!("what=change&id={id}&name=A&{fields}")).status;
    assert_eq!(change("authenticates=1&unsignedlinks=1"), 303);
    assert!(listed());
    assert_eq!(change("authenticates=1&unsignedlinks=1&signature=1"), 303);
    assert!(!listed());
    assert_eq!(change("authenticates=1&unsignedlinks=1"), 422);
    assert!(!listed());
}

#[test]
fn a_secret_is_replaced_once_for_each_question() {
    let bench = Bench::new();
    let mark = page(&bench, "view=rotate&id=1")["mark"]
        .as_str()
        .unwrap()
        .to_owned();
    let secret = || bench.text("SELECT partnersecret AS t FROM {local_shop_partner} WHERE id = 1");
    for wrong in ["", "00", &mark.chars().rev().collect::<String>()] {
        assert_eq!(
            post(&bench, &format!("what=rotate&id=1&mark={wrong}")).status,
            409
        );
    }
    assert_eq!(secret(), "demo-secret");
    let answer = post(&bench, &format!("what=rotate&id=1&mark={mark}"));
    assert_eq!(
        (answer.status, answer.data["secret"].as_str().unwrap()),
        (200, secret().as_str())
    );
    let now = secret();
    assert_ne!(now, "demo-secret");
    let again = post(&bench, &format!("what=rotate&id=1&mark={mark}"));
    assert_eq!(
        (again.status, again.data["error"]["code"].as_str()),
        (409, Some("partner_secret_changed"))
    );
    assert_eq!(secret(), now);
    // A partner whom the plugin registered without a secret gets one.
    bench.sql("UPDATE {local_shop_partner} SET partnersecret = '' WHERE id = 2");
    let mark = page(&bench, "view=rotate&id=2")["mark"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        post(&bench, &format!("what=rotate&id=2&mark={mark}")).status,
        200
    );
}

/// Europe/Paris: the days of the changes of 2026 have 23 and 25 hours.
#[test]
fn days_begin_at_midnight_where_the_shop_is() {
    let bench = Bench::new();
    for (query, from, to) in [
        (
            "from=2026-01-01&to=2026-01-01",
            1_767_222_000,
            1_767_308_400,
        ),
        (
            "from=2026-03-29&to=2026-03-29",
            1_774_738_800,
            1_774_738_800 + 23 * 3600,
        ),
        (
            "from=2026-10-25&to=2026-10-25",
            1_792_879_200,
            1_792_879_200 + 25 * 3600,
        ),
        // No days are the month until today: 2026-06-15 12:00 UTC.
        ("", 1_780_264_800, 1_781_560_800),
    ] {
        let query = format!("view=statement&id=1&format=json&{query}");
        let answer = ask(&bench, Some(seller()), "GET", &query, "");
        let file = answer.file.unwrap();
        assert_eq!(
            (answer.kind, file.from, file.to),
            (Kind::File, from, to),
            "{query}"
        );
        assert_eq!(answer.contenttype, "application/json");
    }
    let data = page(&bench, "view=statement&id=1");
    let presets: Vec<&str> = data["period"]["presets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["from"].as_str().unwrap())
        .collect();
    assert_eq!(presets, ["2026-06-01", "2026-05-01", "2026-01-01"]);
    assert_eq!(data["period"]["zone"], "Europe/Paris");
}

#[test]
fn an_order_counts_once_as_its_last_entry_of_the_days_says() {
    let bench = Bench::new();
    let day = 1_781_474_400; // 2026-06-15 00:00 in Paris.
    enter(&bench, 1, day - 1, &order("before", "5.00", "0.00", ""));
    enter(&bench, 2, day, &order("a", "0.00", "0.00", ""));
    enter(&bench, 3, day + 10, &order("b", "9999999.99", "0.00", ""));
    enter(&bench, 4, day + 20, &order("a", "23.99", "0.00", ""));
    enter(
        &bench,
        5,
        day + 30,
        &order("c", "9999999.99", "0.00", "tag_repeated"),
    );
    enter(&bench, 6, day + 40, &order("a", "23.99", "3.99", ""));
    enter(
        &bench,
        7,
        day + 50,
        &order("t", "1.00", "0.00", "test tag_repeated"),
    );
    enter(
        &bench,
        8,
        day + 60,
        &[
            ("kind", "arrival"),
            ("state", "refused"),
            ("note", "key_disabled not_https"),
        ],
    );
    enter(
        &bench,
        9,
        day + 86_399,
        &[("kind", "arrival"), ("state", "named")],
    );
    enter(&bench, 10, day + 86_400, &order("a", "23.99", "23.99", ""));
    let data = page(&bench, "view=statement&id=1&from=2026-06-15&to=2026-06-15");
    let overview = &data["overview"];
    assert_eq!(overview["tests"], 1);
    let unpaid = page(&bench, "view=statement&id=1&from=2026-06-14&to=2026-06-14");
    assert_eq!(unpaid["overview"]["sums"][0]["refunded"]["text"], "€0.00");
    assert_eq!(
        overview["sums"],
        json!([{
            "currency": "EUR", "orders": 3, "settled": {"text": "€20,000,023.97"}, "refunded": {"text": "€3.99"},
            "kept": {"text": "€20,000,019.98"},
        }])
    );
    let counts: Vec<i64> = overview["arrivals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["count"].as_i64().unwrap())
        .collect();
    assert_eq!(counts, [0, 0, 1, 1]);
    let seqs: Vec<i64> = data["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(seqs, [9, 8, 7, 6, 5, 4, 3, 2]);
    assert_eq!(
        data["entries"][1]["notes"],
        json!(["arrival_key_disabled", "arrival_not_https"])
    );
    assert_eq!(
        data["entries"][2]["notes"],
        json!(["entry_test", "entry_tag_repeated"])
    );
    assert_eq!(
        data["entries"][7]["time"],
        json!({"text": "2026-06-15 00:00:00", "utc": "2026-06-14T22:00:00Z"})
    );
    let page_two = page(
        &bench,
        "view=statement&id=1&from=2026-06-15&to=2026-06-15&before=4",
    );
    let seqs: Vec<i64> = page_two["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(
        (seqs, page_two["newest"].as_bool()),
        (vec![3, 2], Some(false))
    );
}

#[test]
fn the_file_of_a_page_has_the_entries_of_the_page() {
    let bench = Bench::new();
    let buyer = guest();
    for tag in ["a", "b", "c"] {
        let query = format!("shopid=1&what=import&monproduit=1&partner=ACADEMIE_{tag}");
        let arriving = shopengine::engine::Arriving {
            code: &format!("ACADEMIE_{tag}"),
            query: query.as_bytes(),
            https: true,
            referer: "",
            buyer: &buyer,
            transaction: None,
            plugin_places: false,
            plugin_shows: false,
        };
        bench.engine.arrive(&arriving).unwrap();
        bench.clock.set(UnixMillis::from_seconds(NOW + 86_400));
    }
    let query = "view=statement&id=1&from=2026-06-16&to=2026-06-16";
    let shown = page(&bench, query)["entries"].as_array().unwrap().len();
    let file = ask(
        &bench,
        Some(seller()),
        "GET",
        &format!("{query}&format=csv"),
        "",
    )
    .file
    .unwrap();
    assert_eq!(file.name, "statement-ACADEMIE-2026-06-16-2026-06-16.csv");
    let mut out = Vec::new();
    let format = Format::parse(&file.format).unwrap();
    bench
        .engine
        .statement(file.partner, (file.from, file.to), format, &mut out)
        .unwrap();
    let verified = verify(out.as_slice(), b"demo-secret").unwrap();
    assert_eq!((verified.count, shown), (2, 2));
}

#[test]
fn refusals_are_listed_over_all_partners_and_page_by_page() {
    let bench = Bench::new();
    let buyer = guest();
    for number in 0..60 {
        let code = if number % 2 == 0 {
            format!("NOBODY_{number}")
        } else {
            format!("SUSPENDU_{number}")
        };
        let arriving = shopengine::engine::Arriving {
            code: &code,
            query: b"",
            https: true,
            referer: "",
            buyer: &buyer,
            transaction: None,
            plugin_places: false,
            plugin_shows: false,
        };
        bench.engine.arrive(&arriving).unwrap();
    }
    // A payment that was refused is no refused arrival, whatever the letter case of the database.
    enter(&bench, 1, NOW, &[("kind", "order"), ("state", "refused")]);
    let first = page(&bench, "view=refused");
    let tags = |data: &Json| -> Vec<String> {
        data["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["tag"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (
            tags(&first).len(),
            tags(&first)[0].as_str(),
            tags(&first)[1].as_str()
        ),
        (50, "59", "NOBODY_58")
    );
    assert_eq!(
        (&first["entries"][0]["key"], &first["entries"][1]["key"]),
        (&json!("SUSPENDU"), &json!(""))
    );
    let rest = page(&bench, &format!("view=refused&before={}", first["next"]));
    assert_eq!(
        (
            tags(&rest).len(),
            tags(&rest)[9].as_str(),
            rest["next"].is_null()
        ),
        (10, "NOBODY_0", true)
    );
}

#[test]
fn refusals_are_a_file_that_no_spreadsheet_runs() {
    let bench = Bench::new();
    for (number, code) in ["SUSPENDU_=1+2", "NOBODY_a,\"b\"", "@SUM(A1)"]
        .iter()
        .enumerate()
    {
        let arriving = shopengine::engine::Arriving {
            code,
            query: b"",
            https: true,
            referer: "",
            buyer: &guest(),
            transaction: None,
            plugin_places: false,
            plugin_shows: false,
        };
        assert!(bench.engine.arrive(&arriving).is_ok(), "{number}");
    }
    let answer = ask(&bench, Some(seller()), "GET", "view=refused&format=csv", "");
    let file = answer.file.unwrap();
    assert_eq!(
        (file.partner, file.name.as_str()),
        (0, "refused-arrivals.csv")
    );
    let mut out = Vec::new();
    assert_eq!(bench.engine.write_refusals(&mut out).unwrap(), 3);
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.split_once(',').unwrap().1)
        .collect();
    assert_eq!(
        lines,
        [
            "key,tag,note",
            ",'@SUM(A1),code_unreadable",
            ",\"NOBODY_a,\"\"b\"\"\",key_unknown",
            "SUSPENDU,'=1+2,key_disabled referer_missing email_missing",
        ]
    );
    assert!(text.lines().nth(1).unwrap().starts_with("20"), "{text}");
    // More than are read at a time.
    for seq in 1..=2_100 {
        enter(
            &bench,
            seq,
            NOW,
            &[("kind", "arrival"), ("state", "refused"), ("note", "x")],
        );
    }
    let mut out = Vec::new();
    assert_eq!(bench.engine.write_refusals(&mut out).unwrap(), 2_103);
    assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2_104);
}

#[test]
fn a_built_link_is_what_the_import_reads() {
    let bench = Bench::new();
    let built = |body: &str| post(&bench, &format!("what=build&shopid=1&{body}"));
    let answer = built(
        "id=1&quantity/1=3&quantity/2=1&tag=t1&email=marie_curie@example.org&autodrive=1&sign=1&until=2026-12-31",
    );
    let link = answer.data["link"].as_str().unwrap();
    let expected = "https://shop.example/local/shop/front/view.php?shopid=1&what=import&monproduit=3&livre=1\
        &partner=ACADEMIE_t1_marie_curie%40example.org&autodrive=1&expires=1798758000&sig=";
    assert!(link.starts_with(expected), "{link}");
    let query = link.split_once('?').unwrap().1.as_bytes();
    assert_eq!(
        shopengine::domain::signature::check(query, b"demo-secret", NOW),
        shopengine::domain::signature::Signature::Valid
    );
    assert!(
        !serde_json::to_string(&answer.data)
            .unwrap()
            .contains("demo-secret")
    );
    assert!(answer.data["qr"]["size"].as_i64().unwrap() > 40);
    for (body, place, code) in [
        (
            "id=1&quantity/1=1&tag=a_b&email=x%20y",
            "/form/tag/problem",
            "partner_tag_underscore",
        ),
        (
            "id=1&quantity/1=1&tag=a_b&email=x%20y",
            "/form/email/problem",
            "partner_email_space",
        ),
        (
            "quantity/1=1&tag=a",
            "/form/tag/problem",
            "link_needs_partner",
        ),
        (
            "id=1&quantity/1=1&until=2026-06-14&sign=1",
            "/form/until/problem",
            "link_until_past",
        ),
        ("id=1", "/whynot/code", "import_no_products"),
    ] {
        let answer = built(body);
        assert_eq!(answer.status, 422);
        assert_eq!(answer.data.pointer(place).unwrap(), code, "{body}");
        assert!(answer.data["link"].is_null());
    }
    // Today is not over.
    assert_eq!(
        built("id=1&quantity/1=1&until=2026-06-15&sign=1").status,
        200
    );
}

#[test]
fn looking_at_partners_keeps_the_visitors_shop_and_cart() {
    let bench = Bench::new();
    for query in [
        "",
        "view=change&id=1",
        "view=link&id=1",
        "view=statement&id=1",
    ] {
        let answer = ask(&bench, Some(seller()), "GET", query, "");
        assert!(answer.session.is_null(), "{query}: {}", answer.session);
    }
}
