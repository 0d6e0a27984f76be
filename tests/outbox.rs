//! The outbox: leases, results, retries, giving up.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::collating::Collating;
use common::*;
use shopengine::domain::state::BillStatus;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::Task;

const LEASE: i64 = 120_000;
/// After how long without a cron run a visitor performs what failed before, in milliseconds.
const WITHOUT_CRON: i64 = 600_000;

fn paid() -> (Bench, shopengine::engine::Placed) {
    let bench = Bench::new();
    let (placed, ..) = bench.placed("test");
    bench.pay(&placed.transid);
    (bench, placed)
}

fn delivery(bench: &Bench) -> Task {
    let mut tasks = bench.engine.lease(10).unwrap();
    tasks.retain(|task| task.kind == "deliver");
    assert_eq!(tasks.len(), 1);
    tasks.remove(0)
}

#[test]
fn a_task_is_leased_once_and_offered_again_when_the_lease_ends() {
    let (bench, placed) = paid();
    assert!(bench.engine.has_work(placed.bill).unwrap());
    let first = delivery(&bench);
    assert!(bench.engine.lease(10).unwrap().is_empty());
    bench.clock.advance(LEASE - 1);
    assert!(bench.engine.lease(10).unwrap().is_empty());
    bench.clock.advance(1);
    let second = delivery(&bench);
    assert_eq!(first.id, second.id);
    assert_ne!(first.stamp, second.stamp);
    // The first one comes back too late: the second one's word counts.
    assert_eq!(
        code(
            bench
                .engine
                .finish(first.id, &first.stamp, &done("deliver"))
        ),
        "lease_lost"
    );
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    bench
        .engine
        .finish(second.id, &second.stamp, &done("deliver"))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert_eq!(
        code(
            bench
                .engine
                .finish(second.id, &second.stamp, &done("deliver"))
        ),
        "lease_lost"
    );
    assert_eq!(
        code(bench.engine.finish(999, "x", &done("deliver"))),
        "lease_lost"
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shop_product}"),
        1
    );
}

#[test]
fn a_failure_is_tried_again_later_and_later_then_given_up() {
    let (bench, placed) = paid();
    let mut waits = Vec::new();
    for attempt in 1..=10 {
        let task = delivery(&bench);
        bench
            .engine
            .finish(task.id, &task.stamp, &failed("no answer"))
            .unwrap();
        let order = bench.order(&placed.transid);
        if attempt == 10 {
            assert_eq!(order.held.as_deref(), Some("delivery_failed"));
            break;
        }
        assert_eq!(order.held, None);
        let due = bench
            .count("SELECT timedue AS n FROM {local_shopengine_outbox} WHERE kind = 'deliver'");
        let now = bench.engine.now().millis();
        waits.push((due - now) / 60_000);
        bench.clock.advance(due - now - 1);
        assert!(
            bench
                .engine
                .lease(10)
                .unwrap()
                .iter()
                .all(|task| task.kind != "deliver")
        );
        bench.clock.advance(1);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256]);
    bench.clock.advance(1_000_000_000);
    assert!(
        bench
            .engine
            .lease(10)
            .unwrap()
            .iter()
            .all(|task| task.kind != "deliver")
    );
    let told = "SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE kind = 'mail' AND payload LIKE '%delivery_failed%'";
    assert_eq!(bench.count(told), 1, "the seller is told once");
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    assert!(
        bench
            .log()
            .contains("deliver given up after 10 attempts : no answer")
    );
}

#[test]
fn a_task_that_kills_whoever_takes_it_is_given_up() {
    let (bench, placed) = paid();
    let mut leased = 0;
    for _ in 0..30 {
        leased += bench
            .engine
            .lease(10)
            .unwrap()
            .iter()
            .filter(|task| task.kind == "deliver")
            .count();
        bench.clock.advance(LEASE);
    }
    assert_eq!(leased, 10);
    let order = bench.order(&placed.transid);
    assert_eq!(order.held.as_deref(), Some("delivery_failed"));
}

#[test]
fn a_seller_who_looked_at_a_hold_releases_it_and_the_work_is_due_again() {
    let (bench, placed) = paid();
    for _ in 0..10 {
        for task in bench.engine.lease(10).unwrap() {
            let word = match task.kind.as_str() {
                "deliver" => failed("no answer"),
                kind => done(kind),
            };
            bench.engine.finish(task.id, &task.stamp, &word).unwrap();
        }
        bench.clock.advance(22_000_000);
    }
    let held = bench.order(&placed.transid);
    assert_eq!(held.held.as_deref(), Some("delivery_failed"));
    let seller = staff().user.unwrap();
    bench.engine.release(&held, &seller).unwrap();
    assert_eq!(bench.order(&placed.transid).held, None);
    assert!(
        bench
            .log()
            .contains("Hold released by the seller : delivery_failed")
    );
    let task = delivery(&bench);
    bench
        .engine
        .finish(task.id, &task.stamp, &done("deliver"))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    // Nothing is held any more: a second press changes nothing.
    let before = bench.engine.history(held.bill).unwrap().len();
    let order = bench.order(&placed.transid);
    bench.engine.release(&order, &seller).unwrap();
    assert_eq!(bench.engine.history(held.bill).unwrap().len(), before);
}

#[test]
fn what_was_paid_back_or_delivered_by_hand_is_not_delivered() {
    for to in [BillStatus::Payback, BillStatus::Complete] {
        let (bench, placed) = paid();
        let seller = staff().user.unwrap();
        bench
            .engine
            .move_order(&bench.order(&placed.transid), to, &seller)
            .unwrap();
        assert!(
            bench
                .engine
                .lease(10)
                .unwrap()
                .iter()
                .all(|task| task.kind != "deliver"),
            "{to}"
        );
        bench.clock.advance(LEASE);
        assert!(
            bench
                .engine
                .lease(10)
                .unwrap()
                .iter()
                .all(|task| task.kind != "deliver"),
            "{to}"
        );
        bench.drain();
        assert_eq!(bench.status(&placed.transid), to.as_str());
    }
}

#[test]
fn a_delivery_that_ends_after_the_refund_is_remarked_and_moves_nothing() {
    let (bench, placed) = paid();
    let task = delivery(&bench);
    let seller = staff().user.unwrap();
    bench
        .engine
        .move_order(&bench.order(&placed.transid), BillStatus::Payback, &seller)
        .unwrap();
    bench
        .engine
        .finish(task.id, &task.stamp, &done("deliver"))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "PAYBACK");
    assert!(
        bench
            .log()
            .contains("Delivery done, but the order was closed meanwhile")
    );
}

#[test]
fn orders_that_nobody_can_read_do_not_stand_in_the_way_of_others() {
    let bench = Bench::new();
    for _ in 0..12 {
        let (broken, ..) = bench.placed("test");
        bench.pay(&broken.transid);
    }
    bench.sql("UPDATE {local_shopengine_order} SET currency = '???'");
    let (good, ..) = bench.placed("test");
    bench.pay(&good.transid);
    // More broken ones than are looked at in one go.
    let mut leased = Vec::new();
    for _ in 0..3 {
        leased.extend(bench.engine.lease(5).unwrap());
    }
    // The email about the payment waits for the delivery.
    let kinds: Vec<&str> = leased.iter().map(|task| task.kind.as_str()).collect();
    assert_eq!(kinds, ["deliver"]);
    assert!(
        leased
            .iter()
            .all(|task| task.transid == good.transid.as_str())
    );
    assert_eq!(bench.engine.recent_orders(50, 0).unwrap().len(), 1);
    // Once mended they are delivered after all.
    bench.sql("UPDATE {local_shopengine_order} SET currency = 'EUR'");
    bench.clock.advance(21_600_000);
    assert_eq!(bench.drain(), 26);
}

#[test]
fn a_visitor_leaves_to_cron_what_was_tried_three_times() {
    let (bench, placed) = paid();
    bench.sql("UPDATE {local_shopengine_outbox} SET state = 'void' WHERE kind <> 'deliver'");
    for _ in 0..3 {
        assert!(bench.engine.has_work(placed.bill).unwrap());
        assert_eq!(bench.engine.lease_for_visitor(10).unwrap().len(), 1);
        bench.clock.advance(LEASE);
    }
    assert!(!bench.engine.has_work(placed.bill).unwrap());
    assert!(bench.engine.lease_for_visitor(10).unwrap().is_empty());
    bench.clock.advance(WITHOUT_CRON - 1);
    assert!(bench.engine.lease_for_visitor(10).unwrap().is_empty());
    // No cron has taken it meanwhile.
    bench.clock.advance(1);
    assert!(bench.engine.has_work(placed.bill).unwrap());
    assert_eq!(bench.engine.lease_for_visitor(10).unwrap().len(), 1);
    bench.clock.advance(LEASE);
    assert!(bench.engine.lease_for_visitor(10).unwrap().is_empty());
    assert_eq!(bench.engine.lease(10).unwrap().len(), 1);
}

#[test]
fn one_task_is_leased_although_those_before_it_are_put_off() {
    let bench = Bench::new();
    emails_an_hour(&bench, 1);
    for _ in 0..5 {
        announce(&bench, &guest(), "one@example.net");
    }
    announce(&bench, &guest(), "other@example.net");
    bench.sql("UPDATE {local_shopengine_outbox} SET state = 'void' WHERE kind = 'prepare'");
    let mut told = Vec::new();
    for _ in 0..2 {
        let [task] = bench.engine.lease(1).unwrap().try_into().unwrap();
        told.push(task.order.unwrap().customer.email);
        assert_eq!(task.kind, "mail");
    }
    assert_eq!(told, ["one@example.net", "other@example.net"]);
}

#[test]
fn tasks_carry_what_the_host_needs_and_no_floats() {
    let (bench, placed) = paid();
    let task = serde_json::to_value(delivery(&bench)).unwrap();
    assert_eq!(task["transid"], placed.transid.as_str());
    assert_eq!(task["order"]["transid"], placed.transid.as_str());
    fn no_floats(value: &serde_json::Value) {
        match value {
            serde_json::Value::Number(number) => {
                assert!(number.is_i64() || number.is_u64(), "{number}")
            }
            serde_json::Value::Array(list) => list.iter().for_each(no_floats),
            serde_json::Value::Object(map) => map.values().for_each(no_floats),
            _ => {}
        }
    }
    no_floats(&task);
}

/// Sets how many emails an unconfirmed address gets in an hour.
fn emails_an_hour(bench: &Bench, most: u32) {
    bench.sql(&format!(
        "UPDATE {{config_plugins}} SET value = '{most}' WHERE plugin = 'local_shopengine' AND name = 'mailsperhour'"
    ));
}

/// Leases what is due, and says of each email whether its address is confirmed.
fn emails(bench: &Bench) -> Vec<bool> {
    let tasks = bench.engine.lease(50).unwrap();
    for task in &tasks {
        bench
            .engine
            .finish(task.id, &task.stamp, &done(&task.kind))
            .unwrap();
    }
    let mails = tasks.iter().filter(|task| task.kind == "mail");
    mails.map(|task| task.confirmed).collect()
}

/// An order that its buyer announces to pay by cheque: an email is due.
fn announce(bench: &Bench, buyer: &shopengine::engine::Buyer, email: &str) {
    let mut cart = cart(&[("monproduit", 1)]);
    cart.customerinfo.email = email.to_owned();
    let placed = bench.place(&cart, buyer, "check").unwrap();
    bench
        .press("check", &naming_revision(&placed.transid, placed.revision))
        .unwrap();
}

#[test]
fn an_address_that_others_have_flooded_is_told_of_a_payment_all_the_same() {
    let bench = Bench::new();
    emails_an_hour(&bench, 2);
    for _ in 0..3 {
        announce(&bench, &guest(), "victim@example.net");
    }
    assert_eq!(emails(&bench).len(), 2);
    let mut cart = cart(&[("monproduit", 1)]);
    cart.customerinfo.email = "victim@example.net".to_owned();
    let own = bench.place(&cart, &guest(), "test").unwrap();
    bench.pay(&own.transid);
    let mut templates = Vec::new();
    for _ in 0..3 {
        for task in bench.engine.lease(50).unwrap() {
            templates.push(task.payload["template"].to_string());
            let finished = done(&task.kind);
            bench
                .engine
                .finish(task.id, &task.stamp, &finished)
                .unwrap();
        }
    }
    assert!(templates.contains(&"\"paid\"".to_owned()), "{templates:?}");
    assert!(!templates.contains(&"\"announced\"".to_owned()));
}

#[test]
fn an_address_that_nobody_confirmed_gets_a_few_emails_an_hour() {
    let bench = Bench::new();
    emails_an_hour(&bench, 2);
    for email in [
        "victim@example.net",
        "Victim@Example.net",
        "victim@example.net",
    ] {
        announce(&bench, &guest(), email);
    }
    announce(&bench, &guest(), "other@example.net");
    assert_eq!(emails(&bench), [false, false, false]);
    assert_eq!(emails(&bench), [false; 0]);
    // The third waits for its hour.
    bench.clock.advance(3_600_001);
    assert_eq!(emails(&bench), [false]);
    // A flood is given up after a day, and the orders say so.
    for _ in 0..9 {
        announce(&bench, &guest(), "victim@example.net");
    }
    emails_an_hour(&bench, 1);
    let mut sent = 0;
    for _ in 0..3 {
        sent += emails(&bench).len();
        bench.clock.advance(9 * 3_600_000);
    }
    sent += emails(&bench).len();
    assert_eq!(sent, 3);
    let given_up =
        "SELECT COUNT(*) AS n FROM {local_shopengine_history} WHERE message LIKE 'Email not sent%'";
    assert_eq!(bench.count(given_up), 6);
    let open = "SELECT COUNT(*) AS n FROM {local_shopengine_outbox} WHERE state = 'due'";
    assert_eq!(bench.count(open), 0);
}

#[test]
fn emails_of_the_plugin_count_like_the_engines_and_plus_addresses_are_one() {
    let bench = Bench::new();
    emails_an_hour(&bench, 3);
    let free = |email: &str| {
        let mut cart = cart(&[("livre", 1)]);
        cart.customerinfo.email = email.to_owned();
        bench.sql("UPDATE {local_shop_catalogitem} SET price1 = '0.000' WHERE shortname = 'livre'");
        bench.place(&cart, &guest(), "freeorder").unwrap().transid
    };
    let order = free("victim+1@example.net");
    announce(&bench, &guest(), "victim@example.net");
    assert_eq!(emails(&bench), [false]);
    let may = |order: &TransactionId, email: &str| bench.engine.may_email(order, email).unwrap();
    assert!(may(&order, "victim+1@example.net"));
    let other = free("Victim+2@example.net");
    assert!(may(&other, "Victim+2@example.net"));
    assert!(!may(&other, "Victim+2@example.net"));
    assert!(may(&other, "somebody@example.net"));
    let told =
        "SELECT COUNT(*) AS n FROM {local_shopengine_history} WHERE message LIKE 'Email not sent%'";
    assert_eq!(bench.count(told), 1);
    // The engine's own wait for their hour.
    announce(&bench, &guest(), "victim+3@example.net");
    assert_eq!(emails(&bench), [false; 0]);
    // The account that production made confirms nothing until its owner has logged in.
    bench.sql(
        "INSERT INTO {user} (id, username, email) VALUES (88, 'victim', 'victim+2@example.net')",
    );
    assert!(!may(&other, "victim+2@example.net"));
    bench.sql("UPDATE {user} SET firstaccess = 1 WHERE id = 88");
    assert!(may(&other, "victim+2@example.net"));
    // A buyer with an account of their own, whom a partner vouched for, may never have logged in.
    announce(&bench, &jean(), "jean.dupont@example.org");
    let theirs =
        bench.text("SELECT transactionid AS t FROM {local_shopengine_order} WHERE userid = 3");
    let theirs = TransactionId::parse(&theirs).unwrap();
    for _ in 0..4 {
        assert!(may(&theirs, "Jean.Dupont@example.org"));
    }
    // Money that came is told of, and an hour later there is room again.
    let mut paid = cart(&[("monproduit", 1)]);
    paid.customerinfo.email = "victim@example.net".to_owned();
    let paid = bench.place(&paid, &guest(), "test").unwrap().transid;
    assert!(!may(&paid, "victim@example.net"));
    bench.pay(&paid);
    assert!(may(&paid, "victim@example.net"));
    bench.clock.advance(3_600_001);
    assert!(may(&order, "victim+9@example.net"));
}

#[test]
fn an_address_that_merely_sorts_like_the_accounts_is_not_confirmed() {
    let bench = Bench::on(std::rc::Rc::new(Collating(demo_in_memory())));
    announce(&bench, &jean(), "jéan.dupont@example.org");
    announce(&bench, &jean(), "jean.dupont@éxample.org");
    assert_eq!(emails(&bench), [false, false]);
    announce(&bench, &jean(), "JEAN.dupont@example.org");
    assert_eq!(emails(&bench), [true]);
}

#[test]
fn the_address_of_the_buyers_account_is_confirmed_and_gets_all_emails() {
    let bench = Bench::new();
    emails_an_hour(&bench, 1);
    for _ in 0..3 {
        announce(&bench, &jean(), "Jean.Dupont@example.org");
    }
    assert_eq!(emails(&bench), [true; 3]);
    // Another address than the account's is nobody's.
    announce(&bench, &jean(), "someone@example.net");
    assert_eq!(emails(&bench), [false]);
}

#[test]
fn a_guests_order_is_not_delivered_over_an_account_that_came_later() {
    let (bench, placed) = paid();
    let mail = "(SELECT email FROM local_shop_customer ORDER BY id DESC LIMIT 1)";
    bench.sql(&format!(
        "INSERT INTO user (id, username, email, deleted) VALUES (77, 'late', UPPER({mail}), 0)"
    ));
    let tasks = bench.engine.lease(10).unwrap();
    assert!(tasks.iter().all(|task| task.kind != "deliver"));
    let held = "SELECT COUNT(*) AS n FROM {local_shopengine_order} WHERE held = 'account_exists'";
    assert_eq!(bench.count(held), 1);
    assert_eq!(bench.status(&placed.transid), "SOLDOUT");
    // An account that the delivery of an earlier order made for this very buyer is theirs.
    bench.sql("UPDATE local_shop_customer SET hasaccount = 77");
    bench.sql("UPDATE local_shopengine_outbox SET state = 'due' WHERE kind = 'deliver'");
    bench.sql("UPDATE local_shopengine_order SET held = ''");
    bench.clock.advance(LEASE);
    let tasks = bench.engine.lease(10).unwrap();
    assert!(tasks.iter().any(|task| task.kind == "deliver"));
}

/// The account of an order.
fn owner(bench: &Bench, placed: &shopengine::engine::Placed) -> i64 {
    bench.count(&format!(
        "SELECT userid AS n FROM {{local_shopengine_order}} WHERE billid = {}",
        placed.bill
    ))
}

/// A guest's paid order whose address has become account 77's.
fn held_for_an_account() -> (Bench, shopengine::engine::Placed) {
    let (bench, placed) = paid();
    let mail = "(SELECT email FROM local_shop_customer ORDER BY id DESC LIMIT 1)";
    bench.sql(&format!(
        "INSERT INTO user (id, username, email, deleted) VALUES (77, 'late', {mail}, 0)"
    ));
    let tasks = bench.engine.lease(10).unwrap();
    assert!(tasks.iter().all(|task| task.kind != "deliver"));
    let held = bench.order(&placed.transid).held;
    assert_eq!(held.as_deref(), Some("account_exists"));
    (bench, placed)
}

#[test]
fn a_release_delivers_to_the_account_that_has_got_the_buyers_address() {
    let (bench, placed) = held_for_an_account();
    let order = bench.order(&placed.transid);
    bench
        .engine
        .release(&order, &staff().user.unwrap())
        .unwrap();
    let task = delivery(&bench);
    assert_eq!(task.payload["account"], 77);
    bench
        .engine
        .finish(task.id, &task.stamp, &done("deliver"))
        .unwrap();
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    let order = bench.order(&placed.transid);
    assert_eq!((owner(&bench, &placed), order.held), (77, None));
}

#[test]
fn a_release_chooses_none_of_several_accounts_with_the_buyers_address() {
    let (bench, placed) = held_for_an_account();
    bench.sql("INSERT INTO user (id, username, email, deleted) SELECT 78, 'later', email, 0 FROM user WHERE id = 77");
    let order = bench.order(&placed.transid);
    bench
        .engine
        .release(&order, &staff().user.unwrap())
        .unwrap();
    let tasks = bench.engine.lease(10).unwrap();
    assert!(tasks.iter().all(|task| task.kind != "deliver"));
    let order = bench.order(&placed.transid);
    assert_eq!(
        (owner(&bench, &placed), order.held.as_deref()),
        (0, Some("account_exists"))
    );
}

#[test]
fn a_seller_who_delivers_a_held_order_by_hand_ends_the_hold() {
    let (bench, placed) = held_for_an_account();
    let order = bench.order(&placed.transid);
    let order = bench
        .engine
        .move_order(&order, BillStatus::Complete, &staff().user.unwrap())
        .unwrap();
    assert_eq!(order.held, None);
    assert_eq!(bench.status(&placed.transid), "COMPLETE");
    assert_eq!(bench.order(&placed.transid).held, None);
}

/// Two orders of guests with one address, both paid, and their deliveries, leased at once.
fn two_deliveries_to_one_address() -> (Bench, [shopengine::engine::Placed; 2], [Task; 2]) {
    let (bench, first) = paid();
    let mut sisters = cart(&[("monproduit", 1)]);
    "Cadette".clone_into(&mut sisters.customerinfo.firstname);
    let second = bench.place(&sisters, &guest(), "test").unwrap();
    bench.pay(&second.transid);
    bench.sql("UPDATE local_shop_catalogitem SET enablehandler = 'std_enrolonecourse'");
    let mut tasks = bench.engine.lease(10).unwrap();
    tasks.retain(|task| task.kind == "deliver");
    let tasks: [Task; 2] = tasks.try_into().unwrap();
    assert_eq!(tasks[0].lock.len(), 64);
    assert_eq!(tasks[0].lock, tasks[1].lock);
    (bench, [first, second], tasks)
}

#[test]
fn of_two_guests_with_one_address_the_second_is_asked_again_before_the_delivery() {
    let (bench, [first, second], tasks) = two_deliveries_to_one_address();
    assert!(
        bench
            .engine
            .may_perform(tasks[0].id, &tasks[0].stamp)
            .unwrap()
    );
    // The first delivery makes an account for its customer.
    let address = "(SELECT email FROM local_shop_customer ORDER BY id DESC LIMIT 1)";
    bench.sql(&format!(
        "INSERT INTO user (id, username, email, deleted) VALUES (77, 'first', {address}, 0)"
    ));
    bench.sql(&format!(
        "UPDATE local_shop_customer SET hasaccount = 77
          WHERE id = (SELECT CAST(customerid AS INTEGER) FROM local_shop_bill WHERE id = {})",
        first.bill
    ));
    assert!(
        !bench
            .engine
            .may_perform(tasks[1].id, &tasks[1].stamp)
            .unwrap()
    );
    let held = bench.order(&second.transid).held;
    assert_eq!(held.as_deref(), Some("account_exists"));
    assert_eq!(
        code(
            bench
                .engine
                .finish(tasks[1].id, &tasks[1].stamp, &done("deliver"))
        ),
        "lease_lost"
    );
    bench
        .engine
        .finish(tasks[0].id, &tasks[0].stamp, &done("deliver"))
        .unwrap();
    assert_eq!(bench.status(&first.transid), "COMPLETE");
    assert_eq!(owner(&bench, &first), 77);
    assert_eq!(bench.status(&second.transid), "SOLDOUT");
}

#[test]
fn a_delivery_whose_lock_is_held_waits_without_a_lost_attempt() {
    let (bench, [_, second], tasks) = two_deliveries_to_one_address();
    bench
        .engine
        .finish(tasks[0].id, &tasks[0].stamp, &done("deliver"))
        .unwrap();
    let [_, mut task] = tasks;
    for _ in 0..30 {
        bench.engine.give_back(task.id, &task.stamp).unwrap();
        let attempts = "SELECT attempts AS n FROM {local_shopengine_outbox} WHERE id = ";
        assert_eq!(bench.count(&format!("{attempts}{}", task.id)), 0);
        assert_eq!(
            code(bench.engine.give_back(task.id, &task.stamp)),
            "lease_lost"
        );
        let tasks = bench.engine.lease(10).unwrap();
        assert!(tasks.iter().all(|other| other.id != task.id));
        bench.clock.advance(10_000);
        task = delivery(&bench);
    }
    assert!(bench.engine.may_perform(task.id, &task.stamp).unwrap());
    bench
        .engine
        .finish(task.id, &task.stamp, &done("deliver"))
        .unwrap();
    assert_eq!(bench.status(&second.transid), "COMPLETE");
}

#[test]
fn a_delivery_that_no_handler_makes_needs_no_lock() {
    let (bench, _) = paid();
    assert_eq!(delivery(&bench).lock, "");
}

#[test]
fn a_delivery_whose_order_got_an_account_meanwhile_is_made_as_that_account() {
    let (bench, placed) = paid();
    let task = delivery(&bench);
    assert_eq!(task.payload["account"], 0);
    bench.sql(&format!(
        "UPDATE local_shopengine_order SET userid = 3 WHERE billid = {}",
        placed.bill
    ));
    assert!(!bench.engine.may_perform(task.id, &task.stamp).unwrap());
    let task = delivery(&bench);
    assert_eq!(task.payload["account"], 3);
    // An account's delivery needs no lock: nobody else is taken for its owner.
    assert_eq!(task.lock, "");
}

#[test]
fn the_lease_of_a_delivery_that_waited_for_its_lock_begins_anew() {
    let (bench, _) = paid();
    let task = delivery(&bench);
    bench.clock.advance(LEASE - 1);
    assert!(bench.engine.may_perform(task.id, &task.stamp).unwrap());
    bench.clock.advance(LEASE - 1);
    let tasks = bench.engine.lease(10).unwrap();
    assert!(tasks.iter().all(|other| other.id != task.id));
}
