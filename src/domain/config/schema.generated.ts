// Generated from config.ts by `bun scripts/generate.ts`. Don't edit.

import type { Shape } from "../values/shape.ts";

export const configShape: Shape = {
  additionalProperties: false,
  type: "object",
  properties: {
    name: {
      description: "tmux session name",
      pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$",
      type: "string",
      default: "taskmux",
    },
    auto_start: {
      description: "false creates the session but launches nothing",
      type: "boolean",
      default: true,
    },
    hooks: {
      additionalProperties: false,
      description: "commands that run around start and stop",
      type: "object",
      properties: {
        before_start: {
          description: "shell command that runs before a start; if it fails, nothing is started",
          pattern: "^\\s*[^\\0\\s][^\\0]*$",
          type: "string",
        },
        after_start: {
          description: "shell command that runs after a start",
          pattern: "^\\s*[^\\0\\s][^\\0]*$",
          type: "string",
        },
        before_stop: {
          description: "shell command that runs before a stop; if it fails, nothing is stopped",
          pattern: "^\\s*[^\\0\\s][^\\0]*$",
          type: "string",
        },
        after_stop: {
          description: "shell command that runs after a stop",
          pattern: "^\\s*[^\\0\\s][^\\0]*$",
          type: "string",
        },
      },
    },
    env: {
      description: "environment for all tasks",
      additionalProperties: false,
      type: "object",
      patternProperties: { "^[^=\\0]+$": { pattern: "^[^\\0]*$", type: "string" } },
      default: {},
    },
    env_file: {
      description: "dotenv file(s) for all tasks; one whose name ends in ? may be missing",
      anyOf: [
        { description: "a file", pattern: "^\\s*[^\\0\\s][^\\0]*$", type: "string" },
        {
          type: "array",
          items: { description: "a file", pattern: "^\\s*[^\\0\\s][^\\0]*$", type: "string" },
        },
      ],
    },
    shell: {
      description: "shell for all tasks (default: bash, else sh)",
      pattern: "^\\s*[^\\0\\s][^\\0]*$",
      type: "string",
    },
    worktrees: {
      description: "each linked git worktree has a session of its own",
      type: "boolean",
      default: true,
    },
    tasks: {
      additionalProperties: false,
      description: "the tasks, by name",
      type: "object",
      patternProperties: {
        "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$": {
          anyOf: [
            {
              description: "shell command to run",
              pattern: "^\\s*[^\\0\\s][^\\0]*$",
              type: "string",
            },
            {
              additionalProperties: false,
              type: "object",
              required: ["command"],
              properties: {
                command: {
                  description: "shell command to run",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                auto_start: {
                  description: "include in `taskmux start`",
                  type: "boolean",
                  default: true,
                },
                profiles: {
                  description: "only with `--profile` of one of these, or by name",
                  type: "array",
                  items: {
                    description: "a profile's name",
                    pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$",
                    type: "string",
                  },
                  default: [],
                },
                cwd: {
                  description: "working directory, relative to the config file's directory",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                port: {
                  description:
                    'port of its server, which it gets as PORT; "3000+" or "auto" is chosen at a start',
                  anyOf: [
                    { description: "a port", minimum: 1, maximum: 65535, type: "integer" },
                    { pattern: "^(auto|[0-9]{1,5}\\+)$", type: "string" },
                  ],
                },
                url: {
                  description: "where it can be reached (default: http://localhost:${port}/)",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                health_check: {
                  description: "shell command (exit 0 = healthy)",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                health_interval: {
                  description: "seconds between health checks",
                  exclusiveMinimum: 0,
                  maximum: 1000000,
                  type: "number",
                  default: 10,
                },
                health_timeout: {
                  description: "seconds before a health check times out",
                  exclusiveMinimum: 0,
                  maximum: 1000000,
                  type: "number",
                  default: 5,
                },
                health_retries: {
                  description: "failures in a row before a restart",
                  minimum: 1,
                  maximum: 1000000,
                  type: "integer",
                  default: 3,
                },
                health_start_period: {
                  description:
                    "seconds after a launch in which failures don't count, until a check passes",
                  minimum: 0,
                  maximum: 1000000,
                  type: "number",
                  default: 0,
                },
                stop_grace_period: {
                  description: "seconds after C-c before SIGTERM",
                  minimum: 0,
                  maximum: 1000000,
                  type: "number",
                  default: 5,
                },
                restart_policy: {
                  description: "when a monitor restarts the task",
                  anyOf: [
                    { const: "no", type: "string" },
                    { const: "on-failure", type: "string" },
                    { const: "always", type: "string" },
                  ],
                  default: "on-failure",
                },
                max_restarts: {
                  description: "restarts before giving up, 0: no limit (resets after 60 s healthy)",
                  minimum: 0,
                  maximum: 1000000,
                  type: "integer",
                  default: 5,
                },
                restart_backoff: {
                  description: "base of the exponential backoff between restarts (at most 60 s)",
                  minimum: 0,
                  maximum: 1000000,
                  type: "number",
                  default: 2,
                },
                max_memory: {
                  description:
                    'memory of all its processes above which a monitor restarts it, like "1GB"',
                  anyOf: [
                    {
                      pattern: "^\\s*\\d+(\\.\\d+)?\\s*([KkMmGgTt]?[Ii]?[Bb]?)\\s*$",
                      type: "string",
                    },
                    { minimum: 1, maximum: 9007199254740991, type: "integer" },
                  ],
                },
                log_file: {
                  description: "log path (default: ~/.taskmux/logs/{session}/{task}.log)",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                log_max_size: {
                  description: 'size at which the log is rotated, like "10MB" or a number of bytes',
                  anyOf: [
                    {
                      pattern: "^\\s*\\d+(\\.\\d+)?\\s*([KkMmGgTt]?[Ii]?[Bb]?)\\s*$",
                      type: "string",
                    },
                    { minimum: 1, maximum: 9007199254740991, type: "integer" },
                  ],
                  default: "10MB",
                },
                log_max_files: {
                  description: "rotated files to keep",
                  minimum: 0,
                  maximum: 1000,
                  type: "integer",
                  default: 3,
                },
                depends_on: {
                  description: "tasks that must be healthy first",
                  type: "array",
                  items: {
                    description: "a task's name",
                    pattern: "^\\s*[^\\0\\s][^\\0]*$",
                    type: "string",
                  },
                  default: [],
                },
                restart_with_dependencies: {
                  description: "restart the task after a dependency was restarted",
                  type: "boolean",
                  default: false,
                },
                hooks: {
                  additionalProperties: false,
                  description: "commands that run around start and stop",
                  type: "object",
                  properties: {
                    before_start: {
                      description:
                        "shell command that runs before a start; if it fails, nothing is started",
                      pattern: "^\\s*[^\\0\\s][^\\0]*$",
                      type: "string",
                    },
                    after_start: {
                      description: "shell command that runs after a start",
                      pattern: "^\\s*[^\\0\\s][^\\0]*$",
                      type: "string",
                    },
                    before_stop: {
                      description:
                        "shell command that runs before a stop; if it fails, nothing is stopped",
                      pattern: "^\\s*[^\\0\\s][^\\0]*$",
                      type: "string",
                    },
                    after_stop: {
                      description: "shell command that runs after a stop",
                      pattern: "^\\s*[^\\0\\s][^\\0]*$",
                      type: "string",
                    },
                  },
                },
                env: {
                  description: "environment for the task; wins over the top level's",
                  additionalProperties: false,
                  type: "object",
                  patternProperties: { "^[^=\\0]+$": { pattern: "^[^\\0]*$", type: "string" } },
                  default: {},
                },
                env_file: {
                  description: "dotenv file(s); one whose name ends in ? may be missing",
                  anyOf: [
                    { description: "a file", pattern: "^\\s*[^\\0\\s][^\\0]*$", type: "string" },
                    {
                      type: "array",
                      items: {
                        description: "a file",
                        pattern: "^\\s*[^\\0\\s][^\\0]*$",
                        type: "string",
                      },
                    },
                  ],
                },
                start_timeout: {
                  description:
                    "seconds `start` waits for this task to become healthy before its dependents",
                  exclusiveMinimum: 0,
                  maximum: 1000000,
                  type: "number",
                  default: 60,
                },
                shell: {
                  description:
                    "shell that runs command, health_check and hooks (default: bash, else sh)",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                oneshot: {
                  description: "a job: healthy once it has exited with 0",
                  type: "boolean",
                  default: false,
                },
                success_exit_codes: {
                  description: "exit statuses that count as success; 143 stands for SIGTERM, too",
                  minItems: 1,
                  type: "array",
                  items: {
                    description: "an exit status",
                    minimum: 0,
                    maximum: 255,
                    type: "integer",
                  },
                  default: [0],
                },
                health_url: {
                  description: "healthy when an HTTP GET of this URL answers 2xx or 3xx",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                health_expected_status: {
                  description: "the only statuses of health_url that mean healthy",
                  minItems: 1,
                  type: "array",
                  items: {
                    description: "an HTTP status",
                    minimum: 100,
                    maximum: 599,
                    type: "integer",
                  },
                },
                health_tcp: {
                  description: "healthy when PORT or HOST:PORT accepts a connection",
                  anyOf: [
                    { description: "a port", minimum: 1, maximum: 65535, type: "integer" },
                    {
                      description: "PORT or HOST:PORT",
                      pattern: "^\\s*[^\\0\\s][^\\0]*$",
                      type: "string",
                    },
                  ],
                },
                ready_log: {
                  description:
                    "ready once a line of this launch's output, or its prompt, matches this regular expression",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                reload_log: {
                  description:
                    "a line that matches this regular expression says that the program has reloaded itself",
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                },
                watch: {
                  description:
                    "files, relative to `cwd`, whose changes let a monitor restart the task",
                  type: "array",
                  items: {
                    description: "a glob; with ! in front, what it leaves out",
                    pattern: "^\\s*[^\\0\\s][^\\0]*$",
                    type: "string",
                  },
                  default: [],
                },
                watch_action: {
                  description: "what a monitor does when watched files have changed",
                  anyOf: [
                    { const: "restart", type: "string" },
                    { const: "signal:SIGHUP", type: "string" },
                    { const: "signal:SIGINT", type: "string" },
                    { const: "signal:SIGQUIT", type: "string" },
                    { const: "signal:SIGTERM", type: "string" },
                    { const: "signal:SIGUSR1", type: "string" },
                    { const: "signal:SIGUSR2", type: "string" },
                    { const: "signal:SIGWINCH", type: "string" },
                  ],
                  default: "restart",
                },
                watch_debounce: {
                  description:
                    'how long watched files must be unchanged before that, like "300ms" or "2s"',
                  pattern: "^\\s*[^\\0\\s][^\\0]*$",
                  type: "string",
                  default: "300ms",
                },
              },
            },
          ],
        },
      },
      default: {},
    },
  },
};
