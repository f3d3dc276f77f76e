// Generated from proto/ by `cargo xtask codegen`. Do not edit.

import * as fromJson from "../json.js";
import * as tape from "../tape.js";

export type FromTape = (at: number, $header: tape.Header | undefined) => any;
export type FromJson = (json: any, $header: tape.Header | undefined) => any;

/** Names of each enum's values by number; the index is the enum's own. */
export const ENUMS: readonly (readonly string[])[] = [
  "STATUS_PENDING STATUS_INPROGRESS STATUS_COMPLETED STATUS_CANCELLED STATUS_DELETED".split(" "),
  "DB_UNKNOWN DB_CREATE DB_UPDATE DB_DELETE".split(" "),
  "DEVICE_UNKNOWN DEVICE_CONNECTED DEVICE_DISCONNECTED DEVICE_DELETED DEVICE_ADDED DEVICE_JOINED_SESSION DEVICE_LEFT_SESSION DEVICE_STATUS_CHANGED".split(" "),
  "REPLY_UNKNOWN REPLY_ACCEPTED REPLY_DENIED REPLY_BUSY REPLY_TIMEOUT".split(" "),
  "LOGLEVEL_UNKNOWN LOGLEVEL_FATAL LOGLEVEL_ERROR LOGLEVEL_CRITICAL LOGLEVEL_WARNING LOGLEVEL_INFO LOGLEVEL_DEBUG LOGLEVEL_TRACE".split(" "),
  "LOGIN_STATUS_UNKNOWN LOGIN_STATUS_SUCCESS LOGIN_STATUS_FAILED_WITH_WRONG_PASSWORD LOGIN_STATUS_FAILED_WITH_WRONG_USERNAME LOGIN_STATUS_FAILED_WITH_MAX_ATTEMPTS_REACHED LOGIN_STATUS_FAILED_WITH_ALREADY_LOGGED_IN LOGIN_STATUS_FAILED_WITH_INVALID_TOKEN LOGIN_STATUS_FAILED_WITH_DISABLED_ACCOUNT LOGIN_STATUS_FAILED_WITH_EXPIRED_TOKEN".split(" "),
  "LOGIN_TYPE_UNKNOWN LOGIN_TYPE_TOKEN LOGIN_TYPE_PASSWORD LOGIN_TYPE_CERTIFICATE".split(" "),
  "PARTICIPANT_UNKNOWN PARTICIPANT_CONNECTED PARTICIPANT_DISCONNECTED PARTICIPANT_DELETED PARTICIPANT_ADDED PARTICIPANT_JOINED_SESSION PARTICIPANT_LEFT_SESSION".split(" "),
  "RESULT_UNKNOWN RESULT_OK RESULT_ERROR RESULT_WARNING".split(" "),
  "CMD_UNKNOWN CMD_REGISTER_DEVICE CMD_CLIENT_DISCONNECT".split(" "),
  "USER_UNKNOWN USER_CONNECTED USER_DISCONNECTED USER_DELETED USER_ADDED USER_UPDATED USER_JOINED_SESSION USER_LEFT_SESSION".split(" "),
  "ACTION_UNKNOWN ACTION_REGISTER ACTION_UNREGISTER".split(" "),
  "EVENT_UNKNOWN EVENT_USER_CONNECTED EVENT_USER_DISCONNECTED EVENT_USER_DELETED EVENT_USER_ADDED EVENT_USER_UPDATED EVENT_PARTICIPANT_CONNECTED EVENT_PARTICIPANT_DISCONNECTED EVENT_PARTICIPANT_DELETED EVENT_PARTICIPANT_ADDED EVENT_PARTICIPANT_UPDATED EVENT_DEVICE_CONNECTED EVENT_DEVICE_DISCONNECTED EVENT_DEVICE_DELETED EVENT_DEVICE_ADDED EVENT_DEVICE_UPDATED".split(" "),
];

/** What the encoder needs to know: a message's name, then each field as `kind:jsonName`. */
export const MESSAGES: readonly string[] = [
  "ArchiveEvent s:archiveUuid s:ownerUuid e0:status s:archiveUrl",
  "CreateSession s:source s:command s:replyTo",
  "DatabaseEvent e1:type s:objectType s:objectValue",
  "DeviceEvent s:deviceUuid e2:type s:deviceName s:deviceStatus",
  "JoinSessionEvent s:sessionUrl s:sessionCreatorName s:sessionUuid *s:sessionParticipants *s:sessionUsers *s:sessionDevices s:joinMsg s:sessionParameters s:serviceUuid",
  "JoinSessionReplyEvent s:sessionUuid s:userUuid s:participantUuid s:deviceUuid e3:joinReply s:replyMsg",
  "LeaveSessionEvent s:sessionUuid s:serviceUuid *s:leavingParticipants *s:leavingUsers *s:leavingDevices",
  "LogEvent e4:level d:timestamp s:sender s:message",
  "LoginEvent m7:logHeader e6:loginType e5:loginStatus s:clientName s:clientVersion s:clientIp s:osName s:osVersion s:userUuid s:participantUuid s:deviceUuid s:serviceUuid s:serverEndpoint",
  "ParticipantEvent s:participantUuid e7:type s:participantName s:participantProjectName s:participantSiteName",
  "RPCMessage s:method s:replyTo u:id d:timestamp *m21:args",
  "Result e8:type i:code s:message",
  "ServerCommand e9:type a:data",
  "StopSessionEvent s:sessionUuid s:serviceUuid",
  "TeraEvent m15:header *a:events",
  "TeraEvent.Header w:version d:time s:topic",
  "TeraMessage a:message",
  "TeraModuleMessage m18:head *a:data",
  "TeraModuleMessage.Header w:version d:time w:seq s:source s:dest",
  "UserEvent s:userUuid e10:type s:userFullname",
  "UserRegisterToEvent e12:eventType e11:action",
  "Value ?d:doubleValue ?f:floatValue ?i:intValue ?u:uintValue ?b:boolValue ?y:bytesValue ?s:stringValue",
];

// One constructor a message, so that every object of a type has the same shape; the prototype is that
// of a plain object, because the objects are plain data.
function ArchiveEvent(this: any, $header: any, archiveUuid: any, ownerUuid: any, status: any, archiveUrl: any) {
  this.$type = "ArchiveEvent";
  this.archiveUuid = archiveUuid;
  this.ownerUuid = ownerUuid;
  this.status = status;
  this.archiveUrl = archiveUrl;
  this.$header = $header;
}
function CreateSession(this: any, $header: any, source: any, command: any, replyTo: any) {
  this.$type = "CreateSession";
  this.source = source;
  this.command = command;
  this.replyTo = replyTo;
  this.$header = $header;
}
function DatabaseEvent(this: any, $header: any, type: any, objectType: any, objectValue: any) {
  this.$type = "DatabaseEvent";
  this.type = type;
  this.objectType = objectType;
  this.objectValue = objectValue;
  this.$header = $header;
}
function DeviceEvent(this: any, $header: any, deviceUuid: any, type: any, deviceName: any, deviceStatus: any) {
  this.$type = "DeviceEvent";
  this.deviceUuid = deviceUuid;
  this.type = type;
  this.deviceName = deviceName;
  this.deviceStatus = deviceStatus;
  this.$header = $header;
}
function JoinSessionEvent(this: any, $header: any, sessionUrl: any, sessionCreatorName: any, sessionUuid: any, sessionParticipants: any, sessionUsers: any, sessionDevices: any, joinMsg: any, sessionParameters: any, serviceUuid: any) {
  this.$type = "JoinSessionEvent";
  this.sessionUrl = sessionUrl;
  this.sessionCreatorName = sessionCreatorName;
  this.sessionUuid = sessionUuid;
  this.sessionParticipants = sessionParticipants;
  this.sessionUsers = sessionUsers;
  this.sessionDevices = sessionDevices;
  this.joinMsg = joinMsg;
  this.sessionParameters = sessionParameters;
  this.serviceUuid = serviceUuid;
  this.$header = $header;
}
function JoinSessionReplyEvent(this: any, $header: any, sessionUuid: any, userUuid: any, participantUuid: any, deviceUuid: any, joinReply: any, replyMsg: any) {
  this.$type = "JoinSessionReplyEvent";
  this.sessionUuid = sessionUuid;
  this.userUuid = userUuid;
  this.participantUuid = participantUuid;
  this.deviceUuid = deviceUuid;
  this.joinReply = joinReply;
  this.replyMsg = replyMsg;
  this.$header = $header;
}
function LeaveSessionEvent(this: any, $header: any, sessionUuid: any, serviceUuid: any, leavingParticipants: any, leavingUsers: any, leavingDevices: any) {
  this.$type = "LeaveSessionEvent";
  this.sessionUuid = sessionUuid;
  this.serviceUuid = serviceUuid;
  this.leavingParticipants = leavingParticipants;
  this.leavingUsers = leavingUsers;
  this.leavingDevices = leavingDevices;
  this.$header = $header;
}
function LogEvent(this: any, $header: any, level: any, timestamp: any, sender: any, message: any) {
  this.$type = "LogEvent";
  this.level = level;
  this.timestamp = timestamp;
  this.sender = sender;
  this.message = message;
  this.$header = $header;
}
function LoginEvent(this: any, $header: any, logHeader: any, loginType: any, loginStatus: any, clientName: any, clientVersion: any, clientIp: any, osName: any, osVersion: any, userUuid: any, participantUuid: any, deviceUuid: any, serviceUuid: any, serverEndpoint: any) {
  this.$type = "LoginEvent";
  this.logHeader = logHeader;
  this.loginType = loginType;
  this.loginStatus = loginStatus;
  this.clientName = clientName;
  this.clientVersion = clientVersion;
  this.clientIp = clientIp;
  this.osName = osName;
  this.osVersion = osVersion;
  this.userUuid = userUuid;
  this.participantUuid = participantUuid;
  this.deviceUuid = deviceUuid;
  this.serviceUuid = serviceUuid;
  this.serverEndpoint = serverEndpoint;
  this.$header = $header;
}
function ParticipantEvent(this: any, $header: any, participantUuid: any, type: any, participantName: any, participantProjectName: any, participantSiteName: any) {
  this.$type = "ParticipantEvent";
  this.participantUuid = participantUuid;
  this.type = type;
  this.participantName = participantName;
  this.participantProjectName = participantProjectName;
  this.participantSiteName = participantSiteName;
  this.$header = $header;
}
function RPCMessage(this: any, $header: any, method: any, replyTo: any, id: any, timestamp: any, args: any) {
  this.$type = "RPCMessage";
  this.method = method;
  this.replyTo = replyTo;
  this.id = id;
  this.timestamp = timestamp;
  this.args = args;
  this.$header = $header;
}
function Result(this: any, $header: any, type: any, code: any, message: any) {
  this.$type = "Result";
  this.type = type;
  this.code = code;
  this.message = message;
  this.$header = $header;
}
function ServerCommand(this: any, $header: any, type: any, data: any) {
  this.$type = "ServerCommand";
  this.type = type;
  this.data = data;
  this.$header = $header;
}
function StopSessionEvent(this: any, $header: any, sessionUuid: any, serviceUuid: any) {
  this.$type = "StopSessionEvent";
  this.sessionUuid = sessionUuid;
  this.serviceUuid = serviceUuid;
  this.$header = $header;
}
function TeraEvent(this: any, $header: any, header: any, events: any) {
  this.$type = "TeraEvent";
  this.header = header;
  this.events = events;
  this.$header = $header;
}
function TeraEventHeader(this: any, version: any, time: any, topic: any) {
  this.version = version;
  this.time = time;
  this.topic = topic;
}
function TeraMessage(this: any, $header: any, message: any) {
  this.$type = "TeraMessage";
  this.message = message;
  this.$header = $header;
}
function TeraModuleMessage(this: any, $header: any, head: any, data: any) {
  this.$type = "TeraModuleMessage";
  this.head = head;
  this.data = data;
  this.$header = $header;
}
function TeraModuleMessageHeader(this: any, version: any, time: any, seq: any, source: any, dest: any) {
  this.version = version;
  this.time = time;
  this.seq = seq;
  this.source = source;
  this.dest = dest;
}
function UserEvent(this: any, $header: any, userUuid: any, type: any, userFullname: any) {
  this.$type = "UserEvent";
  this.userUuid = userUuid;
  this.type = type;
  this.userFullname = userFullname;
  this.$header = $header;
}
function UserRegisterToEvent(this: any, $header: any, eventType: any, action: any) {
  this.$type = "UserRegisterToEvent";
  this.eventType = eventType;
  this.action = action;
  this.$header = $header;
}
function Value(this: any, $header: any, doubleValue: any, floatValue: any, intValue: any, uintValue: any, boolValue: any, bytesValue: any, stringValue: any) {
  this.$type = "Value";
  this.doubleValue = doubleValue;
  this.floatValue = floatValue;
  this.intValue = intValue;
  this.uintValue = uintValue;
  this.boolValue = boolValue;
  this.bytesValue = bytesValue;
  this.stringValue = stringValue;
  this.$header = $header;
}

/** Builds a message's object from its record on the tape; the index is the message's own. */
export const FROM_TAPE: readonly FromTape[] = [
  (at, $header) => new (ArchiveEvent as any)($header, tape.string(at + 1), tape.string(at + 3), tape.enumName(at + 5, 0), tape.string(at + 6)),
  (at, $header) => new (CreateSession as any)($header, tape.string(at + 1), tape.string(at + 3), tape.string(at + 5)),
  (at, $header) => new (DatabaseEvent as any)($header, tape.enumName(at + 1, 1), tape.string(at + 2), tape.string(at + 4)),
  (at, $header) => new (DeviceEvent as any)($header, tape.string(at + 1), tape.enumName(at + 3, 2), tape.string(at + 4), tape.string(at + 6)),
  (at, $header) => new (JoinSessionEvent as any)($header, tape.string(at + 1), tape.string(at + 3), tape.string(at + 5), tape.list(at + 7, tape.string), tape.list(at + 10, tape.string), tape.list(at + 13, tape.string), tape.string(at + 16), tape.string(at + 18), tape.string(at + 20)),
  (at, $header) => new (JoinSessionReplyEvent as any)($header, tape.string(at + 1), tape.string(at + 3), tape.string(at + 5), tape.string(at + 7), tape.enumName(at + 9, 3), tape.string(at + 10)),
  (at, $header) => new (LeaveSessionEvent as any)($header, tape.string(at + 1), tape.string(at + 3), tape.list(at + 5, tape.string), tape.list(at + 8, tape.string), tape.list(at + 11, tape.string)),
  (at, $header) => new (LogEvent as any)($header, tape.enumName(at + 1, 4), tape.double(at + 2), tape.string(at + 4), tape.string(at + 6)),
  (at, $header) => new (LoginEvent as any)($header, tape.message(at + 1, 7), tape.enumName(at + 2, 6), tape.enumName(at + 3, 5), tape.string(at + 4), tape.string(at + 6), tape.string(at + 8), tape.string(at + 10), tape.string(at + 12), tape.string(at + 14), tape.string(at + 16), tape.string(at + 18), tape.string(at + 20), tape.string(at + 22)),
  (at, $header) => new (ParticipantEvent as any)($header, tape.string(at + 1), tape.enumName(at + 3, 7), tape.string(at + 4), tape.string(at + 6), tape.string(at + 8)),
  (at, $header) => new (RPCMessage as any)($header, tape.string(at + 1), tape.string(at + 3), tape.uint64(at + 5), tape.double(at + 7), tape.list(at + 9, tape.message, 21)),
  (at, $header) => new (Result as any)($header, tape.enumName(at + 1, 8), tape.int64(at + 2), tape.string(at + 4)),
  (at, $header) => new (ServerCommand as any)($header, tape.enumName(at + 1, 9), tape.any(at + 2)),
  (at, $header) => new (StopSessionEvent as any)($header, tape.string(at + 1), tape.string(at + 3)),
  (at, $header) => new (TeraEvent as any)($header, tape.message(at + 1, 15), tape.anys(at + 2)),
  (at) => new (TeraEventHeader as any)(tape.uint32(at + 1), tape.double(at + 2), tape.string(at + 4)),
  (at, $header) => new (TeraMessage as any)($header, tape.any(at + 1)),
  (at, $header) => new (TeraModuleMessage as any)($header, tape.message(at + 1, 18), tape.anys(at + 2)),
  (at) => new (TeraModuleMessageHeader as any)(tape.uint32(at + 1), tape.double(at + 2), tape.uint32(at + 4), tape.string(at + 5), tape.string(at + 7)),
  (at, $header) => new (UserEvent as any)($header, tape.string(at + 1), tape.enumName(at + 3, 10), tape.string(at + 4)),
  (at, $header) => new (UserRegisterToEvent as any)($header, tape.enumName(at + 1, 12), tape.enumName(at + 2, 11)),
  (at, $header) => new (Value as any)($header, tape.optional(at + 1, tape.double), tape.optional(at + 4, tape.float), tape.optional(at + 6, tape.int64), tape.optional(at + 9, tape.uint64), tape.optional(at + 12, tape.bool), tape.optional(at + 14, tape.bytes), tape.optional(at + 17, tape.string)),
];

/** Builds a message's object from parsed JSON; the index is the message's own. */
export const FROM_JSON: readonly FromJson[] = [
  (json, $header) => new (ArchiveEvent as any)($header, fromJson.string(json.archiveUuid), fromJson.string(json.ownerUuid), fromJson.enumName(json.status, 0), fromJson.string(json.archiveUrl)),
  (json, $header) => new (CreateSession as any)($header, fromJson.string(json.source), fromJson.string(json.command), fromJson.string(json.replyTo)),
  (json, $header) => new (DatabaseEvent as any)($header, fromJson.enumName(json.type, 1), fromJson.string(json.objectType), fromJson.string(json.objectValue)),
  (json, $header) => new (DeviceEvent as any)($header, fromJson.string(json.deviceUuid), fromJson.enumName(json.type, 2), fromJson.string(json.deviceName), fromJson.string(json.deviceStatus)),
  (json, $header) => new (JoinSessionEvent as any)($header, fromJson.string(json.sessionUrl), fromJson.string(json.sessionCreatorName), fromJson.string(json.sessionUuid), fromJson.list(json.sessionParticipants, fromJson.string), fromJson.list(json.sessionUsers, fromJson.string), fromJson.list(json.sessionDevices, fromJson.string), fromJson.string(json.joinMsg), fromJson.string(json.sessionParameters), fromJson.string(json.serviceUuid)),
  (json, $header) => new (JoinSessionReplyEvent as any)($header, fromJson.string(json.sessionUuid), fromJson.string(json.userUuid), fromJson.string(json.participantUuid), fromJson.string(json.deviceUuid), fromJson.enumName(json.joinReply, 3), fromJson.string(json.replyMsg)),
  (json, $header) => new (LeaveSessionEvent as any)($header, fromJson.string(json.sessionUuid), fromJson.string(json.serviceUuid), fromJson.list(json.leavingParticipants, fromJson.string), fromJson.list(json.leavingUsers, fromJson.string), fromJson.list(json.leavingDevices, fromJson.string)),
  (json, $header) => new (LogEvent as any)($header, fromJson.enumName(json.level, 4), fromJson.double(json.timestamp), fromJson.string(json.sender), fromJson.string(json.message)),
  (json, $header) => new (LoginEvent as any)($header, fromJson.message(json.logHeader, 7), fromJson.enumName(json.loginType, 6), fromJson.enumName(json.loginStatus, 5), fromJson.string(json.clientName), fromJson.string(json.clientVersion), fromJson.string(json.clientIp), fromJson.string(json.osName), fromJson.string(json.osVersion), fromJson.string(json.userUuid), fromJson.string(json.participantUuid), fromJson.string(json.deviceUuid), fromJson.string(json.serviceUuid), fromJson.string(json.serverEndpoint)),
  (json, $header) => new (ParticipantEvent as any)($header, fromJson.string(json.participantUuid), fromJson.enumName(json.type, 7), fromJson.string(json.participantName), fromJson.string(json.participantProjectName), fromJson.string(json.participantSiteName)),
  (json, $header) => new (RPCMessage as any)($header, fromJson.string(json.method), fromJson.string(json.replyTo), fromJson.uint64(json.id), fromJson.double(json.timestamp), fromJson.list(json.args, fromJson.message, 21)),
  (json, $header) => new (Result as any)($header, fromJson.enumName(json.type, 8), fromJson.int64(json.code), fromJson.string(json.message)),
  (json, $header) => new (ServerCommand as any)($header, fromJson.enumName(json.type, 9), fromJson.any(json.data)),
  (json, $header) => new (StopSessionEvent as any)($header, fromJson.string(json.sessionUuid), fromJson.string(json.serviceUuid)),
  (json, $header) => new (TeraEvent as any)($header, fromJson.message(json.header, 15), fromJson.list(json.events, fromJson.any)),
  (json) => new (TeraEventHeader as any)(fromJson.uint32(json.version), fromJson.double(json.time), fromJson.string(json.topic)),
  (json, $header) => new (TeraMessage as any)($header, fromJson.any(json.message)),
  (json, $header) => new (TeraModuleMessage as any)($header, fromJson.message(json.head, 18), fromJson.list(json.data, fromJson.any)),
  (json) => new (TeraModuleMessageHeader as any)(fromJson.uint32(json.version), fromJson.double(json.time), fromJson.uint32(json.seq), fromJson.string(json.source), fromJson.string(json.dest)),
  (json, $header) => new (UserEvent as any)($header, fromJson.string(json.userUuid), fromJson.enumName(json.type, 10), fromJson.string(json.userFullname)),
  (json, $header) => new (UserRegisterToEvent as any)($header, fromJson.enumName(json.eventType, 12), fromJson.enumName(json.action, 11)),
  (json, $header) => new (Value as any)($header, fromJson.optional(json.doubleValue, fromJson.double), fromJson.optional(json.floatValue, fromJson.float), fromJson.optional(json.intValue, fromJson.int64), fromJson.optional(json.uintValue, fromJson.uint64), fromJson.optional(json.boolValue, fromJson.bool), fromJson.optional(json.bytesValue, fromJson.bytes), fromJson.optional(json.stringValue, fromJson.string)),
];

for (const constructor of [
  ArchiveEvent,
  CreateSession,
  DatabaseEvent,
  DeviceEvent,
  JoinSessionEvent,
  JoinSessionReplyEvent,
  LeaveSessionEvent,
  LogEvent,
  LoginEvent,
  ParticipantEvent,
  RPCMessage,
  Result,
  ServerCommand,
  StopSessionEvent,
  TeraEvent,
  TeraEventHeader,
  TeraMessage,
  TeraModuleMessage,
  TeraModuleMessageHeader,
  UserEvent,
  UserRegisterToEvent,
  Value,
]) (constructor as { prototype: unknown }).prototype = Object.prototype;

/** Index of `TeraEvent`. */
export const TERA_EVENT = 14;
/** Index of `TeraEvent.Header`. */
export const TERA_EVENT_HEADER = 15;
