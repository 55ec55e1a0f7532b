import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  checkoutOf,
  linkedWorktreeAt,
  projectName,
} from "../../../src/adapters/config/git-worktree.ts";
import { directoryWith } from "../../helpers/directory.ts";

const WORKTREE = {
  "tree/.git": "gitdir: ../main/.git/worktrees/feature\n",
  "main/.git/worktrees/feature/commondir": "../..\n",
};

test.each([
  [
    "a linked worktree",
    WORKTREE,
    { id: "feature", main: "main", gitDirectory: "main/.git/worktrees/feature" },
  ],
  [
    "one of a bare repository",
    {
      "tree/.git": "gitdir: ../repo.git/worktrees/feature\n",
      "repo.git/worktrees/feature/commondir": "../..\n",
    },
    { id: "feature", main: "repo.git", gitDirectory: "repo.git/worktrees/feature" },
  ],
  [
    "a submodule",
    { "tree/.git": "gitdir: ../.git/modules/lib\n", ".git/modules/lib/HEAD": "" },
    null,
  ],
  ["a main checkout", { "tree/.git/HEAD": "ref: refs/heads/main\n" }, null],
  ["no checkout", { "tree/README": "" }, null],
  ["a .git that says something else", { "tree/.git": "nonsense\n" }, null],
  [
    "a worktree that was pruned, or whose main checkout was moved",
    { "tree/.git": "gitdir: ../main/.git/worktrees/feature\n" },
    { id: "feature", main: "main", gitDirectory: "main/.git/worktrees/feature" },
  ],
  [
    "a worktree of a repository with a line break in its path",
    {
      "tree/.git": "gitdir: ../a\nb/.git/worktrees/feature\r\n",
      "a\nb/.git/worktrees/feature/commondir": "../..\r\n",
    },
    { id: "feature", main: "a\nb", gitDirectory: "a\nb/.git/worktrees/feature" },
  ],
  ["a .git that leads nowhere", { "tree/.git": "gitdir: ../main/.git/modules/lib\n" }, null],
  [
    "a git directory that names no repository",
    {
      "tree/.git": "gitdir: ../main/.git/worktrees/feature\n",
      "main/.git/worktrees/feature/HEAD": "",
    },
    null,
  ],
] as const)("%s", (_, files, expected) => {
  using directory = directoryWith(files);
  const at = (name: string) => join(directory.path, name);
  const found = linkedWorktreeAt(at("tree"));
  expect(found).toEqual(
    expected && {
      id: expected.id,
      main: at(expected.main),
      top: at("tree"),
      gitDirectory: at(expected.gitDirectory),
    },
  );
});

const LINKED = "main/.git/worktrees/feature";

test.each([
  ["the main checkout", { "main/.git/HEAD": "", "main/a/b/x": "" }, "main/a/b", "main/.git", null],
  ["a worktree", { ...WORKTREE, "tree/a/x": "" }, "tree/a", "main/.git", LINKED],
  [
    "a submodule of the main checkout",
    { "main/.git/HEAD": "", "main/lib/.git": "gitdir: ../.git/modules/lib\n", "main/lib/x": "" },
    "main/lib",
    "main/.git",
    null,
  ],
  [
    "a submodule of a worktree",
    { ...WORKTREE, "tree/lib/.git": `gitdir: ../../${LINKED}/modules/lib\n`, "tree/lib/x": "" },
    "tree/lib",
    "main/.git",
    LINKED,
  ],
  [
    "a directory whose repository lies elsewhere",
    { "tree/.git": "gitdir: ./.bare\n", "tree/.bare/HEAD": "", "tree/a/x": "" },
    "tree/a",
    "tree/.bare",
    null,
  ],
] as const)("%s has a repository", (_, files, directory, repository, gitDirectory) => {
  using root = directoryWith(files);
  const at = (name: string) => join(root.path, name);
  const found = checkoutOf(at(directory));
  expect(found?.repository).toBe(at(repository));
  expect(found?.worktree?.gitDirectory ?? null).toBe(gitDirectory && at(gitDirectory));
});

test("outside of a repository there is no checkout", () => {
  using root = directoryWith({ "a/x": "" });
  expect(checkoutOf(join(root.path, "a"))).toBeNull();
});

test.each([
  ["shop/.git", "shop"],
  ["shop.git", "shop"],
  ["shop/.bare", "shop"],
])("the project of a worktree of %s is called %s", (repository, name) => {
  using root = directoryWith({
    "fix/.git": `gitdir: ../${repository}/worktrees/fix\n`,
    [`${repository}/worktrees/fix/commondir`]: "../..\n",
    "fix/apps/x": "",
  });
  expect(projectName(join(root.path, "fix"))).toBe(name);
  expect(projectName(join(root.path, "fix/apps"))).toBe("apps");
});

test("a checkout whose .git is a symbolic link has the repository that the link leads to", () => {
  using root = directoryWith({ "git/HEAD": "", "main/x": "" });
  symlinkSync("../git", join(root.path, "main/.git"));
  expect(checkoutOf(join(root.path, "main"))?.repository).toBe(join(root.path, "git"));
});
