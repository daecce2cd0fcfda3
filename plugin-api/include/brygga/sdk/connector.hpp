// The C++20 face of brygga/plugin.h: a connector is a class, BRYGGA_CONNECTOR exports it.
// Owner: the connector author; everything here is header-only over std and the C header. An instance is
// used by one thread at a time. No exception leaves the plugin: Failure becomes its status, anything else
// becomes BRYGGA_BUG.
//
//   class Shop {
//   public:
//       static constexpr std::string_view manifest = "{...}";
//       Shop(brygga::sdk::Host host, const brygga::Json& config);
//       void check(Call& call);                                                              // each of these
//       Json describe(Call& call);                                                           // is optional
//       void poll(Call& call, const PollRequest& request, Page& page);
//       void list(Call& call, const ListRequest& request, Page& page);
//       void find(Call& call, const Json& request, Page& page);
//       Json deliver(Call& call, const Json& document, std::string_view idempotency_key);
//       void options(Call& call, std::string_view kind, Page& page);
//       Json subscribe(Call& call, const Json& request);                                     // these three together:
//       void unsubscribe(Call& call, const Json& request);                                   // brygga.webhook/1
//       void decode(Call& call, const Json& delivery, Page& page);
//       const void* extension(std::string_view id);
//   };
//   BRYGGA_CONNECTOR(Shop)
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "brygga/plugin.h"
#include "brygga/sdk/json.hpp"

namespace brygga::sdk {

inline std::string_view view(brygga_str s) noexcept {
    return s.data ? std::string_view{s.data, s.size} : std::string_view{};
}
inline brygga_str raw(std::string_view s) noexcept { return {s.data(), s.size()}; }
inline brygga_sink sink_into(std::string& out) noexcept {
    return {&out, [](void* ctx, const char* data, std::size_t size) -> std::int32_t {
                try {
                    static_cast<std::string*>(ctx)->append(data, size);
                    return 0;
                } catch (...) {
                    return 1;
                }
            }};
}

/// Thrown to end a call with anything but BRYGGA_OK; the members are those of brygga_error.
struct Failure : std::exception {
    Failure(brygga_status s, std::string c, std::string m, std::string r = {})
        : status{s}, code{std::move(c)}, message{std::move(m)}, remedy{std::move(r)} {}
    /// A service has failed and has said why already.
    static Failure reported(brygga_status s) {
        Failure f{s, {}, {}};
        f.already_reported = true;
        return f;
    }
    Failure&& remote(int http_status) && {
        return remote_status = static_cast<std::uint32_t>(http_status), std::move(*this);
    }
    Failure&& after(std::int64_t ms) && { return retry_after_ms = ms, std::move(*this); }
    Failure&& unknown_outcome(bool yes = true) && { return outcome_unknown = yes, std::move(*this); }
    const char* what() const noexcept override { return message.c_str(); }

    brygga_status status;
    std::string code, message, remedy;
    std::uint32_t remote_status = 0;
    std::int64_t retry_after_ms = -1;
    bool outcome_unknown = false;
    bool already_reported = false;
};

/// The call that is under way; a connector passes it on to the services.
class Call {
public:
    explicit Call(const brygga_call* raw_call) noexcept : raw_{raw_call} {}
    bool cancelled() const noexcept { return raw_->is_cancelled(raw_) != 0; }
    void throw_if_cancelled() const {
        if (cancelled()) throw Failure{BRYGGA_CANCELLED, "cancelled", "The host cancelled the call."};
    }
    std::int64_t deadline_ms() const noexcept { return raw_->deadline_ms; }
    const brygga_call* get() const noexcept { return raw_; }

private:
    const brygga_call* raw_;
};

/// Receives rows; ends the call when the host wants no more.
class Page {
public:
    explicit Page(const brygga_page* raw_page) noexcept : raw_{raw_page} {}
    void entity(const Json& row) { check(raw_->entity(raw_, raw(text(row)))); }
    void checkpoint(const Json& cursor, bool has_more) {
        check(raw_->checkpoint(raw_, raw(text(cursor)), has_more ? 1 : 0));
    }
    bool seen(std::string_view id, std::string_view revision) const {
        return raw_->seen && raw_->seen(raw_, raw(id), raw(revision)) != 0;
    }

private:
    std::string_view text(const Json& document) {
        buffer_.clear();
        document.append_to(buffer_);
        return buffer_;
    }
    static void check(brygga_status status) {
        if (status != BRYGGA_OK) throw Failure::reported(status);
    }
    const brygga_page* raw_;
    std::string buffer_;
};

struct PollRequest {
    std::string_view type;
    Json cursor;                      ///< null on the first run
    std::string_view first_run_from;  ///< ISO date
    std::uint32_t max_items;
};
struct ListRequest {
    std::string_view type;
    Json cursor;
    std::string_view from;  ///< ISO date or empty
    std::uint32_t max_items;
};

struct HttpResponse {
    int status = 0;
    Json headers;  ///< lower-case names
    std::string body;
    std::string_view header(std::string_view name) const noexcept { return headers[name].string(); }
};

/// The host's services for one instance. A copyable handle.
class Host {
public:
    explicit Host(const brygga_host* raw_host) noexcept : raw_{raw_host} {}

    /// Sends one request (see brygga_service_http for its members) and waits for the whole answer, whatever
    /// its status. Throws Failure when there was none.
    HttpResponse http(Call& call, const Json& request, std::string_view body = {}) const {
        const auto* http = service<brygga_service_http>(BRYGGA_SERVICE_HTTP);
        HttpResponse response;
        std::string head;
        const std::string text = request.dump();
        const brygga_status status =
            http->send(raw_, call.get(), raw(text), raw(body), sink_into(head), sink_into(response.body));
        if (status != BRYGGA_OK) throw Failure::reported(status);
        const auto parsed = Json::parse(head);
        if (!parsed) throw Failure{BRYGGA_BUG, "host.http_head", "The host's http service gave no readable head."};
        response.status = static_cast<int>((*parsed)["status"].integer(0));
        response.headers = (*parsed)["headers"];
        return response;
    }
    std::int64_t unix_ms() const { return service<brygga_service_clock>(BRYGGA_SERVICE_CLOCK)->unix_ms(raw_); }
    void sleep(Call& call, std::int64_t ms) const {
        const brygga_status status = service<brygga_service_clock>(BRYGGA_SERVICE_CLOCK)->sleep(raw_, call.get(), ms);
        if (status != BRYGGA_OK) throw Failure::reported(status);
    }
    /// Whether the keyed hash of message with the named secret is `expected` (raw bytes).
    bool verify(Call& call, std::string_view algorithm, std::string_view secret, std::string_view message,
                std::string_view expected) const {
        return service<brygga_service_crypto>(BRYGGA_SERVICE_CRYPTO)
                   ->verify(raw_, call.get(), raw(algorithm), raw(secret), raw(message), raw(expected)) == 1;
    }
    void log(std::int32_t level, std::string_view message, const Json& fields = {}) const {
        const auto* log = static_cast<const brygga_service_log*>(raw_->get_service(raw_, BRYGGA_SERVICE_LOG));
        if (!log) return;
        const std::string text = fields.is_null() ? std::string{} : fields.dump();
        log->write(raw_, level, raw(message), raw(text));
    }
    const brygga_host* get() const noexcept { return raw_; }

    template <class Service>
    const Service* service(const char* id) const {
        const auto* found = static_cast<const Service*>(raw_->get_service(raw_, id));
        if (!found)
            throw Failure{BRYGGA_UNSUPPORTED, "host.service", std::string{"This host has no service "} + id + "."};
        return found;
    }

private:
    const brygga_host* raw_;
};

namespace detail {

/// The one place where an exception becomes a status.
template <class Body>
brygga_status guarded(const brygga_call* call, Body&& body) noexcept {
    const auto report = [&](const Failure& f) {
        if (f.already_reported) return f.status;
        const brygga_error error{sizeof error,    f.outcome_unknown ? BRYGGA_ERROR_OUTCOME_UNKNOWN : 0u,
                                 f.remote_status, f.retry_after_ms,
                                 raw(f.code),     raw(f.message),
                                 raw(f.remedy)};
        call->fail(call, &error);
        return f.status;
    };
    const auto bug = [&](std::string_view what) noexcept {
        const brygga_error error{sizeof error, BRYGGA_ERROR_OUTCOME_UNKNOWN, 0, -1, raw("exception"), raw(what), {}};
        call->fail(call, &error);
        return BRYGGA_BUG;
    };
    try {
        body();
        return BRYGGA_OK;
    } catch (const Failure& f) {
        return report(f);
    } catch (const std::exception& e) {
        return bug(e.what());
    } catch (...) {
        return bug("unknown exception");
    }
}

/// A document from the host; the host sends valid JSON, so anything else is its bug.
inline Json document(std::string_view text) {
    if (text.empty()) return {};
    auto parsed = Json::parse(text);
    if (!parsed) throw Failure{BRYGGA_BUG, "host.document", "The host sent a document that is not JSON."};
    return std::move(*parsed);
}

inline void write(brygga_sink sink, const Json& result) {
    const std::string text = result.dump();
    if (sink.write(sink.ctx, text.data(), text.size()) != 0) throw Failure::reported(BRYGGA_CANCELLED);
}

template <class C>
struct Adapter {
    static C& self(void* p) noexcept { return *static_cast<C*>(p); }

    static brygga_status create(const brygga_host* host, const brygga_call* call, brygga_str config, void** out) {
        return guarded(call, [&] { *out = new C(Host{host}, document(view(config))); });
    }
    static void destroy(void* p) { delete static_cast<C*>(p); }
    static brygga_status check(void* p, const brygga_call* raw_call) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            self(p).check(call);
        });
    }
    static brygga_status describe(void* p, const brygga_call* raw_call, brygga_sink result) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            write(result, self(p).describe(call));
        });
    }
    static brygga_status poll(void* p, const brygga_call* raw_call, brygga_str type, brygga_str cursor, brygga_str from,
                              std::uint32_t max_items, const brygga_page* raw_page) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            Page page{raw_page};
            self(p).poll(call, PollRequest{view(type), document(view(cursor)), view(from), max_items}, page);
        });
    }
    static brygga_status list(void* p, const brygga_call* raw_call, brygga_str type, brygga_str cursor, brygga_str from,
                              std::uint32_t max_items, const brygga_page* raw_page) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            Page page{raw_page};
            self(p).list(call, ListRequest{view(type), document(view(cursor)), view(from), max_items}, page);
        });
    }
    static brygga_status find(void* p, const brygga_call* raw_call, brygga_str request, const brygga_page* raw_page) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            Page page{raw_page};
            self(p).find(call, document(view(request)), page);
        });
    }
    static brygga_status deliver(void* p, const brygga_call* raw_call, brygga_str doc, brygga_str key,
                                 brygga_sink result) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            write(result, self(p).deliver(call, document(view(doc)), view(key)));
        });
    }
    static brygga_status options(void* p, const brygga_call* raw_call, brygga_str kind, const brygga_page* raw_page) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            Page page{raw_page};
            self(p).options(call, view(kind), page);
        });
    }
    static brygga_status subscribe(void* p, const brygga_call* raw_call, brygga_str request, brygga_sink result) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            write(result, self(p).subscribe(call, document(view(request))));
        });
    }
    static brygga_status unsubscribe(void* p, const brygga_call* raw_call, brygga_str request) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            self(p).unsubscribe(call, document(view(request)));
        });
    }
    static brygga_status decode(void* p, const brygga_call* raw_call, brygga_str delivery,
                                const brygga_page* raw_page) {
        return guarded(raw_call, [&] {
            Call call{raw_call};
            Page page{raw_page};
            self(p).decode(call, document(view(delivery)), page);
        });
    }
    static constexpr bool has_webhooks = requires { &C::subscribe; };
    static const void* extension(void* p, const char* id) {
        if constexpr (has_webhooks) {
            static constexpr brygga_extension_webhook webhook{sizeof webhook, subscribe, unsubscribe, decode};
            if (std::string_view{id} == BRYGGA_EXTENSION_WEBHOOK) return &webhook;
        }
        if constexpr (requires { &C::extension; }) return self(p).extension(id);
        return nullptr;
    }

    static constexpr brygga_connector_api make_api() {
        brygga_connector_api made{};
        made.struct_size = sizeof made;
        made.create = create;
        made.destroy = destroy;
        if constexpr (requires { &C::check; }) made.check = check;
        if constexpr (requires { &C::describe; }) made.describe = describe;
        if constexpr (requires { &C::poll; }) made.poll = poll;
        if constexpr (requires { &C::list; }) made.list = list;
        if constexpr (requires { &C::find; }) made.find = find;
        if constexpr (requires { &C::deliver; }) made.deliver = deliver;
        if constexpr (requires { &C::options; }) made.options = options;
        if constexpr (has_webhooks || requires { &C::extension; }) made.get_extension = extension;
        return made;
    }
    static constexpr brygga_connector_api api = make_api();
    static constexpr brygga_plugin plugin{sizeof(brygga_plugin),
                                          BRYGGA_ABI_MAJOR,
                                          BRYGGA_ABI_MINOR,
                                          {std::string_view{C::manifest}.data(), std::string_view{C::manifest}.size()},
                                          &api};
};

}  // namespace detail
}  // namespace brygga::sdk

#define BRYGGA_CONNECTOR(ConnectorClass)                                    \
  extern "C" BRYGGA_EXPORT const brygga_plugin* brygga_plugin_entry(void) { \
    return &::brygga::sdk::detail::Adapter<ConnectorClass>::plugin;         \
  }
