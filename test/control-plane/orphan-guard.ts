/**
 * Ends child processes and removes their folder when this process is gone without having done so: by a crash, by SIGKILL, by a test runner
 * that exits early. Not for an orderly stop, which belongs to who started the processes; the guard is dismissed there.
 *
 * A shell waits on a pipe that only this process holds open. Handlers for signals and `exit` would not do: SIGKILL calls none, and they
 * would change how the test runner itself answers Ctrl-C.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Reads lines "watch PID" and "forget PID". At the end of its input it kills the process groups that are left, the youngest first,
 *  and removes the folder in $1. SIGKILL at once: nobody is left who would read what an orderly end would save. */
const GUARD = `
pids=""
while read -r word pid; do
  case "$word" in
    watch) pids="$pid $pids" ;;
    forget) kept=""; for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done; pids="$kept" ;;
    dismiss) exit 0 ;;
  esac
done
for each in $pids; do kill -s KILL -- "-$each" 2>/dev/null; done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

export interface OrphanGuard {
  /** A process group (its leader's id) that must not outlive this process. */
  watch(pid: number): void;
  /** It has ended: the system may give its number to another process, which must not be killed. */
  forget(pid: number): void;
  /** Ends the guard; it kills nothing and removes nothing. */
  dismiss(): Promise<void>;
}

/** @param folder removed with everything in it when this process dies first */
export function startOrphanGuard(folder: string): OrphanGuard {
  // Its own process group: Ctrl-C in a terminal reaches the whole foreground group, and the guard must outlive that.
  const shell = spawn("/bin/sh", ["-c", GUARD, "orphan-guard", folder], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const ended = once(shell, "exit").catch(() => undefined);
  // A guard that was killed must not bring this process down with an EPIPE.
  shell.stdin.on("error", () => undefined);
  shell.unref();
  return {
    watch: (pid) => void shell.stdin.write(`watch ${pid}\n`),
    forget: (pid) => void shell.stdin.write(`forget ${pid}\n`),
    dismiss: async () => {
      shell.ref();
      shell.stdin.end("dismiss\n");
      await ended;
    },
  };
}
