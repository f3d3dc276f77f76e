//! Addresses, topics and patterns: what parses prints and parses again, and patterns mean what they cover.
#![no_main]

use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

use libfuzzer_sys::fuzz_target;
use pattern::Pattern;
use tera_protocol::{
    link::session::TargetPattern,
    topic::{Channel, Identity, Kind, Target, Topic, Uuid},
};

#[expect(dead_code, reason = "the gateway's; not all of it is of use here")]
#[path = "../../crates/gateway/src/pattern.rs"]
mod pattern;

fn round_trip<T: FromStr + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    assert_eq!(value.to_string().parse().ok().as_ref(), Some(&value));
    Some(value)
}

fn check_patterns(patterns: &[Pattern], topic: &str) {
    for wide in patterns {
        assert!(wide.covers(wide), "{wide}");
        if let Some(topic) = wide.topic() {
            // The topic of a stream is only subscribed to, that of a service's signals only sent to.
            assert!(wide.is_stream() || wide.permits(topic), "{wide}");
        }
        for narrow in patterns {
            let matches = !wide.covers(narrow) || !narrow.matches(topic) || wide.matches(topic);
            assert!(matches, "{wide} covers {narrow} but not its {topic}");
            for narrowest in patterns {
                let covers = !wide.covers(narrow) || !narrow.covers(narrowest) || wide.covers(narrowest);
                assert!(covers, "{wide} covers {narrow} but not its {narrowest}");
            }
        }
    }
}

fuzz_target!(|text: &str| {
    let mut patterns = Vec::new();
    let mut targets = Vec::new();
    let mut open = Vec::new();
    for line in text.split('\n').take(4) {
        round_trip::<Uuid>(line);
        round_trip::<Kind>(line);
        assert!(!line.parse().is_ok_and(|channel: Channel| channel.as_str() != line));
        round_trip::<Identity>(line);
        round_trip::<Topic>(line);
        targets.extend(round_trip::<Target>(line));
        open.extend(round_trip::<TargetPattern>(line));
        patterns.extend(round_trip::<Pattern>(line));
        check_patterns(&patterns, line);
        for target in &targets {
            let exact: TargetPattern = target.to_string().parse().expect("a target is a pattern");
            assert!(exact.matches(target));
            for pattern in &open {
                let (text, name) = (pattern.to_string(), target.to_string());
                let covered = text.strip_suffix('*').map_or(name == text, |start| name.starts_with(start));
                assert_eq!(pattern.matches(target), covered, "{pattern} and {target}");
            }
        }
    }
});
