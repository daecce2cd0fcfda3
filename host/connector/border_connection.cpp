#include "connector/border_connection.h"

#include <fmt/format.h>

#include "brygga/sdk/connector.hpp"

namespace brygga::connector {
namespace {

constexpr std::size_t most_result_bytes = 16u << 20;

/// Takes a result; more than the limit is refused, never the moment: a write that was made has an answer.
struct Result {
    std::string text;
    bool too_large = false;

    brygga_sink sink() noexcept {
        return {this, [](void* ctx, const char* data, std::size_t size) -> std::int32_t {
                    Result& me = *static_cast<Result*>(ctx);
                    try {
                        if (size > most_result_bytes - me.text.size()) me.too_large = true;
                        if (me.too_large) return 1;
                        if (size > 0) me.text.append(data, size);
                        return 0;
                    } catch (...) {
                        me.too_large = true;
                        return 1;
                    }
                }};
    }
};

/// Without a word about a write that may have left: it may have been applied.
Error cancelled_call() {
    return {.error_class = ErrorClass::cancelled,
            .code = "cancelled",
            .message = "The call was cancelled.",
            .remedy = {},
            .outcome_unknown = true};
}

}  // namespace

BorderConnection::BorderConnection(std::string id, std::shared_ptr<const Plugin> plugin, const Json& config,
                                   std::unique_ptr<http::Client> client, http::SecretSource secrets, const Clock& clock,
                                   Log& log, CallWatch& watch, const std::filesystem::path& runner)
    : id_{std::move(id)},
      plugin_{std::move(plugin)},
      config_{config.dump()},
      client_{std::move(client)},
      secrets_{std::move(secrets)},
      clock_{clock},
      watch_{watch},
      services_{plugin_->manifest.id, id_, *client_, secrets_, clock, log},
      runner_{runner.empty() ? nullptr : std::make_unique<Runner>(id_, runner, plugin_, clock, log)},
      api_{runner_ ? Runner::api() : *plugin_->api},
      instances_{api_, plugin_->manifest.max_concurrency, clock} {}

Error BorderConnection::bug(const BorderCall& call, std::string_view name, std::string code,
                            std::string_view what) const {
    return {.error_class = ErrorClass::bug,
            .code = std::move(code),
            .message = fmt::format("The connector {} broke its contract in '{}' of connection {}: {}.",
                                   plugin_->manifest.id, name, id_, what),
            .remedy = "Update the connector, or tell its maker.",
            .outcome_unknown = call.wrote()};
}

Error BorderConnection::unsupported(std::string_view name) const {
    return {.error_class = ErrorClass::unsupported,
            .code = "plugin.unsupported",
            .message = fmt::format("The connector {} has no '{}'.", plugin_->manifest.id, name),
            .remedy = "Choose a connector whose manifest names it."};
}

/// What the plugin said, under the class that it returned.
Error BorderConnection::failure(const BorderCall& call, std::string_view name, brygga_status status) const {
    const schema::Manifest& manifest = plugin_->manifest;
    if (status < BRYGGA_OK || status > BRYGGA_BUG)
        return bug(call, name, "plugin.status", fmt::format("it returned the unknown status {}", status));
    const ErrorClass error_class = to_class(status);
    auto said = call.said();
    if (error_class == ErrorClass::cancelled) {
        if (!call.context().cancelled() && (call.out_of_time() || (said && said->code == "call.deadline")))
            return {.error_class = ErrorClass::transient,
                    .code = "call.deadline",
                    .message = fmt::format("'{}' of connection {} ran out of time.", name, id_),
                    .remedy = {},
                    .outcome_unknown = call.wrote() && (!said || said->outcome_unknown)};
        if (!said && !call.context().cancelled())
            return bug(call, name, "plugin.cancelled", "it ended as cancelled though nobody had asked for that");
        if (!said) said = cancelled_call();
    }
    if (!said)
        said = Error{.code = "plugin.unexplained",
                     .message = fmt::format("The connector {} ended '{}' of connection {} as {} and gave no reason.",
                                            manifest.id, name, id_, to_string(error_class)),
                     .remedy = "Update the connector, or tell its maker.",
                     .outcome_unknown = true};
    said->error_class = error_class;
    if (said->code.empty()) said->code = fmt::format("plugin.{}", to_string(error_class));
    if (const schema::ErrorRow* row = manifest.error(said->code)) {
        if (said->message.empty()) said->message = row->cause;
        if (said->remedy.empty()) said->remedy = row->remedy;
    }
    // Nothing else reaches the vendor than what the host has sent.
    said->outcome_unknown = call.wrote() && (said->outcome_unknown || error_class == ErrorClass::bug);
    return std::move(*said);
}

brygga_status BorderConnection::guarded(BorderCall& call, std::string_view name,
                                        const std::function<brygga_status()>& body) const {
    try {
        return body();
    } catch (...) {
        return call.fail(bug(call, name, "plugin.exception", "an exception left the plugin"));
    }
}

Expected<void> BorderConnection::create(BorderCall& call, InstancePool::Lease& lease) {
    void* self = nullptr;
    const brygga_status status = guarded(call, "create", [&] {
        const brygga_str config = sdk::raw(config_);
        return runner_ ? runner_->create(services_.raw(), call.raw(), config, &self)
                       : api_.create(services_.raw(), call.raw(), config, &self);
    });
    if (status != BRYGGA_OK) return failure(call, "create", status);
    lease.set(self);
    return {};
}

Expected<void> BorderConnection::run(BorderCall& call, std::string_view name, const Body& body) {
    auto lease = instances_.take(call.context());
    if (!lease) return lease.error();
    const CallWatch::Watch watch{
        watch_, {plugin_->manifest.id, id_, std::string{name}, call.context().trace_id, call.context().deadline}};
    if (!lease->instance())
        if (const auto created = create(call, *lease); !created) return created.error();
    const brygga_status status = guarded(call, name, [&] { return body(*lease->instance(), call.raw()); });
    if (status == BRYGGA_OK) return {};
    Error error = failure(call, name, status);
    if (error.error_class == ErrorClass::bug) lease->discard();
    return error;
}

Expected<void> BorderConnection::paged(const CallContext& context, std::string_view name, const RowSink& sink,
                                       bool needs_checkpoint, const Paged& body) {
    BorderCall call{context, clock_};
    BorderPage page{sink, call};
    return run(call, name, [&](void* self, const brygga_call* raw) {
        const brygga_status status = body(self, raw, page.raw());
        if (page.broken())
            return call.fail(bug(call, name, page.broken()->code, fmt::format("it gave {}", page.broken()->message)));
        const bool ended_well = status == BRYGGA_OK;
        if (page.refused() && (ended_well || status == BRYGGA_CANCELLED)) return call.fail(cancelled_call());
        if (ended_well && needs_checkpoint && !page.has_checkpoint())
            return call.fail(bug(call, name, "plugin.no_checkpoint",
                                 "it ended well without a checkpoint, so that nothing could go on from there"));
        return status;
    });
}

Expected<Json> BorderConnection::answered(const CallContext& context, std::string_view name, const Answered& body) {
    BorderCall call{context, clock_};
    Json document;
    const auto ended = run(call, name, [&](void* self, const brygga_call* raw) {
        Result result;
        const brygga_status status = body(self, raw, result.sink());
        if (result.too_large)
            return call.fail(bug(call, name, "plugin.too_large",
                                 fmt::format("its result has more than {} bytes", most_result_bytes)));
        if (status != BRYGGA_OK) return status;
        JsonError where;
        auto parsed = Json::parse(result.text, &where);
        if (!parsed)
            return call.fail(bug(call, name, "plugin.bad_json",
                                 fmt::format("its result is not JSON ({} at byte {})", where.message, where.offset)));
        if (!parsed->is_object())
            return call.fail(bug(call, name, "plugin.bad_json", "its result is not a JSON object"));
        document = std::move(*parsed);
        return status;
    });
    if (!ended) return ended.error();
    return document;
}

Expected<void> BorderConnection::check(const CallContext& context) {
    if (!api_.check) return unsupported("check");
    BorderCall call{context, clock_};
    return run(call, "check", api_.check);
}

Expected<Json> BorderConnection::describe(const CallContext& call) {
    if (!api_.describe) return Json::object();
    return answered(call, "describe", api_.describe);
}

Expected<void> BorderConnection::poll(const CallContext& call, const PollCall& request, const RowSink& sink) {
    if (!api_.poll) return unsupported("poll");
    return paged(call, "poll", sink, true, [&](void* self, const brygga_call* raw, const brygga_page* page) {
        return api_.poll(self, raw, sdk::raw(request.type), sdk::raw(request.cursor), sdk::raw(request.first_run_from),
                         request.max_items, page);
    });
}

Expected<void> BorderConnection::list(const CallContext& call, const ListCall& request, const RowSink& sink) {
    if (!api_.list) return unsupported("list");
    return paged(call, "list", sink, true, [&](void* self, const brygga_call* raw, const brygga_page* page) {
        return api_.list(self, raw, sdk::raw(request.type), sdk::raw(request.cursor), sdk::raw(request.from),
                         request.max_items, page);
    });
}

Expected<void> BorderConnection::find(const CallContext& call, const Json& request, const RowSink& sink) {
    if (!api_.find) return unsupported("find");
    const std::string text = request.dump();
    return paged(call, "find", sink, false, [&](void* self, const brygga_call* raw, const brygga_page* page) {
        return api_.find(self, raw, sdk::raw(text), page);
    });
}

Expected<Json> BorderConnection::deliver(const CallContext& call, const Json& document,
                                         const std::string& idempotency_key) {
    if (!api_.deliver) return unsupported("deliver");
    const std::string text = document.dump();
    return answered(call, "deliver", [&](void* self, const brygga_call* raw, brygga_sink result) {
        return api_.deliver(self, raw, sdk::raw(text), sdk::raw(idempotency_key), result);
    });
}

Expected<void> BorderConnection::options(const CallContext& call, const std::string& kind, const RowSink& sink) {
    if (!api_.options) return unsupported("options");
    return paged(call, "options", sink, false, [&](void* self, const brygga_call* raw, const brygga_page* page) {
        return api_.options(self, raw, sdk::raw(kind), page);
    });
}

Expected<Json> BorderConnection::subscribe(const CallContext& call, const Json& request) {
    const std::string text = request.dump();
    return answered(call, "subscribe", [&](void* self, const brygga_call* raw, brygga_sink result) {
        const auto* hooks = webhook_of(api_, self);
        return hooks ? hooks->subscribe(self, raw, sdk::raw(text), result) : BorderCall::of(raw).fail(no_webhooks());
    });
}

Expected<void> BorderConnection::unsubscribe(const CallContext& context, const Json& request) {
    const std::string text = request.dump();
    BorderCall call{context, clock_};
    return run(call, "unsubscribe", [&](void* self, const brygga_call* raw) {
        const auto* hooks = webhook_of(api_, self);
        return hooks ? hooks->unsubscribe(self, raw, sdk::raw(text)) : BorderCall::of(raw).fail(no_webhooks());
    });
}

Expected<void> BorderConnection::decode(const CallContext& call, const Json& delivery, const RowSink& sink) {
    const std::string text = delivery.dump();
    return paged(call, "decode", sink, false, [&](void* self, const brygga_call* raw, const brygga_page* page) {
        const auto* hooks = webhook_of(api_, self);
        return hooks ? hooks->decode(self, raw, sdk::raw(text), page) : BorderCall::of(raw).fail(no_webhooks());
    });
}

}  // namespace brygga::connector
