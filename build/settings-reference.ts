/** Makes docs/settings.md from the table of settings. Knows no setting itself. */
import { chartValueOf, flagOf, SETTING_NAMES, SETTINGS, variableOf } from "../src/cli/settings.ts";

const HEAD = `<!-- Made by npm run generate from src/cli/settings.ts. Change that. -->
# Settings

Each setting is a flag of \`flux-migration operator\`, an environment variable, and, where it makes sense in a pod, a value of the Helm chart.
A flag beats the environment. A flag or a \`FLUX_MIGRATION_\` variable that names no setting is refused, and so is an unknown chart value.

| Flag | Environment | Chart value | Default | Meaning |
|---|---|---|---|---|
`;

const TAIL = `
## While it runs

The log level can be changed without a restart, by an annotation that beats the setting:

\`\`\`sh
kubectl annotate migrationstatus cluster flux-migration.dev/log-level=debug
kubectl annotate migrationstatus cluster flux-migration.dev/log-level-
\`\`\`

A pass is asked for as everywhere in Flux; it also counts objects anew:

\`\`\`sh
kubectl annotate --overwrite migrationstatus cluster reconcile.fluxcd.io/requestedAt="$(date +%s)"
\`\`\`

The files of \`--data-folder\` are looked at every ten seconds. Where they change, everything is read and judged again; where they are wrong,
the log says which file, line and field, and the last good data stays in force. See [air-gapped sites](air-gapped.md).
`;

export function settingsReference(): string {
  const rows = SETTING_NAMES.map((name) => {
    const setting = SETTINGS[name];
    const value = "value" in setting ? ` ${setting.value.replaceAll("|", "\\|")}` : "";
    const preset = setting.schema().safeParse(undefined).data;
    const chart = chartValueOf(name);
    const cells = [
      `\`${flagOf(name)}${value}\``,
      `\`${variableOf(name)}\``,
      chart === undefined ? "none: not in a pod" : chart,
      preset === undefined ? "" : `\`${String(preset)}\``,
      setting.help,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `${HEAD}${rows.join("\n")}\n${TAIL}`;
}
