// A small application: it connects, listens, asks and calls.

import { connect } from "tera-client";

const client = await connect("wss://example.org/wss/user?id=KEY");
client.on("DeviceEvent", (event) => console.log(event.deviceName, event.type));
const answer = await client.request("service.Example", { $type: "JoinSessionReplyEvent", joinReply: "REPLY_ACCEPTED" });
console.log(answer.data, await client.call("module.TeraServer.UserManagerModule", "online_users"));
