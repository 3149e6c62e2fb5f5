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
