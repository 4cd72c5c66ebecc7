"""Reading a framework: from its folder to one dictionary, and from that to the typed shape.

The rule that lives here: which file holds what. A framework is usable only when it has no problem
at all; every problem is told as ``file:key: sentence``, all of them at once.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.checks.framework import cross_problems
from config.framework import Framework, Template, YearPattern
from config.framework_reading import MISSING_VALUE, Reader
from config.lifecycles import composing
from config.lifecycles.shape import Lifecycle
from config.problems import ProblemList, Problems
from config.year_choices import complete

FRAMEWORKS = Path(__file__).parent / "frameworks"
# The framework of the demo, of the benchmark, and of a command that names none.
USUAL = "nottinghamshire-smf"

# Each file of the folder and the keys at its top; the last three are folders, one file per entry.
FILES: Mapping[str, tuple[str, ...]] = {
    "framework.toml": (
        "key", "title", "source", "number", "governance", "levels", "roles", "bodies",
    ),
    "items.toml": ("item_types",),
    "plan_types.toml": ("plan_types",),
    "governance.toml": ("settings", "day_rules", "limits"),
    "report.toml": ("report_title", "report_fields", "comments"),
    "reporting.toml": ("reporting",),
}  # fmt: skip
FOLDERS: Mapping[str, type] = {
    "lifecycles": Lifecycle,
    "templates": Template,
    "years": YearPattern,
}


def available() -> list[str]:
    """The keys of the frameworks that come with the product."""
    return sorted(each.name for each in FRAMEWORKS.iterdir() if (each / "framework.toml").is_file())


def load(key_or_path: str | Path) -> Framework:
    """A framework by its key, or from a folder. Raises Problems."""
    path = FRAMEWORKS / str(key_or_path)
    if str(key_or_path) not in available():
        path = Path(key_or_path)
    return parse(read_folder(path))


def read_folder(path: Path | str) -> dict[str, Any]:
    """A framework's folder as one dictionary that can be written as JSON.

    A lifecycle that extends a base comes out whole. Only what prevents reading is told here, as
    Problems: no such folder, a file that is missing or unknown, text that is not TOML, a key in the
    wrong file, a lifecycle that is not laid over its base. ``parse`` judges the contents.
    """
    folder = Path(path)
    problems = ProblemList()
    if not folder.is_dir():
        known = ", ".join(available())
        problems.add(str(path), f"There is no such framework or folder. Those known are: {known}.")
        problems.raise_any()
    data: dict[str, Any] = {}
    for name, keys in FILES.items():
        contents = _read(folder, name, problems)
        for key in contents.keys() - set(keys):
            problems.add(
                f"{name}:{key}", f"There is no such key here. Known are: {', '.join(keys)}."
            )
        data |= {key: contents[key] for key in keys if key in contents}
    for name in FOLDERS:
        files = sorted((folder / name).glob("*.toml"))
        data[name] = {each.stem: _read(folder, f"{name}/{each.name}", problems) for each in files}
    for name, table in data["lifecycles"].items():
        if composing.is_composed(table):
            data["lifecycles"][name] = composing.expanded(name, table, problems)
    problems.raise_any()
    return data


def parse(data: Mapping[str, Any]) -> Framework:
    """The typed framework of a dictionary from ``read_folder``. Raises Problems, all at once."""
    framework, problems = _checked(data)
    if framework is None or problems.problems:
        raise Problems(problems.problems)
    return framework


def problems(data: Mapping[str, Any]) -> list[str]:
    """Every problem of a framework's data, each as ``file:key: sentence``; none means usable."""
    return list(_checked(data)[1].problems)


def with_origins(path: Path | str, found: list[str]) -> list[str]:
    """The problems of a framework's folder, each with the shipped file that says what is wrong.

    What the folder's own file says stays as it is: the author changes it where it stands.
    """
    origins: dict[str, str] = {}
    for file in sorted((Path(path) / "lifecycles").glob("*.toml")):
        table = _read(Path(path), f"lifecycles/{file.name}", ProblemList())
        if composing.is_composed(table):
            origins |= composing.origins(file.stem, table)
    return [composing.with_origin(problem, origins) for problem in found]


def stored(data: Mapping[str, Any]) -> Framework:
    """The typed framework of an edition that was published, which is not judged again.

    Raises Problems only where something has no shape that can be read.
    """
    framework, found = _shaped(data)
    if framework is None:
        raise Problems(found.problems)
    return framework


def _read(folder: Path, name: str, problems: ProblemList) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.add(f"{name}:file", "This file is missing.")
    except UnicodeDecodeError:
        problems.add(f"{name}:file", "This file is not written in UTF-8. Save it again as UTF-8.")
    except tomllib.TOMLDecodeError as problem:
        problems.add(f"{name}:file", f"This is not TOML that can be read: {problem}.")
    return {}


def _checked(data: Mapping[str, Any]) -> tuple[Framework | None, ProblemList]:
    """The framework when its shape is right, and everything that is wrong with it.

    What refers to what is only looked at once every part could be read.
    """
    framework, found = _shaped(data)
    if framework is not None:
        for place, sentence in cross_problems(framework):
            found.add(place, sentence)
    return framework, found


def _shaped(data: Mapping[str, Any]) -> tuple[Framework | None, ProblemList]:
    """The framework when each part has its shape, and what is wrong with the shapes."""
    found = ProblemList()
    reader = Reader(found)
    parts: dict[str, Any] = {}
    for file, keys in FILES.items():
        for key in keys:
            parts[key] = _part(reader, data, file, key)
    for folder, kind in FOLDERS.items():
        tables = data.get(folder) or {}
        if kind is YearPattern:
            parts[folder] = _patterns(reader, tables)
            continue
        parts[folder] = {
            name: reader.table(kind, table, f"{folder}/{name}.toml", "", name)
            for name, table in tables.items()
        }
    for key in data.keys() - parts.keys():
        found.add(f"framework.toml:{key}", "There is no such key here.")
    broken = [*parts.values(), *(each for key in FOLDERS for each in parts[key].values())]
    if any(part is MISSING_VALUE for part in broken):
        return None, found
    return Framework(**{**parts, "years": tuple(parts["years"].values())}), found


def _patterns(reader: Reader, tables: Mapping[str, Any]) -> dict[str, Any]:
    """The patterns of years. What one takes over from another is told where it is written."""
    read: dict[str, Any] = {}
    whole = complete(tables, reader.problems)

    def extended(name: str) -> str:
        table = whole.get(name)
        return str(table.get("extends", "")) if isinstance(table, Mapping) else ""

    def depth(name: str) -> int:
        return 1 + depth(extended(name)) if extended(name) else 0

    for name in sorted(whole, key=depth):
        base = extended(name)
        if not base or read.get(base, MISSING_VALUE) is not MISSING_VALUE:
            read[name] = reader.table(YearPattern, whole[name], f"years/{name}.toml", "", name)
    return {name: read[name] for name in whole if name in read}


def _part(reader: Reader, data: Mapping[str, Any], file: str, key: str) -> Any:
    if key not in data:
        reader.add(file, key, "This key is missing.")
        return MISSING_VALUE
    hint = Framework.__annotations__[key]
    return reader.value(hint, data[key], file, key)
