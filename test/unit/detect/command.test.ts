import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readCommand } from "../../../src/detect/command.ts";
import { COMPONENTS } from "../../../src/detect/component.ts";
import { simpleCommands } from "../../../src/detect/shell-words.ts";
import { cpuMilliseconds } from "../cpu-time.ts";
import { catalogue } from "./workload-builder.ts";

function runs(command: string[], args: string[] = [], component: (typeof COMPONENTS)[number] = "fluxd"): string {
  const reading = readCommand(command, args, component, catalogue);
  return reading.runs === "Daemon" ? ["daemon", ...reading.args].join(" ") : `other: ${reading.why}`;
}

describe("the daemon runs, with these arguments", () => {
  test.each<[string, string[], string[], string]>([
    ["the image's own entrypoint", [], ["--git-readonly"], "daemon --git-readonly"],
    ["its words are arguments, not programs", [], ["sleep"], "daemon sleep"],
    ["by name", ["fluxd"], ["--git-readonly"], "daemon --git-readonly"],
    ["by path, arguments in command", ["/usr/local/bin/fluxd", "--git-readonly"], ["--sops"], "daemon --git-readonly --sops"],
    ["behind tini", ["/sbin/tini", "--", "fluxd"], ["--sops"], "daemon --sops"],
    ["behind tini with options", ["tini", "-g", "-p", "SIGTERM", "--", "fluxd", "--sops"], [], "daemon --sops"],
    ["behind dumb-init", ["dumb-init", "fluxd"], [], "daemon"],
    ["behind env and su-exec", ["env", "-i", "HOME=/tmp", "su-exec", "flux", "fluxd", "--sops"], [], "daemon --sops"],
    ["as a user who is called like a program", ["su-exec", "git", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with gosu and setuidgid", ["gosu", "git", "busybox", "setuidgid", "git", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with sudo", ["sudo", "-EH", "-u", "git", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with letters in one word", ["sudo", "-nu", "git", "-g", "git", "--", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with the user in the option", ["sudo", "-ugit", "--group=git", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with chpst", ["chpst", "-u", "git", "-e", "/srv/git", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with setpriv", ["setpriv", "--reuid", "git", "--regid=git", "--clear-groups", "fluxd", "--sops"], [], "daemon --sops"],
    ["so with chroot", ["chroot", "--userspec", "git", "/srv/git", "fluxd", "--sops"], [], "daemon --sops"],
    ["without a variable", ["env", "-u", "git", "fluxd", "--sops"], [], "daemon --sops"],
    ["behind a wrapper nobody knows", ["/vault/vault-env", "fluxd"], ["--sops"], "daemon --sops"],
    ["a program nobody knows", ["/entrypoint"], ["--sops"], "daemon --sops"],
    ["a script in a file, which cannot be read", ["/bin/sh", "/scripts/start.sh"], [], "daemon /scripts/start.sh"],
    ["a shell wrapper", ["sh", "-c", "update-ca-certificates; exec fluxd --git-readonly"], [], "daemon --git-readonly"],
    ["script in args", ["/bin/sh", "-c"], ["update-ca-certificates && fluxd --git-readonly"], "daemon --git-readonly"],
    ["shell options", ["bash", "-euo", "pipefail", "-c", "exec fluxd --sops"], [], "daemon --sops"],
    [
      "quotes and lines",
      ["sh", "-ec", "exec fluxd \\\n  --git-user='Flux automation' \\\n  \"--git-url=$(URL)\" # a comment"],
      [],
      "daemon --git-user=Flux automation --git-url=$(URL)",
    ],
    ["redirections", ["sh", "-c", "exec fluxd --sops >/log 2>&1"], [], "daemon --sops"],
    ["in the background", ["sh", "-c", "fluxd --sops & wait"], [], "daemon --sops"],
    ["after a loop", ["sh", "-c", "until test -f /ready; do sleep 1; done; FOO=bar exec /bin/fluxd --sops"], [], "daemon --sops"],
    ["in a branch", ["sh", "-c", 'if [ -n "$X" ]; then exec fluxd --sops; fi'], [], "daemon --sops"],
    ["written, and started then", ["sh", "-c", "cat >/run <<EOF\nexec fluxd --sops\nEOF\nexec sh /run"], [], "daemon --sops"],
    ["handed to a shell", ["sh", "-c", "sh <<EOF\nexec fluxd --sops\nEOF"], [], "daemon --sops"],
    ["after a here-string", ["bash", "-c", "cat <<<a\nexec fluxd --sops\na"], [], "daemon --sops"],
    ["after a shift, which is no here-document", ["bash", "-c", "((a << 2))\nexec fluxd --sops"], [], "daemon --sops"],
    ["the last of two", ["sh", "-c", "fluxd --version; exec fluxd --sops"], [], "daemon --sops"],
    ["a shell in a shell", ["sh", "-c", "exec tini -- bash -c 'exec fluxd --sops'"], [], "daemon --sops"],
    ["eval", ["sh", "-c", "eval 'exec fluxd --sops'"], [], "daemon --sops"],
    ["from the parameters", ["sh", "-c", 'exec "$@"', "sh", "fluxd"], ["--sops"], "daemon --sops"],
    ["with the parameters", ["sh", "-c", 'exec fluxd "$@"', "--"], ["--sops"], "daemon --sops"],
  ])("%s", (_, command, args, reading) => expect(runs(command, args)).toBe(reading));

  test.each(COMPONENTS.filter((name) => name.endsWith("-controller")))("%s by its own name and as manager", (name) => {
    expect(runs([name], ["--x"], name)).toBe("daemon --x");
    expect(runs(["/manager"], ["--x"], name)).toBe("daemon --x");
    expect(runs(["sh", "-c", `exec /usr/local/bin/${name} --x`], [], name)).toBe("daemon --x");
  });

  test("the CLI's image runs flux", () =>
    expect(runs(["sh", "-c", "while true; do flux reconcile source git a; sleep 9; done"], [], "flux-cli")).toBe(
      "daemon reconcile source git a",
    ));
});

describe("an image that is only borrowed is no install", () => {
  test.each<[string, string[], string[], string]>([
    ["cat", ["cat"], [], "it runs cat"],
    ["sleep", ["/bin/sleep"], ["infinity"], "it runs sleep"],
    ["certificates", ["update-ca-certificates"], [], "it runs update-ca-certificates"],
    ["copying the daemon", ["cp", "/usr/local/bin/fluxd", "/shared/fluxd"], [], "it runs cp"],
    ["tini in front", ["tini", "-s", "--", "sleep", "3600"], [], "it runs sleep"],
    ["timeout in front", ["timeout", "30", "cat", "/fluxd"], [], "it runs cat"],
    ["busybox", ["busybox", "sleep", "1d"], [], "it runs sleep"],
    ["a shell alone", ["/bin/bash"], [], "it runs a shell without a script"],
    ["a login shell", ["bash", "-l"], [], "it runs a shell without a script"],
    ["env alone", ["env"], [], "it runs nothing"],
    ["a script without daemon", ["sh", "-c", "while true; do sleep 3600; done"], [], "its shell script names no daemon"],
    [
      "a script that echoes the daemon",
      ["sh", "-c", "echo fluxd; cp /bin/fluxd /x; curl http://host/fluxd"],
      [],
      "its shell script names no daemon",
    ],
    ["a daemon in a comment", ["sh", "-c", "sleep 1d # fluxd --git-readonly"], [], "its shell script names no daemon"],
    ["a daemon in quotes", ["sh", "-c", "echo 'a; fluxd'; sleep 1d"], [], "its shell script names no daemon"],
    ["a user called like the daemon", ["su-exec", "fluxd", "sleep", "1"], [], "it runs sleep"],
    ["sudo as such a user", ["sudo", "-u", "fluxd", "sleep", "1"], [], "it runs sleep"],
    ["sudo without a program", ["sudo", "-u", "fluxd"], [], "it runs nothing"],
    ["an empty script", ["sh", "-c", ""], [], "its shell script names no daemon"],
    ["kubectl", ["kubectl"], ["proxy"], "it runs kubectl"],
  ])("%s", (_, command, args, why) => expect(runs(command, args)).toBe(`other: ${why}`));
});

describe("hostile commands", () => {
  test("200,000 characters of any opening are read in 50 ms", () => {
    for (const part of ["$(", '"', "'", "`", "\\", "(", ";", "a ", "> ", "&>", "#", "sh -c "]) {
      const script = part.repeat(200_000 / part.length);
      expect([part, cpuMilliseconds(() => runs(["sh", "-c", script])) < 50]).toEqual([part, true]);
    }
  });

  test("1,000 prefixes and shells do not exhaust the stack", () => {
    expect(runs([...Array<string>(1000).fill("tini"), "sleep"])).toMatch(/^daemon tini tini/); // not looked into, so it counts
    expect(runs(Array.from({ length: 1000 }, () => ["sh", "-c"]).flat())).toMatch(/^other/);
  });

  test("parameters that multiply are given up in 500 ms", () => {
    const layer = 'sh -c "$@";'.repeat(50);
    const many = Array<string>(20_000).fill("word");
    const cost = cpuMilliseconds(() => {
      expect(runs(["sh", "-c", layer, "sh", ...Array<string>(30).fill(layer)])).toMatch(/^other/);
      expect(runs(["sh", "-c", `exec ${'"$@" '.repeat(20_000)}`, "sh", "/bin/echo", ...many])).toMatch(/^other/);
      expect(runs(["sh", "-c", '"$0" "$@";'.repeat(20_000), "sleep", ...many])).toMatch(/^other/);
    });
    expect(cost).toBeLessThan(500);
  });

  test("any text is cut into words without an error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (script) => expect(simpleCommands(script).every((words) => words.length > 0)).toBe(true)),
    );
  });

  test("quoted words come out as they went in", () => {
    const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => expect(simpleCommands(words.map(quoted).join(" "))).toEqual([words])),
    );
  });
});
