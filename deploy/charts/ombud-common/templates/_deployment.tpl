{{- define "ombud-common.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .v.runAsUser }}
runAsGroup: {{ .v.runAsUser }}
fsGroup: {{ .v.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "ombud-common.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "ombud-common.pullSecrets" -}}
{{- with .v.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ombud-common.replicas" -}}
{{- if not (or (dig "autoscaling" "enabled" false .own) (dig "keda" "enabled" false .own)) -}}
replicas: {{ .own.replicaCount }}
{{- end }}
{{- end -}}

{{- define "ombud-common.deployment" }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "ombud-common.componentName" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  {{- with include "ombud-common.replicas" . }}
  {{- . | nindent 2 }}
  {{- end }}
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "ombud-common.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "ombud-common.labels" . | nindent 8 }}
        {{- with .v.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        checksum/config: {{ include "ombud-common.settings" . | sha256sum }}
        {{- with .v.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "ombud-common.pod" . | nindent 6 }}
{{- end -}}

{{- define "ombud-common.pod" -}}
serviceAccountName: {{ include "ombud-common.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .v.terminationGracePeriodSeconds }}
securityContext:
  {{- include "ombud-common.podSecurity" . | nindent 2 }}
{{- with include "ombud-common.pullSecrets" . }}
{{ . | trim }}
{{- end }}
containers:
  - name: {{ .facts.service }}
    image: {{ include "ombud-common.image" . | quote }}
    imagePullPolicy: {{ .v.image.pullPolicy }}
    securityContext:
      {{- include "ombud-common.containerSecurity" . | nindent 6 }}
    envFrom:
      - configMapRef:
          name: {{ include "ombud-common.fullname" . }}
    env:
      - name: OMBUD_ROLES
        value: {{ .component.roles | join "," | quote }}
      {{- include "ombud-common.environment" . | trim | nindent 6 }}
    ports:
      {{- if eq .component.name "api" }}
      - name: http
        containerPort: 8080
      {{- end }}
      - name: admin
        containerPort: 8081
    {{- include "ombud-common.probes" . | nindent 4 }}
    {{- with .v.preStopSeconds }}
    lifecycle:
      preStop:
        sleep:
          seconds: {{ . }}
    {{- end }}
    resources:
      {{- toYaml .own.resources | nindent 6 }}
    volumeMounts:
      {{- include "ombud-common.mounts" . | nindent 6 }}
volumes:
  {{- include "ombud-common.volumes" . | nindent 2 }}
{{- include "ombud-common.placement" . }}
{{- end -}}

{{- define "ombud-common.probes" -}}
startupProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: {{ .v.probes.startupFailureThreshold }}
livenessProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: {{ .v.probes.livenessFailureThreshold }}
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: {{ .v.probes.readinessFailureThreshold }}
{{- end -}}

{{- define "ombud-common.placement" -}}
{{- $selector := dict "matchLabels" (include "ombud-common.selector" . | fromYaml) -}}
{{- with .v.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{ toYaml (merge (deepCopy .) (dict "labelSelector" $selector)) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- with .v.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .v.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .v.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .v.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "ombud-common.podDisruptionBudget" -}}
{{- if .v.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "ombud-common.componentName" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .v.podDisruptionBudget.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "ombud-common.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
