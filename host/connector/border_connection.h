// BorderConnection: the Connection of a plugin, which runs in this process or behind a Runner. It turns calls into
// border calls, statuses into Errors and holds the plugin to its contract: limits, valid documents, checkpoints, an
// end. Owned by app; safe on any thread. It retries nothing; only a Runner can stop a plugin that will not end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log.h"
#include "connector/border_call.h"
#include "connector/border_page.h"
#include "connector/call_watch.h"
#include "connector/connection.h"
#include "connector/instance_pool.h"
#include "connector/plugin.h"
#include "connector/runner.h"
#include "connector/services.h"

namespace brygga::connector {

class BorderConnection final : public Connection {
public:
    /// `runner`: the program in whose processes the plugin runs; empty: in this one, where it was loaded.
    BorderConnection(std::string id, std::shared_ptr<const Plugin> plugin, const Json& config,
                     std::unique_ptr<http::Client> client, http::SecretSource secrets, const Clock& clock, Log& log,
                     CallWatch& watch, const std::filesystem::path& runner = {});

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return plugin_->manifest; }

    Expected<void> check(const CallContext& call) override;
    Expected<Json> describe(const CallContext& call) override;
    Expected<void> poll(const CallContext& call, const PollCall& request, const RowSink& sink) override;
    Expected<void> list(const CallContext& call, const ListCall& request, const RowSink& sink) override;
    Expected<void> find(const CallContext& call, const Json& request, const RowSink& sink) override;
    Expected<Json> deliver(const CallContext& call, const Json& document, const std::string& idempotency_key) override;
    Expected<void> options(const CallContext& call, const std::string& kind, const RowSink& sink) override;
    Expected<Json> subscribe(const CallContext& call, const Json& request) override;
    Expected<void> unsubscribe(const CallContext& call, const Json& request) override;
    Expected<void> decode(const CallContext& call, const Json& delivery, const RowSink& sink) override;

private:
    using Body = std::function<brygga_status(void* self, const brygga_call* call)>;
    using Paged = std::function<brygga_status(void* self, const brygga_call* call, const brygga_page* page)>;
    using Answered = std::function<brygga_status(void* self, const brygga_call* call, brygga_sink result)>;

    Expected<void> run(BorderCall& call, std::string_view name, const Body& body);
    Expected<void> create(BorderCall& call, InstancePool::Lease& lease);
    Expected<void> paged(const CallContext& context, std::string_view name, const RowSink& sink, bool needs_checkpoint,
                         const Paged& body);
    Expected<Json> answered(const CallContext& context, std::string_view name, const Answered& body);

    brygga_status guarded(BorderCall& call, std::string_view name, const std::function<brygga_status()>& body) const;
    Error failure(const BorderCall& call, std::string_view name, brygga_status status) const;
    Error bug(const BorderCall& call, std::string_view name, std::string code, std::string_view what) const;
    Error unsupported(std::string_view name) const;

    const std::string id_;
    std::shared_ptr<const Plugin> plugin_;
    std::string config_;
    std::unique_ptr<http::Client> client_;
    http::SecretSource secrets_;
    const Clock& clock_;
    CallWatch& watch_;
    Services services_;
    std::unique_ptr<Runner> runner_;  ///< none: the plugin is in this process
    const brygga_connector_api& api_;
    InstancePool instances_;
};

}  // namespace brygga::connector
