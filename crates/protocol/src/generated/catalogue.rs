// Generated from proto/ by `cargo xtask codegen`. Do not edit.

use prost::Message as _;
use prost_types::Any;

use crate::{any::{pack, type_name}, error::DecodeError, opentera};

/// Any message of the catalogue, told apart by its type URL.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// An archive of exported data changed its state.
    ArchiveEvent(opentera::ArchiveEvent),
    /// Asks a service to create a session.
    CreateSession(opentera::CreateSession),
    /// A database object was created, updated or deleted.
    DatabaseEvent(opentera::DatabaseEvent),
    /// A device's state or status changed.
    DeviceEvent(opentera::DeviceEvent),
    /// Invites users, participants and devices to a session.
    JoinSessionEvent(opentera::JoinSessionEvent),
    /// Answers an invitation. Exactly one of the three sender UUIDs is set.
    JoinSessionReplyEvent(opentera::JoinSessionReplyEvent),
    /// The named ones left a session; for one of them, the request to leave it now.
    LeaveSessionEvent(opentera::LeaveSessionEvent),
    /// An entry for the log archive.
    LogEvent(opentera::LogEvent),
    /// A login, successful or not, for the log archive.
    LoginEvent(opentera::LoginEvent),
    /// A participant's state changed.
    ParticipantEvent(opentera::ParticipantEvent),
    /// A call of one procedure. The reply is JSON text, published on `reply_to`.
    RpcMessage(opentera::RpcMessage),
    /// The outcome of something asked earlier.
    Result(opentera::Result),
    /// The server tells a client to do something.
    ServerCommand(opentera::ServerCommand),
    /// A session ended.
    StopSessionEvent(opentera::StopSessionEvent),
    /// One or several events, published together on one topic.
    TeraEvent(opentera::TeraEvent),
    /// What one websocket message holds: exactly one message of any type.
    TeraMessage(opentera::TeraMessage),
    /// One or several messages addressed to a module or a service, or its answer.
    TeraModuleMessage(opentera::TeraModuleMessage),
    /// A user's state changed.
    UserEvent(opentera::UserEvent),
    /// A user asks to be told of a kind of event, or no longer.
    UserRegisterToEvent(opentera::UserRegisterToEvent),
    /// One argument of a call.
    Value(opentera::Value),
    /// A type outside the catalogue, kept whole.
    Unknown(Any),
}

impl Message {
    /// Reads an Any by its type URL, whatever prefix the URL has.
    ///
    /// # Errors
    ///
    /// A known type whose bytes are no such message. An unknown type is no error.
    pub fn unpack(any: &Any) -> Result<Self, DecodeError> {
        let value = any.value.as_slice();
        Ok(match type_name(&any.type_url) {
            "opentera.protobuf.ArchiveEvent" => Self::ArchiveEvent(opentera::ArchiveEvent::decode(value)?),
            "opentera.protobuf.CreateSession" => Self::CreateSession(opentera::CreateSession::decode(value)?),
            "opentera.protobuf.DatabaseEvent" => Self::DatabaseEvent(opentera::DatabaseEvent::decode(value)?),
            "opentera.protobuf.DeviceEvent" => Self::DeviceEvent(opentera::DeviceEvent::decode(value)?),
            "opentera.protobuf.JoinSessionEvent" => Self::JoinSessionEvent(opentera::JoinSessionEvent::decode(value)?),
            "opentera.protobuf.JoinSessionReplyEvent" => Self::JoinSessionReplyEvent(opentera::JoinSessionReplyEvent::decode(value)?),
            "opentera.protobuf.LeaveSessionEvent" => Self::LeaveSessionEvent(opentera::LeaveSessionEvent::decode(value)?),
            "opentera.protobuf.LogEvent" => Self::LogEvent(opentera::LogEvent::decode(value)?),
            "opentera.protobuf.LoginEvent" => Self::LoginEvent(opentera::LoginEvent::decode(value)?),
            "opentera.protobuf.ParticipantEvent" => Self::ParticipantEvent(opentera::ParticipantEvent::decode(value)?),
            "opentera.protobuf.RPCMessage" => Self::RpcMessage(opentera::RpcMessage::decode(value)?),
            "opentera.protobuf.Result" => Self::Result(opentera::Result::decode(value)?),
            "opentera.protobuf.ServerCommand" => Self::ServerCommand(opentera::ServerCommand::decode(value)?),
            "opentera.protobuf.StopSessionEvent" => Self::StopSessionEvent(opentera::StopSessionEvent::decode(value)?),
            "opentera.protobuf.TeraEvent" => Self::TeraEvent(opentera::TeraEvent::decode(value)?),
            "opentera.protobuf.TeraMessage" => Self::TeraMessage(opentera::TeraMessage::decode(value)?),
            "opentera.protobuf.TeraModuleMessage" => Self::TeraModuleMessage(opentera::TeraModuleMessage::decode(value)?),
            "opentera.protobuf.UserEvent" => Self::UserEvent(opentera::UserEvent::decode(value)?),
            "opentera.protobuf.UserRegisterToEvent" => Self::UserRegisterToEvent(opentera::UserRegisterToEvent::decode(value)?),
            "opentera.protobuf.Value" => Self::Value(opentera::Value::decode(value)?),
            _ => Self::Unknown(any.clone()),
        })
    }

    /// Wraps the message into an Any; an unknown one comes out as it went in.
    #[must_use]
    pub fn pack(&self) -> Any {
        match self {
            Self::ArchiveEvent(message) => pack(message),
            Self::CreateSession(message) => pack(message),
            Self::DatabaseEvent(message) => pack(message),
            Self::DeviceEvent(message) => pack(message),
            Self::JoinSessionEvent(message) => pack(message),
            Self::JoinSessionReplyEvent(message) => pack(message),
            Self::LeaveSessionEvent(message) => pack(message),
            Self::LogEvent(message) => pack(message),
            Self::LoginEvent(message) => pack(message),
            Self::ParticipantEvent(message) => pack(message),
            Self::RpcMessage(message) => pack(message),
            Self::Result(message) => pack(message),
            Self::ServerCommand(message) => pack(message),
            Self::StopSessionEvent(message) => pack(message),
            Self::TeraEvent(message) => pack(message),
            Self::TeraMessage(message) => pack(message),
            Self::TeraModuleMessage(message) => pack(message),
            Self::UserEvent(message) => pack(message),
            Self::UserRegisterToEvent(message) => pack(message),
            Self::Value(message) => pack(message),
            Self::Unknown(any) => any.clone(),
        }
    }
}

impl From<opentera::ArchiveEvent> for Message {
    fn from(message: opentera::ArchiveEvent) -> Self {
        Self::ArchiveEvent(message)
    }
}

impl From<opentera::CreateSession> for Message {
    fn from(message: opentera::CreateSession) -> Self {
        Self::CreateSession(message)
    }
}

impl From<opentera::DatabaseEvent> for Message {
    fn from(message: opentera::DatabaseEvent) -> Self {
        Self::DatabaseEvent(message)
    }
}

impl From<opentera::DeviceEvent> for Message {
    fn from(message: opentera::DeviceEvent) -> Self {
        Self::DeviceEvent(message)
    }
}

impl From<opentera::JoinSessionEvent> for Message {
    fn from(message: opentera::JoinSessionEvent) -> Self {
        Self::JoinSessionEvent(message)
    }
}

impl From<opentera::JoinSessionReplyEvent> for Message {
    fn from(message: opentera::JoinSessionReplyEvent) -> Self {
        Self::JoinSessionReplyEvent(message)
    }
}

impl From<opentera::LeaveSessionEvent> for Message {
    fn from(message: opentera::LeaveSessionEvent) -> Self {
        Self::LeaveSessionEvent(message)
    }
}

impl From<opentera::LogEvent> for Message {
    fn from(message: opentera::LogEvent) -> Self {
        Self::LogEvent(message)
    }
}

impl From<opentera::LoginEvent> for Message {
    fn from(message: opentera::LoginEvent) -> Self {
        Self::LoginEvent(message)
    }
}

impl From<opentera::ParticipantEvent> for Message {
    fn from(message: opentera::ParticipantEvent) -> Self {
        Self::ParticipantEvent(message)
    }
}

impl From<opentera::RpcMessage> for Message {
    fn from(message: opentera::RpcMessage) -> Self {
        Self::RpcMessage(message)
    }
}

impl From<opentera::Result> for Message {
    fn from(message: opentera::Result) -> Self {
        Self::Result(message)
    }
}

impl From<opentera::ServerCommand> for Message {
    fn from(message: opentera::ServerCommand) -> Self {
        Self::ServerCommand(message)
    }
}

impl From<opentera::StopSessionEvent> for Message {
    fn from(message: opentera::StopSessionEvent) -> Self {
        Self::StopSessionEvent(message)
    }
}

impl From<opentera::TeraEvent> for Message {
    fn from(message: opentera::TeraEvent) -> Self {
        Self::TeraEvent(message)
    }
}

impl From<opentera::TeraMessage> for Message {
    fn from(message: opentera::TeraMessage) -> Self {
        Self::TeraMessage(message)
    }
}

impl From<opentera::TeraModuleMessage> for Message {
    fn from(message: opentera::TeraModuleMessage) -> Self {
        Self::TeraModuleMessage(message)
    }
}

impl From<opentera::UserEvent> for Message {
    fn from(message: opentera::UserEvent) -> Self {
        Self::UserEvent(message)
    }
}

impl From<opentera::UserRegisterToEvent> for Message {
    fn from(message: opentera::UserRegisterToEvent) -> Self {
        Self::UserRegisterToEvent(message)
    }
}

impl From<opentera::Value> for Message {
    fn from(message: opentera::Value) -> Self {
        Self::Value(message)
    }
}
