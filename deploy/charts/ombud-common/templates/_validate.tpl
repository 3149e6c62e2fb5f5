{{- /* Everything that is missing or contradicts itself, said at once and before anything is rendered. */ -}}
{{- define "ombud-common.validate" -}}
{{- $problems := printf "%s%s%s%s%s" (include "ombud-common.deprecations" .) (include "ombud-common.missing" .) (include "ombud-common.contradictions" .) (include "ombud-common.unscalable" .) (include "ombud-common.divided" .) | trim -}}
{{- if $problems -}}
{{- fail (printf "\n%s: values are refused:\n%s\n" .root.Chart.Name $problems) -}}
{{- end -}}
{{- end -}}

{{- define "ombud-common.missing" -}}
{{- $v := .v -}}
{{- range .facts.requiredConfig }}
{{- if not (get $v.config .) }}
- config.{{ . }} is missing (or, for all services at once, global.ombud.config.{{ . }})
{{- end }}
{{- end }}
{{- range .facts.secrets }}
{{- if and .required (not (get (get $v.secrets .name) "existingSecret")) }}
- secrets.{{ .name }}.existingSecret is missing: name a Secret that exists (or global.ombud.secrets.{{ .name }}.existingSecret)
{{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.contradictions" -}}
{{- $v := .v -}}
{{- $drain := add ($v.config.shutdownWithinSeconds | default 20) 10 $v.preStopSeconds }}
{{- if lt (int $v.terminationGracePeriodSeconds) (int $drain) }}
- terminationGracePeriodSeconds is {{ $v.terminationGracePeriodSeconds }}, and a pod may need {{ $drain }}: preStopSeconds, config.shutdownWithinSeconds and 10 for the outbox
{{- end }}
{{- if and $v.httpRoute.enabled (empty $v.httpRoute.parentRefs) }}
- httpRoute.parentRefs is empty: name a Gateway
{{- end }}
{{- if and $v.ingress.enabled (empty $v.ingress.hosts) }}
- ingress.hosts is empty: services share paths, so each needs a host of its own
{{- end }}
{{- $kafka := $v.config.kafkaProtocol | default "PLAINTEXT" }}
{{- if and (hasPrefix "SASL" $kafka) (ne ($v.config.kafkaSaslMechanism | default "") "OAUTHBEARER") (not (and $v.config.kafkaUsername $v.secrets.kafkaPassword.existingSecret)) }}
- config.kafkaProtocol is {{ $kafka }}: config.kafkaUsername and secrets.kafkaPassword.existingSecret are needed
{{- end }}
{{- if and (hasPrefix "SASL" $kafka) (eq ($v.config.kafkaSaslMechanism | default "") "OAUTHBEARER") (not (and $v.config.kafkaClientId $v.config.kafkaTokenEndpoint $v.secrets.kafkaClientSecret.existingSecret)) }}
- config.kafkaSaslMechanism is OAUTHBEARER: config.kafkaClientId, config.kafkaTokenEndpoint and secrets.kafkaClientSecret.existingSecret are needed
{{- end }}
{{- if and (not (hasSuffix "SSL" $kafka)) (or $v.kafkaTls.caSecret $v.kafkaTls.certificateSecret) }}
- kafkaTls is set, and config.kafkaProtocol {{ $kafka }} uses no certificates
{{- end }}
{{- if and (not (hasPrefix "SASL" $kafka)) (or $v.config.kafkaUsername $v.config.kafkaClientId) }}
- config.kafkaUsername or kafkaClientId is set, and config.kafkaProtocol {{ $kafka }} names no user
{{- end }}
{{- end -}}

{{- /* What must be the same for all services of a release: said once, for all. */ -}}
{{- define "ombud-common.divided" -}}
{{- $root := .root -}}
{{- if not $root.Chart.IsRoot }}
{{- $common := dig "ombud" "config" dict ($root.Values.global | default dict) }}
{{- range $key := list "namespace" "cellMarkets" }}
{{- $own := get $root.Values.config $key }}
{{- if and $own (ne (toJson $own) (toJson (get $common $key))) }}
- config.{{ $key }} is another than for the other services: say it in global.ombud.config.{{ $key }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.unscalable" -}}
{{- $context := . -}}
{{- range .facts.components }}
{{- $scaling := dig "keda" dict (get $context.v .name) }}
{{- if $scaling.enabled }}
{{- if not ($context.root.Capabilities.APIVersions.Has "keda.sh/v1alpha1") }}
- {{ .name }}.keda.enabled is true, and the cluster has no keda.sh/v1alpha1: install KEDA (offline: --api-versions keda.sh/v1alpha1)
{{- end }}
{{- if and (eq .name "fire") (not $scaling.prometheusAddress) }}
- fire.keda.prometheusAddress is missing
{{- end }}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}
- {{ .name }}.keda.minReplicas is above maxReplicas
{{- end }}
{{- end }}
{{- end }}
{{- if and .v.api (dig "autoscaling" "enabled" false .v.api) }}
{{- if gt (int .v.api.autoscaling.minReplicas) (int .v.api.autoscaling.maxReplicas) }}
- api.autoscaling.minReplicas is above maxReplicas
{{- end }}
{{- if not (dig "cpu" "" ((.v.api.resources | default dict).requests | default dict)) }}
- api.autoscaling.enabled is true, and api.resources.requests.cpu is missing, of which it is a share
{{- end }}
{{- end }}
{{- end -}}
