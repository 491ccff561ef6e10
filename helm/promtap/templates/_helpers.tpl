{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "promtap.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name alone where it says what is installed. Room is left for what objects of it add. */}}
{{- define "promtap.fullname" -}}
{{- $name := include "promtap.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "promtap.selector" -}}
app.kubernetes.io/name: {{ include "promtap.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "promtap.labels" -}}
{{ include "promtap.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "promtap.serviceAccountName" -}}
{{- default (ternary (include "promtap.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "promtap.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* promtap writes an IPv6 address in brackets, as a URL does. */}}
{{- define "promtap.listen" -}}
{{- $address := default "$(POD_IP)" .Values.listen.address -}}
{{- if eq .Values.listen.family "IPv6" -}}
[{{ $address }}]:{{ .Values.listen.port }}
{{- else -}}
{{ $address }}:{{ .Values.listen.port }}
{{- end -}}
{{- end -}}

{{/* Of a probe; the kubelet does not verify the certificate. */}}
{{- define "promtap.scheme" -}}
{{- if .Values.tls.existingSecret }}, scheme: HTTPS{{ end -}}
{{- end -}}

{{- define "promtap.config" -}}
{{- if kindIs "string" .Values.config -}}
{{ .Values.config }}
{{- else if .Values.config -}}
{{ toYaml .Values.config }}
{{- else -}}
# no options
{{- end -}}
{{- end -}}

{{/* Through toYaml, so that no text of a user's can become a key. */}}
{{- define "promtap.data" -}}
{{- $data := dict "promtap.yaml" (include "promtap.config" .) -}}
{{- if .Values.prices }}{{- $_ := set $data "prices.csv" .Values.prices }}{{- end -}}
{{ toYaml $data }}
{{- end -}}

{{/* Measured in docs/kubernetes.md, each with what fails without it. */}}
{{- define "promtap.capabilities" -}}
- BPF
- PERFMON
- SYS_PTRACE
- DAC_READ_SEARCH
- CHECKPOINT_RESTORE
- SETUID
- SETGID
- SETPCAP
- KILL
{{- /* To give the state folder to the user of the role that writes it. */}}
{{- if .Values.state.enabled }}
- CHOWN
- FOWNER
{{- end }}
{{- if eq .Values.privileges "old-kernel" }}
- SYS_ADMIN
- SYS_RESOURCE
{{- end }}
{{- end -}}

{{- define "promtap.securityContext" -}}
runAsUser: 0
runAsGroup: 0
readOnlyRootFilesystem: true
{{- if eq .Values.privileges "privileged" }}
privileged: true
{{- else }}
privileged: false
{{- /* The API server refuses `false` together with CAP_SYS_ADMIN. */}}
allowPrivilegeEscalation: {{ eq .Values.privileges "old-kernel" }}
capabilities:
  drop: [ALL]
  add:
    {{- include "promtap.capabilities" . | nindent 4 }}
{{- end }}
seccompProfile:
  {{- toYaml .Values.seccompProfile | nindent 2 }}
{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}
appArmorProfile:
  {{- toYaml .Values.appArmorProfile | nindent 2 }}
{{- end }}
{{- with .Values.seLinuxOptions }}
seLinuxOptions:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Before the field came (1.30), an annotation said the same. */}}
{{- define "promtap.appArmorAnnotation" -}}
{{- $type := .Values.appArmorProfile.type -}}
{{- if eq $type "Localhost" -}}
localhost/{{ .Values.appArmorProfile.localhostProfile }}
{{- else -}}
{{ ternary "unconfined" "runtime/default" (eq $type "Unconfined") }}
{{- end -}}
{{- end -}}

{{- define "promtap.podAnnotations" -}}
{{- if eq .Values.reload "restart" }}
checksum/config: {{ printf "%s%s" (include "promtap.data" .) (toJson .Values.rules) | sha256sum }}
{{- end }}
{{- if semverCompare "<1.30-0" .Capabilities.KubeVersion.Version }}
container.apparmor.security.beta.kubernetes.io/promtap: {{ include "promtap.appArmorAnnotation" . }}
{{- end }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* hostPath or emptyDir: call with the section of the values. */}}
{{- define "promtap.folder" -}}
{{- if .hostPath -}}
hostPath:
  path: {{ .hostPath }}
  type: DirectoryOrCreate
{{- else -}}
emptyDir:
  sizeLimit: {{ .sizeLimit }}
{{- end -}}
{{- end -}}
