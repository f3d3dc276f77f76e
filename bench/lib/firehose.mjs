// The firehose, crates/gateway/examples/firehose.rs: a gateway and a bare websocket server that send at full rate.

import { mkdir, writeFile } from "node:fs/promises";
import { required } from "../../tests/support/environment.mjs";
import { start } from "../../tests/support/processes.mjs";
import { makeCase } from "./cases.mjs";

const LOGIN = JSON.stringify({ name: "bench", password: "bench" });

/** Frames as the firehose reads them from a file: each behind its length. */
function list(frames) {
  return Buffer.concat(frames.flatMap((frame) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(frame.length);
    return [length, frame];
  }));
}

/** Sends frames of DeviceEvents; ends with the benchmark. */
export class Firehose {
  #send;
  #gateway;
  #bare;

  /** For pages of this origin, with frames of these numbers of events. */
  static async start(origin, sizes) {
    const dir = `${required("TERA_BENCH")}/frames`;
    await mkdir(dir, { recursive: true });
    for (const events of sizes) {
      const { frames } = makeCase("device", undefined, events);
      await writeFile(`${dir}/${events}.binary`, list(frames.map(({ bytes }) => Buffer.from(bytes, "base64"))));
      await writeFile(`${dir}/${events}.text`, list(frames.map(({ json }) => Buffer.from(json))));
    }
    const ready = /^sending from (\S+) (\S+)/;
    const { match, send } = await start(required("TERA_FIREHOSE"), [dir, origin], { ready });
    const firehose = new Firehose();
    [, firehose.#gateway, firehose.#bare] = match;
    firehose.#send = send;
    return firehose;
  }

  /** A URL for one connection to a sender: `gateway`, `binary` or `text`. */
  async url(sender) {
    if (sender !== "gateway") return `${this.#bare}/${sender}`;
    const response = await fetch(`${this.#gateway}/api/login`, { method: "POST", headers: { "content-type": "application/json" }, body: LOGIN });
    return (await response.json()).websocket_url;
  }

  /** Lets a sender send so many frames of so many events to whoever is connected there. */
  order(sender, events, count) {
    this.#send(`${sender} ${events} ${count}`);
  }
}
