import { expect, test } from "bun:test";
import { Tmux } from "../../../src/adapters/tmux/tmux.ts";
import { createWorld, type World } from "../../helpers/world.ts";

/** This process's view of a world's server. */
async function tmuxOf(world: World): Promise<Tmux> {
  const format = "#{pid} #{start_time} #{socket_path}";
  const [pid, startTime, socket] = (await world.tmux("display-message", "-p", format)).split(" ");
  return new Tmux({
    directory: world.project,
    recorded: { pid: Number(pid), startTime: startTime!, socket: socket! },
    isLauncher: () => false,
    notice: () => {},
  });
}

const panes = async (world: World): Promise<string[]> =>
  (await world.tmux("list-panes", "-a", "-F", "#{pane_id}")).split("\n");

test("panes are ended though one of them has gone already, wherever it stands among them", async () => {
  await using world = createWorld();
  await world.tmux("new-session", "-d", "-s", "demo", "sleep 1000");
  for (const _ of "12345") await world.tmux("new-window", "-d", "-t", "demo:", "sleep 1000");
  const [stays, ...wanted] = await panes(world);
  await world.tmux("kill-pane", "-t", wanted[1]!);
  expect(await (await tmuxOf(world)).killPanes(wanted)).toBeNull();
  expect(await panes(world)).toEqual([stays!]);
});

test("panes that a silent server may not have ended are a failure", async () => {
  await using world = createWorld();
  await world.tmux("new-session", "-d", "-s", "demo", "sleep 1000");
  const tmux = await tmuxOf(world);
  const wanted = await panes(world);
  const server = Number(await world.tmux("display-message", "-p", "#{pid}"));
  process.kill(server, "SIGSTOP");
  try {
    tmux.answerWithin(300);
    expect(await tmux.killPanes(wanted)).toMatchObject({ code: "E602" });
  } finally {
    process.kill(server, "SIGCONT");
  }
});

test("the next look for a session takes the answer that was asked for ahead, and only that one", async () => {
  await using world = createWorld();
  await world.tmux("new-session", "-d", "-s", "keeper", "sleep 1000");
  await world.tmux("new-session", "-d", "-s", "demo", "sleep 1000");
  const tmux = await tmuxOf(world);
  await tmux.askAhead("keeper", false);
  expect(await tmux.findSession("demo")).toMatchObject({ panes: [{}] });
  await tmux.askAhead("demo", false);
  await world.tmux("kill-session", "-t", "=demo");
  expect(await tmux.findSession("demo")).toMatchObject({ panes: [{}] });
  expect(await tmux.findSession("demo")).toBeNull();
});
