/** ImageRepositories and ImagePolicies: one repository an image, one policy a way of choosing its tag, shared by all that want the same. */
import { type ImageReference, parseImageReference } from "../detect/image-reference.ts";
import type { Draft } from "./draft.ts";
import { code } from "./markdown.ts";
import { nameFrom } from "./names.ts";
import { tagPolicy } from "./tag-filter.ts";

export type ImageChoice = { at: "Policy"; name: string; object: string } | { at: "None"; why: string };

export class ImagePolicies {
  readonly #draft: Draft;
  readonly #scans: (image: ImageReference) => boolean;
  readonly #interval: () => string;
  readonly #repositories = new Map<string, string>();
  readonly #policies = new Map<string, ImageChoice & { at: "Policy" }>();

  /**
   * @param scans whether Flux 1 looked for newer ones of an image
   * @param interval of scanning: Flux 1's of automation. Asked for only where an image is followed: then its flag stands in something.
   */
  constructor(draft: Draft, scans: (image: ImageReference) => boolean, interval: () => string) {
    this.#draft = draft;
    this.#scans = scans;
    this.#interval = interval;
  }

  get isEmpty(): boolean {
    return this.#policies.size === 0;
  }

  /**
   * @param image as the workload names it
   * @param filter value of its tag annotation, where it has one
   * @param user who wants it, for the list of what a person does
   */
  choose(image: string, filter: string | undefined, user: { subject: string; container: string }): ImageChoice {
    const reference = parseImageReference(image);
    if ("problem" in reference) return { at: "None", why: `its image has no name that can be read: ${reference.problem}` };
    if (reference.digest !== undefined) return { at: "None", why: "its image is fixed by a digest" };
    if (!this.#scans(reference))
      return { at: "None", why: "fluxd did not scan its image (--registry-exclude-image, --registry-include-image)" };
    const policy = tagPolicy(filter);
    if (policy === undefined) return { at: "None", why: "its filter chooses no tag" };
    const repository = [...(reference.domain === undefined ? [] : [reference.domain]), ...reference.path].join("/");
    const key = `${repository} ${JSON.stringify(policy)}`;
    const known = this.#policies.get(key);
    const choice = known ?? this.#add(repository, reference.path.at(-1) ?? "", policy);
    if (!known) this.#policies.set(key, choice);
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

  #add(
    repository: string,
    title: string,
    { policy, filterTags }: NonNullable<ReturnType<typeof tagPolicy>>,
  ): ImageChoice & { at: "Policy" } {
    const { namespace, names } = this.#draft;
    const imageRepository = this.#repositories.get(repository) ?? names.take("ImageRepository", namespace, nameFrom(title, "image"));
    if (!this.#repositories.has(repository)) {
      this.#repositories.set(repository, imageRepository);
      this.#draft.add("ImageRepository", namespace, imageRepository, { image: repository, interval: this.#interval() });
    }
    const name = names.take("ImagePolicy", namespace, imageRepository);
    const object = this.#draft.add("ImagePolicy", namespace, name, {
      imageRepositoryRef: { name: imageRepository },
      policy,
      filterTags,
    });
    return { at: "Policy", name, object };
  }
}
