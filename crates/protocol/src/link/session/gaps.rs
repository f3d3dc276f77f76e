//! What will never reach the client, by topic, as long as the client has not been told.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use crate::link::messages;

/// Most topics whose positions are counted in one session.
const MAX_TOPICS: usize = 16_384;

/// Most lost replies that are remembered.
const MAX_REPLIES: usize = 16_384;

/// What a numbered message is, as far as a gap has to name it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// The message of a topic at this position, counted from 1.
    Topic(Arc<str>, u64),
    /// The reply to the request with this id.
    Reply(u64),
    /// A Notice.
    Notice,
    /// A Gap.
    Gap(Box<messages::Gap>),
}

impl Content {
    pub(super) fn topic(&self) -> Option<&Arc<str>> {
        if let Self::Topic(topic, _) = self { Some(topic) } else { None }
    }
}

/// What was lost so far. Of each topic it is one run of positions, because what is lost is always the beginning of what
/// waits.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    missing: BTreeMap<Arc<str>, Run>,
    lost_replies: Vec<u64>,
    lost_notices: bool,
}

/// Positions `first..=last`, none if `last` is 0; `unknown`: and perhaps others.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    first: u64,
    last: u64,
    unknown: bool,
}

impl Run {
    fn add(&mut self, first: u64, last: u64) {
        if last > 0 {
            self.first = if self.last == 0 { first } else { self.first.min(first) };
            self.last = self.last.max(last);
        }
    }

    const fn count(self) -> u64 {
        if self.last == 0 { 0 } else { self.last - self.first + 1 }
    }
}

impl Gaps {
    pub(super) fn add(&mut self, content: Content) {
        match content {
            Content::Topic(topic, position) => self.missing.entry(topic).or_default().add(position, position),
            Content::Reply(id) => self.add_replies([id]),
            Content::Notice => self.lost_notices = true,
            Content::Gap(gap) => self.add_gap(*gap),
        }
    }

    fn add_gap(&mut self, gap: messages::Gap) {
        for missing in gap.missing {
            let run = self.missing.entry(missing.topic.into()).or_default();
            run.add(missing.first, missing.last);
            run.unknown |= missing.unknown;
        }
        self.add_replies(gap.lost_replies);
        self.lost_notices |= gap.lost_notices;
    }

    /// Beyond the bound, which no honest client reaches, a request ends by its deadline.
    fn add_replies(&mut self, ids: impl IntoIterator<Item = u64>) {
        let room = MAX_REPLIES.saturating_sub(self.lost_replies.len());
        self.lost_replies.extend(ids.into_iter().take(room));
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = &Arc<str>> {
        self.missing.keys()
    }

    /// All of it as a message, if there is anything; nothing is left.
    pub(super) fn take(&mut self) -> Option<messages::Gap> {
        let Self { missing, mut lost_replies, lost_notices } = std::mem::take(self);
        if missing.is_empty() && lost_replies.is_empty() && !lost_notices {
            return None;
        }
        lost_replies.sort_unstable();
        let missing = missing.into_iter().map(|(topic, run)| messages::Missing {
            topic: String::from(&*topic),
            first: run.first,
            last: run.last,
            count: run.count(),
            unknown: run.unknown,
        });
        Some(messages::Gap { missing: missing.collect(), lost_replies, lost_notices })
    }
}

/// A gap of so many messages of a topic.
pub(super) fn run(topic: &str, first: u64, count: u64) -> messages::Gap {
    let missing =
        messages::Missing { topic: topic.into(), first, last: first + count - 1, count, unknown: false };
    messages::Gap { missing: vec![missing], ..Default::default() }
}

/// A gap of unknown size in each of these topics or patterns.
pub(super) fn unknown<'a>(topics: impl IntoIterator<Item = &'a str>) -> messages::Gap {
    let missing = topics.into_iter().map(|topic| messages::Missing {
        topic: topic.into(),
        unknown: true,
        ..Default::default()
    });
    messages::Gap { missing: missing.collect(), ..Default::default() }
}

/// How many messages of each topic this session was given.
#[derive(Debug, Default)]
pub(super) struct Positions(HashMap<Arc<str>, u64>);

impl Positions {
    /// Leaves out so many positions of a topic and returns the first of them; `None` if there are too many topics.
    pub(super) fn skip(&mut self, topic: &Arc<str>, count: u64) -> Option<u64> {
        if self.0.len() >= MAX_TOPICS && !self.0.contains_key(topic) {
            return None;
        }
        let position = self.0.entry(Arc::clone(topic)).or_default();
        *position += count;
        Some(*position + 1 - count)
    }

    /// The position of the topic's next message; `None` if there are too many topics.
    ///
    /// When there are, those that nothing waits or is missing of are forgotten and would start over at 1; `in_use` lists
    /// the others.
    pub(super) fn next<'a, I>(&mut self, topic: &Arc<str>, in_use: impl FnOnce() -> I) -> Option<u64>
    where
        I: Iterator<Item = &'a Arc<str>>,
    {
        if let Some(position) = self.0.get_mut(topic) {
            *position += 1;
            return Some(*position);
        }
        if self.0.len() >= MAX_TOPICS {
            let in_use: HashSet<_> = in_use().collect();
            self.0.retain(|topic, _| in_use.contains(topic));
        }
        if self.0.len() >= MAX_TOPICS {
            return None;
        }
        self.0.insert(Arc::clone(topic), 1);
        Some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(topic: &str, first: u64, last: u64, unknown: bool) -> messages::Missing {
        let count = if last == 0 { 0 } else { last - first + 1 };
        messages::Missing { topic: topic.into(), first, last, count, unknown }
    }

    #[test]
    fn what_is_lost_becomes_one_run_for_each_topic() {
        let mut gaps = Gaps::default();
        for position in 3..=5 {
            gaps.add(Content::Topic("a".into(), position));
        }
        gaps.add(Content::Topic("b".into(), 1));
        gaps.add(Content::Reply(9));
        gaps.add(Content::Reply(7));
        gaps.add(Content::Notice);
        let expected = messages::Gap {
            missing: vec![missing("a", 3, 5, false), missing("b", 1, 1, false)],
            lost_replies: vec![7, 9],
            lost_notices: true,
        };
        assert_eq!(gaps.take(), Some(expected));
        assert_eq!(gaps.take(), None);
    }

    #[test]
    fn a_gap_that_is_itself_lost_goes_into_the_next_one() {
        let mut gaps = Gaps::default();
        gaps.add(Content::Topic("a".into(), 6));
        let mut lost = unknown(["a", "b.*"]);
        lost.missing.push(missing("a", 2, 5, false));
        lost.lost_replies = vec![1];
        gaps.add(Content::Gap(Box::new(lost)));
        let gap = gaps.take().unwrap();
        assert_eq!(gap.missing, [missing("a", 2, 6, true), missing("b.*", 0, 0, true)]);
        assert_eq!(gap.lost_replies, [1]);
    }

    #[test]
    fn positions_count_from_1_and_only_idle_topics_are_forgotten() {
        let mut positions = Positions::default();
        let topics: Vec<Arc<str>> = (0..=MAX_TOPICS).map(|number| number.to_string().into()).collect();
        let none = || [].iter();
        for topic in &topics[..MAX_TOPICS] {
            assert_eq!(positions.next(topic, none), Some(1));
        }
        assert_eq!(positions.next(&topics[0], none), Some(2));
        assert_eq!(positions.next(&topics[MAX_TOPICS], || topics[..MAX_TOPICS].iter()), None);
        assert_eq!(positions.next(&topics[MAX_TOPICS], || topics[..1].iter()), Some(1));
        assert_eq!(positions.next(&topics[0], none), Some(3));
        assert_eq!(positions.next(&topics[1], none), Some(1));
    }
}
