// Users and participants.

import { byId, dot, element } from "./dom.js";
import { Roster, presence } from "./roster.js";

/** The number of tints that the style sheet has for initials. */
const TINTS = 5;

const roster = new Roster();

/** Takes in a UserEvent. */
export function updateUser(event) {
  roster.update(event.userUuid, event.type, { name: event.userFullname || event.userUuid, role: "User" });
}

/** Takes in a ParticipantEvent. */
export function updateParticipant(event) {
  const role = event.participantProjectName || "Participant";
  roster.update(event.participantUuid, event.type, { name: event.participantName || event.participantUuid, role });
}

/** Shows the people as they are now. */
export function render() {
  const people = roster.sorted();
  byId("people-count").textContent = people.length ? presence(people) : "";
  byId("people").replaceChildren(...(people.length ? people.map(row) : [element("li", "empty", "Nobody yet")]));
}

function row({ uuid, name, role, status }) {
  const initials = element("span", "initials", initialsOf(name));
  initials.setAttribute("aria-hidden", "true");
  initials.dataset.tint = Number.parseInt(uuid.slice(-4), 16) % TINTS || 0;
  const made = element(
    "li",
    "person",
    initials,
    element("div", "who", element("h3", "", name), element("p", "muted", role)),
    element("p", "status", dot(status), status),
  );
  made.dataset.status = status;
  return made;
}

/** The first letters or digits of the first and the last word: `Participant #2` is `P2`. */
function initialsOf(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? ["#"];
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked.map((word) => [...word][0].toLocaleUpperCase()).join("");
}
