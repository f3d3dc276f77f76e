// Generated from proto/ by `cargo xtask codegen`. Do not edit.

/** A message of any type, told apart by `$type`. */
export type AnyMessage = MessageMap[keyof MessageMap] | Unknown;

/** A message whose type is not in the catalogue, kept whole. */
export interface Unknown {
  $type: "Unknown";
  /** The type URL as it came. */
  typeUrl: string;
  /** The message's protobuf bytes; empty if it came as JSON. */
  value: Uint8Array;
  /** The message as parsed JSON, if it came so. One that did can't be sent on: only `value` goes out, which is empty. */
  json?: unknown;
}

/** A number stands for a value this version doesn't know. */
export type ArchiveEventStatusType = "STATUS_PENDING" | "STATUS_INPROGRESS" | "STATUS_COMPLETED" | "STATUS_CANCELLED" | "STATUS_DELETED" | number;

/** A number stands for a value this version doesn't know. */
export type DatabaseEventEventType = "DB_UNKNOWN" | "DB_CREATE" | "DB_UPDATE" | "DB_DELETE" | number;

/** A number stands for a value this version doesn't know. */
export type DeviceEventEventType = "DEVICE_UNKNOWN" | "DEVICE_CONNECTED" | "DEVICE_DISCONNECTED" | "DEVICE_DELETED" | "DEVICE_ADDED" | "DEVICE_JOINED_SESSION" | "DEVICE_LEFT_SESSION" | "DEVICE_STATUS_CHANGED" | number;

/** A number stands for a value this version doesn't know. */
export type JoinSessionReplyEventReplyType = "REPLY_UNKNOWN" | "REPLY_ACCEPTED" | "REPLY_DENIED" | "REPLY_BUSY" | "REPLY_TIMEOUT" | number;

/** A number stands for a value this version doesn't know. */
export type LogEventLogLevel = "LOGLEVEL_UNKNOWN" | "LOGLEVEL_FATAL" | "LOGLEVEL_ERROR" | "LOGLEVEL_CRITICAL" | "LOGLEVEL_WARNING" | "LOGLEVEL_INFO" | "LOGLEVEL_DEBUG" | "LOGLEVEL_TRACE" | number;

/** A number stands for a value this version doesn't know. */
export type LoginEventLoginStatus = "LOGIN_STATUS_UNKNOWN" | "LOGIN_STATUS_SUCCESS" | "LOGIN_STATUS_FAILED_WITH_WRONG_PASSWORD" | "LOGIN_STATUS_FAILED_WITH_WRONG_USERNAME" | "LOGIN_STATUS_FAILED_WITH_MAX_ATTEMPTS_REACHED" | "LOGIN_STATUS_FAILED_WITH_ALREADY_LOGGED_IN" | "LOGIN_STATUS_FAILED_WITH_INVALID_TOKEN" | "LOGIN_STATUS_FAILED_WITH_DISABLED_ACCOUNT" | "LOGIN_STATUS_FAILED_WITH_EXPIRED_TOKEN" | number;

/** A number stands for a value this version doesn't know. */
export type LoginEventLoginType = "LOGIN_TYPE_UNKNOWN" | "LOGIN_TYPE_TOKEN" | "LOGIN_TYPE_PASSWORD" | "LOGIN_TYPE_CERTIFICATE" | number;

/** A number stands for a value this version doesn't know. */
export type ParticipantEventEventType = "PARTICIPANT_UNKNOWN" | "PARTICIPANT_CONNECTED" | "PARTICIPANT_DISCONNECTED" | "PARTICIPANT_DELETED" | "PARTICIPANT_ADDED" | "PARTICIPANT_JOINED_SESSION" | "PARTICIPANT_LEFT_SESSION" | number;

/** A number stands for a value this version doesn't know. */
export type ResultResultType = "RESULT_UNKNOWN" | "RESULT_OK" | "RESULT_ERROR" | "RESULT_WARNING" | number;

/** A number stands for a value this version doesn't know. */
export type ServerCommandCommandType = "CMD_UNKNOWN" | "CMD_REGISTER_DEVICE" | "CMD_CLIENT_DISCONNECT" | number;

/** A number stands for a value this version doesn't know. */
export type UserEventEventType = "USER_UNKNOWN" | "USER_CONNECTED" | "USER_DISCONNECTED" | "USER_DELETED" | "USER_ADDED" | "USER_UPDATED" | "USER_JOINED_SESSION" | "USER_LEFT_SESSION" | number;

/** A number stands for a value this version doesn't know. */
export type UserRegisterToEventAction = "ACTION_UNKNOWN" | "ACTION_REGISTER" | "ACTION_UNREGISTER" | number;

/** A number stands for a value this version doesn't know. */
export type UserRegisterToEventEventType = "EVENT_UNKNOWN" | "EVENT_USER_CONNECTED" | "EVENT_USER_DISCONNECTED" | "EVENT_USER_DELETED" | "EVENT_USER_ADDED" | "EVENT_USER_UPDATED" | "EVENT_PARTICIPANT_CONNECTED" | "EVENT_PARTICIPANT_DISCONNECTED" | "EVENT_PARTICIPANT_DELETED" | "EVENT_PARTICIPANT_ADDED" | "EVENT_PARTICIPANT_UPDATED" | "EVENT_DEVICE_CONNECTED" | "EVENT_DEVICE_DISCONNECTED" | "EVENT_DEVICE_DELETED" | "EVENT_DEVICE_ADDED" | "EVENT_DEVICE_UPDATED" | number;

/** An archive of exported data changed its state. */
export interface ArchiveEvent {
  $type: "ArchiveEvent";
  archiveUuid: string;
  /** UUID of whoever asked for the archive. */
  ownerUuid: string;
  status: ArchiveEventStatusType;
  /** Where to fetch the archive once it is completed. */
  archiveUrl: string;
}

/** Asks a service to create a session. */
export interface CreateSession {
  $type: "CreateSession";
  /** Who asks. */
  source: string;
  /** What to create, in the service's own words. */
  command: string;
  /** The topic that the answer goes to. */
  replyTo: string;
}

/** A database object was created, updated or deleted. */
export interface DatabaseEvent {
  $type: "DatabaseEvent";
  type: DatabaseEventEventType;
  /** Name of the object's model. */
  objectType: string;
  /** The object as JSON text. */
  objectValue: string;
}

/** A device's state or status changed. */
export interface DeviceEvent {
  $type: "DeviceEvent";
  deviceUuid: string;
  type: DeviceEventEventType;
  /** Name for people to read. */
  deviceName: string;
  /** JSON text that the device chose, such as its battery level; empty if it said nothing. */
  deviceStatus: string;
}

/** Invites users, participants and devices to a session. */
export interface JoinSessionEvent {
  $type: "JoinSessionEvent";
  /** Where the session takes place. */
  sessionUrl: string;
  /** Name of whoever invites, for people to read. */
  sessionCreatorName: string;
  sessionUuid: string;
  /** UUIDs of the participants invited. */
  sessionParticipants: string[];
  /** UUIDs of the users invited. */
  sessionUsers: string[];
  /** UUIDs of the devices invited. */
  sessionDevices: string[];
  /** Words shown with the invitation. */
  joinMsg: string;
  /** JSON text whose meaning the service defines. */
  sessionParameters: string;
  /** The service that runs the session. */
  serviceUuid: string;
}

/** Answers an invitation. Exactly one of the three sender UUIDs is set. */
export interface JoinSessionReplyEvent {
  $type: "JoinSessionReplyEvent";
  sessionUuid: string;
  userUuid: string;
  participantUuid: string;
  deviceUuid: string;
  joinReply: JoinSessionReplyEventReplyType;
  /** Words that go with the answer. */
  replyMsg: string;
}

/** The named ones left a session; for one of them, the request to leave it now. */
export interface LeaveSessionEvent {
  $type: "LeaveSessionEvent";
  sessionUuid: string;
  serviceUuid: string;
  /** UUIDs of the participants that leave. */
  leavingParticipants: string[];
  /** UUIDs of the users that leave. */
  leavingUsers: string[];
  /** UUIDs of the devices that leave. */
  leavingDevices: string[];
}

/** An entry for the log archive. */
export interface LogEvent {
  $type: "LogEvent";
  level: LogEventLogLevel;
  /** When it was logged, in Unix seconds. */
  timestamp: number;
  /** The module or service that logs. */
  sender: string;
  message: string;
}

/** A login, successful or not, for the log archive. */
export interface LoginEvent {
  $type: "LoginEvent";
  logHeader: LogEvent | undefined;
  loginType: LoginEventLoginType;
  loginStatus: LoginEventLoginStatus;
  /** Name of the program that logged in. */
  clientName: string;
  clientVersion: string;
  clientIp: string;
  osName: string;
  osVersion: string;
  /** At most one of the four UUIDs is set: that of whoever logged in. */
  userUuid: string;
  participantUuid: string;
  deviceUuid: string;
  serviceUuid: string;
  /** The endpoint that was asked. */
  serverEndpoint: string;
}

/** A participant's state changed. */
export interface ParticipantEvent {
  $type: "ParticipantEvent";
  participantUuid: string;
  type: ParticipantEventEventType;
  /** Name for people to read. */
  participantName: string;
  /** Name of the project that the participant belongs to. */
  participantProjectName: string;
  /** Name of the site that the project belongs to. */
  participantSiteName: string;
}

/** A call of one procedure. The reply is JSON text, published on `reply_to`. */
export interface RPCMessage {
  $type: "RPCMessage";
  method: string;
  /** The channel that the caller listens on for the reply. */
  replyTo: string;
  /** Number given by the caller; the reply repeats it. */
  id: bigint;
  /** When the call was made, in Unix seconds. */
  timestamp: number;
  /** The arguments, by position. */
  args: Value[];
}

/** The outcome of something asked earlier. */
export interface Result {
  $type: "Result";
  type: ResultResultType;
  code: bigint;
  message: string;
}

/** The server tells a client to do something. */
export interface ServerCommand {
  $type: "ServerCommand";
  type: ServerCommandCommandType;
  /** What the command works on. */
  data: AnyMessage | undefined;
}

/** A session ended. */
export interface StopSessionEvent {
  $type: "StopSessionEvent";
  sessionUuid: string;
  serviceUuid: string;
}

/** One or several events, published together on one topic. */
export interface TeraEvent {
  $type: "TeraEvent";
  /** Absent in events that never went through a bus. */
  header: TeraEventHeader | undefined;
  /** The events, of one type or of several. */
  events: AnyMessage[];
}

export interface TeraEventHeader {
  /** Version of the event format; 1 today. */
  version: number;
  /** When the event was made, in Unix seconds. */
  time: number;
  /** The topic that the event was published on. */
  topic: string;
}

/** What one websocket message holds: exactly one message of any type. */
export interface TeraMessage {
  $type: "TeraMessage";
  message: AnyMessage | undefined;
}

/** One or several messages addressed to a module or a service, or its answer. */
export interface TeraModuleMessage {
  $type: "TeraModuleMessage";
  head: TeraModuleMessageHeader | undefined;
  /** The messages, of one type or of several. */
  data: AnyMessage[];
}

export interface TeraModuleMessageHeader {
  /** Version of the message format; 1 today. */
  version: number;
  /** When the message was made, in Unix seconds. */
  time: number;
  /** Number given by the sender; an answer repeats it. */
  seq: number;
  /** Who sends. Set by the server from the authenticated session. */
  source: string;
  /** The topic of the receiver. */
  dest: string;
}

/** A user's state changed. */
export interface UserEvent {
  $type: "UserEvent";
  userUuid: string;
  type: UserEventEventType;
  /** First and last name for people to read. */
  userFullname: string;
}

/** A user asks to be told of a kind of event, or no longer. */
export interface UserRegisterToEvent {
  $type: "UserRegisterToEvent";
  eventType: UserRegisterToEventEventType;
  action: UserRegisterToEventAction;
}

/** One argument of a call. */
export interface Value {
  $type: "Value";
  doubleValue: number | undefined;
  floatValue: number | undefined;
  intValue: bigint | undefined;
  uintValue: bigint | undefined;
  boolValue: boolean | undefined;
  bytesValue: Uint8Array | undefined;
  stringValue: string | undefined;
}

/** Every message of the catalogue by its name. */
export interface MessageMap {
  ArchiveEvent: ArchiveEvent;
  CreateSession: CreateSession;
  DatabaseEvent: DatabaseEvent;
  DeviceEvent: DeviceEvent;
  JoinSessionEvent: JoinSessionEvent;
  JoinSessionReplyEvent: JoinSessionReplyEvent;
  LeaveSessionEvent: LeaveSessionEvent;
  LogEvent: LogEvent;
  LoginEvent: LoginEvent;
  ParticipantEvent: ParticipantEvent;
  RPCMessage: RPCMessage;
  Result: Result;
  ServerCommand: ServerCommand;
  StopSessionEvent: StopSessionEvent;
  TeraEvent: TeraEvent;
  TeraMessage: TeraMessage;
  TeraModuleMessage: TeraModuleMessage;
  UserEvent: UserEvent;
  UserRegisterToEvent: UserRegisterToEvent;
  Value: Value;
}

/** Stable code of an error: what `TeraError.code` holds. */
export type ErrorCode =
  /** The other side named no code, or one this version doesn't know. */
  | "unknown"
  /** No answer came within the time given. */
  | "timeout"
  /** The caller's AbortSignal fired. */
  | "aborted"
  /** The client was closed. */
  | "closed"
  /** The connection was lost while this was under way, or there is none. */
  | "disconnected"
  /** This server can't do that: plain OpenTera servers only send. */
  | "unsupported"
  /** The caller gave something that can't be used. */
  | "invalid_argument"
  /** The other side sent bytes or text that can't be decoded. */
  | "invalid_message"
  /** The identity that is logged in may not do that. */
  | "forbidden"
  /** The procedure called answered with an error. */
  | "remote_error"
  /** Nobody listens at that address. */
  | "unreachable"
  /** The message is larger than a limit. */
  | "too_large"
  /** More messages per second than the gateway takes. */
  | "rate_limited"
  /** The gateway has lost its message bus, and what was asked for was not done. */
  | "unavailable"
  /** A bounded queue is full. */
  | "queue_full"
  /** The connection could not be opened. */
  | "connect_failed"
  /** The server logged this client out. */
  | "logged_out"
  /** The other side broke the protocol. */
  | "protocol_violation"
  /** A part of the SDK could not be loaded. */
  | "not_loaded"
  /** It may or may not have been carried out: the gateway forgot the session, its answer was lost, or the message bus was lost while it had it. Ask what became of it before doing it again. */
  | "uncertain"
  /** The login was refused or has run out. Log in again before connecting. */
  | "unauthorized";

/** @internal The codes by the number they have on the wire. */
export const ERROR_CODES: readonly ErrorCode[] = [
  "unknown",
  "timeout",
  "aborted",
  "closed",
  "disconnected",
  "unsupported",
  "invalid_argument",
  "invalid_message",
  "forbidden",
  "remote_error",
  "unreachable",
  "too_large",
  "rate_limited",
  "unavailable",
  "queue_full",
  "connect_failed",
  "logged_out",
  "protocol_violation",
  "not_loaded",
  "uncertain",
  "unauthorized",
];

/** @internal Names of the types of enums, by index. */
export const ENUM_NAMES: readonly string[] = [
  "ArchiveEventStatusType",
  "DatabaseEventEventType",
  "DeviceEventEventType",
  "JoinSessionReplyEventReplyType",
  "LogEventLogLevel",
  "LoginEventLoginStatus",
  "LoginEventLoginType",
  "ParticipantEventEventType",
  "ResultResultType",
  "ServerCommandCommandType",
  "UserEventEventType",
  "UserRegisterToEventAction",
  "UserRegisterToEventEventType",
];

/** @internal Index of `TeraEvent`. */
export const TERA_EVENT = 14;
/** @internal Index of `TeraEvent.Header`. */
export const TERA_EVENT_HEADER = 15;
