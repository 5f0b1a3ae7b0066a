/**
 * kube-apiserver for one control plane: the files it reads, its flags, and the authority that signed its certificate.
 */
import { generateKeyPairSync } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AuditedResources, auditPolicy } from "./audit.ts";
import { type Tokens, tokenFile } from "./users.ts";

/** Files in the control plane's folder. */
const FILES = {
  tokens: "tokens.csv",
  serviceAccountKey: "service-account.key",
  auditPolicy: "audit-policy.json",
  certificates: "certificates",
};

/** Above any log of a test or a day's demo: a log that is rotated away would make a witness forget. */
const AUDIT_LOG_LARGEST_MB = 100_000;

export interface ApiServerSettings {
  readonly port: number;
  readonly etcdEndpoint: string;
  /** Where the audit log is written; none without. */
  readonly auditLogFile?: string;
  /** Put last: a flag given twice has its last value. */
  readonly moreFlags: readonly string[];
}

/** @param bodiesOf as auditPolicy() takes it */
export async function writeApiServerFiles(folder: string, tokens: Tokens, bodiesOf: readonly AuditedResources[]): Promise<void> {
  const key = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  await Promise.all([
    writeFile(join(folder, FILES.tokens), tokenFile(tokens), { mode: 0o600 }),
    writeFile(join(folder, FILES.serviceAccountKey), key.privateKey, { mode: 0o600 }),
    writeFile(join(folder, FILES.auditPolicy), JSON.stringify(auditPolicy(bodiesOf))),
  ]);
}

/** The next start makes a new authority and a new certificate. */
export async function forgetCertificates(folder: string): Promise<void> {
  await rm(join(folder, FILES.certificates), { recursive: true });
}

export function apiServerFlags(folder: string, settings: ApiServerSettings): string[] {
  const serviceAccountKey = join(folder, FILES.serviceAccountKey);
  return [
    `--etcd-servers=${settings.etcdEndpoint}`,
    "--bind-address=127.0.0.1",
    // Its default is the machine's own address, which a machine without a network does not have.
    "--advertise-address=127.0.0.1",
    `--secure-port=${settings.port}`,
    // Empty at the first start: the server makes itself an authority and a certificate there, and finds both at the next.
    `--cert-dir=${join(folder, FILES.certificates)}`,
    `--token-auth-file=${join(folder, FILES.tokens)}`,
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://control-plane.test",
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    // Without a controller manager nobody makes the ServiceAccount "default", and pods would be refused for want of it.
    "--disable-admission-plugins=ServiceAccount",
    // It would write the loopback address into the Endpoints of "kubernetes", which the server then refuses every ten seconds.
    "--endpoint-reconciler-type=none",
    ...(settings.auditLogFile === undefined
      ? []
      : [
          `--audit-policy-file=${join(folder, FILES.auditPolicy)}`,
          `--audit-log-path=${settings.auditLogFile}`,
          `--audit-log-maxsize=${AUDIT_LOG_LARGEST_MB}`,
        ]),
    ...settings.moreFlags,
  ];
}

/** @returns the certificate of the authority that the server made for itself (PEM), undefined as long as there is none */
export async function readAuthority(folder: string): Promise<string | undefined> {
  const chain = await readFile(join(folder, FILES.certificates, "apiserver.crt"), "utf8").catch(() => "");
  // The server's own certificate comes first, that of its authority last.
  const certificates = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return certificates.length < 2 ? undefined : certificates.at(-1);
}
