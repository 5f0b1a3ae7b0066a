{{/* What values.schema.json cannot say: values that contradict each other, or the files of the chart. Renders nothing. */}}

{{- define "flux-migration-operator.checks" -}}
{{- if and .Values.data.files .Values.data.existingConfigMap -}}
{{- fail "data.existingConfigMap: want either this or data.files, not both" -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled: there is nothing to scrape while metrics.enabled is false" -}}
{{- end -}}
{{- if and .Values.rbac.create (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: want the name of an account while serviceAccount.create is false; its rights must not go to that of the namespace" -}}
{{- end -}}
{{- if .Values.migrationStatus.create -}}
{{- if not (.Capabilities.APIVersions.Has "flux-migration.dev/v1alpha1/MigrationStatus") -}}
{{- fail "migrationStatus.create: the CRDs come first; install with replicas=0 and without this, then upgrade with it" -}}
{{- end -}}
{{- /* Helm 3 takes an object over without a change to it: the spec of the values would be lost without a word. */ -}}
{{- $found := lookup "flux-migration.dev/v1alpha1" "MigrationStatus" "" "cluster" -}}
{{- if and $found (ne (dig "metadata" "annotations" "meta.helm.sh/release-name" "" $found) .Release.Name) -}}
{{- fail "migrationStatus.create: MigrationStatus/cluster exists already, and is not of this release; set its spec with kubectl" -}}
{{- end -}}
{{- end -}}
{{- $alerts := include "flux-migration-operator.alertNames" . | fromYamlArray -}}
{{- range concat (keys .Values.prometheusRule.severities) .Values.prometheusRule.disabled -}}
{{- if not (has . $alerts) -}}
{{- fail (printf "prometheusRule: there is no alert %q; known: %s" . (join ", " $alerts)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "flux-migration-operator.alertNames" -}}
{{- $names := list -}}
{{- range .Files.Get "files/alerts.yaml" | fromYamlArray -}}
{{- range .rules -}}
{{- with .alert }}{{ $names = append $names . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toYaml (uniq $names) -}}
{{- end -}}
