// What recorded answers may hold: text of any language, members that are missing or of another kind, far too much.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "checks.h"
#include "trial.h"

namespace brygga::conformance {
namespace {

using testing::Outcome;

constexpr std::size_t most_leaves = 30;
constexpr std::size_t many = 1'000;
/// Its first letters stand for nothing else; the rest is what careless code breaks. No space, at which names are split.
constexpr std::string_view mark = "Qzj";
constexpr std::string_view awkward = "Qzj\"å\"<b>ß</b>e\xCC\x81\xE4\xB8\x96\xE7\x95\x8C\xF0\x9F\x98\x80\\%s";

void each_leaf(Json& value, const std::function<void(Json&)>& body) {
    if (value.is_object()) {
        std::vector<std::string> names;
        for (const Json::Member& m : value.members()) names.push_back(m.name);
        for (const std::string& name : names) each_leaf(value.member(name), body);
    } else if (value.is_array()) {
        for (Json& item : value.items_for_writing()) each_leaf(item, body);
    } else {
        body(value);
    }
}

std::size_t leaves(Recording& recording) {
    std::size_t count = 0;
    for (Json& exchange : recording.exchanges)
        if (exchange.has("answer")) each_leaf(exchange.member("answer"), [&](Json&) { ++count; });
    return count;
}

/// The recording with its n-th leaf changed.
Recording with_leaf(Recording recording, std::size_t n, const std::function<void(Json&)>& change) {
    for (Json& exchange : recording.exchanges)
        if (exchange.has("answer"))
            each_leaf(exchange.member("answer"), [&](Json& leaf) {
                if (n-- == 0) change(leaf);
            });
    return recording;
}

/// A text in which the awkward one goes on otherwise than it did; it may end early. "raw" is the vendor's own.
std::string broken_text(const Json& value) {
    if (value.is_string()) {
        const std::string_view text = value.string();
        const std::size_t at = text.find(mark);
        if (at == std::string_view::npos) return {};
        const std::string_view from_mark = text.substr(at, awkward.size());
        return awkward.starts_with(from_mark) ? std::string{} : std::string{text};
    }
    for (const Json& item : value.items())
        if (std::string found = broken_text(item); !found.empty()) return found;
    for (const Json::Member& m : value.members())
        if (m.name != "raw")
            if (std::string found = broken_text(m.value); !found.empty()) return found;
    return {};
}

void check_text(const Subject& subject, const Notes& notes, const Recording& recording, std::size_t n) {
    bool is_text = false;
    const Recording changed = with_leaf(recording, n, [&](Json& leaf) {
        is_text = leaf.is_string() && !leaf.string().empty();
        if (is_text) leaf = awkward;
    });
    if (!is_text) return;
    Trial trial{subject, notes, recorded(changed), "of " + recording.name + " with awkward text"};
    const Outcome outcome = trial.run(recording.operation);
    notes.ran("text");
    Json all = Json::array();
    for (const Json& row : outcome.rows) all.push(row);
    if (outcome.ok()) all.push(outcome.result);
    if (const std::string broken = broken_text(all); !broken.empty())
        notes.problem("text", trial.text(recording.operation) + ": " + std::string{awkward} + " became " + broken);
}

/// Nothing is expected of it but an orderly end, which Trial looks at.
void try_odd(const Subject& subject, const Notes& notes, const Recording& changed, const std::string& what) {
    Trial trial{subject, notes, recorded(changed), "of " + changed.name + " " + what};
    const Outcome outcome = trial.run(changed.operation);
    notes.ran("odd");
    if (outcome.status == BRYGGA_BUG || !outcome.wrong.empty())
        notes.problem("odd", trial.text(changed.operation) + " ended as " + class_name(outcome.status) + ": " +
                                 outcome.message + outcome.wrong);
    if (trial.endless && trial.host.refused > 1)
        notes.problem("odd", trial.text(changed.operation) + " does not end when it is told to");
}

void check_odd(const Subject& subject, const Notes& notes, const Recording& recording, std::size_t n) {
    std::string was;
    for (const Json& value :
         {Json{}, Json{""}, Json{-1}, Json{"x"}, Json{true}, Json{9223372036854775807},
          Json::parse("1e300").value_or(Json{}), Json::array(), Json::object({{"id", Json::array()}})}) {
        const Recording changed = with_leaf(recording, n, [&](Json& leaf) { was = std::exchange(leaf, value).dump(); });
        try_odd(
            subject, notes, changed,
            "with " + value.dump() + " in place of " + was.substr(0, 60) + " (value " + std::to_string(n + 1) + ")");
    }
}

void check_whole(const Subject& subject, const Notes& notes, const Recording& recording) {
    for (std::size_t i = 0; i < recording.exchanges.size(); ++i)
        for (const Json& value :
             {Json{}, Json{1}, Json{"x"}, Json::array(), Json::array({Json{1}, Json{}}), Json::object(),
              Json::object({{"items", 1}, {"data", ""}, {"results", Json::object()}})}) {
            Recording changed = recording;
            changed.exchanges[i].set("answer", value);
            try_odd(subject, notes, changed,
                    "with the answer " + value.dump() + " to request " + std::to_string(i + 1));
        }
}

/// Every list of records many times as long.
void grow(Json& value) {
    if (value.is_array() && !value.items().empty() && value.items().size() < many) {
        Json::Array& items = value.items_for_writing();
        const std::size_t count = items.size();
        items.reserve(many);
        while (items.size() < many) items.push_back(Json{items[items.size() % count]});
        return;
    }
    if (value.is_object()) {
        std::vector<std::string> names;
        for (const Json::Member& m : value.members()) names.push_back(m.name);
        for (const std::string& name : names) grow(value.member(name));
    }
}

void check_big(const Subject& subject, const Notes& notes, const Recording& recording, std::size_t count) {
    Recording changed = recording;
    for (Json& exchange : changed.exchanges)
        if (exchange.has("answer")) grow(exchange.member("answer"));
    const auto look = [&](const Recording& large, const std::string& what) {
        Trial trial{subject, notes, recorded(large), "of " + recording.name + " " + what};
        const Outcome outcome = trial.run(recording.operation);
        notes.ran("big");
        if (outcome.status == BRYGGA_BUG || !outcome.wrong.empty())
            notes.problem("big", trial.text(recording.operation) + " ended as " + class_name(outcome.status) + ": " +
                                     outcome.message + outcome.wrong);
    };
    look(changed, "with lists of " + std::to_string(many) + " records");
    const std::string long_text(1u << 20, 'x');
    for (std::size_t n = 0; n < count; n += count / 4 + 1)
        look(with_leaf(recording, n, [&](Json& leaf) { leaf = long_text; }), "with a text of 1 MiB");
}

}  // namespace

void check_content(const Subject& subject, const Notes& notes) {
    for (const char* check : {"text", "odd", "big"}) notes.skipped(check, "give --recordings DIR");
    for (Recording recording : subject.recordings) {
        const std::size_t count = leaves(recording);
        const std::size_t step = count / most_leaves + 1;
        for (std::size_t n = 0; n < count; n += step) {
            check_text(subject, notes, recording, n);
            check_odd(subject, notes, recording, n);
        }
        check_whole(subject, notes, recording);
        check_big(subject, notes, recording, count);
    }
}

}  // namespace brygga::conformance
