// An invitation to a session, and the answer to it.

import { byId, element, isPaused, milliseconds, pause } from "./dom.js";
import { problem } from "./warnings.js";

/** Who takes the answers. */
const DESTINATION = "module.TeraServer.UserManagerModule";
const UUID_FIELDS = { user: "userUuid", participant: "participantUuid", device: "deviceUuid" };

let current;

/** Connects the buttons; `session` gives the client and who is logged in. */
export function start(session) {
  byId("accept").addEventListener("click", () => answer(session(), "REPLY_ACCEPTED"));
  byId("decline").addEventListener("click", () => answer(session(), "REPLY_DENIED"));
  showNone("Nobody is inviting you");
}

/** Shows the invitation in a JoinSessionEvent. */
export function update(event) {
  current = event;
  byId("invitation-age").textContent = new Date().toLocaleTimeString([], { timeStyle: "short" });
  byId("invitation").replaceChildren(
    element("h3", "", event.sessionCreatorName || "Somebody"),
    element("p", "message", event.joinMsg || "invites you to a session"),
    element("p", "muted", guests(event)),
  );
  byId("invitation-answer").hidden = false;
  byId("invitation-result").textContent = "";
  pauseBoth(false);
}

/** Takes the invitation away when a StopSessionEvent ends its session. */
export function stop(event) {
  if (event.sessionUuid !== current?.sessionUuid) return;
  current = undefined;
  showNone("That session has ended");
}

function showNone(text) {
  byId("invitation").replaceChildren(element("p", "empty", text));
  byId("invitation-age").textContent = "";
  byId("invitation-answer").hidden = true;
}

function guests(event) {
  const count = event.sessionUsers.length + event.sessionParticipants.length + event.sessionDevices.length;
  return count === 1 ? "One guest" : `${count} guests`;
}

async function answer({ client, identity }, joinReply) {
  if (!client || !identity || !current || isPaused(byId("accept"))) return;
  const invitation = current;
  pauseBoth(true);
  const started = performance.now();
  try {
    const reply = await client.request(DESTINATION, {
      $type: "JoinSessionReplyEvent",
      sessionUuid: invitation.sessionUuid,
      [UUID_FIELDS[identity.kind]]: identity.uuid,
      joinReply,
    });
    const took = milliseconds(performance.now() - started);
    showResult(joinReply, reply.data.find((message) => message.$type === "Result"), took);
    if (current === invitation) byId("invitation-answer").hidden = true;
  } catch (error) {
    byId("invitation-result").replaceChildren(problem(error));
    pauseBoth(false);
  }
}

function showResult(joinReply, result, took) {
  const said = joinReply === "REPLY_ACCEPTED" ? "Accepted" : "Declined";
  const outcome = element("span", "", `${said} · ${result?.type ?? "an answer without a Result"} · ${took}`);
  byId("invitation-result").replaceChildren(outcome, element("span", "muted", result?.message ?? ""));
}

function pauseBoth(isBusy) {
  pause(byId("accept"), isBusy);
  pause(byId("decline"), isBusy);
}
