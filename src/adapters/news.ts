import { watch } from "node:fs";
import { makePrivateDirectory } from "./paths.ts";

/** Tells which task's launcher has left a notice, 0.2 ms after it did; call what is returned to end it. */
export function watchNews(directory: string, onNews: (task: string) => void): () => void {
  makePrivateDirectory(directory);
  const watcher = watch(directory, (_event, name) => {
    if (name !== null) onNews(name);
  });
  // Someone removed the directory: the sweep finds what no notice tells.
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}
