// Generated from proto/ by `cargo xtask codegen`. Do not edit.

use crate::schema::{Enum, Field, Kind, Message, Presence::{Explicit, Implicit, Repeated}};

pub(crate) static MESSAGES: [Message; 22] = [
    Message { name: "opentera.protobuf.ArchiveEvent", slots: 8, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "archive_uuid", json_name: "archiveUuid" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "owner_uuid", json_name: "ownerUuid" },
        Field { number: 3, kind: Kind::Enum(0), presence: Implicit, slot: 5, name: "status", json_name: "status" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: "archive_url", json_name: "archiveUrl" },
    ] },
    Message { name: "opentera.protobuf.CreateSession", slots: 7, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "source", json_name: "source" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "command", json_name: "command" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5, name: "reply_to", json_name: "replyTo" },
    ] },
    Message { name: "opentera.protobuf.DatabaseEvent", slots: 6, fields: &[
        Field { number: 1, kind: Kind::Enum(1), presence: Implicit, slot: 1, name: "type", json_name: "type" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 2, name: "object_type", json_name: "objectType" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "object_value", json_name: "objectValue" },
    ] },
    Message { name: "opentera.protobuf.DeviceEvent", slots: 8, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "device_uuid", json_name: "deviceUuid" },
        Field { number: 2, kind: Kind::Enum(2), presence: Implicit, slot: 3, name: "type", json_name: "type" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "device_name", json_name: "deviceName" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: "device_status", json_name: "deviceStatus" },
    ] },
    Message { name: "opentera.protobuf.JoinSessionEvent", slots: 22, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "session_url", json_name: "sessionUrl" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "session_creator_name", json_name: "sessionCreatorName" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5, name: "session_uuid", json_name: "sessionUuid" },
        Field { number: 4, kind: Kind::String, presence: Repeated, slot: 7, name: "session_participants", json_name: "sessionParticipants" },
        Field { number: 5, kind: Kind::String, presence: Repeated, slot: 10, name: "session_users", json_name: "sessionUsers" },
        Field { number: 6, kind: Kind::String, presence: Repeated, slot: 13, name: "session_devices", json_name: "sessionDevices" },
        Field { number: 7, kind: Kind::String, presence: Implicit, slot: 16, name: "join_msg", json_name: "joinMsg" },
        Field { number: 8, kind: Kind::String, presence: Implicit, slot: 18, name: "session_parameters", json_name: "sessionParameters" },
        Field { number: 9, kind: Kind::String, presence: Implicit, slot: 20, name: "service_uuid", json_name: "serviceUuid" },
    ] },
    Message { name: "opentera.protobuf.JoinSessionReplyEvent", slots: 12, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "session_uuid", json_name: "sessionUuid" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "user_uuid", json_name: "userUuid" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5, name: "participant_uuid", json_name: "participantUuid" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 7, name: "device_uuid", json_name: "deviceUuid" },
        Field { number: 5, kind: Kind::Enum(3), presence: Implicit, slot: 9, name: "join_reply", json_name: "joinReply" },
        Field { number: 6, kind: Kind::String, presence: Implicit, slot: 10, name: "reply_msg", json_name: "replyMsg" },
    ] },
    Message { name: "opentera.protobuf.LeaveSessionEvent", slots: 14, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "session_uuid", json_name: "sessionUuid" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "service_uuid", json_name: "serviceUuid" },
        Field { number: 3, kind: Kind::String, presence: Repeated, slot: 5, name: "leaving_participants", json_name: "leavingParticipants" },
        Field { number: 4, kind: Kind::String, presence: Repeated, slot: 8, name: "leaving_users", json_name: "leavingUsers" },
        Field { number: 5, kind: Kind::String, presence: Repeated, slot: 11, name: "leaving_devices", json_name: "leavingDevices" },
    ] },
    Message { name: "opentera.protobuf.LogEvent", slots: 8, fields: &[
        Field { number: 1, kind: Kind::Enum(4), presence: Implicit, slot: 1, name: "level", json_name: "level" },
        Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2, name: "timestamp", json_name: "timestamp" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "sender", json_name: "sender" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: "message", json_name: "message" },
    ] },
    Message { name: "opentera.protobuf.LoginEvent", slots: 24, fields: &[
        Field { number: 1, kind: Kind::Message(7), presence: Implicit, slot: 1, name: "log_header", json_name: "logHeader" },
        Field { number: 2, kind: Kind::Enum(6), presence: Implicit, slot: 2, name: "login_type", json_name: "loginType" },
        Field { number: 3, kind: Kind::Enum(5), presence: Implicit, slot: 3, name: "login_status", json_name: "loginStatus" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 4, name: "client_name", json_name: "clientName" },
        Field { number: 5, kind: Kind::String, presence: Implicit, slot: 6, name: "client_version", json_name: "clientVersion" },
        Field { number: 6, kind: Kind::String, presence: Implicit, slot: 8, name: "client_ip", json_name: "clientIp" },
        Field { number: 7, kind: Kind::String, presence: Implicit, slot: 10, name: "os_name", json_name: "osName" },
        Field { number: 8, kind: Kind::String, presence: Implicit, slot: 12, name: "os_version", json_name: "osVersion" },
        Field { number: 9, kind: Kind::String, presence: Implicit, slot: 14, name: "user_uuid", json_name: "userUuid" },
        Field { number: 10, kind: Kind::String, presence: Implicit, slot: 16, name: "participant_uuid", json_name: "participantUuid" },
        Field { number: 11, kind: Kind::String, presence: Implicit, slot: 18, name: "device_uuid", json_name: "deviceUuid" },
        Field { number: 12, kind: Kind::String, presence: Implicit, slot: 20, name: "service_uuid", json_name: "serviceUuid" },
        Field { number: 13, kind: Kind::String, presence: Implicit, slot: 22, name: "server_endpoint", json_name: "serverEndpoint" },
    ] },
    Message { name: "opentera.protobuf.ParticipantEvent", slots: 10, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "participant_uuid", json_name: "participantUuid" },
        Field { number: 2, kind: Kind::Enum(7), presence: Implicit, slot: 3, name: "type", json_name: "type" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "participant_name", json_name: "participantName" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: "participant_project_name", json_name: "participantProjectName" },
        Field { number: 5, kind: Kind::String, presence: Implicit, slot: 8, name: "participant_site_name", json_name: "participantSiteName" },
    ] },
    Message { name: "opentera.protobuf.RPCMessage", slots: 12, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "method", json_name: "method" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "reply_to", json_name: "replyTo" },
        Field { number: 3, kind: Kind::Uint64, presence: Implicit, slot: 5, name: "id", json_name: "id" },
        Field { number: 4, kind: Kind::Double, presence: Implicit, slot: 7, name: "timestamp", json_name: "timestamp" },
        Field { number: 5, kind: Kind::Message(21), presence: Repeated, slot: 9, name: "args", json_name: "args" },
    ] },
    Message { name: "opentera.protobuf.Result", slots: 6, fields: &[
        Field { number: 1, kind: Kind::Enum(8), presence: Implicit, slot: 1, name: "type", json_name: "type" },
        Field { number: 2, kind: Kind::Int64, presence: Implicit, slot: 2, name: "code", json_name: "code" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "message", json_name: "message" },
    ] },
    Message { name: "opentera.protobuf.ServerCommand", slots: 3, fields: &[
        Field { number: 1, kind: Kind::Enum(9), presence: Implicit, slot: 1, name: "type", json_name: "type" },
        Field { number: 2, kind: Kind::Any, presence: Implicit, slot: 2, name: "data", json_name: "data" },
    ] },
    Message { name: "opentera.protobuf.StopSessionEvent", slots: 5, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "session_uuid", json_name: "sessionUuid" },
        Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: "service_uuid", json_name: "serviceUuid" },
    ] },
    Message { name: "opentera.protobuf.TeraEvent", slots: 5, fields: &[
        Field { number: 1, kind: Kind::Message(15), presence: Implicit, slot: 1, name: "header", json_name: "header" },
        Field { number: 2, kind: Kind::Any, presence: Repeated, slot: 2, name: "events", json_name: "events" },
    ] },
    Message { name: "opentera.protobuf.TeraEvent.Header", slots: 6, fields: &[
        Field { number: 1, kind: Kind::Uint32, presence: Implicit, slot: 1, name: "version", json_name: "version" },
        Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2, name: "time", json_name: "time" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "topic", json_name: "topic" },
    ] },
    Message { name: "opentera.protobuf.TeraMessage", slots: 2, fields: &[
        Field { number: 1, kind: Kind::Any, presence: Implicit, slot: 1, name: "message", json_name: "message" },
    ] },
    Message { name: "opentera.protobuf.TeraModuleMessage", slots: 5, fields: &[
        Field { number: 1, kind: Kind::Message(18), presence: Implicit, slot: 1, name: "head", json_name: "head" },
        Field { number: 2, kind: Kind::Any, presence: Repeated, slot: 2, name: "data", json_name: "data" },
    ] },
    Message { name: "opentera.protobuf.TeraModuleMessage.Header", slots: 9, fields: &[
        Field { number: 1, kind: Kind::Uint32, presence: Implicit, slot: 1, name: "version", json_name: "version" },
        Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2, name: "time", json_name: "time" },
        Field { number: 3, kind: Kind::Uint32, presence: Implicit, slot: 4, name: "seq", json_name: "seq" },
        Field { number: 4, kind: Kind::String, presence: Implicit, slot: 5, name: "source", json_name: "source" },
        Field { number: 5, kind: Kind::String, presence: Implicit, slot: 7, name: "dest", json_name: "dest" },
    ] },
    Message { name: "opentera.protobuf.UserEvent", slots: 6, fields: &[
        Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: "user_uuid", json_name: "userUuid" },
        Field { number: 2, kind: Kind::Enum(10), presence: Implicit, slot: 3, name: "type", json_name: "type" },
        Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: "user_fullname", json_name: "userFullname" },
    ] },
    Message { name: "opentera.protobuf.UserRegisterToEvent", slots: 3, fields: &[
        Field { number: 1, kind: Kind::Enum(12), presence: Implicit, slot: 1, name: "event_type", json_name: "eventType" },
        Field { number: 2, kind: Kind::Enum(11), presence: Implicit, slot: 2, name: "action", json_name: "action" },
    ] },
    Message { name: "opentera.protobuf.Value", slots: 20, fields: &[
        Field { number: 1, kind: Kind::Double, presence: Explicit(0), slot: 1, name: "double_value", json_name: "doubleValue" },
        Field { number: 2, kind: Kind::Float, presence: Explicit(0), slot: 4, name: "float_value", json_name: "floatValue" },
        Field { number: 3, kind: Kind::Int64, presence: Explicit(0), slot: 6, name: "int_value", json_name: "intValue" },
        Field { number: 4, kind: Kind::Uint64, presence: Explicit(0), slot: 9, name: "uint_value", json_name: "uintValue" },
        Field { number: 5, kind: Kind::Bool, presence: Explicit(0), slot: 12, name: "bool_value", json_name: "boolValue" },
        Field { number: 6, kind: Kind::Bytes, presence: Explicit(0), slot: 14, name: "bytes_value", json_name: "bytesValue" },
        Field { number: 7, kind: Kind::String, presence: Explicit(0), slot: 17, name: "string_value", json_name: "stringValue" },
    ] },
];

pub(crate) static ENUMS: [Enum; 13] = [
    Enum { values: &[(0, "STATUS_PENDING"), (1, "STATUS_INPROGRESS"), (2, "STATUS_COMPLETED"), (3, "STATUS_CANCELLED"), (4, "STATUS_DELETED")] },
    Enum { values: &[(0, "DB_UNKNOWN"), (1, "DB_CREATE"), (2, "DB_UPDATE"), (3, "DB_DELETE")] },
    Enum { values: &[(0, "DEVICE_UNKNOWN"), (1, "DEVICE_CONNECTED"), (2, "DEVICE_DISCONNECTED"), (3, "DEVICE_DELETED"), (4, "DEVICE_ADDED"), (5, "DEVICE_JOINED_SESSION"), (6, "DEVICE_LEFT_SESSION"), (7, "DEVICE_STATUS_CHANGED")] },
    Enum { values: &[(0, "REPLY_UNKNOWN"), (1, "REPLY_ACCEPTED"), (2, "REPLY_DENIED"), (3, "REPLY_BUSY"), (4, "REPLY_TIMEOUT")] },
    Enum { values: &[(0, "LOGLEVEL_UNKNOWN"), (1, "LOGLEVEL_FATAL"), (2, "LOGLEVEL_ERROR"), (3, "LOGLEVEL_CRITICAL"), (4, "LOGLEVEL_WARNING"), (5, "LOGLEVEL_INFO"), (6, "LOGLEVEL_DEBUG"), (7, "LOGLEVEL_TRACE")] },
    Enum { values: &[(0, "LOGIN_STATUS_UNKNOWN"), (1, "LOGIN_STATUS_SUCCESS"), (2, "LOGIN_STATUS_FAILED_WITH_WRONG_PASSWORD"), (3, "LOGIN_STATUS_FAILED_WITH_WRONG_USERNAME"), (4, "LOGIN_STATUS_FAILED_WITH_MAX_ATTEMPTS_REACHED"), (5, "LOGIN_STATUS_FAILED_WITH_ALREADY_LOGGED_IN"), (6, "LOGIN_STATUS_FAILED_WITH_INVALID_TOKEN"), (7, "LOGIN_STATUS_FAILED_WITH_DISABLED_ACCOUNT"), (8, "LOGIN_STATUS_FAILED_WITH_EXPIRED_TOKEN")] },
    Enum { values: &[(0, "LOGIN_TYPE_UNKNOWN"), (1, "LOGIN_TYPE_TOKEN"), (2, "LOGIN_TYPE_PASSWORD"), (3, "LOGIN_TYPE_CERTIFICATE")] },
    Enum { values: &[(0, "PARTICIPANT_UNKNOWN"), (1, "PARTICIPANT_CONNECTED"), (2, "PARTICIPANT_DISCONNECTED"), (3, "PARTICIPANT_DELETED"), (4, "PARTICIPANT_ADDED"), (5, "PARTICIPANT_JOINED_SESSION"), (6, "PARTICIPANT_LEFT_SESSION")] },
    Enum { values: &[(0, "RESULT_UNKNOWN"), (1, "RESULT_OK"), (2, "RESULT_ERROR"), (3, "RESULT_WARNING")] },
    Enum { values: &[(0, "CMD_UNKNOWN"), (1, "CMD_REGISTER_DEVICE"), (2, "CMD_CLIENT_DISCONNECT")] },
    Enum { values: &[(0, "USER_UNKNOWN"), (1, "USER_CONNECTED"), (2, "USER_DISCONNECTED"), (3, "USER_DELETED"), (4, "USER_ADDED"), (5, "USER_UPDATED"), (6, "USER_JOINED_SESSION"), (7, "USER_LEFT_SESSION")] },
    Enum { values: &[(0, "ACTION_UNKNOWN"), (1, "ACTION_REGISTER"), (2, "ACTION_UNREGISTER")] },
    Enum { values: &[(0, "EVENT_UNKNOWN"), (1, "EVENT_USER_CONNECTED"), (2, "EVENT_USER_DISCONNECTED"), (3, "EVENT_USER_DELETED"), (4, "EVENT_USER_ADDED"), (5, "EVENT_USER_UPDATED"), (6, "EVENT_PARTICIPANT_CONNECTED"), (7, "EVENT_PARTICIPANT_DISCONNECTED"), (8, "EVENT_PARTICIPANT_DELETED"), (9, "EVENT_PARTICIPANT_ADDED"), (10, "EVENT_PARTICIPANT_UPDATED"), (11, "EVENT_DEVICE_CONNECTED"), (12, "EVENT_DEVICE_DISCONNECTED"), (13, "EVENT_DEVICE_DELETED"), (14, "EVENT_DEVICE_ADDED"), (15, "EVENT_DEVICE_UPDATED")] },
];

/// Index of `TeraEvent`.
pub const TERA_EVENT: usize = 14;
/// Index of `TeraMessage`.
pub const TERA_MESSAGE: usize = 16;
/// Index of `TeraModuleMessage`.
pub const TERA_MODULE_MESSAGE: usize = 17;
