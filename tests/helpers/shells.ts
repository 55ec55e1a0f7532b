/** The command lines of the installed shells that a system may have as `/bin/sh`. macOS's is a bash 3.2. */
export const posixShells = [
  "dash",
  "bash --posix",
  "busybox sh",
  "mksh -o posix",
  "yash -o posixlycorrect",
  "zsh --emulate sh",
  "ksh93 -o posix",
].filter((shell) => Bun.which(shell.split(" ")[0] ?? "") !== null);
