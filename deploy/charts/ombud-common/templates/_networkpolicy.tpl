{{- /* Who may speak to the pods of a service and to whom they may speak; all else is refused. Kubelets are always let in. */ -}}
{{- define "ombud-common.networkPolicies" -}}
{{- if .v.networkPolicy.enabled }}
{{- $policy := .v.networkPolicy }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "ombud-common.fullname" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "ombud-common.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- with $policy.monitoringFrom }}
    - ports:
        - port: 8081
      from:
        {{- toYaml . | nindent 8 }}
    {{- end }}
    - ports:
        - port: 8080
        - port: 8081
      from:
        - podSelector:
            matchLabels:
              {{- include "ombud-common.selector" . | nindent 14 }}
              app.kubernetes.io/component: test
  egress:
    - ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
      to:
        {{- toYaml $policy.dns | nindent 8 }}
    {{- include "ombud-common.egress" (dict "peer" $policy.kafka "ports" (list 9092 9093 9094)) | nindent 4 }}
    {{- include "ombud-common.egress" (dict "peer" $policy.mongo "ports" (list 27017)) | nindent 4 }}
    {{- include "ombud-common.egress" (dict "peer" $policy.oidc "ports" (list 443)) | nindent 4 }}
    {{- if $policy.otlp.to }}
    {{- include "ombud-common.egress" (dict "peer" $policy.otlp "ports" (list 4317 4318)) | nindent 4 }}
    {{- end }}
    {{- if .v.helmTest.enabled }}
    - ports:
        - port: 8080
      to:
        - podSelector:
            matchLabels:
              {{- include "ombud-common.selector" . | nindent 14 }}
    {{- end }}
    {{- with $policy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "ombud-common.fullname" . }}-api
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "ombud-common.selector" . | nindent 6 }}
      app.kubernetes.io/component: api
  policyTypes: [Ingress]
  ingress:
    - ports:
        - port: 8080
      {{- with $policy.apiFrom }}
      from:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.egress" -}}
- ports:
    {{- range .peer.ports | default .ports }}
    - port: {{ . }}
    {{- end }}
  {{- with .peer.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
