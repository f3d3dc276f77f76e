//! Replies as types.

use serde::{Deserialize, Serialize};

use crate::{
    Address, Fields, Head, Message, SignalError,
    signal::{
        distinct,
        tag::{ErrorReply as ErrorTag, Reply as ReplyTag},
    },
};

/// The message that a reply is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTo {
    /// Its `id`.
    pub id: String,
    /// Who sent it.
    pub from: String,
    /// Where it wants the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_address: Option<String>,
    /// Its other fields.
    #[serde(flatten)]
    pub fields: Fields,
}

impl ReplyTo {
    /// This message.
    ///
    /// # Errors
    ///
    /// Its own fields can't be written as JSON.
    pub fn of<T: Serialize>(message: &Message<T>) -> Result<Self, SignalError> {
        Ok(serde_json::from_value(serde_json::to_value(message)?)?)
    }

    /// The topic that a reply is published on, unless its sender names another address.
    fn topic(&self, address: Option<&str>) -> Result<String, SignalError> {
        let address = address.or(self.return_address.as_deref()).unwrap_or(&self.from);
        Ok(address.parse::<Address>()?.topic())
    }
}

/// The answer to a message; `T` has its own fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply<T = Fields> {
    /// What every signal has.
    #[serde(flatten)]
    pub head: Head,
    signal_type: ReplyTag,
    /// Who gets it: a service's name or a client's address.
    pub to: String,
    /// What kind of message it is.
    pub message_type: String,
    /// What it answers.
    pub reply_to: ReplyTo,
    /// Its own fields.
    #[serde(flatten)]
    pub fields: T,
}

impl<T> Reply<T> {
    /// The answer to a message, for who sent that.
    pub fn new(head: Head, message_type: impl Into<String>, reply_to: ReplyTo, fields: T) -> Self {
        let (to, message_type) = (reply_to.from.clone(), message_type.into());
        Self { head, signal_type: ReplyTag::default(), to, message_type, reply_to, fields }
    }

    /// Checks that its own fields can be told from those that every reply has.
    ///
    /// # Errors
    ///
    /// One is called as one of those, or they have no JSON.
    pub fn check(&self) -> Result<(), SignalError>
    where
        T: Serialize,
    {
        distinct(&self.fields, &["to", "messageType", "replyTo"])
    }

    /// The topic that it is published on: that of `address` if there is one, else of the message's `returnAddress`, else of
    /// who sent the message.
    ///
    /// # Errors
    ///
    /// That is no address.
    pub fn topic(&self, address: Option<&str>) -> Result<String, SignalError> {
        self.reply_to.topic(address)
    }
}

/// The answer that a message could not be dealt with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReply {
    /// What every signal has.
    #[serde(flatten)]
    pub head: Head,
    signal_type: ErrorTag,
    /// Who gets it: a service's name or a client's address.
    pub to: String,
    /// What kind of message it is.
    pub message_type: String,
    /// What it answers.
    pub reply_to: ReplyTo,
    /// The group of errors that this one belongs to.
    pub code: i64,
    /// How and where it went wrong.
    pub description: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Its other fields.
    #[serde(flatten)]
    pub fields: Fields,
}

impl ErrorReply {
    /// The answer to a message, for who sent that.
    pub fn new(head: Head, reply_to: ReplyTo, code: i64, description: impl Into<String>) -> Self {
        let (to, message_type, description) =
            (reply_to.from.clone(), "ErrorReply".into(), description.into());
        Self {
            head,
            signal_type: ErrorTag::default(),
            to,
            message_type,
            reply_to,
            code,
            description,
            help: None,
            fields: Fields::new(),
        }
    }

    /// The topic that it is published on, as [`Reply::topic`] says.
    ///
    /// # Errors
    ///
    /// That is no address.
    pub fn topic(&self, address: Option<&str>) -> Result<String, SignalError> {
        self.reply_to.topic(address)
    }
}
