{{/* What the operator's pod and the pod of `helm test` have in common. */}}

{{/* Without service links: the kubelet would set FLUX_MIGRATION_OPERATOR_SERVICE_HOST and more for the Service, and the operator refuses
     settings that it does not know. */}}
{{- define "flux-migration-operator.podSpec" -}}
serviceAccountName: {{ include "flux-migration-operator.serviceAccountName" . | quote }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "flux-migration-operator.dataConfigMap" . }}
volumes:
  - name: data
    configMap:
      name: {{ . | quote }}
      {{- if $.Values.data.files }}
      items:
        {{- range $path, $text := $.Values.data.files }}
        - key: {{ $path | replace "/" "." }}
          path: {{ $path }}
        {{- end }}
      {{- else if $.Values.data.items }}
      items:
        {{- toYaml $.Values.data.items | nindent 8 }}
      {{- end }}
{{- end }}
{{- end -}}

{{- define "flux-migration-operator.container" -}}
image: {{ include "flux-migration-operator.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if include "flux-migration-operator.dataConfigMap" . }}
volumeMounts:
  - name: data
    mountPath: /data
    readOnly: true
{{- end }}
{{- end -}}

{{/* Arguments that the operator and its check share. Of a list: the context, and the settings to hand on. */}}
{{- define "flux-migration-operator.settings" -}}
{{- $context := first . -}}
{{- $arguments := list -}}
{{- if include "flux-migration-operator.leaderElection" $context -}}
{{- $arguments = list "--leader-election" (printf "--lease-name=%s" (include "flux-migration-operator.fullname" $context)) -}}
{{- end -}}
{{- if include "flux-migration-operator.dataConfigMap" $context -}}
{{- $arguments = append $arguments "--data-folder=/data" -}}
{{- end -}}
{{- range $name, $value := last . -}}
{{- $arguments = append $arguments (printf "--%s=%v" (kebabcase $name) $value) -}}
{{- end -}}
{{- with $arguments -}}{{ toYaml . }}{{ end -}}
{{- end -}}
