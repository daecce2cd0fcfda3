// Json: whatever is accepted is written as it is read, compactly and indented, and a member that is left as its text
// is the one that is read.
#include <cstdint>
#include <cstdlib>

#include "brygga/sdk/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    brygga::JsonError error;
    const auto read = brygga::Json::parse(text, &error);
    std::string_view left;
    if (brygga::Json::parse_leaving(text, "raw", left).has_value() != read.has_value()) std::abort();
    if (!read) {
        if (error.message.empty() || error.offset > size) std::abort();
        return 0;
    }
    for (const std::string& written : {read->dump(), read->pretty()}) {
        const auto again = brygga::Json::parse(written);
        if (!again || again->dump() != read->dump() || !(*again == *read)) std::abort();
    }
    if (read->has("raw") ? !(*brygga::Json::parse(left) == (*read)["raw"]) : !left.empty()) std::abort();
    return 0;
}
