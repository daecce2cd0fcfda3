// brygga-runner: the process in which bryggad lets a plugin run; also asked for what a plugin file says of itself.
#include <signal.h>
#include <unistd.h>

#include <string_view>

#include <fmt/format.h>

#include "connector/plugin.h"
#include "connector/plugin_server.h"
#include "connector/sandbox.h"

namespace {

using namespace brygga;

constexpr int done = 0, failed = 1, usage = 2;

int describe(const char* file) {
    connector::limit_resources();
    if (!connector::confine_loading(file)) {
        fmt::print(stderr, "error: this system does not let a process give up system calls (seccomp).\n");
        return failed;
    }
    const auto manifest = connector::describe_plugin(file);
    if (!manifest) {
        fmt::print(stderr, "error: {}\n{}\n", manifest.error().message, manifest.error().remedy);
        return failed;
    }
    fmt::print("{}\n", manifest->pretty());
    return done;
}

int serve(std::string_view revision, const char* file) {
    ::close_range(connector::runner_socket + 1, ~0u, 0);
    if (::chdir("/") != 0) return failed;
    // Sent to all processes of a service or terminal; how this one ends is bryggad's affair.
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
    connector::Channel host{connector::runner_socket, 0};
    connector::serve_plugin(file, revision, host);
    ::_exit(done);
}

}  // namespace

int main(int count, char** words) {
    const std::string_view what = count > 1 ? words[1] : "";
    if (what == "--describe" && count == 3) return describe(words[2]);
    if (what == "--serve" && count == 4) return serve(words[2], words[3]);
    if (what == "--version" && count == 2) return fmt::print("brygga-runner {}\n", BRYGGA_VERSION), done;
    fmt::print(stderr, "Usage: brygga-runner --describe FILE\nThe other way to run it is bryggad's own.\n");
    return usage;
}
