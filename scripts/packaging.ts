import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json";
import type { Target } from "./targets.ts";

/** What the recipes of every package manager are made of. */
export interface Packaged {
  /** OWNER/NAME on GitHub. */
  repository: string;
  version: string;
  /** The SHA-256 of each target's archive. */
  sums: Record<Target, string>;
}

const DESCRIPTION = manifest.description.replace(/:.*/, "");
const LICENSE = readFileSync(join(import.meta.dirname, "../LICENSE"));

/** By file name: for Homebrew, the AUR, Nix and mise. They install the release's archives, whose checksums they name. */
export function recipes(packaged: Packaged): Map<string, Uint8Array> {
  const texts = {
    "taskmux.rb": homebrew(packaged),
    PKGBUILD: pkgbuild(packaged),
    "flake.nix": flake(packaged),
    "mise.toml": mise(packaged),
  };
  return new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
}

const homepage = ({ repository }: Packaged): string => `https://github.com/${repository}`;

const archiveOf = (packaged: Packaged, target: Target): string =>
  `${homepage(packaged)}/releases/download/v${packaged.version}/taskmux-${target}.tar.gz`;

function homebrew(packaged: Packaged): string {
  const source = (target: Target) => `      url "${archiveOf(packaged, target)}"
      sha256 "${packaged.sums[target]}"`;
  const system = (name: "macos" | "linux", arm: Target, intel: Target) => `  on_${name} do
    on_arm do
${source(arm)}
    end
    on_intel do
${source(intel)}
    end
  end
`;
  return `class Taskmux < Formula
  desc "${DESCRIPTION}"
  homepage "${homepage(packaged)}"
  version "${packaged.version}"
  license "${manifest.license}"

  depends_on "tmux"

${system("macos", "darwin-arm64", "darwin-x64")}
${system("linux", "linux-arm64", "linux-x64")}
  def install
    bin.install "taskmux"
    man1.install "taskmux.1"
    generate_completions_from_executable(bin/"taskmux", "completions")
  end

  test do
    assert_equal "taskmux #{version}", shell_output("#{bin}/taskmux --version").strip
  end
end
`;
}

/** A version of pacman's has no hyphen. Without `!strip` the executable would lose the program that is appended to it. */
function pkgbuild(packaged: Packaged): string {
  const { version, sums } = packaged;
  const source = (name: string, target: Target) =>
    `source_${name}=("taskmux-$pkgver-${name}.tar.gz::${archiveOf(packaged, target)}")
sha256sums_${name}=('${sums[target]}')`;
  return `pkgname=taskmux-bin
pkgver=${version.replaceAll("-", "_")}
pkgrel=1
pkgdesc="${DESCRIPTION}"
arch=(x86_64 aarch64)
url="${homepage(packaged)}"
license=(${manifest.license})
depends=(tmux glibc)
provides=(taskmux)
conflicts=(taskmux)
options=(!strip !debug)
source=("LICENSE-$pkgver::https://raw.githubusercontent.com/${packaged.repository}/v${version}/LICENSE")
sha256sums=('${Bun.SHA256.hash(LICENSE, "hex")}')
${source("x86_64", "linux-x64")}
${source("aarch64", "linux-arm64")}

package() {
  install -Dm755 taskmux "$pkgdir/usr/bin/taskmux"
  install -Dm644 taskmux.1 "$pkgdir/usr/share/man/man1/taskmux.1"
  install -Dm644 "LICENSE-$pkgver" "$pkgdir/usr/share/licenses/$pkgname/LICENSE"
  install -d "$pkgdir/usr/share/bash-completion/completions" "$pkgdir/usr/share/zsh/site-functions" "$pkgdir/usr/share/fish/vendor_completions.d"
  ./taskmux completions bash >"$pkgdir/usr/share/bash-completion/completions/taskmux"
  ./taskmux completions zsh >"$pkgdir/usr/share/zsh/site-functions/_taskmux"
  ./taskmux completions fish >"$pkgdir/usr/share/fish/vendor_completions.d/taskmux.fish"
}
`;
}

const NIX_SYSTEMS: Record<string, Target> = {
  "x86_64-linux": "linux-x64",
  "aarch64-linux": "linux-arm64",
  "x86_64-darwin": "darwin-x64",
  "aarch64-darwin": "darwin-arm64",
};

/** Stripping would take the appended program away; on Linux only the path of the loader is changed. */
function flake(packaged: Packaged): string {
  const releases = Object.entries(NIX_SYSTEMS).map(
    ([system, target]) => `        ${system} = {
          url = "${archiveOf(packaged, target)}";
          sha256 = "${packaged.sums[target]}";
        };`,
  );
  return `{
  description = "${DESCRIPTION}";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      releases = {
${releases.join("\n")}
      };
      packageOf =
        system: release:
        let
          pkgs = nixpkgs.legacyPackages.\${system};
        in
        pkgs.stdenv.mkDerivation {
          pname = "taskmux";
          version = "${packaged.version}";
          src = pkgs.fetchurl release;
          sourceRoot = ".";
          nativeBuildInputs = pkgs.lib.optional pkgs.stdenv.isLinux pkgs.patchelf;
          propagatedUserEnvPkgs = [ pkgs.tmux ];
          dontStrip = true;
          dontPatchELF = true;
          installPhase = ''
            install -Dm755 taskmux $out/bin/taskmux
            install -Dm644 taskmux.1 $out/share/man/man1/taskmux.1
          '';
          postFixup = pkgs.lib.optionalString pkgs.stdenv.isLinux ''
            patchelf --set-interpreter "$(cat $NIX_CC/nix-support/dynamic-linker)" $out/bin/taskmux
          '';
          meta = {
            description = "${DESCRIPTION}";
            homepage = "${homepage(packaged)}";
            license = pkgs.lib.licenses.mit;
            mainProgram = "taskmux";
          };
        };
    in
    {
      packages = builtins.mapAttrs (system: release: { default = packageOf system release; }) releases;
    };
}
`;
}

const mise = ({ repository, version }: Packaged): string => `[tools]
"ubi:${repository}" = { version = "${version}", exe = "taskmux" }
`;
