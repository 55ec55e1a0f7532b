/**
 * Shows a text through $PAGER, as git does: `less` if it isn't set, with the options `FRX` if $LESS isn't. Returns false
 * if nothing was shown: $PAGER is empty or `cat`, or there is no such program.
 */
export async function pageText(text: string): Promise<boolean> {
  const pager = process.env["PAGER"] ?? "less";
  if (["", "cat"].includes(pager.trim()) || process.env["TERM"] === "dumb") return false;
  if (process.env["PAGER"] === undefined && Bun.which("less") === null) return false;
  // C-c is the pager's.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    // A shell, since $PAGER may have arguments. 127: it doesn't find the program.
    const child = Bun.spawn(["/bin/sh", "-c", pager], {
      stdin: new Blob([text]),
      stdout: "inherit",
      stderr: "inherit",
      env: { LESS: "FRX", ...process.env },
    });
    return (await child.exited) !== NOT_FOUND;
  } finally {
    process.off("SIGINT", ignore);
  }
}

const NOT_FOUND = 127;
