{{- /* Settings as a ConfigMap, secrets as files. Lists are written with commas, numbers and maps as JSON, as the services read them. */ -}}
{{- define "ombud-common.settings" -}}
OMBUD_ENV: production
OMBUD_HTTP_HOST: 0.0.0.0
OMBUD_HTTP_PORT: "8080"
OMBUD_ADMIN_HOST: 0.0.0.0
OMBUD_ADMIN_PORT: "8081"
TMPDIR: /tmp
{{- range $key, $value := .v.config }}
{{- if not (kindIs "invalid" $value) }}
OMBUD_{{ $key | snakecase | upper }}: {{ include "ombud-common.setting" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.setting" -}}
{{- if kindIs "string" . -}}{{ . }}{{- else if kindIs "slice" . -}}{{ join "," . }}{{- else -}}{{ toJson . }}{{- end -}}
{{- end -}}

{{- define "ombud-common.configMap" -}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "ombud-common.fullname" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
data:
  {{- include "ombud-common.settings" . | nindent 2 }}
{{- end -}}

{{- define "ombud-common.environment" -}}
{{- $v := .v -}}
{{- range .facts.secrets }}
{{- if get (get $v.secrets .name) "existingSecret" }}
- name: {{ .variable }}_FILE
  value: /etc/ombud/secrets/{{ .file }}
{{- end }}
{{- end }}
{{- with $v.kafkaTls }}
{{- if .caSecret }}
- name: OMBUD_KAFKA_CA_FILE
  value: /etc/ombud/kafka-ca/{{ .caKey | default "ca.crt" }}
{{- end }}
{{- if .certificateSecret }}
- name: OMBUD_KAFKA_CERTIFICATE_FILE
  value: /etc/ombud/kafka-certificate/{{ .certificateKey | default "user.crt" }}
- name: OMBUD_KAFKA_KEY_FILE
  value: /etc/ombud/kafka-certificate/{{ .privateKey | default "user.key" }}
{{- end }}
{{- end }}
{{- if $v.marketsConfigMap }}
- name: OMBUD_MARKETS
  value: /etc/ombud/markets
{{- end }}
{{- with $v.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ombud-common.hasSecrets" -}}
{{- $v := .v -}}
{{- range .facts.secrets -}}
{{- if get (get $v.secrets .name) "existingSecret" -}}yes{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ombud-common.mounts" -}}
- name: temporary
  mountPath: /tmp
{{- if include "ombud-common.hasSecrets" . }}
- name: secrets
  mountPath: /etc/ombud/secrets
  readOnly: true
{{- end }}
{{- if .v.kafkaTls.caSecret }}
- name: kafka-ca
  mountPath: /etc/ombud/kafka-ca
  readOnly: true
{{- end }}
{{- if .v.kafkaTls.certificateSecret }}
- name: kafka-certificate
  mountPath: /etc/ombud/kafka-certificate
  readOnly: true
{{- end }}
{{- if .v.marketsConfigMap }}
- name: markets
  mountPath: /etc/ombud/markets
  readOnly: true
{{- end }}
{{- with .v.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ombud-common.volumes" -}}
{{- $v := .v -}}
- name: temporary
  emptyDir:
    sizeLimit: {{ $v.temporaryDisk.sizeLimit }}
    {{- with $v.temporaryDisk.medium }}
    medium: {{ . }}
    {{- end }}
{{- if include "ombud-common.hasSecrets" . }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range .facts.secrets }}
      {{- $from := get $v.secrets .name }}
      {{- if $from.existingSecret }}
      - secret:
          name: {{ $from.existingSecret }}
          items:
            - key: {{ $from.key | default .file }}
              path: {{ .file }}
      {{- end }}
      {{- end }}
{{- end }}
{{- with $v.kafkaTls.caSecret }}
- name: kafka-ca
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with $v.kafkaTls.certificateSecret }}
- name: kafka-certificate
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with $v.marketsConfigMap }}
- name: markets
  configMap:
    name: {{ . }}
{{- end }}
{{- with $v.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
