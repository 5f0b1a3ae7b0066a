{{/* Names and labels of all objects, and what several templates ask. */}}

{{/* A release called like the chart gives its objects this one name, not twice the same. 63: the longest name of a Service. */}}
{{- define "flux-migration-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "flux-migration-operator.serviceAccountName" -}}
{{- default (include "flux-migration-operator.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The name is the same under every release, override and alias: `flux-migration check` and scrape configurations look for it. */}}
{{- define "flux-migration-operator.selectorLabels" -}}
app.kubernetes.io/name: flux-migration-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Of each object. Labels of the chart's own beat those of the values: a selector counts on them. */}}
{{- define "flux-migration-operator.labels" -}}
{{- $own := dict
  "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" .Release.Service
  "app.kubernetes.io/part-of" "flux-migration-operator"
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
-}}
{{- toYaml (merge (include "flux-migration-operator.selectorLabels" . | fromYaml) $own .Values.commonLabels) -}}
{{- end -}}

{{- define "flux-migration-operator.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $version := printf ":%s" (default .Chart.AppVersion .Values.image.tag) -}}
{{- with .Values.image.digest }}{{ $version = printf "@%s" . }}{{ end -}}
{{- printf "%s/%s%s" $registry .Values.image.repository $version -}}
{{- end -}}

{{/* Not empty where several replicas run: then one of them leads. */}}
{{- define "flux-migration-operator.leaderElection" -}}
{{- if gt (int .Values.replicas) 1 }}true{{ end -}}
{{- end -}}

{{/* Name of the ConfigMap with data files; empty without any. */}}
{{- define "flux-migration-operator.dataConfigMap" -}}
{{- if .Values.data.files -}}
{{- include "flux-migration-operator.fullname" . }}-data
{{- else -}}
{{- .Values.data.existingConfigMap -}}
{{- end -}}
{{- end -}}
