// What the command uses of Node.js.

declare module "node:fs" {
  export function readFileSync(path: string | URL): Uint8Array<ArrayBuffer>;
  export function writeFileSync(path: string, text: string): void;
}

declare module "node:process" {
  export const argv: string[];
  export const stdout: { write(text: string): void };
  export const stderr: { write(text: string): void };
  export function exit(code: number): never;
}
