//! Whatever is read, checked, stamped and read again.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tera_signals::{
    Address, ChangeType, DataChangeEvent, Draft, ErrorReply, Event, Head, Message, Reply, ReplyTo, Route,
    Signal,
};

fn text() -> impl Strategy<Value = String> {
    "\\PC{1,20}"
}

fn head() -> impl Strategy<Value = Head> {
    (text(), text(), text()).prop_map(|(id, timestamp, from)| Head { id, timestamp, from })
}

fn own() -> impl Strategy<Value = Own> {
    (text(), any::<i64>(), proptest::option::of(any::<bool>())).prop_map(|(note, number, flag)| Own {
        note,
        number,
        flag,
    })
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Own {
    note: String,
    number: i64,
    flag: Option<bool>,
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(
                prop_oneof![
                    text(),
                    "(signalType|from|to|id|eventType|replyTo|code|object)".prop_map(String::from)
                ],
                inner,
                0..6
            )
            .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn every_signal_that_a_type_writes_is_a_complete_one_and_reads_back(head in head(), own in own(), code: i64) {
        let message = Message::new(head.clone(), "Shop", "Offer", own.clone());
        let reply_to = ReplyTo::of(&message).unwrap();
        let signals = [
            serde_json::to_string(&message).unwrap(),
            serde_json::to_string(&Event::new(head.clone(), "Tick", own.clone())).unwrap(),
            serde_json::to_string(&Reply::new(head.clone(), "Answer", reply_to.clone(), own.clone())).unwrap(),
            serde_json::to_string(&ErrorReply::new(head.clone(), reply_to, code, "why")).unwrap(),
            serde_json::to_string(&DataChangeEvent::new(head.clone(), ChangeType::Updated, "User", own.clone())).unwrap(),
        ];
        for json in &signals[3..] {
            let mut more: Value = serde_json::from_str(json).unwrap();
            more["note"] = json!(own.note);
            let again = serde_json::to_value(Signal::from_json(&more.to_string()).unwrap()).unwrap();
            prop_assert_eq!(again, more);
        }
        for json in &signals {
            prop_assert!(Draft::parse(json).unwrap().complete().is_ok());
            let signal = Signal::from_json(json).unwrap();
            let again: Value = serde_json::to_value(&signal).unwrap();
            prop_assert_eq!(again, serde_json::from_str::<Value>(json).unwrap());
        }
        prop_assert_eq!(serde_json::from_str::<Message<Own>>(&signals[0]).unwrap(), message);
        prop_assert_eq!(serde_json::from_str::<Event<Own>>(&signals[1]).unwrap().fields, own.clone());
        prop_assert_eq!(serde_json::from_str::<Reply<Own>>(&signals[2]).unwrap().fields, own.clone());
        prop_assert_eq!(serde_json::from_str::<DataChangeEvent<Own>>(&signals[4]).unwrap().object, own);
        prop_assert!(serde_json::from_str::<Message<Own>>(&signals[1]).is_err(), "an event is no message");
    }

    #[test]
    fn whatever_a_client_writes_is_refused_or_says_the_given_sender_and_keeps_all_else(json in value(), head in head()) {
        let mut written = json;
        if let Value::Object(fields) = &mut written {
            fields.insert("signalType".into(), "EVENT".into());
            fields.insert("eventType".into(), "Tick".into());
        }
        let text = written.to_string();
        if let Ok(draft) = Draft::parse(&text) {
            let stamped: Value = serde_json::from_str(&draft.stamped(&head).unwrap()).unwrap();
            prop_assert_eq!(&stamped["from"], &json!(head.from));
            for (name, value) in written.as_object().unwrap() {
                let is_filled = name == "from" || (value.is_null() && (name == "id" || name == "timestamp"));
                prop_assert!(is_filled || &stamped[name] == value, "{}", name);
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        _ = Draft::parse(&text);
        _ = Signal::from_json(&text);
        _ = text.parse::<Address>();
    }

    #[test]
    fn typed_signals_and_their_text_agree_on_the_topic(name in "[A-Za-z0-9_-]{1,30}", head in head(), back: bool) {
        let mut message = Message::new(Head { from: name.clone(), ..head.clone() }, name.clone(), "M", ());
        message.return_address = back.then(|| "Desk".into());
        let reply = Reply::new(head, "R", ReplyTo::of(&message).unwrap(), ());
        let of = |json: String| match Draft::parse(&json).unwrap().route(None).unwrap() {
            Route::Service(topic) => topic,
            other => panic!("instead of a service: {other:?}"),
        };
        prop_assert_eq!(of(serde_json::to_string(&message).unwrap()), message.topic().unwrap());
        prop_assert_eq!(of(serde_json::to_string(&reply).unwrap()), reply.topic(None).unwrap());
    }
}
