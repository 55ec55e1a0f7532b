import { Failure } from "../../domain/failure.ts";

/** The absolute path of a shell, by default bash, else sh; E104 if it is not in PATH. */
export function findShell(shell: string | null, PATH = "/usr/bin:/bin"): string | Failure {
  if (shell === null) return Bun.which("bash", { PATH }) ?? Bun.which("sh", { PATH }) ?? "/bin/sh";
  return Bun.which(shell, { PATH }) ?? new Failure("E104", `The shell '${shell}' is not in PATH`);
}
