#include "connector/plugin_server.h"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/clock.h"
#include "brygga/sdk/connector.hpp"
#include "connector/border_call.h"
#include "connector/border_page.h"
#include "connector/plugin.h"
#include "connector/sandbox.h"

namespace brygga::connector {
namespace {

// What is longer is refused by the host, which sees as much by the first byte too many.
std::string_view up_to(std::size_t most, brygga_str text) { return sdk::view(text).substr(0, most + 1); }

constexpr std::size_t most_words = 8u << 10;

/// What the plugin says about its end, until the call returns.
struct Said {
    std::uint32_t flags = 0, remote_status = 0;
    std::int64_t retry_after_ms = -1;
    std::string code, message, remedy;
};

class PluginServer {
public:
    PluginServer(const brygga_connector_api& api, Channel& channel) : api_{api}, channel_{channel} {
        host_ = {sizeof host_, BRYGGA_ABI_MAJOR, BRYGGA_ABI_MINOR, this, get_service};
        page_ = {sizeof page_, this, entity, checkpoint, seen};
    }
    PluginServer(const PluginServer&) = delete;
    PluginServer& operator=(const PluginServer&) = delete;

    void run() {
        for (;;) {
            Message message = next();
            if (message.kind() != FrameKind::create && message.kind() != FrameKind::call) continue;
            perform(message);
        }
    }

private:
    static PluginServer& of(const brygga_host* host) noexcept { return *static_cast<PluginServer*>(host->host_data); }
    static PluginServer& of(const brygga_call* call) noexcept { return *static_cast<PluginServer*>(call->host_data); }
    static PluginServer& of(const brygga_page* page) noexcept { return *static_cast<PluginServer*>(page->host_data); }

    /// The next message that is not `cancel`.
    Message next() {
        for (Message message;;) {
            if (channel_.receive(message) != Channel::Got::message) ::_exit(0);
            if (message.kind() != FrameKind::cancel) {
                told_ms_ = message.number();
                told_at_ = clock_.mono();
                return message;
            }
            cancelled_ = true;
        }
    }
    void tell(Frame& frame) {
        if (!channel_.send(frame)) ::_exit(0);
    }
    Message ask(Frame& frame) {
        tell(frame);
        return next();
    }
    /// Rows go unanswered: what the page thinks of one is known once it has sent `cancel`.
    brygga_status give(Frame& frame) {
        if (channel_.keep(frame)) look();
        return cancelled_ ? BRYGGA_CANCELLED : BRYGGA_OK;
    }
    void look() {
        if (!channel_.send_kept()) ::_exit(0);
        Message message;
        const auto got = channel_.receive(message, false);
        if (got == Channel::Got::closed) ::_exit(0);
        cancelled_ = cancelled_ || (got == Channel::Got::message && message.kind() == FrameKind::cancel);
    }
    brygga_status status_of(Message& reply) {
        const auto status = static_cast<brygga_status>(reply.number());
        if (status != BRYGGA_OK) said_.reset();  // the host has said why; the last word wins
        return status;
    }
    brygga_status say(brygga_status status, std::string code, std::string message, std::uint32_t flags = 0) {
        said_ = Said{.flags = flags, .code = std::move(code), .message = std::move(message), .remedy = {}};
        return status;
    }

    void perform(Message& message);
    brygga_status dispatch(Message& message, const brygga_call* call, std::string& result);

    static std::int32_t is_cancelled(const brygga_call* call) noexcept;
    static void fail(const brygga_call* call, const brygga_error* error) noexcept;
    static brygga_status entity(const brygga_page* page, brygga_str row) noexcept;
    static brygga_status checkpoint(const brygga_page* page, brygga_str cursor, std::int32_t has_more) noexcept;
    static std::int32_t seen(const brygga_page* page, brygga_str id, brygga_str revision) noexcept;

    static const void* get_service(const brygga_host*, const char* id) noexcept;
    static brygga_status send(const brygga_host* host, const brygga_call*, brygga_str request, brygga_str body,
                              brygga_sink head, brygga_sink out) noexcept;
    static void write_log(const brygga_host* host, std::int32_t level, brygga_str message, brygga_str fields) noexcept;
    static std::int64_t unix_ms(const brygga_host* host) noexcept;
    static brygga_status sleep(const brygga_host* host, const brygga_call*, std::int64_t ms) noexcept;
    static brygga_status hmac(const brygga_host* host, const brygga_call*, brygga_str algorithm, brygga_str secret,
                              brygga_str message, brygga_sink result) noexcept;
    static std::int32_t verify(const brygga_host* host, const brygga_call*, brygga_str algorithm, brygga_str secret,
                               brygga_str message, brygga_str expected) noexcept;

    const brygga_connector_api& api_;
    Channel& channel_;
    brygga_host host_{};
    brygga_page page_{};
    void* self_ = nullptr;
    bool cancelled_ = false;
    std::int64_t told_ms_ = 0;  ///< the host's time when it last wrote
    SystemClock clock_;
    MonoTime told_at_{};
    std::optional<Said> said_;
};

/// The process ends itself should the host be gone and the plugin never come back.
void set_alarm(std::int64_t deadline_ms) {
    constexpr std::int64_t after_s = 60, longest_s = 86'400;
    const itimerval timer{{0, 0}, {std::clamp<std::int64_t>(deadline_ms / 1000, 0, longest_s) + after_s, 0}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
}

void PluginServer::perform(Message& message) {
    said_.reset();
    cancelled_ = false;
    const auto deadline_ms = message.number();
    const brygga_call call{sizeof call, this, deadline_ms, sdk::raw(message.text()), is_cancelled, fail};
    set_alarm(deadline_ms);
    std::string result;
    std::int64_t status = BRYGGA_BUG;
    try {
        status = message.kind() == FrameKind::create ? api_.create(&host_, &call, sdk::raw(message.text()), &self_)
                                                     : dispatch(message, &call, result);
    } catch (...) {
        status = status_thrown;
    }
    Said said = said_.value_or(Said{});
    Frame frame{FrameKind::returned};
    frame.number(status).number(said_.has_value()).number(said.flags).number(said.remote_status);
    frame.number(said.retry_after_ms).text(said.code).text(said.message).text(said.remedy).text(result);
    tell(frame);
}

brygga_status PluginServer::dispatch(Message& message, const brygga_call* call, std::string& result) {
    const auto operation = static_cast<Operation>(message.number());
    const auto most = static_cast<std::uint32_t>(message.number());
    const brygga_str first = sdk::raw(message.text()), second = sdk::raw(message.text()),
                     third = sdk::raw(message.text());
    const brygga_sink into{&result, [](void* ctx, const char* data, std::size_t size) -> std::int32_t {
                               // One byte too many is kept: the host judges by it.
                               constexpr std::size_t most_result = BorderPage::most_row_bytes + 1;
                               auto& text = *static_cast<std::string*>(ctx);
                               const std::size_t room = most_result - text.size();
                               try {
                                   if (size > 0) text.append(data, std::min(size, room));
                               } catch (...) {
                                   return 1;
                               }
                               return size >= room;
                           }};
    const auto lacking = [&] {
        return say(BRYGGA_UNSUPPORTED, "plugin.unsupported", "The connector does not offer this call.");
    };
    switch (operation) {
        case Operation::check:
            return api_.check ? api_.check(self_, call) : lacking();
        case Operation::describe:
            return api_.describe ? api_.describe(self_, call, into) : (result = "{}", BRYGGA_OK);
        case Operation::poll:
            return api_.poll ? api_.poll(self_, call, first, second, third, most, &page_) : lacking();
        case Operation::list:
            return api_.list ? api_.list(self_, call, first, second, third, most, &page_) : lacking();
        case Operation::find:
            return api_.find ? api_.find(self_, call, first, &page_) : lacking();
        case Operation::deliver:
            return api_.deliver ? api_.deliver(self_, call, first, second, into) : lacking();
        case Operation::options:
            return api_.options ? api_.options(self_, call, first, &page_) : lacking();
        case Operation::subscribe:
        case Operation::unsubscribe:
        case Operation::decode:
            break;
        default:
            return BRYGGA_BUG;
    }
    const brygga_extension_webhook* hooks = webhook_of(api_, self_);
    if (!hooks) return lacking();
    if (operation == Operation::subscribe) return hooks->subscribe(self_, call, first, into);
    return operation == Operation::unsubscribe ? hooks->unsubscribe(self_, call, first)
                                               : hooks->decode(self_, call, first, &page_);
}

std::int32_t PluginServer::is_cancelled(const brygga_call* call) noexcept {
    PluginServer& me = of(call);
    if (!me.cancelled_) me.look();
    return me.cancelled_;
}

void PluginServer::fail(const brygga_call* call, const brygga_error* error) noexcept {
    if (!error) return;
    brygga_error e{};
    e.retry_after_ms = -1;
    std::memcpy(&e, error, std::min(error->struct_size, sizeof e));
    of(call).said_ = Said{e.flags,
                          e.remote_status,
                          e.retry_after_ms,
                          std::string{up_to(most_words, e.code)},
                          std::string{up_to(most_words, e.message)},
                          std::string{up_to(most_words, e.remedy)}};
}

brygga_status PluginServer::entity(const brygga_page* page, brygga_str row) noexcept {
    Frame frame{FrameKind::entity};
    return of(page).give(frame.text(up_to(BorderPage::most_row_bytes, row)));
}

brygga_status PluginServer::checkpoint(const brygga_page* page, brygga_str cursor, std::int32_t has_more) noexcept {
    Frame frame{FrameKind::checkpoint};
    return of(page).give(frame.text(up_to(BorderPage::most_cursor_bytes, cursor)).number(has_more));
}

std::int32_t PluginServer::seen(const brygga_page* page, brygga_str id, brygga_str revision) noexcept {
    Frame frame{FrameKind::seen};
    return of(page).ask(frame.text(up_to(most_words, id)).text(up_to(most_words, revision))).number() != 0;
}

const void* PluginServer::get_service(const brygga_host*, const char* id) noexcept {
    static constexpr brygga_service_http http{sizeof http, send};
    static constexpr brygga_service_log log{sizeof log, write_log};
    static constexpr brygga_service_clock clock{sizeof clock, unix_ms, sleep};
    static constexpr brygga_service_crypto crypto{sizeof crypto, hmac, verify};
    if (!id) return nullptr;
    if (std::strcmp(id, BRYGGA_SERVICE_HTTP) == 0) return &http;
    if (std::strcmp(id, BRYGGA_SERVICE_LOG) == 0) return &log;
    if (std::strcmp(id, BRYGGA_SERVICE_CLOCK) == 0) return &clock;
    if (std::strcmp(id, BRYGGA_SERVICE_CRYPTO) == 0) return &crypto;
    return nullptr;
}

brygga_status PluginServer::send(const brygga_host* host, const brygga_call*, brygga_str request, brygga_str body,
                                 brygga_sink head, brygga_sink out) noexcept {
    PluginServer& me = of(host);
    if (request.size + body.size > Channel::most_text_bytes)
        return me.say(BRYGGA_BUG, "host.request", "The request is larger than 32 MiB.");
    Frame frame{FrameKind::http};
    Message reply = me.ask(frame.text(sdk::view(request)).text(sdk::view(body)));
    if (const auto status = me.status_of(reply); status != BRYGGA_OK) return status;
    const auto put = [&](brygga_sink sink) {
        const auto text = reply.text();
        return text.empty() || sink.write(sink.ctx, text.data(), text.size()) == 0;
    };
    if (put(head) && put(out)) return BRYGGA_OK;
    return me.say(BRYGGA_CANCELLED, "cancelled", "The plugin did not take the answer.", BRYGGA_ERROR_OUTCOME_UNKNOWN);
}

void PluginServer::write_log(const brygga_host* host, std::int32_t level, brygga_str message,
                             brygga_str fields) noexcept {
    Frame frame{FrameKind::log};
    constexpr std::size_t most_fields = 16u << 10;
    of(host).tell(frame.number(level).text(up_to(most_words, message)).text(up_to(most_fields, fields)));
}

std::int64_t PluginServer::unix_ms(const brygga_host* host) noexcept {
    const PluginServer& me = of(host);
    const auto since = me.clock_.mono() - me.told_at_;
    return me.told_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

brygga_status PluginServer::sleep(const brygga_host* host, const brygga_call*, std::int64_t ms) noexcept {
    Frame frame{FrameKind::sleep};
    Message reply = of(host).ask(frame.number(ms));
    return of(host).status_of(reply);
}

brygga_status PluginServer::hmac(const brygga_host* host, const brygga_call*, brygga_str algorithm, brygga_str secret,
                                 brygga_str message, brygga_sink result) noexcept {
    PluginServer& me = of(host);
    if (message.size > Channel::most_text_bytes)
        return me.say(BRYGGA_BUG, "host.crypto", "The message is larger than 32 MiB.");
    Frame frame{FrameKind::hmac};
    frame.text(up_to(most_words, algorithm)).text(up_to(most_words, secret)).text(sdk::view(message));
    Message reply = me.ask(frame);
    if (const auto status = me.status_of(reply); status != BRYGGA_OK) return status;
    const auto bytes = reply.text();
    return result.write(result.ctx, bytes.data(), bytes.size()) == 0
               ? BRYGGA_OK
               : me.say(BRYGGA_CANCELLED, "cancelled", "The plugin did not take the hash.");
}

std::int32_t PluginServer::verify(const brygga_host* host, const brygga_call*, brygga_str algorithm, brygga_str secret,
                                  brygga_str message, brygga_str expected) noexcept {
    if (message.size > Channel::most_text_bytes) return 0;
    Frame frame{FrameKind::verify};
    frame.text(up_to(most_words, algorithm)).text(up_to(most_words, secret)).text(sdk::view(message));
    return of(host).ask(frame.text(up_to(most_words, expected))).number() != 0;
}

void refuse(Channel& host, const Error& error) {
    Frame hello{FrameKind::hello};
    hello.number(to_status(error.error_class)).text(error.code).text(error.message).text(error.remedy);
    (void)host.send(hello);
}

}  // namespace

void serve_plugin(const std::filesystem::path& file, std::string_view revision, Channel& host) {
    if (revision != frame_revision)
        return refuse(host, {ErrorClass::misconfigured, "runner.version",
                             "brygga-runner is of another version than the bryggad that runs.", "Restart bryggad."});
    limit_resources();
    const Error unconfined{ErrorClass::misconfigured, "runner.sandbox",
                           "This system does not let a process give up system calls (seccomp).",
                           "Allow it, or set isolation: none for the connections of this connector."};
    if (!confine_loading(file)) return refuse(host, unconfined);
    const auto plugin = load_plugin(file, {file.parent_path()});
    if (!confine_serving()) return refuse(host, unconfined);
    if (!plugin) return refuse(host, plugin.error());
    Frame hello{FrameKind::hello};
    hello.number(BRYGGA_OK).number((*plugin)->abi_major).number((*plugin)->abi_minor);
    if (!host.send(hello.text((*plugin)->manifest.document.dump()))) return;
    PluginServer{*(*plugin)->api, host}.run();
}

}  // namespace brygga::connector
