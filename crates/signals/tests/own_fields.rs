//! Fields of a signal's own that are called as others of it.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use serde_json::json;
use tera_signals::{Event, Fields, Head, Message, Reply, ReplyTo};

const OF_ALL: [&str; 4] = ["id", "timestamp", "from", "signalType"];

fn head() -> Head {
    Head { id: "1".into(), timestamp: "now".into(), from: "Shop".into() }
}

fn own(name: &str) -> Fields {
    Fields::from_iter([(name.to_owned(), json!("mine"))])
}

fn message(name: &str) -> Message {
    Message::new(head(), "Desk", "Offer", own(name))
}

fn event(name: &str) -> Event {
    Event::new(head(), "Tick", own(name))
}

fn reply(name: &str) -> Reply {
    Reply::new(head(), "Answer", ReplyTo::of(&message("price")).unwrap(), own(name))
}

#[test]
fn own_fields_that_are_called_as_others_of_the_signal_are_refused() {
    for name in OF_ALL.iter().chain(&["to", "messageType", "returnAddress"]) {
        let refused = message(name).check().unwrap_err();
        assert!(refused.to_string().contains(&format!("`{name}`")), "{refused}");
    }
    for name in OF_ALL.iter().chain(&["eventType"]) {
        assert!(event(name).check().is_err(), "{name}");
    }
    for name in OF_ALL.iter().chain(&["to", "messageType", "replyTo"]) {
        assert!(reply(name).check().is_err(), "{name}");
    }
}

#[test]
fn own_fields_may_be_called_as_those_of_other_signals() {
    for name in ["eventType", "replyTo", "object", "price"] {
        assert_eq!(message(name).check(), Ok(()), "{name}");
    }
    for name in ["to", "messageType", "returnAddress", "replyTo"] {
        assert_eq!(event(name).check(), Ok(()), "{name}");
    }
    assert_eq!(reply("eventType").check(), Ok(()));
    assert_eq!(Event::new(head(), "Tick", ()).check(), Ok(()), "it has none");
}
