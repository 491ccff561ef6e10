# SPDX-License-Identifier: Apache-2.0
"""Calls of processes in cgroups laid out as the kubelet lays them out carry the
pod's uid and the container's id: both cgroup drivers, the three classes of
quality of service, the runtimes, cgroup v2 and v1.

Layout: the kubelet's pod and QoS groups are in
pkg/kubelet/cm/{cgroup_manager_linux,pod_container_manager_linux}.go of
kubernetes/kubernetes; the name of the container's own group is the runtime's.
"""

import secrets
import uuid

import harness
from harness import make_call
from live_case import LiveCase

CLASSES = ("guaranteed", "burstable", "besteffort")
TREES = ("cgroup2", "cgroup1")

# The container's group below the pod's, by driver.
RUNTIMES = {
    "containerd": {"systemd": "cri-containerd-{}.scope", "cgroupfs": "{}"},
    "crio": {"systemd": "crio-{}.scope", "cgroupfs": "crio-{}"},
    "docker": {"systemd": "docker-{}.scope", "cgroupfs": "{}"},
}


def pod_group(driver, quality, uid):
    """Pods that are guaranteed stand beside the groups of the two other classes."""
    if driver == "cgroupfs":
        return "/".join(["kubepods", *([] if quality == "guaranteed" else [quality]), f"pod{uid}"])
    # A slice is named after its parents, and '-' parts them: those of the uid are written '_'.
    names = ["kubepods", *([] if quality == "guaranteed" else [quality]), f"pod{uid.replace('-', '_')}"]
    return "/".join("-".join(names[:i + 1]) + ".slice" for i in range(len(names)))


class Kubelet(LiveCase):
    """One promtap for all; each place has a pod and a container of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = harness.Promtap(cls.work / "agent")
        cls.addClassCleanup(cls.agent.stop)

    def check_place(self, tree, path, uid, container, nested=""):
        cgroup = harness.Cgroup.make(tree, path + nested)
        if not cgroup:
            self.skipTest(f"this machine has no {tree} tree in which cgroups can be made")
        self.addCleanup(cgroup.remove)
        call = make_call("openai.chat")
        about, outcomes = harness.curl(self.provider, self.work, [call], cgroup=[cgroup.path])
        self.check_outcomes([call], outcomes)
        expected = {"service": f"pod-{uid}", "service_source": "k8s", "pod": uid, "container": container}
        self.check_records(self.agent, [call], {**about, "expect": expected}, outcomes)

    def check(self, tree, driver, quality, runtime, root="", nested=""):
        uid, container = str(uuid.uuid4()), secrets.token_hex(32)
        path = root + pod_group(driver, quality, uid) + "/" + RUNTIMES[runtime][driver].format(container)
        self.check_place(tree, path, uid, container, nested)


def add_tests():
    for tree in TREES:
        for driver in ("systemd", "cgroupfs"):
            for runtime in RUNTIMES:
                def test(self, tree=tree, driver=driver, runtime=runtime):
                    for quality in CLASSES:
                        with self.subTest(quality=quality):
                            self.check(tree, driver, quality, runtime)
                setattr(Kubelet, f"test_{runtime}_{driver}_{tree}", test)

        def nested(self, tree=tree):
            """A container that runs a service manager, or containers, of its own: the pod's container counts."""
            self.check(tree, "systemd", "burstable", "containerd", nested="/system.slice/inner.service")
            self.check(tree, "cgroupfs", "burstable", "containerd", nested=f"/docker/{secrets.token_hex(32)}")
        setattr(Kubelet, f"test_nested_{tree}", nested)

        def below_a_root(self, tree=tree):
            """kind's kubelets have a cgroup root, inside the node's container."""
            node = secrets.token_hex(32)
            self.check(tree, "cgroupfs", "besteffort", "containerd", root=f"docker/{node}/kubelet/")
        setattr(Kubelet, f"test_below_a_cgroup_root_{tree}", below_a_root)

        def static(self, tree=tree):
            """The uid of a static pod is a hash without dashes."""
            uid, container = secrets.token_hex(16), secrets.token_hex(32)
            path = f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice/cri-containerd-{container}.scope"
            self.check_place(tree, path, uid, container)
        setattr(Kubelet, f"test_static_pod_{tree}", static)


add_tests()
