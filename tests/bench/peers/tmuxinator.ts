import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed, step } from "./install.ts";
import type { Peer, PeerTask, Place } from "./peer.ts";

export const tmuxinator: Peer = {
  name: "tmuxinator",
  async install(cache) {
    const program = Bun.which("tmuxinator") ?? (await fromApt(cache));
    const version = (await step([program, "version"], "/")).trim().split(" ").at(-1)!;
    return {
      version,
      files: (tasks, place) => ({
        [join(place.home, ".config/tmuxinator/bench.yml")]: configOf(tasks, place),
      }),
      start: [program, "start", "bench"],
      startThen: "returns",
      stop: [program, "stop", "bench"],
      status: { lacks: "it opens a session, and knows no more of it" },
      tail: { lacks: "it keeps no logs" },
      restarts: { lacks: "it restarts nothing" },
      waitsUntilReady: { lacks: "it has no dependencies" },
      remarks: ["It types each command into a shell, which stays: those shells count as its own."],
    };
  },
};

/** Debian's packages, unpacked and not installed: Ruby is found by what its environment says. */
async function fromApt(cache: string): Promise<string> {
  const directory = await installed(cache, "tmuxinator", async (directory) => {
    await step(["apt-get", "download", ...packages], directory);
    for (const file of new Bun.Glob("*.deb").scanSync({ cwd: directory })) {
      await step(["dpkg", "-x", file, "root"], directory);
      rmSync(join(directory, file));
    }
    writeFileSync(join(directory, "tmuxinator"), launcherOf(join(directory, "root/usr")));
    chmodSync(join(directory, "tmuxinator"), 0o755);
    await step([join(directory, "tmuxinator"), "version"], directory);
  });
  return join(directory, "tmuxinator");
}

const packages = [
  ["tmuxinator", "ruby-erubis", "ruby-thor", "ruby-xdg", "rubygems-integration", "ruby-rubygems"],
  ["ruby3.1", "libruby3.1", "libyaml-0-2"],
].flat();

const launcherOf = (usr: string): string => `#!/bin/sh
usr='${usr}'
for own in "$usr"/lib/*/ruby; do libraries=\${own%/ruby}; done
RUBYLIB=$usr/lib/ruby/vendor_ruby:$usr/lib/ruby/3.1.0
RUBYLIB=$RUBYLIB:$libraries/ruby/3.1.0:$libraries/ruby/vendor_ruby/3.1.0
GEM_PATH=$usr/share/rubygems-integration/all:$usr/lib/ruby/gems/3.1.0
export RUBYLIB GEM_PATH LD_LIBRARY_PATH="$libraries"
exec "$usr/bin/ruby3.1" "$usr/bin/tmuxinator" "$@"
`;

const configOf = (tasks: readonly PeerTask[], { project }: Place): string => {
  const windows = tasks.map(({ name, script }) => `  - ${name}: ${script}\n`);
  return `name: bench\nroot: ${project}\nattach: false\nwindows:\n${windows.join("")}`;
};
