{{- /* The service's own value holds; what is empty there is taken from global.ombud. A setting holds even when it is false. */ -}}
{{- define "ombud-common.values" -}}
{{- $common := dig "ombud" dict (.global | default dict) -}}
{{- $config := deepCopy ($common.config | default dict) -}}
{{- range $key, $value := .own.config | default dict -}}
{{- if not (or (kindIs "invalid" $value) (and (kindIs "string" $value) (eq $value "") (hasKey $config $key))) -}}
{{- $_ := set $config $key $value -}}
{{- end -}}
{{- end -}}
{{- $v := merge (deepCopy .own) (deepCopy $common) -}}
{{- $_ := set $v "config" $config -}}
{{- $v | toJson -}}
{{- end -}}

{{- /* The whole of a service. */ -}}
{{- define "ombud-common.service" -}}
{{- $facts := .Files.Get "files/facts.yaml" | fromYaml -}}
{{- $_ := set $facts "moved" (.Files.Get "files/moved.yaml" | fromYaml) -}}
{{- $v := include "ombud-common.values" (dict "own" .Values "global" .Values.global) | fromJson -}}
{{- $context := dict "root" . "v" $v "facts" $facts -}}
{{- include "ombud-common.validate" $context -}}
{{- include "ombud-common.configMap" $context }}
{{- include "ombud-common.serviceAccount" $context }}
{{- range $facts.components }}
{{- $part := merge (dict "component" . "own" (get $v .name)) $context }}
{{- include "ombud-common.deployment" $part }}
{{- include "ombud-common.podDisruptionBudget" $part }}
{{- include "ombud-common.horizontalPodAutoscaler" $part }}
{{- include "ombud-common.scaledObject" $part }}
{{- end }}
{{- include "ombud-common.triggerAuthentication" $context }}
{{- include "ombud-common.apiService" $context }}
{{- include "ombud-common.ingress" $context }}
{{- include "ombud-common.httpRoute" $context }}
{{- include "ombud-common.networkPolicies" $context }}
{{- include "ombud-common.podMonitor" $context }}
{{- include "ombud-common.helmTest" $context }}
{{- include "ombud-common.extraObjects" $context }}
{{- end -}}

{{- define "ombud-common.serviceAccount" -}}
{{- if .v.serviceAccount.create }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "ombud-common.serviceAccountName" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
  {{- with .v.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{- define "ombud-common.extraObjects" -}}
{{- $root := .root -}}
{{- range .v.extraObjects }}
---
{{ tpl (ternary . (toYaml .) (kindIs "string" .)) $root }}
{{- end }}
{{- end -}}
