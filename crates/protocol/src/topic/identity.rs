//! Who is connected: a kind of account and a UUID.

use std::{fmt, str::FromStr};

use super::TopicError;

/// A UUID of any version. Parses in either case, prints in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

/// Length of a printed UUID.
const UUID_BYTES: usize = 36;

/// Whether a dash stands before this byte of a UUID.
const fn dash_before(index: usize) -> bool {
    matches!(index, 4 | 6 | 8 | 10)
}

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl FromStr for Uuid {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        let mut rest = text.as_bytes();
        let mut uuid = [0; 16];
        for (index, byte) in uuid.iter_mut().enumerate() {
            if dash_before(index) {
                rest = rest.strip_prefix(b"-").ok_or(TopicError::Uuid)?;
            }
            let ([high, low], after) = rest.split_first_chunk().ok_or(TopicError::Uuid)?;
            let high = hex_value(*high).ok_or(TopicError::Uuid)?;
            let low = hex_value(*low).ok_or(TopicError::Uuid)?;
            *byte = high << 4 | low;
            rest = after;
        }
        if rest.is_empty() { Ok(Self(uuid)) } else { Err(TopicError::Uuid) }
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(UUID_BYTES);
        for (index, byte) in self.0.into_iter().enumerate() {
            if dash_before(index) {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        f.write_str(&text)
    }
}

/// What kind of account connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person with an account of their own: staff.
    User,
    /// A person who takes part in sessions.
    Participant,
    /// A device.
    Device,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::User, Self::Participant, Self::Device];

    /// The word in topics and URLs: `user`, `participant` or `device`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Participant => "participant",
            Self::Device => "device",
        }
    }
}

impl FromStr for Kind {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(TopicError::Kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who is connected. Prints as its address, `websocket.<kind>.<uuid>`.
///
/// ```
/// use tera_protocol::topic::{Identity, Kind};
/// let identity: Identity = "websocket.user.350C94B7-f9e1-4835-a817-28f139b1fc91".parse()?;
/// assert_eq!(identity.kind, Kind::User);
/// assert_eq!(identity.address(), "websocket.user.350c94b7-f9e1-4835-a817-28f139b1fc91");
/// # Ok::<_, tera_protocol::topic::TopicError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// What kind of account.
    pub kind: Kind,
    /// The account's UUID.
    pub uuid: Uuid,
}

impl Identity {
    /// The identity's address, which is also its answer topic.
    #[must_use]
    pub fn address(self) -> String {
        self.to_string()
    }
}

impl FromStr for Identity {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        let rest = text.strip_prefix("websocket.").ok_or(TopicError::Prefix)?;
        let (kind, uuid) = rest.split_once('.').ok_or(TopicError::Kind)?;
        Ok(Self { kind: kind.parse()?, uuid: uuid.parse()? })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("websocket.")?;
        self.kind.fmt(f)?;
        f.write_str(".")?;
        self.uuid.fmt(f)
    }
}
