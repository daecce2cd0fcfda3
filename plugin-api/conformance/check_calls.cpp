// Whether a call ends when the host wants it to, and what a cursor of unknown make does.
#include <string>
#include <utility>
#include <vector>

#include "checks.h"
#include "trial.h"

namespace brygga::conformance {
namespace {

using testing::Outcome;

constexpr std::size_t most_own = 6;  ///< cursors of its own that are changed member by member

void call_off_before(const Subject& subject, const Notes& notes, const Operation& operation) {
    Trial trial{subject, notes, [](const auto&, std::size_t) { return answer(503); }, "when it was cancelled before"};
    trial.host.cancelled = true;
    const Outcome outcome = trial.run(operation);
    notes.ran("cancelled");
    if (trial.host.refused > 1)
        notes.problem("cancelled",
                      trial.text(operation) + " tried " + std::to_string(trial.host.refused) + " requests or rows");
    if (trial.host.refused > 0 && outcome.status != BRYGGA_CANCELLED)
        notes.problem("cancelled", trial.text(operation) + " ended as " + class_name(outcome.status));
}

void stop_at_row(const Subject& subject, const Notes& notes, const Operation& operation, const Answers& answers,
                 std::size_t row) {
    Trial trial{subject, notes, answers, "when the page takes " + std::to_string(row) + " rows"};
    trial.host.cancel_after_rows = static_cast<int>(row);
    const Outcome outcome = trial.run(operation);
    if (trial.host.refused == 0) return;
    notes.ran("cancelled");
    if (outcome.status != BRYGGA_CANCELLED)
        notes.problem("cancelled", trial.text(operation) + " ended as " + class_name(outcome.status));
    if (trial.host.refused > 1)
        notes.problem("cancelled", trial.text(operation) + " went on to give " +
                                       std::to_string(trial.host.refused - 1) + " more rows or cursors");
}

/// The host says stop while a request is under way.
void stop_at_request(const Subject& subject, const Notes& notes, const Recording& recording, std::size_t request) {
    testing::FakeHost* host = nullptr;
    const Answers answers = recorded(recording);
    Trial trial{subject, notes,
                [&](const testing::HttpCall& sent, std::size_t n) {
                    if (n == request) host->cancelled = true;
                    return answers(sent, n);
                },
                "of " + recording.name + " when it is cancelled during request " + std::to_string(request + 1)};
    host = &trial.host;
    const Outcome outcome = trial.run(recording.operation);
    notes.ran("cancelled");
    if (trial.host.refused > 0 && outcome.status != BRYGGA_CANCELLED)
        notes.problem("cancelled", trial.text(recording.operation) + " ended as " + class_name(outcome.status));
    if (trial.host.refused > 1)
        notes.problem("cancelled", trial.text(recording.operation) + " went on " +
                                       std::to_string(trial.host.refused - 1) + " times");
}

void run_out_of_time(const Subject& subject, const Notes& notes, const Operation& operation, const Answers& answers) {
    Trial trial{subject, notes, answers, "when its time is over during the first request"};
    trial.host.answer_ms = 10'000;
    trial.host.deadline_ms = 5'000;
    const Outcome outcome = trial.run(operation);
    if (trial.requests.empty()) return;
    notes.ran("deadline");
    if (trial.requests.size() > 1 || trial.host.refused > 1)
        notes.problem("deadline", trial.text(operation) + " went on");
    if (trial.host.refused > 0 && outcome.ok()) notes.problem("deadline", trial.text(operation) + " ended well");
}

Json parsed(std::string_view text) { return Json::parse(text).value_or(Json{}); }

/// Cursors that this connector did not make, or did not make so.
std::vector<Json> strange(const std::vector<Json>& own) {
    std::vector<Json> out{
        Json::object(),
        Json::array(),
        Json{""},
        Json{"cursor"},
        Json{0},
        Json{-1},
        Json{true},
        Json{parsed("1e400")},
        parsed(R"({"page":-1,"after":-1,"start":-1,"offset":-1,"next":-1,"since":"yesterday","cursor":[]})"),
        parsed(R"({"page":99999999999999999999,"after":"x","start":1e30,"since":"9999-99-99T99:99:99Z","v":99})"),
        parsed(R"({"at":"2999-12-31T00:00:00Z","since":"2999-12-31T00:00:00Z","after":9223372036854775807})"),
    };
    for (const Json& cursor : own)
        for (const Json::Member& m : cursor.members()) {
            Json less = cursor;
            less.erase(m.name);
            out.push_back(std::move(less));
            for (const Json& value : {Json{}, Json{-1}, Json{"x"}, Json{9223372036854775807}, Json::array({Json{1}}),
                                      Json::object({{"a", 1}}), Json{std::string(3000, '9')}}) {
                Json changed = cursor;
                changed.set(m.name, value);
                out.push_back(std::move(changed));
            }
        }
    return out;
}

}  // namespace

void check_ending(const Subject& subject, const Notes& notes) {
    // A connector that gives rows without asking anybody can be stopped as well.
    const Answers empty = [](const auto&, std::size_t) { return answer(200, "{}"); };
    notes.skipped("cancelled", "the connector offers no call");
    notes.skipped("deadline", "no call sent a request; give --recordings DIR");
    for (const Operation& operation : subject.operations) {
        call_off_before(subject, notes, operation);
        stop_at_row(subject, notes, operation, empty, 0);
        for (const int status : {200, 503})
            run_out_of_time(subject, notes, operation, [=](const auto&, std::size_t) { return answer(status); });
    }
    for (const Recording& recording : subject.recordings) {
        const Answers answers = recorded(recording);
        Trial plain{subject, notes, answers, "as recorded in " + recording.name};
        const Outcome outcome = plain.run(recording.operation);
        for (const std::size_t row : {std::size_t{0}, outcome.rows.size() / 2})
            if (row < outcome.rows.size()) stop_at_row(subject, notes, recording.operation, answers, row);
        for (std::size_t request = 0; request < plain.requests.size() && request < 8; ++request)
            stop_at_request(subject, notes, recording, request);
        run_out_of_time(subject, notes, recording.operation, answers);
    }
}

void check_cursors(const Subject& subject, const Notes& notes) {
    notes.skipped("cursor", "the connector offers neither poll nor list");
    const auto try_all = [&](const Operation& operation, const Answers& answers, const std::vector<Json>& own) {
        for (const Json& cursor : strange(own)) {
            Trial trial{subject, notes, answers, "with the cursor " + cursor.dump().substr(0, 120)};
            const Outcome outcome = trial.run(operation, cursor);
            notes.ran("cursor");
            if (outcome.status == BRYGGA_BUG || !outcome.wrong.empty())
                notes.problem("cursor", trial.text(operation) + " ended as " + class_name(outcome.status) + ": " +
                                            (outcome.wrong.empty() ? outcome.message : outcome.wrong));
            if (trial.endless && trial.host.refused > 1)
                notes.problem("cursor", trial.text(operation) + " does not end");
        }
    };
    std::vector<Json> own;
    for (const Recording& recording : subject.recordings) {
        if (!recording.operation.pages()) continue;
        Trial trial{subject, notes, recorded(recording), "as recorded in " + recording.name};
        for (const auto& checkpoint : trial.run(recording.operation, {}, 1).checkpoints)
            own.push_back(checkpoint.cursor);
        for (const auto& checkpoint : trial.run(recording.operation).checkpoints) own.push_back(checkpoint.cursor);
        if (own.size() > most_own) own.resize(most_own);
    }
    // Those of one type are tried with the others too.
    for (const Operation& operation : subject.operations)
        if (operation.pages())
            try_all(
                operation, [](const auto&, std::size_t) { return answer(503); }, own);
    for (const Recording& recording : subject.recordings)
        if (recording.operation.pages()) try_all(recording.operation, recorded(recording), own);
}

}  // namespace brygga::conformance
