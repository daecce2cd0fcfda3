// OAuth: the access token of one connection, kept fresh with a refresh token that rotates at each use.
// Owned by app, one for each connection with oauth2; safe on any thread. Concurrent callers share one refresh.
// The new pair is durable before the new access token is used once. A refresh that has begun is not cut by the
// caller's deadline or cancellation, because the vendor may have spent the old token already.
// kill -9 between the vendor's answer and our commit loses the new token: no client can prevent that. The
// intent is stored before the request, so after such an end the old token is tried once more (some vendors
// accept that; for Visma it is unconfirmed), and its refusal says what has happened and asks for a new consent.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "http/client.h"
#include "store/store.h"

namespace brygga::connector {

using Secrets = std::map<std::string, Secret, std::less<>>;

/// ${name} from the settings alone. Error: misconfigured, secret.missing.
http::SecretSource static_secrets(const std::string& connection, Secrets secrets);

struct OAuthOptions {
    std::string connection{};
    std::string token_url{};
    std::string authorize_url{};
    std::vector<std::string> scopes{};
    bool basic = true;  ///< client authentication by HTTP Basic, else in the form
    // Names of secrets.
    std::string client_id = "client_id", client_secret = "client_secret", refresh_token = "refresh_token",
                access_token = "access_token";
    std::chrono::milliseconds early{60'000};  ///< refreshed this long before it expires
};

/// The durable place of the chain; one document.
struct TokenVault {
    std::function<Expected<std::optional<Secret>>()> load;
    std::function<Expected<void>(const Secret&)> save;  ///< durable when it returns
};
/// In the store's encrypted secrets, under the connection and the name "oauth".
TokenVault store_vault(store::Store& store, const std::string& connection, const Clock& clock);

/// For the client that `OAuth` sends its requests with: it reaches the token endpoint alone.
http::ClientOptions token_client_options(const OAuthOptions& options);

class OAuth {
public:
    /// secrets: as configured. The configured refresh token opens the chain when the store has none, and
    /// replaces it when it is another than the one the chain began with: that is a new consent.
    OAuth(OAuthOptions options, Secrets secrets, http::Client& token_client, TokenVault vault, const Clock& clock,
          Log& log);

    /// Every configured secret but the refresh token, and the access token; valid as long as this object.
    /// Errors: auth (oauth.needs_reauth), misconfigured (oauth.client, oauth.refused, secret.missing), transient
    /// (oauth.unavailable, oauth.answer, and those of the client and the store), rate_limited, cancelled.
    http::SecretSource source();

    /// The address at which a person gives consent (RFC 6749, 4.1.1, with PKCE, RFC 7636). Good for ten minutes, until
    /// it was used or another one is begun. redirect_uri: as registered at the vendor. Error: secret.missing.
    Expected<std::string> begin_consent(const std::string& redirect_uri);
    /// Whether a consent with this state is under way.
    bool expects(std::string_view state);
    /// Takes what the vendor gave with the consent: the new chain is durable when this returns. Errors: rejected,
    /// oauth.consent (unknown or old state, or the vendor refuses the code), and those of a renewal.
    Expected<void> finish_consent(std::string_view state, const std::string& code);

private:
    struct Chain {
        Secret refresh_token, access_token;
        Instant renew_at{};               ///< a little before the access token expires
        std::string configured;           ///< hash of the configured token that it began with
        std::optional<Instant> begun_at;  ///< of a refresh whose answer has not been stored
    };
    struct Consent {
        std::string state, verifier, redirect_uri;
        MonoTime until{};
    };
    using Lock = std::unique_lock<std::mutex>;

    Expected<Secret> get(const CallContext& call, std::string_view name);
    Expected<bool> refresh(const CallContext& call, const Secret& refused);
    Expected<void> ensure(const CallContext& call, Lock& lock);
    bool is_fresh() const;
    Expected<Chain> stored() const;
    Expected<void> store_chain(const Chain& chain);
    Expected<void> renew();
    Expected<Chain> ask(const Chain& chain);
    Expected<http::Response> send(std::string form);
    Expected<Chain> redeem(const Consent& consent, const std::string& code);
    std::optional<Consent> take_consent(std::string_view state, bool keep);
    Expected<Chain> read_answer(const http::Response& response, const Chain& chain) const;
    Error refusal(const http::Response& response, const Chain& chain) const;
    Error needs_consent(const std::string& why) const;

    OAuthOptions options_;
    Secrets secrets_;
    http::Client& client_;
    TokenVault vault_;
    const Clock& clock_;
    Log& log_;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool renewing_ = false;
    std::uint64_t renewals_ = 0;
    std::optional<Error> last_error_;  ///< of the last renewal
    std::optional<Chain> chain_;
    std::optional<Chain> unsaved_;  ///< answered by the vendor, not yet durable
    std::optional<Consent> consent_;
    std::string dead_;  ///< the refresh token that was refused for good
};

}  // namespace brygga::connector
