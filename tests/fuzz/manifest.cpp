// Manifest: any text ends in a manifest or in an Error that says where; the same for the answer of describe()
// and for a connection's config.
#include <cstdint>
#include <cstdlib>

#include "schema/capabilities.h"
#include "schema/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto manifest = brygga::schema::parse_manifest(text);
    if (!manifest) {
        if (manifest.error().code != "plugin.manifest" || manifest.error().message.empty()) std::abort();
        return 0;
    }
    const brygga::Json config = brygga::schema::with_defaults(*manifest, manifest->document["config_value"]);
    for (const auto& finding : brygga::schema::check_config(*manifest, config))
        if (finding.pointer.empty() || finding.reason.empty()) std::abort();
    static_cast<void>(brygga::schema::capabilities(*manifest, manifest->document["describe"]));
    for (const std::string& host : manifest->hosts) static_cast<void>(brygga::schema::expand(host, config));
    return 0;
}
