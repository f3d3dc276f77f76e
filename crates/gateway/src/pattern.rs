//! Which topics a client may subscribe to and publish on, and which it does.
//!
//! A topic is made of segments with dots between them. In a pattern, `*` stands for any one segment, and `**` at the end
//! for one or more. Only topics that carry events are covered: what is asked of modules and services, what answers an
//! identity and what the gateway itself sends never is, whatever a pattern says. Nor are streams, the answers of a contract's
//! methods: each has a topic `tera-stream.<name>` of its own, which only who knows its name can subscribe to.
//! Signals to services can be sent where a pattern covers their topic, but never be heard.

use std::{fmt, str::FromStr, sync::Arc};

use tera_protocol::topic::{Channel, Topic};
use tera_signals::is_input_topic;

/// First segment of the gateways' own topics, which hold what calls return.
const OWN: &str = "tera-gateway";
/// First segment of streams' topics: `proto/tera/contract/v1/contract.proto` says what they are.
const STREAM: &str = "tera-stream";
/// Hexadecimal digits of a stream's name: too many to guess.
const STREAM_DIGITS: usize = 32;
const ONE: &str = "*";
const REST: &str = "**";

/// A pattern of topics; without a wildcard, one topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Arc<str>);

/// A text that is no pattern, or one that covers no topic with events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternError;

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a topic with events has segments of ASCII letters, digits, `_` and `-`, with single dots between them; \
             in a pattern `*` stands for one of them, and `**` at the end for the rest",
        )
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// The pattern's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one topic that it is; `None` if it has a wildcard.
    #[must_use]
    pub fn topic(&self) -> Option<&Arc<str>> {
        (!self.0.contains(ONE)).then_some(&self.0)
    }

    /// True if this topic carries what clients may hear, and the pattern covers it.
    #[must_use]
    pub fn matches(&self, topic: &str) -> bool {
        !is_input_topic(topic) && self.permits(topic)
    }

    /// True if clients may send to this topic, and the pattern covers it.
    #[must_use]
    pub fn permits(&self, topic: &str) -> bool {
        carries_events(topic) && topic.split('.').all(is_name) && covers(&self.0, topic)
    }

    /// True if it is the topic of one stream, whose name nobody can know but its caller and the service.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        is_stream(&self.0)
    }

    /// True if every topic that the other covers is covered by this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        covers(&self.0, &other.0)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (front, last) = text.rsplit_once('.').map_or((None, text), |(front, last)| (Some(front), last));
        let is_well_formed = front
            .is_none_or(|front| front.split('.').all(|segment| segment == ONE || is_name(segment)))
            && (last == ONE || last == REST || is_name(last));
        if is_stream(text) || is_well_formed && carries_events(text) {
            Ok(Self(text.into()))
        } else {
            Err(PatternError)
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name(segment: &str) -> bool {
    !segment.is_empty()
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_stream(topic: &str) -> bool {
    let name = topic.strip_prefix(STREAM).and_then(|rest| rest.strip_prefix('.'));
    name.is_some_and(|name| name.len() == STREAM_DIGITS && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Of the topics of a deployment, the ones named for events do, and those that it knows nothing of.
fn carries_events(topic: &str) -> bool {
    if matches!(topic.split('.').next(), Some(OWN | STREAM)) {
        return false;
    }
    let asks =
        matches!(topic.parse(), Ok(Topic::Target(_, Channel::Messages | Channel::Rpc) | Topic::Calls(_)));
    !asks && !matches!(topic.parse(), Ok(Topic::Answers(_)))
}

/// Segment by segment. A wildcard of the narrower one is a segment like any other, except that `**` may be several.
fn covers(wide: &str, narrow: &str) -> bool {
    let mut narrow = narrow.split('.');
    for segment in wide.split('.') {
        match (segment, narrow.next()) {
            (_, None) => return false,
            (REST, Some(_)) => return true,
            (_, Some(REST)) => return false,
            (ONE, Some(_)) => {}
            (segment, Some(other)) if segment == other => {}
            _ => return false,
        }
    }
    narrow.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERS: &str = "websocket.user.00000000-0000-0000-0000-000000000001";

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_wildcard_stands_for_one_segment_and_two_at_the_end_for_the_rest() {
        for (text, covered, others) in [
            ("room.1", &["room.1"][..], &["room.12", "room", "room.1.2", "Room.1"][..]),
            (
                "room.*",
                &["room.1", "room.x-y"],
                &["room", "room.1.2", "room.", "rooms.1", "room.é", "room.a b"],
            ),
            ("*.1", &["room.1"], &["1", ".1", "a.b.1"]),
            ("room.**", &["room.1", "room.1.2"], &["room", "room.", "room.1..2", "other.1"]),
            ("**", &["room", "a.b.c"], &["", "."]),
        ] {
            let pattern = pattern(text);
            assert!(covered.iter().all(|topic| pattern.matches(topic)), "{text}");
            assert!(!others.iter().any(|topic| pattern.matches(topic)), "{text}");
        }
    }

    #[test]
    fn only_topics_with_events_are_covered() {
        let calls = &format!("{ANSWERS}.rpc");
        let closed = ["service.A.messages", "module.A.B.rpc", ANSWERS, calls, "tera-gateway.replies.00"];
        for topic in closed {
            assert!(!pattern("**").matches(topic) && !pattern("*.*.*").matches(topic), "{topic}");
            assert_eq!(topic.parse::<Pattern>(), Err(PatternError));
        }
        for topic in ["service.A.events", &format!("{ANSWERS}.events"), "room.messages"] {
            assert!(pattern("**").matches(topic), "{topic}");
        }
    }

    #[test]
    fn a_stream_is_for_those_who_know_its_name_and_no_wildcard_covers_it() {
        let name = "0123456789abcdef0123456789abcdef";
        let topic = format!("tera-stream.{name}");
        let stream = pattern(&topic);
        assert!(stream.is_stream() && stream.topic().is_some());
        assert!(!pattern("**").matches(&topic) && !pattern("*.*").matches(&topic));
        assert!(!stream.matches(&topic), "nobody may publish there");
        for wrong in ["tera-stream.*", "tera-stream.**", "tera-stream", &topic[..20], &format!("{topic}.x")] {
            assert_eq!(wrong.parse::<Pattern>(), Err(PatternError), "{wrong}");
        }
    }

    #[test]
    fn signals_to_services_are_sent_and_not_heard() {
        let input = "signal.service.Thermo";
        for text in ["**", "signal.**", "signal.*.*", input] {
            assert!(pattern(text).permits(input) && !pattern(text).matches(input), "{text}");
        }
        for topic in ["signal.agents", "signal.event.Tick", "signal.event.DataChangeEvent.User"] {
            assert!(pattern("signal.**").permits(topic) && pattern("signal.**").matches(topic), "{topic}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in ["", ".", "a.", ".a", "a..b", "a*", "**.a", "a.***", "a b", "é", "a.?", "a.[b]", "../a"]
        {
            assert_eq!(wrong.parse::<Pattern>(), Err(PatternError), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_covers_another_if_it_covers_all_of_it() {
        for (wide, narrow, covered) in [
            ("a.*", "a.b", true),
            ("a.*", "a.*", true),
            ("a.*", "*.b", false),
            ("a.*", "a.**", false),
            ("a.b", "a.*", false),
            ("a.**", "a.*.c", true),
            ("a.**", "a.**", true),
            ("a.**", "a", false),
            ("a.*.**", "a.**", false),
            ("**", "**", true),
            ("**", "*", true),
            ("*", "**", false),
        ] {
            assert_eq!(pattern(wide).covers(&pattern(narrow)), covered, "{wide} over {narrow}");
        }
    }
}
