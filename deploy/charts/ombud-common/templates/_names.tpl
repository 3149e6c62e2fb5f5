{{- /*
Names and labels. Each template takes a context: `root` (what Helm gives a template), `v` (the values in force), `facts`
(what the chart knows of its service) and, where a Deployment is concerned, `component`.
*/ -}}

{{- define "ombud-common.name" -}}
{{- .v.nameOverride | default .root.Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "ombud-common.fullname" -}}
{{- if .v.fullnameOverride -}}
{{- .v.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "ombud-common.name" . -}}
{{- $release := .root.Release.Name -}}
{{- $room := sub 49 (len $name) | max 1 | int -}}
{{- ternary $release (printf "%s-%s" ($release | trunc $room | trimSuffix "-") $name) (eq $release $name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "ombud-common.componentName" -}}
{{- printf "%s-%s" (include "ombud-common.fullname" .) .component.name -}}
{{- end -}}

{{- define "ombud-common.serviceAccountName" -}}
{{- if .v.serviceAccount.create -}}
{{- .v.serviceAccount.name | default (include "ombud-common.fullname" .) -}}
{{- else -}}
{{- .v.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "ombud-common.selector" -}}
app.kubernetes.io/name: {{ include "ombud-common.name" . }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ .name }}
{{- end }}
{{- end -}}

{{- define "ombud-common.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "ombud-common.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: ombud
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .v.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ombud-common.image" -}}
{{- $image := .v.image -}}
{{- $name := ternary (printf "%s/%s" $image.registry $image.repository) $image.repository (ne $image.registry "") -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
