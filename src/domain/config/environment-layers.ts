import type { Config, Task } from "./config.ts";

/** What one part of a config adds to an environment, on top of the parts before it; a file is a path, or facts about it. */
export type Layer<F = string> = { files: F[] } | { variables: Record<string, string> };

/**
 * What a config adds to a task's environment, in a canonical form: a variable that a later layer certainly sets is left out,
 * empty layers are left out, and adjacent layers of one kind are merged.
 */
export function environmentLayers(config: Pick<Config, "env" | "env_file">, task: Task): Layer[] {
  const hidden = new Set(Object.keys(task.env));
  const top = Object.entries(config.env).filter(([name]) => !hidden.has(name));
  const layers: Layer[] = [
    { files: config.env_file },
    { variables: Object.fromEntries(top) },
    { files: task.env_file },
    { variables: task.env },
  ];
  return layers.filter((layer) => !isEmpty(layer)).reduce<Layer[]>(joined, []);
}

const isEmpty = (layer: Layer): boolean =>
  ("files" in layer ? layer.files : Object.keys(layer.variables)).length === 0;

function joined(layers: Layer[], next: Layer): Layer[] {
  const last = layers.at(-1);
  const before = layers.slice(0, -1);
  if (last && "files" in last && "files" in next) {
    return [...before, { files: [...last.files, ...next.files] }];
  }
  if (last && "variables" in last && "variables" in next) {
    return [...before, { variables: { ...last.variables, ...next.variables } }];
  }
  return [...layers, next];
}
