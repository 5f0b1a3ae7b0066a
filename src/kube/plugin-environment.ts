/** What a credential plugin is started with: its file, found as the shell finds it, and the few variables that it needs. Starts nothing. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Who and where one is, the way out, and whom to trust. */
const NEEDED = new Set(
  [
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY"],
    ["DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "BROWSER", "KUBECONFIG", "KUBECACHEDIR"],
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"],
    // A program does not start without them on Windows, or does not find its settings.
    ["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE"],
    ["HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "COMMONPROGRAMFILES"],
  ].flat(),
);

/** Those by which the plugins of clouds and of identity providers are told which account to use. */
const FAMILIES =
  /^(LC|XDG|AWS|AZURE|AAD|ARM|GOOGLE|CLOUDSDK|GCLOUD|USE_GKE|DIGITALOCEAN|OCI|ALIBABA_CLOUD|IBMCLOUD|KUBELOGIN|TELEPORT|TSH|VAULT)_/;

/**
 * @param own ours: a token for a code host, a password of a job and NODE_OPTIONS are no plugin's business
 * @param named by the kubeconfig for its plugin; they win
 */
export function pluginEnvironment(own: Environment, named: Readonly<Record<string, string>>): Record<string, string> {
  const passed = Object.entries(own).filter(([name]) => NEEDED.has(name.toUpperCase()) || FAMILIES.test(name.toUpperCase()));
  return Object.fromEntries([...passed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])), ...Object.entries(named)]);
}

/**
 * @param command as the kubeconfig names it, absolute where it names a path
 * @returns the file to start. Never one of the folder that we happen to be in: it may be somebody's checkout.
 */
export function findProgram(command: string, environment: Environment, platform: NodeJS.Platform = process.platform): string | undefined {
  // Others than these two need a shell, which reads their arguments anew.
  const endings = platform === "win32" ? ["", ".exe", ".com"] : [""];
  const folders = isAbsolute(command) ? [""] : pathOf(environment).filter(isAbsolute);
  return folders.flatMap((folder) => endings.map((ending) => join(folder, command) + ending)).find(isProgram);
}

function pathOf(environment: Environment): string[] {
  const [, path = ""] = Object.entries(environment).find(([name]) => name.toUpperCase() === "PATH") ?? [];
  return path.split(delimiter);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
