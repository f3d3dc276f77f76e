//! Topics, addresses and UUIDs parse and print; what only looks like one is refused.

use proptest::prelude::*;
use tera_protocol::topic::{Channel, Identity, Kind, MAX_NAME_BYTES, Target, Topic, TopicError, Uuid};

const UUID: &str = "350c94b7-f9e1-4835-a817-28f139b1fc91";

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(vec![Channel::Messages, Channel::Events, Channel::Rpc])
}

fn identity() -> impl Strategy<Value = Identity> {
    (prop::sample::select(Kind::ALL.to_vec()), any::<[u8; 16]>())
        .prop_map(|(kind, uuid)| Identity { kind, uuid: Uuid(uuid) })
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        "[A-Za-z0-9_-]{1,12}(\\.[A-Z0-9_-]{1,12}){0,4}"
            .prop_filter_map("a channel", |name| Target::module(name).ok()),
        "[A-Za-z0-9_-]{1,64}"
            .prop_map(|key| Target::service(key).expect("only characters that a key may have")),
    ]
}

fn topic() -> impl Strategy<Value = Topic> {
    prop_oneof![
        (target(), channel()).prop_map(|(target, channel)| target.topic(channel)),
        identity().prop_map(Topic::Events),
        identity().prop_map(Topic::Answers),
        identity().prop_map(Topic::Calls),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(topic in topic(), target in target(), identity in identity()) {
        prop_assert_eq!(topic.to_string().parse(), Ok(topic));
        prop_assert_eq!(target.to_string().parse(), Ok(target));
        prop_assert_eq!(identity.address().parse(), Ok(identity));
    }

    #[test]
    fn what_parses_prints_to_the_same_up_to_the_case_of_a_uuid(
        text in "(module|service|websocket|)\\.?(user|device|[A-Z]{0,3}|\\*|é)(\\.|\\.\\.)?(350c94B7-f9e1-4835-a817-28f139b1fc91|X)?(\\.events|\\.rpc|\\.)?",
    ) {
        if let Ok(topic) = text.parse::<Topic>() {
            prop_assert!(topic.to_string().eq_ignore_ascii_case(&text));
        }
    }

    #[test]
    fn no_text_is_both_a_target_and_a_topic(text in "(module|service)(\\.(messages|events|rpc|A)){1,4}") {
        prop_assert!(text.parse::<Target>().is_err() || text.parse::<Topic>().is_err(), "{}", text);
    }

    #[test]
    fn garbage_is_refused_without_a_panic(text in any::<String>()) {
        prop_assert!(text.parse::<Topic>().is_err());
        prop_assert!(text.parse::<Target>().is_err());
        prop_assert!(text.parse::<Identity>().is_err());
        prop_assert!(text.parse::<Uuid>().is_err());
    }
}

#[test]
fn the_topics_of_a_deployment_parse() {
    let identity = Identity { kind: Kind::Participant, uuid: UUID.parse().unwrap() };
    let module = Target::module("TeraServer.UserManagerModule").unwrap();
    let service = Target::service("VideoRehabService").unwrap();
    for (text, topic) in [
        ("module.TeraServer.UserManagerModule.events".to_owned(), module.topic(Channel::Events)),
        ("service.VideoRehabService.rpc".to_owned(), service.topic(Channel::Rpc)),
        (format!("service.{UUID}.messages"), Target::service(UUID).unwrap().topic(Channel::Messages)),
        (format!("websocket.participant.{UUID}.events"), Topic::Events(identity)),
        (format!("websocket.participant.{UUID}"), Topic::Answers(identity)),
        (format!("websocket.participant.{UUID}.rpc"), Topic::Calls(identity)),
    ] {
        assert_eq!(text.parse(), Ok(topic.clone()), "{text}");
        assert_eq!(topic.to_string(), text);
    }
}

#[test]
fn each_fault_of_a_topic_has_its_own_error() {
    let long = format!("service.{}.rpc", "k".repeat(MAX_NAME_BYTES + 1));
    for (text, error) in [
        ("", TopicError::Prefix),
        ("Module.X.rpc", TopicError::Prefix),
        ("modules.X.rpc", TopicError::Prefix),
        ("websocket.admin.350c94b7-f9e1-4835-a817-28f139b1fc91", TopicError::Kind),
        ("websocket.user", TopicError::Kind),
        ("websocket.user.350c94b7f9e14835a81728f139b1fc91", TopicError::Uuid),
        ("websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc9", TopicError::Uuid),
        ("websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91.", TopicError::Uuid),
        ("websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91.messages", TopicError::Uuid),
        ("websocket.user.{50c94b7-f9e1-4835-a817-28f139b1fc9}", TopicError::Uuid),
        ("websocket.user.*", TopicError::Uuid),
        ("websocket.user.*.events", TopicError::Uuid),
        ("module..rpc", TopicError::Name),
        ("module.A..B.rpc", TopicError::Name),
        ("module..A.rpc", TopicError::Name),
        ("module.A*.rpc", TopicError::Name),
        ("module.A?.rpc", TopicError::Name),
        ("module.[A].rpc", TopicError::Name),
        ("module.A B.rpc", TopicError::Name),
        ("module.A\n.rpc", TopicError::Name),
        ("module.А.rpc", TopicError::Name),
        ("module.A.events.rpc", TopicError::Name),
        ("service.a.b.rpc", TopicError::Name),
        ("service.A.reply", TopicError::Channel),
        ("service.A.RPC", TopicError::Channel),
        (&long, TopicError::NameLength),
    ] {
        assert_eq!(text.parse::<Topic>(), Err(error), "{text:?}");
    }
}
