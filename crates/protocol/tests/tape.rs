//! The tape against prost: what one wrote the other reads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use prost::{Message as _, Name};
use prost_types::Any;

use tera_protocol::{
    any::pack,
    opentera::{
        JoinSessionEvent, LogEvent, LoginEvent, RpcMessage, ServerCommand, TeraEvent, UserEvent, Value, value,
    },
    reader::AnyRef,
    registry::Registry,
    schema::{MESSAGES, TERA_EVENT, find},
    tape::{INVALID, MAX_SLOTS, Tape, UNKNOWN, encode},
};

/// Decodes an Any onto a tape and encodes the record again; the blob of the encoder is the frame.
fn round_trip<M: Name + Default>(any: &Any) -> M {
    let mut tape = Tape::default();
    let frame = any.encode_to_vec();
    let at = tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    assert_eq!(tape.slots()[at], find(&M::type_url()).unwrap() as i32);
    let bytes =
        encode(&Registry::default(), tape.slots(), std::str::from_utf8(tape.text()).unwrap(), &frame, at)
            .unwrap();
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
    let event = pack(&TeraEvent { header: None, events: vec![good.clone(), bad, good] });
    let frame = event.encode_to_vec();
    let mut tape = Tape::default();
    let at = tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    let list = at + MESSAGES[TERA_EVENT].fields[1].slot;
    let mut types = Vec::new();
    let mut element = tape.slots()[list + 1] as usize;
    for _ in 0..tape.slots()[list] {
        types.push(tape.slots()[tape.slots()[element + 1] as usize]);
        element = tape.slots()[element] as usize;
    }
    let user = find(&UserEvent::type_url()).unwrap() as i32;
    assert_eq!(types, [user, INVALID, user]);
    assert!(String::from_utf8_lossy(tape.text()).contains("a string is not UTF-8"));
}

#[test]
fn nesting_beyond_the_limit_is_invalid_and_nothing_overflows() {
    let mut any = pack(&ServerCommand::default());
    for _ in 0..10_000 {
        any = pack(&ServerCommand { data: Some(any), ..Default::default() });
    }
    let frame = any.encode_to_vec();
    let mut tape = Tape::default();
    tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    assert!(String::from_utf8_lossy(tape.text()).contains("nested too deep"));
}

#[test]
fn a_string_that_is_refused_leaves_no_text_behind() {
    let good = pack(&UserEvent { user_uuid: "ü".into(), ..Default::default() });
    let bad = Any { type_url: UserEvent::type_url(), value: vec![10, 2, 0xff, 0xfe] };
    let event = pack(&TeraEvent { header: None, events: vec![bad, good] });
    let frame = event.encode_to_vec();
    let mut tape = Tape::default();
    tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    let text = std::str::from_utf8(tape.text()).unwrap();
    assert!(text.ends_with('ü') && !text.starts_with('\u{fffd}'), "{text}");
}

#[test]
fn an_empty_type_url_names_nothing() {
    let unnamed = Any { type_url: String::new(), value: vec![10, 1, b'x'] };
    let frame = pack(&TeraEvent { header: None, events: vec![unnamed.clone(), unnamed] }).encode_to_vec();
    let mut tape = Tape::default();
    let empty = AnyRef { type_url: "", value: &frame };
    let at = tape.decode(&Registry::default(), &frame, empty);
    assert_eq!(tape.slots()[at], UNKNOWN);
    let at = tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    let element = tape.slots()[at + MESSAGES[TERA_EVENT].fields[1].slot + 1] as usize;
    assert_eq!(tape.slots()[tape.slots()[element + 1] as usize], UNKNOWN);
}

#[test]
fn an_event_with_an_invalid_part_is_invalid_as_a_whole() {
    let part = Any { type_url: UserEvent::type_url(), value: vec![10, 200] };
    let command = pack(&ServerCommand { data: Some(part), ..Default::default() });
    let frame = pack(&TeraEvent { header: None, events: vec![command] }).encode_to_vec();
    let mut tape = Tape::default();
    let at = tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    let element = tape.slots()[at + MESSAGES[TERA_EVENT].fields[1].slot + 1] as usize;
    assert_eq!(tape.slots()[tape.slots()[element + 1] as usize], INVALID);
}

#[test]
fn a_million_empty_elements_are_bounded() {
    let any = Any { type_url: TeraEvent::type_url(), value: [18, 0].repeat(4_000_000) };
    let frame = any.encode_to_vec();
    let mut tape = Tape::default();
    tape.decode(&Registry::default(), &frame, AnyRef::decode(&frame).unwrap());
    assert!(tape.slots().len() <= MAX_SLOTS);
}

#[test]
fn a_malformed_tape_is_an_error() {
    for slots in [&[][..], &[0, 99], &[0, -5], &[0, 3, 5, 1, 0, 0], &[0, 14, 0, i32::MAX, 1, 1]] {
        assert!(encode(&Registry::default(), slots, "", &[], 1).is_err(), "{slots:?}");
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut tape = Tape::default();
    for message in MESSAGES {
        for _ in 0..2_000 {
            let value: Vec<u8> = (0..seed % 64)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 56) as u8 & 0x3f
                })
                .collect();
            seed = seed.wrapping_add(1);
            let any = AnyRef { type_url: &message.name, value: &value };
            tape.decode(&Registry::default(), &value, any);
        }
    }
}
