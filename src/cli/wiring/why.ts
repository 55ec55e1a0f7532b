import { linkedWorktreeAt } from "../../adapters/config/git-worktree.ts";
import { EventReader } from "../../adapters/events/reader.ts";
import { unusableDirectory } from "../../adapters/launch/working-directory.ts";
import type { WhyDeps } from "../../app/commands/why.ts";

/** Runs `act` with a reader of the events, and the other dependencies of `why`. */
export async function withEvents<T>(act: (deps: WhyDeps) => Promise<T>): Promise<T> {
  const reader = new EventReader();
  try {
    return await act({
      newestEvents: (count, isWanted) => reader.newest(count, isWanted),
      isWorktree: ({ top, gitDirectory }) => linkedWorktreeAt(top)?.gitDirectory === gitDirectory,
      isDirectory: (path) => unusableDirectory(path) === null,
      isExecutable: (path) => Bun.which(path) !== null,
    });
  } finally {
    reader.close();
  }
}
