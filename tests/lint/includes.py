#!/usr/bin/env python3
"""includes.py ROOT: who may include what. The one table of the house; host/*/CMakeLists.txt must agree with it."""

import re

from tree import Report, files, lines, root_argument

# A module includes modules of lower levels only, never a sibling.
LEVELS = {
    "base": 0,
    "entity": 1, "schema": 1, "store": 1, "http": 1,
    "settings": 2, "connector": 2, "mapping": 2,
    "delivery": 3,
    "flow": 4,
    "scheduler": 5, "monitor": 5, "hooks": 5,
    "control": 6,
    "app": 7,
}

# Headers that belong to one module: (pattern, module, why).
OWNED = [
    (r"Poco/Data/|sqlite3\.h|libpq", "store", "SQL lives behind the Store"),
    (r"Poco/Net/HTTPS?(ClientSession|SessionFactory|StreamFactory|SessionInstantiator)", "http",
     "every outgoing call passes budgets, recording and the egress list"),
    (r"Poco/Net/(HTTPServer|HTTPRequestHandler|TCPServer|ServerSocket)", "control", "one server, one place that authenticates"),
    (r"boost/dll", "connector", "plugins are loaded in one place"),
    (r"spdlog/sinks|Poco/Util/", "app", "the process is composed in app"),
]

# Modules that decide and never act.
PURE = {"entity", "schema", "mapping"}
EFFECTS = r"thread|mutex|condition_variable|fstream|filesystem|sys/socket\.h|unistd\.h|Poco/Net/.*"

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]+)[>"]')
STANDARD = re.compile(r"[a-z_0-9]+|(assert|errno|limits|math|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h")


def includes(path):
    for number, line in lines(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def border_headers(root):
    """SDK headers that bring in the C header, directly or through another one."""
    sdk = root / "plugin-api/include"
    known = {"brygga/plugin.h"}
    while True:
        found = {
            str(path.relative_to(sdk))
            for path in files(root, "plugin-api/include")
            if any(name in known or f"brygga/sdk/{name}" in known for _, name in includes(path))
        }
        if found <= known:
            return known
        known |= found


def declared(root, report):
    """Module -> modules reachable by DEPENDS in its CMakeLists.txt."""
    direct = {}
    for module in LEVELS:
        path = root / "host" / module / "CMakeLists.txt"
        text = path.read_text() if path.exists() else ""
        match = re.search(r"brygga_module\(\s*" + module + r"\b([^)]*)\)", text)
        words = re.search(r"DEPENDS((?:\s+[a-z_]+)+)", match.group(1)) if match else None
        direct[module] = words.group(1).split() if words else []
        for other in direct[module]:
            if LEVELS.get(other, 99) >= LEVELS[module]:
                report.add(path, 0, f"{module} must not depend on {other}: dependencies point down")

    def reach(module):
        return set().union(*({other} | reach(other) for other in direct[module] if other in direct))

    return {module: reach(module) for module in LEVELS} if report.count == 0 else None


def check_host(root, report):
    border = border_headers(root)
    reachable = declared(root, report)
    for path in files(root, "host"):
        module = path.relative_to(root).parts[1]
        if module not in LEVELS:
            report.add(path, 0, f"{module} is not a module: add it to LEVELS in tests/lint/includes.py")
            continue
        for number, name in includes(path):
            other = name.split("/")[0]
            if other in LEVELS and other != module:
                if LEVELS[other] >= LEVELS[module]:
                    report.add(path, number, f"{module} must not include {name}: includes point down, siblings never")
                elif reachable and other not in reachable[module]:
                    report.add(path, number, f"{name}: add {other} to DEPENDS in host/{module}/CMakeLists.txt")
            for pattern, owner, why in OWNED:
                if re.match(pattern, name) and module != owner:
                    report.add(path, number, f"{name} only in {owner}: {why}")
            if name in border and module != "connector":
                report.add(path, number, f"{name} only in connector: the plugin border has one place")
            if module in PURE and re.fullmatch(EFFECTS, name):
                report.add(path, number, f"{name} not in {module}: it decides, it does not act")


def check_plugins(root, report):
    for path in files(root, "plugins", "plugin-api/include"):
        for number, name in includes(path):
            own = (path.parent / name).exists() or name == "manifest_json.h"
            if not (own or name.startswith("brygga/") or STANDARD.fullmatch(name)):
                report.add(path, number, f"{name}: a plugin includes the standard library, the SDK and its own files only")


def check_simulator(root, report):
    for path in files(root, "tests/simulator"):
        for number, name in includes(path):
            if name.split("/")[0] in LEVELS or "plugins/" in name:
                report.add(path, number, f"{name}: the simulator shares nothing with host and connectors but Json and Decimal")


def main():
    root = root_argument()
    report = Report(root)
    check_host(root, report)
    check_plugins(root, report)
    check_simulator(root, report)
    report.finish()


main()
