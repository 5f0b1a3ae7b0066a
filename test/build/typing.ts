/** A shell on a terminal, at which somebody types: keys go in, and what the line has become comes out. Knows no command of ours. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export type Shell = "bash" | "zsh" | "fish";

/** What a shell that was started bare is told first: where its own files are, our script, and ctrl-G for printing the line. */
const SETUP: Readonly<Record<Shell, string>> = {
  bash: String.raw`PS1=; bind 'set bell-style none' 'set enable-bracketed-paste off' 'set page-completions off'; bind -x '"\C-g": printf "<%s>\n" "$READLINE_LINE"'; source <(flux-migration completion bash)`,
  // A zsh that was unpacked somewhere has its modules and functions there. Without them it starts only as +Z, and then takes them.
  zsh: `[[ -d $TREE/usr/lib ]] && { module_path=($TREE/usr/lib/*/zsh/*(/)); fpath=($TREE/usr/share/zsh/functions/**/*(/)) }; setopt zle; PS1=; unsetopt beep prompt_sp; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(flux-migration completion zsh); show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey '^G' show`,
  fish: String.raw`function fish_prompt; end; flux-migration completion fish | source; bind \cg 'printf "<%s>\n" (commandline)'`,
};

const START: Readonly<Record<Shell, string>> = {
  bash: "--norc --noprofile -i",
  zsh: "-f -i +Z",
  fish: "--no-config -i",
};

const TAB = "\t";
const SHOW = "\u0007";
const CLEAR = "\u0015";

/** A program starts for each TAB, and the machine may be busy. */
const ANSWER_MS = 20_000;

export class Typist {
  readonly #terminal: ChildProcess;
  #seen = "";

  /**
   * @param script the program that gives a terminal
   * @param program the shell
   */
  static async at(
    shell: Shell,
    program: string,
    script: string,
    options: { cwd: string; environment: Record<string, string> },
  ): Promise<Typist> {
    const env = { TERM: "dumb", LANG: "C.UTF-8", TREE: dirname(program), ...options.environment };
    const terminal = spawn(script, ["-qfec", `${program} ${START[shell]}`, "/dev/null"], { cwd: options.cwd, env, stdio: "pipe" });
    const typist = new Typist(terminal);
    // In two parts, so that the command itself, which the terminal shows, is not taken for its output.
    typist.#type(`${SETUP[shell]}; echo REA""DY\n`);
    try {
      await typist.#until(/READY\r?\n/);
    } catch (error) {
      await typist.leave();
      throw error;
    }
    return typist;
  }

  private constructor(terminal: ChildProcess) {
    this.#terminal = terminal;
    terminal.stdout?.on("data", (chunk: Buffer) => {
      this.#seen += chunk.toString();
    });
  }

  /** @returns the whole line after a TAB */
  async complete(line: string): Promise<string> {
    this.#type(line + TAB + SHOW);
    const [, shown = ""] = await this.#until(/<([^\r\n]*)>/);
    this.#type(CLEAR);
    return shown;
  }

  async leave(): Promise<void> {
    const closed = once(this.#terminal, "close");
    this.#terminal.stdin?.end("exit\n");
    const killed = setTimeout(() => this.#terminal.kill("SIGKILL"), 2_000);
    await closed;
    clearTimeout(killed);
  }

  #type(keys: string): void {
    this.#terminal.stdin?.write(keys);
  }

  async #until(pattern: RegExp): Promise<RegExpExecArray> {
    const end = performance.now() + ANSWER_MS;
    for (;;) {
      const found = pattern.exec(this.#seen);
      if (found) {
        this.#seen = this.#seen.slice(found.index + found[0].length);
        return found;
      }
      if (performance.now() > end) throw new Error(`no ${pattern} on the terminal, but ${JSON.stringify(this.#seen)}`);
      await sleep(10);
    }
  }
}
