// Watches devices: logs in anew before each attempt to connect, because an OpenTera URL works once.

import { connect, TeraError } from "tera-client";

const client = await connect(async () => {
  const response = await fetch("/api/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "demo", password: "demo" }),
  });
  // This ends the client for good. After any other error the next attempt asks again.
  if (response.status === 401 || response.status === 403) throw new TeraError("unauthorized", "The login was refused.");
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()).websocket_url as string;
});

client.on("state", (state) => console.log(state.name));

for await (const event of client.events("DeviceEvent")) {
  console.log(event.$header?.topic, event.deviceName, event.type, event.deviceStatus);
}
