//! Messages that keep to their rules are valid, and whatever doesn't is found where it stands.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use proptest::prelude::*;
use prost::{
    Message as _,
    encoding::{WireType, encode_key, encode_varint},
};
use prost_types::Any;
use support::Random;
use tera_protocol::{
    Message,
    any::pack,
    error::ErrorCode,
    opentera::{JoinSessionEvent, ServerCommand, StopSessionEvent, TeraModuleMessage},
    schema::{ENUMS, FIELD_NAMES, Field, Kind, MESSAGES, Presence, RULES},
    validation::{MAX_VIOLATIONS, Rule, Violation, validate, violations},
};

const UUIDS: [&str; 2] = ["e1a2a2e1-a5ff-4660-930c-601f6b1181a5", "00000000-ABCD-EF01-2345-6789abcdef01"];

/// Each nearly one.
const NO_UUIDS: [&str; 8] = [
    "e1a2a2e1a5ff4660930c601f6b1181a5",
    "{e1a2a2e1-a5ff-4660-930c-601f6b1181a5}",
    "e1a2a2e1-a5ff-4660-930c-601f6b1181a",
    "e1a2a2e1-a5ff-4660-930c-601f6b1181a50",
    "e1a2a2e1-a5ff-4660-930c-601f6b1181a5\n",
    "e1a2a2e1-a5ff-4660-930c-601f6b1181ag",
    "e1a2a2e-1a5ff-4660-930c-601f6b1181a5",
    "é1a2a2e1-a5ff-4660-930c-601f6b1181a",
];

/// Deepest nesting of what is written.
const MAX_DEPTH: usize = 4;

/// Writes messages that keep to all rules, but for one place.
struct Writer {
    random: Random,
    /// Which of the places where a rule is at stake shall not keep to it.
    spoil: usize,
    /// How many such places there were.
    places: usize,
    path: Vec<String>,
    spoiled: Option<Violation>,
}

impl Writer {
    fn new(seed: u64, spoil: usize) -> Self {
        Self { random: Random(seed), spoil, places: 0, path: Vec::new(), spoiled: None }
    }

    /// Counts a place where this rule is at stake, and says whether it shall be broken there.
    fn breaks(&mut self, rule: Rule) -> bool {
        self.places += 1;
        let breaks = self.places - 1 == self.spoil;
        if breaks {
            let path = self.path.join(".").replace(".[", "[");
            self.spoiled = Some(Violation { path, rule });
        }
        breaks
    }

    fn message(&mut self, index: usize, depth: usize) -> Vec<u8> {
        let fields = &MESSAGES[index].fields;
        let members: Vec<_> =
            fields.iter().filter(|field| matches!(field.presence, Presence::Explicit(_))).collect();
        let set = if members.is_empty() { 0 } else { self.random.one_of(&members).number };
        let mut out = Vec::new();
        for (field, name) in fields.iter().zip(FIELD_NAMES[index]) {
            self.path.push(name.json.to_owned());
            let rules = RULES[index].iter().find(|rules| rules.number == field.number);
            let is_uuid = rules.is_some_and(|rules| rules.is_uuid);
            let is_required = rules.is_some_and(|rules| rules.is_required);
            if field.presence == Presence::Repeated {
                for at in 0..self.random.below(4) {
                    self.path.push(format!("[{at}]"));
                    self.field(field, is_uuid, depth, &mut out);
                    self.path.pop();
                }
            } else if is_required {
                if !self.breaks(Rule::Required) {
                    self.field(field, is_uuid, depth, &mut out);
                }
            } else if field.presence == Presence::Implicit && self.random.below(4) > 0 || field.number == set
            {
                self.field(field, is_uuid, depth, &mut out);
            }
            self.path.pop();
        }
        out
    }

    fn field(&mut self, field: &Field, is_uuid: bool, depth: usize, out: &mut Vec<u8>) {
        let nested = matches!(field.kind, Kind::Message(_) | Kind::Any);
        if nested && depth == MAX_DEPTH {
            return;
        }
        let (wire_type, payload) = match field.kind {
            Kind::Message(index) => (WireType::LengthDelimited, self.message(index.into(), depth + 1)),
            Kind::Any => (WireType::LengthDelimited, self.any(depth + 1)),
            Kind::Enum(index) => {
                let known = self.random.one_of(ENUMS[usize::from(index)].values).0;
                let number = if self.breaks(Rule::Enum) { 99 } else { known };
                let mut payload = Vec::new();
                encode_varint(number as u64, &mut payload);
                (WireType::Varint, payload)
            }
            Kind::String if is_uuid => {
                let good = self.random.one_of(&UUIDS);
                let bad = self.random.one_of(&NO_UUIDS);
                let text = if self.breaks(Rule::Uuid) { bad } else { good };
                (WireType::LengthDelimited, text.into())
            }
            // Required text is there, whatever it says.
            Kind::String => (WireType::LengthDelimited, b"text".into()),
            kind => self.random.value(kind, depth),
        };
        encode_key(field.number, wire_type, out);
        if wire_type == WireType::LengthDelimited {
            encode_varint(payload.len() as u64, out);
        }
        out.extend(payload);
    }

    fn any(&mut self, depth: usize) -> Vec<u8> {
        let index = self.random.one_of(&catalogue());
        let bytes = self.message(index, depth);
        let value = if self.breaks(Rule::Bytes) { vec![255] } else { bytes };
        Any { type_url: format!("/{}", MESSAGES[index].name), value }.encode_to_vec()
    }
}

/// The messages that stand alone.
fn catalogue() -> Vec<usize> {
    (0..MESSAGES.len()).filter(|&index| !matches!(read(index, Vec::new()), Message::Unknown(_))).collect()
}

fn read(index: usize, value: Vec<u8>) -> Message {
    Message::unpack(&Any { type_url: MESSAGES[index].name.to_string(), value }).unwrap()
}

proptest! {
    #[test]
    fn messages_that_keep_to_their_rules_are_valid_and_each_place_that_does_not_is_found(seed: u64, index in any::<prop::sample::Index>()) {
        let index = *index.get(&catalogue());
        let mut valid = Writer::new(seed, usize::MAX);
        let message = read(index, valid.message(index, 0));
        prop_assert_eq!(violations(&message), vec![], "{:?}", message);
        for spoil in 0..valid.places.min(40) {
            let mut spoiled = Writer::new(seed, spoil);
            let message = read(index, spoiled.message(index, 0));
            prop_assert_eq!(violations(&message), vec![spoiled.spoiled.unwrap()], "{:?}", message);
        }
    }

    #[test]
    fn random_messages_are_looked_at_without_harm(seed: u64, index in any::<prop::sample::Index>()) {
        let index = *index.get(&catalogue());
        let message = read(index, Random(seed).message(index));
        prop_assert!(violations(&message).len() <= MAX_VIOLATIONS);
    }
}

#[test]
fn no_more_violations_are_found_than_can_be_of_use() {
    let users = vec![String::new(); 1_000_000];
    let join = JoinSessionEvent { session_users: users, ..Default::default() };
    let found = violations(&join.into());
    assert_eq!(found.len(), MAX_VIOLATIONS);
    assert_eq!(found[0].path, "sessionUuid");
    assert_eq!(found[15].path, "sessionUsers[14]");
}

#[test]
fn messages_in_messages_are_looked_at_16_deep() {
    let nested = |depth: usize| {
        let stop = StopSessionEvent { session_uuid: UUIDS[0].into(), ..Default::default() };
        let mut message = pack(&stop);
        for _ in 1..depth {
            message = pack(&ServerCommand { data: Some(message), ..Default::default() });
        }
        violations(&Message::unpack(&message).unwrap())
    };
    assert_eq!(nested(16), []);
    let path = ["data"; 16].join(".");
    assert_eq!(nested(17), [Violation { path, rule: Rule::Nesting }]);
}

#[test]
fn a_refusal_names_the_type_and_the_first_places() {
    let stop = StopSessionEvent { service_uuid: "x".into(), ..Default::default() };
    let sent = TeraModuleMessage { head: None, data: vec![pack(&stop), pack(&stop)] };
    let error = validate(&sent.into()).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidMessage);
    assert_eq!(
        error.description,
        "A message of type opentera.protobuf.TeraModuleMessage is not valid: `data[0].sessionUuid` must be set, \
         `data[0].serviceUuid` must be a UUID, `data[1].sessionUuid` must be set, and more."
    );
}

#[test]
fn a_type_that_is_unknown_is_valid() {
    let any = Any { type_url: "example.org/acme.Nowhere".into(), value: vec![255] };
    assert_eq!(validate(&Message::Unknown(any.clone())), Ok(()));
    assert_eq!(violations(&ServerCommand { data: Some(any), ..Default::default() }.into()), []);
}
