//! The rules of fields, which are options in their descriptors.

use tera_protocol::schema::MESSAGES;
use tera_registrar::{Added, Registrar};

use super::descriptors::{acme, catalogue, with_rules};

fn described(messages: &str) -> String {
    Registrar::default().register(&with_rules(messages)).unwrap().description
}

#[test]
fn rules_follow_the_message_that_has_them() {
    let description = described(
        "message A {
             string id = 7 [(tera.rules.v1.required) = true, (tera.rules.v1.uuid) = true];
             repeated string others = 2 [(tera.rules.v1.uuid) = true];
             bool plain = 3 [(tera.rules.v1.required) = false];
             B b = 4 [(tera.rules.v1.required) = true, deprecated = true];
         }
         message B { string id = 1; }",
    );
    let b = MESSAGES.len() + 1;
    let a = format!("m\tacme.A\t*s=2:others\tb:plain\tm{b}:b\ts=7:id\n");
    assert_eq!(description, [&a, "r\t#:others\t!:b\t!#:id\nm\tacme.B\ts:id\n"].concat());
}

#[test]
fn rows_find_their_names_in_spite_of_rules_between_them() {
    let added = Registrar::default().register(&acme()).unwrap();
    let mut registry = tera_protocol::registry::Registry::default();
    registry.add(&added.rows, &added.description);
    let names = added.description.lines().filter_map(|line| line.strip_prefix("m\t"));
    for name in names.map(|line| line.split('\t').next().unwrap()) {
        assert!(registry.find(name).is_some(), "{name}");
    }
}

#[test]
fn only_text_is_a_uuid() {
    let set = with_rules("message A { bytes id = 1 [(tera.rules.v1.uuid) = true]; }");
    let refused = Registrar::default().register(&set).unwrap_err();
    assert_eq!(refused.description, "acme.A: `id` is no string, so it is no UUID.");
}

#[test]
fn other_rules_for_a_registered_message_contradict_it() {
    let mut registrar = Registrar::default();
    registrar.register(&with_rules("message A { string id = 1 [(tera.rules.v1.uuid) = true]; }")).unwrap();
    assert!(registrar.register(&with_rules("message A { string id = 1; }")).is_err());
}

#[test]
fn the_messages_that_describe_descriptors_are_not_registered() {
    assert_eq!(Registrar::default().register(&catalogue()), Ok(Added::default()));
    assert!(!described("message A {}").contains("google.protobuf"));
}
