// Folders that a test writes to.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./closing.mjs";

/** A new folder, which is removed when the test ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `tera-${name}-`));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
