// A page with the packaged SDK.

import { connect } from "tera-client";
import { first, hear, hearFirst } from "./heard.js";

/** Connects; resolves with the moment of the first event. */
globalThis.start = async (url) => {
  globalThis.client = await connect(url);
  client.once("DeviceEvent", hearFirst);
  const moment = await first;
  client.on("DeviceEvent", (event) => hear(event.deviceName.length + event.type.length));
  return moment;
};

globalThis.stop = () => client.close();
