// Expressions of the mapping language: whatever stands there is a program, or mistakes that people can read and find.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "mapping/program.h"

using namespace brygga;
using namespace brygga::mapping;

namespace {

void check(bool good) {
    if (!good) std::abort();
}

void check_mistake(const Diagnostic& d, std::string_view source) {
    check(!d.message.empty() && d.line >= 1 && d.column >= 1 && d.mark_at >= 0 && d.mark_length >= 1);
    check(d.line <= std::count(source.begin(), source.end(), '\n') + 1);
    const std::string text = to_text(d);
    check(text.size() < 8'000);
    if (is_utf8(source)) check(is_utf8(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Environment environment{{{"order", &shapes::order()}, {"raw"}}, {"terms"}};
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto program = Program::compile({text}, environment);
    if (program) {
        check(program->type() != nullptr && is_utf8(text));
    } else {
        check(!program.error().empty() && program.error().size() <= 20);
        for (const Diagnostic& d : program.error()) check_mistake(d, text);
    }
    return 0;
}
