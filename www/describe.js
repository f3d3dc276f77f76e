// What an event says, in a few words.

const SUBJECTS = {
  DeviceEvent: (event) => event.deviceName || event.deviceUuid,
  UserEvent: (event) => event.userFullname || event.userUuid,
  ParticipantEvent: (event) => event.participantName || event.participantUuid,
  JoinSessionEvent: (event) => event.sessionCreatorName || event.sessionUuid,
  JoinSessionReplyEvent: (event) => event.userUuid || event.participantUuid || event.deviceUuid,
  LogEvent: (event) => event.sender,
  DatabaseEvent: (event) => event.objectType,
  Unknown: (event) => event.typeUrl,
};

const ACTIONS = {
  JoinSessionEvent: () => "invites to a session",
  JoinSessionReplyEvent: (event) => words(event.joinReply),
  LeaveSessionEvent: () => "left the session",
  StopSessionEvent: () => "the session ended",
  LogEvent: (event) => event.message,
  Unknown: (event) => `${event.value.length} bytes of a type that is not in the catalogue`,
};

const FAMILIES = { DeviceEvent: "device", UserEvent: "person", ParticipantEvent: "person", Unknown: "unknown" };

/** Whom an event is about; empty if it doesn't say. */
export function subject(event) {
  return SUBJECTS[event.$type]?.(event) ?? "";
}

/** What happened: `status changed`. */
export function action(event) {
  return ACTIONS[event.$type]?.(event) ?? words(event.type ?? "");
}

/** The event's family, which decides the colour of its label. */
export function family(event) {
  return FAMILIES[event.$type] ?? (event.$type.includes("Session") ? "session" : "other");
}

/** `DEVICE_STATUS_CHANGED` is `status changed`; a number that has no name stays one. */
function words(name) {
  if (typeof name === "number") return `type ${name}`;
  return name.replace(/^[A-Z]+_/, "").replaceAll("_", " ").toLowerCase();
}
