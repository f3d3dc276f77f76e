// A service on the real Redis: publishes numbered events and counts how often each call is carried out.

import { createClient } from "@redis/client";
import { atEnd } from "../support/closing.mjs";
import { any, field, fields, message } from "../support/protobuf.mjs";

/** Whom the clients call. */
export const SERVICE = "service.FaultService";

/** Events that are on their way to Redis at once. */
const AT_ONCE = 1000;

export class FaultService {
  /** How often each call was carried out, by its number. */
  executions = new Map();
  /** Whether it carries calls out and says nothing. */
  isSilent = false;
  /** How many events were published, by topic. */
  published = new Map();
  #publisher;

  static async start(url) {
    const service = new FaultService();
    service.#publisher = await open(url);
    const subscriber = await open(url);
    await subscriber.subscribe(`${SERVICE}.rpc`, (bytes) => service.#carryOut(bytes), true);
    return service;
  }

  /** Publishes the next events of a topic, in one frame each; a `DeviceEvent` carries its number as its name. */
  async publish(topic, count) {
    const first = (this.published.get(topic) ?? 0) + 1;
    this.published.set(topic, first + count - 1);
    // The Redis client gives up commands that wait for long, so that not too many may.
    for (let from = 0; from < count; from += AT_ONCE) {
      const frames = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => teraEvent(topic, first + from + index));
      await Promise.all(frames.map((frame) => this.#publisher.publish(topic, frame)));
    }
  }

  async #carryOut(bytes) {
    const { 1: [method], 2: [replyTo], 3: [id], 5: [argument] } = fields(bytes);
    const number = Number(fields(argument)[3][0]);
    this.executions.set(number, (this.executions.get(number) ?? 0) + 1);
    if (this.isSilent) return;
    const reply = { method: String(method), id: Number(id), pattern: String(replyTo), status: "OK", return_value: number };
    await this.#publisher.publish(String(replyTo), JSON.stringify(reply));
  }
}

async function open(url) {
  const client = createClient({ url });
  client.on("error", () => {});
  await client.connect();
  atEnd(() => client.destroy());
  return client;
}

function teraEvent(topic, number) {
  const event = any("DeviceEvent", message([1, "d"], [2, 7], [3, String(number)]));
  return Buffer.concat([field(1, message([1, 1], [3, topic])), field(2, event)]);
}
