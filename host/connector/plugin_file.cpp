#include "connector/plugin_file.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;

Error not_a_plugin(const fs::path& file, std::string_view why) {
    return Error{ErrorClass::misconfigured, "plugin.not_a_plugin",
                 fmt::format("{} is not a plugin: {}.", file.string(), why),
                 "Put the connector's brygga_*.so there, built for this machine."};
}

Error unsafe(const fs::path& file, std::string_view why) {
    return Error{ErrorClass::misconfigured, "plugin.unsafe",
                 fmt::format("{} was not loaded: it has {}.", file.string(), why),
                 "Build the plugin with the SDK's CMake function, which links it without."};
}

Error permissions(const fs::path& path, std::string_view why, std::string remedy) {
    return Error{ErrorClass::misconfigured, "plugin.permissions",
                 fmt::format("{} {}; others could change what Brygga loads.", path.string(), why), std::move(remedy)};
}

Expected<void> check_owner(const fs::path& path, const struct stat& facts) {
    if (facts.st_uid == 0 || facts.st_uid == ::geteuid()) return {};
    return permissions(path, fmt::format("belongs to user {}", facts.st_uid),
                       fmt::format("chown root '{}'", path.string()));
}

/// A directory that others may write to is acceptable only when they cannot replace what is not theirs.
Expected<void> check_parents(const fs::path& file) {
    for (fs::path directory = file.parent_path();; directory = directory.parent_path()) {
        struct stat facts {};
        if (::stat(directory.c_str(), &facts) != 0)
            return permissions(directory, "cannot be examined", "Give this user access to the directory.");
        if (const auto owner = check_owner(directory, facts); !owner) return owner;
        const bool sticky = (facts.st_mode & S_ISVTX) != 0 && facts.st_uid == 0;
        if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky)
            return permissions(directory, "can be written to by group or others",
                               fmt::format("chmod go-w '{}'", directory.string()));
        if (directory == directory.root_path()) return {};
    }
}

/// The parts of an ELF file that matter here; every read is bounded by the file.
class ElfFile {
public:
    explicit ElfFile(const fs::path& file) : in_{file, std::ios::binary} {}

    template <class T>
    bool read(std::uint64_t offset, T& out) {
        if (offset > (1ull << 40)) return false;
        in_.clear();
        in_.seekg(static_cast<std::streamoff>(offset));
        in_.read(reinterpret_cast<char*>(&out), sizeof out);
        return in_.gcount() == static_cast<std::streamsize>(sizeof out);
    }

    /// The text up to its NUL, at most a few hundred bytes of it.
    std::string text(std::uint64_t offset) {
        std::array<char, 256> bytes{};
        in_.clear();
        in_.seekg(static_cast<std::streamoff>(offset));
        in_.read(bytes.data(), bytes.size() - 1);
        return std::string{bytes.data()};
    }

private:
    std::ifstream in_;
};

#if defined(__x86_64__)
constexpr Elf64_Half own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half own_machine = EM_AARCH64;
#else
#  error "name the ELF machine of this architecture"
#endif

std::vector<std::string> defined(ElfFile& elf, const Elf64_Shdr& symbols, const Elf64_Shdr& names) {
    constexpr std::uint64_t most_symbols = 65'536;
    const std::uint64_t count = std::min<std::uint64_t>(symbols.sh_size / sizeof(Elf64_Sym), most_symbols);
    std::vector<std::string> out;
    for (std::uint64_t i = 0; i < count; ++i) {
        Elf64_Sym symbol{};
        if (!elf.read(symbols.sh_offset + i * sizeof symbol, symbol)) break;
        if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) continue;
        if (symbol.st_name < names.sh_size) out.push_back(elf.text(names.sh_offset + symbol.st_name));
    }
    return out;
}

Expected<void> check_dynamic(const fs::path& file, ElfFile& elf, const Elf64_Phdr& segment) {
    constexpr std::uint64_t most_entries = 4096;
    const std::uint64_t count = std::min<std::uint64_t>(segment.p_filesz / sizeof(Elf64_Dyn), most_entries);
    for (std::uint64_t i = 0; i < count; ++i) {
        Elf64_Dyn entry{};
        if (!elf.read(segment.p_offset + i * sizeof entry, entry)) return not_a_plugin(file, "the file is cut off");
        if (entry.d_tag == DT_NULL) break;
        if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
            return unsafe(file, "a library search path (RPATH or RUNPATH)");
        if (entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0))
            return unsafe(file, "text relocations");
    }
    return {};
}

}  // namespace

bool is_below(const fs::path& file, const fs::path& directory) {
    const auto [rest, unused] = std::mismatch(directory.begin(), directory.end(), file.begin(), file.end());
    return rest == directory.end();
}

Expected<void> check_elf(const fs::path& file) {
    ElfFile elf{file};
    Elf64_Ehdr head{};
    if (!elf.read(0, head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return not_a_plugin(file, "it is not a shared library");
    if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB || head.e_machine != own_machine)
        return not_a_plugin(file, "it was built for another kind of machine");
    if (head.e_type != ET_DYN || head.e_phentsize != sizeof(Elf64_Phdr))
        return not_a_plugin(file, "it is not a shared library");
    bool dynamic = false, stack = false;
    for (unsigned i = 0; i < head.e_phnum; ++i) {
        Elf64_Phdr segment{};
        if (!elf.read(head.e_phoff + i * sizeof segment, segment)) return not_a_plugin(file, "the file is cut off");
        if (segment.p_type == PT_GNU_STACK) {
            stack = true;
            if ((segment.p_flags & PF_X) != 0) return unsafe(file, "an executable stack");
        } else if (segment.p_type == PT_DYNAMIC) {
            dynamic = true;
            if (auto checked = check_dynamic(file, elf, segment); !checked) return checked;
        }
    }
    if (!dynamic) return not_a_plugin(file, "it is not a shared library");
    if (!stack) return unsafe(file, "an executable stack");
    return {};
}

std::vector<std::string> exported_symbols(const fs::path& file) {
    ElfFile elf{file};
    Elf64_Ehdr head{};
    const auto section = [&](unsigned i, Elf64_Shdr& out) {
        return i < head.e_shnum && elf.read(head.e_shoff + i * sizeof out, out);
    };
    if (!elf.read(0, head) || head.e_shentsize != sizeof(Elf64_Shdr)) return {};
    Elf64_Shdr symbols{}, names{};
    for (unsigned i = 0; section(i, symbols); ++i)
        if (symbols.sh_type == SHT_DYNSYM && section(symbols.sh_link, names)) return defined(elf, symbols, names);
    return {};
}

Expected<void> check_exports(const fs::path& file, std::string_view symbol) {
    const auto symbols = exported_symbols(file);
    if (std::ranges::find(symbols, symbol) != symbols.end()) return {};
    return Error{ErrorClass::misconfigured, "plugin.not_a_plugin",
                 fmt::format("{} is not a plugin: it does not export {}.", file.string(), symbol),
                 "Put a Brygga connector there, or remove the file."};
}

Expected<fs::path> admit_plugin_file(const fs::path& file, const std::vector<fs::path>& plugin_dirs) {
    std::error_code failed;
    const fs::path resolved = fs::canonical(file, failed);
    if (failed)
        return Error{ErrorClass::misconfigured, "plugin.not_found",
                     fmt::format("There is no plugin file {}: {}.", file.string(), failed.message()),
                     "Install the connector's package, or correct the path or the plugin directory in the settings."};
    const bool inside = std::any_of(plugin_dirs.begin(), plugin_dirs.end(), [&](const fs::path& directory) {
        std::error_code missing;
        const fs::path real = fs::canonical(directory, missing);
        return !missing && is_below(resolved, real);
    });
    if (!inside)
        return Error{
            ErrorClass::misconfigured, "plugin.outside",
            fmt::format("{} lies outside of the plugin directories{}.", file.string(),
                        resolved == fs::absolute(file) ? "" : fmt::format(": it is a link to {}", resolved.string())),
            "Copy the file into a plugin directory, or add its directory to the settings."};
    struct stat facts {};
    if (::lstat(resolved.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return not_a_plugin(file, "it is not a regular file");
    if (const auto owner = check_owner(resolved, facts); !owner) return owner.error();
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return permissions(resolved, "can be written to by group or others",
                           fmt::format("chmod go-w '{}'", resolved.string()));
    if (const auto parents = check_parents(resolved); !parents) return parents.error();
    if (const auto elf = check_elf(resolved); !elf) return elf.error();
    return resolved;
}

}  // namespace brygga::connector
