//! Signals as types, for those who make and read them.

use std::time::SystemTime;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{Address, ErrorReply, Reply, SignalError, changes_topic, event_topic};

/// Fields that no type here names.
pub type Fields = Map<String, Value>;

/// Which signal it is; the text of `signalType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SignalType {
    /// A [`Message`].
    Message,
    /// An [`Event`].
    Event,
    /// A [`Reply`].
    Reply,
    /// An [`ErrorReply`].
    ErrorReply,
    /// A [`DataChangeEvent`].
    DataChangeEvent,
}

/// The `signalType` of a struct that is always the same.
macro_rules! tag {
    ($($name:ident = $text:literal),*) => {
        pub(crate) mod tag {
            use serde::{Deserialize, Serialize};
            $(
                #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
                pub(crate) enum $name {
                    #[default]
                    #[serde(rename = $text)]
                    Tag,
                }
            )*
        }
    };
}

tag! {
    Message = "MESSAGE", Event = "EVENT", Reply = "REPLY", ErrorReply = "ERROR_REPLY", Change = "DATA_CHANGE_EVENT"
}

/// What every signal has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Unique among all signals.
    pub id: String,
    /// When it was sent: RFC 3339, as [`timestamp`] writes it.
    pub timestamp: String,
    /// Who sent it: a service's name or a client's address.
    pub from: String,
}

/// Fails if a field of a signal's own is called as one that such a signal has anyway, or may have.
pub(crate) fn distinct<T: Serialize>(fields: &T, names: &[&str]) -> Result<(), SignalError> {
    let fields = serde_json::to_value(fields)?;
    let taken = ["id", "timestamp", "from", "signalType"];
    match taken.iter().chain(names).find(|name| fields.get(name).is_some()) {
        Some(name) => Err(SignalError::new(format!(
            "no field of its own can be called `{name}`, which such a signal has anyway"
        ))),
        None => Ok(()),
    }
}

/// A moment as the text of `timestamp`: UTC, with milliseconds.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// let moment = UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
/// assert_eq!(tera_signals::timestamp(moment), "2023-11-14T22:13:20.250Z");
/// ```
#[must_use]
pub fn timestamp(moment: SystemTime) -> String {
    humantime::format_rfc3339_millis(moment).to_string()
}

/// A signal for one recipient; `T` has its own fields.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tera_signals::{Head, Message};
///
/// #[derive(Serialize, Deserialize)]
/// struct Offer {
///     price: u32,
/// }
///
/// let head = Head { id: "1".into(), timestamp: "2026-01-01T00:00:00Z".into(), from: "Shop".into() };
/// let offer = Message::new(head, "Buyer", "Offer", Offer { price: 3 });
/// assert_eq!(offer.topic()?, "signal.service.Buyer");
/// let json = serde_json::to_string(&offer)?;
/// assert_eq!(serde_json::from_str::<Message<Offer>>(&json)?.fields.price, 3);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<T = Fields> {
    /// What every signal has.
    #[serde(flatten)]
    pub head: Head,
    signal_type: tag::Message,
    /// Who gets it: a service's name or a client's address.
    pub to: String,
    /// What kind of message it is.
    pub message_type: String,
    /// Where the reply is to be sent, if one is expected: an [`Address`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_address: Option<String>,
    /// Its own fields.
    #[serde(flatten)]
    pub fields: T,
}

impl<T> Message<T> {
    /// A message that expects no reply.
    pub fn new(head: Head, to: impl Into<String>, message_type: impl Into<String>, fields: T) -> Self {
        let (to, message_type) = (to.into(), message_type.into());
        Self { head, signal_type: tag::Message::default(), to, message_type, return_address: None, fields }
    }

    /// Checks that its own fields can be told from those that every message has.
    ///
    /// # Errors
    ///
    /// One is called as one of those, or they have no JSON.
    pub fn check(&self) -> Result<(), SignalError>
    where
        T: Serialize,
    {
        distinct(&self.fields, &["to", "messageType", "returnAddress"])
    }

    /// The topic that it is published on.
    ///
    /// # Errors
    ///
    /// `to` is no address.
    pub fn topic(&self) -> Result<String, SignalError> {
        Ok(self.to.parse::<Address>()?.topic())
    }
}

/// A signal for whoever listens to its type; `T` has its own fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<T = Fields> {
    /// What every signal has.
    #[serde(flatten)]
    pub head: Head,
    signal_type: tag::Event,
    /// What kind of event it is.
    pub event_type: String,
    /// Its own fields.
    #[serde(flatten)]
    pub fields: T,
}

impl<T> Event<T> {
    /// An event of this type.
    pub fn new(head: Head, event_type: impl Into<String>, fields: T) -> Self {
        Self { head, signal_type: tag::Event::default(), event_type: event_type.into(), fields }
    }

    /// Checks that its own fields can be told from those that every event has.
    ///
    /// # Errors
    ///
    /// One is called as one of those, or they have no JSON.
    pub fn check(&self) -> Result<(), SignalError>
    where
        T: Serialize,
    {
        distinct(&self.fields, &["eventType"])
    }

    /// The topic that it is published on.
    ///
    /// # Errors
    ///
    /// The type can't be a part of a topic.
    pub fn topic(&self) -> Result<String, SignalError> {
        event_topic(&self.event_type)
    }
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChangeType {
    /// It is new.
    Created,
    /// It is another now.
    Updated,
    /// It is no more.
    Deleted,
}

/// The event that an object of type `T` was created, updated or deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataChangeEvent<T = Value> {
    /// What every signal has.
    #[serde(flatten)]
    pub head: Head,
    signal_type: tag::Change,
    /// What happened.
    pub change_type: ChangeType,
    /// The type of the object.
    pub object_type: String,
    /// The object as it is now; one that was deleted, as it was.
    pub object: T,
    /// Its other fields.
    #[serde(flatten)]
    pub fields: Fields,
}

impl<T> DataChangeEvent<T> {
    /// The change of an object of this type.
    pub fn new(head: Head, change_type: ChangeType, object_type: impl Into<String>, object: T) -> Self {
        let object_type = object_type.into();
        let (signal_type, fields) = (tag::Change::default(), Fields::new());
        Self { head, signal_type, change_type, object_type, object, fields }
    }

    /// The topic that it is published on.
    ///
    /// # Errors
    ///
    /// The type can't be a part of a topic.
    pub fn topic(&self) -> Result<String, SignalError> {
        changes_topic(&self.object_type)
    }
}

/// Any signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Signal {
    /// For one recipient.
    Message(Message),
    /// For whoever listens.
    Event(Event),
    /// Answers a message.
    Reply(Reply),
    /// Says that a message could not be dealt with.
    ErrorReply(ErrorReply),
    /// Says that an object has changed.
    DataChangeEvent(DataChangeEvent),
}

impl Signal {
    /// Reads a signal whose kind is not known beforehand.
    ///
    /// # Errors
    ///
    /// It is no JSON, or lacks a field that such a signal must have.
    pub fn from_json(json: &str) -> Result<Self, SignalError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            signal_type: SignalType,
        }
        fn read<T: DeserializeOwned>(json: &str) -> Result<T, SignalError> {
            Ok(serde_json::from_str(json)?)
        }
        Ok(match read::<Kind>(json)?.signal_type {
            SignalType::Message => Self::Message(read(json)?),
            SignalType::Event => Self::Event(read(json)?),
            SignalType::Reply => Self::Reply(read(json)?),
            SignalType::ErrorReply => Self::ErrorReply(read(json)?),
            SignalType::DataChangeEvent => Self::DataChangeEvent(read(json)?),
        })
    }
}
