//! Signals as text, for those who check them and pass them on. Fields of a signal's own stay as they were written.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::{RawValue, to_raw_value};
use tera_protocol::topic::Identity;

use crate::{Address, ChangeType, Head, MAX_NAME_BYTES, SignalError, SignalType, changes_topic, event_topic};

/// Deepest nesting of objects and arrays. Readers in other languages have bounds too, of some hundreds.
const MAX_DEPTH: usize = 64;

/// A signal as somebody wrote it: an object with the fields that such a signal must have. What every signal has, save its
/// type, may still be missing.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    text: &'a str,
    front: Front,
    aim: Aim,
}

/// Who gets a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A service, on this topic.
    Service(String),
    /// A client, on the topic that all clients share.
    Agent(Identity),
    /// Whoever listens to this topic.
    Event(String),
}

/// What every signal has. Null is as good as nothing; a field that is there twice is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Front {
    signal_type: SignalType,
    id: Option<String>,
    timestamp: Option<String>,
    from: Option<String>,
}

/// What says where it goes.
#[derive(Clone, Debug)]
enum Aim {
    Event { topic: String },
    Message { to: String, quoted: Option<Quoted> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    #[serde(rename = "changeType")]
    _change_type: ChangeType,
    object_type: String,
    #[serde(rename = "object")]
    _object: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    to: String,
    message_type: String,
    return_address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(borrow)]
    reply_to: &'a RawValue,
}

/// The message that a reply is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quoted {
    #[serde(rename = "id")]
    _id: String,
    from: String,
    return_address: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "code")]
    _code: i64,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "help")]
    _help: Option<String>,
}

impl<'a> Draft<'a> {
    /// Reads and checks a signal.
    ///
    /// # Errors
    ///
    /// It is no JSON object, has no known `signalType`, nests too deep, or a field that such a signal has is missing, wrong,
    /// too long or there twice. Of a field of its own that is there twice, the last one counts.
    pub fn parse(text: &'a str) -> Result<Self, SignalError> {
        let front: Front = read(text)?;
        if depth(text) > MAX_DEPTH {
            return Err(SignalError::new(format!("it is no signal: it nests deeper than {MAX_DEPTH}")));
        }
        for (name, value) in [("id", &front.id), ("timestamp", &front.timestamp), ("from", &front.from)] {
            value.as_ref().map_or(Ok(()), |value| bounded(name, value))?;
        }
        let aim = match front.signal_type {
            SignalType::Event => Aim::Event { topic: event_topic(&read::<Event>(text)?.event_type)? },
            SignalType::DataChangeEvent => {
                Aim::Event { topic: changes_topic(&read::<Change>(text)?.object_type)? }
            }
            SignalType::Message => Aim::message(text, false)?,
            SignalType::Reply => Aim::message(text, true)?,
            SignalType::ErrorReply => {
                read::<Failure>(text)?;
                Aim::message(text, true)?
            }
        };
        Ok(Self { text, front, aim })
    }

    /// Checks that it is complete: nothing that every signal has is missing.
    ///
    /// # Errors
    ///
    /// The sentence says what is.
    pub fn complete(self) -> Result<Self, SignalError> {
        let Front { id, timestamp, from, .. } = &self.front;
        match [("id", id), ("timestamp", timestamp), ("from", from)].iter().find(|(_, value)| value.is_none())
        {
            Some((name, _)) => Err(SignalError::new(format!("it is no signal: `{name}` is missing"))),
            None => Ok(self),
        }
    }

    /// Which signal it is.
    #[must_use]
    pub const fn signal_type(&self) -> SignalType {
        self.front.signal_type
    }

    /// The client that it is for; `None` if it is for a service, or for whoever listens.
    #[must_use]
    pub fn agent(&self) -> Option<Identity> {
        match &self.aim {
            Aim::Message { to, .. } => to.parse().ok(),
            Aim::Event { .. } => None,
        }
    }

    /// Who gets it. A message goes to its `to`, an event to its type; a reply to `address` if there is one, else to the
    /// `returnAddress` of the message that it is for, else to who sent that. Messages and events take no `address`.
    ///
    /// # Errors
    ///
    /// There is no such address, or it is that of all clients and `to` names none of them.
    pub fn route(&self, address: Option<&str>) -> Result<Route, SignalError> {
        match (&self.aim, address) {
            (Aim::Event { topic }, None) => Ok(Route::Event(topic.clone())),
            (Aim::Message { to, quoted: None }, None) => self.route_to(to),
            (Aim::Message { quoted: Some(quoted), .. }, _) => {
                self.route_to(address.or(quoted.return_address.as_deref()).unwrap_or(&quoted.from))
            }
            _ => Err(SignalError::new("only a reply can be sent to another address than its own")),
        }
    }

    fn route_to(&self, address: &str) -> Result<Route, SignalError> {
        let address: Address = address.parse()?;
        let named = match &address {
            Address::Service(_) => return Ok(Route::Service(address.topic())),
            Address::Agents => None,
            Address::Agent(agent) => Some(*agent),
        };
        let agent = self.agent().ok_or_else(|| {
            SignalError::new(
                "what is sent to clients must say in `to` to which one: `websocket.<kind>.<uuid>`",
            )
        })?;
        if named.is_some_and(|named| named != agent) {
            return Err(SignalError::new("the address is one client's, and `to` is another one's"));
        }
        Ok(Route::Agent(agent))
    }

    /// Its text with `from` as given here, and with `id` and `timestamp` if it had none.
    ///
    /// # Errors
    ///
    /// It can't be read again. No draft is known of which that is so.
    pub fn stamped(&self, head: &Head) -> Result<String, SignalError> {
        let written: BTreeMap<String, &RawValue> = serde_json::from_str(self.text)?;
        let mut fields: BTreeMap<_, _> =
            written.into_iter().map(|(name, value)| (name, Cow::Borrowed(value))).collect();
        let filled = [
            ("from", Some(&head.from)),
            ("id", self.front.id.is_none().then_some(&head.id)),
            ("timestamp", self.front.timestamp.is_none().then_some(&head.timestamp)),
        ];
        for (name, value) in filled {
            if let Some(value) = value {
                fields.insert(name.to_owned(), Cow::Owned(to_raw_value(value)?));
            }
        }
        Ok(serde_json::to_string(&fields)?)
    }
}

impl Aim {
    fn message(text: &str, is_reply: bool) -> Result<Self, SignalError> {
        let Message { to, message_type, return_address } = read(text)?;
        bounded("to", &to)?;
        bounded("messageType", &message_type)?;
        return_address.map_or(Ok(()), |address| bounded("returnAddress", &address))?;
        let quoted = if is_reply { Some(read(read::<Reply<'_>>(text)?.reply_to.get())?) } else { None };
        Ok(Self::Message { to, quoted })
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, SignalError> {
    // Serde reads a struct from an array of its fields too.
    if !text.trim_start().starts_with('{') {
        return Err(SignalError::new("it is no signal: it, or what it replies to, is no object"));
    }
    Ok(serde_json::from_str(text)?)
}

/// How deep objects and arrays are nested in a text that is JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut is_text, mut is_escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn bounded(name: &str, value: &str) -> Result<(), SignalError> {
    if (1..=MAX_NAME_BYTES).contains(&value.len()) {
        return Ok(());
    }
    Err(SignalError::new(format!("it is no signal: `{name}` must have 1 to {MAX_NAME_BYTES} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "websocket.user.00000000-0000-0000-0000-00000000000a";
    const BOB: &str = "websocket.user.00000000-0000-0000-0000-00000000000b";

    fn head() -> Head {
        Head { id: "new".into(), timestamp: "now".into(), from: ADA.into() }
    }

    fn route(text: &str, address: Option<&str>) -> Result<Route, SignalError> {
        Draft::parse(text)?.route(address)
    }

    fn reply(to: &str, from: &str, return_address: &str) -> String {
        format!(
            r#"{{"signalType":"REPLY","to":"{to}","messageType":"R","replyTo":{{"id":"1","from":"{from}"{return_address}}}}}"#
        )
    }

    #[test]
    fn from_is_overwritten_however_it_is_written_and_own_fields_stay_as_they_are() {
        for from in [r#""from":"Boss","#, r#""\u0066rom":"Boss","#, r#""from":null,"#, ""] {
            let text =
                format!(r#"{{{from}"signalType":"EVENT","eventType":"E","big":1.50,"x":{{ "from":"y"}}}}"#);
            let stamped = Draft::parse(&text).unwrap().stamped(&head()).unwrap();
            let expected = format!(
                r#"{{"big":1.50,"eventType":"E","from":"{ADA}","id":"new","signalType":"EVENT","timestamp":"now","x":{{ "from":"y"}}}}"#
            );
            assert_eq!(stamped, expected);
            assert!(Draft::parse(&stamped).unwrap().complete().is_ok());
        }
        let twice = r#"{"from":"a","from":"b","signalType":"EVENT","eventType":"E"}"#;
        assert!(Draft::parse(twice).is_err());
    }

    #[test]
    fn a_given_id_and_time_are_kept() {
        let text = r#"{"signalType":"EVENT","eventType":"E","id":"mine","timestamp":"then"}"#;
        let stamped = Draft::parse(text).unwrap().stamped(&head()).unwrap();
        assert!(stamped.contains(r#""id":"mine""#) && stamped.contains(r#""timestamp":"then""#));
        assert!(Draft::parse(text).unwrap().complete().is_err(), "nobody has said who sent it");
    }

    #[test]
    fn a_signal_goes_where_its_type_says() {
        let message = |to: &str| format!(r#"{{"signalType":"MESSAGE","to":"{to}","messageType":"M"}}"#);
        let agent = |address: &str| Ok(Route::Agent(address.parse().unwrap()));
        assert_eq!(route(&message("Thermo"), None), Ok(Route::Service("signal.service.Thermo".into())));
        assert_eq!(route(&message(BOB), None), agent(BOB));
        assert!(route(&message("agents"), None).is_err(), "a message has one recipient");
        let change =
            r#"{"signalType":"DATA_CHANGE_EVENT","objectType":"User","changeType":"DELETED","object":null}"#;
        assert_eq!(route(change, None), Ok(Route::Event("signal.event.DataChangeEvent.User".into())));
        let event = r#"{"signalType":"EVENT","eventType":"Tick","to":"Thermo","code":"own"}"#;
        assert_eq!(route(event, None), Ok(Route::Event("signal.event.Tick".into())));
        for text in [&message("Thermo"), event] {
            assert!(route(text, Some("Other")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reply_goes_to_the_address_given_or_the_return_address_or_the_sender() {
        let service = |name: &str| Ok(Route::Service(format!("signal.service.{name}")));
        let back = r#","returnAddress":"Desk""#;
        assert_eq!(route(&reply("Shop", "Shop", back), Some("Other")), service("Other"));
        assert_eq!(route(&reply("Shop", "Shop", back), None), service("Desk"));
        assert_eq!(route(&reply("Shop", "Shop", ""), None), service("Shop"));
        let agent = Ok(Route::Agent(BOB.parse().unwrap()));
        assert_eq!(route(&reply(BOB, BOB, ""), None), agent);
        assert_eq!(route(&reply(BOB, BOB, r#","returnAddress":"agents""#), None), agent);
        assert!(route(&reply("Shop", BOB, ""), None).is_err(), "clients get what is to them");
        assert!(route(&reply(ADA, BOB, ""), None).is_err());
        assert!(route(&reply(BOB, "a.b", ""), None).is_err());
    }

    #[test]
    fn a_field_that_its_type_must_have_is_missed_and_no_other() {
        let whole = [
            r#"{"signalType":"MESSAGE","to":"A","messageType":"M"}"#,
            r#"{"signalType":"EVENT","eventType":"E"}"#,
            r#"{"signalType":"REPLY","to":"A","messageType":"M","replyTo":{"id":"1","from":"A"}}"#,
            r#"{"signalType":"ERROR_REPLY","to":"A","messageType":"M","replyTo":{"id":"1","from":"A"},"code":-1,"description":""}"#,
            r#"{"signalType":"DATA_CHANGE_EVENT","objectType":"T","changeType":"CREATED","object":{}}"#,
        ];
        for text in whole {
            assert!(Draft::parse(text).is_ok(), "{text}");
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap();
            for left_out in fields.keys() {
                let rest: BTreeMap<_, _> = fields.iter().filter(|(name, _)| *name != left_out).collect();
                let rest = serde_json::to_string(&rest).unwrap();
                assert!(Draft::parse(&rest).is_err(), "{rest}");
            }
        }
    }

    #[test]
    fn brackets_count_outside_of_texts_only() {
        for (json, expected) in [("7", 0), ("{}", 1), (r#"[{"a":[]},[]]"#, 3), (r#"["[[\"[[", "\\"]"#, 1)] {
            assert_eq!(depth(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_signal_is_refused_with_a_sentence() {
        let deep = format!(
            r#"{{"signalType":"EVENT","eventType":"E","x":{}1{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        let long = format!(r#"{{"signalType":"MESSAGE","to":"A","messageType":"{}"}}"#, "m".repeat(257));
        for wrong in [
            "",
            "{",
            "[]",
            r#"["EVENT", null, null, null]"#,
            "null",
            "7",
            "{}",
            r#"{"signalType":"event"}"#,
            r#"{"signalType":"MESSAGE","to":"","messageType":"M"}"#,
            r#"{"signalType":"MESSAGE","to":["A"],"messageType":"M"}"#,
            r#"{"signalType":"EVENT","eventType":"a.b"}"#,
            r#"{"signalType":"EVENT","eventType":"E","id":7}"#,
            r#"{"signalType":"EVENT","eventType":"E","id":""}"#,
            r#"{"signalType":"ERROR_REPLY","to":"A","messageType":"M","replyTo":{"id":"1","from":"A"},"code":1.5,"description":""}"#,
            r#"{"signalType":"REPLY","to":"A","messageType":"M","replyTo":["1","A",null]}"#,
            r#"{"signalType":"DATA_CHANGE_EVENT","objectType":"T","changeType":"MOVED","object":{}}"#,
            r#"{"signalType":"EVENT","eventType":"E"} x"#,
            &deep,
            &long,
        ] {
            let refused = Draft::parse(wrong).unwrap_err();
            assert!(refused.to_string().contains(' '), "{wrong}");
        }
    }
}
