//! What the targets share: a shop in test mode, a message, and what must hold of any verdict.

use std::collections::HashMap;

use shopengine::gateway::{self, Channel, Happened, Message, Settings};

pub fn settings(values: &[(&str, &str)]) -> Settings {
    let mut all = HashMap::from([("test".to_owned(), "1".to_owned())]);
    all.extend(values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    Settings::new(all)
}

/// Reads `body`; what strangers send proves nothing (`signed` false), what is signed may say anything and is an error or sense.
pub fn read(paymode: &str, settings: &Settings, body: &[u8], signed: bool) {
    let gateway = gateway::by_name(paymode).expect("the interface is compiled in");
    let message = Message {
        channel: Channel::Notification,
        method: "POST",
        query: b"",
        body,
        content_type: "application/x-www-form-urlencoded",
    };
    if let Ok(verdict) = gateway.read(&message, settings) {
        assert!(signed, "believed without a signature");
        if verdict.happened == Happened::Paid {
            let amount = verdict.amount.expect("a card payment has an amount");
            assert!(!amount.is_negative());
            assert!(!verdict.reference.is_empty());
        }
    }
}
