//! One message for the several copies that Redis sends of it.
//!
//! Redis sends what is published to a connection once for the topic, if it is subscribed to, and then once for each
//! pattern that covers it, with nothing in between. So a copy for the topic is always the first of a message; one for a
//! pattern is so unless the copy before it has the same topic and content and came for the topic or another pattern, and
//! the connection's subscriptions have not changed in between: after that, the same content is another message.

use bytes::Bytes;

/// The message that came last.
#[derive(Debug, Default)]
pub(super) struct Copies {
    topic: String,
    payload: Bytes,
    /// The patterns that it came for.
    patterns: Vec<String>,
}

impl Copies {
    /// What comes next is the first copy of a message: the subscriptions have changed.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The content, if this is the first copy of a message.
    pub(super) fn first(&mut self, topic: &str, payload: &[u8], pattern: Option<String>) -> Option<Bytes> {
        if let Some(pattern) = &pattern
            && !self.patterns.contains(pattern)
            && self.topic == topic
            && self.payload == payload
        {
            self.patterns.push(pattern.clone());
            return None;
        }
        topic.clone_into(&mut self.topic);
        self.payload = Bytes::copy_from_slice(payload);
        self.patterns.clear();
        self.patterns.extend(pattern);
        Some(self.payload.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_count_once_and_the_same_published_again_counts_again() {
        let mut copies = Copies::default();
        let mut is_first = |topic: &str, payload: &[u8], pattern: Option<&str>| {
            copies.first(topic, payload, pattern.map(str::to_owned)).is_some()
        };
        let mut published = |topic: &str, patterns: &[Option<&str>]| -> usize {
            patterns.iter().filter(|pattern| is_first(topic, b"1", **pattern)).count()
        };
        assert_eq!(published("a.b", &[None, Some("a.*"), Some("*.b")]), 1);
        assert_eq!(published("a.b", &[None, Some("*.b"), Some("a.*")]), 1, "the same again");
        assert_eq!(published("a.b", &[None, None, Some("a.*"), Some("a.*")]), 3);
        assert_eq!(published("a.c", &[Some("a.*"), Some("*.c"), Some("a.*"), Some("*.c")]), 2);
        assert!(is_first("a.c", b"2", Some("a.*")));
        assert!(is_first("b.c", b"2", Some("*.c")));
    }

    #[test]
    fn the_same_for_another_pattern_counts_again_after_the_subscriptions_have_changed() {
        let mut copies = Copies::default();
        assert!(copies.first("a.b", b"1", Some("a.*".to_owned())).is_some());
        copies.reset();
        assert!(copies.first("a.b", b"1", Some("*.b".to_owned())).is_some());
        assert!(copies.first("a.b", b"1", Some("a.*".to_owned())).is_none());
    }
}
