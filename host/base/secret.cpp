#include "base/secret.h"

#include <openssl/crypto.h>

namespace brygga {

void Secret::wipe() noexcept {
    // A moved-from or short text leaves bytes behind its end.
    text_.resize(text_.capacity());
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
}

}  // namespace brygga
