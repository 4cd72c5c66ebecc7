"""The way out and the doorbell: drain the outbox, ring, work, and look at the clock.

The rules that live here: nothing is sent inside a transaction; PostgreSQL alone knows what has to
leave, and Redis is a doorbell whose jobs carry no data, so losing every key in it loses nothing
(INV-44); ringing never fails the one who rings, and the scheduler does the work itself when the
bell is broken or nobody answers it.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache, partial
from types import FrameType
from typing import Any

from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from config.settings import Settings
from cycle import clock, errors
from cycle.db import Database
from cycle.outages import Outage
from notifications import digests, messages, outbox
from notifications.channels import Away, Channel, Delayed, Refused
from notifications.channels.file import FileChannel
from notifications.channels.smtp import SmtpChannel
from notifications.outbox import Mail

TICK = "workflows.sweep.tick"
QUEUE = "plancycle"
BATCH = 10
# What one message may take at most; a batch stops when less than this is left of its lease.
LONGEST_SEND = timedelta(minutes=2)
# So many in a row that the server did not take: it is the server, not the messages.
ENOUGH = 3
EVERY = 60.0
# Seconds of silence after which a broken Redis is asked again.
PAUSE = 5.0
LONGEST_TICK = 600

_log = logging.getLogger(__name__)
_bell = Outage("Valkey", _log)


def channel_for(settings: Settings) -> Channel:
    """The mail server of ``SMTP_URL``, or else files under the data folder."""
    if settings.smtp_url:
        return SmtpChannel(settings.smtp_url, settings.mail_from)
    return FileChannel(settings.data_dir / "mail", settings.mail_from)


@dataclass
class Drained:
    """What became of the mails of one drain."""

    sent: int = 0
    failed: int = 0
    away: str = ""


def drain(db: Database, channel: Channel, limit: int = 1000, *, base_url: str) -> Drained:
    """Send up to ``limit`` mails whose time has come, each marked as soon as it is taken."""
    done = Drained()
    recheck = partial(digests.recheck, base_url=base_url)
    try:
        while done.sent + done.failed < limit and not done.away:
            room = min(BATCH, limit - done.sent - done.failed)
            mails = db.run(outbox.claim, room, recheck)
            if not mails:
                break
            _send_batch(db, channel, [_addressed(mail, base_url) for mail in mails], done)
    finally:
        channel.close()
    return done


def _addressed(mail: Mail, base_url: str) -> Mail:
    """The mail with this service's own address in its links."""
    return replace(mail, body=mail.body.replace(messages.SERVICE, base_url.rstrip("/")))


def _send_batch(db: Database, channel: Channel, mails: list[Mail], done: Drained) -> None:
    in_a_row = 0
    for at, mail in enumerate(mails):
        if done.away or clock.now() > mail.leased_until_at - LONGEST_SEND:
            db.run(outbox.give_back, mails[at:])
            return
        try:
            channel.send(mail)
        except Away as failure:
            done.away = str(failure)
            _log.warning("no mail leaves just now: %s", failure)
            db.run(outbox.give_back, mails[at:])
            return
        except (Refused, Delayed) as failure:
            permanent = isinstance(failure, Refused)
            db.run(outbox.mark_failed, mail, str(failure), permanent=permanent)
            done.failed += 1
            in_a_row = 0 if permanent else in_a_row + 1
            done.away = str(failure) if in_a_row == ENOUGH else ""
        else:
            db.run(outbox.mark_sent, mail)
            done.sent += 1
            in_a_row = 0


# The doorbell


@lru_cache(maxsize=4)
def _line(redis_url: str) -> Redis:
    """Short patience: whoever rings is in the middle of something else."""
    return Redis.from_url(redis_url, socket_timeout=2.0, socket_connect_timeout=0.5)


def ring(redis_url: str | None) -> str:
    """Ask a worker to look at the database now: ``rung``; ``waiting`` when the bell has been rung
    and nobody has come yet; ``silent`` when there is no bell or it is broken. Never raises."""
    if not redis_url:
        return "silent"
    try:
        queue = Queue(QUEUE, connection=_line(redis_url), serializer=JSONSerializer)
        if queue.count:
            return "waiting"
        queue.enqueue(TICK, job_timeout=LONGEST_TICK, result_ttl=0, failure_ttl=86_400)
    except (RedisError, OSError, ValueError) as failure:
        _bell.met(failure)
        return "silent"
    _bell.over()
    return "rung"


def work(redis_url: str, *, burst: bool = False) -> None:
    """Answer the doorbell until SIGTERM or SIGINT; ``burst``: until nobody rings any more.

    A Redis that goes away is waited for; meanwhile the scheduler does the work.
    """
    stop = Stop()
    while not stop.asked:
        try:
            with Redis.from_url(redis_url) as line:
                queue = Queue(QUEUE, connection=line, serializer=JSONSerializer)
                line.ping()
                _bell.over()
                worker = _Worker([queue], connection=line, serializer=JSONSerializer)
                worker.stop = stop
                worker.log = _Words(worker.log)  # type: ignore[assignment]  # it stands for one
                worker.work(burst=burst, logging_level="WARNING")
        except (RedisError, OSError) as failure:
            _bell.met(failure)
        if burst:
            return
        # RQ's worker comes back without a word when Redis goes away, too; it kept the signals.
        stop.install()
        stop.wait(PAUSE)


def schedule(
    redis_url: str | None,
    tick: Callable[[], object],
    every: float = EVERY,
    stop: "Stop | None" = None,
) -> None:
    """Ring every minute (``every`` seconds) until SIGTERM, SIGINT or ``stop``.

    ``tick`` is called here when the bell is silent, or when it has been ringing for two rounds
    and nobody has come.
    """
    stop = stop or Stop()
    unanswered = 0
    while not stop.asked:
        began = time.monotonic()
        answer = ring(redis_url)
        unanswered = unanswered + 1 if answer == "waiting" else 0
        if answer == "silent" or unanswered >= 2:
            _try(tick)
        stop.wait(max(0.0, every - (time.monotonic() - began)))


def _try(tick: Callable[[], object]) -> None:
    """A sweep that fails is tried again at the next round; the scheduler lives on."""
    try:
        tick()
    except errors.Away:
        return  # the log has learnt of it, once
    except Exception:
        _log.exception("the sweep did not finish; it is tried again at the next round")


class Stop:
    """Whether SIGTERM or SIGINT has asked this process to end."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.install()

    @property
    def asked(self) -> bool:
        """Whether it has been asked."""
        return self._event.is_set()

    def install(self) -> None:
        """Take the two signals, where that is possible (in the main thread)."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._heard)
            signal.signal(signal.SIGINT, self._heard)

    def wait(self, seconds: float) -> None:
        """Until then, or until asked to end."""
        self._event.wait(seconds)

    def ask(self) -> None:
        """End at the next opportunity."""
        self._event.set()

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()


class _Words(logging.LoggerAdapter):  # type: ignore[type-arg]  # generic from Python 3.11's stubs on
    """What RQ's worker says, but of an outage only the first line: it says one at every try."""

    def error(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Say it, unless Valkey or the database is away, of which the log learns once."""
        cause = sys.exc_info()[1]
        away = next((each for each in (*args, cause) if isinstance(each, RedisError)), None)
        if away is not None:
            _bell.met(away)
        elif not isinstance(cause, errors.Away):
            super().error(msg, *args, **kwargs)


class _Worker(SimpleWorker):
    """RQ's worker, which also says that it was asked to stop rather than lost its Redis."""

    stop: Stop
    # RQ would wait up to a minute between two tries.
    max_connection_wait_time = PAUSE

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """Tell Valkey that this worker lives; so Valkey does."""
        super().heartbeat(*args, **kwargs)
        _bell.over()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT: finish the job at hand, then end."""
        self.stop.ask()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ's own
