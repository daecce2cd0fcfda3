// bryggad: the daemon. Reads the configuration, opens the store, builds the house and waits for signals.
// Standard output carries one line, once ready; logs go to standard error. SIGTERM drains, SIGHUP reloads.
// Exit: 0 after a clean stop; 2 usage; 78 when a person has to correct something before it can start.

#include <csignal>
#include <cstdio>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "app/arguments.h"
#include "app/front.h"
#include "app/key_file.h"
#include "app/log_sink.h"
#include "app/master_key.h"
#include "app/notify.h"
#include "control/server.h"
#include "store/keys.h"

namespace brygga::app {
namespace {

constexpr int usage_exit = 2, config_exit = 78;
constexpr std::string_view help_text = "bryggad --config DIR [--check | --rotate-master-key] [--port N]\n";

void print_problems(const Checked& checked) {
    for (const auto& warning : checked.warnings)
        fmt::print(stderr, "bryggad: warning: {}\n", settings::to_text(warning));
    for (const auto& error : checked.errors) fmt::print(stderr, "bryggad: {}\n", settings::to_text(error));
}

int refuse(const Error& error) {
    fmt::print(stderr, "bryggad: {}\n", in_sentences(error.message, error.remedy));
    return config_exit;
}

/// What the API shows from now on; a warning from two weeks before its end.
Expected<control::Tls> show_certificate(const settings::Host& host, const Clock& clock, Log& log) {
    if (host.tls.certificate.empty()) return control::Tls{};
    auto identity = read_server_identity(host.tls);
    if (!identity) return identity.error();
    const bool soon = identity->expires < clock.now() + std::chrono::hours{24 * 14};
    log.write(soon ? LogLevel::warning : LogLevel::info, soon ? "tls.expires" : "tls.certificate",
              Json::object({{"file", host.tls.certificate}, {"expires_at", to_rfc3339(identity->expires)}}));
    return std::move(identity->tls);
}

/// After a reload: connections from now on see the new certificate, those that stand keep theirs.
void renew_certificate(const settings::Host& started, const settings::Host& now, control::Server& server,
                       const Clock& clock, Log& log) {
    if (started.tls.certificate.empty() != now.tls.certificate.empty()) {
        log.warning("tls.not_changed",
                    Json::object({{"message", "Whether the API has TLS is decided at the start: restart the host."}}));
        return;
    }
    if (now.tls.certificate.empty()) return;
    if (auto tls = show_certificate(now, clock, log))
        server.renew(std::move(*tls));
    else
        log.error("tls.not_renewed", Json::object({{"message", tls.error().message}, {"remedy", tls.error().remedy}}));
}

int serve(const Arguments& arguments, const sigset_t& signals) {
    const SystemClock clock;
    const std::string directory = arguments.get("config");
    LogSink early{clock, "info", "json"};
    Checked checked = check_configuration(directory, process_environment(), early);
    print_problems(checked);
    if (!checked.errors.empty()) return config_exit;
    if (arguments.has("check")) return 0;

    const settings::Host host = checked.configuration.host;
    LogSink log{clock, host.log_level, host.log_format};
    if (arguments.has("rotate-master-key")) {
        if (const auto rotated = rotate_master_key(host, log); !rotated) return refuse(rotated.error());
        fmt::print("{} is another key now. Copies of the store from before need the old one.\n", host.master_key_file);
        return 0;
    }
    auto key = master_key(host, log);
    if (!key) return refuse(key.error());
    auto store = store::Store::open({.path = host.store, .master_key = std::move(*key), .now = clock.now()}, log);
    if (!store) return refuse(store.error());
    auto token = read_or_create_token(host.admin_token_file);
    if (!token) return refuse(token.error());

    HttpCounters counters;
    Front front{{**store, clock, log, http::make_budget_book(clock), counters, BRYGGA_VERSION}, *token};
    if (const auto opened = front.open(std::move(checked)); !opened) return refuse(opened.error());
    const int port = arguments.has("port") ? std::atoi(arguments.get("port").c_str()) : host.listen_port;
    const auto handler = [&front](const control::Request& request) { return front.house()->api().handle(request); };
    auto tls = show_certificate(host, clock, log);
    if (!tls) return refuse(tls.error());
    auto server = control::Server::start(host.listen_host, port, handler, clock, log, std::move(*tls));
    if (!server) return refuse(server.error());
    front.start();

    fmt::print("{}\n", Json::object({{"event", "ready"},
                                     {"listen", fmt::format("{}:{}", host.listen_host, (*server)->port())},
                                     {"version", BRYGGA_VERSION}})
                           .dump());
    std::fflush(stdout);
    const char* socket = std::getenv("NOTIFY_SOCKET");
    const char* watchdog = std::getenv("WATCHDOG_USEC");
    const Notify notify{socket ? socket : "", watchdog ? watchdog : ""};
    notify.send("READY=1");

    MonoTime watchdog_due = clock.mono(), prune_due = clock.mono() + std::chrono::hours{1};
    MonoTime progress_due = clock.mono() + std::chrono::minutes{1};
    for (;;) {
        const timespec second{1, 0};
        const int signal = sigtimedwait(&signals, nullptr, &second);
        if (signal == SIGTERM || signal == SIGINT) break;
        if (signal == SIGHUP) {
            notify.send("RELOADING=1");
            const auto reloaded = front.reload();
            if (reloaded) {
                renew_certificate(host, front.house()->checked().configuration.host, **server, clock, log);
                log.info("configuration.reloaded", Json::object({{"directory", directory}}));
            } else {
                log.error("configuration.not_reloaded", Json::object({{"code", reloaded.error().code},
                                                                      {"message", reloaded.error().message},
                                                                      {"remedy", reloaded.error().remedy}}));
            }
            notify.send("READY=1");
        }
        front.house()->call_watch().check();
        if (notify.watchdog() && clock.mono() >= watchdog_due && (*store)->ping()) {
            notify.send("WATCHDOG=1");
            watchdog_due = clock.mono() + *notify.watchdog();
        }
        if (clock.mono() >= progress_due) {
            (void)(*store)->mark_progress();  // the store itself says when it cannot write
            progress_due = clock.mono() + std::chrono::minutes{1};
        }
        // After a rotation of the keys: a fifth of the time, so that deliveries go on.
        for (const MonoTime until = clock.mono() + std::chrono::milliseconds{200}; clock.mono() < until;)
            if (const auto more = (*store)->keys().seal_anew(clock.now()); !more || !*more) break;
        if (clock.mono() >= prune_due) {
            const Instant now = clock.now();
            if (const auto pruned =
                    (*store)->prune({now - host.retain_activity, now - host.retain_runs, now - host.retain_dead_payload,
                                     now - host.retain_audit, now - control::answers_kept});
                !pruned)
                log.warning("store.prune_failed",
                            Json::object({{"code", pruned.error().code}, {"message", pruned.error().message}}));
            prune_due = clock.mono() + std::chrono::hours{1};
        }
    }
    notify.send("STOPPING=1");
    front.close();
    server->reset();
    return 0;
}

int main(int argc, char** argv) {
    // Before any thread exists: all of them inherit the mask, so that only this loop sees the signals.
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    const auto arguments = parse_arguments(
        {argv + 1, argv + argc},
        {{"config"}, {"check", false}, {"rotate-master-key", false}, {"port"}, {"help", false}, {"version", false}});
    if (!arguments || !arguments->words.empty()) {
        fmt::print(
            stderr, "bryggad: {}\n{}",
            arguments ? "it takes options only" : in_sentences(arguments.error().message, arguments.error().remedy),
            help_text);
        return usage_exit;
    }
    if (arguments->has("help")) return fmt::print("{}", help_text), 0;
    if (arguments->has("version")) return fmt::print("bryggad {}\n", BRYGGA_VERSION), 0;
    if (!arguments->has("config")) return fmt::print(stderr, "bryggad: --config is missing\n{}", help_text), usage_exit;
    return serve(*arguments, signals);
}

}  // namespace
}  // namespace brygga::app

int main(int argc, char** argv) {
    try {
        return brygga::app::main(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bryggad: %s\n", e.what());
        return 70;
    }
}
