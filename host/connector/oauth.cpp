#include "connector/oauth.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/crash_point.h"
#include "base/crypto.h"
#include "base/log.h"
#include "brygga/sdk/text.hpp"
#include "http/url.h"

namespace brygga::connector {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds renewal_time{30'000}, consent_time{600'000};
constexpr std::int64_t default_life_s = 300, longest_life_s = 2'592'000;

Error missing_secret(const std::string& connection, std::string_view name) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "secret.missing",
            .message = "Connection " + connection + " has no secret named " + std::string{name} + ".",
            .remedy = "Add it under secrets in the connection's file."};
}

Expected<Secret> configured(const std::string& connection, const Secrets& secrets, std::string_view name) {
    const auto found = secrets.find(name);
    if (found == secrets.end() || found->second.empty()) return missing_secret(connection, name);
    return found->second;
}

std::string fingerprint(std::string_view token) {
    return token.empty() ? std::string{} : crypto::hex(crypto::digest(crypto::Hash::sha256, token));
}

void append_form_value(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    out.append(name).append("=");
    append_percent_encoded(out, value);
}

/// The vendor's error code (RFC 6749, 5.2), or empty for anything that does not look like one.
std::string error_code(const http::Response& response) {
    const auto json = Json::parse(response.body, nullptr, {.bytes = 64u << 10, .depth = 8});
    std::string code{json ? (*json)["error"].string() : std::string_view{}};
    const bool sane = code.size() <= 40 &&
                      std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    return sane ? code : std::string{};
}

}  // namespace

http::SecretSource static_secrets(const std::string& connection, Secrets secrets) {
    return {.get = [connection, secrets = std::move(secrets)](
                       const CallContext&, std::string_view name) { return configured(connection, secrets, name); },
            .refresh = {}};
}

TokenVault store_vault(store::Store& store, const std::string& connection, const Clock& clock) {
    return {.load = [&store, connection] { return store.secret(connection, "oauth"); },
            .save = [&store, &clock, connection](
                        const Secret& chain) { return store.set_secret(connection, "oauth", chain, clock.now()); }};
}

http::ClientOptions token_client_options(const OAuthOptions& options) {
    http::ClientOptions client;
    client.connection = options.connection;
    if (const auto url = http::parse_url(options.token_url)) client.allowed_hosts = {url->authority()};
    client.max_connections = 1;
    client.max_response_bytes = 64u << 10;
    return client;
}

OAuth::OAuth(OAuthOptions options, Secrets secrets, http::Client& token_client, TokenVault vault, const Clock& clock,
             Log& log)
    : options_{std::move(options)},
      secrets_{std::move(secrets)},
      client_{token_client},
      vault_{std::move(vault)},
      clock_{clock},
      log_{log} {}

http::SecretSource OAuth::source() {
    return {.get = [this](const CallContext& call, std::string_view name) { return get(call, name); },
            .refresh = [this](const CallContext& call, const Secret& refused) { return refresh(call, refused); }};
}

Expected<Secret> OAuth::get(const CallContext& call, std::string_view name) {
    if (name == options_.refresh_token)
        return Error{.error_class = ErrorClass::bug,
                     .code = "oauth.refresh_token",
                     .message = "A request of the plugin for connection " + options_.connection +
                                " names the refresh token, which only the host uses.",
                     .remedy = "Report this to the author of the plugin."};
    if (name != options_.access_token) return configured(options_.connection, secrets_, name);
    Lock lock{mutex_};
    if (const Expected<void> ensured = ensure(call, lock); !ensured) return ensured.error();
    return chain_->access_token;
}

Expected<bool> OAuth::refresh(const CallContext& call, const Secret& refused) {
    Lock lock{mutex_};
    if (chain_ && crypto::equal_constant_time(chain_->access_token.reveal(), refused.reveal()))
        chain_->access_token = Secret{};
    if (const Expected<void> ensured = ensure(call, lock); !ensured) return ensured.error();
    return true;
}

bool OAuth::is_fresh() const { return chain_ && !chain_->access_token.empty() && clock_.now() < chain_->renew_at; }

/// Waits for the renewal that is under way, or makes it.
Expected<void> OAuth::ensure(const CallContext& call, Lock& lock) {
    if (!chain_) {
        auto known = stored();
        if (!known) return known.error();
        chain_ = std::move(*known);
    }
    while (!is_fresh()) {
        const MonoTime now = clock_.mono();
        if (call.cancelled() || now >= call.deadline)
            return Error{.error_class = call.cancelled() ? ErrorClass::cancelled : ErrorClass::transient,
                         .code = call.cancelled() ? "http.cancelled" : "http.timeout",
                         .message = "The call ended while it waited for the access token of connection " +
                                    options_.connection + "; nothing was sent.",
                         .remedy = ""};
        if (!renewing_) {
            renewing_ = true;
            lock.unlock();
            const Expected<void> renewed = renew();
            lock.lock();
            renewing_ = false;
            ++renewals_;
            last_error_ = renewed ? std::nullopt : std::optional{renewed.error()};
            changed_.notify_all();
            return renewed;
        }
        const std::uint64_t seen = renewals_;
        const auto patience = std::min<MonoTime::duration>(call.deadline - now, 2 * renewal_time);
        if (changed_.wait_for(lock, call.stop, patience, [&] { return renewals_ != seen; }) && last_error_)
            return *last_error_;
    }
    return {};
}

/// The store's word, or its error: without it nothing may be spent.
Expected<OAuth::Chain> OAuth::stored() const {
    Chain chain;
    const auto first = secrets_.find(options_.refresh_token);
    const std::string token{first == secrets_.end() ? std::string_view{} : first->second.reveal()};
    const auto secret = vault_.load();
    if (!secret) return secret.error();
    if (*secret)
        if (const auto json = Json::parse((*secret)->reveal())) {
            const auto text = [&](const char* name) { return std::string{(*json)[name].string()}; };
            chain.refresh_token = Secret{text("refresh_token")};
            chain.access_token = Secret{text("access_token")};
            chain.renew_at = from_unix_ms((*json)["renew_at"].integer(0));
            chain.configured = text("configured");
            if (const auto begun = (*json)["begun_at"].integer()) chain.begun_at = from_unix_ms(*begun);
        }
    if (!token.empty() && chain.configured != fingerprint(token)) {
        chain = Chain{};
        chain.refresh_token = Secret{token};
        chain.configured = fingerprint(token);
    }
    return chain;
}

Expected<void> OAuth::store_chain(const Chain& chain) {
    Json json = Json::object({{"refresh_token", chain.refresh_token.reveal()},
                              {"access_token", chain.access_token.reveal()},
                              {"renew_at", to_unix_ms(chain.renew_at)},
                              {"configured", chain.configured}});
    if (chain.begun_at) json.set("begun_at", to_unix_ms(*chain.begun_at));
    return vault_.save(Secret{json.dump()});
}

/// One thread at a time, without the lock but to exchange the chain.
Expected<void> OAuth::renew() {
    const auto adopt = [this](Chain chain) {
        const std::lock_guard lock{mutex_};
        chain_ = std::move(chain);
    };
    if (!unsaved_) {
        // The store decides: another owner of this connection may have renewed meanwhile.
        auto last = stored();
        if (!last) return last.error();
        Chain chain = std::move(*last);
        const std::string token = fingerprint(chain.refresh_token.reveal());
        bool known = false;
        {
            const std::lock_guard lock{mutex_};
            known = chain_ && fingerprint(chain_->refresh_token.reveal()) == token;
        }
        if (!known && !chain.access_token.empty() && clock_.now() < chain.renew_at) {
            adopt(std::move(chain));
            return {};
        }
        if (chain.refresh_token.empty()) return needs_consent("it has no refresh token yet");
        if (token == dead_) return needs_consent("the vendor refused its refresh token");
        Expected<Chain> answered = ask(chain);
        if (!answered && answered.error().code == "oauth.needs_reauth") {
            if (auto again = stored(); again && fingerprint(again->refresh_token.reveal()) != token) {
                chain = std::move(*again);
                answered = ask(chain);
            }
            if (!answered && answered.error().code == "oauth.needs_reauth")
                dead_ = fingerprint(chain.refresh_token.reveal());
        }
        if (!answered) return answered.error();
        unsaved_ = std::move(*answered);
    }
    BRYGGA_CRASH_POINT("token_answered");
    if (const Expected<void> saved = store_chain(*unsaved_); !saved) return saved.error();
    BRYGGA_CRASH_POINT("token_stored");
    adopt(*unsaved_);
    unsaved_.reset();
    log_.info("oauth.renewed", Json::object({{"connection", options_.connection}}));
    return {};
}

Expected<OAuth::Chain> OAuth::ask(const Chain& chain) {
    for (const std::string& name : {options_.client_id, options_.client_secret})
        if (const auto there = configured(options_.connection, secrets_, name); !there) return there.error();
    Chain intent = chain;
    if (!intent.begun_at) intent.begun_at = clock_.now();
    if (const Expected<void> saved = store_chain(intent); !saved) return saved.error();
    BRYGGA_CRASH_POINT("token_due");

    std::string form;
    form.reserve(16'384);
    append_form_value(form, "grant_type", "refresh_token");
    append_form_value(form, "refresh_token", chain.refresh_token.reveal());
    const auto response = send(std::move(form));
    if (!response) return response.error();
    return response->status >= 200 && response->status <= 299 ? read_answer(*response, chain)
                                                              : Expected<Chain>{refusal(*response, chain)};
}

/// A request to the token endpoint in the client's name; the form is wiped.
Expected<http::Response> OAuth::send(std::string form) {
    const Expected<Secret> id = configured(options_.connection, secrets_, options_.client_id);
    if (!id) return id.error();
    const Expected<Secret> secret = configured(options_.connection, secrets_, options_.client_secret);
    if (!secret) return secret.error();
    http::Request request{.method = "POST", .url = options_.token_url};
    request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = std::move(form);
    if (options_.basic) {
        std::string pair{id->reveal()};
        pair.append(":").append(secret->reveal());
        request.headers.emplace_back("Authorization", "Basic " + crypto::base64(pair));
        OPENSSL_cleanse(pair.data(), pair.size());
    } else {
        append_form_value(request.body, "client_id", id->reveal());
        append_form_value(request.body, "client_secret", secret->reveal());
    }
    const CallContext own{.deadline = clock_.mono() + renewal_time, .trace_id = "oauth"};
    Expected<http::Response> response = client_.send(own, request);
    OPENSSL_cleanse(request.body.data(), request.body.size());
    OPENSSL_cleanse(request.headers.back().second.data(), request.headers.back().second.size());
    if (!response) {
        Error error = std::move(response).error();
        error.message =
            "The access token of connection " + options_.connection + " could not be renewed: " + error.message;
        error.outcome_unknown = false;  // nothing of the caller's request has left
        return error;
    }
    return response;
}

Expected<std::string> OAuth::begin_consent(const std::string& redirect_uri) {
    const Expected<Secret> id = configured(options_.connection, secrets_, options_.client_id);
    if (!id) return id.error();
    Consent consent{crypto::base64url(crypto::random_bytes(32)), crypto::base64url(crypto::random_bytes(32)),
                    redirect_uri, clock_.mono() + consent_time};
    std::string query, scopes;
    for (const std::string& scope : options_.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
    append_form_value(query, "client_id", id->reveal());
    append_form_value(query, "response_type", "code");
    append_form_value(query, "redirect_uri", redirect_uri);
    append_form_value(query, "scope", scopes);
    append_form_value(query, "state", consent.state);
    append_form_value(query, "prompt", "select_account");
    append_form_value(query, "code_challenge",
                      crypto::base64url(crypto::digest(crypto::Hash::sha256, consent.verifier)));
    append_form_value(query, "code_challenge_method", "S256");
    const Lock lock{mutex_};
    consent_ = std::move(consent);
    return options_.authorize_url + (options_.authorize_url.find('?') == std::string::npos ? "?" : "&") + query;
}

std::optional<OAuth::Consent> OAuth::take_consent(std::string_view state, bool keep) {
    const Lock lock{mutex_};
    if (!consent_ || clock_.mono() >= consent_->until || !crypto::equal_constant_time(consent_->state, state))
        return std::nullopt;
    auto taken = consent_;
    if (!keep) consent_.reset();
    return taken;
}

bool OAuth::expects(std::string_view state) { return take_consent(state, true).has_value(); }

Expected<OAuth::Chain> OAuth::redeem(const Consent& consent, const std::string& code) {
    std::string form;
    form.reserve(16'384);
    append_form_value(form, "grant_type", "authorization_code");
    append_form_value(form, "code", code);
    append_form_value(form, "redirect_uri", consent.redirect_uri);
    append_form_value(form, "code_verifier", consent.verifier);
    const auto response = send(std::move(form));
    if (!response) return response.error();
    Chain chain;
    const auto first = secrets_.find(options_.refresh_token);
    chain.configured = fingerprint(first == secrets_.end() ? std::string_view{} : first->second.reveal());
    if (response->status >= 200 && response->status <= 299) {
        auto answered = read_answer(*response, chain);
        if (answered && answered->refresh_token.empty())
            return Error{.error_class = ErrorClass::misconfigured,
                         .code = "oauth.consent",
                         .message = "The vendor gave connection " + options_.connection +
                                    " no refresh token, so that it would have to be authorised again within the hour.",
                         .remedy = "Let the registration of the client at the vendor include offline access."};
        return answered;
    }
    if (error_code(*response) == "invalid_grant")
        return Error{.error_class = ErrorClass::rejected,
                     .code = "oauth.consent",
                     .message = "The vendor does not accept the code that it gave for connection " +
                                options_.connection +
                                ": it is too old, was used before, or belongs to another address.",
                     .remedy = "Begin again: brygga connections authorize " + options_.connection + "."};
    return refusal(*response, chain);
}

Expected<void> OAuth::finish_consent(std::string_view state, const std::string& code) {
    const auto consent = take_consent(state, false);
    if (!consent)
        return Error{.error_class = ErrorClass::rejected,
                     .code = "oauth.consent",
                     .message = "No consent for connection " + options_.connection + " is waited for with this answer.",
                     .remedy = "Begin again, and answer within ten minutes: brygga connections authorize " +
                               options_.connection + "."};
    // One at a time with renewals; each has its own deadline.
    Lock lock{mutex_};
    changed_.wait(lock, [&] { return !renewing_; });
    renewing_ = true;
    lock.unlock();
    auto chain = redeem(*consent, code);
    Expected<void> done = chain ? Expected<void>{} : Expected<void>{chain.error()};
    if (chain) {
        unsaved_ = *chain;
        done = store_chain(*chain);
        if (done) unsaved_.reset();
    }
    lock.lock();
    if (chain && done) chain_ = std::move(*chain);
    renewing_ = false;
    ++renewals_;
    last_error_.reset();  // who waits for a renewal makes his own when this failed
    changed_.notify_all();
    if (done) log_.info("oauth.consented", Json::object({{"connection", options_.connection}}));
    return done;
}

Expected<OAuth::Chain> OAuth::read_answer(const http::Response& response, const Chain& chain) const {
    const auto json = Json::parse(response.body, nullptr, {.bytes = 64u << 10, .depth = 8});
    const std::string_view access = json ? (*json)["access_token"].string() : std::string_view{};
    if (access.empty())
        return Error{
            .error_class = ErrorClass::transient,
            .code = "oauth.answer",
            .message = "The access token of connection " + options_.connection +
                       " could not be renewed: the answer of the token endpoint holds none.",
            .remedy = "It is tried again. If it lasts, check the identity address in the connection's config."};
    Chain renewed;
    renewed.access_token = Secret{std::string{access}};
    const std::string_view rotated = (*json)["refresh_token"].string();
    renewed.refresh_token = rotated.empty() ? chain.refresh_token : Secret{std::string{rotated}};
    const std::int64_t life =
        std::clamp<std::int64_t>((*json)["expires_in"].integer(default_life_s), 1, longest_life_s);
    const milliseconds lives = std::chrono::seconds{life};
    renewed.renew_at = clock_.now() + lives - std::min(options_.early, lives / 4);
    renewed.configured = chain.configured;
    return renewed;
}

Error OAuth::refusal(const http::Response& response, const Chain& chain) const {
    const std::string code = error_code(response);
    const std::string answer = std::to_string(response.status) + (code.empty() ? "" : ", " + code);
    const std::string start =
        "The access token of connection " + options_.connection + " could not be renewed: the token endpoint ";
    if (code == "invalid_grant") {
        std::string why = "the vendor refused its refresh token (" + answer + ")";
        if (chain.begun_at)
            why += "; a renewal begun at " + to_rfc3339(*chain.begun_at) +
                   " was interrupted before its answer was stored, which may have spent the token";
        return needs_consent(why);
    }
    if (response.status == 429)
        return {.error_class = ErrorClass::rate_limited,
                .code = "oauth.unavailable",
                .message = start + "has had too many requests (" + answer + ").",
                .remedy = "It is tried again by itself.",
                .remote_status = response.status};
    if (response.status >= 500)
        return {.error_class = ErrorClass::transient,
                .code = "oauth.unavailable",
                .message = start + "is out of order (" + answer + ").",
                .remedy = "It is tried again. If it lasts, look at the vendor's status page.",
                .remote_status = response.status};
    if (code == "invalid_client" || code == "unauthorized_client" || response.status == 401)
        return {.error_class = ErrorClass::misconfigured,
                .code = "oauth.client",
                .message = start + "does not accept the client id and secret (" + answer + ").",
                .remedy = "Check the secrets " + options_.client_id + " and " + options_.client_secret +
                          " of the connection, and that they belong to this identity address.",
                .remote_status = response.status};
    return {
        .error_class = ErrorClass::misconfigured,
        .code = "oauth.refused",
        .message = start + "refused the request (" + answer + ").",
        .remedy =
            "Check the identity address in the connection's config and the registration of the client at the vendor.",
        .remote_status = response.status};
}

Error OAuth::needs_consent(const std::string& why) const {
    return {.error_class = ErrorClass::auth,
            .code = "oauth.needs_reauth",
            .message = "Connection " + options_.connection + " must be authorised again: " + why + ".",
            .remedy = "Give consent at the vendor once more: brygga connections authorize " + options_.connection +
                      " tells how; the flows go on by themselves after it."};
}

}  // namespace brygga::connector
