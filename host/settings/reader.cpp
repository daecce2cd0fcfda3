#include "settings/reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "base/utf8.h"

namespace brygga::settings {

namespace {

bool is_name(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    return std::ranges::all_of(text,
                               [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

char FileContext::character(const Position& at) const {
    const auto line = static_cast<std::size_t>(at.line - 1), column = static_cast<std::size_t>(at.column - 1);
    return line < lines.size() && column < lines[line].size() ? lines[line][column] : '\n';
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (std::size_t end = 0; end != std::string_view::npos; text.remove_prefix(std::min(text.size(), end + 1))) {
        end = text.find('\n');
        lines.push_back(text.substr(0, end));
    }
    return lines;
}

std::string FileContext::expand(const YAML::Node& node, const std::string& text) const {
    if (!environment) return text;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$' || i + 1 == text.size()) {
            out += text[i];
        } else if (text[i + 1] == '$') {
            out += '$';
            ++i;
        } else if (text[i + 1] == '{') {
            const auto end = text.find('}', i);
            const std::string name = text.substr(i + 2, end == std::string::npos ? end : end - i - 2);
            if (end == std::string::npos || !is_name(name)) {
                error(node,
                      fmt::format("'{}' is no variable: a name is written ${{NAME}} with capitals, digits and _",
                                  excerpt(std::string_view{text}.substr(i), 40)),
                      "write $$ for a dollar");
                return out;
            }
            const auto value = (*environment)(name);
            if (!value)
                error(node, fmt::format("the environment variable {} is not defined", name),
                      fmt::format("export {}=… before the start", name));
            out += value.value_or("");
            i = end;
        } else {
            out += '$';
        }
    }
    return out;
}

// An absent section reads like an empty one; the library refuses any question to an undefined node.
Reader::Reader(const FileContext& file, const YAML::Node& node, std::string name)
    : file_{file}, node_{node.IsDefined() ? node : YAML::Node{YAML::NodeType::Null}}, name_{std::move(name)} {
    if (!node_.IsNull() && !node_.IsMap())
        file_.error(node_, fmt::format("{} must be a mapping of keys to values", name_),
                    "write each key on a line of its own, with a colon and its value");
}

YAML::Node Reader::find(const std::string& key) {
    if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
    if (node_.IsMap()) {
        const YAML::Node found = std::as_const(node_)[key];
        if (found.IsDefined()) return found;
    }
    return YAML::Node{YAML::NodeType::Undefined};
}

void Reader::not_yet(const std::vector<std::string>& keys) {
    if (!node_.IsMap()) return;
    for (const std::string& key : keys)
        // Found only when it is there: a key of the future is no suggestion for a misspelt one.
        if (std::as_const(node_)[key].IsDefined())
            file_.error(find(key), fmt::format("'{}' in {} is not available in this version", key, name_),
                        "remove it; config/README.md lists what there is");
}

void Reader::only(const std::string& key, std::string_view value) {
    const std::string word = text(key);
    if (!word.empty() && word != value)
        file_.error(find(key),
                    fmt::format("'{}' can only be {} in this version, not '{}'", key, value, excerpt(word, 40)),
                    "remove it");
}

void Reader::place(Places& places, const std::string& key, const std::string& part) {
    if (const YAML::Node value = find(key); value.IsDefined())
        places.parts[part.empty() ? key : part] = file_.at(value);
}

void Reader::without_effect(const std::string& key, std::string_view why) {
    if (const YAML::Node value = find(key); value.IsDefined())
        file_.warnings.push_back({file_.at(value), fmt::format("'{}' has no effect: {}", key, why), "remove it"});
}

void Reader::finish() {
    if (!node_.IsMap()) return;
    const std::size_t most_told = file_.errors.size() + 20;
    std::vector<std::string> seen;
    for (const auto& entry : node_) {
        if (file_.errors.size() >= most_told) break;
        const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string{};
        if (std::ranges::find(seen, key) != seen.end())
            file_.error(entry.first, fmt::format("the key '{}' stands twice in {}", key, name_), "remove one");
        seen.push_back(key);
        if (std::ranges::find(known_, key) != known_.end()) continue;
        const auto near = nearest(key, known_);
        file_.error(
            entry.first, fmt::format("unknown key '{}' in {}", excerpt(key, 100), name_),
            near ? fmt::format("did you mean '{}'?", *near) : fmt::format("known keys: {}", fmt::join(known_, ", ")));
    }
}

Reader Reader::section(const std::string& key) { return Reader{file_, find(key), fmt::format("'{}'", key)}; }

std::string Reader::text(const std::string& key, std::string fallback) {
    const YAML::Node value = find(key);
    if (!value.IsDefined() || value.IsNull()) return fallback;
    if (!value.IsScalar()) {
        file_.error(value, fmt::format("'{}' must be a text", key));
        return fallback;
    }
    return file_.expand(value, value.Scalar());
}

std::string Reader::required(const std::string& key, std::string_view example) {
    std::string value = text(key);
    if (value.empty() && node_.IsMap())
        file_.error(node_, fmt::format("{} has no '{}'", name_, key),
                    fmt::format("add for example '{}: {}'", key, example));
    return value;
}

bool Reader::boolean(const std::string& key, bool fallback) {
    return one_of(key, fallback ? "true" : "false", {"true", "false"}) == "true";
}

int Reader::integer(const std::string& key, int fallback, int low, int high) {
    const std::string word = text(key);
    if (word.empty()) return fallback;
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error == std::errc{} && end == word.data() + word.size() && value >= low && value <= high) return value;
    file_.error(find(key),
                fmt::format("'{}' must be a whole number from {} to {}, not '{}'", key, low, high, excerpt(word, 40)));
    return fallback;
}

Decimal Reader::decimal(const std::string& key, Decimal fallback, Decimal low, Decimal high) {
    const std::string word = text(key);
    if (word.empty()) return fallback;
    const auto value = Decimal::parse(word);
    if (value && *value >= low && *value <= high) return *value;
    file_.error(find(key), fmt::format("'{}' must be a number from {} to {}, not '{}'", key, low.text(), high.text(),
                                       excerpt(word, 40)));
    return fallback;
}

Milliseconds Reader::duration(const std::string& key, Milliseconds fallback) {
    const std::string word = text(key);
    if (word.empty()) return fallback;
    if (const auto value = parse_duration(word)) return *value;
    file_.error(find(key), fmt::format("'{}' must be a duration, not '{}'", key, excerpt(word, 40)),
                "write for example 90s, 5m, 24h or 30d");
    return fallback;
}

Milliseconds Reader::hours(const std::string& key, Milliseconds fallback) {
    const Milliseconds value = duration(key, fallback);
    if (value < std::chrono::hours{1})
        file_.error(find(key), fmt::format("'{}' is shorter than an hour", key), "write for example 24h");
    return value;
}

std::string Reader::date(const std::string& key) {
    const std::string word = text(key);
    if (word.empty() || (word.size() == 10 && from_rfc3339(word + "T00:00:00Z"))) return word;
    file_.error(find(key), fmt::format("'{}' must be a date, not '{}'", key, excerpt(word, 40)),
                "write it as 2026-01-31");
    return {};
}

std::vector<std::string> Reader::list(const std::string& key, std::vector<std::string> fallback,
                                      const std::vector<std::string>& allowed) {
    const YAML::Node value = find(key);
    if (!value.IsDefined() || value.IsNull()) return fallback;
    if (!value.IsSequence()) {
        file_.error(value, fmt::format("'{}' must be a list", key), fmt::format("write {}: [a, b]", key));
        return fallback;
    }
    std::vector<std::string> out;
    for (const auto& item : value) {
        std::string word = item.IsScalar() ? file_.expand(item, item.Scalar()) : std::string{};
        if (allowed.empty() ? word.empty() : std::ranges::find(allowed, word) == allowed.end()) {
            const auto near = nearest(word, allowed);
            file_.error(item, fmt::format("'{}' is no value for '{}'", excerpt(word, 40), key),
                        near ? fmt::format("did you mean '{}'?", *near)
                             : fmt::format("possible: {}", fmt::join(allowed, ", ")));
        } else {
            out.push_back(std::move(word));
        }
    }
    return out;
}

std::map<std::string, std::string> Reader::texts(const std::string& key) {
    constexpr std::size_t most = 1000;
    std::map<std::string, std::string> out;
    Reader names = section(key);
    const YAML::Node& node = names.node();
    if (!node.IsMap()) return out;
    if (node.size() > most) {
        file_.error(node, fmt::format("'{}' has more than {} entries", key, most));
        return out;
    }
    for (const auto& entry : node)
        if (std::string value = names.required(entry.first.Scalar(), "NAME"); !value.empty())
            out.insert_or_assign(entry.first.Scalar(), std::move(value));
    names.finish();
    return out;
}

std::string Reader::one_of(const std::string& key, std::string fallback, const std::vector<std::string>& allowed) {
    const std::string word = text(key);
    if (word.empty()) return fallback;
    if (std::ranges::find(allowed, word) != allowed.end()) return word;
    const auto near = nearest(word, allowed);
    file_.error(
        find(key), fmt::format("'{}' is no value for '{}'", excerpt(word, 40), key),
        near ? fmt::format("did you mean '{}'?", *near) : fmt::format("possible: {}", fmt::join(allowed, ", ")));
    return fallback;
}

Json Reader::json(const YAML::Node& value) const {
    if (value.IsSequence()) {
        Json out = Json::array();
        for (const auto& item : value) out.push(json(item));
        return out;
    }
    if (value.IsMap()) {
        Json out = Json::object();
        // Its members are looked through one by one.
        constexpr std::size_t most_members = 1'000;
        if (value.size() > most_members) {
            file_.error(value,
                        fmt::format("there are {} keys in one object, and {} are the most", value.size(), most_members),
                        "divide it");
            return out;
        }
        for (const auto& entry : value) out.set(entry.first.Scalar(), json(entry.second));
        return out;
    }
    if (!value.IsScalar()) return {};
    const std::string word = file_.expand(value, value.Scalar());
    // A quoted scalar carries the tag "!": it stays a text.
    if (value.Tag() != "!") {
        if (word == "true" || word == "false") return Json{word == "true"};
        if (const auto number = Decimal::parse(word); number && word[0] != '+') return Json{*number};
    }
    return Json{word};
}

}  // namespace brygga::settings
