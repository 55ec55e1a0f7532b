import { expect, test } from "bun:test";
import {
  isInProfiles,
  profilesInVariable,
  tasksInProfiles,
  unknownProfile,
} from "../../../src/domain/config/profiles.ts";
import { readConfig } from "../../../src/domain/config/read.ts";

const TEXT = `
[tasks]
db = "db"
[tasks.api]
command = "api"
profiles = ["back"]
depends_on = ["db"]
[tasks.web]
command = "web"
profiles = ["front", "e2e"]
depends_on = ["api"]
[tasks.mail]
command = "mail"
profiles = ["mail"]
`;

async function tasksOf(text: string) {
  const read = await readConfig(Bun.TOML.parse(text), text);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.config.tasks;
}

const TASKS: [asked: string[], names: string[]][] = [
  [[], ["db"]],
  [["back"], ["db", "api"]],
  [["front"], ["db", "api", "web"]],
  [
    ["e2e", "mail"],
    ["db", "api", "web", "mail"],
  ],
  [["ma*"], ["db", "mail"]],
  [["*"], ["db", "api", "web", "mail"]],
];

test.each(TASKS)(
  "of the profiles %p: those, tasks without one, and dependencies",
  async (...row) => {
    const [asked, names] = row;
    const tasks = await tasksOf(TEXT);
    expect(tasksInProfiles(tasks, asked).map(({ name }) => name)).toEqual(names);
  },
);

test("a task is in each of its profiles, and in all without one", () => {
  const profiles = ["front", "e2e"];
  expect(isInProfiles({ profiles }, [])).toBe(false);
  expect(isInProfiles({ profiles }, ["e2e"])).toBe(true);
  expect(isInProfiles({ profiles }, ["back"])).toBe(false);
  expect(isInProfiles({ profiles: [] }, ["back"])).toBe(true);
});

const UNKNOWN: [asked: string[], message: string, hint: string][] = [
  [["back", "fronk"], "No task has the profile 'fronk'", "Did you mean 'front'?"],
  [["other"], "No task has the profile 'other'", "Profiles: back, front, e2e, mail"],
  [["z*"], "No profile in the config matches 'z*'", "Profiles: back, front, e2e, mail"],
];

test.each(UNKNOWN)("%p is E205", async (asked, message, hint) => {
  expect(unknownProfile(await tasksOf(TEXT), asked)).toMatchObject({
    code: "E205",
    message,
    hint,
  });
  expect(unknownProfile(await tasksOf(TEXT), ["back", "*"])).toBeNull();
});

test("in a config without profiles, an asked one is E205 and the variable counts for nothing", async () => {
  const plain = await tasksOf('[tasks]\ndb = "db"\n');
  const hint = "The config has no profiles.";
  expect(unknownProfile(plain, ["front"])).toMatchObject({ code: "E205", hint });
  expect(profilesInVariable(plain, "front")).toEqual([]);
});

test("the variable names profiles between commas", async () => {
  const tasks = await tasksOf(TEXT);
  expect(profilesInVariable(tasks, "")).toEqual([]);
  expect(profilesInVariable(tasks, " front,, back ,")).toEqual(["front", "back"]);
});
