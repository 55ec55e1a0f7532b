import { growingPauses } from "../../domain/values/pauses.ts";
import type { Context } from "../context.ts";

/** Pauses before files without notices are read again, ms. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;

/** Waits until `isDecided`, which is called at each notice and at times in between, or until `deadline` (monotonic ms). Ends too if the command is cancelled. */
export async function untilDecided(
  ctx: Context,
  isDecided: () => boolean | Promise<boolean>,
  deadline: number,
): Promise<void> {
  let wake: () => void = () => {};
  const endWatch = ctx.watchNotices(() => wake());
  try {
    const pause = growingPauses(FIRST_PAUSE, LONGEST_PAUSE);
    for (;;) {
      const notice = new Promise<void>((resolve) => (wake = resolve));
      if (await isDecided()) return;
      const left = deadline - ctx.monotonic();
      if (left <= 0 || ctx.cancelled?.aborted) return;
      await Promise.race([notice, ctx.sleep(Math.min(pause(), left))]);
    }
  } finally {
    endWatch();
  }
}
