import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";
import { TARGETS } from "../../scripts/targets.ts";

const directory = join(root, ".github/workflows");
const workflows = [...new Bun.Glob("*.yml").scanSync({ cwd: directory })].map((name) => {
  const text = readFileSync(join(directory, name), "utf8");
  return { name, text, parsed: Bun.YAML.parse(text) as any };
});

const jobs = workflows.flatMap(({ name, parsed }) =>
  Object.entries<any>(parsed.jobs).map(([job, fields]) => ({ job: `${name}: ${job}`, ...fields })),
);

/** Jobs that are a whole workflow of this repository. */
const calls = jobs.filter(({ uses }) => uses);
const ownJobs = jobs.filter(({ uses }) => !uses);

const steps = ownJobs.flatMap(({ job, steps }) => steps.map((step: any) => ({ job, ...step })));

test("there are a workflow for each commit and one for each release", () => {
  expect(workflows.map(({ name }) => name).toSorted()).toEqual(["ci.yml", "release.yml"]);
});

test("every action is pinned to a commit, and its version stands next to it", () => {
  const used = workflows.flatMap(({ text }) => text.match(/^ *(- )?uses: (?!\.\/).*$/gm) ?? []);
  expect(used).toHaveLength(steps.filter(({ uses }) => uses).length);
  for (const line of used)
    expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test("a version is one commit everywhere", () => {
  const pins = workflows.flatMap(({ text }) => [...text.matchAll(/uses: (\S+)@(\S+) # (\S+)/g)]);
  const byVersion = new Map(
    pins.map(([, action, commit, version]) => [`${action} ${version}`, commit]),
  );
  for (const [, action, commit, version] of pins) {
    expect(byVersion.get(`${action} ${version}`)).toBe(commit);
  }
});

test("a workflow may nothing, a job what it says, and only what publishes may write", () => {
  for (const { parsed } of workflows) expect(parsed.permissions).toEqual({});
  for (const { job, permissions } of jobs) {
    const writes = Object.keys(permissions).filter((key) => permissions[key] === "write");
    const expected = {
      "release.yml: publish": ["contents", "id-token", "attestations"],
      "release.yml: npm": ["id-token"],
    };
    expect([job, writes]).toEqual([job, expected[job as keyof typeof expected] ?? []]);
  }
});

test("every job ends in time, on a system of a stated version", () => {
  for (const { job, ...fields } of ownJobs) {
    expect([job, fields["timeout-minutes"]]).toEqual([job, expect.any(Number)]);
    const runner = String(fields["runs-on"]);
    const runners: string[] = runner.startsWith("${{") ? fields.strategy.matrix.runner : [runner];
    for (const each of runners) expect(each).toMatch(/-\d/);
  }
});

test("no credentials are left in a checkout, and nothing of an event is pasted into a script", () => {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  expect(checkouts.length).toBeGreaterThan(0);
  for (const step of checkouts) expect(step.with["persist-credentials"]).toBe(false);
  for (const { run } of steps.filter((step) => step.run)) expect(run).not.toContain("${{");
});

test("what the workflows run is there", () => {
  const text = workflows.map((each) => each.text).join("");
  for (const { uses } of calls) expect(existsSync(join(root, uses))).toBe(true);
  for (const [, script] of text.matchAll(/sh (scripts\/\S+)/g)) {
    expect(existsSync(join(root, script!))).toBe(true);
  }
  for (const [, script] of text.matchAll(/dev bun (\S+)/g)) {
    expect(existsSync(join(root, script!))).toBe(true);
  }
  for (const [, target] of text.matchAll(/dist\/taskmux-(\S+)/g)) {
    expect(TARGETS as readonly string[]).toContain(target!);
  }
});

const release = workflows.find(({ name }) => name === "release.yml")!.parsed.jobs;

test("nothing is published before the tests have passed and every binary has run", () => {
  expect(release.publish.needs).toEqual(["tests", "try", "try-musl"]);
  expect(release.npm.needs).toBe("publish");
  expect(release.tests.uses).toBe("./.github/workflows/ci.yml");
  const runners = (job: string): string[] => release[job].strategy.matrix.runner;
  expect(runners("try")).toEqual([
    "ubuntu-24.04",
    "ubuntu-24.04-arm",
    "macos-15",
    "macos-15-intel",
  ]);
  expect(runners("try-musl")).toEqual(["ubuntu-24.04", "ubuntu-24.04-arm"]);
  expect(runners("try").length + runners("try-musl").length).toBe(TARGETS.length);
});

test("two forks' branches of one name don't cancel each other's run", () => {
  const { group } = workflows.find(({ name }) => name === "ci.yml")!.parsed.concurrency;
  expect(group).not.toContain("head_ref");
  expect(group).toContain("github.event.pull_request.number");
});
