/** Whether a test can have mounts and processes of its own: an ordinary user can't, nor can root in most containers. */
export const hasMounts =
  process.platform === "linux" &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]).success;
