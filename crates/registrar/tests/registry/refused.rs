//! What may be registered and what may not.

use proptest::prelude::*;
use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, MessageOptions, OneofDescriptorProto,
    field_descriptor_proto::{Label, Type},
};
use tera_protocol::{
    error::{ErrorCode, TeraError},
    registry::Registry,
    schema::{ENUMS, MESSAGES},
};
use tera_registrar::{Added, MAX_FIELDS, MAX_SET, MAX_TYPES, Registrar};

use super::descriptors::{self, file};

fn register(set: &FileDescriptorSet) -> Result<String, TeraError> {
    Registrar::default().register(&set.encode_to_vec()).map(|added| added.description)
}

/// The error's sentence.
fn refusal(set: &FileDescriptorSet) -> String {
    let error = register(set).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(!error.help.is_empty());
    error.into_details().description.into_owned()
}

/// `Foo` of package `acme`, with these fields.
fn foo(fields: Vec<FieldDescriptorProto>) -> FileDescriptorSet {
    message(DescriptorProto { name: Some("Foo".into()), field: fields, ..Default::default() })
}

fn message(message: DescriptorProto) -> FileDescriptorSet {
    let file = FileDescriptorProto {
        name: Some("foo.proto".into()),
        package: Some("acme".into()),
        message_type: vec![message],
        syntax: Some("proto3".into()),
        ..Default::default()
    };
    FileDescriptorSet { file: vec![file] }
}

fn field(name: &str, number: i32, kind: Type) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.into()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(kind.into()),
        ..Default::default()
    }
}

fn of_type(type_name: &str, field: FieldDescriptorProto) -> FieldDescriptorProto {
    FieldDescriptorProto { type_name: Some(type_name.into()), ..field }
}

#[test]
fn the_description_says_what_javascript_must_know() {
    let text = r#"syntax = "proto3"; package a;
        message M { string t = 2; optional bool b = 1; repeated E e = 3; map<int32, M> m = 4; oneof o { sint64 i = 5; fixed32 f = 9; } }
        enum E { Z = 0; N = -5; A = 7; }"#;
    let first = MESSAGES.len();
    let description = register(&file("a.proto", text)).unwrap();
    let mut rows: Vec<_> = description.lines().collect();
    rows.sort_unstable();
    let entry = format!("k\ta.M.MEntry\tl:key\tm{}:value", first + 1);
    let message = format!("m\ta.M\t?b:b\ts:t\t+e{}:e\t%m{first}:m\t?iz:i\t?wx=9:f", ENUMS.len());
    assert_eq!(rows, ["e\ta.E\t0:Z\t-5:N\t7:A", &entry, &message]);
}

#[test]
fn the_catalogue_may_be_defined_again() {
    let mut registrar = Registrar::default();
    assert_eq!(registrar.register(&descriptors::catalogue()), Ok(Added::default()));
}

#[test]
fn registering_twice_is_harmless_and_adds_nothing() {
    let mut registrar = Registrar::default();
    assert_ne!(registrar.register(&descriptors::acme()), Ok(Added::default()));
    assert_eq!(registrar.register(&descriptors::acme()), Ok(Added::default()));
}

#[test]
fn of_what_is_registered_messages_are_found_and_entries_of_maps_and_enums_are_not() {
    let added = Registrar::default().register(&descriptors::acme()).unwrap();
    let mut registry = Registry::default();
    registry.add(&added.rows, &added.description);
    let index = registry.find("x/acme.Measured").unwrap();
    assert_eq!(registry.message(index).name, "acme.Measured");
    assert_eq!(registry.find("acme.Maps.ByBoolEntry"), None);
    assert_eq!(registry.find("acme.Measured.Unit"), None);
}

#[test]
fn a_set_may_hold_a_file_twice() {
    let set = descriptors::acme();
    let twice = [set.as_slice(), set.as_slice()].concat();
    assert_eq!(Registrar::default().register(&twice), Registrar::default().register(&set));
}

#[test]
fn a_file_may_refer_to_what_was_registered_before() {
    let mut registrar = Registrar::default();
    let a = file("a.proto", r#"syntax = "proto3"; package a; message A { string x = 1; }"#);
    let mut b = a.clone();
    b.file[0].name = Some("b.proto".into());
    b.file[0].message_type[0] = DescriptorProto {
        name: Some("B".into()),
        field: vec![of_type(".a.A", field("a", 1, Type::Message))],
        ..Default::default()
    };
    assert!(register(&b).is_err());
    registrar.register(&a.encode_to_vec()).unwrap();
    let added = registrar.register(&b.encode_to_vec()).unwrap();
    assert_eq!(added.description, format!("m\ta.B\tm{}:a\n", MESSAGES.len()));
}

#[test]
fn definitions_that_contradict_each_other_are_refused_with_both_named() {
    let mut registrar = Registrar::default();
    registrar.register(&foo(vec![field("a", 1, Type::String)]).encode_to_vec()).unwrap();
    let others = [
        vec![],
        vec![field("a", 1, Type::Bytes)],
        vec![field("a", 2, Type::String)],
        vec![field("b", 1, Type::String)],
        vec![FieldDescriptorProto { label: Some(Label::Repeated.into()), ..field("a", 1, Type::String) }],
    ];
    for fields in others {
        let mut other = foo(fields);
        other.file[0].name = Some("other.proto".into());
        let error = registrar.register(&other.encode_to_vec()).unwrap_err();
        let expected = "acme.Foo: the definition in `other.proto` differs from the one in `foo.proto`.";
        assert_eq!(error.description, expected);
    }
    let of_catalogue =
        r#"syntax = "proto3"; package opentera.protobuf; message DeviceEvent { string x = 1; }"#;
    let refused = refusal(&file("mine.proto", of_catalogue));
    assert!(refused.contains("`mine.proto` differs from the one in `the catalogue`"), "{refused}");
    let enumeration =
        r#"syntax = "proto3"; package opentera.protobuf; message UserEvent { enum EventType { A = 0; } }"#;
    assert!(refusal(&file("mine.proto", enumeration)).contains("UserEvent.EventType"));
}

#[test]
fn a_refused_set_leaves_nothing_behind() {
    let mut registrar = Registrar::default();
    let mut set = foo(vec![field("a", 1, Type::String)]);
    let bad = foo(vec![of_type(".acme.Nowhere", field("a", 1, Type::Message))]);
    let mut bad = bad.file[0].clone();
    bad.message_type[0].name = Some("Bar".into());
    set.file.push(bad);
    let error = registrar.register(&set.encode_to_vec()).unwrap_err();
    assert_eq!(error.description, "acme.Bar: `a` is of type `acme.Nowhere`, which is not defined.");
    set.file.pop();
    assert!(registrar.register(&set.encode_to_vec()).unwrap().description.starts_with("m\tacme.Foo"));
}

#[test]
fn impossible_fields_are_refused() {
    let json =
        |name: &str| FieldDescriptorProto { json_name: Some(name.into()), ..field("x", 1, Type::String) };
    let cases = [
        (vec![field("a", 1, Type::String), field("b", 1, Type::String)], "`a` and `b` have the same number"),
        (vec![field("a_b", 1, Type::String), field("aB", 2, Type::String)], "two fields are named `aB`"),
        (vec![field("a", 0, Type::String)], "the number of `a`"),
        (vec![field("a", 1 << 29, Type::String)], "the number of `a`"),
        (vec![field("a", -1, Type::String)], "the number of `a`"),
        (vec![field("", 1, Type::String)], "`` is no name"),
        (vec![field("a b", 1, Type::String)], "`a b` is no name"),
        (vec![json("$type")], "`$type`"),
        (vec![json("$header")], "`$header`"),
        (vec![json("__proto__")], "`__proto__`"),
        (vec![json("a\tb")], "no field can have the name"),
        (vec![FieldDescriptorProto { r#type: None, ..field("a", 1, Type::String) }], "`a` has no known type"),
        (vec![field("a", 1, Type::Group)], "`a` is a group"),
        (vec![of_type(".acme.Foo", field("a", 1, Type::Enum))], "`a` is of type `acme.Foo`"),
        (
            vec![FieldDescriptorProto { oneof_index: Some(0), ..field("a", 1, Type::String) }],
            "the oneof of `a`",
        ),
        (
            vec![FieldDescriptorProto { oneof_index: Some(-1), ..field("a", 1, Type::String) }],
            "the oneof of `a`",
        ),
    ];
    for (fields, expected) in cases {
        let refused = refusal(&foo(fields));
        assert!(refused.starts_with("acme.Foo: ") && refused.contains(expected), "{refused}");
    }
}

#[test]
fn impossible_messages_and_enums_are_refused() {
    let named = |name: &str| DescriptorProto { name: Some(name.into()), ..Default::default() };
    let options = |options| DescriptorProto { options: Some(options), ..named("Foo") };
    let of_enum = |values: Vec<EnumValueDescriptorProto>| {
        let each = EnumDescriptorProto { name: Some("E".into()), value: values, ..Default::default() };
        message(DescriptorProto { enum_type: vec![each], ..named("Foo") })
    };
    let value = EnumValueDescriptorProto { name: Some("A".into()), number: Some(0), ..Default::default() };
    let mut same_name = of_enum(vec![value.clone()]);
    same_name.file[0].message_type[0].nested_type.push(named("E"));
    let cases = [
        (message(named("")), "`` is no name"),
        (message(DescriptorProto::default()), "a definition has no name"),
        (
            message(options(MessageOptions { map_entry: Some(true), ..Default::default() })),
            "it is no entry of a map",
        ),
        (
            message(options(MessageOptions { message_set_wire_format: Some(true), ..Default::default() })),
            "message sets",
        ),
        (of_enum(vec![]), "it has no values"),
        (of_enum(vec![value.clone(), value]), "two values are named `A`"),
        (same_name, "it is a message and an enum"),
    ];
    for (set, expected) in cases {
        let refused = refusal(&set);
        assert!(refused.starts_with("acme") && refused.contains(expected), "{refused}");
    }
}

#[test]
fn names_of_events_and_of_the_catalogue_need_a_package() {
    for name in ["event", "gap", "resync", "signal", "state", "warning", "Unknown", "DeviceEvent"] {
        let text = format!("syntax = \"proto3\"; message {name} {{}}");
        let refused = refusal(&file("a.proto", &text));
        assert!(refused.contains("give the file a package"), "{refused}");
    }
    register(&file("a.proto", "syntax = \"proto3\"; message Mine {}")).unwrap();
}

#[test]
fn groups_are_refused() {
    let refused =
        refusal(&file("a.proto", r#"syntax = "proto2"; package a; message M { optional group G = 1 {} }"#));
    assert!(refused.contains("is a group, which is not supported"), "{refused}");
}

/// A file of an edition, whose features are these bytes of a `FeatureSet`.
fn edition(number: u8, features: &[u8]) -> Vec<u8> {
    let set = foo(vec![
        field("a", 1, Type::Int32),
        FieldDescriptorProto { label: Some(Label::Repeated.into()), ..field("b", 2, Type::Int32) },
        of_type(".acme.Foo", field("c", 3, Type::Message)),
    ]);
    as_edition(set, number, features)
}

/// The set's one file as one of an edition.
fn as_edition(mut set: FileDescriptorSet, number: u8, features: &[u8]) -> Vec<u8> {
    set.file[0].syntax = Some("editions".into());
    let mut file = set.file[0].encode_to_vec();
    let options = [&[146, 3, features.len() as u8], features].concat();
    file.extend([&[66, options.len() as u8], options.as_slice(), &[112, number, 7]].concat());
    let length = u8::try_from(file.len()).unwrap();
    assert!(length < 128);
    [&[10, length], file.as_slice()].concat()
}

#[test]
fn editions_are_read_as_their_features_say() {
    let describe = |features: &[u8]| {
        Registrar::default().register(&edition(232, features)).map(|added| added.description)
    };
    let own = MESSAGES.len();
    assert_eq!(describe(&[]), Ok(format!("m\tacme.Foo\t?l:a\t+l:b\tm{own}:c\n")));
    assert_eq!(describe(&[8, 2]), Ok(format!("m\tacme.Foo\tl:a\t+l:b\tm{own}:c\n")));
    assert!(describe(&[40, 2]).unwrap_err().description.contains("`c` is a group"));
    let newer = Registrar::default().register(&edition(234, &[])).unwrap_err();
    assert_eq!(newer.description, "foo.proto: its syntax or edition is not known to this version.");
}

#[test]
fn maps_have_lengths_where_messages_are_groups() {
    let entry = DescriptorProto {
        name: Some("MEntry".into()),
        field: vec![field("key", 1, Type::String), of_type(".acme.Foo", field("value", 2, Type::Message))],
        options: Some(MessageOptions { map_entry: Some(true), ..Default::default() }),
        ..Default::default()
    };
    let map = FieldDescriptorProto {
        label: Some(Label::Repeated.into()),
        ..of_type(".acme.Foo.MEntry", field("m", 1, Type::Message))
    };
    let mut set = foo(vec![map]);
    set.file[0].message_type[0].nested_type.push(entry);
    let own = MESSAGES.len();
    assert_eq!(
        Registrar::default().register(&as_edition(set, 232, &[40, 2])).map(|added| added.description),
        Ok(format!("k\tacme.Foo.MEntry\ts:key\tm{}:value\nm\tacme.Foo\t%m{own}:m\n", own + 1))
    );
}

#[test]
fn a_file_descriptor_without_its_set_and_other_bytes_are_refused() {
    let set = foo(vec![field("a", 1, Type::String)]);
    let bare = set.file[0].encode_to_vec();
    for bytes in [&[][..], &[0xff; 40], b"syntax = \"proto3\";", &bare, &[10, 200]] {
        assert!(Registrar::default().register(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn size_and_nesting_are_bounded() {
    let large = vec![0; MAX_SET + 1];
    assert!(Registrar::default().register(&large).unwrap_err().description.contains("1 MiB"));

    let fields: Vec<_> =
        (0..=MAX_FIELDS as i32).map(|n| field(&format!("f{n}"), n + 1, Type::Bool)).collect();
    register(&foo(fields[1..].to_vec())).unwrap();
    assert!(refusal(&foo(fields)).contains("too many fields"));

    let mut set = foo(vec![]);
    let named = |n: usize| DescriptorProto { name: Some(format!("M{n}")), ..Default::default() };
    set.file[0].message_type = (0..MAX_TYPES).map(named).collect();
    register(&set).unwrap();
    set.file[0].message_type.push(named(MAX_TYPES));
    assert!(refusal(&set).contains("too many types"));

    let mut nested = named(0);
    for n in 1..1000 {
        nested = DescriptorProto { nested_type: vec![nested], ..named(n) };
    }
    assert!(refusal(&message(nested)).contains("nested too deep"));
    assert!(
        refusal(&message(DescriptorProto { name: Some("M".repeat(600)), ..Default::default() }))
            .contains("too long")
    );

    let oneof = OneofDescriptorProto { name: Some("o".into()), ..Default::default() };
    let many = DescriptorProto { oneof_decl: vec![oneof; MAX_FIELDS + 1], ..named(0) };
    assert!(refusal(&message(many)).contains("too many oneofs"));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        _ = Registrar::default().register(&bytes);
    }

    #[test]
    fn damaged_sets_never_panic(at: prop::sample::Index, patch: Vec<u8>) {
        thread_local!(static SET: Vec<u8> = descriptors::acme());
        let mut bytes = SET.with(Clone::clone);
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + patch.len());
        bytes.splice(at..end, patch);
        _ = Registrar::default().register(&bytes);
    }
}
