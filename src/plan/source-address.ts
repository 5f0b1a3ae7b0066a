/**
 * Addresses of Git and Helm repositories, as Flux 2 takes them. A credential in one is never copied, and never told in a reason.
 * Asks no repository.
 */

export type SourceAddress =
  | {
      readonly at: "Usable";
      readonly url: string;
      readonly scheme: "http" | "https" | "ssh" | "oci";
      /** With its port, where one is named. */
      readonly host: string;
      /** Whether a user name, a password or a query stood in it, which can be credentials: they are not in `url`. */
      readonly credentials: boolean;
      /** Last segment of the path, without .git; else the host. For a name. */
      readonly title: string;
    }
  | { readonly at: "Unusable"; readonly why: string };

/** A longer one is no address that a Git server would answer. */
const ADDRESS_CHARACTERS = 2048;
/** git@host:org/repo. A second @ would be part of a credential. */
const SCP_FORM = /^(?:([A-Za-z0-9_][\w.-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^@:\s]+)$/;
const USER = /^[A-Za-z0-9_][\w.-]{0,63}$/;

/** @returns `git@host:org/repo` as `ssh://git@host/org/repo`; the user of ssh stays, since it is no credential */
export function gitAddress(text: string): SourceAddress {
  const scp = SCP_FORM.exec(text);
  if (scp && !text.includes("://")) {
    const [, user, host, path = ""] = scp;
    const url = `ssh://${user === undefined ? "" : `${user}@`}${host}/${path.replace(/^\/+/, "")}`;
    return checked(url, ["ssh"], false);
  }
  return withScheme(text, ["http", "https", "ssh"], "Flux 2 reads Git over https, http and ssh only");
}

export function helmAddress(text: string): SourceAddress {
  return withScheme(text, ["http", "https", "oci"], "Flux 2 reads Helm repositories over https, http and oci only");
}

type Scheme = "http" | "https" | "ssh" | "oci";

function withScheme(text: string, known: readonly Scheme[], otherwise: string): SourceAddress {
  const [, name = "", rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s.exec(text) ?? [];
  const scheme = known.find((each) => each === name.toLowerCase());
  if (scheme === undefined) return { at: "Unusable", why: `${otherwise}; want a whole address` };
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? "" : rest.slice(end);
  const at = authority.lastIndexOf("@");
  const [user = "", password] = at < 0 ? [] : authority.slice(0, at).split(":", 2);
  const keptUser = scheme === "ssh" && USER.test(user) ? `${user}@` : "";
  const path = tail.replace(/[?#].*$/s, "");
  const credentials = (at >= 0 && (password !== undefined || keptUser === "")) || path !== tail;
  return checked(`${scheme}://${keptUser}${authority.slice(at + 1)}${path}`, known, credentials);
}

function checked(url: string, known: readonly Scheme[], credentials: boolean): SourceAddress {
  if (url.length > ADDRESS_CHARACTERS) return { at: "Unusable", why: `it is longer than ${ADDRESS_CHARACTERS} characters` };
  if (url.includes("$(")) return { at: "Unusable", why: "a part of it comes from the environment, which a manifest does not hold" };
  // A backslash is a slash to some readers of addresses and none to others: the host would be a matter of opinion.
  if (/[\s\p{C}\\"'`<>{}|^$;]/u.test(url)) return { at: "Unusable", why: "it holds characters that no address has" };
  const parsed = URL.parse(url);
  const scheme = known.find((each) => `${each}:` === parsed?.protocol);
  if (!parsed || scheme === undefined || parsed.hostname === "" || parsed.password !== "")
    return { at: "Unusable", why: "it is no address of a repository" };
  const segment = parsed.pathname
    .split("/")
    .filter(Boolean)
    .at(-1)
    ?.replace(/\.git$/, "");
  return { at: "Usable", url, scheme, host: parsed.host, credentials, title: segment || parsed.hostname };
}
