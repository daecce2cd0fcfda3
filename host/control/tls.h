// Tls: the certificate that the API shows. TLS is 1.2 or newer, with forward secrecy. Clients show none: they have
// tokens. Holds nothing; safe on any thread.
#pragma once

#include <Poco/Net/Context.h>

#include <string>

#include "base/clock.h"
#include "base/expected.h"
#include "base/secret.h"

namespace brygga::control {

/// Null: plain text.
using Tls = Poco::Net::Context::Ptr;

struct ServerIdentity {
    Tls tls;
    Instant expires{};
};

/// Of a chain in PEM, the server's own certificate first, and its private key in PEM without a passphrase.
/// Errors: misconfigured, tls.certificate or tls.key, with what is wrong and never a byte of the key.
Expected<ServerIdentity> server_identity(const std::string& chain, const Secret& key);

}  // namespace brygga::control
