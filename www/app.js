// The demo page: each part takes in the events that concern it and draws once a frame.

import * as call from "./call.js";
import * as connection from "./connection.js";
import * as devices from "./devices.js";
import * as invitation from "./invitation.js";
import * as people from "./people.js";
import * as queues from "./queues.js";
import * as rate from "./rate.js";
import * as signals from "./signals.js";
import * as stream from "./stream.js";
import * as tabs from "./tabs.js";
import * as theme from "./theme.js";
import * as warnings from "./warnings.js";

let drawing = false;

/** Draws before the next frame, however many events arrive until then. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    devices.render();
    people.render();
    stream.render();
  });
}

function subscribe(client) {
  client.on("DeviceEvent", devices.update);
  client.on("UserEvent", people.updateUser);
  client.on("ParticipantEvent", people.updateParticipant);
  client.on("JoinSessionEvent", invitation.update);
  client.on("StopSessionEvent", invitation.stop);
  client.on("warning", warnings.update);
  client.on("event", (event) => {
    rate.update();
    stream.update(event);
    draw();
  });
  queues.follow(client);
  signals.follow(client);
}

theme.start();
rate.start();
stream.start();
tabs.start("tabs");
queues.start(connection.live);
signals.start(connection.live);
call.start(connection.live);
invitation.start(connection.session);
draw();
await connection.start(subscribe);
