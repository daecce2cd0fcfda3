#include "store/vault.h"

#include <zstd.h>

#include <memory>
#include <mutex>

#include "base/crypto.h"

namespace brygga::store {

namespace {

constexpr std::size_t largest_content = 64u << 20;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

// One context a thread: making one costs more than compressing an order.
std::string compress(std::string_view plain) {
    thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context{ZSTD_createCCtx()};
    std::string out(ZSTD_compressBound(plain.size()), '\0');
    const std::size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), plain.data(), plain.size(), 1);
    if (ZSTD_isError(size)) throw std::bad_alloc{};
    out.resize(size);
    return out;
}

std::optional<std::string> decompress(std::string_view packed) {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context{ZSTD_createDCtx()};
    const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size > largest_content) return std::nullopt;  // also for "unknown" and "error"
    std::string out(static_cast<std::size_t>(size), '\0');
    const std::size_t written =
        ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
    if (ZSTD_isError(written) || written != out.size()) return std::nullopt;
    return out;
}

std::string wrap_context(std::string_view install_id) { return joined({"data_key", "wrapped", install_id}); }

}  // namespace

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) {
        out += std::to_string(part.size());
        out += ':';
        out += part;
    }
    return out;
}

Vault::Vault(std::string install_id, DataKeys keys, std::uint8_t current)
    : install_id_{std::move(install_id)},
      ring_{std::make_unique<Ring>()},
      hash_key_{crypto::hmac(crypto::Hash::sha256, keys.at(1).reveal(), joined({"match keys", install_id_}))} {
    ring_->keys = std::move(keys);
    ring_->current = current;
}

void Vault::add(std::uint8_t number, const Secret& key) {
    const std::unique_lock lock{ring_->mutex};
    ring_->keys.insert_or_assign(number, key);
}

void Vault::use(std::uint8_t number) {
    const std::unique_lock lock{ring_->mutex};
    ring_->current = number;
}

bool Vault::is_current(std::string_view sealed) const {
    const std::shared_lock lock{ring_->mutex};
    return !sealed.empty() && static_cast<std::uint8_t>(sealed.front()) == ring_->current;
}

std::string Vault::context(const Cell& cell) const { return joined({cell.table, cell.row, cell.column, install_id_}); }

std::string Vault::seal(std::string_view plain, const Cell& cell) const {
    const std::shared_lock lock{ring_->mutex};
    return static_cast<char>(ring_->current) +
           crypto::seal(ring_->keys.at(ring_->current).reveal(), plain, context(cell));
}

std::optional<std::string> Vault::open(std::string_view sealed, const Cell& cell) const {
    if (sealed.empty()) return std::nullopt;
    const std::shared_lock lock{ring_->mutex};
    const auto key = ring_->keys.find(static_cast<std::uint8_t>(sealed.front()));
    if (key == ring_->keys.end()) return std::nullopt;
    return crypto::open(key->second.reveal(), sealed.substr(1), context(cell));
}

std::string Vault::pack(std::string_view plain, const Cell& cell) const { return seal(compress(plain), cell); }

std::optional<std::string> Vault::unpack(std::string_view sealed, const Cell& cell) const {
    const auto packed = open(sealed, cell);
    return packed ? decompress(*packed) : std::nullopt;
}

std::string Vault::keyed_hash(std::initializer_list<std::string_view> parts) const {
    std::string hash = crypto::hmac(crypto::Hash::sha256, hash_key_.reveal(), joined(parts));
    hash.resize(hash_size);
    return hash;
}

std::string Vault::wrap(const Secret& master, const Secret& data_key, std::string_view install_id) {
    return crypto::seal(master.reveal(), data_key.reveal(), wrap_context(install_id));
}

std::optional<Secret> Vault::unwrap(const Secret& master, std::string_view wrapped, std::string_view install_id) {
    auto key = crypto::open(master.reveal(), wrapped, wrap_context(install_id));
    if (!key || key->size() != key_size) return std::nullopt;
    return Secret{std::move(*key)};
}

std::string Vault::master_id(const Secret& master) {
    return crypto::hex(crypto::hmac(crypto::Hash::sha256, master.reveal(), "master key id")).substr(0, 16);
}

}  // namespace brygga::store
