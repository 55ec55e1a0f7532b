import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** As setsid(1) of util-linux: a process that leads its group makes a child, which leads the new session. */
const SCRIPT = `#!/usr/bin/perl
use POSIX ();
if (getpgrp() == $$) {
  my $child = fork;
  exit 0 if $child;
}
POSIX::setsid();
exec { $ARGV[0] } @ARGV or exit 127;
`;

/** Makes the program `setsid`, which macOS lacks, in a directory of `root`; returns that. */
export function makeSetsid(root: string): string {
  const directory = join(root, "bin");
  mkdirSync(directory);
  writeFileSync(join(directory, "setsid"), SCRIPT, { mode: 0o755 });
  return directory;
}
