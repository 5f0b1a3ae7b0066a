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

{{/* Of each object. */}}
{{- define "flux-migration-operator.labels" -}}
{{- include "flux-migration-operator.labelsWith" (list . (dict)) -}}
{{- end -}}

{{/* The same with labels that the values give one object, which beat those that they give each. Of a list: the context, and these labels.
     Labels of the chart's own beat all of the values: a selector counts on them. */}}
{{- define "flux-migration-operator.labelsWith" -}}
{{- $context := first . -}}
{{- $own := dict
  "app.kubernetes.io/version" ($context.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" $context.Release.Service
  "app.kubernetes.io/part-of" "flux-migration-operator"
  "helm.sh/chart" (printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
-}}
{{- toYaml (merge (include "flux-migration-operator.selectorLabels" $context | fromYaml) $own (last .) $context.Values.commonLabels) -}}
{{- end -}}

{{- define "flux-migration-operator.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry -}}
{{- $version := printf ":%s" (default .Chart.AppVersion .Values.image.tag) -}}
{{- $released := ternary "" (index .Chart.Annotations "flux-migration.dev/image-digest") (not (empty .Values.image.tag)) -}}
{{- with default $released .Values.image.digest }}{{ $version = printf "@%s" . }}{{ end -}}
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
