#!/usr/bin/env python3
"""symbols.py LIBRARY...: a plugin exports its entry point alone, and reaches the world through host services only."""

import pathlib
import re
import subprocess
import sys

ENTRY = "brygga_plugin_entry"
RUNTIME = {"libstdc++.so.6", "libgcc_s.so.1", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
SANITIZER = re.compile(r"lib(asan|ubsan|tsan)\.so")
FORBIDDEN = [
    (r"(SSL|TLS|BIO|EVP|X509)_|curl_|nghttp2_|gnutls_", "the host speaks TLS and HTTP"),
    (r"(socket|socketpair|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|getaddrinfo|gethostby\w+)$",
     "the host opens sockets"),
    (r"pthread_create$|_ZNSt6thread15_M_start_thread|thrd_create$", "the host owns the threads"),
    (r"(v?fork|clone|exec[vl]\w*|posix_spawnp?|system|popen)$", "a plugin starts no process"),
    (r"(open|openat|creat|fopen|freopen|unlink|rename)(64)?$|_ZNSt.*basic_filebuf|_ZNSt10filesystem", "a plugin has no files"),
    (r"(secure_)?getenv$|dlopen$|dlsym$", "a plugin is configured by its manifest alone"),
    (r"time$|gettimeofday$|clock_gettime$|(nano|u)?sleep$|_ZNSt6chrono.*_clock3nowEv", "the host has the clock"),
]


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def names(kind, library):
    for line in output("nm", "-D", kind, library).splitlines():
        yield line.split()[-1].split("@")[0]


def findings(library):
    exported = sorted(names("--defined-only", library))
    if ENTRY not in exported:
        yield f"does not export {ENTRY}"
    for name in exported:
        if name != ENTRY:
            yield f"exports {name}; only {ENTRY} may be visible"
    for name in sorted(names("--undefined-only", library)):
        for pattern, why in FORBIDDEN:
            if re.match(pattern, name):
                yield f"uses {name}: {why}"
    for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", library)):
        if needed not in RUNTIME and not SANITIZER.match(needed):
            yield f"needs {needed}: only the C and C++ runtime libraries"
    if re.search(r"\((RPATH|RUNPATH)\)", output("readelf", "-d", library)):
        yield "carries a library search path"


def main():
    count = 0
    for library in sys.argv[1:]:
        for finding in findings(library):
            count += 1
            print(f"{pathlib.Path(library).name}: {finding}")
    sys.exit(1 if count else 0)


main()
