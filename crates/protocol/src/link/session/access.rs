//! Whom a client may address, and how it writes that.

use std::{borrow::Cow, fmt, str::FromStr};

use prost_types::Any;

use super::is;
use crate::{
    error::{ErrorCode, TeraError},
    opentera::{ServerCommand, TeraModuleMessage},
    topic::{Channel, Identity, Kind, Target, Topic, TopicError},
};

/// Most recipients of one message.
pub const MAX_RECIPIENTS: usize = 64;

/// Whom a client may address. The default is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Modules and services that it may send messages to and call.
    pub targets: Vec<TargetPattern>,
    /// Kinds of identities that it may send messages to and call.
    pub send_to: Vec<Kind>,
}

impl Access {
    pub(super) fn check_target(&self, target: &Target) -> Result<(), TeraError> {
        if self.targets.iter().any(|pattern| pattern.matches(target)) {
            return Ok(());
        }
        Err(forbidden(format!("this identity may not address {target}")))
    }

    /// Where a message goes that no answer is asked for: to a module, a service, or each of a list of clients.
    ///
    /// # Errors
    ///
    /// `invalid_argument`: `dest` is no such address or list; `forbidden`.
    pub fn topics_of(&self, dest: &str, message: &TeraModuleMessage) -> Result<Vec<Topic>, TeraError> {
        if !dest.trim_start().starts_with("websocket.") {
            let target = target(dest)?;
            self.check_target(&target)?;
            return Ok(vec![target.topic(Channel::Messages)]);
        }
        let recipients = recipients(dest)?;
        recipients.iter().try_for_each(|&recipient| self.check_recipient(recipient))?;
        check_no_command(&message.data)?;
        Ok(recipients.into_iter().map(Topic::Answers).collect())
    }

    /// Where calls of a module, a service or a client go.
    pub(super) fn topic_of_calls(&self, target: &str) -> Result<Topic, TeraError> {
        let bad_address = |error| bad_address(target, error);
        if target.starts_with("websocket.") {
            let callee = target.parse().map_err(bad_address)?;
            self.check_recipient(callee)?;
            return Ok(Topic::Calls(callee));
        }
        let target = target.parse().map_err(bad_address)?;
        self.check_target(&target)?;
        Ok(target.topic(Channel::Rpc))
    }

    pub(super) fn check_recipient(&self, recipient: Identity) -> Result<(), TeraError> {
        if self.send_to.contains(&recipient.kind) {
            return Ok(());
        }
        Err(forbidden(format!("this identity may not address a {}", recipient.kind)))
    }
}

/// Refuses what only the server may tell clients.
///
/// # Errors
///
/// `forbidden`.
pub fn check_no_command(messages: &[Any]) -> Result<(), TeraError> {
    if messages.iter().any(|message| is::<ServerCommand>(&message.type_url)) {
        return Err(TeraError::new(ErrorCode::Forbidden, "only the server commands clients"));
    }
    Ok(())
}

/// The error for what an identity may not do.
pub fn forbidden(description: impl Into<Cow<'static, str>>) -> TeraError {
    TeraError::new(ErrorCode::Forbidden, description)
        .with_help("The gateway's configuration grants access by kind of identity.")
}

/// The error for what reaches nobody at these addresses.
#[must_use]
pub fn unreachable(addresses: &str) -> TeraError {
    TeraError::new(ErrorCode::Unreachable, format!("nobody listens on {addresses}"))
        .with_help("Check the address, and that the one addressed is running or connected.")
}

/// One target, `service.DemoService`, or all that begin alike, `module.TeraServer.*` or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPattern {
    text: String,
    open: bool,
}

impl TargetPattern {
    /// True if the pattern covers this target.
    #[must_use]
    pub fn matches(&self, target: &Target) -> bool {
        let target = target.to_string();
        if self.open { target.starts_with(&self.text) } else { target == self.text }
    }
}

impl FromStr for TargetPattern {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        if let Some(beginning) = text.strip_suffix('*') {
            let known = ["module.", "service."]
                .iter()
                .any(|prefix| beginning.starts_with(prefix) || prefix.starts_with(beginning));
            return if known {
                Ok(Self { text: beginning.into(), open: true })
            } else {
                Err(TopicError::Prefix)
            };
        }
        let target: Target = text.parse()?;
        Ok(Self { text: target.to_string(), open: false })
    }
}

impl fmt::Display for TargetPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.open { "*" } else { "" })
    }
}

/// The module or service that a message is for: its address, or its topic for messages.
pub(super) fn target(dest: &str) -> Result<Target, TeraError> {
    let parsed = match dest.parse() {
        Ok(Topic::Target(target, Channel::Messages)) => Ok(target),
        Ok(_) => Err(TopicError::Channel),
        Err(_) => dest.parse(),
    };
    parsed.map_err(|error| bad_address(dest, error))
}

/// The identities that a message is for: their addresses, separated by commas, spaces or both; each counts once.
pub(super) fn recipients(dest: &str) -> Result<Vec<Identity>, TeraError> {
    let mut recipients = Vec::new();
    for address in dest.split([',', ' ']).filter(|address| !address.is_empty()) {
        let recipient = address.parse().map_err(|error| bad_address(address, error))?;
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
        if recipients.len() > MAX_RECIPIENTS {
            let description = format!("a message has at most {MAX_RECIPIENTS} recipients");
            return Err(TeraError::new(ErrorCode::InvalidArgument, description));
        }
    }
    Ok(recipients)
}

pub(super) fn bad_address(address: &str, error: TopicError) -> TeraError {
    const SHOWN: usize = 80;
    let shown: String = address.chars().take(SHOWN).collect();
    TeraError::new(ErrorCode::InvalidArgument, format!("{shown:?} is no address that fits here: {error}."))
        .with_help(
            "Write module.<name> or service.<key>; for a call or a message without reply also websocket.<kind>.<uuid>.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> TargetPattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_pattern_covers_one_target_or_those_that_begin_alike() {
        let module: Target = "module.TeraServer.UserManagerModule".parse().unwrap();
        let service: Target = "service.DemoService".parse().unwrap();
        for (text, covers) in [
            ("*", [true, true]),
            ("module.*", [true, false]),
            ("module.TeraServer.*", [true, false]),
            ("service.DemoService", [false, true]),
            ("service.Demo", [false, false]),
        ] {
            assert_eq!([&module, &service].map(|target| pattern(text).matches(target)), covers, "{text}");
            assert_eq!(pattern(text).to_string(), text);
        }
        assert!("websocket.*".parse::<TargetPattern>().is_err());
        assert!("".parse::<TargetPattern>().is_err());
    }

    #[test]
    fn a_message_names_its_target_by_address_or_by_topic() {
        let service: Target = "service.X".parse().unwrap();
        assert_eq!(target("service.X").as_ref(), Ok(&service));
        assert_eq!(target("service.X.messages"), Ok(service));
        for wrong in
            ["", "service.X.rpc", "service.X.events", "service.", "nonsense", "module.a..b", "service.*"]
        {
            assert_eq!(target(wrong).unwrap_err().code, ErrorCode::InvalidArgument, "{wrong}");
        }
    }

    #[test]
    fn recipients_are_listed_with_commas_or_spaces_and_count_once() {
        let [a, b] = ["a", "b"].map(|digit| format!("websocket.user.{}", uuid(digit)));
        let both = vec![a.parse().unwrap(), b.parse().unwrap()];
        for list in [format!("{a},{b}"), format!("{a} {b}"), format!(" {a}, {b},{a} ")] {
            assert_eq!(recipients(&list), Ok(both.clone()), "{list}");
        }
        assert_eq!(recipients(&format!("{a},{b}.events")).unwrap_err().code, ErrorCode::InvalidArgument);
        let many: Vec<String> = (0..=MAX_RECIPIENTS)
            .map(|number| format!("websocket.device.00000000-0000-0000-0000-{number:012}"))
            .collect();
        assert_eq!(recipients(&many.join(",")).unwrap_err().code, ErrorCode::InvalidArgument);
    }

    fn uuid(digit: &str) -> String {
        [8, 4, 4, 4, 12].map(|length| digit.repeat(length)).join("-")
    }
}
