{{- /* What scales Deployments: HTTP by its processor, consumers by what waits on topics, firing by the clocks that are due. */ -}}
{{- define "ombud-common.horizontalPodAutoscaler" -}}
{{- $scaling := .own.autoscaling -}}
{{- if and $scaling $scaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "ombud-common.componentName" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "ombud-common.componentName" . }}
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $scaling.targetCPUUtilizationPercentage }}
    {{- with $scaling.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: {{ $scaling.scaleDownStabilizationSeconds }}
{{- end }}
{{- end -}}

{{- define "ombud-common.scaledObject" -}}
{{- $keda := .own.keda -}}
{{- if and $keda $keda.enabled }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ include "ombud-common.componentName" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    name: {{ include "ombud-common.componentName" . }}
  minReplicaCount: {{ $keda.minReplicas }}
  maxReplicaCount: {{ $keda.maxReplicas }}
  pollingInterval: {{ $keda.pollingIntervalSeconds }}
  cooldownPeriod: {{ $keda.cooldownSeconds }}
  fallback:
    {{- /* After an error that it reports, KEDA makes its clients anew, which Kafka's cannot be without a broker: no second
    failure is ever counted. So consumers fall back at the first one, of which KEDA has tried twice. */}}
    failureThreshold: {{ $keda.fallbackFailures | default 0 }}
    replicas: {{ $keda.fallbackReplicas }}
    behavior: currentReplicasIfHigher
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: {{ $keda.cooldownSeconds }}
  triggers:
    {{- if eq .component.name "fire" }}
    {{- include "ombud-common.firingTriggers" . | nindent 4 }}
    {{- else }}
    {{- include "ombud-common.lagTriggers" . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.lagTriggers" -}}
{{- $context := . -}}
{{- $prefix := ternary (printf "%s." .v.config.namespace) "" (not (empty .v.config.namespace)) -}}
{{- range .facts.topics }}
- type: kafka
  metadata:
    bootstrapServers: {{ $context.v.config.kafka | quote }}
    consumerGroup: {{ printf "%s%s" $prefix $context.facts.group | quote }}
    topic: {{ printf "%s%s" $prefix . | quote }}
    lagThreshold: {{ $context.own.keda.lagThreshold | quote }}
    activationLagThreshold: {{ $context.own.keda.activationLagThreshold | quote }}
    offsetResetPolicy: earliest
    limitToPartitionsWithLag: "true"
    {{- include "ombud-common.kafkaAccess" $context | nindent 4 }}
  {{- if include "ombud-common.kafkaAccess" $context }}
  authenticationRef:
    name: {{ include "ombud-common.fullname" $context }}-kafka
  {{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.kafkaAccess" -}}
{{- $protocol := .v.config.kafkaProtocol | default "PLAINTEXT" -}}
{{- $mechanisms := dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512" "OAUTHBEARER" "oauthbearer" -}}
{{- if hasPrefix "SASL" $protocol }}
sasl: {{ get $mechanisms (.v.config.kafkaSaslMechanism | default "SCRAM-SHA-512") }}
{{- end }}
{{- if hasSuffix "SSL" $protocol }}
tls: enable
{{- end }}
{{- end -}}

{{- define "ombud-common.firingTriggers" -}}
{{- $keda := .own.keda -}}
{{- $pods := printf "namespace=%q,pod=~%q" .root.Release.Namespace (printf "%s-.+" (include "ombud-common.fullname" .)) -}}
{{- $overdue := printf "max(ombud_sla_overdue_unannounced{%s}) * (1 - max(ombud_sla_holding{%s}))" $pods $pods -}}
{{- $due := printf "max(ombud_sla_due_next_minute{%s})" $pods -}}
{{- range $query, $threshold := dict $overdue $keda.overdueThreshold $due $keda.dueThreshold }}
- type: prometheus
  metadata:
    serverAddress: {{ $keda.prometheusAddress | quote }}
    query: {{ $query | quote }}
    threshold: {{ $threshold | quote }}
    activationThreshold: {{ $keda.activationThreshold | quote }}
    ignoreNullValues: "false"
{{- end }}
{{- end -}}

{{- define "ombud-common.triggerAuthentication" -}}
{{- if and .v.consume.keda.enabled (include "ombud-common.kafkaAccess" .) }}
{{- $oauth := eq (.v.config.kafkaSaslMechanism | default "") "OAUTHBEARER" }}
{{- $password := ternary .v.secrets.kafkaClientSecret .v.secrets.kafkaPassword $oauth }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ include "ombud-common.fullname" . }}-kafka
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
spec:
  {{- if hasPrefix "SASL" .v.config.kafkaProtocol }}
  env:
    - parameter: username
      name: {{ ternary "OMBUD_KAFKA_CLIENT_ID" "OMBUD_KAFKA_USERNAME" $oauth }}
    {{- if $oauth }}
    - parameter: oauthTokenEndpointUri
      name: OMBUD_KAFKA_TOKEN_ENDPOINT
    - parameter: scopes
      name: OMBUD_KAFKA_TOKEN_SCOPE
    {{- end }}
  {{- end }}
  {{- include "ombud-common.triggerSecrets" (merge (dict "oauth" $oauth "password" $password) .) | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ombud-common.triggerSecrets" -}}
{{- with include "ombud-common.triggerSecretList" . }}
secretTargetRef:
{{- . }}
{{- else }}
secretTargetRef: []
{{- end }}
{{- end -}}

{{- define "ombud-common.triggerSecretList" -}}
  {{- if .password.existingSecret }}
  - parameter: password
    name: {{ .password.existingSecret }}
    key: {{ .password.key | default (ternary "kafka-client-secret" "kafka-password" .oauth) }}
  {{- end }}
  {{- if .v.kafkaTls.caSecret }}
  - parameter: ca
    name: {{ .v.kafkaTls.caSecret }}
    key: {{ .v.kafkaTls.caKey | default "ca.crt" }}
  {{- end }}
  {{- if .v.kafkaTls.certificateSecret }}
  - parameter: cert
    name: {{ .v.kafkaTls.certificateSecret }}
    key: {{ .v.kafkaTls.certificateKey | default "user.crt" }}
  - parameter: key
    name: {{ .v.kafkaTls.certificateSecret }}
    key: {{ .v.kafkaTls.privateKey | default "user.key" }}
  {{- end }}
  {{- with .v.secrets.kafkaKeyPassword.existingSecret }}
  - parameter: keyPassword
    name: {{ . }}
    key: {{ $.v.secrets.kafkaKeyPassword.key | default "kafka-key-password" }}
  {{- end }}
{{- end -}}
