// Generated from proto/ by `cargo xtask codegen`. Do not edit.

import { any, bool, bytes, float, double, enumName, int64, list, message, optional, string, uint32, uint64 } from "../tape.js";
import type { Header, Reader } from "../tape.js";

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

/** What the encoder needs to know: a message's name, then each field as `jsonName:kind`. */
export const MESSAGES: readonly string[] = [
  "ArchiveEvent archiveUuid:s ownerUuid:s status:e0 archiveUrl:s",
  "CreateSession source:s command:s replyTo:s",
  "DatabaseEvent type:e1 objectType:s objectValue:s",
  "DeviceEvent deviceUuid:s type:e2 deviceName:s deviceStatus:s",
  "JoinSessionEvent sessionUrl:s sessionCreatorName:s sessionUuid:s sessionParticipants:*s sessionUsers:*s sessionDevices:*s joinMsg:s sessionParameters:s serviceUuid:s",
  "JoinSessionReplyEvent sessionUuid:s userUuid:s participantUuid:s deviceUuid:s joinReply:e3 replyMsg:s",
  "LeaveSessionEvent sessionUuid:s serviceUuid:s leavingParticipants:*s leavingUsers:*s leavingDevices:*s",
  "LogEvent level:e4 timestamp:d sender:s message:s",
  "LoginEvent logHeader:m7 loginType:e6 loginStatus:e5 clientName:s clientVersion:s clientIp:s osName:s osVersion:s userUuid:s participantUuid:s deviceUuid:s serviceUuid:s serverEndpoint:s",
  "ParticipantEvent participantUuid:s type:e7 participantName:s participantProjectName:s participantSiteName:s",
  "RPCMessage method:s replyTo:s id:u timestamp:d args:*m21",
  "Result type:e8 code:i message:s",
  "ServerCommand type:e9 data:a",
  "StopSessionEvent sessionUuid:s serviceUuid:s",
  "TeraEvent header:m15 events:*a",
  "TeraEvent.Header version:w time:d topic:s",
  "TeraMessage message:a",
  "TeraModuleMessage head:m18 data:*a",
  "TeraModuleMessage.Header version:w time:d seq:w source:s dest:s",
  "UserEvent userUuid:s type:e10 userFullname:s",
  "UserRegisterToEvent eventType:e12 action:e11",
  "Value doubleValue:?d floatValue:?f intValue:?i uintValue:?u boolValue:?b bytesValue:?y stringValue:?s",
];

// One constructor a message, so that every object of a type has the same shape; the prototype is that
// of a plain object, because the objects are plain data.
function ArchiveEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "ArchiveEvent";
  this.archiveUuid = string(at + 1);
  this.ownerUuid = string(at + 3);
  this.status = enumName(at + 5, 0);
  this.archiveUrl = string(at + 6);
  this.$header = header;
}
function CreateSession(this: any, at: number, header: Header | undefined) {
  this.$type = "CreateSession";
  this.source = string(at + 1);
  this.command = string(at + 3);
  this.replyTo = string(at + 5);
  this.$header = header;
}
function DatabaseEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "DatabaseEvent";
  this.type = enumName(at + 1, 1);
  this.objectType = string(at + 2);
  this.objectValue = string(at + 4);
  this.$header = header;
}
function DeviceEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "DeviceEvent";
  this.deviceUuid = string(at + 1);
  this.type = enumName(at + 3, 2);
  this.deviceName = string(at + 4);
  this.deviceStatus = string(at + 6);
  this.$header = header;
}
function JoinSessionEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "JoinSessionEvent";
  this.sessionUrl = string(at + 1);
  this.sessionCreatorName = string(at + 3);
  this.sessionUuid = string(at + 5);
  this.sessionParticipants = list(at + 7, string);
  this.sessionUsers = list(at + 10, string);
  this.sessionDevices = list(at + 13, string);
  this.joinMsg = string(at + 16);
  this.sessionParameters = string(at + 18);
  this.serviceUuid = string(at + 20);
  this.$header = header;
}
function JoinSessionReplyEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "JoinSessionReplyEvent";
  this.sessionUuid = string(at + 1);
  this.userUuid = string(at + 3);
  this.participantUuid = string(at + 5);
  this.deviceUuid = string(at + 7);
  this.joinReply = enumName(at + 9, 3);
  this.replyMsg = string(at + 10);
  this.$header = header;
}
function LeaveSessionEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "LeaveSessionEvent";
  this.sessionUuid = string(at + 1);
  this.serviceUuid = string(at + 3);
  this.leavingParticipants = list(at + 5, string);
  this.leavingUsers = list(at + 8, string);
  this.leavingDevices = list(at + 11, string);
  this.$header = header;
}
function LogEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "LogEvent";
  this.level = enumName(at + 1, 4);
  this.timestamp = double(at + 2);
  this.sender = string(at + 4);
  this.message = string(at + 6);
  this.$header = header;
}
function LoginEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "LoginEvent";
  this.logHeader = message(at + 1, 7);
  this.loginType = enumName(at + 2, 6);
  this.loginStatus = enumName(at + 3, 5);
  this.clientName = string(at + 4);
  this.clientVersion = string(at + 6);
  this.clientIp = string(at + 8);
  this.osName = string(at + 10);
  this.osVersion = string(at + 12);
  this.userUuid = string(at + 14);
  this.participantUuid = string(at + 16);
  this.deviceUuid = string(at + 18);
  this.serviceUuid = string(at + 20);
  this.serverEndpoint = string(at + 22);
  this.$header = header;
}
function ParticipantEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "ParticipantEvent";
  this.participantUuid = string(at + 1);
  this.type = enumName(at + 3, 7);
  this.participantName = string(at + 4);
  this.participantProjectName = string(at + 6);
  this.participantSiteName = string(at + 8);
  this.$header = header;
}
function RPCMessage(this: any, at: number, header: Header | undefined) {
  this.$type = "RPCMessage";
  this.method = string(at + 1);
  this.replyTo = string(at + 3);
  this.id = uint64(at + 5);
  this.timestamp = double(at + 7);
  this.args = list(at + 9, message, 21);
  this.$header = header;
}
function Result(this: any, at: number, header: Header | undefined) {
  this.$type = "Result";
  this.type = enumName(at + 1, 8);
  this.code = int64(at + 2);
  this.message = string(at + 4);
  this.$header = header;
}
function ServerCommand(this: any, at: number, header: Header | undefined) {
  this.$type = "ServerCommand";
  this.type = enumName(at + 1, 9);
  this.data = any(at + 2);
  this.$header = header;
}
function StopSessionEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "StopSessionEvent";
  this.sessionUuid = string(at + 1);
  this.serviceUuid = string(at + 3);
  this.$header = header;
}
function TeraEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "TeraEvent";
  this.header = message(at + 1, 15);
  this.events = list(at + 2, any);
  this.$header = header;
}
function TeraEventHeader(this: any, at: number) {
  this.version = uint32(at + 1);
  this.time = double(at + 2);
  this.topic = string(at + 4);
}
function TeraMessage(this: any, at: number, header: Header | undefined) {
  this.$type = "TeraMessage";
  this.message = any(at + 1);
  this.$header = header;
}
function TeraModuleMessage(this: any, at: number, header: Header | undefined) {
  this.$type = "TeraModuleMessage";
  this.head = message(at + 1, 18);
  this.data = list(at + 2, any);
  this.$header = header;
}
function TeraModuleMessageHeader(this: any, at: number) {
  this.version = uint32(at + 1);
  this.time = double(at + 2);
  this.seq = uint32(at + 4);
  this.source = string(at + 5);
  this.dest = string(at + 7);
}
function UserEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "UserEvent";
  this.userUuid = string(at + 1);
  this.type = enumName(at + 3, 10);
  this.userFullname = string(at + 4);
  this.$header = header;
}
function UserRegisterToEvent(this: any, at: number, header: Header | undefined) {
  this.$type = "UserRegisterToEvent";
  this.eventType = enumName(at + 1, 12);
  this.action = enumName(at + 2, 11);
  this.$header = header;
}
function Value(this: any, at: number, header: Header | undefined) {
  this.$type = "Value";
  this.doubleValue = optional(at + 1, double);
  this.floatValue = optional(at + 4, float);
  this.intValue = optional(at + 6, int64);
  this.uintValue = optional(at + 9, uint64);
  this.boolValue = optional(at + 12, bool);
  this.bytesValue = optional(at + 14, bytes);
  this.stringValue = optional(at + 17, string);
  this.$header = header;
}

/** Builds a message's object from its record; the index is the message's own. */
export const READERS: readonly Reader[] = [
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
] as unknown as readonly Reader[];
for (const reader of READERS) reader.prototype = Object.prototype;

/** Index of `TeraEvent`. */
export const TERA_EVENT = 14;
/** Index of `TeraEvent.Header`. */
export const TERA_EVENT_HEADER = 15;
