import agents from "../../../docs/agents.md" with { type: "text" };
import architecture from "../../../docs/architecture.md" with { type: "text" };
import comparison from "../../../docs/comparison.md" with { type: "text" };
import configuration from "../../../docs/configuration.md" with { type: "text" };
import daemon from "../../../docs/daemon.md" with { type: "text" };
import guide from "../../../docs/guide.md" with { type: "text" };
import logs from "../../../docs/logs.md" with { type: "text" };
import reference from "../../../docs/reference.md" with { type: "text" };
import troubleshooting from "../../../docs/troubleshooting.md" with { type: "text" };
import type { DocTopic } from "../../domain/docs/topics.ts";

/** The manual, embedded when the binary is built. Only `docs` loads it. */
export const DOCS: Readonly<Record<DocTopic, string>> = {
  agents,
  architecture,
  comparison,
  configuration,
  daemon,
  guide,
  logs,
  reference,
  troubleshooting,
};
