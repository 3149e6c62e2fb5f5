{{- /* A Job that creates the topics that are missing. It may run any number of times, and its name stays the same. */ -}}
{{- define "ombud-common.topicsJob" -}}
{{- $v := include "ombud-common.values" (dict "own" .Values.topics "global" .Values.global) | fromJson -}}
{{- $facts := .Files.Get "files/facts.yaml" | fromYaml -}}
{{- $context := dict "root" . "v" $v "facts" $facts "component" (dict "name" "topics") -}}
{{- if $v.enabled }}
{{- if not $v.config.kafka }}
{{- fail "\nombud: values are refused:\n- topics.enabled is true, and global.ombud.config.kafka is missing" }}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "ombud-common.fullname" $context }}-topics
  labels:
    {{- include "ombud-common.labels" $context | nindent 4 }}
  {{- with $v.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  backoffLimit: 6
  activeDeadlineSeconds: 600
  template:
    metadata:
      labels:
        {{- include "ombud-common.labels" $context | nindent 8 }}
    spec:
      restartPolicy: OnFailure
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        {{- include "ombud-common.podSecurity" $context | nindent 8 }}
      {{- with include "ombud-common.pullSecrets" $context }}
      {{- . | trim | nindent 6 }}
      {{- end }}
      containers:
        - name: topics
          image: {{ include "ombud-common.image" $context | quote }}
          imagePullPolicy: {{ $v.image.pullPolicy }}
          securityContext:
            {{- include "ombud-common.containerSecurity" $context | nindent 12 }}
          command: [ombud-topics, apply]
          {{- if not $v.rights }}
          args: [--no-acls]
          {{- end }}
          env:
            - name: OMBUD_TOPIC_REPLICAS
              value: {{ $v.replicas | quote }}
            - name: OMBUD_TOPIC_PARTITIONS
              value: {{ $v.partitions | quote }}
            - name: OMBUD_TOPIC_RETENTION_DAYS
              value: {{ $v.retentionDays | quote }}
            - name: OMBUD_KAFKA_PRINCIPAL
              value: {{ $v.principal | quote }}
            {{- range $key, $value := $v.config }}
            {{- if or (hasPrefix "kafka" $key) (eq $key "namespace") }}
            - name: OMBUD_{{ $key | snakecase | upper }}
              value: {{ include "ombud-common.setting" $value | quote }}
            {{- end }}
            {{- end }}
            {{- include "ombud-common.environment" $context | nindent 12 }}
          resources:
            {{- toYaml $v.resources | nindent 12 }}
          volumeMounts:
            {{- include "ombud-common.mounts" $context | nindent 12 }}
      volumes:
        {{- include "ombud-common.volumes" $context | nindent 8 }}
{{- end }}
{{- end -}}
