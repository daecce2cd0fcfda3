#include "connector/plugin.h"

#include <vector>  // before Boost.DLL, which forgets it

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "brygga/plugin.h"
#include "connector/plugin_file.h"

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;
namespace dll = boost::dll;

constexpr std::size_t most_manifest_bytes = 1u << 20;
/// What ABI 1.0 had; a later minor of this header must not ask more of an old plugin.
constexpr std::size_t plugin_size_1_0 = offsetof(brygga_plugin, connector) + sizeof(void*);
constexpr std::size_t api_size_1_0 = offsetof(brygga_connector_api, get_extension) + sizeof(void*);
constexpr std::size_t webhook_size_1_0 = offsetof(brygga_extension_webhook, decode) + sizeof(void*);

Error wrong_abi(const fs::path& file, std::string_view what) {
    return Error{ErrorClass::misconfigured, "plugin.abi",
                 fmt::format("{} does not fit this host: {}.", file.string(), what),
                 fmt::format("Install a version of the plugin built with a Brygga SDK {}.x.", BRYGGA_ABI_MAJOR)};
}

/// Keeps a value for ever.
template <class T>
union Pinned {
    explicit Pinned(T&& v) : value{std::move(v)} {}
    ~Pinned() {}
    T value;
};

Expected<const brygga_plugin*> enter(const fs::path& file) {
    try {
        const Pinned library{dll::shared_library{file, dll::load_mode::rtld_now | dll::load_mode::rtld_local}};
        return library.value.get<const brygga_plugin*()>(BRYGGA_PLUGIN_ENTRY_NAME)();
    } catch (const std::exception& e) {
        return Error{ErrorClass::misconfigured, "plugin.not_loadable",
                     fmt::format("{} cannot be loaded: {}.", file.string(), e.what()),
                     "Install what the plugin needs, or the version of the plugin for this system."};
    } catch (...) {
        return wrong_abi(file, "its entry function throws");
    }
}

/// A function that the manifest promises must be there.
const char* missing_function(const schema::Manifest& manifest, const brygga_connector_api& api) {
    const auto any = [&](auto asks) {
        return std::any_of(manifest.entities.begin(), manifest.entities.end(),
                           [&](const auto& entity) { return asks(entity.second); });
    };
    if (!api.create) return "create";
    if (!api.destroy) return "destroy";
    if (!api.poll && any([](const schema::Operations& o) { return o.poll; })) return "poll";
    if (!api.list && any([](const schema::Operations& o) { return o.list; })) return "list";
    if (!api.find && any([](const schema::Operations& o) { return !o.find.empty(); })) return "find";
    if (!api.deliver && any([](const schema::Operations& o) { return !o.create.empty() || !o.update.empty(); }))
        return "deliver";
    if (!api.options && !manifest.options.empty()) return "options";
    if (!api.get_extension && any([](const schema::Operations& o) { return !o.webhooks.empty(); }))
        return "get_extension";
    return nullptr;
}

Expected<std::shared_ptr<const Plugin>> examine(const fs::path& file, const brygga_plugin* entry) {
    if (!entry) return wrong_abi(file, "its entry function gives nothing");
    if (entry->struct_size < plugin_size_1_0)
        return wrong_abi(file, fmt::format("its brygga_plugin has {} bytes where {} are needed", entry->struct_size,
                                           plugin_size_1_0));
    if (entry->abi_major != BRYGGA_ABI_MAJOR)
        return wrong_abi(file, fmt::format("it was built for plugin ABI {}.{}, this is {}.{}", entry->abi_major,
                                           entry->abi_minor, BRYGGA_ABI_MAJOR, BRYGGA_ABI_MINOR));
    const brygga_connector_api* api = entry->connector;
    if (!api) return wrong_abi(file, "it has no connector");
    if (api->struct_size < api_size_1_0)
        return wrong_abi(file, fmt::format("its brygga_connector_api has {} bytes where {} are needed",
                                           api->struct_size, api_size_1_0));
    const brygga_str text = entry->manifest_json;
    if (!text.data || text.size > most_manifest_bytes)
        return Error{ErrorClass::misconfigured, "plugin.manifest",
                     fmt::format("{} has no manifest of at most 1 MiB.", file.string()), "Tell the plugin's maker."};
    auto manifest = schema::parse_manifest({text.data, text.size});
    if (!manifest) {
        Error error = manifest.error();
        error.message = fmt::format("{}: {}", file.string(), error.message);
        return error;
    }
    if (const char* function = missing_function(*manifest, *api))
        return wrong_abi(file,
                         fmt::format("the manifest promises what needs the function '{}', which it lacks", function));
    return std::make_shared<const Plugin>(Plugin{.file = file,
                                                 .abi_major = entry->abi_major,
                                                 .abi_minor = entry->abi_minor,
                                                 .manifest = std::move(*manifest),
                                                 .api = api});
}

}  // namespace

Expected<std::shared_ptr<const Plugin>> load_plugin(const fs::path& file, const std::vector<fs::path>& plugin_dirs) {
    const auto admitted = admit_plugin_file(file, plugin_dirs);
    if (!admitted) return admitted.error();
    if (const auto exports = check_exports(*admitted, BRYGGA_PLUGIN_ENTRY_NAME); !exports) return exports.error();
    const auto entry = enter(*admitted);
    if (!entry) return entry.error();
    return examine(*admitted, *entry);
}

const brygga_extension_webhook* webhook_of(const brygga_connector_api& api, void* self) {
    if (!api.get_extension) return nullptr;
    const auto* offered =
        static_cast<const brygga_extension_webhook*>(api.get_extension(self, BRYGGA_EXTENSION_WEBHOOK));
    const bool whole = offered && offered->struct_size >= webhook_size_1_0 && offered->subscribe &&
                       offered->unsubscribe && offered->decode;
    return whole ? offered : nullptr;
}

Expected<Json> describe_plugin(const fs::path& file) {
    std::error_code failed;
    const fs::path resolved = fs::canonical(file, failed);
    const auto plugin = load_plugin(file, {failed ? fs::path{"/"} : resolved.parent_path()});
    if (!plugin) return plugin.error();
    return (*plugin)->manifest.document;
}

}  // namespace brygga::connector
