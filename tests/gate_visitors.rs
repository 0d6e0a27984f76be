//! The gate before commands on a visitor's cart: the plugin's pages send them without the session's key, so other sites must not.

use std::collections::BTreeMap;

use shopengine::front::Sender;
use shopengine::front::gate::{Decision, GateRequest, Passage, Takeover, decide, scripts};

const FRONT: &str = "front/view.php";
const SERVICE: &str = "front/ajax/service.php";

/// Commands that change a cart or a session.
const COMMANDS: &[(&str, &str)] = &[
    (FRONT, "view=shop&what=addunit&productname=livre"),
    (FRONT, "view=shop&what=setunits&productname=livre&quant=2"),
    (FRONT, "view=shop&what=deleteunit&productname=livre"),
    (FRONT, "view=shop&what=clearall"),
    (FRONT, "what=clearall"),
    (FRONT, "view=purchaserequ&what=collect"),
    (FRONT, "view=customer&what=navigate"),
    (FRONT, "view=order&what=agreeeulas"),
    (FRONT, "view=order&what=reseteulas"),
    (FRONT, "view=order&what=navigate&paymode=check"),
    (SERVICE, "service=shop&what=addunit"),
    (SERVICE, "service=shop&what=setunits&quant=2"),
    (SERVICE, "service=shop&what=deleteunit"),
    (SERVICE, "service=shop&what=clearall"),
    (SERVICE, "service=shop&what=checkpasscode"),
    (SERVICE, "service=users&what=addparticipant"),
    (SERVICE, "service=users&what=deleteparticipant"),
    (SERVICE, "service=users&what=addassign"),
    (SERVICE, "service=users&what=deleteassign"),
    (SERVICE, "service=order&what=agreeeulas"),
    (SERVICE, "service=order&what=reseteulas"),
];

const SHOP: &str = "https://shop.example/local/shop/front/view.php?view=shop";

fn modes(mode: &str, takeovers: &[Takeover]) -> BTreeMap<String, String> {
    takeovers
        .iter()
        .map(|takeover| (takeover.name().to_owned(), mode.to_owned()))
        .collect()
}

fn all_on() -> BTreeMap<String, String> {
    modes("on", &Takeover::ALL)
}

fn ask(method: &str, script: &str, query: &str, sender: Sender) -> Decision {
    decide(&GateRequest {
        method: method.to_owned(),
        script: script.to_owned(),
        query: query.as_bytes().to_vec(),
        sesskey: "key".to_owned(),
        modes: all_on(),
        sender,
        ..GateRequest::default()
    })
}

fn sent(fetch_site: &str, origin: &str, referer: &str) -> Sender {
    Sender {
        fetch_site: fetch_site.to_owned(),
        fetch_dest: String::new(),
        origin: origin.to_owned(),
        referer: referer.to_owned(),
        wwwroot: "https://shop.example".to_owned(),
    }
}

/// From one of the shop's own pages.
fn own() -> Sender {
    sent("same-origin", "", SHOP)
}

/// Nobody runs it: it is refused, or asked about on a page.
fn is_stopped(script: &str, query: &str, decision: &Decision) {
    let expected = if script == SERVICE || query.contains("paymode") {
        (Passage::Refuse, 403, "request_foreign")
    } else {
        (Passage::Confirm, 200, "command_confirm")
    };
    let said = (decision.passage, decision.status, decision.code);
    assert_eq!(said, expected, "{script} {query}");
}

#[test]
fn a_page_of_another_site_changes_no_cart() {
    for (script, query) in COMMANDS {
        for sender in [
            sent("cross-site", "", ""),
            sent("same-site", "https://shop.example", ""),
            sent("", "https://evil.example", ""),
            sent("", "null", "https://shop.example/"),
            sent("", "", "https://evil.example/"),
            // Nothing at all: a page can see to that on a site without HTTPS.
            sent("", "", ""),
            // A link in a mail program, a stored or a typed address.
            sent("none", "", ""),
        ] {
            for method in ["GET", "POST"] {
                is_stopped(script, query, &ask(method, script, query, sender.clone()));
            }
        }
    }
}

#[test]
fn what_users_write_into_pages_of_the_site_changes_no_cart() {
    let blog = "https://shop.example/blog/index.php";
    for (script, query) in COMMANDS {
        for (dest, referer) in [
            ("image", blog),
            ("image", SHOP),
            ("document", blog),
            // Moodle's log-in page leads on to the address that was asked for.
            ("document", "https://shop.example/login/index.php"),
            ("document", ""),
        ] {
            let sender = Sender {
                fetch_dest: dest.to_owned(),
                ..sent("same-origin", "", referer)
            };
            is_stopped(script, query, &ask("GET", script, query, sender));
        }
        is_stopped(
            script,
            query,
            &ask("GET", script, query, sent("", "", blog)),
        );
    }
}

#[test]
fn the_shops_own_pages_and_the_sessions_key_pass() {
    for (script, query) in COMMANDS {
        for sender in [
            own(),
            // A site that hides the Referer.
            sent("same-origin", "", ""),
            sent("", "https://shop.example", ""),
            sent("", "", SHOP),
        ] {
            let passage = ask("POST", script, query, sender).passage;
            assert!(
                matches!(passage, Passage::Plugin | Passage::Steer | Passage::Engine),
                "{script} {query}"
            );
        }
        for dest in ["document", "empty"] {
            let sender = Sender {
                fetch_dest: dest.to_owned(),
                ..own()
            };
            let passage = ask("GET", script, query, sender).passage;
            assert!(
                matches!(passage, Passage::Plugin | Passage::Steer | Passage::Engine),
                "{script} {query} {dest}"
            );
        }
        let keyed = format!("{query}&sesskey=key");
        let passage = ask("GET", script, &keyed, Sender::default()).passage;
        assert!(
            matches!(passage, Passage::Plugin | Passage::Steer | Passage::Engine),
            "{script} {query}"
        );
    }
}

#[test]
fn a_chosen_interface_is_judged_at_each_step_that_the_plugin_goes_on_with() {
    for (query, check) in [
        ("view=order&what=navigate&paymode=check", "paymode"),
        ("view=payment&what=place", "paymode"),
        ("view=payment", "interface"),
        ("view=payment&what=navigate", "interface"),
        ("view=produce&what=confirm", "interface"),
        ("view=produce&what=produce", "interface"),
    ] {
        let decision = decide(&GateRequest {
            method: "GET".to_owned(),
            script: FRONT.to_owned(),
            query: query.as_bytes().to_vec(),
            modes: modes(
                "on",
                &[Takeover::Paymode, Takeover::Cart, Takeover::Customer],
            ),
            sender: own(),
            ..GateRequest::default()
        });
        let said = (decision.passage, decision.check);
        assert_eq!(said, (Passage::Plugin, check), "{query}");
    }
}

#[test]
fn links_of_partners_and_ways_back_come_from_other_sites() {
    for (query, passage) in [
        ("id=1&what=import&formation=1", Passage::Steer),
        ("view=customer&what=revalidate", Passage::Steer),
        ("view=order", Passage::Steer),
        ("view=produce&what=confirm", Passage::Engine),
        ("view=payment&what=navigate", Passage::Engine),
    ] {
        let decision = ask("GET", FRONT, query, sent("cross-site", "", ""));
        assert_eq!(decision.passage, passage, "{query}");
    }
}

#[test]
fn no_command_of_the_plugin_runs_by_head_or_another_method() {
    for (script, query) in COMMANDS {
        for method in ["HEAD", "PUT", "OPTIONS", "DELETE", "get", ""] {
            let decision = ask(method, script, &format!("{query}&sesskey=key"), own());
            assert_eq!(
                (decision.passage, decision.status),
                (Passage::Refuse, 405),
                "{method} {script} {query}"
            );
        }
    }
    let stored = ask(
        "HEAD",
        "products/view.php",
        "what=delete&sesskey=key",
        own(),
    );
    assert_eq!((stored.passage, stored.status), (Passage::Refuse, 405));
    // A mail filter that follows a partner's link reads an answer.
    let link = ask("HEAD", FRONT, "what=import&formation=1", own());
    assert_eq!(link.passage, Passage::Steer);
    assert_eq!(
        ask("HEAD", FRONT, "view=shop", own()).passage,
        Passage::Steer
    );
}

#[test]
fn a_command_about_seats_is_the_engines_and_the_plugin_draws_a_list() {
    for (what, list) in [
        ("addparticipant", "participantlist"),
        ("deleteparticipant", "participantlist"),
        ("addassign", "assignlistobj"),
        ("deleteassign", "assignlistobj"),
    ] {
        let decision = ask(
            "POST",
            SERVICE,
            &format!("service=users&what={what}"),
            own(),
        );
        assert_eq!(
            (decision.passage, decision.takeover, decision.command),
            (Passage::Steer, "cart", false),
            "{what}"
        );
        assert_eq!(decision.get["what"].as_deref(), Some(list));
        assert_eq!(decision.get["service"].as_deref(), Some("users"));
        let decision = ask("POST", FRONT, &format!("view=users&what={what}"), own());
        assert_eq!(decision.passage, Passage::Refuse, "{what}");
    }
}

#[test]
fn every_word_of_a_visitors_script_that_is_no_list_and_no_way_on_must_be_the_sites_own() {
    const OTHERS: [&str; 15] = [
        "",
        "navigate",
        "back",
        "import",
        "login",
        "revalidate",
        "place",
        "confirm",
        "produce",
        "orderdetails",
        "ordertotals",
        "participantlist",
        "assignlist",
        "assignlistobj",
        "assignalllistobj",
    ];
    for script in scripts().filter(|script| [FRONT, SERVICE].contains(&script.path)) {
        for row in script.rows.iter().filter(|row| !row.own) {
            for word in row.commands {
                let refused = matches!(row.runs, shopengine::front::gate::Runs::Refused(_));
                assert!(
                    refused || OTHERS.contains(word),
                    "{} {:?} {word}",
                    script.path,
                    row.views
                );
            }
        }
    }
}
