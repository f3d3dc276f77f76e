// Who and what is there: one entry per UUID, as the events tell it.

/** As many as are kept; the one that has been silent longest makes room. */
const CAPACITY = 200;

const STATUS = {
  CONNECTED: "online",
  DISCONNECTED: "offline",
  JOINED_SESSION: "in session",
  LEFT_SESSION: "online",
  STATUS_CHANGED: "online",
};

/** Entries by UUID, the most recently heard of last. */
export class Roster {
  #entries = new Map();

  /** Takes in an event's `type` and the rest of what it says about the one it names. */
  update(uuid, type, details) {
    const known = this.#entries.get(uuid);
    this.#entries.delete(uuid);
    const change = String(type).replace(/^[A-Z]+_/, "");
    if (change === "DELETED") return;
    this.#entries.set(uuid, { ...known, ...details, uuid, status: nextStatus(known?.status, change) });
    if (this.#entries.size > CAPACITY) this.#entries.delete(this.#entries.keys().next().value);
  }

  /** All entries by name, so that a row stays where it is when its status changes. */
  sorted() {
    return [...this.#entries.values()].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  }
}

function nextStatus(status, change) {
  // A device in a session goes on reporting its battery.
  if (change === "STATUS_CHANGED" && status === "in session") return status;
  return STATUS[change] ?? status ?? "offline";
}

/** `4 of 6 online` */
export function presence(entries) {
  const there = entries.filter((entry) => entry.status !== "offline").length;
  return `${there} of ${entries.length} online`;
}
