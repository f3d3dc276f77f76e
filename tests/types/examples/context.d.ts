// What the examples of the documentation leave out: imports, and names of the application that they are a part of.

import type * as tera from "tera-client";
import type * as messages from "tera-client/signals";
import type * as transports from "tera-client/transports";
import type * as validation from "tera-client/validation";

declare global {
  const connect: typeof tera.connect;
  const TeraError: typeof tera.TeraError;
  const Signals: typeof messages.Signals;
  const SignalMessage: typeof messages.SignalMessage;
  const DataChangeEvent: typeof messages.DataChangeEvent;
  const { inMemory, messagePort, relay, webSocket }: typeof transports;
  const { validate, violations }: typeof validation;
  type OpenTransport = transports.OpenTransport;

  const client: tera.Client;
  const signals: messages.Signals;
  const url: string;
  const signal: AbortSignal;
  const port: MessagePort;
  const sessionUuid: string;
  const day: string;
  const body: string;
  function login(): Promise<string>;
  function show(event: object): void;
  function report(error: unknown): void;
  function render(item: unknown): Promise<void>;
  function retryLater(): void;
  function allowed(url: string): string;
  function getJson(path: string): Promise<User[]>;
  function titlesOf(day: string): string[];
  function useEffect(effect: () => () => void, dependencies: unknown[]): void;

  interface User {
    id: string;
  }
  const user: User;
  class Offer extends messages.SignalMessage<{ price: number }> {}
  class Accepted extends messages.Reply<{ price: number }> {}
  class FindEvents extends messages.SignalMessage<{ day: string }> {}
  class FoundEvents extends messages.Reply<{ titles: string[] }> {}
  class UserRegistered extends messages.SignalEvent<{ userId: string }> {}
  class ThermostatClient {
    constructor(client: tera.Client, key?: string);
    setTarget(request: { room: string; celsius: number }): Promise<unknown>;
    watchTemperature(request: { name: string }): AsyncGenerator<{ celsius: number }>;
  }

  // As in Electron's own types.
  interface MessagePortMain {
    on(event: "close", listener: Function): this;
    on(event: "message", listener: (event: { data: any; ports: MessagePortMain[] }) => void): this;
    postMessage(message: any, transfer?: MessagePortMain[]): void;
    start(): void;
  }
  const ipcMain: { on(channel: string, listener: (event: { ports: MessagePortMain[] }, ...args: any[]) => void): unknown };
  const ipcRenderer: { postMessage(channel: string, message: any, transfer?: MessagePort[]): void };
}
