//! The tape against prost-reflect: what one wrote the other reads.

use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng},
};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use tera_protocol::{
    registry::Registry,
    schema::MESSAGES,
    tape::{INVALID, ROOT, Tape},
};
use tera_registrar::Registrar;

use super::{descriptors, random::Random};

struct Known {
    registry: Registry,
    pool: DescriptorPool,
}

fn known() -> Known {
    let set = descriptors::acme();
    let added = Registrar::default().register(&set).unwrap();
    let mut registry = Registry::default();
    registry.add(&added.rows, &added.description);
    Known { registry, pool: DescriptorPool::decode(set.as_slice()).unwrap() }
}

impl Known {
    fn put_on(&self, tape: &mut Tape, name: &str, payload: &[u8]) {
        tape.decode(&self.registry, name, payload);
    }

    /// Decodes bytes onto a tape and encodes the record again.
    fn recode(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut tape = Tape::default();
        self.put_on(&mut tape, name, bytes);
        tape.encode(&self.registry).unwrap()
    }

    /// The message, without what is set to a default that means nothing.
    fn decode(&self, name: &str, bytes: &[u8]) -> DynamicMessage {
        let descriptor = self.pool.get_message_by_name(name).unwrap();
        let decoded = DynamicMessage::decode(descriptor.clone(), bytes).unwrap();
        DynamicMessage::decode(descriptor, decoded.encode_to_vec().as_slice()).unwrap()
    }

    /// All that can stand in an Any, entries of maps apart.
    fn messages(&self) -> Vec<prost_reflect::MessageDescriptor> {
        let all = self.pool.all_messages();
        all.filter(|each| !each.is_map_entry() && each.full_name() != "google.protobuf.Any")
            .filter(|each| each.parent_file().name() != "google/protobuf/descriptor.proto")
            .collect()
    }
}

#[test]
fn random_messages_of_every_registered_type_survive_the_round_trip() {
    let known = known();
    let messages = known.messages();
    assert!(messages.len() > MESSAGES.len());
    let mut random = Random(TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    for descriptor in &messages {
        for _ in 0..100 {
            let name = descriptor.full_name();
            let bytes = random.message(descriptor, 0).encode_to_vec();
            let again = known.decode(name, &known.recode(name, &bytes));
            assert!(again == known.decode(name, &bytes), "{name}: {bytes:?}");
        }
    }
}

#[test]
fn lists_of_numbers_are_written_as_their_definition_says_and_read_either_way() {
    let known = known();
    // `loose` packed and `tight` not: the other way round than defined, and a run in two parts.
    let bytes = [26, 2, 1, 2, 32, 3, 32, 4, 26, 1, 5];
    assert_eq!(known.recode("legacy.Legacy", &bytes), [24, 1, 24, 2, 24, 5, 34, 2, 3, 4]);
}

#[test]
fn what_is_set_to_its_default_stays_set_where_a_field_has_presence() {
    let known = known();
    let bytes = [10, 0, 16, 0];
    assert_eq!(known.recode("legacy.Legacy", &bytes), bytes);
    assert_eq!(known.recode("acme.Range", &[9, 0, 0, 0, 0, 0, 0, 0, 0]), []);
}

#[test]
fn of_a_oneof_the_last_member_on_the_wire_is_set() {
    let known = known();
    // robot, room, place, robot.
    let bytes = [72, 1, 58, 1, b'r', 66, 0, 72, 2];
    assert_eq!(known.recode("acme.Measured", &bytes), [72, 2]);
    assert_eq!(known.recode("acme.Measured", &bytes[..7]), [66, 0]);
    assert_eq!(known.recode("acme.Measured", &bytes[..5]), [58, 1, b'r']);
}

#[test]
fn entries_of_maps_may_lack_key_or_value() {
    let known = known();
    let again = known.decode("acme.Measured", &known.recode("acme.Measured", &[50, 0]));
    let limits = again.get_field_by_name("limits").unwrap();
    let Value::Map(limits) = &*limits else { panic!("limits is a map") };
    assert_eq!(limits.len(), 1);
}

#[test]
fn a_run_of_numbers_that_ends_inside_one_is_invalid() {
    let known = known();
    let mut tape = Tape::default();
    known.put_on(&mut tape, "acme.Numbers", &[242, 1, 3, 1, 2, 3]);
    assert_eq!(tape.slots()[ROOT], INVALID);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>, name in prop::sample::select(vec![
        "acme.Measured", "acme.Numbers", "acme.Maps", "acme.Corners", "legacy.Legacy",
    ])) {
        thread_local!(static KNOWN: Known = known());
        KNOWN.with(|known| {
            known.put_on(&mut Tape::default(), name, &bytes);
        });
    }
}
