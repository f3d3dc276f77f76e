// Generated from proto/ by `cargo xtask codegen`. Do not edit.

use std::borrow::Cow::Borrowed;

use crate::schema::{Enum, Field, Kind, Message, Presence::{Explicit, Implicit, Repeated}};

static FIELDS_0: [Field; 4] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("archive_uuid"), json_name: Borrowed("archiveUuid") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("owner_uuid"), json_name: Borrowed("ownerUuid") },
    Field { number: 3, kind: Kind::Enum(0), presence: Implicit, slot: 5, name: Borrowed("status"), json_name: Borrowed("status") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: Borrowed("archive_url"), json_name: Borrowed("archiveUrl") },
];

static FIELDS_1: [Field; 3] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("source"), json_name: Borrowed("source") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("command"), json_name: Borrowed("command") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5, name: Borrowed("reply_to"), json_name: Borrowed("replyTo") },
];

static FIELDS_2: [Field; 3] = [
    Field { number: 1, kind: Kind::Enum(1), presence: Implicit, slot: 1, name: Borrowed("type"), json_name: Borrowed("type") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 2, name: Borrowed("object_type"), json_name: Borrowed("objectType") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("object_value"), json_name: Borrowed("objectValue") },
];

static FIELDS_3: [Field; 4] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("device_uuid"), json_name: Borrowed("deviceUuid") },
    Field { number: 2, kind: Kind::Enum(2), presence: Implicit, slot: 3, name: Borrowed("type"), json_name: Borrowed("type") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("device_name"), json_name: Borrowed("deviceName") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: Borrowed("device_status"), json_name: Borrowed("deviceStatus") },
];

static FIELDS_4: [Field; 9] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("session_url"), json_name: Borrowed("sessionUrl") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("session_creator_name"), json_name: Borrowed("sessionCreatorName") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5, name: Borrowed("session_uuid"), json_name: Borrowed("sessionUuid") },
    Field { number: 4, kind: Kind::String, presence: Repeated, slot: 7, name: Borrowed("session_participants"), json_name: Borrowed("sessionParticipants") },
    Field { number: 5, kind: Kind::String, presence: Repeated, slot: 10, name: Borrowed("session_users"), json_name: Borrowed("sessionUsers") },
    Field { number: 6, kind: Kind::String, presence: Repeated, slot: 13, name: Borrowed("session_devices"), json_name: Borrowed("sessionDevices") },
    Field { number: 7, kind: Kind::String, presence: Implicit, slot: 16, name: Borrowed("join_msg"), json_name: Borrowed("joinMsg") },
    Field { number: 8, kind: Kind::String, presence: Implicit, slot: 18, name: Borrowed("session_parameters"), json_name: Borrowed("sessionParameters") },
    Field { number: 9, kind: Kind::String, presence: Implicit, slot: 20, name: Borrowed("service_uuid"), json_name: Borrowed("serviceUuid") },
];

static FIELDS_5: [Field; 6] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("session_uuid"), json_name: Borrowed("sessionUuid") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("user_uuid"), json_name: Borrowed("userUuid") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 5, name: Borrowed("participant_uuid"), json_name: Borrowed("participantUuid") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 7, name: Borrowed("device_uuid"), json_name: Borrowed("deviceUuid") },
    Field { number: 5, kind: Kind::Enum(3), presence: Implicit, slot: 9, name: Borrowed("join_reply"), json_name: Borrowed("joinReply") },
    Field { number: 6, kind: Kind::String, presence: Implicit, slot: 10, name: Borrowed("reply_msg"), json_name: Borrowed("replyMsg") },
];

static FIELDS_6: [Field; 5] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("session_uuid"), json_name: Borrowed("sessionUuid") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("service_uuid"), json_name: Borrowed("serviceUuid") },
    Field { number: 3, kind: Kind::String, presence: Repeated, slot: 5, name: Borrowed("leaving_participants"), json_name: Borrowed("leavingParticipants") },
    Field { number: 4, kind: Kind::String, presence: Repeated, slot: 8, name: Borrowed("leaving_users"), json_name: Borrowed("leavingUsers") },
    Field { number: 5, kind: Kind::String, presence: Repeated, slot: 11, name: Borrowed("leaving_devices"), json_name: Borrowed("leavingDevices") },
];

static FIELDS_7: [Field; 4] = [
    Field { number: 1, kind: Kind::Enum(4), presence: Implicit, slot: 1, name: Borrowed("level"), json_name: Borrowed("level") },
    Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2, name: Borrowed("timestamp"), json_name: Borrowed("timestamp") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("sender"), json_name: Borrowed("sender") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: Borrowed("message"), json_name: Borrowed("message") },
];

static FIELDS_8: [Field; 13] = [
    Field { number: 1, kind: Kind::Message(7), presence: Implicit, slot: 1, name: Borrowed("log_header"), json_name: Borrowed("logHeader") },
    Field { number: 2, kind: Kind::Enum(6), presence: Implicit, slot: 2, name: Borrowed("login_type"), json_name: Borrowed("loginType") },
    Field { number: 3, kind: Kind::Enum(5), presence: Implicit, slot: 3, name: Borrowed("login_status"), json_name: Borrowed("loginStatus") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("client_name"), json_name: Borrowed("clientName") },
    Field { number: 5, kind: Kind::String, presence: Implicit, slot: 6, name: Borrowed("client_version"), json_name: Borrowed("clientVersion") },
    Field { number: 6, kind: Kind::String, presence: Implicit, slot: 8, name: Borrowed("client_ip"), json_name: Borrowed("clientIp") },
    Field { number: 7, kind: Kind::String, presence: Implicit, slot: 10, name: Borrowed("os_name"), json_name: Borrowed("osName") },
    Field { number: 8, kind: Kind::String, presence: Implicit, slot: 12, name: Borrowed("os_version"), json_name: Borrowed("osVersion") },
    Field { number: 9, kind: Kind::String, presence: Implicit, slot: 14, name: Borrowed("user_uuid"), json_name: Borrowed("userUuid") },
    Field { number: 10, kind: Kind::String, presence: Implicit, slot: 16, name: Borrowed("participant_uuid"), json_name: Borrowed("participantUuid") },
    Field { number: 11, kind: Kind::String, presence: Implicit, slot: 18, name: Borrowed("device_uuid"), json_name: Borrowed("deviceUuid") },
    Field { number: 12, kind: Kind::String, presence: Implicit, slot: 20, name: Borrowed("service_uuid"), json_name: Borrowed("serviceUuid") },
    Field { number: 13, kind: Kind::String, presence: Implicit, slot: 22, name: Borrowed("server_endpoint"), json_name: Borrowed("serverEndpoint") },
];

static FIELDS_9: [Field; 5] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("participant_uuid"), json_name: Borrowed("participantUuid") },
    Field { number: 2, kind: Kind::Enum(7), presence: Implicit, slot: 3, name: Borrowed("type"), json_name: Borrowed("type") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("participant_name"), json_name: Borrowed("participantName") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 6, name: Borrowed("participant_project_name"), json_name: Borrowed("participantProjectName") },
    Field { number: 5, kind: Kind::String, presence: Implicit, slot: 8, name: Borrowed("participant_site_name"), json_name: Borrowed("participantSiteName") },
];

static FIELDS_10: [Field; 5] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("method"), json_name: Borrowed("method") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("reply_to"), json_name: Borrowed("replyTo") },
    Field { number: 3, kind: Kind::Uint64, presence: Implicit, slot: 5, name: Borrowed("id"), json_name: Borrowed("id") },
    Field { number: 4, kind: Kind::Double, presence: Implicit, slot: 7, name: Borrowed("timestamp"), json_name: Borrowed("timestamp") },
    Field { number: 5, kind: Kind::Message(21), presence: Repeated, slot: 9, name: Borrowed("args"), json_name: Borrowed("args") },
];

static FIELDS_11: [Field; 3] = [
    Field { number: 1, kind: Kind::Enum(8), presence: Implicit, slot: 1, name: Borrowed("type"), json_name: Borrowed("type") },
    Field { number: 2, kind: Kind::Int64, presence: Implicit, slot: 2, name: Borrowed("code"), json_name: Borrowed("code") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("message"), json_name: Borrowed("message") },
];

static FIELDS_12: [Field; 2] = [
    Field { number: 1, kind: Kind::Enum(9), presence: Implicit, slot: 1, name: Borrowed("type"), json_name: Borrowed("type") },
    Field { number: 2, kind: Kind::Any, presence: Implicit, slot: 2, name: Borrowed("data"), json_name: Borrowed("data") },
];

static FIELDS_13: [Field; 2] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("session_uuid"), json_name: Borrowed("sessionUuid") },
    Field { number: 2, kind: Kind::String, presence: Implicit, slot: 3, name: Borrowed("service_uuid"), json_name: Borrowed("serviceUuid") },
];

static FIELDS_14: [Field; 2] = [
    Field { number: 1, kind: Kind::Message(15), presence: Implicit, slot: 1, name: Borrowed("header"), json_name: Borrowed("header") },
    Field { number: 2, kind: Kind::Any, presence: Repeated, slot: 2, name: Borrowed("events"), json_name: Borrowed("events") },
];

static FIELDS_15: [Field; 3] = [
    Field { number: 1, kind: Kind::Uint32, presence: Implicit, slot: 1, name: Borrowed("version"), json_name: Borrowed("version") },
    Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2, name: Borrowed("time"), json_name: Borrowed("time") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("topic"), json_name: Borrowed("topic") },
];

static FIELDS_16: [Field; 1] = [
    Field { number: 1, kind: Kind::Any, presence: Implicit, slot: 1, name: Borrowed("message"), json_name: Borrowed("message") },
];

static FIELDS_17: [Field; 2] = [
    Field { number: 1, kind: Kind::Message(18), presence: Implicit, slot: 1, name: Borrowed("head"), json_name: Borrowed("head") },
    Field { number: 2, kind: Kind::Any, presence: Repeated, slot: 2, name: Borrowed("data"), json_name: Borrowed("data") },
];

static FIELDS_18: [Field; 5] = [
    Field { number: 1, kind: Kind::Uint32, presence: Implicit, slot: 1, name: Borrowed("version"), json_name: Borrowed("version") },
    Field { number: 2, kind: Kind::Double, presence: Implicit, slot: 2, name: Borrowed("time"), json_name: Borrowed("time") },
    Field { number: 3, kind: Kind::Uint32, presence: Implicit, slot: 4, name: Borrowed("seq"), json_name: Borrowed("seq") },
    Field { number: 4, kind: Kind::String, presence: Implicit, slot: 5, name: Borrowed("source"), json_name: Borrowed("source") },
    Field { number: 5, kind: Kind::String, presence: Implicit, slot: 7, name: Borrowed("dest"), json_name: Borrowed("dest") },
];

static FIELDS_19: [Field; 3] = [
    Field { number: 1, kind: Kind::String, presence: Implicit, slot: 1, name: Borrowed("user_uuid"), json_name: Borrowed("userUuid") },
    Field { number: 2, kind: Kind::Enum(10), presence: Implicit, slot: 3, name: Borrowed("type"), json_name: Borrowed("type") },
    Field { number: 3, kind: Kind::String, presence: Implicit, slot: 4, name: Borrowed("user_fullname"), json_name: Borrowed("userFullname") },
];

static FIELDS_20: [Field; 2] = [
    Field { number: 1, kind: Kind::Enum(12), presence: Implicit, slot: 1, name: Borrowed("event_type"), json_name: Borrowed("eventType") },
    Field { number: 2, kind: Kind::Enum(11), presence: Implicit, slot: 2, name: Borrowed("action"), json_name: Borrowed("action") },
];

static FIELDS_21: [Field; 7] = [
    Field { number: 1, kind: Kind::Double, presence: Explicit(0), slot: 1, name: Borrowed("double_value"), json_name: Borrowed("doubleValue") },
    Field { number: 2, kind: Kind::Float, presence: Explicit(0), slot: 4, name: Borrowed("float_value"), json_name: Borrowed("floatValue") },
    Field { number: 3, kind: Kind::Int64, presence: Explicit(0), slot: 6, name: Borrowed("int_value"), json_name: Borrowed("intValue") },
    Field { number: 4, kind: Kind::Uint64, presence: Explicit(0), slot: 9, name: Borrowed("uint_value"), json_name: Borrowed("uintValue") },
    Field { number: 5, kind: Kind::Bool, presence: Explicit(0), slot: 12, name: Borrowed("bool_value"), json_name: Borrowed("boolValue") },
    Field { number: 6, kind: Kind::Bytes, presence: Explicit(0), slot: 14, name: Borrowed("bytes_value"), json_name: Borrowed("bytesValue") },
    Field { number: 7, kind: Kind::String, presence: Explicit(0), slot: 17, name: Borrowed("string_value"), json_name: Borrowed("stringValue") },
];

pub(crate) static MESSAGES: [Message; 22] = [
    Message { name: Borrowed("opentera.protobuf.ArchiveEvent"), slots: 8, oneofs: 8, fields: Borrowed(&FIELDS_0), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.CreateSession"), slots: 7, oneofs: 7, fields: Borrowed(&FIELDS_1), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.DatabaseEvent"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_2), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.DeviceEvent"), slots: 8, oneofs: 8, fields: Borrowed(&FIELDS_3), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.JoinSessionEvent"), slots: 22, oneofs: 22, fields: Borrowed(&FIELDS_4), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.JoinSessionReplyEvent"), slots: 12, oneofs: 12, fields: Borrowed(&FIELDS_5), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.LeaveSessionEvent"), slots: 14, oneofs: 14, fields: Borrowed(&FIELDS_6), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.LogEvent"), slots: 8, oneofs: 8, fields: Borrowed(&FIELDS_7), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.LoginEvent"), slots: 24, oneofs: 24, fields: Borrowed(&FIELDS_8), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.ParticipantEvent"), slots: 10, oneofs: 10, fields: Borrowed(&FIELDS_9), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.RPCMessage"), slots: 12, oneofs: 12, fields: Borrowed(&FIELDS_10), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.Result"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_11), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.ServerCommand"), slots: 3, oneofs: 3, fields: Borrowed(&FIELDS_12), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.StopSessionEvent"), slots: 5, oneofs: 5, fields: Borrowed(&FIELDS_13), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.TeraEvent"), slots: 5, oneofs: 5, fields: Borrowed(&FIELDS_14), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.TeraEvent.Header"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_15), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.TeraMessage"), slots: 2, oneofs: 2, fields: Borrowed(&FIELDS_16), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.TeraModuleMessage"), slots: 5, oneofs: 5, fields: Borrowed(&FIELDS_17), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.TeraModuleMessage.Header"), slots: 9, oneofs: 9, fields: Borrowed(&FIELDS_18), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.UserEvent"), slots: 6, oneofs: 6, fields: Borrowed(&FIELDS_19), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.UserRegisterToEvent"), slots: 3, oneofs: 3, fields: Borrowed(&FIELDS_20), is_map_entry: false },
    Message { name: Borrowed("opentera.protobuf.Value"), slots: 21, oneofs: 20, fields: Borrowed(&FIELDS_21), is_map_entry: false },
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
/// Index of `TeraModuleMessage`.
pub const TERA_MODULE_MESSAGE: usize = 17;
