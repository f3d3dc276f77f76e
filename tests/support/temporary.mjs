// Folders that a test writes to.

import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./closing.mjs";

/** A new folder, which is removed when the test ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `tera-${name}-`));
  // A browser that has ended may have processes that still write.
  atEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}
