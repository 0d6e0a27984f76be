//! How far each takeover goes, by its setting, what it builds on, and what the site is.

use std::collections::BTreeMap;

use shopengine::domain::takeover::{Barrier, Mode, Modes, Takeover};

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Each takeover set to the same mode, on a site that is described by more settings.
fn all(mode: &str, site: &[(&str, &str)]) -> Modes {
    let mut all = settings(site);
    all.extend(Takeover::ALL.map(|takeover| (takeover.name().to_owned(), mode.to_owned())));
    Modes::of(&all)
}

#[test]
fn beside_the_pro_edition_only_what_reads_bills_is_taken_over() {
    let table = [
        (Takeover::Import, false),
        (Takeover::Cart, false),
        (Takeover::Customer, false),
        (Takeover::Paymode, false),
        (Takeover::Placement, false),
        (Takeover::Payment, false),
        (Takeover::Production, false),
        (Takeover::Endpoints, true),
        (Takeover::Bills, true),
        (Takeover::Backoffice, true),
        (Takeover::Trace, true),
    ];
    for set in ["on", "shadow"] {
        let (beside, community) = (all(set, &[("pro", "1")]), all(set, &[("pro", "")]));
        for (takeover, works) in table {
            let expected = if works {
                community.mode(takeover)
            } else {
                Mode::Off
            };
            assert_eq!(beside.mode(takeover), expected, "{takeover:?} {set}");
            let barrier = (!works).then_some(Barrier::Pro);
            assert_eq!(beside.barrier(takeover), barrier, "{takeover:?}");
            assert_eq!(community.barrier(takeover), None);
        }
        assert!(beside.is_beside_pro() && !community.is_beside_pro());
    }
}

#[test]
fn a_takeover_that_would_lose_something_is_off_however_it_was_set() {
    for blocked in Takeover::ALL {
        let modes = all("on", &[("blocked", blocked.name())]);
        assert_eq!(modes.barrier(blocked), Some(Barrier::Loss));
        // The messages of payments that the engine asks for are its own to judge: without them there is no payment page.
        let expected = match blocked {
            Takeover::Endpoints => [Takeover::Endpoints, Takeover::Payment],
            _ => [blocked, blocked],
        };
        for takeover in expected {
            if takeover == Takeover::Endpoints && blocked != takeover {
                continue;
            }
            assert_eq!(modes.mode(takeover), Mode::Off, "{blocked:?} {takeover:?}");
        }
        for other in Takeover::ALL {
            if !expected.contains(&other) {
                assert_eq!(modes.barrier(other), None, "{blocked:?} {other:?}");
                assert_ne!(modes.mode(other), Mode::Off, "{blocked:?} {other:?}");
            }
        }
        // To watch loses nothing.
        let watching = all("shadow", &[("blocked", blocked.name())]);
        assert_eq!(watching.mode(blocked), Mode::Shadow);
    }
}

#[test]
fn what_builds_on_a_blocked_takeover_can_only_watch() {
    let modes = all("on", &[("blocked", "cart production")]);
    let table = [
        (Takeover::Import, Mode::On),
        (Takeover::Cart, Mode::Off),
        (Takeover::Customer, Mode::Shadow),
        (Takeover::Paymode, Mode::On),
        (Takeover::Placement, Mode::Shadow),
        (Takeover::Payment, Mode::Shadow),
        (Takeover::Production, Mode::Off),
        (Takeover::Endpoints, Mode::On),
    ];
    for (takeover, mode) in table {
        assert_eq!(modes.mode(takeover), mode, "{takeover:?}");
    }
}

#[test]
fn nothing_is_on_that_was_not_set_on() {
    assert!(Modes::of(&settings(&[])).all_off());
    assert!(Modes::of(&settings(&[("trace", "On"), ("bills", "1")])).all_off());
    assert!(Modes::of(&settings(&[("pro", "1"), ("blocked", "trace")])).all_off());
    assert!(Modes::of(&settings(&[("trace", "on"), ("pro", "1")])).is_on(Takeover::Trace));
}

#[test]
fn each_takeover_is_recommended_once_after_what_it_builds_on() {
    let order = Takeover::RECOMMENDED;
    let place = |wanted: Takeover| order.iter().position(|takeover| *takeover == wanted);
    for takeover in Takeover::ALL {
        assert!(place(takeover).is_some(), "{takeover:?}");
        if let Some(base) = takeover.base() {
            assert!(place(base) < place(takeover), "{takeover:?}");
        }
        assert_eq!(Takeover::by_name(takeover.name()), Some(takeover));
    }
    assert_eq!(Takeover::by_name("Cart"), None);
    // Switched on one after the other, each is on at once.
    let mut set = BTreeMap::new();
    for takeover in order {
        set.insert(takeover.name().to_owned(), "on".to_owned());
        assert!(Modes::of(&set).is_on(takeover), "{takeover:?}");
    }
}
