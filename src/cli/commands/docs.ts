import { isTerminal } from "../../adapters/system/libc.ts";
import { pageText } from "../../adapters/system/pager.ts";
import { DOC_TOPICS, topicNamed, topicNames } from "../../domain/docs/topics.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { DocsList, DocsPage } from "../../domain/results/docs.ts";
import { printJson, printLines, viewOf, write } from "../output.ts";
import { manualLines } from "../render/docs.ts";
import { paint, table } from "../render/style.ts";

/** `taskmux docs [TOPIC]`: a page of the manual, through a pager on a terminal; without a topic, the list of them. */
export async function printDocs(
  name: string | undefined,
  json: boolean,
): Promise<number | Failure> {
  if (name === undefined) return printTopics(json);
  const topic = topicNamed(name);
  if (isFailure(topic)) return topic;
  const text = (await import("./docs-texts.ts")).DOCS[topic];
  if (json) printJson({ topic, text } satisfies DocsPage);
  else if (!isTerminal(1)) write(1, text);
  else {
    const lines = manualLines(text, viewOf(1));
    if (!(await pageText(`${lines.join("\n")}\n`))) printLines(1, lines);
  }
  return 0;
}

function printTopics(json: boolean): number {
  const topics = topicNames().map((topic) => ({ topic, description: DOC_TOPICS[topic] }));
  const view = viewOf(1);
  if (json) printJson({ topics } satisfies DocsList);
  else {
    const rows = topics.map(({ topic, description }) => [{ text: topic }, { text: description }]);
    printLines(1, [...table(rows, view), paint("taskmux docs TOPIC prints one", "dim", view)]);
  }
  return 0;
}
