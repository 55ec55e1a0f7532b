/** `skills/taskmux/SKILL.md`: a skill that agents load when a task needs it. ASCII only, short. */
export const SKILL = `---
name: taskmux
description: Run, check and debug this project's dev servers, watchers, workers and databases with taskmux. Use it to start the app, to see whether an edit works, to find out why a service is down or who holds a port, and to read logs.
---

# taskmux

taskmux.toml lists the project's long-lived processes (tasks). taskmux runs them in tmux; people and other agents see the same tasks. Never start such a process yourself, in the background or otherwise. If the MCP tools of the server taskmux are there, use them; they do the same as the commands.

## The loop

1. \`taskmux status\`: what runs, its health and URL. Read ports and URLs here: they differ in each git worktree.
2. \`taskmux start [TASK...] --wait --timeout 60s\`: start what isn't running, with its dependencies. It returns when they are healthy, or says why not.
3. After an edit: \`taskmux verify [TASK...]\`: healthy, no crash, no new error. Where the task doesn't reload by itself (config, .env, dependencies): \`taskmux verify TASK --restart\`.
4. If it fails: \`taskmux why TASK\` has the cause, the errors with file and line, and the next step.

## More

- Never sleep and poll: \`taskmux wait TASK --timeout 60s\`, or \`--log REGEX --new\` for the next line that matches.
- \`taskmux logs TASK -n 50\`; \`-g TEXT\` filters; \`--run last\`: only the current run; \`--max-bytes 8000\` bounds the answer.
- Only what is new since your last call: \`TASKMUX_READER=NAME taskmux logs --since-last\`.
- A process that is not in taskmux.toml: \`taskmux run NAME --port auto -- COMMAND\`. A migration or console: \`taskmux exec TASK -- COMMAND\`.
- To keep a new task: \`taskmux add NAME "COMMAND" --port 3000\`, then \`taskmux check\`.
- \`taskmux events --task TASK\`: what happened to it, and who gave the order.
- \`--json\` is for scripts. A failing command exits non-zero: 124 is a timeout, 2 a wrong config or command line.

## Don't

- Don't stop tasks unless asked: \`taskmux stop TASK\`.
- Don't use \`start -m\`, \`logs -f\`, \`attach\`, \`watch\`, \`daemon\` without \`--detach\`: they don't return.
- Don't kill what holds a port before \`taskmux why TASK\` has said whose it is.
`;
