# SPDX-License-Identifier: Apache-2.0
"""A pod of the DaemonSet without a kubelet: what `helm template` renders, as
namespaces, mounts, capabilities and variables of a process. There is nothing in
it that the rendered DaemonSet does not ask for, but what every runtime gives:
/proc, /sys read-only, a few devices.
"""

import re
import shlex
import subprocess
from pathlib import Path

# The masked and read-only paths that runtimes set (OCI defaults of containerd, CRI-O and Docker).
MASKED = ("/proc/kcore", "/proc/keys", "/proc/timer_list")
READ_ONLY = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus")
DEVICES = ("null", "zero", "full", "random", "urandom")
POD_IP = "10.254.0.7"


def fill(folder, files, mode):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)


class Pod:
    """`objects`: what is rendered, by kind/name; `secrets`: {name: {key: text}}."""

    def __init__(self, root, work, objects, secrets=None):
        self.root, self.work, self.process = Path(root), Path(work), None
        self.objects, self.secrets = objects, secrets or {}
        daemonset = next(item for name, item in objects.items() if name.startswith("DaemonSet/"))
        self.spec = daemonset["spec"]["template"]["spec"]
        self.container = self.spec["containers"][0]
        self.security = self.container["securityContext"]
        self.log_path = self.work / "promtap.log"
        self.port = self.container["ports"][0]["containerPort"]
        self.work.mkdir(parents=True, exist_ok=True)

    def volume(self, name):
        """The folder of the host that the kubelet would make for it."""
        volume, folder = next(item for item in self.spec["volumes"] if item["name"] == name), self.work / "volumes" / name
        if "configMap" in volume:
            fill(folder, self.objects[f"ConfigMap/{volume['configMap']['name']}"]["data"], 0o644)
        elif "secret" in volume:
            fill(folder, self.secrets[volume["secret"]["secretName"]], volume["secret"]["defaultMode"])
        elif not folder.exists():  # what is there stays as the last container left it
            folder.mkdir(parents=True)
            folder.chmod(0o755 if "hostPath" in volume else 0o777)  # DirectoryOrCreate; an emptyDir is everybody's
        return folder

    def variables(self):
        own = {"status.podIP": POD_IP, "spec.nodeName": "node-1"}
        found = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for item in self.container["env"]:
            value = own[item["valueFrom"]["fieldRef"]["fieldPath"]] if "valueFrom" in item else item["value"]
            found[item["name"]] = re.sub(r"\$\((\w+)\)", lambda match: found[match[1]], value)
        return found

    def as_container(self, *command):
        """The command with the user, capabilities and variables of the container."""
        capabilities = ",".join(f"+{name.lower()}" for name in self.security["capabilities"]["add"])
        assert self.security["capabilities"]["drop"] == ["ALL"] and self.security["runAsUser"] == 0
        return ["setpriv", *(["--no-new-privs"] if not self.security["allowPrivilegeEscalation"] else []),
                "--inh-caps=-all", "--ambient-caps=-all", f"--bounding-set=-all,{capabilities}",
                "env", "-i", *(f"{name}={value}" for name, value in self.variables().items()), *command]

    def script(self, command):
        """Run in new mount, network, IPC, UTS and cgroup namespaces; the process ids stay the host's."""
        assert self.spec["hostPID"] and not self.spec.get("hostNetwork")
        root = shlex.quote(str(self.root))
        lines = ["mount --make-rprivate /", f"ip address add {POD_IP}/32 dev lo", "ip link set lo up",
                 f"mount --bind {root} {root}", f"cd {root}",
                 "mount -t proc -o nosuid,nodev,noexec proc proc", "mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys",
                 "mount -t tmpfs -o nosuid,mode=755 tmpfs dev"]
        for name in DEVICES:
            lines += [f"touch dev/{name}", f"mount --bind /dev/{name} dev/{name}"]
        for path in MASKED:
            lines.append(f"[ ! -e .{path} ] || mount --bind /dev/null .{path}")
        for path in READ_ONLY:
            lines.append(f"[ ! -e .{path} ] || {{ mount --bind .{path} .{path} && mount -o remount,bind,ro .{path}; }}")
        for mount in self.container["volumeMounts"]:
            source, target = shlex.quote(str(self.volume(mount["name"]))), shlex.quote("." + mount["mountPath"])
            lines += [f"mkdir -p {target}", f"mount --bind {source} {target}"]
            if mount.get("readOnly"):
                lines.append(f"mount -o remount,bind,ro {target}")
        if self.security["readOnlyRootFilesystem"]:
            lines.append("mount -o remount,bind,ro .")
        lines += ["pivot_root . .", "umount -l .", "cd /", f"exec {shlex.join(command)}"]
        return "\n".join(lines)

    def start(self, entrypoint):
        command = self.as_container(*entrypoint, *self.container["args"])
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--net", "--ipc", "--uts", "--cgroup", "sh", "-ec", self.script(command)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def execute(self, *command):
        """As `kubectl exec`."""
        return subprocess.run(["nsenter", "--target", str(self.process.pid), "--mount", "--net", "--ipc", "--uts",
                               *self.as_container(*command)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def get(self, path, token=None):
        """From the pod's network, as Prometheus and the kubelet do."""
        bearer = ["--header", f"Authorization: Bearer {token}"] if token else []
        done = subprocess.run(["nsenter", "--target", str(self.process.pid), "--net", "curl", "--silent", "--fail",
                               "--max-time", "10", *bearer, f"http://{POD_IP}:{self.port}{path}"],
                              capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def log(self):
        return self.log_path.read_text(encoding="utf-8")
