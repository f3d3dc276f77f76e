//! Addresses and topics of an OpenTera deployment as types that parse and print.
//!
//! | text | type |
//! | --- | --- |
//! | `module.<name>`, `service.<key>` | [`Target`]: who is asked |
//! | `websocket.{user,participant,device}.<uuid>` | [`Identity`]: who is connected |
//! | `<target>.{messages,events,rpc}` | [`Topic::Target`] |
//! | `websocket.<kind>.<uuid>.events` | [`Topic::Events`] |
//! | `websocket.<kind>.<uuid>` | [`Topic::Answers`] |
//! | `websocket.<kind>.<uuid>.rpc` | [`Topic::Calls`] |
//!
//! A text is one of them or an error: there are no patterns here, so no wildcard can enter through a name.

mod identity;

use std::{fmt, str::FromStr};

pub use identity::{Identity, Kind, Uuid};

/// Longest name of a module or key of a service, in bytes.
pub const MAX_NAME_BYTES: usize = 256;

/// What is wrong with a text that should be a topic, an address or a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopicError {
    /// The first segment is not one of those that can stand here.
    Prefix,
    /// The kind of identity is unknown.
    Kind,
    /// The UUID is malformed.
    Uuid,
    /// The name holds a character, an empty segment or a last segment that a name can't have.
    Name,
    /// The name is longer than [`MAX_NAME_BYTES`].
    NameLength,
    /// The last segment is not one of those that can stand here.
    Channel,
}

impl TopicError {
    const fn reason(self) -> &'static str {
        match self {
            Self::Prefix => "it must begin with `module.`, `service.` or `websocket.`, as fits the place",
            Self::Kind => "after `websocket.` it must go on with `user.`, `participant.` or `device.`",
            Self::Uuid => "a UUID has 32 hexadecimal digits, written 8-4-4-4-12",
            Self::Name => {
                "a name has ASCII letters, digits, `_` and `-`; a module's also single dots between segments, \
                 the last of which is not `messages`, `events` or `rpc`"
            }
            Self::NameLength => "a name has at most 256 bytes",
            Self::Channel => {
                "it must end in `.messages`, `.events` or `.rpc`; after a websocket's UUID in `.events`, `.rpc` or nothing"
            }
        }
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for TopicError {}

/// Whether a target is a module or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A part of the server, such as `TeraServer.UserManagerModule`.
    Module,
    /// A service, by its key or its UUID.
    Service,
}

/// What a request is addressed to: `module.<name>` or `service.<key>`.
///
/// ```
/// use tera_protocol::topic::{Channel, Target, TargetKind};
/// let target: Target = "module.TeraServer.UserManagerModule".parse()?;
/// assert_eq!((target.kind(), target.name()), (TargetKind::Module, "TeraServer.UserManagerModule"));
/// assert_eq!(target.topic(Channel::Rpc).to_string(), "module.TeraServer.UserManagerModule.rpc");
/// # Ok::<_, tera_protocol::topic::TopicError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    kind: TargetKind,
    name: String,
}

impl Target {
    /// The module of this name.
    ///
    /// # Errors
    ///
    /// A name that is empty, longer than [`MAX_NAME_BYTES`], or not made of ASCII letters, digits, `_`, `-` and single
    /// dots between segments, or whose last segment is a [`Channel`].
    pub fn module(name: impl Into<String>) -> Result<Self, TopicError> {
        let name = checked(name.into(), b".")?;
        let mut segments = name.rsplit('.');
        if segments.clone().any(str::is_empty)
            || segments.next().is_some_and(|last| last.parse::<Channel>().is_ok())
        {
            return Err(TopicError::Name);
        }
        Ok(Self { kind: TargetKind::Module, name })
    }

    /// The service of this key or UUID.
    ///
    /// # Errors
    ///
    /// A key that is empty, longer than [`MAX_NAME_BYTES`], or not made of ASCII letters, digits, `_` and `-`.
    pub fn service(key: impl Into<String>) -> Result<Self, TopicError> {
        Ok(Self { kind: TargetKind::Service, name: checked(key.into(), b"")? })
    }

    /// Module or service.
    #[must_use]
    pub const fn kind(&self) -> TargetKind {
        self.kind
    }

    /// The module's name or the service's key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One of the target's topics.
    #[must_use]
    pub const fn topic(self, channel: Channel) -> Topic {
        Topic::Target(self, channel)
    }
}

fn checked(name: String, extra: &[u8]) -> Result<String, TopicError> {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || extra.contains(&byte);
    if name.len() > MAX_NAME_BYTES {
        return Err(TopicError::NameLength);
    }
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(TopicError::Name);
    }
    Ok(name)
}

impl FromStr for Target {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        match text.split_once('.') {
            Some(("module", name)) => Self::module(name),
            Some(("service", key)) => Self::service(key),
            _ => Err(TopicError::Prefix),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TargetKind::Module => "module.",
            TargetKind::Service => "service.",
        })?;
        f.write_str(&self.name)
    }
}

/// What travels on a target's topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// `TeraModuleMessage`s to the target.
    Messages,
    /// `TeraEvent`s from the target.
    Events,
    /// `RPCMessage`s to the target.
    Rpc,
}

impl Channel {
    const ALL: [Self; 3] = [Self::Messages, Self::Events, Self::Rpc];

    /// The topic's last segment: `messages`, `events` or `rpc`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Events => "events",
            Self::Rpc => "rpc",
        }
    }
}

impl FromStr for Channel {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text).ok_or(TopicError::Channel)
    }
}

/// A channel of the deployment's Redis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A module's or a service's.
    Target(Target, Channel),
    /// Events for one identity.
    Events(Identity),
    /// Answers to one identity.
    Answers(Identity),
    /// Calls of procedures that one identity serves.
    Calls(Identity),
}

impl FromStr for Topic {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        if !text.starts_with("websocket.") {
            let (target, channel) = text.rsplit_once('.').ok_or(TopicError::Prefix)?;
            let target: Target = target.parse()?;
            return Ok(target.topic(channel.parse()?));
        }
        match (text.strip_suffix(".events"), text.strip_suffix(".rpc")) {
            (Some(identity), _) => Ok(Self::Events(identity.parse()?)),
            (_, Some(identity)) => Ok(Self::Calls(identity.parse()?)),
            _ => Ok(Self::Answers(text.parse()?)),
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target, channel) => {
                target.fmt(f)?;
                f.write_str(".")?;
                f.write_str(channel.as_str())
            }
            Self::Events(identity) => {
                identity.fmt(f)?;
                f.write_str(".events")
            }
            Self::Answers(identity) => identity.fmt(f),
            Self::Calls(identity) => {
                identity.fmt(f)?;
                f.write_str(".rpc")
            }
        }
    }
}
