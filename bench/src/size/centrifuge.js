// centrifuge-js with its protobuf protocol: it connects, listens and calls.

import { Centrifuge } from "centrifuge/build/protobuf";

const client = new Centrifuge("wss://example.org/connection/websocket?format=cf_protobuf");
const events = client.newSubscription("devices");
events.on("publication", ({ data }) => console.log(data));
events.subscribe();
client.connect();
console.log(await client.rpc("online_users", new Uint8Array()));
