//! Names of the catalogue in several languages: shown, mailed and sent to payment interfaces in one; stored as they were written.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::browser::Browser;
use common::*;
use shopengine::engine::Texts;
use shopengine::front::{Request, handle};

const BRACES: &str = "{mlang en}Book{mlang}{mlang fr}Livre{mlang}";
const SPANS: &str = r#"<span lang="en" class="multilang">Workshop</span><span lang="fr" class="multilang">Atelier</span>"#;

/// A shop whose names are in two languages: LIVRE with braces, the elements of COFFRET and the shop itself with spans.
fn shop() -> Bench {
    let bench = Bench::new();
    for (sql, name) in [
        (
            "UPDATE {local_shop_catalogitem} SET name = ? WHERE id = 2",
            BRACES,
        ),
        (
            "UPDATE {local_shop_catalogitem} SET name = ? WHERE setid = 12",
            SPANS,
        ),
        ("UPDATE {local_shop} SET name = ?", SPANS),
    ] {
        bench.db().execute(sql, &[name.into()]).unwrap();
    }
    bench
}

/// A host with filters: what it was asked, and what it makes of it.
struct Filters {
    asked: RefCell<Vec<(String, String)>>,
    fails: bool,
}

impl Texts for Filters {
    fn plain(&self, text: &str, lang: &str) -> Result<String, String> {
        self.asked.borrow_mut().push((text.into(), lang.into()));
        if self.fails {
            return Err("filter is broken".into());
        }
        Ok(format!("{lang}:{}", text.len()))
    }
}

fn filtered(bench: Bench, fails: bool) -> (Bench, Rc<Filters>) {
    let filters = Rc::new(Filters {
        asked: RefCell::default(),
        fails,
    });
    let host = Rc::clone(&filters) as Rc<dyn Texts>;
    let engine = bench.engine.with_texts(Some(host));
    (
        Bench {
            engine,
            clock: bench.clock,
            folder: bench.folder,
        },
        filters,
    )
}

/// The page of the shop with a cart of this link, in a language.
fn page(bench: &Bench, lang: &str, link: &str) -> serde_json::Value {
    let mut browser = Browser::guest(bench);
    browser.get(&format!("shopid=1&what=import&{link}"));
    let request = Request {
        method: "GET".into(),
        script: common::browser::VIEW.into(),
        query: "view=shop&shopid=1".into(),
        lang: lang.into(),
        wwwroot: "https://shop.example".into(),
        session: browser.session.clone(),
        ..Request::default()
    };
    handle(&bench.engine, &request).data
}

#[test]
fn pages_show_names_in_their_language() {
    let bench = shop();
    for (lang, book, workshop) in [
        ("en", "Book", "Workshop"),
        ("fr", "Livre", "Atelier"),
        ("de", "Book", "Workshop"),
    ] {
        let page = page(&bench, lang, "livre=1&coffret=1");
        let lines = page["cart"]["lines"].as_array().unwrap();
        assert_eq!(lines[0]["label"], book, "{lang}");
        assert_eq!(lines[1]["elements"][1], workshop, "{lang}");
        assert_eq!(page["shop"]["name"], workshop, "{lang}");
        assert!(
            !page.to_string().contains("mlang") && !page.to_string().contains("multilang"),
            "{lang}"
        );
    }
}

#[test]
fn an_order_keeps_names_as_written_and_shows_them_in_its_language() {
    let bench = shop();
    let placed = bench
        .place(&cart(&[("livre", 1), ("coffret", 1)]), &guest(), "test")
        .unwrap();
    let stored = "SELECT abstract AS t FROM {local_shop_billitem} WHERE itemcode = 'LIVRE'";
    assert_eq!(bench.text(stored), BRACES);
    // The plugin filters the title of a bill before it stores it.
    assert_eq!(
        bench.text("SELECT title AS t FROM {local_shop_bill}"),
        "Workshop"
    );
    let mut order = bench.order(&placed.transid);
    for (lang, book, workshop) in [("en", "Book", "Workshop"), ("fr", "Livre", "Atelier")] {
        order.lang = lang.into();
        let view = bench.engine.view(&order).unwrap();
        assert_eq!(
            (
                view.lines[0].label.as_str(),
                view.lines[1].elements[0].as_str()
            ),
            (book, workshop)
        );
    }
    bench.pay(&placed.transid);
    let tasks = bench.engine.lease(10).unwrap();
    let told = serde_json::to_string(
        &tasks
            .iter()
            .map(shopengine::front::task_data)
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(
        told.contains("\"Livre\"") && !told.contains("mlang") && !told.contains("multilang"),
        "{told}"
    );
    let log = bench.log();
    assert!(
        !log.contains("mlang") && !log.contains("multilang"),
        "{log}"
    );
}

#[test]
fn payment_interfaces_get_the_names_in_the_language_of_the_order() {
    let bench = shop();
    bench.set("paypalsellertestname", "seller@example.org");
    bench.set("paypal_transaction_type", "peritem");
    let mut browser = Browser::guest(&bench);
    browser.get("shopid=1&what=import&livre=1&monproduit=1&autodrive=1");
    browser.identify("zoe@example.net");
    let answer = browser.place("paypal");
    bench.sql("UPDATE {local_shopengine_order} SET lang = 'fr'");
    let query = answer.location.split_once('?').unwrap().1.to_owned();
    // The page is in English.
    let page = browser.get(&query);
    assert_eq!(page.data["shop"]["name"], "Workshop");
    let fields = page.data["widget"]["forms"][0]["fields"].to_string();
    assert!(
        fields.contains(r#"["item_name_1","Livre"]"#) && fields.contains(r#"["cbt","Atelier"]"#),
        "{fields}"
    );
    assert!(
        !fields.contains("mlang") && !fields.contains("multilang"),
        "{fields}"
    );
}

#[test]
fn an_order_page_has_the_legal_mentions_of_its_catalogue_and_the_sellers_number() {
    let bench = shop();
    let footer = format!("<p>{SPANS}</p>");
    bench
        .db()
        .execute(
            "UPDATE {local_shop_catalog} SET billfooter = ?",
            &[footer.as_str().into()],
        )
        .unwrap();
    bench.set("sellerID", "RCS Lyon 123 456 789");
    let mut browser = Browser::guest(&bench);
    browser.get("shopid=1&what=import&livre=2&autodrive=1");
    browser.identify("zoe@example.net");
    browser.place("check");
    for view in ["produce", "bill", "invoice"] {
        let order = browser.get(&format!("view={view}")).data["order"].clone();
        assert_eq!(order["footer"]["text"], "<p>Workshop</p>", "{view}");
        assert_eq!(order["footer"]["catalog"], 1, "{view}");
        assert_eq!(
            order["seller"]["registration"], "RCS Lyon 123 456 789",
            "{view}"
        );
    }
    // A host with filters reads the footer itself.
    let (bench, _) = filtered(bench, false);
    let order = bench
        .engine
        .bill_footer(&bench.engine.recent_orders(1, 0).unwrap()[0]);
    assert_eq!(bench.engine.rich(&order.unwrap().1, "fr"), footer);
}

#[test]
fn the_hosts_filters_read_names_with_markup_and_no_others() {
    let (bench, filters) = filtered(shop(), false);
    let page = page(&bench, "fr", "livre=1");
    assert_eq!(
        page["cart"]["lines"][0]["label"],
        format!("fr:{}", BRACES.len())
    );
    let asked = filters.asked.borrow();
    assert!(asked.contains(&(BRACES.to_owned(), "fr".to_owned())));
    assert!(
        asked.iter().all(|(text, _)| text.contains("lang")),
        "{asked:?}"
    );
}

#[test]
fn filters_that_fail_stop_no_sale_and_are_traced() {
    let (bench, _) = filtered(shop(), true);
    assert_eq!(
        page(&bench, "fr", "livre=1")["cart"]["lines"][0]["label"],
        "Livre"
    );
    assert!(
        bench
            .log()
            .contains("Text of the catalogue not filtered : filter is broken")
    );
}
