//! What a client must hear of, message by message: published, handed to its session, delivered, named by a gap.

use tera_protocol::link::Gap;

use crate::breach::{Kind, Verdict, breach, ensure};

/// The topics. The last one reaches every session without a subscription.
pub(crate) const TOPICS: [&str; 4] =
    ["service.A.events", "service.A.more", "service.B.events", "websocket.all"];
/// What clients subscribe to, each with the topics that it covers as a set of bits.
pub(crate) const PATTERNS: [(&str, u8); 4] = [
    ("service.A.*", 0b0011),
    ("service.A.events", 0b0001),
    ("service.B.events", 0b0100),
    ("service.*", 0b0111),
];
/// The topics that need no subscription.
pub(crate) const ALWAYS: u8 = 0b1000;

/// The numbers of the messages that a session was handed, by topic and in the order of their positions.
#[derive(Debug, Default)]
pub(crate) struct SessionLog {
    pub(crate) handed: [Vec<u32>; TOPICS.len()],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nobody owes it to the client.
    Free,
    /// It was published while the client was subscribed.
    Wanted,
    /// The client's session was handed it.
    Handed,
    Delivered,
    Gapped,
}

impl Fate {
    const fn is_owed(self) -> bool {
        matches!(self, Self::Wanted | Self::Handed)
    }
}

#[derive(Debug, Default)]
struct Topic {
    /// By the publisher's number, from 1.
    fates: Vec<Fate>,
    /// All up to this one is settled.
    seen: u32,
    /// A gap of unknown size was reported after the message seen last.
    hole: bool,
    /// A message that is missing before an exact gap, and the gap's. A gap of unknown size behind it, in the same message of the
    /// gateway's, names it.
    unnamed: Option<[u32; 2]>,
    /// The position in the client's session.
    position: usize,
}

impl Topic {
    /// What is owed for this reason alone no longer is.
    fn release(&mut self, reason: Fate) {
        for fate in self.fates.iter_mut().skip(self.seen as usize).filter(|fate| **fate == reason) {
            *fate = Fate::Free;
        }
    }
}

/// One client's account.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    topics: [Topic; TOPICS.len()],
    /// The session that the client is in, by its place among the logs.
    pub(crate) session: Option<usize>,
    /// Topics that the client believes to be subscribed to.
    believed: u8,
    /// Patterns of which it was told that messages are missed for now.
    lapsed: Vec<&'static str>,
    /// Whether a bus was lost, so that the gateway may not know how many messages are missing.
    bus_was_lost: bool,
    /// Whether a session was lost, whose subscriptions are made again.
    session_was_lost: bool,
    /// What gaps of unknown size were about that nothing explains so far. The warning of a lapse comes behind its gap.
    unexplained: Vec<String>,
    pub(crate) delivered: u64,
    pub(crate) gapped: u64,
    pub(crate) lost: u64,
}

impl Ledger {
    /// The next message of a topic was published; `handed`: to the client's session.
    pub(crate) fn publish(&mut self, topic: usize, handed: bool) {
        let wanted = self.believed & (1 << topic) != 0;
        let fate = match (handed, wanted) {
            (true, _) => Fate::Handed,
            (false, true) => Fate::Wanted,
            (false, false) => Fate::Free,
        };
        self.topics[topic].fates.push(fate);
    }

    /// What the client takes itself to be subscribed to from now on. What it no longer wants is no longer counted.
    pub(crate) fn believe(&mut self, topics: u8) {
        for (index, topic) in self.topics.iter_mut().enumerate() {
            if self.believed & !topics & (1 << index) != 0 {
                topic.release(Fate::Wanted);
            }
        }
        self.believed = topics;
    }

    /// The client is in a new session. What the one of before was handed beyond what the client is subscribed to is no
    /// longer owed.
    pub(crate) fn enter(&mut self, number: usize, log: &SessionLog) {
        self.session = Some(number);
        for (index, (topic, handed)) in self.topics.iter_mut().zip(&log.handed).enumerate() {
            topic.position = 0;
            if self.believed & (1 << index) == 0 {
                topic.release(Fate::Handed);
            }
            for &number in handed {
                topic.fates[number as usize - 1] = Fate::Handed;
            }
        }
    }

    /// The client was told that it may have missed anything.
    pub(crate) fn resync(&mut self) {
        self.session_was_lost = true;
        self.open_holes(ALWAYS);
    }

    /// The client was told that it is not subscribed for now to the pattern that this text begins with.
    pub(crate) fn lapse(&mut self, text: &str) {
        let pattern = text.split(':').next().unwrap_or_default();
        self.lapsed.extend(PATTERNS.iter().map(|each| each.0).find(|&each| each == pattern));
        self.unexplained.retain(|each| each != pattern);
    }

    /// The pattern is renewed, or has ended; true if messages of it were missed.
    pub(crate) fn end_lapse(&mut self, pattern: &str) -> bool {
        let before = self.lapsed.len();
        self.lapsed.retain(|&each| each != pattern);
        self.lapsed.len() < before
    }

    /// A bus was lost.
    pub(crate) fn lose_bus(&mut self) {
        self.bus_was_lost = true;
    }

    fn open_holes(&mut self, topics: u8) {
        for (index, topic) in self.topics.iter_mut().enumerate() {
            if topics & (1 << index) != 0 {
                topic.hole = true;
                topic.unnamed = None;
            }
        }
    }

    /// A message was delivered.
    pub(crate) fn deliver(&mut self, logs: &[SessionLog], topic: usize, number: u32) -> Verdict {
        let Some(log) = self.session.and_then(|session| logs.get(session)) else {
            return breach(Kind::Other, "a message was delivered outside a session");
        };
        let account = &mut self.topics[topic];
        account.position += 1;
        let expected = log.handed[topic].get(account.position - 1).copied();
        if expected != Some(number) {
            let seen = account.fates.get(number as usize - 1) == Some(&Fate::Delivered);
            let kind = match expected {
                _ if seen => Kind::Duplicated,
                Some(expected) if expected < number => Kind::Lost,
                _ => Kind::Reordered,
            };
            self.lost += u64::from(kind == Kind::Lost);
            let name = TOPICS[topic];
            return breach(kind, format!("{name}: message {number} came where {expected:?} had to come"));
        }
        self.reach(topic, number, Fate::Delivered)
    }

    /// A gap was reported; `is_own`: the gateway has said nothing of it.
    pub(crate) fn gap(&mut self, logs: &[SessionLog], gap: &Gap, is_own: bool) -> Verdict {
        let topic = TOPICS.iter().position(|&name| name == gap.topic);
        // The gateway's say nothing of what the client asks for again.
        let renews = is_own && self.end_lapse(&gap.topic);
        if gap.count.is_none() {
            let is_known = self.bus_was_lost || renews || (is_own && self.session_was_lost);
            ensure(is_known || gap.last == 0, || format!("{gap:?} is of unknown size, but no bus was lost"))?;
            if !is_known {
                self.unexplained.push(gap.topic.clone());
            }
            let pattern = PATTERNS.iter().find(|each| each.0 == gap.topic).map(|each| each.1);
            let topics = pattern.unwrap_or(0) | topic.map_or(0, |topic| 1 << topic);
            ensure(topics != 0, || format!("{gap:?} is of no topic"))?;
            self.open_holes(topics);
        }
        if gap.last > 0 {
            let Some(topic) = topic else { return breach(Kind::Other, format!("{gap:?} is of no topic")) };
            self.exact_gap(logs, topic, gap)?;
        }
        Ok(())
    }

    fn exact_gap(&mut self, logs: &[SessionLog], topic: usize, gap: &Gap) -> Verdict {
        let Some(log) = self.session.and_then(|session| logs.get(session)) else {
            return breach(Kind::Other, "a gap was reported outside a session");
        };
        let handed = &log.handed[topic];
        let known = self.topics[topic].position as u64;
        let exact = gap.first == known + 1
            && gap.first <= gap.last
            && gap.last <= handed.len() as u64
            && gap.count.is_none_or(|count| count == gap.last - gap.first + 1);
        ensure(exact, || format!("{gap:?}, but {known} of {} were heard of", handed.len()))?;
        for &number in &handed[known as usize..gap.last as usize] {
            self.reach(topic, number, Fate::Gapped)?;
        }
        self.topics[topic].position = gap.last as usize;
        Ok(())
    }

    /// Settles this message and what comes before it.
    fn reach(&mut self, topic: usize, number: u32, fate: Fate) -> Verdict {
        let account = &mut self.topics[topic];
        let name = TOPICS[topic];
        if number <= account.seen {
            let kind = if account.fates[number as usize - 1] == Fate::Delivered {
                Kind::Duplicated
            } else {
                Kind::Reordered
            };
            return breach(kind, format!("{name}: message {number} came after {}", account.seen));
        }
        let skipped = account.seen as usize..number as usize - 1;
        for skipped in skipped {
            if !account.fates[skipped].is_owed() {
                continue;
            }
            if !account.hole {
                let missing = skipped as u32 + 1;
                if fate == Fate::Delivered {
                    return self.lose(topic, missing, number);
                }
                account.unnamed = Some([missing, number]);
            }
            account.fates[skipped] = Fate::Gapped;
            self.gapped += 1;
        }
        account.fates[number as usize - 1] = fate;
        account.seen = number;
        // A hole beside an exact gap may be before, within or behind it; and one that lasts is not over.
        let covers =
            |pattern: &str| PATTERNS.iter().any(|each| each.0 == pattern && each.1 & (1 << topic) != 0);
        account.hole &= fate == Fate::Gapped || self.lapsed.iter().any(|pattern| covers(pattern));
        match fate {
            Fate::Delivered => self.delivered += 1,
            _ => self.gapped += 1,
        }
        Ok(())
    }

    fn lose(&mut self, topic: usize, missing: u32, before: u32) -> Verdict {
        self.lost += 1;
        breach(Kind::Lost, format!("{}: message {missing} is missing before {before}", TOPICS[topic]))
    }

    /// The client has read all of a message: what is missing was named.
    pub(crate) fn check_named(&mut self) -> Verdict {
        let unnamed = |(topic, account): (usize, &Topic)| Some((topic, account.unnamed?));
        match self.topics.iter().enumerate().find_map(unnamed) {
            Some((topic, [missing, before])) => self.lose(topic, missing, before),
            None => Ok(()),
        }
    }

    /// Closes the account: every gap of unknown size has a cause, and all that was published was delivered or named.
    pub(crate) fn close(&mut self) -> Verdict {
        let explained = self.unexplained.is_empty();
        ensure(explained, || format!("gaps of unknown size without a cause: {:?}", self.unexplained))?;
        self.end_holes();
        let (published, delivered, gapped) = (self.published(), self.delivered, self.gapped);
        ensure(published == delivered + gapped, || format!("{published} are not {delivered} and {gapped}"))
    }

    /// What was missed in topics of which nothing more came is in the gap of unknown size that was reported last.
    pub(crate) fn end_holes(&mut self) {
        for topic in self.topics.iter_mut().filter(|topic| topic.hole) {
            for fate in topic.fates.iter_mut().skip(topic.seen as usize).filter(|fate| fate.is_owed()) {
                *fate = Fate::Gapped;
                self.gapped += 1;
            }
        }
    }

    /// How many messages the client had to hear of, whatever became of them.
    pub(crate) fn published(&self) -> u64 {
        let fates = self.topics.iter().flat_map(|topic| &topic.fates);
        fates.filter(|fate| **fate != Fate::Free).count() as u64
    }

    /// Whether every message that is owed is settled.
    pub(crate) fn is_settled(&self) -> bool {
        self.unsettled().is_none()
    }

    /// Whether a gap of unknown size was reported after the last message of a topic.
    pub(crate) fn has_hole(&self) -> bool {
        let mut topics = self.topics.iter().enumerate();
        topics.any(|(index, topic)| topic.hole && self.believed & (1 << index) != 0)
    }

    /// A message that is owed and not settled, if there is one.
    pub(crate) fn unsettled(&self) -> Option<(&'static str, usize)> {
        self.topics.iter().zip(TOPICS).find_map(|(topic, name)| {
            let owed = topic.fates.iter().skip(topic.seen as usize).position(|fate| fate.is_owed())?;
            (!topic.hole).then_some((name, topic.seen as usize + owed + 1))
        })
    }
}
