// Generated from proto/ by `cargo xtask codegen`. Do not edit.

import * as fromJson from "../json.js";
import type { Header } from "../tape.js";

export type FromJson = (json: any, $header: Header | undefined) => any;

/** Builds a message's object from parsed JSON; the index is the message's own. The objects are those of `readers.ts`. */
export const FROM_JSON: readonly FromJson[] = [
  (json, $header) => ({ $type: "ArchiveEvent", archiveUuid: fromJson.string(json.archiveUuid), ownerUuid: fromJson.string(json.ownerUuid), status: fromJson.enumName(json.status, 0), archiveUrl: fromJson.string(json.archiveUrl), $header }),
  (json, $header) => ({ $type: "CreateSession", source: fromJson.string(json.source), command: fromJson.string(json.command), replyTo: fromJson.string(json.replyTo), $header }),
  (json, $header) => ({ $type: "DatabaseEvent", type: fromJson.enumName(json.type, 1), objectType: fromJson.string(json.objectType), objectValue: fromJson.string(json.objectValue), $header }),
  (json, $header) => ({ $type: "DeviceEvent", deviceUuid: fromJson.string(json.deviceUuid), type: fromJson.enumName(json.type, 2), deviceName: fromJson.string(json.deviceName), deviceStatus: fromJson.string(json.deviceStatus), $header }),
  (json, $header) => ({ $type: "JoinSessionEvent", sessionUrl: fromJson.string(json.sessionUrl), sessionCreatorName: fromJson.string(json.sessionCreatorName), sessionUuid: fromJson.string(json.sessionUuid), sessionParticipants: fromJson.list(json.sessionParticipants, fromJson.string), sessionUsers: fromJson.list(json.sessionUsers, fromJson.string), sessionDevices: fromJson.list(json.sessionDevices, fromJson.string), joinMsg: fromJson.string(json.joinMsg), sessionParameters: fromJson.string(json.sessionParameters), serviceUuid: fromJson.string(json.serviceUuid), $header }),
  (json, $header) => ({ $type: "JoinSessionReplyEvent", sessionUuid: fromJson.string(json.sessionUuid), userUuid: fromJson.string(json.userUuid), participantUuid: fromJson.string(json.participantUuid), deviceUuid: fromJson.string(json.deviceUuid), joinReply: fromJson.enumName(json.joinReply, 3), replyMsg: fromJson.string(json.replyMsg), $header }),
  (json, $header) => ({ $type: "LeaveSessionEvent", sessionUuid: fromJson.string(json.sessionUuid), serviceUuid: fromJson.string(json.serviceUuid), leavingParticipants: fromJson.list(json.leavingParticipants, fromJson.string), leavingUsers: fromJson.list(json.leavingUsers, fromJson.string), leavingDevices: fromJson.list(json.leavingDevices, fromJson.string), $header }),
  (json, $header) => ({ $type: "LogEvent", level: fromJson.enumName(json.level, 4), timestamp: fromJson.double(json.timestamp), sender: fromJson.string(json.sender), message: fromJson.string(json.message), $header }),
  (json, $header) => ({ $type: "LoginEvent", logHeader: fromJson.message(json.logHeader, 7), loginType: fromJson.enumName(json.loginType, 6), loginStatus: fromJson.enumName(json.loginStatus, 5), clientName: fromJson.string(json.clientName), clientVersion: fromJson.string(json.clientVersion), clientIp: fromJson.string(json.clientIp), osName: fromJson.string(json.osName), osVersion: fromJson.string(json.osVersion), userUuid: fromJson.string(json.userUuid), participantUuid: fromJson.string(json.participantUuid), deviceUuid: fromJson.string(json.deviceUuid), serviceUuid: fromJson.string(json.serviceUuid), serverEndpoint: fromJson.string(json.serverEndpoint), $header }),
  (json, $header) => ({ $type: "ParticipantEvent", participantUuid: fromJson.string(json.participantUuid), type: fromJson.enumName(json.type, 7), participantName: fromJson.string(json.participantName), participantProjectName: fromJson.string(json.participantProjectName), participantSiteName: fromJson.string(json.participantSiteName), $header }),
  (json, $header) => ({ $type: "RPCMessage", method: fromJson.string(json.method), replyTo: fromJson.string(json.replyTo), id: fromJson.uint64(json.id), timestamp: fromJson.double(json.timestamp), args: fromJson.list(json.args, fromJson.message, 21), $header }),
  (json, $header) => ({ $type: "Result", type: fromJson.enumName(json.type, 8), code: fromJson.int64(json.code), message: fromJson.string(json.message), $header }),
  (json, $header) => ({ $type: "ServerCommand", type: fromJson.enumName(json.type, 9), data: fromJson.any(json.data), $header }),
  (json, $header) => ({ $type: "StopSessionEvent", sessionUuid: fromJson.string(json.sessionUuid), serviceUuid: fromJson.string(json.serviceUuid), $header }),
  (json, $header) => ({ $type: "TeraEvent", header: fromJson.message(json.header, 15), events: fromJson.list(json.events, fromJson.any), $header }),
  (json) => ({ version: fromJson.uint32(json.version), time: fromJson.double(json.time), topic: fromJson.string(json.topic) }),
  (json, $header) => ({ $type: "TeraMessage", message: fromJson.any(json.message), $header }),
  (json, $header) => ({ $type: "TeraModuleMessage", head: fromJson.message(json.head, 18), data: fromJson.list(json.data, fromJson.any), $header }),
  (json) => ({ version: fromJson.uint32(json.version), time: fromJson.double(json.time), seq: fromJson.uint32(json.seq), source: fromJson.string(json.source), dest: fromJson.string(json.dest) }),
  (json, $header) => ({ $type: "UserEvent", userUuid: fromJson.string(json.userUuid), type: fromJson.enumName(json.type, 10), userFullname: fromJson.string(json.userFullname), $header }),
  (json, $header) => ({ $type: "UserRegisterToEvent", eventType: fromJson.enumName(json.eventType, 12), action: fromJson.enumName(json.action, 11), $header }),
  (json, $header) => ({ $type: "Value", doubleValue: fromJson.optional(json.doubleValue, fromJson.double), floatValue: fromJson.optional(json.floatValue, fromJson.float), intValue: fromJson.optional(json.intValue, fromJson.int64), uintValue: fromJson.optional(json.uintValue, fromJson.uint64), boolValue: fromJson.optional(json.boolValue, fromJson.bool), bytesValue: fromJson.optional(json.bytesValue, fromJson.bytes), stringValue: fromJson.optional(json.stringValue, fromJson.string), $header }),
];
