// What recorded calls give: as recorded, after the schemas, and the same rows from wherever a pass goes on.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checks.h"
#include "schema/capabilities.h"
#include "schemas.h"
#include "trial.h"

namespace brygga::conformance {
namespace {

using testing::Outcome;

constexpr int most_calls = 200;
constexpr std::size_t most_checkpoints = 40;

// ---- rows ----

std::string text_member(const Json& row, const char* name) {
    return row[name].string().empty() ? std::string{"it has no text '"} + name + "'" : std::string{};
}

std::string wrong_keys(const Json& row) {
    for (const Json::Member& key : row["keys"].members())
        for (const Json& one : key.value.is_array() ? key.value.items() : Json::Array{key.value})
            if (!one.is_string() && !one.is_null()) return "keys." + key.name + " is no text";
    return {};
}

std::string wrong_totals(const Json& totals) {
    if (totals.is_null()) return {};
    for (const char* name : {"net", "gross"})
        if (totals.has(name) && !totals[name].decimal()) return std::string{"totals."} + name + " is no number";
    return totals.is_object() ? std::string{} : "totals is no object";
}

std::string wrong_record(std::string_view type, const Json& row) {
    if (std::string why = text_member(row, "id"); !why.empty()) return why;
    if (row["deleted"].boolean()) return {};
    constexpr std::array states{"draft", "open", "closed", "booked"};
    if (row.has("state") && std::ranges::find(states, row["state"].string()) == states.end())
        return "state is none of draft, open, closed, booked";
    if (std::string why = wrong_keys(row); !why.empty()) return why;
    if (std::string why = wrong_totals(row["totals"]); !why.empty()) return why;
    if (row.has("entity") || !row["fields"].is_object()) return {};  // of an entity that says it all
    const std::string why = misfit(type, row["fields"]);
    return why.empty() ? why : "fields" + why;
}

std::string wrong_row(const Operation& operation, const Json& row) {
    if (operation.call == "options") {
        const std::string why = text_member(row, "id");
        return why.empty() ? text_member(row, "label") : why;
    }
    if (operation.call == "find" && !row.has("n")) return "it has no 'n' of the key that it answers to";
    if (operation.call == "poll" && row["type"].string() != operation.what)
        return "its type is '" + std::string{row["type"].string()} + "'";
    if (const Json& entity = row["entity"]; operation.call == "poll" || row.has("entity")) {
        if (!entity.is_object()) return "it has no entity";
        if (const std::string why = misfit(operation.what, entity); !why.empty()) return "entity" + why;
    }
    return wrong_record(operation.what, row);
}

void check_rows(const Subject& subject, const Notes& notes, const Trial& trial, const Operation& operation,
                const Outcome& outcome) {
    for (const Json& row : outcome.rows) {
        notes.ran("rows");
        if (const std::string why = wrong_row(operation, row); !why.empty())
            notes.problem("rows", trial.text(operation) + " gave row " + std::string{row["id"].text()} + ": " + why);
    }
    if (!outcome.ok()) return;
    std::string why;
    if (operation.call == "describe") {
        const auto capabilities = schema::capabilities(subject.plugin->manifest, outcome.result);
        why = capabilities ? std::string{} : capabilities.error().message;
    } else if (operation.call == "deliver") {
        why = text_member(outcome.result, "id");
        if (why.empty()) why = wrong_totals(outcome.result["totals"]);
    } else {
        return;
    }
    notes.ran("rows");
    if (!why.empty()) notes.problem("rows", trial.text(operation) + " gave a result: " + why);
}

/// The calls that are offered and of which there is no recording, by call and type.
std::string unrecorded(const Subject& subject) {
    const auto same = [](const Operation& a, const Operation& b) { return a.call == b.call && a.what == b.what; };
    std::vector<std::string> names;
    for (const Operation& operation : subject.operations) {
        std::string name = operation.call + (operation.what.empty() ? "" : " " + operation.what);
        const bool recorded = std::ranges::any_of(
            subject.recordings, [&](const Recording& recording) { return same(recording.operation, operation); });
        if (!recorded && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

void compare(const Notes& notes, const std::string& told, const Json& expected, const Outcome& outcome) {
    const std::string_view status = expected["status"].string("ok");
    if (class_name(outcome.status) != status)
        return notes.problem("recordings", told + " ended as " + class_name(outcome.status) + " (" + outcome.code +
                                               ": " + outcome.message + ") instead of " + std::string{status});
    if (expected.has("code") && expected["code"].string() != outcome.code)
        notes.problem("recordings", told + " gave the code " + outcome.code);
    for (const Json::Member& m : expected["result"].members())
        if (!(outcome.result[m.name] == m.value))
            notes.problem("recordings", told + " gave " + m.name + " as " + outcome.result[m.name].dump());
    if (!expected.has("rows")) return;
    if (const auto count = expected["rows"].integer(); count && *count != static_cast<int>(outcome.rows.size()))
        notes.problem("recordings", told + " gave " + std::to_string(outcome.rows.size()) + " rows instead of " +
                                        std::to_string(*count));
}

// ---- paging ----

/// Records that were given: name to id and revision. A host holds those from before a checkpoint.
using Given = std::map<std::string, std::pair<std::string, std::string>>;

Given given_in(const std::vector<Json>& rows, std::size_t count = SIZE_MAX) {
    Given out;
    for (std::size_t i = 0; i < std::min(count, rows.size()); ++i)
        out.try_emplace(name_of(rows[i]), rows[i]["id"].string(), rows[i]["revision"].string());
    return out;
}

/// A pass over a recorded list, from one cursor to its end.
struct Pass {
    Given given;                                      ///< with what was held before
    std::vector<std::pair<Json, Given>> checkpoints;  ///< with what was given before each
    std::string problem;
};

class Passes {
public:
    Passes(const Subject& subject, const Notes& notes, const Recording& recording)
        : subject_{subject}, notes_{notes}, recording_{recording} {}

    /// Each call on a new instance: the host may have started anew.
    Pass run(Json cursor, Given held, unsigned max_items, const std::string& situation,
             std::int64_t later_ms = 0) const {
        Pass pass{std::move(held), {}, {}};
        for (int calls = 0; calls < most_calls; ++calls) {
            Trial trial{subject_, notes_,
                        recorded(recording_,
                                 [&](const testing::HttpCall& request) {
                                     pass.problem = "it asks " + request.method + " " + request.url +
                                                    ", which the recording does not answer: record that too";
                                 }),
                        "of " + recording_.name + " " + situation};
            trial.host.unix_ms += later_ms;
            for (const auto& [name, record] : pass.given)
                if (!record.second.empty()) trial.host.seen.insert(record);
            const Outcome outcome = trial.run(recording_.operation, cursor, max_items);
            for (const auto& checkpoint : outcome.checkpoints) {
                Given until = given_in(outcome.rows, checkpoint.rows);
                until.insert(pass.given.begin(), pass.given.end());
                pass.checkpoints.emplace_back(checkpoint.cursor, std::move(until));
            }
            const std::size_t known = pass.given.size();
            pass.given.merge(given_in(outcome.rows));
            if (!outcome.ok() && pass.problem.empty()) pass.problem = "it ended as " + outcome.text();
            if (!pass.problem.empty() || outcome.checkpoints.empty() || !outcome.checkpoints.back().has_more)
                return pass;
            if (outcome.checkpoints.back().cursor == cursor && pass.given.size() == known) {
                pass.problem = "it has more, but its cursor does not move on";
                return pass;
            }
            cursor = outcome.checkpoints.back().cursor;
        }
        pass.problem = "it does not end within " + std::to_string(most_calls) + " calls";
        return pass;
    }

    void resume(const Given& whole, const Json& cursor, const Given& before, const std::string& situation) const {
        const Pass rest = run(cursor, before, 1000, situation);
        notes_.ran("paging");
        if (!rest.problem.empty()) return tell("paging", situation, rest.problem);
        for (const auto& [name, record] : whole)
            if (!rest.given.contains(name)) return tell("paging", situation, "record " + record.first + " is lost");
    }

    /// The call breaks off at its n-th request and goes on from the last checkpoint it gave.
    void break_off(const Given& whole, std::size_t n) const {
        const std::string situation = "broken off at request " + std::to_string(n + 1);
        Trial trial{subject_, notes_, from(n, recorded(recording_), answer(503, "")),
                    "of " + recording_.name + " " + situation};
        const Outcome outcome = trial.run(recording_.operation);
        const auto& checkpoints = outcome.checkpoints;
        if (checkpoints.empty()) return resume(whole, {}, {}, situation);
        resume(whole, checkpoints.back().cursor, given_in(outcome.rows, checkpoints.back().rows), situation);
    }

    void tell(std::string_view check, const std::string& situation, const std::string& problem) const {
        notes_.problem(check,
                       recording_.operation.label() + " of " + recording_.name + ", " + situation + ": " + problem);
    }

private:
    const Subject& subject_;
    const Notes& notes_;
    const Recording& recording_;
};

void check_pass(const Subject& subject, const Notes& notes, const Recording& recording) {
    const Passes passes{subject, notes, recording};
    const Pass whole = passes.run({}, {}, 1000, "in one go");
    if (!whole.problem.empty()) return passes.tell("paging", "in one go", whole.problem);
    const Pass small = passes.run({}, {}, 1, "a row a call");
    notes.ran("paging");
    if (!small.problem.empty()) passes.tell("paging", "a row a call", small.problem);
    if (small.problem.empty() && small.given.size() != whole.given.size())
        passes.tell("paging", "a row a call",
                    "it gives " + std::to_string(small.given.size()) + " records instead of " +
                        std::to_string(whole.given.size()));
    for (const Pass* pass : {&whole, &small}) {
        const std::size_t step = pass->checkpoints.size() / most_checkpoints + 1;
        for (std::size_t i = 0; i < pass->checkpoints.size(); i += step)
            passes.resume(whole.given, pass->checkpoints[i].first, pass->checkpoints[i].second,
                          "going on from checkpoint " + std::to_string(i + 1));
    }
    Trial plain{subject, notes, recorded(recording), "as recorded in " + recording.name};
    plain.run(recording.operation);
    for (std::size_t n = 0; n < plain.requests.size() && n < 8; ++n) passes.break_off(whole.given, n);

    notes.ran("paging.end");
    if (whole.checkpoints.empty()) return;
    constexpr std::int64_t ten_minutes = 600'000;
    const Pass after =
        passes.run(whole.checkpoints.back().first, whole.checkpoints.back().second, 1000, "after its end", ten_minutes);
    if (!after.problem.empty()) passes.tell("paging.end", "after its end", after.problem);
    if (after.given.size() > whole.given.size())
        passes.tell("paging.end", "after its end", "it gives records that the pass itself did not give");
}

}  // namespace

void check_recorded(const Subject& subject, const Notes& notes) {
    for (const char* check : {"recordings", "rows"}) notes.skipped(check, "give --recordings DIR");
    if (const std::string missing = unrecorded(subject); !missing.empty() && !subject.recordings.empty())
        notes.remark("recordings", "there is none of " + missing);
    for (const Recording& recording : subject.recordings) {
        const std::string told = recording.operation.label() + " of " + recording.name;
        Trial trial{subject, notes,
                    recorded(recording,
                             [&](const testing::HttpCall& request) {
                                 notes.problem("recordings", told + " sent " + request.method + " " + request.url +
                                                                 ", to which the recording has no answer");
                             }),
                    "of " + recording.name};
        const Outcome outcome = trial.run(recording.operation);
        notes.ran("recordings");
        for (const testing::HttpCall& request : trial.requests) {
            const Json* exchange = exchange_for(recording, request);
            if (exchange && !(*exchange)["body"].is_null() && !((*exchange)["body"] == request.body_json()))
                notes.problem("recordings", told + " sent another body to " + request.method + " " + request.url);
        }
        compare(notes, told, recording.expected, outcome);
        check_rows(subject, notes, trial, recording.operation, outcome);
    }
}

void check_paging(const Subject& subject, const Notes& notes) {
    const bool pages = std::ranges::any_of(subject.operations, &Operation::pages);
    for (const char* check : {"paging", "paging.end"})
        notes.skipped(check, pages ? "there is no recording of poll or list; give --recordings DIR"
                                   : "the connector offers neither poll nor list");
    for (const Recording& recording : subject.recordings)
        if (recording.operation.pages() && recording.expected["status"].string("ok") == "ok")
            check_pass(subject, notes, recording);
}

}  // namespace brygga::conformance
