{{- define "ombud-common.apiService" }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "ombud-common.fullname" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
  {{- with .v.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .v.service.type }}
  selector:
    {{- include "ombud-common.selector" . | nindent 4 }}
    app.kubernetes.io/component: api
  ports:
    - name: http
      port: {{ .v.service.port }}
      targetPort: http
      appProtocol: http
{{- end -}}

{{- define "ombud-common.ingress" -}}
{{- if .v.ingress.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "ombud-common.fullname" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
  {{- with .v.ingress.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .v.ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- with .v.ingress.tls }}
  tls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range .v.ingress.hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ include "ombud-common.fullname" $ }}
                port:
                  name: http
    {{- end }}
{{- end }}
{{- end -}}

{{- define "ombud-common.httpRoute" -}}
{{- if .v.httpRoute.enabled }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ include "ombud-common.fullname" . }}
  labels:
    {{- include "ombud-common.labels" . | nindent 4 }}
  {{- with .v.httpRoute.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  parentRefs:
    {{- toYaml .v.httpRoute.parentRefs | nindent 4 }}
  {{- with .v.httpRoute.hostnames }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: /
      backendRefs:
        - name: {{ include "ombud-common.fullname" . }}
          port: {{ .v.service.port }}
{{- end }}
{{- end -}}
