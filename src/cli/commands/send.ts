import { send } from "../../app/commands/send.ts";
import type { Context, Use } from "../../app/context.ts";
import { Failure } from "../../domain/failure.ts";
import type { Sent } from "../../domain/results/send.ts";

/** The arguments of `send`. */
interface SendArguments {
  task: string;
  text: string | undefined;
  "no-enter": boolean;
  key: string[];
}

/** `taskmux send TASK [TEXT]`. */
export async function sendTo(ctx: Context, args: SendArguments): Use<Sent> {
  const { task: name, text = null, key: keys } = args;
  const enter = !args["no-enter"] && keys.length === 0;
  const isNothing = keys.length === 0 && (text === null || (text === "" && !enter));
  if (isNothing)
    return new Failure("E500", "send needs a text, or --key KEY", `Like: taskmux send ${name} yes`);
  return send(ctx, { name, text, enter, keys });
}

export const renderSend = ({ task, pid }: Sent): string[] => [`sent to ${task} (pid ${pid})`];
