//! Addresses of services and clients, and the topics that signals travel on.

use std::{fmt, str::FromStr};

use tera_protocol::topic::Identity;

use crate::{MAX_NAME_BYTES, SignalError};

/// The address that all clients share.
const AGENTS: &str = "agents";
/// The topic of the address that all clients share.
pub const AGENTS_TOPIC: &str = "signal.agents";
const ROOT: &str = "signal";
const INPUTS: &str = "signal.service.";
const EVENTS: &str = "signal.event.";
const CHANGES: &str = "signal.event.DataChangeEvent.";

/// Where signals are sent to.
///
/// ```
/// use tera_signals::Address;
/// let address: Address = "ThermostatService".parse()?;
/// assert_eq!(address.topic(), "signal.service.ThermostatService");
/// assert_eq!("agents".parse::<Address>()?.topic(), "signal.agents");
/// # Ok::<_, tera_signals::SignalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A service, by its name.
    Service(String),
    /// What all clients share: `agents`.
    Agents,
    /// A client: `websocket.<kind>.<uuid>`. It gets what is sent to `agents` and is for it.
    Agent(Identity),
}

impl Address {
    /// The topic that it is reached on.
    #[must_use]
    pub fn topic(&self) -> String {
        match self {
            Self::Service(name) => format!("{INPUTS}{name}"),
            Self::Agents | Self::Agent(_) => AGENTS_TOPIC.to_owned(),
        }
    }
}

impl FromStr for Address {
    type Err = SignalError;

    fn from_str(text: &str) -> Result<Self, SignalError> {
        if text == AGENTS {
            return Ok(Self::Agents);
        }
        if text.starts_with("websocket.") {
            let wrong = |error| SignalError::new(format!("a client's address is wrong: {error}"));
            return text.parse().map(Self::Agent).map_err(wrong);
        }
        Ok(Self::Service(segment("an address", text)?.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(name) => f.write_str(name),
            Self::Agents => f.write_str(AGENTS),
            Self::Agent(identity) => identity.fmt(f),
        }
    }
}

/// The topic of events of this type.
///
/// # Errors
///
/// The type is not made of ASCII letters, digits, `_` and `-`, or is too long.
pub fn event_topic(event_type: &str) -> Result<String, SignalError> {
    Ok(format!("{EVENTS}{}", segment("`eventType`", event_type)?))
}

/// The topic of changes of objects of this type.
///
/// # Errors
///
/// The type is not made of ASCII letters, digits, `_` and `-`, or is too long.
pub fn changes_topic(object_type: &str) -> Result<String, SignalError> {
    Ok(format!("{CHANGES}{}", segment("`objectType`", object_type)?))
}

/// True if nothing but signals travels on this topic.
#[must_use]
pub fn is_signal_topic(topic: &str) -> bool {
    topic.split('.').next() == Some(ROOT)
}

/// True if this topic is the input of a service: what travels on it is for the service alone.
#[must_use]
pub fn is_input_topic(topic: &str) -> bool {
    topic.starts_with(INPUTS)
}

/// What can be a segment of a topic.
fn segment<'a>(what: &str, name: &'a str) -> Result<&'a str, SignalError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(name);
    }
    Err(SignalError::new(format!(
        "{what} must have 1 to {MAX_NAME_BYTES} ASCII letters, digits, `_` and `-`; an address can also be a client's, \
         `websocket.<kind>.<uuid>`"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "websocket.user.00000000-0000-0000-0000-00000000000a";

    #[test]
    fn every_address_has_one_topic_and_prints_as_it_is_written() {
        for (text, topic) in
            [("Thermo-stat_1", "signal.service.Thermo-stat_1"), ("agents", AGENTS_TOPIC), (ADA, AGENTS_TOPIC)]
        {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.topic(), address.to_string()), (topic.into(), text.into()));
        }
    }

    #[test]
    fn what_could_be_more_than_one_segment_or_a_pattern_is_no_address_and_no_type() {
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        for wrong in ["", ".", "a.b", "*", "a b", "é", "websocket.user.x", "websocket.", &long] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
            assert!(event_topic(wrong).is_err() && changes_topic(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn topics_of_signals_are_told_apart_from_others() {
        for topic in ["signal.agents", "signal.event.A", "signal.service.B", "signal"] {
            assert!(is_signal_topic(topic));
            assert_eq!(is_input_topic(topic), topic == "signal.service.B");
        }
        for topic in ["signals.agents", "room.signal", ""] {
            assert!(!is_signal_topic(topic));
        }
    }
}
