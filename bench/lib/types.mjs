// The messages that are measured.

const enumeration = (prefix, ...names) => names.map((name) => `${prefix}_${name}`);

/** Each message's fields by number: `[name, what it is]`, where an array is the names of an enum. */
export const TYPES = {
  DeviceEvent: [
    ["deviceUuid", "string"],
    ["type", enumeration("DEVICE", "UNKNOWN", "CONNECTED", "DISCONNECTED", "DELETED", "ADDED", "JOINED_SESSION", "LEFT_SESSION", "STATUS_CHANGED")],
    ["deviceName", "string"],
    ["deviceStatus", "string"],
  ],
  UserEvent: [
    ["userUuid", "string"],
    ["type", enumeration("USER", "UNKNOWN", "CONNECTED", "DISCONNECTED", "DELETED", "ADDED", "UPDATED", "JOINED_SESSION", "LEFT_SESSION")],
    ["userFullname", "string"],
  ],
  ParticipantEvent: [
    ["participantUuid", "string"],
    ["type", enumeration("PARTICIPANT", "UNKNOWN", "CONNECTED", "DISCONNECTED", "DELETED", "ADDED", "JOINED_SESSION", "LEFT_SESSION")],
    ["participantName", "string"],
    ["participantProjectName", "string"],
    ["participantSiteName", "string"],
  ],
  JoinSessionEvent: [
    ["sessionUrl", "string"],
    ["sessionCreatorName", "string"],
    ["sessionUuid", "string"],
    ["sessionParticipants", "strings"],
    ["sessionUsers", "strings"],
    ["sessionDevices", "strings"],
    ["joinMsg", "string"],
    ["sessionParameters", "string"],
    ["serviceUuid", "string"],
  ],
};
