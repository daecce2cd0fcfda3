#include "connector/runner.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "brygga/sdk/connector.hpp"
#include "connector/plain_text.h"
#include "connector/plugin_file.h"

namespace brygga::connector {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_message = 2000, most_remedy = 500;
constexpr std::string_view blame =
    "It starts again by itself. If this goes on, update the connector, or tell its maker.";

Expected<void> check_hello(Message& hello) {
    const auto status = hello.number();
    if (status == BRYGGA_OK) return {};
    Error error{.error_class = to_class(static_cast<brygga_status>(status)),
                .code = plain_code(hello.text()),
                .message = plain_text(hello.text(), most_message),
                .remedy = plain_text(hello.text(), most_remedy)};
    return error;
}

template <class Service>
const Service& service(const brygga_host* host, const char* id) {
    return *static_cast<const Service*>(host->get_service(host, id));
}

}  // namespace

/// One process, and what it takes to make it anew.
class Runner::Instance {
public:
    Instance(Runner& runner, const brygga_host* host, std::string_view config)
        : runner_{runner}, host_{host}, config_{config} {}

    brygga_status start(BorderCall& call);
    /// `frame` is the call; `page` and `result` where the call has one.
    brygga_status run(const brygga_call* raw, std::string_view name, Frame& frame, const brygga_page* page,
                      const brygga_sink* result);
    brygga_status run(const brygga_call* raw, Operation operation, const brygga_page* page, const brygga_sink* result,
                      brygga_str first = {}, brygga_str second = {}, brygga_str third = {}, std::uint32_t most = 0);

private:
    struct Talk;

    brygga_status converse(Talk& talk);
    /// False for what no runner says.
    bool answer(Talk& talk, Message& message);
    brygga_status returned(Talk& talk, Message& message);
    brygga_status hung(Talk& talk);
    brygga_status crashed(Talk& talk, const RunnerProcess::End& end);

    std::int64_t now_ms() const { return service<brygga_service_clock>(host_, BRYGGA_SERVICE_CLOCK).unix_ms(host_); }

    Runner& runner_;
    const brygga_host* host_;
    const std::string config_;
    std::unique_ptr<RunnerProcess> process_;
};

/// One call under way.
struct Runner::Instance::Talk {
    BorderCall& call;
    std::string_view name;
    const brygga_page* page;
    const brygga_sink* result;
    const Clock& clock;
    std::optional<MonoTime> end{};  ///< set once the call was to end
    bool full = false;              ///< the page takes no more, though the plugin may not know yet

    void take(brygga_status status) { full = full || status != BRYGGA_OK; }
    bool in_time() {
        if (!end && call.stop()) end = std::min(clock.mono(), call.context().deadline) + patience;
        return !end || clock.mono() < *end;
    }
};

Runner::Runner(std::string connection, std::filesystem::path program, std::shared_ptr<const Plugin> plugin,
               const Clock& clock, Log& log)
    : connection_{std::move(connection)},
      program_{std::move(program)},
      plugin_{std::move(plugin)},
      clock_{clock},
      log_{log} {}

Error Runner::crashed(std::string_view name, const RunnerProcess::End& end) {
    const std::lock_guard lock{mutex_};
    const auto wait = std::min<milliseconds>(first_wait * (1 << std::min(crashes_, 6)), longest_wait);
    ++crashes_;
    not_before_ = clock_.mono() + wait;
    last_crash_ = fmt::format("The process of the connector {} ended in '{}' of connection {}: {}.",
                              plugin_->manifest.id, name, connection_, end.how);
    log_.warning("plugin.crashed", Json::object({{"connector", plugin_->manifest.id},
                                                 {"connection", connection_},
                                                 {"call", name},
                                                 {"in_a_row", crashes_},
                                                 {"message", last_crash_},
                                                 {"remedy", blame}}));
    return {.error_class = ErrorClass::transient,
            .code = end.killed ? "runner.killed" : "runner.crashed",
            .message = last_crash_,
            .remedy = std::string{blame},
            .outcome_unknown = true};
}

void Runner::worked() {
    const std::lock_guard lock{mutex_};
    crashes_ = 0;
}

Expected<std::unique_ptr<RunnerProcess>> Runner::start(BorderCall& call) {
    {
        const std::lock_guard lock{mutex_};
        if (const auto left = not_before_ - clock_.mono(); crashes_ > 0 && left > left.zero())
            return Error{.error_class = ErrorClass::rate_limited,
                         .code = "runner.restarting",
                         .message = fmt::format("{} It starts again soon.", last_crash_),
                         .remedy = std::string{blame},
                         .retry_after = std::chrono::ceil<milliseconds>(left)};
    }
    auto process = RunnerProcess::start(program_, plugin_->file);
    if (!process) return process.error();
    Message hello;
    for (;;) {
        const auto got = (*process)->channel().receive(hello);
        if (got == Channel::Got::message && hello.kind() == FrameKind::hello) break;
        if (got != Channel::Got::nothing) return crashed("load", (*process)->end());
        if (call.stop())
            return Error{
                .error_class = call.context().cancelled() ? ErrorClass::cancelled : ErrorClass::transient,
                .code = "runner.slow",
                .message = fmt::format("The process of the connector {} did not start in time.", plugin_->manifest.id),
                .remedy = std::string{blame}};
    }
    if (const auto loaded = check_hello(hello); !loaded) return loaded.error();
    hello.number(), hello.number();
    if (const auto manifest = Json::parse(hello.text());
        !manifest || manifest->dump() != plugin_->manifest.document.dump())
        return Error{.error_class = ErrorClass::misconfigured,
                     .code = "runner.replaced",
                     .message = fmt::format("{} is another version of the connector than the one that this host knows.",
                                            plugin_->file.string()),
                     .remedy = "Restart bryggad to use it."};
    return process;
}

brygga_status Runner::Instance::start(BorderCall& call) {
    auto process = runner_.start(call);
    if (!process) return call.fail(process.error());
    process_ = std::move(*process);
    Frame frame{FrameKind::create};
    frame.number(now_ms()).number(call.raw()->deadline_ms).text(sdk::view(call.raw()->trace_id)).text(config_);
    return run(call.raw(), "create", frame, nullptr, nullptr);
}

brygga_status Runner::Instance::run(const brygga_call* raw, std::string_view name, Frame& frame,
                                    const brygga_page* page, const brygga_sink* result) {
    BorderCall& call = BorderCall::of(raw);
    Talk talk{call, name, page, result, runner_.clock_};
    if (!process_->channel().send(frame, [&] { return talk.in_time(); })) return crashed(talk, process_->end());
    return converse(talk);
}

brygga_status Runner::Instance::run(const brygga_call* raw, Operation operation, const brygga_page* page,
                                    const brygga_sink* result, brygga_str first, brygga_str second, brygga_str third,
                                    std::uint32_t most) {
    static constexpr std::array names{"check",   "describe", "poll",      "list",        "find",
                                      "deliver", "options",  "subscribe", "unsubscribe", "decode"};
    BorderCall& call = BorderCall::of(raw);
    // One that was killed while it had nothing to do is no fault of this call.
    if (Message none; process_ && process_->channel().receive(none, false) != Channel::Got::nothing) process_.reset();
    if (!process_)
        if (const auto status = start(call); status != BRYGGA_OK) return process_.reset(), status;
    Frame frame{FrameKind::call};
    frame.number(now_ms())
        .number(raw->deadline_ms)
        .text(sdk::view(raw->trace_id))
        .number(static_cast<int>(operation))
        .number(most);
    frame.text(sdk::view(first)).text(sdk::view(second)).text(sdk::view(third));
    const auto status = run(raw, names[static_cast<std::size_t>(operation)], frame, page, result);
    // Whatever it said before: a process that ended did not work.
    if (process_) runner_.worked();
    return status;
}

brygga_status Runner::Instance::converse(Talk& talk) {
    Channel& channel = process_->channel();
    Message message;
    for (bool told = false;;) {
        if (!talk.in_time()) return hung(talk);
        if ((talk.end || talk.full) && !told) {
            Frame cancel{FrameKind::cancel};
            told = channel.send(cancel, [&] { return talk.in_time(); });
        }
        switch (channel.receive(message)) {
            case Channel::Got::nothing:
                break;
            case Channel::Got::closed:
                return crashed(talk, process_->end());
            case Channel::Got::broken:
                return process_->end(), crashed(talk, {"it sent what is no message"});
            case Channel::Got::message:
                if (message.kind() == FrameKind::returned) return returned(talk, message);
                if (!answer(talk, message)) {
                    if (!talk.in_time()) return hung(talk);
                    return process_->end(), crashed(talk, {"it sent a message that has no place there"});
                }
        }
    }
}

bool Runner::Instance::answer(Talk& talk, Message& message) {
    const brygga_call* call = talk.call.raw();
    Frame reply{FrameKind::reply};
    // Its argument first: the time after what was asked for.
    const auto begin_reply = [&](std::int64_t result) -> Frame& { return reply.number(now_ms()).number(result); };
    std::string head, body;
    switch (message.kind()) {
        case FrameKind::entity: {
            const auto row = message.text();
            if (!message.whole() || !talk.page) return false;
            talk.take(talk.page->entity(talk.page, sdk::raw(row)));
            return true;
        }
        case FrameKind::checkpoint: {
            const auto cursor = message.text();
            const auto has_more = message.number();
            if (!message.whole() || !talk.page) return false;
            talk.take(talk.page->checkpoint(talk.page, sdk::raw(cursor), has_more != 0));
            return true;
        }
        case FrameKind::seen: {
            const auto id = message.text(), revision = message.text();
            if (!message.whole() || !talk.page) return false;
            begin_reply(talk.page->seen(talk.page, sdk::raw(id), sdk::raw(revision)));
            break;
        }
        case FrameKind::http: {
            const auto request = message.text(), content = message.text();
            if (!message.whole()) return false;
            begin_reply(service<brygga_service_http>(host_, BRYGGA_SERVICE_HTTP)
                            .send(host_, call, sdk::raw(request), sdk::raw(content), sdk::sink_into(head),
                                  sdk::sink_into(body)));
            reply.text(head).text(body);
            break;
        }
        case FrameKind::log: {
            const auto level = message.number();
            const auto text = message.text(), fields = message.text();
            if (!message.whole()) return false;
            service<brygga_service_log>(host_, BRYGGA_SERVICE_LOG)
                .write(host_, static_cast<std::int32_t>(std::clamp<std::int64_t>(level, -1, 99)), sdk::raw(text),
                       sdk::raw(fields));
            return true;
        }
        case FrameKind::sleep: {
            const auto ms = message.number();
            if (!message.whole()) return false;
            begin_reply(service<brygga_service_clock>(host_, BRYGGA_SERVICE_CLOCK).sleep(host_, call, ms));
            break;
        }
        case FrameKind::hmac: {
            const auto algorithm = message.text(), secret = message.text(), text = message.text();
            if (!message.whole()) return false;
            begin_reply(
                service<brygga_service_crypto>(host_, BRYGGA_SERVICE_CRYPTO)
                    .hmac(host_, call, sdk::raw(algorithm), sdk::raw(secret), sdk::raw(text), sdk::sink_into(body)));
            reply.text(body);
            break;
        }
        case FrameKind::verify: {
            const auto algorithm = message.text(), secret = message.text(), text = message.text(),
                       expected = message.text();
            if (!message.whole()) return false;
            begin_reply(
                service<brygga_service_crypto>(host_, BRYGGA_SERVICE_CRYPTO)
                    .verify(host_, call, sdk::raw(algorithm), sdk::raw(secret), sdk::raw(text), sdk::raw(expected)));
            break;
        }
        default:
            return false;
    }
    // What is gone by now is noticed by the next reading.
    return process_->channel().send(reply, [&] { return talk.in_time(); }) || talk.in_time();
}

brygga_status Runner::Instance::returned(Talk& talk, Message& message) {
    const auto status = message.number(), said = message.number();
    brygga_error error{};
    error.struct_size = sizeof error;
    error.flags = static_cast<std::uint32_t>(message.number());
    error.remote_status = static_cast<std::uint32_t>(message.number());
    error.retry_after_ms = message.number();
    error.code = sdk::raw(message.text());
    error.message = sdk::raw(message.text());
    error.remedy = sdk::raw(message.text());
    const auto result = message.text();
    if (!message.whole()) return process_->end(), crashed(talk, {"it sent what is no message"});
    if (said != 0) talk.call.raw()->fail(talk.call.raw(), &error);
    if (status == status_thrown) throw std::runtime_error{"an exception left the plugin"};
    if (talk.result && !result.empty()) talk.result->write(talk.result->ctx, result.data(), result.size());
    return static_cast<brygga_status>(std::clamp<std::int64_t>(status, INT32_MIN, INT32_MAX));
}

brygga_status Runner::Instance::hung(Talk& talk) {
    process_.reset();
    const bool cancelled = talk.call.context().cancelled();
    return talk.call.fail(
        {.error_class = cancelled ? ErrorClass::cancelled : ErrorClass::transient,
         .code = "runner.hung",
         .message = fmt::format("The connector {} went on in '{}' of connection {} for {} s after it was "
                                "to end; its process was ended.",
                                runner_.plugin_->manifest.id, talk.name, runner_.connection_, patience.count()),
         .remedy = std::string{blame},
         .outcome_unknown = true});
}

brygga_status Runner::Instance::crashed(Talk& talk, const RunnerProcess::End& end) {
    process_.reset();
    return talk.call.fail(runner_.crashed(talk.name, end));
}

brygga_status Runner::create(const brygga_host* host, const brygga_call* call, brygga_str config, void** self) {
    auto instance = std::make_unique<Instance>(*this, host, sdk::view(config));
    const brygga_status status = instance->start(BorderCall::of(call));
    if (status == BRYGGA_OK) *self = instance.release();
    return status;
}

const brygga_connector_api& Runner::api() noexcept {
    static constexpr auto of = [](void* self) -> Instance& { return *static_cast<Instance*>(self); };
    static const brygga_connector_api table{
        .struct_size = sizeof table,
        .create = nullptr,
        .destroy = [](void* self) { delete static_cast<Instance*>(self); },
        .check = [](void* self,
                    const brygga_call* call) { return of(self).run(call, Operation::check, nullptr, nullptr); },
        .describe = [](void* self, const brygga_call* call,
                       brygga_sink result) { return of(self).run(call, Operation::describe, nullptr, &result); },
        .poll =
            [](void* self, const brygga_call* call, brygga_str type, brygga_str cursor, brygga_str from,
               std::uint32_t most, const brygga_page* page) {
                return of(self).run(call, Operation::poll, page, nullptr, type, cursor, from, most);
            },
        .list =
            [](void* self, const brygga_call* call, brygga_str type, brygga_str cursor, brygga_str from,
               std::uint32_t most, const brygga_page* page) {
                return of(self).run(call, Operation::list, page, nullptr, type, cursor, from, most);
            },
        .find = [](void* self, const brygga_call* call, brygga_str request,
                   const brygga_page* page) { return of(self).run(call, Operation::find, page, nullptr, request); },
        .deliver =
            [](void* self, const brygga_call* call, brygga_str document, brygga_str key, brygga_sink result) {
                return of(self).run(call, Operation::deliver, nullptr, &result, document, key);
            },
        .options = [](void* self, const brygga_call* call, brygga_str kind,
                      const brygga_page* page) { return of(self).run(call, Operation::options, page, nullptr, kind); },
        .get_extension = [](void*, const char* id) -> const void* {
            static constexpr brygga_extension_webhook webhook{
                sizeof webhook,
                [](void* self, const brygga_call* call, brygga_str request, brygga_sink result) {
                    return of(self).run(call, Operation::subscribe, nullptr, &result, request);
                },
                [](void* self, const brygga_call* call, brygga_str request) {
                    return of(self).run(call, Operation::unsubscribe, nullptr, nullptr, request);
                },
                [](void* self, const brygga_call* call, brygga_str delivery, const brygga_page* page) {
                    return of(self).run(call, Operation::decode, page, nullptr, delivery);
                }};
            return std::string_view{id} == BRYGGA_EXTENSION_WEBHOOK ? &webhook : nullptr;
        }};
    return table;
}

Expected<std::shared_ptr<const Plugin>> inspect_plugin(const std::filesystem::path& file,
                                                       const std::vector<std::filesystem::path>& plugin_dirs,
                                                       const std::filesystem::path& program) {
    const auto admitted = admit_plugin_file(file, plugin_dirs);
    if (!admitted) return admitted.error();
    if (const auto exports = check_exports(*admitted, BRYGGA_PLUGIN_ENTRY_NAME); !exports) return exports.error();
    auto process = RunnerProcess::start(program, *admitted);
    if (!process) return process.error();
    Message hello;
    auto got = Channel::Got::nothing;
    for (int slices = 10'000 / RunnerProcess::slice_ms; got == Channel::Got::nothing && slices > 0; --slices)
        got = (*process)->channel().receive(hello);
    if (got != Channel::Got::message || hello.kind() != FrameKind::hello)
        return Error{.error_class = ErrorClass::misconfigured,
                     .code = "runner.crashed",
                     .message = fmt::format("{} ends the process that loads it: {}.", admitted->string(),
                                            got == Channel::Got::nothing ? "it does not come to an end within 10 s"
                                                                         : (*process)->end().how),
                     .remedy = "Update the connector, or tell its maker."};
    if (const auto loaded = check_hello(hello); !loaded) return loaded.error();
    const auto major = hello.number(), minor = hello.number();
    auto manifest = schema::parse_manifest(hello.text());
    if (!manifest) return manifest.error();
    return std::make_shared<const Plugin>(Plugin{.file = *admitted,
                                                 .abi_major = static_cast<std::uint32_t>(major),
                                                 .abi_minor = static_cast<std::uint32_t>(minor),
                                                 .manifest = std::move(*manifest),
                                                 .api = nullptr});
}

}  // namespace brygga::connector
