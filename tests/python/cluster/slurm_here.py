"""A Slurm of several nodes on this machine, thrown away afterwards: loopback ports, everything in one folder.

Needs root and the packages of stage `cluster` in requirements/system.txt; touches nothing of an installed Slurm.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "scancel")
CONTROLLER_PORT, NODE_PORT = 16817, 17001
CONFIG = """ClusterName=centresim
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=slurm
AuthInfo=socket={folder}/munge/run/socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
MailProg=/bin/true
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/spool.%n
SlurmctldPidFile={folder}/state/pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld
SlurmdLogFile={folder}/log/slurmd.%n
KillWait=2
MinJobAge=3600
NodeName=n[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs={cpus} RealMemory=16000
PartitionName=test Nodes=ALL Default=YES MaxTime=120 State=UP
"""


def why_not() -> str:
    """Why there can be no Slurm here; empty: there can."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        return f"Slurm is not installed ({', '.join(missing)}): ./quickstart setup test cluster"
    return "" if os.geteuid() == 0 else "the daemons of Slurm must be started as root"


def kill_all(pattern: str) -> None:
    """Every process with these words on its command line."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if pattern in line.read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                os.kill(int(line.parent.name), signal.SIGKILL)


class Slurm:
    """A running cluster. Every command has a time limit: one whose controller is gone would wait for minutes."""

    def __init__(self, folder: Path, nodes: int, cpus: int) -> None:
        self.folder, self.nodes = folder, nodes
        self._host = socket.gethostname().partition(".")[0]
        self._config = folder / "slurm.conf"
        self.env = {**os.environ, "SLURM_CONF": str(self._config), "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        self._munge: subprocess.Popen[bytes] | None = None
        text = CONFIG.format(host=self._host, folder=folder, nodes=nodes, cpus=cpus, controller=CONTROLLER_PORT,
                             first=NODE_PORT, last=NODE_PORT + nodes - 1)  # fmt: skip
        self._config.write_text(text, encoding="utf-8")
        # Left to itself slurmd looks for mounted control groups, which a container need not have; none are used here.
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n", encoding="utf-8")

    # ---- up and down

    def start(self) -> None:
        with contextlib.suppress(socket.gaierror):
            socket.gethostbyname(self._host)
        self._own("munge", "munge", 0o700)
        self._own("munge/run", "munge", 0o755)
        (self.folder / "munge").chmod(0o711)
        for name in ("log", "state"):
            self._own(name, "slurm", 0o755)
        key = self.folder / "munge" / "key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        shutil.chown(key, "munge")
        user = pwd.getpwnam("munge")
        self._munge = subprocess.Popen(
            ["munged", "--foreground", "--force", f"--socket={self.folder}/munge/run/socket", f"--key-file={key}",
             f"--seed-file={self.folder}/munge/seed", f"--log-file={self.folder}/munge/log",
             f"--pid-file={self.folder}/munge/run/pid", "--origin=127.0.0.1"],
            env=self.env, user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        self._until(lambda: (self.folder / "munge" / "run" / "socket").exists(), 20, "munged")
        self.start_controller()
        for node in range(1, self.nodes + 1):
            self.start_node(node)
        self._until(
            lambda: self.run("sinfo", "-h", "-N", "-t", "idle", "-o", "%N").count("n") >= self.nodes, 40, "nodes"
        )

    def start_controller(self) -> None:
        self.run("slurmctld", "-f", self._config)
        self._until(lambda: "UP" in self.run("scontrol", "ping", check=False), 40, "slurmctld")

    def start_node(self, node: int) -> None:
        (self.folder / f"spool.n{node}").mkdir(exist_ok=True)
        self.run("slurmd", "-f", self._config, "-N", f"n{node}")

    def stop(self) -> None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            jobs = self.run("squeue", "-h", "-o", "%A", check=False).split()
            if jobs:
                self.run("scancel", *sorted(set(jobs)), check=False)
                self._until(lambda: not self.run("squeue", "-h", check=False).strip(), 20, "")
        for pattern in (f"slurmd -f {self._config}", f"slurmctld -f {self._config}"):
            kill_all(pattern)
        if self._munge is not None:
            self._munge.terminate()
            self._munge.wait(10)

    def kill_controller(self) -> None:
        """As if its machine had failed."""
        os.kill(int((self.folder / "state" / "pid").read_text()), signal.SIGKILL)

    def kill_node(self, node: int) -> None:
        """As if it had failed, and the controller had been told."""
        os.kill(int((self.folder / f"slurmd.n{node}.pid").read_text()), signal.SIGKILL)
        self.run("scontrol", "update", f"nodename=n{node}", "state=down", "reason=test")

    # ---- jobs

    def run(self, *command: object, check: bool = True) -> str:
        """What a command prints; empty where it fails and that does not matter."""
        try:
            done = subprocess.run([*map(str, command)], env=self.env, capture_output=True, text=True, timeout=30,
                                  check=False)  # fmt: skip
        except subprocess.TimeoutExpired:
            if check:
                raise
            return ""
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stderr}")
        return done.stdout

    def submit(self, *args: object) -> str:
        return self.run("sbatch", "--parsable", *args).strip()

    def wait(self, job: str, seconds: float = 120) -> list[dict[str, str]]:
        """Until no task of the job is left; what `scontrol` says of each."""
        self._until(lambda: not self.run("squeue", "-h", "-j", job, check=False).strip(), seconds, f"job {job}")
        return self.tasks(job)

    def tasks(self, job: str) -> list[dict[str, str]]:
        lines = self.run("scontrol", "show", "job", "-o", job).splitlines()
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def exit_codes(self, job: str, wanted: list[str], seconds: float = 60) -> dict[str, str]:
        """Of these tasks of an array, when they have ended."""
        codes: dict[str, str] = {}

        def all_ended() -> bool:
            for task in self.tasks(job):
                if task.get("ArrayTaskId") in wanted and task["JobState"] in {"COMPLETED", "FAILED"}:
                    codes[task["ArrayTaskId"]] = task["ExitCode"]
            return len(codes) == len(wanted)

        self._until(all_ended, seconds, f"tasks {wanted} of {job}")
        return codes

    def _own(self, name: str, user: str, mode: int) -> None:
        (self.folder / name).mkdir(mode=mode, exist_ok=True)
        shutil.chown(self.folder / name, user)

    def _until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                if not what:
                    return
                logs = "\n".join(p.read_text(errors="replace")[-2000:] for p in (self.folder / "log").glob("*"))
                raise TimeoutError(f"{what} after {seconds} s\n{logs}")
            time.sleep(0.1)


@contextlib.contextmanager
def slurm(folder: Path, nodes: int = 2, cpus: int = 4) -> Iterator[Slurm]:
    made = Slurm(folder, nodes, cpus)
    try:
        made.start()
        yield made
    finally:
        made.stop()
