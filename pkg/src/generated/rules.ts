// Generated from proto/ by `cargo xtask codegen`. Do not edit.

/** A message's name, then each field that has rules: `!` if it must be set, `#` if it is a UUID, `:jsonName`. */
export const RULES: readonly string[] = [
  "ArchiveEvent !#:archiveUuid #:ownerUuid",
  "DeviceEvent !#:deviceUuid",
  "JoinSessionEvent !#:sessionUuid #:sessionParticipants #:sessionUsers #:sessionDevices #:serviceUuid",
  "JoinSessionReplyEvent !#:sessionUuid #:userUuid #:participantUuid #:deviceUuid",
  "LeaveSessionEvent !#:sessionUuid #:serviceUuid #:leavingParticipants #:leavingUsers #:leavingDevices",
  "LoginEvent #:userUuid #:participantUuid #:deviceUuid #:serviceUuid",
  "ParticipantEvent !#:participantUuid",
  "RPCMessage !:method",
  "StopSessionEvent !#:sessionUuid #:serviceUuid",
  "UserEvent !#:userUuid",
];
