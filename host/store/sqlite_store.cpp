#include "store/sqlite_store.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/log.h"
#include "store/migrations.h"
#include "store/rows.h"

namespace brygga::store {

namespace {

std::string make_keys(Database& db, const Secret& master) {
    const std::string install = crypto::hex(crypto::random_bytes(16));
    const Secret data_key{crypto::random_bytes(Vault::key_size)};
    db.run("BEGIN IMMEDIATE");
    db.run("INSERT INTO data_key(number, wrapped, master) VALUES(1, ?1, ?2)",
           Blob{Vault::wrap(master, data_key, install)}, Vault::master_id(master));
    db.run("INSERT INTO meta(name, value) VALUES('install_id', ?1)", install);
    db.run("COMMIT");
    return install;
}

Vault open_vault(Database& db, const Secret& master) {
    auto install = meta(db, "install_id");
    if (!install) install = make_keys(db, master);
    Vault::DataKeys keys;
    auto q = db.query("SELECT number, wrapped FROM data_key");
    while (q.row()) {
        auto key = Vault::unwrap(master, q.blob(1), *install);
        if (!key)
            fail(ErrorClass::misconfigured, "store.key",
                 fmt::format("the master key does not open the database {}", db.path()),
                 "configure the master key that the database was created with; without it stored secrets and payloads "
                 "stay closed");
        keys.emplace(static_cast<std::uint8_t>(q.integer(0)), std::move(*key));
    }
    const auto current = static_cast<std::uint8_t>(read_rotation(db)["number"].integer(1));
    if (!keys.contains(1) || !keys.contains(current))
        fail(ErrorClass::misconfigured, "store.corrupt", fmt::format("the database {} has lost a key row", db.path()),
             "put the newest backup in its place");
    return Vault{std::move(*install), std::move(keys), current};
}

constexpr std::size_t reader_count = 4;

}  // namespace

Expected<std::unique_ptr<Store>> Store::open(const StoreOptions& options, Log& log) {
    try {
        return std::unique_ptr<Store>{SqliteStore::open(options, log)};
    } catch (const Failure& failure) {
        return failure.error;
    } catch (const std::exception& e) {
        return Error{ErrorClass::bug, "store.internal",
                     fmt::format("the database {} could not be opened: {}", options.path, e.what()),
                     "report this with the lines around it in the log"};
    }
}

std::unique_ptr<SqliteStore> SqliteStore::open(const StoreOptions& options, Log& log) {
    if (options.master_key.reveal().size() != Vault::key_size)
        fail(ErrorClass::misconfigured, "store.key",
             fmt::format("the master key has {} bytes, {} are needed", options.master_key.reveal().size(),
                         Vault::key_size),
             "make one with: head -c 32 /dev/urandom");
    auto lock = std::make_unique<HostLock>(options.path);
    make_private_file(options.path);
    auto database = std::make_unique<Database>(options.path, Database::Role::writer);
    migrate(*database, migrations(), log);
    Vault vault = open_vault(*database, options.master_key);
    Generation generation{options.path, vault.install_id(), log};
    generation.open(*database, options.now);
    return std::unique_ptr<SqliteStore>{
        new SqliteStore{std::move(lock), std::move(database), std::move(vault), std::move(generation), options, log}};
}

SqliteStore::SqliteStore(std::unique_ptr<HostLock> lock, std::unique_ptr<Database> writer, Vault vault,
                         Generation generation, const StoreOptions& options, Log& log)
    : lock_{std::move(lock)},
      vault_{std::move(vault)},
      master_key_{options.master_key},
      generation_{std::move(generation)},
      log_{log},
      writer_{std::move(writer), options.queue, log},
      readers_{options.path, reader_count} {}

SqliteStore::~SqliteStore() { (void)mark_progress(); }

Expected<void> SqliteStore::mark_progress() {
    std::optional<std::int64_t> raised;
    auto written = writer_.run([&](Database& db) { raised = generation_.raise(db); });
    if (written && raised) generation_.follow(*raised);
    return written;
}

Error SqliteStore::unreadable(Error error) {
    log_.error("store.read_failed",
               Json::object({{"code", error.code}, {"message", error.message}, {"remedy", error.remedy}}));
    return error;
}

Cell SqliteStore::payload_cell(const Delivery& delivery) {
    // Known before the row exists, so that sealing needs no turn of the writer.
    return {"payload", joined({delivery.flow, delivery.type, delivery.source_id, delivery.hash}), "content"};
}
Cell SqliteStore::step_cell(std::int64_t delivery, const std::string& name) {
    return {"step", joined({std::to_string(delivery), name}), "result"};
}
Cell SqliteStore::target_cell(const std::string& connection, const std::string& type, const std::string& id) {
    return {"target", joined({connection, type, id}), "fields"};
}
Cell SqliteStore::billed_cell(const Binding& b) {
    return {"billed", joined({b.target_connection, b.type, b.source_connection, b.source_id}), "content"};
}
Cell SqliteStore::secret_cell(const std::string& connection, const std::string& name) {
    return {"secret", joined({connection, name}), "value"};
}
Cell SqliteStore::plan_cell(const std::string& run) { return {"run_plan", run, "content"}; }

Cell SqliteStore::document_cell(const Document& document) {
    return {"document", joined({document.kind, document.id}), "content"};
}

Cell SqliteStore::answer_cell(const Repeatable& request) {
    return {"answer", joined({request.who, request.key}), "content"};
}

Cell SqliteStore::definition_cell(const std::string& flow, const std::string& hash) {
    return {"flow_version", joined({flow, hash}), "definition"};
}

Expected<void> SqliteStore::ping() {
    return writer_.run([](Database& db) { db.run("UPDATE meta SET value = value WHERE name = 'install_id'"); });
}

}  // namespace brygga::store
