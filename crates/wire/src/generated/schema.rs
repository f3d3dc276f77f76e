// Generated from proto/ by `cargo xtask codegen`. Do not edit.

use std::borrow::Cow::Borrowed;

use crate::schema::{Enum, Field, FieldName, FieldRules, Kind, Message, Presence::{Explicit, Implicit, Repeated}};

static FIELDS_0: [Field; 4] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::Enum(0), presence: Implicit, slot: 5 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6 },
];

static FIELDS_1: [Field; 3] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5 },
];

static FIELDS_2: [Field; 3] = [
    Field { number: 1, kind: Kind::Enum(1), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 2 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
];

static FIELDS_3: [Field; 4] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Enum(2), presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6 },
];

static FIELDS_4: [Field; 9] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5 },
    Field { number: 4, kind: Kind::String, presence: Repeated, slot: 7 },
    Field { number: 5, kind: Kind::String, presence: Repeated, slot: 10 },
    Field { number: 6, kind: Kind::String, presence: Repeated, slot: 13 },
    Field { number: 7, kind: Kind::String, presence: Implicit, slot: 16 },
    Field { number: 8, kind: Kind::String, presence: Implicit, slot: 18 },
    Field { number: 9, kind: Kind::String, presence: Implicit, slot: 20 },
];

static FIELDS_5: [Field; 6] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 7 },
    Field { number: 5, kind: Kind::Enum(3), presence: Implicit, slot: 9 },
    Field { number: 6, kind: Kind::String, presence: Implicit, slot: 10 },
];

static FIELDS_6: [Field; 5] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Repeated, slot: 5 },
    Field { number: 4, kind: Kind::String, presence: Repeated, slot: 8 },
    Field { number: 5, kind: Kind::String, presence: Repeated, slot: 11 },
];

static FIELDS_7: [Field; 4] = [
    Field { number: 1, kind: Kind::Enum(4), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6 },
];

static FIELDS_8: [Field; 13] = [
    Field { number: 1, kind: Kind::Message(7), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Enum(6), presence: Implicit, slot: 2 },
    Field { number: 3, kind: Kind::Enum(5), presence: Implicit, slot: 3 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 4 },
    Field { number: 5, kind: Kind::String, presence: Implicit, slot: 6 },
    Field { number: 6, kind: Kind::String, presence: Implicit, slot: 8 },
    Field { number: 7, kind: Kind::String, presence: Implicit, slot: 10 },
    Field { number: 8, kind: Kind::String, presence: Implicit, slot: 12 },
    Field { number: 9, kind: Kind::String, presence: Implicit, slot: 14 },
    Field { number: 10, kind: Kind::String, presence: Implicit, slot: 16 },
    Field { number: 11, kind: Kind::String, presence: Implicit, slot: 18 },
    Field { number: 12, kind: Kind::String, presence: Implicit, slot: 20 },
    Field { number: 13, kind: Kind::String, presence: Implicit, slot: 22 },
];

static FIELDS_9: [Field; 5] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Enum(7), presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6 },
    Field { number: 5, kind: Kind::String, presence: Implicit, slot: 8 },
];

static FIELDS_10: [Field; 5] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::Uint64, presence: Implicit, slot: 5 },
    Field { number: 4, kind: Kind::Double, presence: Implicit, slot: 7 },
    Field { number: 5, kind: Kind::Message(21), presence: Repeated, slot: 9 },
];

static FIELDS_11: [Field; 3] = [
    Field { number: 1, kind: Kind::Enum(8), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Int64, presence: Implicit, slot: 2 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
];

static FIELDS_12: [Field; 2] = [
    Field { number: 1, kind: Kind::Enum(9), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Any, presence: Implicit, slot: 2 },
];

static FIELDS_13: [Field; 2] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3 },
];

static FIELDS_14: [Field; 2] = [
    Field { number: 1, kind: Kind::Message(15), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Any, presence: Repeated, slot: 2 },
];

static FIELDS_15: [Field; 3] = [
    Field { number: 1, kind: Kind::Uint32, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
];

static FIELDS_16: [Field; 1] = [
    Field { number: 1, kind: Kind::Any, presence: Implicit, slot: 1 },
];

static FIELDS_17: [Field; 2] = [
    Field { number: 1, kind: Kind::Message(18), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Any, presence: Repeated, slot: 2 },
];

static FIELDS_18: [Field; 5] = [
    Field { number: 1, kind: Kind::Uint32, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2 },
    Field { number: 3, kind: Kind::Uint32, presence: Implicit, slot: 4 },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 5 },
    Field { number: 5, kind: Kind::String, presence: Implicit, slot: 7 },
];

static FIELDS_19: [Field; 3] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Enum(10), presence: Implicit, slot: 3 },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4 },
];

static FIELDS_20: [Field; 2] = [
    Field { number: 1, kind: Kind::Enum(12), presence: Implicit, slot: 1 },
    Field { number: 2, kind: Kind::Enum(11), presence: Implicit, slot: 2 },
];

static FIELDS_21: [Field; 7] = [
    Field { number: 1, kind: Kind::Double, presence: Explicit(0), slot: 1 },
    Field { number: 2, kind: Kind::Float, presence: Explicit(0), slot: 4 },
    Field { number: 3, kind: Kind::Int64, presence: Explicit(0), slot: 6 },
    Field { number: 4, kind: Kind::Uint64, presence: Explicit(0), slot: 9 },
    Field { number: 5, kind: Kind::Bool, presence: Explicit(0), slot: 12 },
    Field { number: 6, kind: Kind::Bytes, presence: Explicit(0), slot: 14 },
    Field { number: 7, kind: Kind::String, presence: Explicit(0), slot: 17 },
];

pub(crate) static MESSAGES: [Message; 22] = [
    Message { name: Borrowed("opentera.protobuf.ArchiveEvent"), slots: 8, oneofs: 8, fields: Borrowed(&FIELDS_0) },
    Message { name: Borrowed("opentera.protobuf.CreateSession"), slots: 7, oneofs: 7, fields: Borrowed(&FIELDS_1) },
    Message { name: Borrowed("opentera.protobuf.DatabaseEvent"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_2) },
    Message { name: Borrowed("opentera.protobuf.DeviceEvent"), slots: 8, oneofs: 8, fields: Borrowed(&FIELDS_3) },
    Message { name: Borrowed("opentera.protobuf.JoinSessionEvent"), slots: 22, oneofs: 22, fields: Borrowed(&FIELDS_4) },
    Message { name: Borrowed("opentera.protobuf.JoinSessionReplyEvent"), slots: 12, oneofs: 12, fields: Borrowed(&FIELDS_5) },
    Message { name: Borrowed("opentera.protobuf.LeaveSessionEvent"), slots: 14, oneofs: 14, fields: Borrowed(&FIELDS_6) },
    Message { name: Borrowed("opentera.protobuf.LogEvent"), slots: 8, oneofs: 8, fields: Borrowed(&FIELDS_7) },
    Message { name: Borrowed("opentera.protobuf.LoginEvent"), slots: 24, oneofs: 24, fields: Borrowed(&FIELDS_8) },
    Message { name: Borrowed("opentera.protobuf.ParticipantEvent"), slots: 10, oneofs: 10, fields: Borrowed(&FIELDS_9) },
    Message { name: Borrowed("opentera.protobuf.RPCMessage"), slots: 12, oneofs: 12, fields: Borrowed(&FIELDS_10) },
    Message { name: Borrowed("opentera.protobuf.Result"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_11) },
    Message { name: Borrowed("opentera.protobuf.ServerCommand"), slots: 3, oneofs: 3, fields: Borrowed(&FIELDS_12) },
    Message { name: Borrowed("opentera.protobuf.StopSessionEvent"), slots: 5, oneofs: 5, fields: Borrowed(&FIELDS_13) },
    Message { name: Borrowed("opentera.protobuf.TeraEvent"), slots: 5, oneofs: 5, fields: Borrowed(&FIELDS_14) },
    Message { name: Borrowed("opentera.protobuf.TeraEvent.Header"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_15) },
    Message { name: Borrowed("opentera.protobuf.TeraMessage"), slots: 2, oneofs: 2, fields: Borrowed(&FIELDS_16) },
    Message { name: Borrowed("opentera.protobuf.TeraModuleMessage"), slots: 5, oneofs: 5, fields: Borrowed(&FIELDS_17) },
    Message { name: Borrowed("opentera.protobuf.TeraModuleMessage.Header"), slots: 9, oneofs: 9, fields: Borrowed(&FIELDS_18) },
    Message { name: Borrowed("opentera.protobuf.UserEvent"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_19) },
    Message { name: Borrowed("opentera.protobuf.UserRegisterToEvent"), slots: 3, oneofs: 3, fields: Borrowed(&FIELDS_20) },
    Message { name: Borrowed("opentera.protobuf.Value"), slots: 21, oneofs: 20, fields: Borrowed(&FIELDS_21) },
];

pub(crate) static FIELD_NAMES: [&[FieldName]; 22] = [
    &[FieldName { proto: "archive_uuid", json: "archiveUuid" }, FieldName { proto: "owner_uuid", json: "ownerUuid" }, FieldName { proto: "status", json: "status" }, FieldName { proto: "archive_url", json: "archiveUrl" }],
    &[FieldName { proto: "source", json: "source" }, FieldName { proto: "command", json: "command" }, FieldName { proto: "reply_to", json: "replyTo" }],
    &[FieldName { proto: "type", json: "type" }, FieldName { proto: "object_type", json: "objectType" }, FieldName { proto: "object_value", json: "objectValue" }],
    &[FieldName { proto: "device_uuid", json: "deviceUuid" }, FieldName { proto: "type", json: "type" }, FieldName { proto: "device_name", json: "deviceName" }, FieldName { proto: "device_status", json: "deviceStatus" }],
    &[FieldName { proto: "session_url", json: "sessionUrl" }, FieldName { proto: "session_creator_name", json: "sessionCreatorName" }, FieldName { proto: "session_uuid", json: "sessionUuid" }, FieldName { proto: "session_participants", json: "sessionParticipants" }, FieldName { proto: "session_users", json: "sessionUsers" }, FieldName { proto: "session_devices", json: "sessionDevices" }, FieldName { proto: "join_msg", json: "joinMsg" }, FieldName { proto: "session_parameters", json: "sessionParameters" }, FieldName { proto: "service_uuid", json: "serviceUuid" }],
    &[FieldName { proto: "session_uuid", json: "sessionUuid" }, FieldName { proto: "user_uuid", json: "userUuid" }, FieldName { proto: "participant_uuid", json: "participantUuid" }, FieldName { proto: "device_uuid", json: "deviceUuid" }, FieldName { proto: "join_reply", json: "joinReply" }, FieldName { proto: "reply_msg", json: "replyMsg" }],
    &[FieldName { proto: "session_uuid", json: "sessionUuid" }, FieldName { proto: "service_uuid", json: "serviceUuid" }, FieldName { proto: "leaving_participants", json: "leavingParticipants" }, FieldName { proto: "leaving_users", json: "leavingUsers" }, FieldName { proto: "leaving_devices", json: "leavingDevices" }],
    &[FieldName { proto: "level", json: "level" }, FieldName { proto: "timestamp", json: "timestamp" }, FieldName { proto: "sender", json: "sender" }, FieldName { proto: "message", json: "message" }],
    &[FieldName { proto: "log_header", json: "logHeader" }, FieldName { proto: "login_type", json: "loginType" }, FieldName { proto: "login_status", json: "loginStatus" }, FieldName { proto: "client_name", json: "clientName" }, FieldName { proto: "client_version", json: "clientVersion" }, FieldName { proto: "client_ip", json: "clientIp" }, FieldName { proto: "os_name", json: "osName" }, FieldName { proto: "os_version", json: "osVersion" }, FieldName { proto: "user_uuid", json: "userUuid" }, FieldName { proto: "participant_uuid", json: "participantUuid" }, FieldName { proto: "device_uuid", json: "deviceUuid" }, FieldName { proto: "service_uuid", json: "serviceUuid" }, FieldName { proto: "server_endpoint", json: "serverEndpoint" }],
    &[FieldName { proto: "participant_uuid", json: "participantUuid" }, FieldName { proto: "type", json: "type" }, FieldName { proto: "participant_name", json: "participantName" }, FieldName { proto: "participant_project_name", json: "participantProjectName" }, FieldName { proto: "participant_site_name", json: "participantSiteName" }],
    &[FieldName { proto: "method", json: "method" }, FieldName { proto: "reply_to", json: "replyTo" }, FieldName { proto: "id", json: "id" }, FieldName { proto: "timestamp", json: "timestamp" }, FieldName { proto: "args", json: "args" }],
    &[FieldName { proto: "type", json: "type" }, FieldName { proto: "code", json: "code" }, FieldName { proto: "message", json: "message" }],
    &[FieldName { proto: "type", json: "type" }, FieldName { proto: "data", json: "data" }],
    &[FieldName { proto: "session_uuid", json: "sessionUuid" }, FieldName { proto: "service_uuid", json: "serviceUuid" }],
    &[FieldName { proto: "header", json: "header" }, FieldName { proto: "events", json: "events" }],
    &[FieldName { proto: "version", json: "version" }, FieldName { proto: "time", json: "time" }, FieldName { proto: "topic", json: "topic" }],
    &[FieldName { proto: "message", json: "message" }],
    &[FieldName { proto: "head", json: "head" }, FieldName { proto: "data", json: "data" }],
    &[FieldName { proto: "version", json: "version" }, FieldName { proto: "time", json: "time" }, FieldName { proto: "seq", json: "seq" }, FieldName { proto: "source", json: "source" }, FieldName { proto: "dest", json: "dest" }],
    &[FieldName { proto: "user_uuid", json: "userUuid" }, FieldName { proto: "type", json: "type" }, FieldName { proto: "user_fullname", json: "userFullname" }],
    &[FieldName { proto: "event_type", json: "eventType" }, FieldName { proto: "action", json: "action" }],
    &[FieldName { proto: "double_value", json: "doubleValue" }, FieldName { proto: "float_value", json: "floatValue" }, FieldName { proto: "int_value", json: "intValue" }, FieldName { proto: "uint_value", json: "uintValue" }, FieldName { proto: "bool_value", json: "boolValue" }, FieldName { proto: "bytes_value", json: "bytesValue" }, FieldName { proto: "string_value", json: "stringValue" }],
];

pub(crate) static RULES: [&[FieldRules]; 22] = [
    &[FieldRules { number: 1, is_required: true, is_uuid: true }, FieldRules { number: 2, is_required: false, is_uuid: true }],
    &[],
    &[],
    &[FieldRules { number: 1, is_required: true, is_uuid: true }],
    &[FieldRules { number: 3, is_required: true, is_uuid: true }, FieldRules { number: 4, is_required: false, is_uuid: true }, FieldRules { number: 5, is_required: false, is_uuid: true }, FieldRules { number: 6, is_required: false, is_uuid: true }, FieldRules { number: 9, is_required: false, is_uuid: true }],
    &[FieldRules { number: 1, is_required: true, is_uuid: true }, FieldRules { number: 2, is_required: false, is_uuid: true }, FieldRules { number: 3, is_required: false, is_uuid: true }, FieldRules { number: 4, is_required: false, is_uuid: true }],
    &[FieldRules { number: 1, is_required: true, is_uuid: true }, FieldRules { number: 2, is_required: false, is_uuid: true }, FieldRules { number: 3, is_required: false, is_uuid: true }, FieldRules { number: 4, is_required: false, is_uuid: true }, FieldRules { number: 5, is_required: false, is_uuid: true }],
    &[],
    &[FieldRules { number: 9, is_required: false, is_uuid: true }, FieldRules { number: 10, is_required: false, is_uuid: true }, FieldRules { number: 11, is_required: false, is_uuid: true }, FieldRules { number: 12, is_required: false, is_uuid: true }],
    &[FieldRules { number: 1, is_required: true, is_uuid: true }],
    &[FieldRules { number: 1, is_required: true, is_uuid: false }],
    &[],
    &[],
    &[FieldRules { number: 1, is_required: true, is_uuid: true }, FieldRules { number: 2, is_required: false, is_uuid: true }],
    &[],
    &[],
    &[],
    &[],
    &[],
    &[FieldRules { number: 1, is_required: true, is_uuid: true }],
    &[],
    &[],
];

pub(crate) static ENUMS: [Enum; 13] = [
    Enum { name: "opentera.protobuf.ArchiveEvent.StatusType", values: &[(0, "STATUS_PENDING"), (1, "STATUS_INPROGRESS"), (2, "STATUS_COMPLETED"), (3, "STATUS_CANCELLED"), (4, "STATUS_DELETED")] },
    Enum { name: "opentera.protobuf.DatabaseEvent.EventType", values: &[(0, "DB_UNKNOWN"), (1, "DB_CREATE"), (2, "DB_UPDATE"), (3, "DB_DELETE")] },
    Enum { name: "opentera.protobuf.DeviceEvent.EventType", values: &[(0, "DEVICE_UNKNOWN"), (1, "DEVICE_CONNECTED"), (2, "DEVICE_DISCONNECTED"), (3, "DEVICE_DELETED"), (4, "DEVICE_ADDED"), (5, "DEVICE_JOINED_SESSION"), (6, "DEVICE_LEFT_SESSION"), (7, "DEVICE_STATUS_CHANGED")] },
    Enum { name: "opentera.protobuf.JoinSessionReplyEvent.ReplyType", values: &[(0, "REPLY_UNKNOWN"), (1, "REPLY_ACCEPTED"), (2, "REPLY_DENIED"), (3, "REPLY_BUSY"), (4, "REPLY_TIMEOUT")] },
    Enum { name: "opentera.protobuf.LogEvent.LogLevel", values: &[(0, "LOGLEVEL_UNKNOWN"), (1, "LOGLEVEL_FATAL"), (2, "LOGLEVEL_ERROR"), (3, "LOGLEVEL_CRITICAL"), (4, "LOGLEVEL_WARNING"), (5, "LOGLEVEL_INFO"), (6, "LOGLEVEL_DEBUG"), (7, "LOGLEVEL_TRACE")] },
    Enum { name: "opentera.protobuf.LoginEvent.LoginStatus", values: &[(0, "LOGIN_STATUS_UNKNOWN"), (1, "LOGIN_STATUS_SUCCESS"), (2, "LOGIN_STATUS_FAILED_WITH_WRONG_PASSWORD"), (3, "LOGIN_STATUS_FAILED_WITH_WRONG_USERNAME"), (4, "LOGIN_STATUS_FAILED_WITH_MAX_ATTEMPTS_REACHED"), (5, "LOGIN_STATUS_FAILED_WITH_ALREADY_LOGGED_IN"), (6, "LOGIN_STATUS_FAILED_WITH_INVALID_TOKEN"), (7, "LOGIN_STATUS_FAILED_WITH_DISABLED_ACCOUNT"), (8, "LOGIN_STATUS_FAILED_WITH_EXPIRED_TOKEN")] },
    Enum { name: "opentera.protobuf.LoginEvent.LoginType", values: &[(0, "LOGIN_TYPE_UNKNOWN"), (1, "LOGIN_TYPE_TOKEN"), (2, "LOGIN_TYPE_PASSWORD"), (3, "LOGIN_TYPE_CERTIFICATE")] },
    Enum { name: "opentera.protobuf.ParticipantEvent.EventType", values: &[(0, "PARTICIPANT_UNKNOWN"), (1, "PARTICIPANT_CONNECTED"), (2, "PARTICIPANT_DISCONNECTED"), (3, "PARTICIPANT_DELETED"), (4, "PARTICIPANT_ADDED"), (5, "PARTICIPANT_JOINED_SESSION"), (6, "PARTICIPANT_LEFT_SESSION")] },
    Enum { name: "opentera.protobuf.Result.ResultType", values: &[(0, "RESULT_UNKNOWN"), (1, "RESULT_OK"), (2, "RESULT_ERROR"), (3, "RESULT_WARNING")] },
    Enum { name: "opentera.protobuf.ServerCommand.CommandType", values: &[(0, "CMD_UNKNOWN"), (1, "CMD_REGISTER_DEVICE"), (2, "CMD_CLIENT_DISCONNECT")] },
    Enum { name: "opentera.protobuf.UserEvent.EventType", values: &[(0, "USER_UNKNOWN"), (1, "USER_CONNECTED"), (2, "USER_DISCONNECTED"), (3, "USER_DELETED"), (4, "USER_ADDED"), (5, "USER_UPDATED"), (6, "USER_JOINED_SESSION"), (7, "USER_LEFT_SESSION")] },
    Enum { name: "opentera.protobuf.UserRegisterToEvent.Action", values: &[(0, "ACTION_UNKNOWN"), (1, "ACTION_REGISTER"), (2, "ACTION_UNREGISTER")] },
    Enum { name: "opentera.protobuf.UserRegisterToEvent.EventType", values: &[(0, "EVENT_UNKNOWN"), (1, "EVENT_USER_CONNECTED"), (2, "EVENT_USER_DISCONNECTED"), (3, "EVENT_USER_DELETED"), (4, "EVENT_USER_ADDED"), (5, "EVENT_USER_UPDATED"), (6, "EVENT_PARTICIPANT_CONNECTED"), (7, "EVENT_PARTICIPANT_DISCONNECTED"), (8, "EVENT_PARTICIPANT_DELETED"), (9, "EVENT_PARTICIPANT_ADDED"), (10, "EVENT_PARTICIPANT_UPDATED"), (11, "EVENT_DEVICE_CONNECTED"), (12, "EVENT_DEVICE_DISCONNECTED"), (13, "EVENT_DEVICE_DELETED"), (14, "EVENT_DEVICE_ADDED"), (15, "EVENT_DEVICE_UPDATED")] },
];

/// Index of `TeraEvent`.
pub const TERA_EVENT: usize = 14;
/// Index of `TeraMessage`.
pub const TERA_MESSAGE: usize = 16;
