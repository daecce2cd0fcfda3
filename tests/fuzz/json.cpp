// Json: whatever is accepted is written as it is read, compactly and indented.
#include <cstdint>
#include <cstdlib>

#include "brygga/sdk/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    brygga::JsonError error;
    const auto read = brygga::Json::parse(text, &error);
    if (!read) {
        if (error.message.empty() || error.offset > size) std::abort();
        return 0;
    }
    for (const std::string& written : {read->dump(), read->pretty()}) {
        const auto again = brygga::Json::parse(written);
        if (!again || again->dump() != read->dump() || !(*again == *read)) std::abort();
    }
    return 0;
}
