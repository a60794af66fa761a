"""From the options of `miragic-mock serve` to a running server.

Rule: everything that can be wrong with an option is found before a socket is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..control.guard import token_for
from ..control.paths import PREFIX
from ..domain.jobs.plan import EMPTY, Finish, PlanLayer, merge
from ..domain.limits import Limits
from ..domain.settings import Settings
from ..domain.tenants import SERVER, Tenant, tenant_id
from ..engine.injection.doors import GRANIAN, THREADS, Door
from ..engine.options import Options, engine_of, spec_at
from ..errors import MockError
from ..language.scenario import parse_scenario
from ..release import release
from ..servers.granian import serve
from ..stores.opening import kind_of
from .arguments import ServeArguments
from .welcome import Ready

if TYPE_CHECKING:
    from ..servers.tls import TlsFiles

_GRANIANS_CONNECTIONS: Final = 10_000
_GRANIANS_HANDSHAKE_S: Final = 10.0


def start(arguments: ServeArguments, *, announce: Callable[[Ready], None]) -> None:
    """Serve until stopped.

    Args:
        arguments: The options of the command.
        announce: Called when the first request can be answered.

    Raises:
        MockError: An option, the store or the address cannot be used.
        SpecError, OverlayError: The contract cannot be used.
    """
    by_threads = arguments.server == "threads"
    if by_threads and arguments.log_level != "error":
        raise MockError("--server threads writes no log: leave out --log-level, and read /_mock/journal.")
    if not by_threads and (arguments.handshake_timeout or arguments.body_timeout or arguments.idle_timeout):
        raise MockError(
            "--handshake-timeout, --body-timeout and --idle-timeout are of --server threads: Granian gives a "
            "handshake 10 s, an idle connection its --head-timeout, and waits for a body without a limit."
        )
    options = options_of(arguments)
    _try_out(options, THREADS if by_threads else GRANIAN, workers=arguments.workers)
    with _tls(arguments) as (files, authority):

        def ready(url: str) -> None:
            announce(_ready(options, url, authority))

        if by_threads:
            # Imported here: each of the two servers is loaded only where it serves.
            from ..servers.threaded.process import serve_by_threads

            serve_by_threads(options, host=arguments.host, port=arguments.port, tls=files, ready=ready)
            return
        serve(
            options,
            host=arguments.host,
            port=arguments.port,
            workers=arguments.workers,
            tls=files,
            ready=ready,
            log_level=arguments.log_level,
        )


def options_of(arguments: ServeArguments) -> Options:
    """Turn the command's options into those of a mock.

    Raises:
        MockError: The scenario cannot be read.
        SpecError, OverlayError: The contract cannot be used.
    """
    now = time.time()
    server = Tenant(
        SERVER,
        name="server",
        created_at=now,
        clock=arguments.clock(now),
        seed=arguments.seed,
        plan=_plan(arguments),
        scenario=read_scenario(arguments.scenario) if arguments.scenario else "",
        is_declared=True,
        link_secret=arguments.link_secret,
    )
    return Options(
        spec=arguments.spec,
        overlays=arguments.overlays,
        store=arguments.store,
        settings=_settings(arguments),
        server=server,
        transcription=arguments.transcription,
        sidecar_dir=arguments.sidecar_dir,
        by_hash=arguments.by_hash,
        hook=arguments.hook,
        control_token=token_for(arguments.host, arguments.control_token),
    )


def read_scenario(path: Path) -> str:
    """Return the text of a scenario file, checked.

    Raises:
        MockError: It cannot be read, or does not validate.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MockError(f"cannot read the scenario {path}: {reason}") from error
    parse_scenario(text, file=str(path))
    return text


def _settings(arguments: ServeArguments) -> Settings:
    spec = spec_at(arguments.spec, arguments.overlays)
    return Settings(
        create_status=int(arguments.create_status or spec.submit.likeliest_success.status),
        times=arguments.times,
        progress=arguments.progress == "on",
        download_signed_url=arguments.download_signed_url,
        errors=arguments.errors,
        strict=arguments.strict,
        max_upload_bytes=arguments.max_upload,
        known_tenants=frozenset(map(tenant_id, arguments.api_key)),
        credits=arguments.credits,
        rate_limit=arguments.rate_limit,
        refund_failed=arguments.refund_failed,
        cors=arguments.cors,
        public_url=arguments.public_url,
        limits=_limits(arguments),
    )


def _limits(arguments: ServeArguments) -> Limits:
    default = Limits()
    if arguments.server == "threads":
        return Limits(
            connections=arguments.max_connections or default.connections,
            handshake_s=arguments.handshake_timeout or default.handshake_s,
            head_s=arguments.head_timeout,
            body_s=arguments.body_timeout or default.body_s,
            idle_s=arguments.idle_timeout or default.idle_s,
        )
    # A connection of Granian's costs no thread, and none is closed for another.
    return Limits(
        connections=arguments.max_connections or _GRANIANS_CONNECTIONS,
        handshake_s=_GRANIANS_HANDSHAKE_S,
        head_s=arguments.head_timeout,
        body_s=None,
        idle_s=arguments.head_timeout,
    )


def _plan(arguments: ServeArguments) -> PlanLayer:
    """Merge the options about jobs: `--plan` wins over those that say one thing only."""
    outcome = arguments.outcome
    never = PlanLayer(finish=Finish("never")) if outcome == "never" else EMPTY
    ends = PlanLayer(outcome=None if outcome == "never" else outcome, error=arguments.error)
    return merge(arguments.plan or EMPTY, never, arguments.delay or EMPTY, ends)


def _try_out(options: Options, door: Door, *, workers: int) -> None:
    """Build the mock once in this process: a worker that cannot build it has no way to say why."""
    door.check(options.server.plan.faults or ())
    if workers > 1 and door is THREADS:
        raise MockError(f"--server threads is one process: give one worker, not {workers}.")
    store = engine_of(options).store
    store.close()
    if workers > 1 and not store.is_shared:
        raise MockError(
            f"--workers {workers} needs a store that processes can share: "
            "give --store sqlite:///mock.db or redis://HOST, or one worker."
        )


@contextmanager
def _tls(arguments: ServeArguments) -> Iterator[tuple[TlsFiles | None, Path | None]]:
    """Give the files to speak TLS with, and the file of the authority that clients have to trust."""
    files = _tls_files(arguments.tls_cert, arguments.tls_key)
    if not arguments.tls_self_signed:
        yield files, None
        return
    if files is not None:
        raise MockError("--tls-self-signed makes a certificate: leave out --tls-cert and --tls-key.")
    # Imported here, as below, since most mocks speak plain HTTP and need no `ssl`.
    from ..servers.tls import self_signed

    with self_signed(arguments.host) as made:
        yield made.files, made.authority


def _tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    if (certificate is None) != (key is None):
        raise MockError("--tls-cert and --tls-key belong together: give both, or neither.")
    if certificate is None or key is None:
        return None
    from ..servers.tls import tls_context

    # The server will load them itself; what is wrong with them has to be found before it opens a socket.
    tls_context(certificate, key)
    return certificate, key


def _ready(options: Options, url: str, authority: Path | None) -> Ready:
    spec = spec_at(options.spec, options.overlays)
    return Ready(
        url=url,
        control_url=f"{url}{PREFIX}/",
        control_token=options.control_token,
        tls_authority=None if authority is None else str(authority),
        version=release(),
        spec=spec.version,
        # The kind alone: a URL of Redis may hold a password, and this line ends up in logs.
        store=kind_of(options.store),
        submit=f"{spec.submit.method} {spec.submit.path}",
        poll=f"{spec.poll.method} {spec.poll.path}",
        api_key_header=spec.api_key_header,
    )
