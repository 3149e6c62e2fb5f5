{{- /* Keys that are not there (any more) fail with what to write instead. They stand in files/moved.yaml of each chart. */ -}}
{{- define "ombud-common.deprecations" -}}
{{- $values := .root.Values -}}
{{- range $key, $instead := .facts.moved -}}
{{- if hasKey $values $key }}
- {{ $key }} is not a value of this chart: write {{ $instead }}
{{- end -}}
{{- end -}}
{{- end -}}
