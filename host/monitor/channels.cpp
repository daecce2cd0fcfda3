#include "monitor/channels.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "http/client.h"
#include "http/url.h"
#include "monitor/notice.h"
#include "monitor/smtp.h"

namespace brygga::monitor {

http::Egress egress_of(const settings::Channel& channel) {
    return channel.allow_private ? http::Egress::anywhere : http::Egress::public_only;
}

Send http_send(const Clock& clock, Log& log, HttpOptions own) {
    return [&clock, &log, own = std::move(own)](const CallContext& call, const settings::Channel& channel,
                                                const Json& payload) -> Expected<void> {
        http::ClientOptions options;
        options.connection = "alert " + channel.id;
        options.max_connections = 1;
        options.max_response_bytes = 64u << 10;
        options.repeats = 0;
        options.egress = egress_of(channel);
        options.extra_ca_file = own.extra_ca_file;
        options.resolve = own.resolve;
        if (const auto url = http::parse_url(channel.url)) options.allowed_hosts = {url->authority()};
        http::SecretSource none;
        none.get = [](const CallContext&, std::string_view) -> Expected<Secret> { return Secret{}; };
        auto client =
            http::Client::create(std::move(options), std::move(none), http::make_budget_book(clock), clock, log);
        if (!client) return client.error();
        http::Request request;
        request.method = "POST";
        request.url = channel.url;
        request.headers = {{"Content-Type", "application/json"}};
        request.body =
            channel.kind == "webhook" ? payload.dump() : Json::object({{"text", notice_text(payload)}}).dump();
        if (!channel.secret.empty())
            request.headers.emplace_back(
                "X-Brygga-Signature",
                "sha256=" + crypto::hex(crypto::hmac(crypto::Hash::sha256, channel.secret.reveal(), request.body)));
        const auto response = (*client)->send(call, request);
        if (!response) return response.error();
        if (response->status >= 200 && response->status <= 299) return {};
        return Error{ErrorClass::transient, "alert.refused",
                     fmt::format("The alert channel {} answered HTTP {}.", channel.id, response->status),
                     "Check its url and secret in alerts.d.", response->status};
    };
}

Send send_by_kind(const Clock& clock, Log& log) {
    return [by_http = http_send(clock, log), by_smtp = smtp_send(clock, log)](
               const CallContext& call, const settings::Channel& channel, const Json& payload) {
        return channel.kind == "smtp" ? by_smtp(call, channel, payload) : by_http(call, channel, payload);
    };
}

}  // namespace brygga::monitor
