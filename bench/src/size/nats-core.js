// nats-core over its websocket: it connects, listens and asks.

import { wsconnect } from "@nats-io/nats-core";

const client = await wsconnect({ servers: "wss://example.org" });
client.subscribe("devices", { callback: (_error, message) => console.log(message.data) });
console.log(await client.request("online_users"));
