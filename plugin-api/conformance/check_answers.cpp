// What becomes of every way in which a vendor can fail: on the first request of every call that the manifest offers,
// and on each request of every recorded call.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "checks.h"
#include "trial.h"

namespace brygga::conformance {
namespace {

using testing::Outcome;

struct Fault {
    const char* name;
    const char* check;
    Answer answer;
    std::vector<brygga_status> expected;
    bool definite;  ///< a write that was answered so has not been done
};

constexpr std::int64_t stated_wait_ms = 7'000;
constexpr std::size_t most_places = 8;  ///< requests of a recorded call on which each fault is tried
constexpr const char* page = "<html><head><title>Maintenance</title></head><body>Back soon.</body></html>";

std::vector<Fault> faults() {
    const auto refusal = R"({"message":"No."})";
    Answer limit = answer(429, refusal), none = answer(0);
    limit.header("retry-after", std::to_string(stated_wait_ms / 1000));
    none.fail(BRYGGA_TRANSIENT, "no_answer", true);
    const std::vector<brygga_status> auth{BRYGGA_AUTH}, transient{BRYGGA_TRANSIENT}, rate{BRYGGA_RATE_LIMITED},
        forbidden{BRYGGA_MISCONFIGURED, BRYGGA_AUTH, BRYGGA_UNSUPPORTED},
        missing{BRYGGA_REJECTED, BRYGGA_MISCONFIGURED, BRYGGA_UNSUPPORTED},
        unreadable{BRYGGA_TRANSIENT, BRYGGA_MISCONFIGURED};
    return {{"HTTP 401", "answer.401", answer(401, refusal), auth, true},
            {"HTTP 401 with a page of HTML", "answer.401", answer(401, page), auth, true},
            {"HTTP 403", "answer.403", answer(403, refusal), forbidden, true},
            {"HTTP 404", "answer.404", answer(404, refusal), missing, true},
            {"HTTP 404 with a page of HTML", "answer.404", answer(404, page), missing, true},
            {"HTTP 429", "answer.429", limit, rate, true},
            {"HTTP 500", "answer.5xx", answer(500, refusal), transient, false},
            {"HTTP 502 with a page of HTML", "answer.5xx", answer(502, page), transient, false},
            {"HTTP 503 without a body", "answer.5xx", answer(503, ""), transient, false},
            {"no answer", "answer.5xx", none, transient, false},
            {"HTTP 200 with a page of HTML", "answer.unreadable", answer(200, page), unreadable, false},
            {"HTTP 200 with half a document", "answer.unreadable", answer(200, R"({"items":[{"id":1,"na)"), unreadable,
             false},
            {"HTTP 200 without a body", "answer.unreadable", answer(200, ""), unreadable, false},
            {"HTTP 200 with another document", "answer.other", answer(200, R"({"message":"Back soon."})"), unreadable,
             false}};
}

bool may_end_well(const Operation& operation, const Fault& fault, std::size_t place) {
    const std::string_view check = fault.check;
    if (check == "answer.404") return operation.call == "find" || (place > 0 && operation.call != "deliver");
    // A part that a call can do without.
    if (check == "answer.403") return place > 0 && (operation.call == "describe" || operation.call == "check");
    // What these two have read cannot be told; the others have found nothing, or written nothing, as far as is known.
    if (check == "answer.other") return operation.call == "check" || operation.call == "describe";
    return false;
}

/// place: the first request that was answered so.
void judge(const Notes& notes, const Operation& operation, const Fault& fault, std::size_t place, const Trial& trial,
           const Outcome& outcome) {
    if (trial.requests.size() <= place) return;
    if (outcome.status == BRYGGA_BUG) return notes.skipped(fault.check, "such answers end as bug: see survives");
    const std::string told = trial.text(operation);
    const bool write = !trial.requests[place].request["read"].boolean();
    notes.ran(fault.check);
    if (outcome.ok()) {
        if (!may_end_well(operation, fault, place)) notes.problem(fault.check, told + " ended well");
    } else if (std::ranges::find(fault.expected, outcome.status) == fault.expected.end()) {
        notes.problem(fault.check, told + " ended as " + class_name(outcome.status) + " (" + outcome.code + ")");
    } else if (outcome.status == BRYGGA_RATE_LIMITED && outcome.retry_after_ms != stated_wait_ms) {
        notes.problem(fault.check, told + " did not pass Retry-After on: retry_after_ms is " +
                                       std::to_string(outcome.retry_after_ms) + " instead of " +
                                       std::to_string(stated_wait_ms));
    }
    if (!write || outcome.ok() || operation.call != "deliver") return;
    notes.ran("outcome");
    if (!fault.definite && !outcome.outcome_unknown)
        notes.problem("outcome", told + " does not say that the write may have been done");
    if (fault.definite && outcome.outcome_unknown)
        notes.problem("outcome", told + " says that the write may have been done, though it was refused");
}

}  // namespace

void check_answers(const Subject& subject, const Notes& notes) {
    const std::vector<Fault> all = faults();
    const bool delivers = std::ranges::any_of(subject.operations, [](const auto& o) { return o.call == "deliver"; });
    for (const char* check : {"writes", "key", "outcome"})
        notes.skipped(check, delivers ? "no write was sent; give --recordings DIR with a deliver"
                                      : "the connector offers no deliver");
    for (const Fault& fault : all) {
        notes.skipped(fault.check, "no call sent a request; give --recordings DIR");
        for (const Operation& operation : subject.operations) {
            Trial trial{subject, notes, [&](const auto&, std::size_t) { return fault.answer; },
                        std::string{"when every answer is "} + fault.name};
            judge(notes, operation, fault, 0, trial, trial.run(operation));
        }
    }
    for (const Recording& recording : subject.recordings) {
        Trial plain{subject, notes, recorded(recording), "as recorded in " + recording.name};
        plain.run(recording.operation);
        const std::size_t places = std::min(plain.requests.size(), most_places);
        for (std::size_t place = 0; place < places; ++place)
            for (const Fault& fault : all) {
                Trial trial{subject, notes, from(place, recorded(recording), fault.answer),
                            "of " + recording.name + " when request " + std::to_string(place + 1) + " is answered by " +
                                fault.name};
                judge(notes, recording.operation, fault, place, trial, trial.run(recording.operation));
            }
    }
}

}  // namespace brygga::conformance
