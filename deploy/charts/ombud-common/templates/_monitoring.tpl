{{- define "ombud-common.podMonitor" -}}
{{- if and .v.podMonitor.enabled (.root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") }}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: {{ include "ombud-common.fullname" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
    {{- with .v.podMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "ombud-common.selector" . | nindent 6 }}
  podTargetLabels:
    - app.kubernetes.io/component
  podMetricsEndpoints:
    - port: admin
      path: /metrics
      interval: {{ .v.podMonitor.interval }}
      relabelings:
        - targetLabel: job # alerts and dashboards go by it
          replacement: ombud-{{ .root.Chart.Name }}
{{- end }}
{{- end -}}

{{- define "ombud-common.helmTest" -}}
{{- if .v.helmTest.enabled }}
{{- $part := merge (dict "component" (dict "name" "test")) . }}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "ombud-common.componentName" $part }}
  labels:
    {{- include "ombud-common.labels" $part | nindent 4 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "ombud-common.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext:
    {{- include "ombud-common.podSecurity" . | nindent 4 }}
  {{- with include "ombud-common.pullSecrets" . }}
  {{- . | trim | nindent 2 }}
  {{- end }}
  containers:
    - name: ask
      image: {{ include "ombud-common.image" . | quote }}
      imagePullPolicy: {{ .v.image.pullPolicy }}
      securityContext:
        {{- include "ombud-common.containerSecurity" . | nindent 8 }}
      command: [python, -c]
      args:
        - import urllib.request; print(urllib.request.urlopen("http://{{ include "ombud-common.fullname" . }}:{{ .v.service.port }}/readyz", timeout=20).read().decode())
      resources:
        requests:
          cpu: 50m
          memory: 64Mi
        limits:
          memory: 128Mi
{{- end }}
{{- end -}}

{{- /* What an object of the umbrella alone takes for labels. */ -}}
{{- define "ombud-common.labelsOfUmbrella" -}}
{{- $v := dict "nameOverride" "" "fullnameOverride" "" "commonLabels" (dig "ombud" "commonLabels" dict (.Values.global | default dict)) -}}
{{- include "ombud-common.labels" (dict "root" . "v" $v) -}}
{{- end -}}

{{- define "ombud-common.alerts" -}}
{{- if and .Values.alerts.enabled (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") }}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ .Release.Name | trunc 50 | trimSuffix "-" }}-alerts
  labels:
    {{- include "ombud-common.labelsOfUmbrella" . | nindent 4 }}
    {{- with .Values.alerts.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- .Files.Get "files/alerts.yaml" | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ombud-common.dashboards" -}}
{{- if .Values.dashboards.enabled }}
{{- range $path, $content := .Files.Glob "files/dashboards/*.json" }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name | trunc 40 | trimSuffix "-" }}-dashboard-{{ base $path | trimSuffix ".json" }}
  labels:
    {{- include "ombud-common.labelsOfUmbrella" $ | nindent 4 }}
    {{- with $.Values.dashboards.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
data:
  ombud-{{ base $path }}: |-
    {{- $.Files.Get $path | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}
