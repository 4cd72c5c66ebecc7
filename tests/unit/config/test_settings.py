"""The environment becomes settings, or every problem is said at once in plain sentences."""

import stat
from pathlib import Path

import pytest

from config.settings import BadSettings, LogDays, LogFiles, Settings

KEY = "k" * 32


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        Settings.load(environ)
    return caught.value.problems


def test_an_empty_environment_is_enough_on_a_laptop(tmp_path: Path) -> None:
    settings = Settings.load({"DATA_DIR": str(tmp_path / "a b")})
    assert settings.database_url is None
    assert (settings.port, settings.proxy_hops, settings.idle_minutes) == (8000, 0, 30)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.trusted_hosts == ("127.0.0.1", "localhost")


def test_the_session_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = Settings.load({"DATA_DIR": str(tmp_path)})
    second = Settings.load({"DATA_DIR": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_every_problem_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    found = problems(
        {
            "DATA_DIR": str(tmp_path / "data"),
            "PORT": "99999",
            "IDLE_MINUTES": "soon",
            "SMTP_URL": "mail.example.org",
            "MAIL_FROM": "nobody",
            "SECRET_KEY": "short",
        }
    )
    assert [sentence.split()[0] for sentence in found] == [
        "SMTP_URL",
        "PORT",
        "MAIL_FROM",
        "IDLE_MINUTES",
        "SECRET_KEY",
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("word", ["", "-1", "1_000", "٣", "9" * 5000, "8000.0", "0x50"])
def test_a_port_is_a_plain_whole_number(tmp_path: Path, word: str) -> None:
    environ = {"DATA_DIR": str(tmp_path), "PORT": word}
    if not word:
        assert Settings.load(environ).port == 8000
    else:
        assert problems(environ) == ["PORT should be a whole number from 0 to 65535."]


def test_a_secret_may_come_from_a_file_and_not_from_two_places(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    base = {"DATA_DIR": str(tmp_path), "SECRET_KEY_FILE": str(file)}
    assert Settings.load(base).secret_key == KEY
    assert problems(base | {"SECRET_KEY": KEY}) == [
        "Both SECRET_KEY and SECRET_KEY_FILE are set; keep one of them."
    ]
    assert "cannot be read" in problems(base | {"SECRET_KEY_FILE": str(tmp_path / "none")})[0]


def test_a_production_database_wants_a_key_of_its_own(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://app@db/plancycle"}
    assert "at least 32 characters" in problems(environ)[0]
    assert not list(tmp_path.iterdir())
    settings = Settings.load(environ | {"SECRET_KEY": KEY})
    assert settings.migration_url == settings.database_url


def test_a_sentence_never_repeats_a_password(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "mysql://app:hunter2@db/x"}
    assert "hunter2" not in " ".join(problems(environ))


def test_the_address_in_mail_is_also_a_trusted_host(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "BASE_URL": "https://plans.example.gov.uk/"}
    settings = Settings.load(environ)
    assert settings.base_url == "https://plans.example.gov.uk"
    assert "plans.example.gov.uk" in settings.trusted_hosts


def test_logs_have_bounds_and_the_bounds_have_bounds(tmp_path: Path) -> None:
    usual = Settings.load({"DATA_DIR": str(tmp_path)})
    assert usual.log_files == LogFiles(10, 3)
    assert problems({"DATA_DIR": str(tmp_path), "LOG_MEGABYTES": "0", "LOGS_KEPT": "999"}) == [
        "LOG_MEGABYTES should be a whole number from 1 to 1024.",
        "LOGS_KEPT should be a whole number from 1 to 20.",
    ]


def test_how_long_the_access_log_is_kept_is_set_in_days_and_no_part_outlives_its_line(
    tmp_path: Path,
) -> None:
    """Fault X10: a year and a month as they come; wrong values are told in one sentence each."""
    environ = {"DATA_DIR": str(tmp_path / "data")}
    assert Settings.load(environ).access_log == LogDays(365, 30, 30)
    assert Settings.load({**environ, "ACCESS_LOG_DAYS": "7"}).access_log == LogDays(7, 7, 7)
    assert problems({**environ, "ACCESS_LOG_DAYS": "0"}) == [
        "ACCESS_LOG_DAYS should be a whole number from 1 to 3660."
    ]
    longer = {"ACCESS_LOG_DAYS": "20", "ACCESS_LOG_NETWORK_DAYS": "21"}
    assert problems({**environ, **longer, "ACCESS_LOG_SALT_DAYS": "22"}) == [
        "ACCESS_LOG_NETWORK_DAYS should be no more than ACCESS_LOG_DAYS, which is 20.",
        "ACCESS_LOG_SALT_DAYS should be no more than ACCESS_LOG_DAYS, which is 20.",
    ]
