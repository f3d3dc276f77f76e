// Generated from proto/ by `cargo xtask codegen`. Do not edit.

import * as tape from "../tape.js";

export type FromTape = (at: number, $header: tape.Header | undefined) => any;

/**
 * Names of each enum's values by number; the index is the enum's own. What they all begin with stands first. As keys of an object they
 * are the engine's own copies, which it compares without a look at their characters.
 */
export const ENUMS: readonly (readonly string[])[] = [
  "STATUS_ PENDING INPROGRESS COMPLETED CANCELLED DELETED",
  "DB_ UNKNOWN CREATE UPDATE DELETE",
  "DEVICE_ UNKNOWN CONNECTED DISCONNECTED DELETED ADDED JOINED_SESSION LEFT_SESSION STATUS_CHANGED",
  "REPLY_ UNKNOWN ACCEPTED DENIED BUSY TIMEOUT",
  "LOGLEVEL_ UNKNOWN FATAL ERROR CRITICAL WARNING INFO DEBUG TRACE",
  "LOGIN_STATUS_ UNKNOWN SUCCESS FAILED_WITH_WRONG_PASSWORD FAILED_WITH_WRONG_USERNAME FAILED_WITH_MAX_ATTEMPTS_REACHED FAILED_WITH_ALREADY_LOGGED_IN FAILED_WITH_INVALID_TOKEN FAILED_WITH_DISABLED_ACCOUNT FAILED_WITH_EXPIRED_TOKEN",
  "LOGIN_TYPE_ UNKNOWN TOKEN PASSWORD CERTIFICATE",
  "PARTICIPANT_ UNKNOWN CONNECTED DISCONNECTED DELETED ADDED JOINED_SESSION LEFT_SESSION",
  "RESULT_ UNKNOWN OK ERROR WARNING",
  "CMD_ UNKNOWN REGISTER_DEVICE CLIENT_DISCONNECT",
  "USER_ UNKNOWN CONNECTED DISCONNECTED DELETED ADDED UPDATED JOINED_SESSION LEFT_SESSION",
  "ACTION_ UNKNOWN REGISTER UNREGISTER",
  "EVENT_ UNKNOWN USER_CONNECTED USER_DISCONNECTED USER_DELETED USER_ADDED USER_UPDATED PARTICIPANT_CONNECTED PARTICIPANT_DISCONNECTED PARTICIPANT_DELETED PARTICIPANT_ADDED PARTICIPANT_UPDATED DEVICE_CONNECTED DEVICE_DISCONNECTED DEVICE_DELETED DEVICE_ADDED DEVICE_UPDATED",
].map((row) => {
  const [start, ...names] = row.split(" ");
  return Object.keys(Object.fromEntries(names.map((name) => [start + name])));
});

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

/** Builds a message's object from its record on the tape; the index is the message's own. Each object is spelt out, with its
 * properties in one order, so that every object of a type has the same shape. */
export const FROM_TAPE: readonly FromTape[] = [
  (at, $header) => ({ $type: "ArchiveEvent", archiveUuid: tape.string(at + 1), ownerUuid: tape.string(at + 3), status: tape.enumName(at + 5, 0), archiveUrl: tape.string(at + 6), $header }),
  (at, $header) => ({ $type: "CreateSession", source: tape.string(at + 1), command: tape.string(at + 3), replyTo: tape.string(at + 5), $header }),
  (at, $header) => ({ $type: "DatabaseEvent", type: tape.enumName(at + 1, 1), objectType: tape.string(at + 2), objectValue: tape.string(at + 4), $header }),
  (at, $header) => ({ $type: "DeviceEvent", deviceUuid: tape.string(at + 1), type: tape.enumName(at + 3, 2), deviceName: tape.string(at + 4), deviceStatus: tape.string(at + 6), $header }),
  (at, $header) => ({ $type: "JoinSessionEvent", sessionUrl: tape.string(at + 1), sessionCreatorName: tape.string(at + 3), sessionUuid: tape.string(at + 5), sessionParticipants: tape.list(at + 7, tape.string), sessionUsers: tape.list(at + 10, tape.string), sessionDevices: tape.list(at + 13, tape.string), joinMsg: tape.string(at + 16), sessionParameters: tape.string(at + 18), serviceUuid: tape.string(at + 20), $header }),
  (at, $header) => ({ $type: "JoinSessionReplyEvent", sessionUuid: tape.string(at + 1), userUuid: tape.string(at + 3), participantUuid: tape.string(at + 5), deviceUuid: tape.string(at + 7), joinReply: tape.enumName(at + 9, 3), replyMsg: tape.string(at + 10), $header }),
  (at, $header) => ({ $type: "LeaveSessionEvent", sessionUuid: tape.string(at + 1), serviceUuid: tape.string(at + 3), leavingParticipants: tape.list(at + 5, tape.string), leavingUsers: tape.list(at + 8, tape.string), leavingDevices: tape.list(at + 11, tape.string), $header }),
  (at, $header) => ({ $type: "LogEvent", level: tape.enumName(at + 1, 4), timestamp: tape.double(at + 2), sender: tape.string(at + 4), message: tape.string(at + 6), $header }),
  (at, $header) => ({ $type: "LoginEvent", logHeader: tape.message(at + 1, 7), loginType: tape.enumName(at + 2, 6), loginStatus: tape.enumName(at + 3, 5), clientName: tape.string(at + 4), clientVersion: tape.string(at + 6), clientIp: tape.string(at + 8), osName: tape.string(at + 10), osVersion: tape.string(at + 12), userUuid: tape.string(at + 14), participantUuid: tape.string(at + 16), deviceUuid: tape.string(at + 18), serviceUuid: tape.string(at + 20), serverEndpoint: tape.string(at + 22), $header }),
  (at, $header) => ({ $type: "ParticipantEvent", participantUuid: tape.string(at + 1), type: tape.enumName(at + 3, 7), participantName: tape.string(at + 4), participantProjectName: tape.string(at + 6), participantSiteName: tape.string(at + 8), $header }),
  (at, $header) => ({ $type: "RPCMessage", method: tape.string(at + 1), replyTo: tape.string(at + 3), id: tape.uint64(at + 5), timestamp: tape.double(at + 7), args: tape.list(at + 9, tape.message, 21), $header }),
  (at, $header) => ({ $type: "Result", type: tape.enumName(at + 1, 8), code: tape.int64(at + 2), message: tape.string(at + 4), $header }),
  (at, $header) => ({ $type: "ServerCommand", type: tape.enumName(at + 1, 9), data: tape.any(at + 2), $header }),
  (at, $header) => ({ $type: "StopSessionEvent", sessionUuid: tape.string(at + 1), serviceUuid: tape.string(at + 3), $header }),
  (at, $header) => ({ $type: "TeraEvent", header: tape.message(at + 1, 15), events: tape.anys(at + 2), $header }),
  (at) => ({ version: tape.uint32(at + 1), time: tape.double(at + 2), topic: tape.string(at + 4) }),
  (at, $header) => ({ $type: "TeraMessage", message: tape.any(at + 1), $header }),
  (at, $header) => ({ $type: "TeraModuleMessage", head: tape.message(at + 1, 18), data: tape.anys(at + 2), $header }),
  (at) => ({ version: tape.uint32(at + 1), time: tape.double(at + 2), seq: tape.uint32(at + 4), source: tape.string(at + 5), dest: tape.string(at + 7) }),
  (at, $header) => ({ $type: "UserEvent", userUuid: tape.string(at + 1), type: tape.enumName(at + 3, 10), userFullname: tape.string(at + 4), $header }),
  (at, $header) => ({ $type: "UserRegisterToEvent", eventType: tape.enumName(at + 1, 12), action: tape.enumName(at + 2, 11), $header }),
  (at, $header) => ({ $type: "Value", doubleValue: tape.optional(at + 1, tape.double), floatValue: tape.optional(at + 4, tape.float), intValue: tape.optional(at + 6, tape.int64), uintValue: tape.optional(at + 9, tape.uint64), boolValue: tape.optional(at + 12, tape.bool), bytesValue: tape.optional(at + 14, tape.bytes), stringValue: tape.optional(at + 17, tape.string), $header }),
];
