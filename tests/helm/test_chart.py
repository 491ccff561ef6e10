#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Helm chart: what it renders is valid for every Kubernetes that it says it
supports, each value changes what it should and nothing else, and wrong values
are refused. tests/helm/run.sh starts it with the tools it needs.
The last line is "helm: N passed, N failed, N skipped".
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import results  # noqa: E402 - the path comes first

CHART = ROOT / "helm/promtap"
HELM = os.environ.get("HELM", ROOT / "build/helm/bin/helm")
PROMTAP = Path(os.environ.get("PROMTAP", ROOT / "build/promtap"))
RULES = ROOT / "dashboards/prometheus/rules"
DASHBOARDS = ROOT / "dashboards/grafana/dashboards"
OPERATOR = ROOT / "tests/helm/schemas"  # of objects that are not Kubernetes' own
OLDEST, NEWEST = (1, 25), (1, 37)
FIELD_CAME = (1, 30)  # appArmorProfile
OBJECT_BYTES_MAX = 1 << 20  # of a ConfigMap, and of the Secret in which helm keeps a release

DIGEST = "sha256:" + "0123456789abcdef" * 4
PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

# What people set together.
CASES = {
    "nothing": {},
    "everything": {
        "image": {"repository": "registry.example:5000/team/promtap", "digest": DIGEST, "pullPolicy": "Always"},
        "imagePullSecrets": [{"name": "pull"}], "labels": {"team": "sre"},
        "config": {"providers": {"llm.corp": "openai"}, "ring-size": "64M", "capture-read": 4194304,
                   "otlp": {"endpoint": "https://collector.example:4318", "headers": {"x-scope-orgid": "team"}, "batch": 100}},
        "prices": "# none yet\n", "rules": {"a.yaml": "# a\n", "b.yaml": "# b\n"},
        "secrets": [{"name": "promtap-notify"}, {"name": "other.keys", "optional": True}],
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}], "reload": "signal",
        "state": {"hostPath": "/var/lib/promtap"}, "cache": {"hostPath": "/var/cache/promtap"},
        "seLinuxOptions": {"type": "spc_t"}, "serviceAccount": {"annotations": {"a": "b"}},
        "priorityClassName": "system-node-critical",
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]}}},
        "podAnnotations": {"c": "d"}, "podLabels": {"e": "f"},
        "tls": {"existingSecret": "promtap-tls", "minVersion": "1.3"},
        "podMonitor": {"enabled": True, "labels": {"release": "prometheus"},
                       "tlsConfig": {"ca": {"secret": {"name": "promtap-tls", "key": "ca.crt"}}, "serverName": "promtap.example"},
                       "authorization": {"credentials": {"name": "promtap-scrape", "key": "token"}},
                       "relabelings": [{"action": "labeldrop", "regex": "endpoint"}],
                       "metricRelabelings": [{"action": "drop", "sourceLabels": ["__name__"], "regex": "go_.*"}]},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
        "dashboards": {"enabled": True, "namespace": "grafana"},
        "networkPolicy": {"enabled": True, "from": [PEER], "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    },
    "operator": {"podMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}},
    "old kernel": {"privileges": "old-kernel", "seccompProfile": {"type": "Unconfined"}},
    "privileged": {"privileges": "privileged"},
    "profiles of the node": {"seccompProfile": {"type": "Localhost", "localhostProfile": "promtap.json"},
                             "appArmorProfile": {"type": "Localhost", "localhostProfile": "promtap"}},
    "profiles of the runtime": {"appArmorProfile": {"type": "RuntimeDefault"}},
    "without state": {"state": {"enabled": False}},
    "state on the node": {"state": {"hostPath": "/data/promtap", "path": "/state"}},
    "IPv6": {"listen": {"family": "IPv6"}},
    "every address": {"listen": {"address": "0.0.0.0", "port": 19797}},
    "TLS": {"tls": {"existingSecret": "promtap-tls"}, "podMonitor": {"enabled": True}},
    "traces": {"config": {"otlp": {"endpoint": "https://collector.example:4318", "compression": "none",
                                   "secret_headers_file": "/etc/promtap/secrets/promtap-otlp/headers"}},
               "secrets": [{"name": "promtap-otlp"}]},
    "traces to the node": {"config": {"otlp": {"allow_plain": True}},
                           "extraEnv": [{"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
                                        {"name": "PROMTAP_OTLP_ENDPOINT", "value": "http://$(HOST_IP):4318"}]},
    "text": {"config": "# mine\nring-size: 16M\n"},
    "closed": {"networkPolicy": {"enabled": True}},
    "an account that exists": {"serviceAccount": {"create": False, "name": "observers"}},
    "the default account": {"serviceAccount": {"create": False}},
    "when we say so": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}},
    "side by side": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}},
    "names": {"fullnameOverride": "llm"},
}

DAEMONSET, POD = "DaemonSet/promtap", "DaemonSet/promtap spec.template.spec"
CONTAINER = f"{POD}.containers.promtap"
SECURITY = f"{CONTAINER}.securityContext"
CHECKSUM = f"{DAEMONSET} spec.template.metadata.annotations.checksum/config"


def volume(name, path=""):
    return {f"{POD}.volumes.{name}{path}"}


def mounted(name):
    """What one more volume adds."""
    return {f"{POD}.volumes.{name}", f"{CONTAINER}.volumeMounts.{name}"}


# Values, and all that they change; a place stands for what is below it.
TOGGLES = [
    ({"image": {"repository": "r/p"}}, {f"{CONTAINER}.image"}),
    ({"image": {"tag": "x"}}, {f"{CONTAINER}.image"}),
    ({"image": {"digest": DIGEST}}, {f"{CONTAINER}.image"}),
    ({"image": {"pullPolicy": "Always"}}, {f"{CONTAINER}.imagePullPolicy"}),
    ({"imagePullSecrets": [{"name": "x"}]}, {f"{POD}.imagePullSecrets"}),
    ({"labels": {"x": "y"}}, {"ConfigMap/promtap metadata.labels.x", "ServiceAccount/promtap metadata.labels.x",
                              f"{DAEMONSET} metadata.labels.x", f"{DAEMONSET} spec.template.metadata.labels.x"}),
    ({"config": {"ring-size": "16M"}}, {"ConfigMap/promtap data.promtap.yaml", CHECKSUM}),
    ({"prices": "x\n"}, {"ConfigMap/promtap data.prices.csv", CHECKSUM, f"{CONTAINER}.env.PROMTAP_PRICES"}),
    ({"rules": {"x.yaml": "x\n"}},
     {"ConfigMap/promtap-rules", CHECKSUM, f"{CONTAINER}.env.PROMTAP_RULES", *mounted("rules")}),
    ({"secrets": [{"name": "x"}]}, mounted("secret-0")),
    ({"extraEnv": [{"name": "X", "value": "y"}]}, {f"{CONTAINER}.env.X"}),
    ({"reload": "signal"}, {f"{DAEMONSET} spec.template.metadata.annotations"}),
    ({"listen": {"address": "0.0.0.0"}}, {f"{CONTAINER}.env.PROMTAP_LISTEN.value"}),
    ({"listen": {"family": "IPv6"}}, {f"{CONTAINER}.env.PROMTAP_LISTEN.value"}),
    ({"listen": {"port": 9000}}, {f"{CONTAINER}.env.PROMTAP_LISTEN.value", f"{CONTAINER}.ports.metrics.containerPort"}),
    ({"tls": {"existingSecret": "x"}},
     {f"{CONTAINER}.env.PROMTAP_WEB_TLS_{name}" for name in ("CERTIFICATE_FILE", "KEY_FILE", "MIN_VERSION")} | mounted("tls")
     | {f"{CONTAINER}.{probe}Probe.httpGet.scheme" for probe in ("startup", "liveness", "readiness")}),
    ({"tls": {"minVersion": "1.3"}}, set()),
    ({"state": {"enabled": False}},
     {f"{CONTAINER}.env.PROMTAP_STATE_DIR.value", f"{SECURITY}.capabilities.add", *mounted("state")}),
    ({"state": {"path": "/x"}},
     {f"{CONTAINER}.env.PROMTAP_STATE_DIR.value", f"{CONTAINER}.volumeMounts.state.mountPath"}),
    ({"state": {"hostPath": "/x"}}, volume("state", ".hostPath") | volume("state", ".emptyDir")),
    ({"state": {"sizeLimit": "1Gi"}}, volume("state", ".emptyDir.sizeLimit")),
    ({"cache": {"hostPath": "/x"}}, volume("cache", ".hostPath") | volume("cache", ".emptyDir")),
    ({"privileges": "old-kernel"}, {f"{SECURITY}.capabilities.add", f"{SECURITY}.allowPrivilegeEscalation"}),
    ({"privileges": "privileged"},
     {f"{SECURITY}.capabilities", f"{SECURITY}.allowPrivilegeEscalation", f"{SECURITY}.privileged"}),
    ({"seccompProfile": {"type": "Unconfined"}}, {f"{SECURITY}.seccompProfile.type"}),
    ({"appArmorProfile": {"type": "RuntimeDefault"}}, {f"{SECURITY}.appArmorProfile.type"}),
    ({"seLinuxOptions": {"type": "spc_t"}}, {f"{SECURITY}.seLinuxOptions"}),
    ({"serviceAccount": {"create": False}}, {"ServiceAccount/promtap", f"{POD}.serviceAccountName"}),
    ({"serviceAccount": {"annotations": {"x": "y"}}}, {"ServiceAccount/promtap metadata.annotations"}),
    ({"resources": {"limits": {"memory": "2Gi"}}}, {f"{CONTAINER}.resources.limits.memory"}),
    ({"priorityClassName": "x"}, {f"{POD}.priorityClassName"}),
    ({"nodeSelector": {"x": "y"}}, {f"{POD}.nodeSelector.x"}),
    ({"affinity": {"podAffinity": {}}}, {f"{POD}.affinity"}),
    ({"tolerations": []}, {f"{POD}.tolerations"}),
    ({"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}}},
     {f"{DAEMONSET} spec.updateStrategy.rollingUpdate.maxUnavailable"}),
    ({"terminationGracePeriodSeconds": 60}, {f"{POD}.terminationGracePeriodSeconds"}),
    ({"podAnnotations": {"x": "y"}}, {f"{DAEMONSET} spec.template.metadata.annotations.x"}),
    ({"podLabels": {"x": "y"}}, {f"{DAEMONSET} spec.template.metadata.labels.x"}),
    ({"probes": {"startupSeconds": 301}}, {f"{CONTAINER}.startupProbe.failureThreshold"}),
    ({"podMonitor": {"enabled": True}}, {"PodMonitor/promtap"}),
    ({"networkPolicy": {"enabled": True}}, {"NetworkPolicy/promtap"}),
    # Without their switch the others do nothing.
    ({"podMonitor": {"labels": {"x": "y"}}}, set()),
    ({"podMonitor": {"tlsConfig": {"serverName": "x"}}}, set()),
    ({"prometheusRule": {"labels": {"x": "y"}}}, set()),
    ({"dashboards": {"namespace": "x"}}, set()),
    ({"networkPolicy": {"from": [PEER]}}, set()),
]

# Wrong values that a type alone does not tell.
REFUSED = [
    {"image": {"repository": ""}}, {"image": {"digest": "sha256:12"}}, {"image": {"pullPolicy": "Sometimes"}},
    {"config": {"listen": "0.0.0.0:1"}}, {"config": {"node": "x"}}, {"config": {"rules-cache": "none"}}, {"config": {"state-dir": "/x"}}, {"config": 7},
    {"config": {"lissten": "x"}}, {"config": {"judge": {"windo": 400}}}, {"config": {"since": "7d"}},
    {"config": {"alerts": {"error_rate": {"treshold": 1}}}}, {"config": {"alerts": {"drift": {"severity": "page"}}}},
    {"config": {"alerts": {"models": {"x": {"latency_p99": {"treshold": 1}}}}}},
    {"config": {"notify": {"channels": {"x": {"type": "fax"}}}}}, {"config": {"web": {"tokens": {"x": {"token": "y"}}}}},
    {"config": {"otlp": {"compression": "zip"}}}, {"config": {"otlp": {"secret_headers": "x=y"}}}, {"config": {"otlp": {"headers": 7}}},
    {"podMonitor": {"authorization": {"credentials": {"name": "x"}}}}, {"podMonitor": {"authorization": {"token": "x"}}},
    {"rules": {"../x.yaml": "x"}}, {"rules": {"x.txt": "x"}}, {"rules": {"x.yaml": ""}}, {"rules": {"a,b.yaml": "x"}},
    {"secrets": [{"name": "Not_A_Name"}]}, {"secrets": [{"name": "x", "keys": []}]}, {"secrets": [{}]},
    {"extraEnv": [{"name": "PROMTAP_LISTEN", "value": "0.0.0.0:1"}]}, {"extraEnv": [{"value": "x"}]},
    {"reload": "never"}, {"privileges": "root"}, {"listen": {"port": 80}}, {"listen": {"port": 70000}},
    {"tls": {"existingSecret": "Not_A_Name"}}, {"tls": {"minVersion": "1.1"}}, {"tls": {"minVersion": 1.3}},
    {"podMonitor": {"tlsConfig": {"caFile": "/x"}}}, {"listen": {"address": "promtap.example"}}, {"listen": {"family": "ipv4"}},
    {"state": {"path": "var/lib"}}, {"state": {"hostPath": "/a/../b"}}, {"cache": {"sizeLimit": "much"}},
    {"seccompProfile": {"type": "Localhost"}}, {"seccompProfile": {"localhostProfile": "x"}},
    {"appArmorProfile": {"type": "unconfined"}}, {"resources": {"limit": {"memory": "1Gi"}}},
    {"updateStrategy": {"type": "Recreate"}}, {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "x%"}}},
    {"terminationGracePeriodSeconds": -1}, {"probes": {"periodSeconds": 0}}, {"podMonitor": {"interval": "30"}},
    {"priorityClassName": "Very High"}, {"promtap": {"enabled": True}},
]


def run(*command, **arguments):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **arguments)


def helm(command, *words, values=None):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values or {}, file)
        file.flush()
        return run(HELM, command, *words, "--values", file.name)


def text_of(version):
    return ".".join(map(str, (*version, 0)))


def render(values=None, version=NEWEST, chart=CHART):
    done = helm("template", "promtap", chart, "--namespace", "observe", "--kube-version", text_of(version), values=values)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


def objects(text):
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in yaml.safe_load_all(text) if item}


def flat(value, place):
    """{place: value without parts}; parts of a list go by their names."""
    if isinstance(value, list) and value and all(isinstance(part, dict) and "name" in part for part in value):
        value = {part["name"]: {**part, "name": None} for part in value}
    if not isinstance(value, dict) or not value:
        return {place: value}
    result = {}
    for key, part in value.items():
        result.update(flat(part, f"{place}{'.' if ' ' in place else ' '}{key}"))
    return result


def changed(values, base=None):
    """Places at which these values make a difference."""
    before, after = ({}, {})
    for rendered, into in ((render(base), before), (render({**(base or {}), **values}), after)):
        for name, item in objects(rendered).items():
            into.update(flat(item, name))
    return {place for place in before.keys() | after.keys() if before.get(place, ...) != after.get(place, ...)}


def is_below(place, roots):
    return any(place == root or place.startswith((f"{root}.", f"{root} ")) for root in roots)


def versions():
    return [(1, minor) for minor in range(OLDEST[1], NEWEST[1] + 1)]


def conform(rendered, version):
    """The problems that the schemas of that Kubernetes have with it."""
    problems = []
    for name, item in objects(rendered).items():
        own = OPERATOR / f"{item['kind'].lower()}.json"
        try:
            if own.exists():
                jsonschema.validate(item, json.loads(own.read_text(encoding="utf-8")))
            else:
                kubernetes_validate.validate(item, text_of(version), strict=True)
        except (jsonschema.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            problems.append(f"{name}: {error.message}")
    return problems


def container(rendered):
    return objects(rendered)["DaemonSet/promtap"]["spec"]["template"]["spec"]["containers"][0]


def environment(rendered, address):
    """What the kubelet makes of the container's variables."""
    own = {"status.podIP": address, "spec.nodeName": "node-1"}
    result = {}
    for item in container(rendered)["env"]:
        value = own[item["valueFrom"]["fieldRef"]["fieldPath"]] if "valueFrom" in item else item["value"]
        result[item["name"]] = re.sub(r"\$\((\w+)\)", lambda match: result[match[1]], value)
    return result


class Rendered(unittest.TestCase):
    def test_every_case_on_every_kubernetes(self):
        """All of them with the most and the least that can be set, the other cases where something changes."""
        for name, values in CASES.items():
            few = [OLDEST, (1, FIELD_CAME[1] - 1), FIELD_CAME, NEWEST]
            for version in versions() if name in ("nothing", "everything") else few:
                with self.subTest(case=name, kubernetes=text_of(version)):
                    self.assertFalse(conform(render(values, version), version))

    def test_the_schemas_are_strict(self):
        """Or the test above would say nothing."""
        wrong = {"DaemonSet": ("hostPID: true", "hostPid: true"), "PodMonitor": ("jobLabel:", "jobLabels:"),
                 "NetworkPolicy": ("policyTypes:", "policyType:")}
        rendered = render(CASES["everything"])
        for kind, (right, misspelt) in wrong.items():
            with self.subTest(kind=kind):
                self.assertIn(right, rendered)
                problems = conform(rendered.replace(right, misspelt), NEWEST)
                self.assertEqual(len(problems), 1)
                self.assertIn(kind, problems[0])

    def test_lint(self):
        for name, values in CASES.items():
            with self.subTest(case=name):
                done = helm("lint", CHART, "--strict", values=values)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_value_changes_what_it_should(self):
        for values, expected in TOGGLES:
            with self.subTest(values=json.dumps(values)):
                places = changed(values)
                self.assertFalse({place for place in places if not is_below(place, expected)}, "more")
                self.assertFalse({root for root in expected if not any(is_below(place, {root}) for place in places)}, "less")

    def test_the_monitor_asks_as_the_pods_answer(self):
        monitor = {"enabled": True, "tlsConfig": {"serverName": "promtap.example"}}
        for secret, scheme in (("", None), ("promtap-tls", "https")):
            found = objects(render({"podMonitor": monitor, "tls": {"existingSecret": secret}}))
            endpoint = found["PodMonitor/promtap"]["spec"]["podMetricsEndpoints"][0]
            self.assertEqual((endpoint.get("scheme"), endpoint.get("tlsConfig")),
                             (scheme, monitor["tlsConfig"] if scheme else None))

    def test_names_change_everywhere(self):
        names = {name.partition("/")[2] for name in objects(render({**CASES["everything"], "fullnameOverride": "llm"}))}
        self.assertEqual({name for name in names if name != "llm" and not name.startswith("llm-")}, set())
        self.assertEqual({item["metadata"]["name"] for item in objects(render({"nameOverride": "x"})).values()},
                         {"promtap-x"})

    def test_apparmor_is_said_as_the_kubernetes_understands(self):
        for version in versions():
            rendered = render(version=version)
            has_field = "appArmorProfile" in container(rendered)["securityContext"]
            self.assertEqual(has_field, version >= FIELD_CAME)
            self.assertEqual("container.apparmor.security.beta.kubernetes.io/promtap: unconfined" in rendered, not has_field)

    def test_nothing_of_the_host_is_mounted(self):
        """The state and the cache may be, if somebody says where."""
        for name, values in CASES.items():
            spec = objects(render({**values, "fullnameOverride": "promtap"}))["DaemonSet/promtap"]["spec"]["template"]["spec"]
            hosts = {volume["hostPath"]["path"] for volume in spec["volumes"] if "hostPath" in volume}
            wanted = {values.get(section, {}).get("hostPath") for section in ("state", "cache")} - {None}
            self.assertEqual(hosts, wanted, name)
            self.assertTrue(spec["hostPID"])
            self.assertFalse(spec.get("hostNetwork") or spec.get("hostIPC") or spec["automountServiceAccountToken"])

    def test_no_role_is_bound(self):
        kinds = {name.partition("/")[0] for name in objects(render(CASES["everything"]))}
        self.assertFalse({kind for kind in kinds if "Role" in kind})

    def test_changed_files_reach_the_pods(self):
        """By new pods, unless the user wants to signal."""
        for change in ({"config": {"ring-size": "16M"}}, {"prices": "y\n"}, {"rules": {"x.yaml": "y\n"}}):
            base = {"prices": "x\n", "rules": {"x.yaml": "x\n"}}
            self.assertIn(CHECKSUM, changed(change, base))
            self.assertFalse([place for place in changed(change, {**base, "reload": "signal"})
                              if place.startswith("DaemonSet")])

    def test_texts_come_through_unchanged(self):
        text = "  leading: x\n---\n# {{ .Values.x }}\ttab\nlast without an end"
        found = objects(render({"config": "# c\n\na: 'b'\n", "prices": text, "rules": {"x.yaml": text}}))
        self.assertEqual(found["ConfigMap/promtap"]["data"], {"promtap.yaml": "# c\n\na: 'b'\n", "prices.csv": text})
        self.assertEqual(found["ConfigMap/promtap-rules"]["data"], {"x.yaml": text})

    def test_promtap_takes_what_is_rendered(self):
        if not PROMTAP.exists():
            self.skipTest(f"{PROMTAP} is not built")
        for name in ("nothing", "everything", "IPv6", "every address", "text"):
            values = {**CASES[name], "fullnameOverride": "promtap", "prices": "", "rules": {}}
            rendered = render(values)
            address = "fd00::7" if name == "IPv6" else "10.1.2.3"
            with self.subTest(case=name), tempfile.TemporaryDirectory() as folder:
                config = Path(folder) / "promtap.yaml"
                config.write_text(objects(rendered)["ConfigMap/promtap"]["data"]["promtap.yaml"], encoding="utf-8")
                variables = {**environment(rendered, address), "PROMTAP_CONFIG": str(config), "PROMTAP_RULES_CACHE": "none"}
                for command in (("config", "check", config), ("config", "show")):
                    done = run(PROMTAP, *command, env=variables)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), command)


class Refused(unittest.TestCase):
    def test_wrong_values(self):
        for values in REFUSED:
            with self.subTest(values=json.dumps(values)):
                done = helm("template", "promtap", CHART, "--kube-version", text_of(NEWEST), values=values)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("don't meet the specifications of the schema", done.stderr)

    def test_an_old_kubernetes(self):
        done = helm("template", "promtap", CHART, "--kube-version", "1.24.0")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("kubeVersion", done.stderr)

    def test_unknown_keys_and_wrong_types_everywhere(self):
        schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft7Validator(schema)
        values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
        validator.validate(values)

        def refuse(change, place):
            copy = json.loads(json.dumps(values))
            change(copy)
            self.assertTrue(list(validator.iter_errors(copy)), f"{place} is taken")

        def walk(node, reach, place):
            for key, value in node.items():
                def with_type(root, key=key, value=value):
                    reach(root)[key] = 7 if isinstance(value, list) else ["x"]
                refuse(with_type, f"{place}{key} of another type")
                # Maps of the user's own.
                if isinstance(value, dict) and value and key not in ("labels", "annotations", "nodeSelector"):
                    def below(root, key=key):
                        return reach(root)[key]
                    if f"{place}{key}" not in ("resources.requests", "resources.limits"):
                        refuse(lambda root, below=below: below(root).update(nonsense="x"), f"{place}{key}.nonsense")
                    walk(value, below, f"{place}{key}.")

        walk(values, lambda root: root, "")


class Files(unittest.TestCase):
    """Rules and dashboards are those of dashboards/, in a checkout and in a package."""

    def sources(self, folder, pattern):
        found = sorted(folder.glob(pattern))
        if not found:
            self.skipTest(f"nothing in {folder.relative_to(ROOT)} yet")
        return found

    def test_rules_are_those_of_the_files(self):
        found = objects(render({"prometheusRule": {"enabled": True}}))
        for path in self.sources(RULES, "*.yaml"):
            wanted = yaml.safe_load(path.read_text(encoding="utf-8"))
            self.assertEqual(found[f"PrometheusRule/promtap-{path.stem}"]["spec"], {"groups": wanted["groups"]})

    def test_an_alert_can_be_left_out(self):
        alerts = [rule["alert"] for path in self.sources(RULES, "*.yaml")
                  for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
                  for rule in group["rules"] if "alert" in rule]
        found = objects(render({"prometheusRule": {"enabled": True, "disabledAlerts": alerts[:1]}}))
        left = [rule.get("alert") for name, item in found.items() if name.startswith("PrometheusRule/")
                for group in item["spec"]["groups"] for rule in group["rules"] if "alert" in rule]
        self.assertEqual(sorted(left), sorted(name for name in alerts if name != alerts[0]))

    def test_dashboards_are_those_of_the_files(self):
        found = objects(render({"dashboards": {"enabled": True}}))
        for path in self.sources(DASHBOARDS, "*.json"):
            item = found[f"ConfigMap/promtap-dashboard-{path.stem.replace('_', '-')}"]
            self.assertEqual(item["metadata"]["labels"]["grafana_dashboard"], "1")
            self.assertEqual(item["data"], {path.name: path.read_text(encoding="utf-8")})
            self.assertLess(path.stat().st_size, OBJECT_BYTES_MAX)

    def test_the_release_has_room(self):
        """helm keeps chart and manifest compressed in one Secret."""
        rendered = render(CASES["everything"])
        files = [path.read_bytes() for path in sorted(CHART.rglob("*")) if path.is_file()]
        self.assertLess(len(gzip.compress(rendered.encode() + b"".join(files))) * 4 / 3, OBJECT_BYTES_MAX)

    def test_a_package_renders_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(HELM, "package", CHART, "--destination", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            package = next(Path(folder).glob("*.tgz"))
            with tarfile.open(package) as archive:
                self.assertFalse([member.name for member in archive if not member.isfile()])
            for name in ("nothing", "everything"):
                self.assertEqual(render(CASES[name], chart=package), render(CASES[name]), name)

    def test_the_schema_has_the_settings(self):
        done = run(sys.executable, ROOT / "helm/config_schema.py", "--print")
        self.assertEqual((CHART / "values.schema.json").read_text(encoding="utf-8"), done.stdout, "run: make docs")

    def test_all_settings_that_can_be_shown_are_taken(self):
        done = run(PROMTAP, "config", "show")
        settings = yaml.safe_load(done.stdout)
        for name in ("listen", "node", "rules-cache", "state-dir"):
            del settings[name]
        render({"config": settings})

    def test_the_readme_is_up_to_date(self):
        done = run(sys.executable, ROOT / "helm/readme.py")
        self.assertEqual((CHART / "README.md").read_text(encoding="utf-8"), done.stdout,
                         "run: helm/readme.py > helm/promtap/README.md")

    def test_the_readme_has_every_value(self):
        values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
        text = (CHART / "README.md").read_text(encoding="utf-8")
        rows = dict(re.findall(r"^\| `([\w.]+)` \| `(.*?)` \| ", text, re.MULTILINE))

        def value_of(key):
            node = values
            for part in key.split("."):
                node = node[part]
            return node

        self.assertEqual({key: yaml.safe_load(default) for key, default in rows.items()},
                         {key: value_of(key) for key in rows})
        sections = {key.partition(".")[0] for key in rows}
        self.assertEqual(sections, set(values))


class Notes(unittest.TestCase):
    def notes(self, values):
        """helm shows them only when it installs: here a template of a copy of the chart has them."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "promtap"
            shutil.copytree(CHART, copy)
            (copy / "templates/NOTES.txt").rename(copy / "NOTES.txt")
            (copy / "templates/notes.yaml").write_text(
                'kind: Notes\nmetadata: {name: notes}\ntext: |\n{{ tpl (.Files.Get "NOTES.txt") . | indent 2 }}\n', encoding="utf-8")
            return objects(render(values, chart=copy))["Notes/notes"]["text"]

    def test_they_say_what_is_left_to_do(self):
        plain, told = self.notes({}), self.notes(CASES["everything"])
        for words in ("podMonitor.enabled", "state.hostPath", "rollout status", ":9797/proxy/metrics"):
            self.assertIn(words, plain)
        for words in ("podMonitor.enabled", "state.hostPath"):
            self.assertNotIn(words, told)
        self.assertIn("promtap-reload", told)
        self.assertNotIn("promtap-reload", plain)


if __name__ == "__main__":
    sys.exit(results.run("helm", unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])))
