/** ImageRepositories and ImagePolicies: one repository an image, one policy a way of choosing its tag, shared by all that want the same. */
import { type ImageReference, parseImageReference } from "../detect/image-reference.ts";
import type { Draft } from "./draft.ts";
import { code } from "./markdown.ts";
import { nameFrom } from "./names.ts";
import { type CloudProvider, cloudOf } from "./registry-access.ts";
import { isRead, type TagPolicy, tagPolicy } from "./tag-filter.ts";

export type ImageChoice = { at: "Policy"; name: string; object: string } | { at: "None"; why: string };

/** Whose image it is. */
export interface ImageUser {
  readonly subject: string;
  readonly container: string;
  /** Whether it names Secrets with which its images are pulled: they came before fluxd's own logins. */
  readonly hasPullSecret: boolean;
}

/** What Flux 1's flags said of registries. */
export interface RegistryFlags {
  /** Whether it looked for newer ones of an image. */
  readonly scans: (image: ImageReference) => boolean;
  /** Of scanning: Flux 1's of automation. Asked for only where an image is followed: then its flag stands in something. */
  readonly interval: () => string;
  /** Whether it took plain HTTP of a registry, for that of an ImageRepository. */
  readonly isInsecure: (domain: string, object: string) => boolean;
}

export class ImagePolicies {
  readonly #draft: Draft;
  readonly #flags: RegistryFlags;
  readonly #repositories = new Map<string, string>();
  readonly #policies = new Map<string, ImageChoice & { at: "Policy" }>();

  constructor(draft: Draft, flags: RegistryFlags) {
    this.#draft = draft;
    this.#flags = flags;
  }

  get isEmpty(): boolean {
    return this.#policies.size === 0;
  }

  /**
   * @param image as the workload names it
   * @param filter value of its tag annotation, where it has one
   * @param user who wants it, for the list of what a person does
   */
  choose(image: string, filter: string | undefined, user: ImageUser): ImageChoice {
    const reference = parseImageReference(image);
    if ("problem" in reference) return { at: "None", why: `its image has no name that can be read: ${reference.problem}` };
    if (reference.digest !== undefined) return { at: "None", why: "its image is fixed by a digest" };
    if (!this.#flags.scans(reference))
      return { at: "None", why: "fluxd did not scan its image (--registry-exclude-image, --registry-include-image, --registry-ecr-*)" };
    const policy = tagPolicy(filter);
    if (policy === undefined) return { at: "None", why: "its filter chooses no tag" };
    const key = `${repositoryOf(reference)} ${JSON.stringify(policy)}`;
    const known = this.#policies.get(key);
    const choice = known ?? this.#add(reference, policy, user);
    if (!known) this.#policies.set(key, choice);
    this.#tellUnread(reference, policy, choice, user);
    if (!policy.exact) {
      const { ledger } = this.#draft;
      const field = `container ${user.container}, filter`;
      ledger.left(
        user.subject,
        field,
        `Flux 1 took the newest by build time, which Flux 2 cannot see: ImagePolicy ${choice.name} needs tags that sort by number`,
      );
      ledger.chore(
        "ImageAutomation",
        `${code(`ImagePolicy ${choice.name}`)} sorts tags by number, and is not Ready while one of them is none. Have CI put a number that grows into each tag (${code("main-a1b2c3d-1700000000")}), and write ${code("filterTags")} for it.`,
      );
    }
    return choice;
  }

  /** A policy would choose among the other tags: an old one, where a few have three numbers. */
  #tellUnread({ tag }: ImageReference, policy: TagPolicy, { name }: { name: string }, user: ImageUser): void {
    if (tag === undefined || isRead(policy, tag)) return;
    const { ledger } = this.#draft;
    const field = `container ${user.container}, filter`;
    ledger.left(user.subject, field, `Flux 1 read its tag as a version, and Flux 2 does not: ImagePolicy ${name} passes over it`);
    ledger.chore(
      "ImageAutomation",
      `${code(`ImagePolicy ${name}`)} reads whole versions alone (${code("1.4.0")}), and passes over ${code(tag)}, which ${code(user.subject)} runs: it can choose an older one, or none. Move to tags that are whole versions, or to ${code("numerical")} with ${code("filterTags")}, before its line in Git is marked.`,
    );
  }

  #repository(image: ImageReference, { hasPullSecret }: ImageUser): string {
    const { namespace, names } = this.#draft;
    const repository = repositoryOf(image);
    const known = this.#repositories.get(repository);
    if (known !== undefined) return known;
    const name = names.take("ImageRepository", namespace, nameFrom(image.path.at(-1) ?? "", "image"));
    this.#repositories.set(repository, name);
    const object = `ImageRepository ${namespace}/${name}`;
    const cloud = image.domain === undefined || hasPullSecret ? undefined : cloudOf(image.domain);
    // Of the others many are public, and a login that fails shuts those as well.
    const provider = cloud === "aws" ? cloud : undefined;
    this.#draft.add("ImageRepository", namespace, name, {
      image: repository,
      interval: this.#flags.interval(),
      provider,
      insecure: image.domain !== undefined && this.#isInsecure(image.domain, object) ? true : undefined,
    });
    if (cloud !== undefined) this.#tellLogin(cloud, object);
    return name;
  }

  #tellLogin(cloud: CloudProvider, object: string): void {
    const provider = code(`provider: ${cloud}`);
    const set = cloud === "aws" ? `It has ${provider}: see` : `Where it is private, set ${provider}, and see`;
    this.#draft.ledger.chore(
      "ImageAutomation",
      `${code(object)}: fluxd could log in to this registry by itself, with its node's account. ${set} that image-reflector-controller may read it, with its node's account or one of its own by its ServiceAccount. Where a Secret is to do it, name that in ${code("spec.secretRef")}, without a provider.`,
    );
  }

  #isInsecure(domain: string, object: string): boolean {
    if (!this.#flags.isInsecure(domain, object)) return false;
    this.#draft.ledger.chore(
      "ImageAutomation",
      `${code(object)} has ${code("insecure: true")}, which allows plain HTTP. fluxd took any certificate as well: where the registry has one of its own, take ${code("insecure")} out, and name a Secret with its ${code("ca.crt")} in ${code("certSecretRef")}.`,
    );
    return true;
  }

  #add(image: ImageReference, { policy, filterTags }: TagPolicy, user: ImageUser): ImageChoice & { at: "Policy" } {
    const { namespace, names } = this.#draft;
    const imageRepository = this.#repository(image, user);
    const name = names.take("ImagePolicy", namespace, imageRepository);
    const object = this.#draft.add("ImagePolicy", namespace, name, {
      imageRepositoryRef: { name: imageRepository },
      policy,
      filterTags,
    });
    return { at: "Policy", name, object };
  }
}

/** `registry.example.com/org/app` */
function repositoryOf({ domain, path }: ImageReference): string {
  return [...(domain === undefined ? [] : [domain]), ...path].join("/");
}
