/** How fluxd got at the registries of images, by which it is known what image-reflector-controller needs. Follows no image. */
import type { FlagAccount } from "./flag-account.ts";

/** Values of an ImageRepository's `spec.provider`. */
export type CloudProvider = "aws" | "azure" | "gcp";

/** `<account>.dkr.ecr.<region>.amazonaws.com`. Source: fluxd 1.25.4, pkg/registry/aws.go */
const ECR = /^([^.]+)\.dkr\.ecr\.([^.]+)\.amazonaws\.com$/;
/** Source: fluxd 1.25.4, pkg/registry/azure.go */
const ACR = /\.azurecr\.(?:io|cn|de|us)$/;
/** Source: fluxd 1.25.4, pkg/registry/credentials.go */
const GOOGLE = /^(?:.+\.)?gcr\.io$|-docker\.pkg\.dev$/;

/** The cloud at whose registry fluxd could log in by itself; undefined for any other registry. A Secret that names the registry came first. */
export function cloudOf(domain: string): CloudProvider | undefined {
  if (ECR.test(domain)) return "aws";
  if (ACR.test(domain)) return "azure";
  return GOOGLE.test(domain) ? "gcp" : undefined;
}

/** The account of EKS itself. Source: fluxd 1.25.4, cmd/fluxd/main.go */
const EXCLUDED_ACCOUNTS = ["602401143452"] as const;
const FLAGS = { region: "registry-ecr-region", include: "registry-ecr-include-id", exclude: "registry-ecr-exclude-id" } as const;
export const ECR_FLAGS = Object.values(FLAGS);

/** Whether a fluxd with these flags scanned the registry, as far as it is one of ECR. Without a region it scanned its own, which no manifest tells. */
export function scansRegistry(flags: FlagAccount, domain: string): boolean {
  const [, account = "", region = ""] = ECR.exec(domain) ?? [];
  if (account === "") return true;
  const [regions, included] = [flags.list(FLAGS.region), flags.list(FLAGS.include)];
  const excluded = flags.has(FLAGS.exclude) ? flags.list(FLAGS.exclude) : EXCLUDED_ACCOUNTS;
  return (
    (regions.length === 0 || regions.includes(region)) &&
    (included.length === 0 || included.includes(account)) &&
    !excluded.some((each) => each === account)
  );
}

export const INSECURE_HOST = "registry-insecure-host";

/** Whether fluxd took plain HTTP, or a certificate that nobody vouches for. It named hosts with or without their port. */
export function isInsecure(flags: FlagAccount, domain: string): boolean {
  const hosts = flags.list(INSECURE_HOST);
  return hosts.includes(domain) || hosts.includes(domain.replace(/:\d+$/, ""));
}
