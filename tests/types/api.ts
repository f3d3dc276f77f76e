// What the types must allow and must refuse. A line after `@ts-expect-error` that compiles is an error.

import { connect, type AnyMessage, type Client, type ErrorCode, type MessageInit, type Received, type TypedEvent, TeraError, type DeviceEvent } from "tera-client";

// @ts-expect-error: that is the package's own
export type { ENUM_NAMES } from "tera-client";
// @ts-expect-error: and so is that
export type { ERROR_CODES } from "tera-client";
// @ts-expect-error: and that
export type { TERA_EVENT } from "tera-client";

declare const client: Client;
declare const whole: AnyMessage;

client.on("DeviceEvent", (event) => {
  const uuid: string = event.deviceUuid;
  // @ts-expect-error: there is no such type
  const isThere: boolean = event.type === "DEVICE_CONECTED" || event.type === "DEVICE_CONNECTED";
  const topic: string | undefined = event.$header?.topic;
  return [uuid, isThere, topic] as never;
});

// @ts-expect-error: there is no such event
client.on("DeviceEvents", () => {});

client.on("DeviceEvent", (event) => {
  // @ts-expect-error: there is no such field
  event.deviceUUID;
});

function narrow(event: TypedEvent): string | Uint8Array | bigint {
  switch (event.$type) {
    case "UserEvent":
      return event.userFullname;
    case "Result":
      return event.code;
    case "Unknown":
      return event.value;
    case "JoinSessionEvent":
      return event.sessionUsers.join();
    default:
      return event.$type;
  }
}

client.on("event", (event) => void narrow(event));
client.on("warning", (error) => void (error.code satisfies ErrorCode));
client.on("state", (state) => {
  if (state.name === "disconnected") state.retryIn satisfies number;
  if (state.name === "connected") state.address satisfies string | undefined;
  if (state.name === "connected" && state.mode === "link") state.address satisfies string;
  // @ts-expect-error: only a lost connection is tried again
  if (state.name === "connected") state.retryIn;
});

client.on("gap", (gap) => {
  gap.count satisfies number | undefined;
  if (gap.count !== undefined) (gap.last - gap.first) satisfies number;
});

async function iterate(signal: AbortSignal): Promise<Received<DeviceEvent>[]> {
  const found = [];
  for await (const event of client.events("DeviceEvent", { signal, limit: 10 })) found.push(event);
  return found;
}

async function send(): Promise<void> {
  const answer = await client.request("service.VideoRehabService", {
    $type: "JoinSessionReplyEvent",
    sessionUuid: "e1a2a2e1-a5ff-4660-930c-601f6b1181a5",
    joinReply: "REPLY_ACCEPTED",
  });
  for (const item of answer.data) if (item.$type === "Result") item.code satisfies bigint;

  // @ts-expect-error: REPLY_YES is no reply
  await client.request("service.VideoRehabService", { $type: "JoinSessionReplyEvent", joinReply: "REPLY_YES" });
  // @ts-expect-error: a message says its type
  client.send("module.A", { sessionUuid: "x" });
  client.send("module.A", [{ $type: "Result", code: 1 }, { $type: "Result", code: 2n }]);

  client.send("module.A", { $type: "ServerCommand", data: { $type: "DeviceEvent", deviceUuid: "x" } });
  client.send("module.A", { $type: "ServerCommand", data: undefined });
  client.send("module.A", { $type: "TeraModuleMessage", data: [{ $type: "Result", code: 1 }, whole] });
  client.send("module.A", { $type: "LoginEvent", logHeader: { level: "LOGLEVEL_INFO" } });
  client.send("module.A", { $type: "RPCMessage", args: [{ intValue: 1 }] });
  // @ts-expect-error: a message in a message says its type too
  client.send("module.A", { $type: "ServerCommand", data: { deviceUuid: "x" } });
  // @ts-expect-error: and so does one in a list
  client.send("module.A", { $type: "TeraModuleMessage", data: [{ sessionUuid: "x" }] });
  // @ts-expect-error: a UserEvent has no such field, there either
  client.send("module.A", { $type: "ServerCommand", data: { $type: "UserEvent", deviceUuid: "x" } });
  client.on("event", (event) => void client.publish("room.7", event));
  await client.publish("room.7", whole);

  const sum = await client.call<number>("service.DemoService", "add", [1, 2.5, 3n, "é", true, new Uint8Array(1)], { timeout: 500 });
  sum satisfies number;
  const args = ["scan", 1] as const;
  const messages: readonly MessageInit[] = [{ $type: "Result", code: 1 }];
  const maybe: { timeout: number | undefined; signal: AbortSignal | undefined } = { timeout: undefined, signal: undefined };
  await client.call("service.DemoService", "add", args, maybe);
  await client.request("module.A", messages, maybe);
  await client.notify("module.A", messages, maybe);
  client.send("module.A", messages);
  await client.set("temperature", 21, { ...maybe, expires: undefined });
  client.events("event", { signal: maybe.signal, limit: undefined });
  client.consume("renders", { signal: maybe.signal, prefetch: undefined });
  await client.drain({ timeout: maybe.timeout });
  await connect("ws://localhost", { signal: maybe.signal, transport: undefined, validate: undefined, overflow: undefined, requestTimeout: undefined });
  // @ts-expect-error: a date is no argument
  await client.call("service.DemoService", "add", [new Date()]);
}

function stop(message: MessageInit<"StopSessionEvent">): void {
  message.sessionUuid satisfies string | undefined;
  client.send("service.VideoRehabService", message);
}
stop({ $type: "StopSessionEvent", sessionUuid: "e1a2a2e1-a5ff-4660-930c-601f6b1181a5" });
// @ts-expect-error: that is another message
stop({ $type: "UserEvent" });
// @ts-expect-error: there is no such message
export type Nothing = MessageInit<"StopSession">;

async function open(): Promise<void> {
  await connect(new URL("wss://example.org/wss/user?id=KEY"));
  await connect(async () => new URL("wss://example.org/wss/user?id=KEY"));
  // @ts-expect-error: a number is no URL
  await connect(() => 5);
  using opened = await connect(async () => "wss://example.org/wss/user?id=KEY", { requestTimeout: 500 });
  opened.state.name satisfies string;
  // @ts-expect-error: there is no such option
  await connect("ws://localhost", { timeout: 1 });
}

export const all = [iterate, send, open, new TeraError("timeout", "")];
