//! The JSON mapping: what is read, what is refused and what is written.

use tera_protocol::{
    Message,
    any::pack,
    json::{JsonError, MAX_DEPTH, UNKNOWN_PREFIX, decode_tera_message, to_text, to_wire},
    opentera::{
        DeviceEvent, JoinSessionEvent, RpcMessage, TeraEvent, TeraMessage, UserEvent, Value, value::ArgValue,
    },
    schema::{MESSAGES, TERA_MESSAGE, find},
    validation::violations,
};

const FRAMES: &str = include_str!("../../../tests/fixtures/opentera-frames.jsonl");

fn read<M: prost::Name + Default>(text: &str) -> Result<M, JsonError> {
    let index = find(&M::full_name()).expect("a message of the catalogue");
    Ok(M::decode(to_wire(index, text)?.as_slice())?)
}

fn write<M: prost::Name>(message: &M) -> Result<String, JsonError> {
    to_text(find(&M::full_name()).expect("a message of the catalogue"), &message.encode_to_vec())
}

fn argument(text: &str) -> Result<Option<ArgValue>, JsonError> {
    Ok(read::<Value>(text)?.arg_value)
}

/// The content of a JSON string.
fn unquoted(json: &str) -> String {
    let Ok(Some(ArgValue::StringValue(text))) = argument(&format!(r#"{{"stringValue":{json}}}"#)) else {
        panic!("no string: {json}")
    };
    text
}

fn frames() -> impl Iterator<Item = (&'static str, String)> {
    FRAMES.lines().map(|line| {
        let (opcode, payload) = line.split_once(r#"", "payload": "#).expect("a frame of the fixture");
        (opcode, unquoted(payload.strip_suffix('}').expect("a frame of the fixture")))
    })
}

#[test]
fn every_captured_frame_is_valid() {
    for (_, payload) in frames().filter(|(_, payload)| payload.starts_with('{')) {
        let frame = decode_tera_message(&payload).unwrap();
        assert_eq!(violations(&frame.into()), [], "{payload}");
    }
}

#[test]
fn every_captured_frame_is_read_and_written_back_the_same() {
    let mut events = 0;
    for (opcode, payload) in frames() {
        assert_eq!(opcode, r#"{"opcode": "text"#);
        if !payload.starts_with('{') {
            assert!(decode_tera_message(&payload).is_err(), "{payload}");
            continue;
        }
        let wire = to_wire(TERA_MESSAGE, &payload).unwrap();
        let text = to_text(TERA_MESSAGE, &wire).unwrap();
        let message = decode_tera_message(&text).unwrap();
        assert_eq!(message, decode_tera_message(&payload).unwrap());
        let Message::TeraEvent(event) = Message::unpack(&message.message.unwrap()).unwrap() else {
            panic!("no TeraEvent: {payload}")
        };
        for event in &event.events {
            assert!(!matches!(Message::unpack(event), Ok(Message::Unknown(_)) | Err(_)), "{event:?}");
            events += 1;
        }
    }
    assert!(events >= 15, "{events} events");
}

#[test]
fn numbers_are_read_in_every_spelling_of_the_reference() {
    for (text, value) in [
        (r#"{"intValue":1.0}"#, ArgValue::IntValue(1)),
        (r#"{"int_value":1e2}"#, ArgValue::IntValue(100)),
        (r#"{"intValue":"-9223372036854775808"}"#, ArgValue::IntValue(i64::MIN)),
        (r#"{"intValue":9223372036854775807}"#, ArgValue::IntValue(i64::MAX)),
        (r#"{"intValue":-9223372036854775808.0}"#, ArgValue::IntValue(i64::MIN)),
        (r#"{"intValue":-0}"#, ArgValue::IntValue(0)),
        (r#"{"uintValue":"18446744073709551615"}"#, ArgValue::UintValue(u64::MAX)),
        (r#"{"uintValue":-0.0}"#, ArgValue::UintValue(0)),
        (r#"{"doubleValue":"1.5"}"#, ArgValue::DoubleValue(1.5)),
        (r#"{"doubleValue":1E-400}"#, ArgValue::DoubleValue(0.0)),
        (r#"{"doubleValue":"-Infinity"}"#, ArgValue::DoubleValue(f64::NEG_INFINITY)),
        (r#"{"floatValue":"Infinity"}"#, ArgValue::FloatValue(f32::INFINITY)),
        (r#"{"floatValue":3.4028235e38}"#, ArgValue::FloatValue(f32::MAX)),
        (r#"{"boolValue":false}"#, ArgValue::BoolValue(false)),
        (r#"{"bytesValue":"-_8"}"#, ArgValue::BytesValue(vec![0xfb, 0xff])),
    ] {
        assert_eq!(argument(text), Ok(Some(value)), "{text}");
    }
    let Ok(Some(ArgValue::DoubleValue(number))) = argument(r#"{"doubleValue":"NaN"}"#) else {
        panic!("no double")
    };
    assert!(number.is_nan());
}

#[test]
fn numbers_out_of_range_or_malformed_are_refused() {
    for value in [
        r#""intValue":9223372036854775808"#,
        r#""intValue":-9223372036854775809"#,
        r#""intValue":9223372036854775807.0"#,
        r#""intValue":1.5"#,
        r#""intValue":"1 ""#,
        r#""intValue":"+1""#,
        r#""intValue":"1_0""#,
        r#""intValue":"٣""#,
        r#""intValue":"""#,
        r#""intValue":"-""#,
        r#""intValue":"--1.0""#,
        r#""intValue":true"#,
        r#""intValue":01"#,
        r#""intValue":[1]"#,
        r#""uintValue":-1"#,
        r#""uintValue":18446744073709551616"#,
        r#""uintValue":1.8446744073709552e19"#,
        r#""doubleValue":1e400"#,
        r#""doubleValue":NaN"#,
        r#""doubleValue":"nan""#,
        r#""doubleValue":"inf""#,
        r#""doubleValue":.5"#,
        r#""doubleValue":5."#,
        r#""doubleValue":1e"#,
        r#""doubleValue":-"#,
        r#""doubleValue":true"#,
        r#""floatValue":3.5e38"#,
        r#""floatValue":-1e39"#,
        r#""boolValue":"true""#,
        r#""boolValue":1"#,
        r#""bytesValue":"A""#,
        r#""bytesValue":1"#,
        r#""stringValue":1"#,
    ] {
        assert!(argument(&format!("{{{value}}}")).is_err(), "{value}");
    }
}

#[test]
fn strings_are_unescaped_and_half_a_surrogate_pair_is_refused() {
    assert_eq!(
        unquoted(r#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000é😀""#),
        "\"\\/\u{8}\u{c}\n\r\tAé😀\0é😀"
    );
    assert_eq!(unquoted(r#""""#), "");
    for text in
        [r"\ud83d", r"\ude00", r"\ud83d\u0041", r"\ud83dx", r"\x", r"\u00g0", r"\u+041", r"\", "\n", "\u{1f}"]
    {
        assert!(argument(&format!(r#"{{"stringValue":"{text}"}}"#)).is_err(), "{text:?}");
        assert!(argument(&format!(r#"{{"stringValue":"12345678{text}"}}"#)).is_err(), "{text:?}");
        assert!(argument(&format!(r#"{{"stringValue":"123{text}456789012"}}"#)).is_err(), "{text:?}");
    }
}

#[test]
fn null_is_absent_but_no_element_of_a_list() {
    assert_eq!(
        argument(r#"{"intValue":null,"stringValue":"a"}"#),
        Ok(Some(ArgValue::StringValue("a".into())))
    );
    assert_eq!(read::<TeraEvent>(r#"{"header":null,"events":null}"#), Ok(TeraEvent::default()));
    assert!(read::<JoinSessionEvent>(r#"{"sessionUsers":[null]}"#).is_err());
    assert!(read::<RpcMessage>(r#"{"args":[null]}"#).is_err());
    assert!(read::<RpcMessage>("null").is_err());
}

#[test]
fn a_field_given_twice_and_a_second_member_of_a_oneof_are_refused() {
    for text in [
        r#"{"intValue":1,"intValue":1}"#,
        r#"{"intValue":1,"int_value":1}"#,
        r#"{"intValue":null,"intValue":1}"#,
        r#"{"intValue":1,"stringValue":""}"#,
    ] {
        assert!(argument(text).is_err(), "{text}");
    }
    let twice =
        r#"{"message":{"@type":"x/opentera.protobuf.UserEvent","@type":"x/opentera.protobuf.UserEvent"}}"#;
    assert!(decode_tera_message(twice).is_err());
}

#[test]
fn a_newer_server_s_fields_and_enum_names_do_not_spoil_a_message() {
    let text = r#"{"new":{"a":[1,-2.5e3,"x\n",true,false,null,{}]},"type":"DEVICE_EXPLODED","deviceName":"d","old":[]}"#;
    let expected = DeviceEvent { device_name: "d".into(), ..Default::default() };
    assert_eq!(read::<DeviceEvent>(text), Ok(expected.clone()));
    for (value, number) in [("99", 99), ("\"99\"", 99), ("1.0", 1), ("-1", -1), ("\"DEVICE_ADDED\"", 4)] {
        let event = read::<DeviceEvent>(&format!(r#"{{"type":{value},"deviceName":"d"}}"#)).unwrap();
        assert_eq!(event, DeviceEvent { r#type: number, ..expected.clone() });
    }
    for value in ["2147483648", "true", "1.5", "{}"] {
        assert!(read::<DeviceEvent>(&format!(r#"{{"type":{value}}}"#)).is_err(), "{value}");
    }
}

#[test]
fn an_any_is_read_wherever_its_type_stands_and_whatever_its_prefix() {
    for (member, url) in [
        (r#""@type":"x/y/opentera.protobuf.UserEvent","userUuid":"u""#, "x/y/opentera.protobuf.UserEvent"),
        (r#""userUuid":"u","@type":"opentera.protobuf.UserEvent""#, "opentera.protobuf.UserEvent"),
        (r#""user_uuid":"u","\u0040type":"\/opentera.protobuf.UserEvent""#, "/opentera.protobuf.UserEvent"),
    ] {
        let any = decode_tera_message(&format!(r#"{{"message":{{{member}}}}}"#)).unwrap().message.unwrap();
        assert_eq!(any.type_url, url);
        let event = UserEvent { user_uuid: "u".into(), ..Default::default() };
        assert_eq!(Message::unpack(&any), Ok(Message::UserEvent(event)));
    }
    assert_eq!(
        decode_tera_message(r#"{"message":{}}"#),
        Ok(TeraMessage { message: Some(Default::default()) })
    );
    for any in
        [r#"{"userUuid":"u"}"#, r#"{"@type":1}"#, r#"{"@type":""}"#, r#"{"@type":"x/"}"#, "[]", "\"\"", "1"]
    {
        assert!(decode_tera_message(&format!(r#"{{"message":{any}}}"#)).is_err(), "{any}");
    }
}

#[test]
fn an_any_of_an_unknown_type_keeps_its_json() {
    let object = r#"{ "a": [1, {"b": "\u00e9"}], "@type": "type.acme.com/acme.Foo" }"#;
    let message = decode_tera_message(&format!(r#"{{"message": {object} }}"#)).unwrap();
    let any = message.message.clone().unwrap();
    assert_eq!(any.type_url.strip_prefix(UNKNOWN_PREFIX), Some("acme.Foo"));
    assert_eq!(any.value, object.as_bytes());
    assert_eq!(write(&message), Ok(format!(r#"{{"message":{object}}}"#)));

    for (url, value) in [
        ("x/acme.Foo", object),
        ("json/acme.Foo", ""),
        ("json/acme.Foo", "{}"),
        ("json/acme.Foo", r#"{"@type":"acme.Bar"}"#),
        ("json/acme.Foo", r#"{"@type":"acme.Foo"}}"#),
        ("json/acme.Foo", r#"{"@type":"acme.Foo",}"#),
    ] {
        let any = prost_types::Any { type_url: url.into(), value: value.as_bytes().to_vec() };
        assert!(write(&TeraMessage { message: Some(any) }).is_err(), "{url} {value}");
    }
}

#[test]
fn a_message_is_written_as_a_server_writes_it() {
    let event =
        DeviceEvent { r#type: 99, device_name: "\"\\\n\u{1}\u{1f}é😀".into(), ..Default::default() };
    let message = TeraMessage { message: Some(pack(&event)) };
    let expected = r#"{"message":{"@type":"type.googleapis.com/opentera.protobuf.DeviceEvent","deviceUuid":"","type":99,"deviceName":"\"\\\n\u0001\u001fé😀","deviceStatus":""}}"#;
    assert_eq!(write(&message).as_deref(), Ok(expected));
    assert_eq!(write(&TeraEvent::default()).as_deref(), Ok(r#"{"events":[]}"#));
    assert_eq!(write(&Value::default()).as_deref(), Ok("{}"));
    for (value, text) in [
        (ArgValue::DoubleValue(f64::NAN), r#"{"doubleValue":"NaN"}"#),
        (ArgValue::DoubleValue(1e16), r#"{"doubleValue":1e16}"#),
        (ArgValue::DoubleValue(-0.0), r#"{"doubleValue":-0.0}"#),
        (ArgValue::FloatValue(f32::NEG_INFINITY), r#"{"floatValue":"-Infinity"}"#),
        (ArgValue::FloatValue(0.1), r#"{"floatValue":0.1}"#),
        (ArgValue::FloatValue(f32::MAX), r#"{"floatValue":3.4028234663852886e38}"#),
        (ArgValue::IntValue(-1), r#"{"intValue":"-1"}"#),
        (ArgValue::UintValue(u64::MAX), r#"{"uintValue":"18446744073709551615"}"#),
        (ArgValue::BoolValue(false), r#"{"boolValue":false}"#),
        (ArgValue::BytesValue(vec![1]), r#"{"bytesValue":"AQ=="}"#),
    ] {
        assert_eq!(write(&Value { arg_value: Some(value) }).as_deref(), Ok(text));
    }
}

#[test]
fn a_repeated_occurrence_of_a_field_is_merged_as_protobuf_has_it() {
    let index = find("opentera.protobuf.TeraEvent").unwrap();
    let wire = [10, 2, 8, 1, 10, 0, 10, 5, 8, 2, 26, 1, b't'];
    assert_eq!(
        to_text(index, &wire).as_deref(),
        Ok(r#"{"header":{"version":2,"time":0.0,"topic":"t"},"events":[]}"#)
    );
    let value = find("opentera.protobuf.Value").unwrap();
    assert_eq!(to_text(value, &[24, 1, 40, 1]).as_deref(), Ok(r#"{"boolValue":true}"#));
}

#[test]
fn bytes_that_are_not_the_message_are_refused() {
    let index = find("opentera.protobuf.UserEvent").unwrap();
    for wire in [[10, 5].as_slice(), &[8, 1], &[10, 1, 0xff], &[16]] {
        assert!(to_text(index, wire).is_err(), "{wire:?}");
    }
    assert!(to_text(MESSAGES.len(), &[]).is_err());
    assert!(to_wire(MESSAGES.len(), "{}").is_err());
}

#[test]
fn an_error_names_the_byte_and_what_was_expected() {
    let error = decode_tera_message("Not allowed to send message").unwrap_err();
    assert_eq!(error.to_string(), "at byte 0 of the JSON text: expected an object");
    let error = read::<TeraEvent>(r#"{"header": {"version": 4294967296}}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at byte 23 of the JSON text: expected an integer in the range of its type"
    );
}

#[test]
fn nesting_is_bounded_both_ways() {
    let nested = |levels: usize| {
        let any = r#"{"@type":"/opentera.protobuf.TeraMessage","message":"#;
        format!(r#"{{"message":{}{{}}{}}}"#, any.repeat(levels - 2), "}".repeat(levels - 2))
    };
    let wire = to_wire(TERA_MESSAGE, &nested(MAX_DEPTH)).unwrap();
    assert_eq!(to_text(TERA_MESSAGE, &wire).as_deref(), Ok(nested(MAX_DEPTH).as_str()));
    assert!(to_wire(TERA_MESSAGE, &nested(MAX_DEPTH + 1)).is_err());
    let deeper = TeraMessage { message: Some(pack(&decode_tera_message(&nested(MAX_DEPTH)).unwrap())) };
    assert!(write(&deeper).is_err());

    let skipped =
        |levels: usize| format!(r#"{{"new":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(to_wire(TERA_MESSAGE, &skipped(MAX_DEPTH)).is_ok());
    assert!(to_wire(TERA_MESSAGE, &skipped(MAX_DEPTH + 1)).is_err());
    for bottomless in ["[", "{\"a\":", "{\"message\":{\"a\":[", "{\"message\":{\"@type\":\"x\",\"a\":{\"a\":"]
    {
        assert!(to_wire(TERA_MESSAGE, &bottomless.repeat(100_000)).is_err());
    }
}

#[test]
fn no_message_has_more_fields_than_the_reader_can_tell_apart() {
    assert!(MESSAGES.iter().all(|message| message.fields.len() <= 64));
}
