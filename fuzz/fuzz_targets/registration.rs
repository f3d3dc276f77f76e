//! Descriptor sets: bytes as they come, the fixture's with damage, and sets made of descriptors that contradict
//! themselves. What is accepted describes records that the tape can be trusted with; what is refused leaves no trace.
#![no_main]

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MessageOptions, OneofDescriptorProto,
};
use tera_fuzz::{ACME, check, registry};
use tera_protocol::{schema::MESSAGES, tape::Tape};
use tera_registrar::{Added, Registrar};

/// What registering the fixture adds.
static FIXTURE: LazyLock<Added> =
    LazyLock::new(|| Registrar::new().register(ACME).expect("the fixture can be registered"));

/// Names that meet each other, the fixture's and the catalogue's.
const NAMES: [&str; 16] = [
    "A",
    "B",
    "C",
    "a",
    "b",
    "key",
    "value",
    "",
    "Unknown",
    "acme",
    "Range",
    "a-b",
    "google",
    "Any",
    "opentera.protobuf",
    "UserEvent",
];
const TYPES: [&str; 12] = [
    ".A",
    ".B",
    ".a.A",
    ".a.b.A",
    "A",
    ".A.B",
    ".acme.Range",
    ".acme.Corners",
    ".google.protobuf.Any",
    ".opentera.protobuf.UserEvent",
    ".opentera.protobuf.UserEvent.EventType",
    "",
];

#[derive(Debug)]
struct Set(Vec<u8>);

impl<'a> Arbitrary<'a> for Set {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(match bytes.int_in_range(0..=3)? {
            0 => Vec::arbitrary(bytes)?,
            1 => damaged(bytes)?,
            _ => FileDescriptorSet { file: some(bytes, file)? }.encode_to_vec(),
        }))
    }
}

/// The fixture's set with other bytes in a few places.
fn damaged(bytes: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut set = ACME.to_vec();
    for _ in 0..bytes.int_in_range(0..=8)? {
        let at = bytes.choose_index(set.len())?;
        set[at] = bytes.arbitrary()?;
    }
    Ok(set)
}

fn some<'a, T>(
    bytes: &mut Unstructured<'a>,
    mut each: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = bytes.int_in_range(0..=4)?;
    (0..count).map(|_| each(bytes)).collect()
}

fn name(bytes: &mut Unstructured<'_>) -> Result<Option<String>> {
    Ok(Some((*bytes.choose(&NAMES)?).to_owned()))
}

fn file(bytes: &mut Unstructured<'_>) -> Result<FileDescriptorProto> {
    let syntax = bytes.choose(&["", "proto2", "proto3", "proto3", "editions"])?;
    Ok(FileDescriptorProto {
        name: name(bytes)?,
        package: name(bytes)?,
        syntax: Some((*syntax).to_owned()),
        message_type: some(bytes, |bytes| message(bytes, 0))?,
        enum_type: some(bytes, enumeration)?,
        ..Default::default()
    })
}

fn message(bytes: &mut Unstructured<'_>, depth: usize) -> Result<DescriptorProto> {
    let nested = if depth < 3 { some(bytes, |bytes| message(bytes, depth + 1))? } else { Vec::new() };
    let options = MessageOptions {
        map_entry: bytes.arbitrary()?,
        message_set_wire_format: bytes.ratio(1, 16)?.then_some(true),
        ..Default::default()
    };
    Ok(DescriptorProto {
        name: name(bytes)?,
        field: some(bytes, field)?,
        nested_type: nested,
        enum_type: if bytes.ratio(1, 4)? { some(bytes, enumeration)? } else { Vec::new() },
        oneof_decl: some(bytes, |bytes| {
            Ok(OneofDescriptorProto { name: name(bytes)?, ..Default::default() })
        })?,
        options: Some(options),
        ..Default::default()
    })
}

fn field(bytes: &mut Unstructured<'_>) -> Result<FieldDescriptorProto> {
    let number = if bytes.ratio(1, 8)? { bytes.arbitrary()? } else { bytes.int_in_range(1..=40)? };
    Ok(FieldDescriptorProto {
        name: name(bytes)?,
        number: Some(number),
        label: Some(bytes.int_in_range(0..=4)?),
        r#type: Some(bytes.int_in_range(0..=19)?),
        type_name: Some((*bytes.choose(&TYPES)?).to_owned()),
        oneof_index: if bytes.ratio(1, 4)? { Some(bytes.int_in_range(-1..=4)?) } else { None },
        json_name: if bytes.ratio(1, 8)? { name(bytes)? } else { None },
        proto3_optional: bytes.arbitrary()?,
        ..Default::default()
    })
}

fn enumeration(bytes: &mut Unstructured<'_>) -> Result<EnumDescriptorProto> {
    let value = |bytes: &mut Unstructured<'_>| {
        let number = Some(bytes.int_in_range(-1..=3)?);
        Ok(EnumValueDescriptorProto { name: name(bytes)?, number, ..Default::default() })
    };
    Ok(EnumDescriptorProto { name: name(bytes)?, value: some(bytes, value)?, ..Default::default() })
}

fuzz_target!(|input: (Set, &[u8])| {
    let (Set(set), payload) = input;
    let mut registrar = Registrar::new();
    let Ok(added) = registrar.register(&set) else {
        assert_eq!(registrar.register(ACME).as_ref(), Ok(&*FIXTURE), "what is refused leaves a trace");
        return;
    };
    let again = registrar.register(&set).expect("what is accepted once is accepted twice");
    assert!(again.rows.is_empty() && again.description.is_empty());
    let registry = registry(&added);
    let messages = added.description.lines().filter(|line| line.starts_with(['m', 'k'])).count();
    let count = (MESSAGES.len()..).take_while(|&index| registry.get(index).is_some()).count();
    assert_eq!(messages, count, "rows and description differ: {}", added.description);
    for index in (MESSAGES.len()..).take(count) {
        let name = &registry.message(index).name;
        assert!(name.is_empty() || registry.find(name) == Some(index), "{name} is not found");
    }
    let Some((&which, payload)) = payload.split_first() else { return };
    if let Some(message) = registry.get(MESSAGES.len() + usize::from(which) % count.max(1)) {
        check(&mut Tape::default(), &registry, &message.name, payload);
    }
});
