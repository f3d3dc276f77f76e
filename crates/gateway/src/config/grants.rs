//! What each kind of identity may do.

use serde::Deserialize;
use tera_protocol::{
    link::session::{Access, TargetPattern},
    topic::{Kind, Topic},
};
use tera_signals::is_input_topic;

use super::parsed_list;
use crate::pattern::Pattern;

/// What each kind of identity may do. The default is nothing beyond being connected.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grants {
    /// For users.
    pub user: Grant,
    /// For participants.
    pub participant: Grant,
    /// For devices.
    pub device: Grant,
}

/// What one kind of identity may do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    /// Topics whose events it gets, besides its own: `module.<name>.events`, `service.<key>.events` or
    /// `websocket.<kind>.<uuid>.events`.
    #[serde(deserialize_with = "parsed_list")]
    pub events: Vec<Topic>,
    /// Modules and services that it may send messages to and call; `service.X`, `module.TeraServer.*` or `*`.
    #[serde(deserialize_with = "parsed_list")]
    pub targets: Vec<TargetPattern>,
    /// Kinds of identities that it may send messages and signals to and call: `user`, `participant`, `device`.
    #[serde(deserialize_with = "parsed_list")]
    pub send_to: Vec<Kind>,
    /// Topics that it may subscribe to: `room.7`, `room.*` (any one segment), `room.**` (one or more). Only topics that carry
    /// events are covered. A pattern may be subscribed to where one of these covers all of it. What a method of a contract
    /// streams needs no grant beyond `targets`. Signals: `signal.agents` for those to clients, of which each gets its own,
    /// `signal.event.<type>` and `signal.event.DataChangeEvent.<type>`.
    #[serde(deserialize_with = "parsed_list")]
    pub subscribe: Vec<Pattern>,
    /// Topics that it may publish on, written likewise. On topics of signals it may publish nothing but signals:
    /// `signal.service.<name>` lets it send to a service, `signal.event.<type>` emit events.
    #[serde(deserialize_with = "parsed_list")]
    pub publish: Vec<Pattern>,
    /// Queues that it may produce into, written likewise.
    #[serde(deserialize_with = "parsed_list")]
    pub produce: Vec<Pattern>,
    /// Queues that it may consume, written likewise.
    #[serde(deserialize_with = "parsed_list")]
    pub consume: Vec<Pattern>,
    /// Whether others may call procedures of it.
    pub serve: bool,
}

impl Grants {
    /// What this kind may do.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> &Grant {
        match kind {
            Kind::User => &self.user,
            Kind::Participant => &self.participant,
            Kind::Device => &self.device,
        }
    }
}

impl Grant {
    pub(crate) fn access(&self) -> Access {
        Access { targets: self.targets.clone(), send_to: self.send_to.clone() }
    }

    pub(crate) fn may_subscribe(&self, pattern: &Pattern) -> bool {
        if pattern.is_stream() {
            return true;
        }
        let is_private = pattern.topic().is_some_and(|topic| is_input_topic(topic));
        !is_private && self.subscribe.iter().any(|granted| granted.covers(pattern))
    }

    pub(crate) fn may_publish(&self, topic: &str) -> bool {
        self.publish.iter().any(|granted| granted.permits(topic))
    }

    pub(crate) fn may_produce(&self, queue: &str) -> bool {
        self.produce.iter().any(|granted| granted.matches(queue))
    }

    pub(crate) fn may_consume(&self, queue: &str) -> bool {
        self.consume.iter().any(|granted| granted.matches(queue))
    }
}
