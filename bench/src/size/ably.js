// Ably's client: it connects, listens and publishes.

import { Realtime } from "ably";

const client = new Realtime("KEY");
const channel = client.channels.get("devices");
await channel.subscribe((message) => console.log(message.data));
await channel.publish("event", "hello");
