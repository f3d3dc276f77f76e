// The attempts to connect: each gets a URL and opens a transport, and what that says goes to the link, or waits.

import { split } from "./batch.js";
import { now } from "./clock.js";
import { type TeraError, reasonOf } from "./errors.js";
import { hello, isWelcome } from "./greeting.js";
import { loadText } from "./load.js";
import { Happening, type Link } from "./module.js";
import type { OpenTransport, Transport } from "./transport.js";
import { textOf } from "./url.js";

/** What gives the URL of each attempt. */
export type Provider = () => string | URL | Promise<string | URL>;

type Data = Uint8Array | string;
type Say = (link: Link) => void;

/** What opens transports may have to be loaded. */
export type Opener = () => OpenTransport | Promise<OpenTransport>;

/** Most messages that wait for the module, or for what reads text. */
const MAX_WAITING = 1024;

/** The attempts of one client. */
export class Attempts {
  readonly #url: Provider;
  readonly #open: Opener;
  readonly #link: () => Link | undefined;
  readonly #receive: (link: Link, data: Data) => void;
  readonly #ended: () => void;
  /** What has to wait: for the module, as the first attempt starts while that is being loaded, or for what reads text. */
  #waiting: Say[] | undefined = [];
  /** Whether a gateway was answered before the module was there; that the module answers it too is not sent. */
  #greeted = false;
  #transport: Transport | undefined;
  /** Counts the attempts, so that what a transport that was given up still says is not heard. */
  #count = 0;

  /** `link` is there once the module is; `receive` hands it a message; `ended` hears that a transport is gone. */
  constructor(url: Provider, open: Opener, link: () => Link | undefined, receive: (link: Link, data: Data) => void, ended: () => void) {
    this.#url = url;
    this.#open = open;
    this.#link = link;
    this.#receive = receive;
    this.#ended = ended;
  }

  /** Whether what is said is kept, until {@link resume}. */
  get waits(): boolean {
    return !!this.#waiting;
  }

  /** Whether there is a transport. */
  get isOpen(): boolean {
    return !!this.#transport;
  }

  /** Gets a URL and opens a transport to it. */
  async dial(): Promise<void> {
    const attempt = ++this.#count;
    const isCurrent = () => attempt === this.#count;
    let url: string | undefined;
    try {
      url = textOf(await this.#url());
      if (url === undefined) throw new TypeError("it must give a string or a URL");
    } catch (error) {
      if (isCurrent()) this.#tell((link) => link.dialFailed(now(), (error as TeraError)?.code, `The URL function failed: ${reasonOf(error)}`));
      return;
    }
    const hear = (data: Data) => {
      if (!isCurrent()) return;
      const link = this.#link();
      if (link && !this.#waiting) return this.#receive(link, data);
      if (!link) this.#greet(data);
      // It is loaded beside the module.
      if (typeof data === "string") loadText().catch(() => {});
      this.#tell((link) => isCurrent() && this.#receive(link, data));
    };
    try {
      let open = this.#open();
      if (typeof open !== "function") open = await open;
      if (!isCurrent()) return;
      const transport = open(url, {
        open: () => isCurrent() && this.#tell((link) => link.happened(now(), Happening.Opened)),
        // Bytes are copied by this, an ArrayBuffer is not.
        message: (data) => (typeof data === "string" ? hear(data) : split(new Uint8Array(data), hear)),
        close: (code, reason) => {
          if (!isCurrent()) return;
          this.#transport = undefined;
          this.#tell((link) => isCurrent() && link.socketClosed(now(), code, reason));
          this.#ended();
        },
      });
      // What opened it may have ended the attempt.
      if (isCurrent()) this.#transport = transport;
      else transport.close(1000);
    } catch (error) {
      if (isCurrent()) this.#tell((link) => link.dialFailed(now(), "invalid_argument", `\`${url}\` can't be opened: ${reasonOf(error)}`));
    }
  }

  /** Sends a message, if there is a transport. */
  transmit(frame: Uint8Array): void {
    if (this.#greeted) this.#greeted = false;
    else this.#transport?.send(frame);
  }

  /** Ends the attempt, with all that it has said and that is not heard yet. */
  hangup(code: number): void {
    this.#greeted = false;
    this.#count++;
    this.#waiting = undefined;
    this.#transport?.close(code);
    this.#transport = undefined;
  }

  /** Tells what has waited, as far as nothing of it has to wait again. */
  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const say of waiting) this.#tell(say);
  }

  /** Keeps a text, and all that comes behind it, until there is what reads it. Without that the attempt fails. */
  async wait(data: string): Promise<void> {
    const waiting = (this.#waiting = [(link: Link) => this.#receive(link, data)]);
    const failure = await loadText().then(() => "", reasonOf);
    // The attempt may have been given up meanwhile.
    if (waiting !== this.#waiting) return;
    if (failure) this.#fail(failure);
    else this.resume();
  }

  /** Tells the link, unless that has to wait. */
  #tell(say: Say): void {
    const waiting = this.#waiting;
    const link = this.#link();
    if (!waiting) link && say(link);
    else if (waiting.length < MAX_WAITING) waiting.push(say);
    else this.#fail("too many messages came while a part of the SDK was loaded");
  }

  /** Gives the attempt up. */
  #fail(reason: string): void {
    this.hangup(1000);
    const say = (link: Link) => link.socketClosed(now(), 1006, reason);
    const link = this.#link();
    if (link) say(link);
    else this.#waiting = [say];
  }

  /** Answers a gateway's greeting, before the module is there, by what it always answers in a new client. */
  #greet(data: Data): void {
    if (typeof data === "string" || this.#greeted) return;
    this.#greeted = isWelcome(data);
    if (this.#greeted) this.#transport?.send(hello());
  }
}
