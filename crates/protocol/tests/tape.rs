//! The tape against prost: what one wrote the other reads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use prost::{Message as _, Name};
use prost_types::Any;
use tera_protocol::{
    any::pack,
    opentera::{
        JoinSessionEvent, LogEvent, LoginEvent, RpcMessage, ServerCommand, StopSessionEvent, TeraEvent,
        UserEvent, Value, value,
    },
    registry::Registry,
    schema::{Kind, MESSAGES, Presence, TERA_EVENT, find},
    tape::{INVALID, MAX_DEPTH, MAX_SLOTS, ROOT, Tape, UNKNOWN},
};

/// A decoded payload.
struct Decoded(Tape);

fn decode(any: &Any) -> Decoded {
    let mut tape = Tape::default();
    put_on(&mut tape, any);
    Decoded(tape)
}

fn put_on(tape: &mut Tape, any: &Any) {
    tape.decode(&Registry::default(), &any.type_url, &any.value);
}

impl Decoded {
    fn slot(&self, at: usize) -> usize {
        self.0.slots()[at] as usize
    }

    /// The records of the events in the payload's list.
    fn events(&self) -> Vec<usize> {
        let list = ROOT + MESSAGES[TERA_EVENT].fields[1].slot;
        let mut element = self.slot(list + 1);
        let mut events = Vec::new();
        for _ in 0..self.slot(list) {
            events.push(self.slot(element + 1));
            element = self.slot(element);
        }
        events
    }

    fn event_types(&self) -> Vec<i32> {
        self.events().into_iter().map(|at| self.0.slots()[at]).collect()
    }

    /// Why the record here is invalid.
    fn reason(&self, at: usize) -> String {
        assert_eq!(self.0.slots()[at], INVALID);
        self.0.string(at + 3)
    }
}

/// Decodes an Any onto a tape and encodes the record again.
fn round_trip<M: Name + Default>(any: &Any) -> M {
    let decoded = decode(any);
    assert_eq!(decoded.0.slots()[ROOT], find(&M::type_url()).unwrap() as i32);
    let bytes = decoded.0.encode(&Registry::default()).unwrap();
    M::decode(bytes.as_slice()).unwrap()
}

fn assert_round_trip<M: Name + std::fmt::Debug + PartialEq + Default>(message: &M) {
    assert_eq!(&round_trip::<M>(&pack(message)), message);
}

#[test]
fn every_kind_of_value_survives_the_round_trip() {
    use value::ArgValue::*;
    let values = [
        DoubleValue(-0.5e-300),
        FloatValue(1.5),
        IntValue(i64::MIN),
        UintValue(u64::MAX),
        BoolValue(true),
        BoolValue(false),
        BytesValue(vec![0, 255, 7]),
        StringValue("é日本😀".into()),
        StringValue(String::new()),
    ];
    assert_round_trip(&RpcMessage {
        method: "m😀".into(),
        reply_to: "r".into(),
        id: u64::MAX - 1,
        timestamp: f64::INFINITY,
        args: values.map(|v| Value { arg_value: Some(v) }).into(),
    });
}

#[test]
fn lists_nested_messages_and_unknown_enum_values_survive_the_round_trip() {
    assert_round_trip(&JoinSessionEvent {
        session_users: vec![String::new(), "ü".into(), "x".repeat(300)],
        session_devices: vec!["d".into()],
        ..Default::default()
    });
    let log = LogEvent { level: -7, timestamp: f64::MIN_POSITIVE, ..Default::default() };
    assert_round_trip(&LoginEvent { log_header: Some(log), login_type: 99, ..Default::default() });
    assert_round_trip(&LoginEvent::default());
}

#[test]
fn elements_of_two_lists_may_be_interleaved_on_the_wire() {
    let mut bytes = Vec::new();
    for (number, text) in [(5_u8, "u1"), (4, "p1"), (5, "u2"), (4, "p2")] {
        bytes.extend([number << 3 | 2, 2]);
        bytes.extend(text.as_bytes());
    }
    let any = Any { type_url: JoinSessionEvent::type_url(), value: bytes };
    let event: JoinSessionEvent = round_trip(&any);
    assert_eq!(event.session_users, ["u1", "u2"]);
    assert_eq!(event.session_participants, ["p1", "p2"]);
}

#[test]
fn the_last_member_of_a_oneof_wins() {
    let any = Any { type_url: Value::type_url(), value: vec![24, 5, 40, 1] };
    let value: Value = round_trip(&any);
    assert_eq!(value.arg_value, Some(value::ArgValue::BoolValue(true)));
}

#[test]
fn an_unknown_type_is_kept_whole() {
    let inner = Any { type_url: "example.org/acme.Ünknown".into(), value: vec![1, 2, 3] };
    let event = TeraEvent { events: vec![inner], ..Default::default() };
    assert_round_trip(&event);
}

#[test]
fn an_invalid_event_leaves_the_others_as_they_are() {
    let good = pack(&UserEvent { user_uuid: "u".into(), ..Default::default() });
    let bad = Any { type_url: UserEvent::type_url(), value: vec![10, 2, 0xff, 0xfe] };
    let decoded = decode(&pack(&TeraEvent { header: None, events: vec![good.clone(), bad, good] }));
    let user = find(&UserEvent::type_url()).unwrap() as i32;
    assert_eq!(decoded.event_types(), [user, INVALID, user]);
    assert_eq!(decoded.reason(decoded.events()[1]), "a string is not UTF-8");
}

#[test]
fn nesting_beyond_the_limit_is_invalid_and_nothing_overflows() {
    let mut any = pack(&ServerCommand::default());
    for _ in 0..10_000 {
        any = pack(&ServerCommand { data: Some(any), ..Default::default() });
    }
    let decoded = decode(&any);
    let data = MESSAGES[find(&any.type_url).unwrap()].fields[1].slot;
    assert_eq!(decoded.reason(decoded.slot(ROOT + data)), "messages are nested too deep");
}

#[test]
fn lists_of_events_and_messages_in_themselves_are_nested_no_deeper() {
    let mut event = pack(&TeraEvent::default());
    for _ in 0..1_000 {
        event = pack(&TeraEvent { header: None, events: vec![event] });
    }
    let decoded = decode(&event);
    assert_eq!(decoded.reason(decoded.events()[0]), "messages are nested too deep");

    let mut registry = Registry::default();
    let nested = Kind::Message(MESSAGES.len() as u16).code();
    registry.add(&[0, 1, 2, 2, 1, 1, nested, Presence::Implicit.code(), 1].map(u32::to_le_bytes), "M");
    let mut tape = Tape::default();
    let mut value = Vec::new();
    for depth in 0..1_000 {
        tape.decode(&registry, "/M", &value);
        let is_whole = depth < MAX_DEPTH;
        assert_eq!(tape.slots()[ROOT] != INVALID, is_whole, "{depth}");
        let mut around = Vec::new();
        prost::encoding::bytes::encode(1, &value, &mut around);
        value = around;
    }
}

#[test]
fn a_string_that_is_refused_leaves_no_text_behind() {
    let good = pack(&UserEvent { user_uuid: "ü".into(), ..Default::default() });
    let bad = Any { type_url: UserEvent::type_url(), value: vec![10, 2, 0xff, 0xfe] };
    let decoded = decode(&pack(&TeraEvent { header: None, events: vec![bad, good] }));
    assert_eq!(decoded.0.wide(), "ü".as_bytes());
}

#[test]
fn an_empty_type_url_names_nothing() {
    let unnamed = Any { type_url: String::new(), value: vec![10, 1, b'x'] };
    let decoded = decode(&unnamed);
    assert_eq!(decoded.0.slots()[ROOT], UNKNOWN);
    assert_eq!(decoded.0.encode(&Registry::default()), None);
    let event = pack(&TeraEvent { header: None, events: vec![unnamed.clone(), unnamed] });
    assert_eq!(decode(&event).event_types(), [UNKNOWN, UNKNOWN]);
}

#[test]
fn an_event_with_an_invalid_part_is_invalid_as_a_whole() {
    let part = Any { type_url: UserEvent::type_url(), value: vec![10, 200] };
    let command = pack(&ServerCommand { data: Some(part), ..Default::default() });
    let event = Any { type_url: UserEvent::type_url(), value: vec![10, 200] };
    let events = pack(&TeraEvent { header: None, events: vec![event.clone(), event] });
    let decoded = decode(&pack(&TeraEvent { header: None, events: vec![command, events.clone(), events] }));
    assert_eq!(decoded.event_types(), [INVALID; 3]);
}

#[test]
fn an_event_that_is_no_any_leaves_the_others_as_they_are() {
    let good = pack(&StopSessionEvent::default()).encode_to_vec();
    let mut value = Vec::new();
    for event in [&good[..], &[10, 99], &[13, 1, 2, 3, 4], &good[..]] {
        value.extend([18, event.len() as u8]);
        value.extend(event);
    }
    let stop = find(&StopSessionEvent::type_url()).unwrap() as i32;
    let decoded = decode(&Any { type_url: TeraEvent::type_url(), value });
    assert_eq!(decoded.event_types(), [stop, INVALID, INVALID, stop]);
}

#[test]
fn an_any_may_be_written_in_odd_ways() {
    let user = UserEvent { user_fullname: "n".repeat(150), ..Default::default() };
    let url = format!("{}/opentera.protobuf.UserEvent", "x".repeat(130));
    let any = Any { type_url: url, value: user.encode_to_vec() };
    // As it is, with an unknown field behind, and with its value before its URL.
    let plain = any.encode_to_vec();
    let behind = [&plain[..], &[24, 1]].concat();
    let value = Any { type_url: String::new(), ..any.clone() }.encode_to_vec();
    let swapped = [&value[..], &Any { value: Vec::new(), ..any }.encode_to_vec()].concat();
    let mut value = Vec::new();
    for event in [&plain, &plain, &behind, &swapped] {
        prost::encoding::bytes::encode(2, event, &mut value);
    }
    let event: TeraEvent = round_trip(&Any { type_url: TeraEvent::type_url(), value });
    assert_eq!(event.events, vec![pack(&user); 4]);
}

#[test]
fn long_lengths_and_keys_unknown_fields_and_odd_urls_are_read() {
    let mut value = vec![10, 0x85, 0x00];
    value.extend(b"u-\xc3\xa9");
    value.push(b'.');
    value.extend([0xfa, 0x7f, 3, 0xff, 0xfe, 0xfd, 0x80, 0x01, 0xff, 0x01, 16, 0x82, 0x80, 0x00]);
    value.extend([26, 0x96, 0x01]);
    value.extend([b'n'; 150]);
    let event = Any { type_url: "\u{fc}/opentera.protobuf.UserEvent".into(), value };
    let decoded: TeraEvent = {
        let event = pack(&TeraEvent { header: None, events: vec![event.clone(), event] });
        round_trip(&event)
    };
    let user = UserEvent { user_uuid: "u-é.".into(), r#type: 2, user_fullname: "n".repeat(150) };
    assert_eq!(decoded.events, [pack(&user), pack(&user)]);
}

#[test]
fn a_message_that_comes_in_parts_is_all_of_them_together() {
    let login = |level, sender: &str, message: &str| LoginEvent {
        log_header: Some(LogEvent {
            level,
            sender: sender.into(),
            message: message.into(),
            ..LogEvent::default()
        }),
        ..LoginEvent::default()
    };
    let parts = [login(3, "first", ""), login(0, "second", "text")].map(|part| part.encode_to_vec()).concat();
    let event = round_trip::<LoginEvent>(&Any { type_url: LoginEvent::type_url(), value: parts.clone() });
    assert_eq!(event, login(3, "second", "text"));
    assert_eq!(event, LoginEvent::decode(&*parts).unwrap());
}

#[test]
fn a_million_empty_elements_are_bounded() {
    let any = Any { type_url: TeraEvent::type_url(), value: [18, 0].repeat(4_000_000) };
    assert!(decode(&any).0.slots().len() <= MAX_SLOTS);
}

/// Numbers below a limit, the same in every run.
fn random() -> impl FnMut(usize) -> usize {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    }
}

#[test]
fn whatever_the_bytes_are_nothing_panics() {
    let mut random = random();
    let session = JoinSessionEvent {
        session_uuid: "é日本😀".into(),
        session_users: vec!["u".repeat(200), String::new()],
        ..Default::default()
    };
    let command = ServerCommand { data: Some(pack(&session)), ..Default::default() };
    let event = TeraEvent { header: None, events: vec![pack(&session), pack(&command), pack(&session)] };
    let whole = pack(&event);
    for _ in 0..20_000 {
        let mut any = whole.clone();
        for _ in 0..random(4) {
            let at = random(any.value.len());
            any.value[at] = random(256) as u8;
        }
        any.value.truncate(any.value.len() - random(2) * random(100));
        decode(&any);
    }
    for message in MESSAGES {
        for _ in 0..1_000 {
            let value = (0..random(64)).map(|_| random(256) as u8).collect();
            decode(&Any { type_url: message.name.to_string(), value });
        }
    }
}

/// What JavaScript has: the strings that it was told to keep, by their places.
#[derive(Default)]
struct Kept(HashMap<i32, String>);

impl Kept {
    fn take(&mut self, tape: &Tape, payload: &[u8]) {
        for &[place, address, length] in tape.fresh() {
            let start = address.wrapping_sub(payload.as_ptr().addr() as i32) as usize;
            let bytes = payload[start..start + length as usize].to_vec();
            self.0.insert(place, String::from_utf8(bytes).unwrap());
        }
    }

    fn string(&self, tape: &Tape, at: usize) -> String {
        let place = tape.slots()[at];
        if place < 0 { self.0[&!place].clone() } else { tape.string(at) }
    }
}

#[test]
fn strings_that_come_again_are_those_that_javascript_keeps() {
    let mut random = random();
    let mut tape = Tape::default();
    let mut kept = Kept::default();
    let mut known = 0;
    for _ in 0..20_000 {
        // More than there are places, some much more often than others, a few in each payload.
        let users = (0..random(20))
            .map(|_| {
                let most = 1 + random(2_000);
                format!("{}-{}", ["user", "ü"][random(2)], random(most))
            })
            .collect::<Vec<_>>();
        let any = pack(&JoinSessionEvent { session_users: users.clone(), ..Default::default() });
        put_on(&mut tape, &any);
        kept.take(&tape, &any.value);
        let list = ROOT + MESSAGES[find(&any.type_url).unwrap()].fields[4].slot;
        let mut element = tape.slots()[list + 1] as usize;
        for user in users {
            assert_eq!(kept.string(&tape, element + 1), user);
            known += i32::from(tape.slots()[element + 1] < 0);
            element = tape.slots()[element] as usize;
        }
    }
    assert!(known > 50_000, "{known} of 190000");
}

#[test]
fn the_type_url_of_an_unknown_payload_is_not_kept_because_it_is_no_part_of_it() {
    let mut tape = Tape::default();
    for _ in 0..3 {
        put_on(&mut tape, &Any { type_url: "example.org/acme.Unknown".into(), value: vec![1, 2, 3] });
        assert!(tape.fresh().is_empty());
        assert_eq!(tape.string(ROOT + 1), "example.org/acme.Unknown");
    }
}
