import { readText } from "../system/files.ts";

const COMMANDS: [pattern: RegExp, command: string][] = [
  [/debian|ubuntu/, "sudo apt-get install tmux"],
  [/fedora|rhel|centos/, "sudo dnf install tmux"],
  [/arch/, "sudo pacman -S tmux"],
  [/alpine/, "sudo apk add tmux"],
  [/suse/, "sudo zypper install tmux"],
  [/nixos/, "nix-env -iA nixos.tmux"],
];

/** The command that installs or upgrades tmux on this machine. */
export function tmuxInstallHint(): string {
  if (process.platform === "darwin") return "install it with: brew install tmux";
  const release = readText("/etc/os-release") ?? "";
  const family = [...release.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].map(([, id]) => id).join(" ");
  const command = COMMANDS.find(([pattern]) => pattern.test(family))?.[1];
  return command ? `install it with: ${command}` : "install it with your package manager";
}
