// Where the things are that a test needs. A missing one is a failure, never a reason to skip.

/** The value of an environment variable that the test can't do without. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`cargo xtask test\` sets it`);
  return value;
}
