#include "report.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <ostream>
#include <stdexcept>

#include "sandbox.h"

namespace brygga::conformance {
namespace {

struct Check {
    std::string_view name, about, remedy;
};

constexpr std::array checks{
    Check{"load", "the host takes the file", "Build it with the SDK's CMake function."},
    Check{"exports", "brygga_plugin_entry alone is visible", "Link with the SDK's exports.map, or hide the others."},
    Check{"entry", "the entry function is pure", "Return the address of one constant, made at compile time."},
    Check{"manifest", "the manifest fits its schema", "Correct it after schema/manifest.schema.json."},
    Check{"manifest.consistent", "manifest and functions agree", "Correct the manifest or the table of functions."},
    Check{"create", "an instance is made without a request", "Only store the configuration in create."},
    Check{"create.bad", "a wrong configuration is refused",
          "End create with BRYGGA_MISCONFIGURED, or state it in the "
          "config schema."},
    Check{"isolation", "no file, socket, thread or process", "Use the host's services; they are the only way out."},
    Check{"survives", "no crash, hang or bug", "Take nothing for granted that comes from outside."},
    Check{"told", "each failure says why and what to do",
          "Give a code and a message, and a row with cause and remedy in the manifest's errors or a remedy."},
    Check{"requests", "requests are such as the host sends", "Name the host in hosts and the secret in secrets."},
    Check{"reads", "nothing but deliver writes", "Mark requests that change nothing with \"read\": true."},
    Check{"writes", "deliver sends one write at most", "Leave repeating and undoing to the host."},
    Check{"key", "the idempotency key is in its header only", "Send it in the vendor's key header and nowhere else."},
    Check{"answer.401", "refused credentials", "End with BRYGGA_AUTH."},
    Check{"answer.403", "forbidden", "End with BRYGGA_MISCONFIGURED, or BRYGGA_AUTH."},
    Check{"answer.404", "not found", "Only find may take it for an answer."},
    Check{"answer.429", "too many requests", "End with BRYGGA_RATE_LIMITED and give Retry-After as retry_after_ms."},
    Check{"answer.5xx", "the vendor fails", "End with BRYGGA_TRANSIENT."},
    Check{"answer.unreadable", "success that cannot be read", "End with BRYGGA_TRANSIENT or BRYGGA_MISCONFIGURED."},
    Check{"answer.other", "success with another document",
          "Fail when the list or the id that an answer has to have is missing: it proves nothing."},
    Check{"outcome", "a write without an answer is in doubt", "Set BRYGGA_ERROR_OUTCOME_UNKNOWN then, and only then."},
    Check{"cancelled", "a call ends when the host says so",
          "Return BRYGGA_CANCELLED as soon as a service, a page or is_cancelled says so."},
    Check{"deadline", "a call keeps to its time", "Return what the http service returns."},
    Check{"cursor", "a foreign cursor does no harm", "Check every member of a cursor; begin anew when it is strange."},
    Check{"recordings", "recorded calls end as recorded", "Correct the connector or the recording."},
    Check{"rows", "rows and results fit their schemas", "Correct the translation of the vendor's record."},
    Check{"paging", "going on from any checkpoint loses nothing",
          "Call checkpoint only when everything before it was given."},
    Check{"paging.end", "a pass ends", "Give a last checkpoint with has_more 0, from which nothing new comes."},
    Check{"text", "text of any language arrives whole", "Handle text as UTF-8 and cut it at characters only."},
    Check{"odd", "answers with parts missing or of another kind", "Read each member as if it could be anything."},
    Check{"big", "large answers", "Bound what one answer can cost."},
};

const Check* known(std::string_view name) {
    const auto found = std::ranges::find(checks, name, &Check::name);
    return found == checks.end() ? nullptr : found;
}

constexpr std::size_t most_problems = 20;

}  // namespace

Report::Report() {
    for (const Check& check : checks) findings_[std::string{check.name}];
}

void Report::problem(std::string_view check, std::string text) {
    if (!known(check)) throw std::logic_error{"no such check: " + std::string{check}};
    auto& problems = findings_[std::string{check}].problems;
    if (problems.size() < most_problems && std::ranges::find(problems, text) == problems.end())
        problems.push_back(std::move(text));
}

void Report::skip_the_rest(const std::string& why) {
    for (auto& [name, finding] : findings_)
        if (!finding.ran && finding.problems.empty() && finding.skipped.empty()) finding.skipped = why;
}

void Report::take(std::string_view line) {
    const Json note = Json::parse(line).value_or(Json{});
    const std::string_view check = note["check"].string(), kind = note["kind"].string();
    if (!known(check)) throw std::logic_error{"no such check: " + std::string{line}};
    if (kind == "ran") ran(check);
    if (kind == "problem") problem(check, std::string{note["text"].string()});
    if (kind == "skipped") skipped(check, std::string{note["text"].string()});
    if (kind == "remark") findings_[std::string{check}].remark = note["text"].string();
}

std::string_view Report::state(const Finding& finding) {
    return !finding.problems.empty() ? "FAIL" : finding.ran ? "ok" : "not run";
}

bool Report::failed() const {
    return std::ranges::any_of(findings_, [](const auto& f) { return !f.second.problems.empty(); });
}

bool Report::failed(std::string_view check) const {
    const auto found = findings_.find(check);
    return found != findings_.end() && !found->second.problems.empty();
}

void Report::print(std::ostream& out) const {
    std::map<std::string_view, int> counts;
    for (const Check& check : checks) {
        const Finding& finding = findings_.find(check.name)->second;
        const std::string_view now = state(finding);
        ++counts[now];
        out << std::left << std::setw(9) << now << std::setw(21) << check.name;
        if (!finding.problems.empty()) {
            out << finding.problems.front();
            if (finding.problems.size() > 1) out << " (and " << finding.problems.size() - 1 << " more: --json)";
            out << " -> " << check.remedy;
        } else {
            out << check.about;
            if (!finding.ran) out << ": " << finding.skipped;
            if (finding.ran && !finding.remark.empty()) out << "; " << finding.remark;
        }
        out << '\n';
    }
    out << counts["ok"] << " ok, " << counts["FAIL"] << " failed, " << counts["not run"] << " not run\n";
}

Json Report::json() const {
    Json list = Json::array();
    for (const Check& check : checks) {
        const Finding& finding = findings_.find(check.name)->second;
        Json row = Json::object({{"check", check.name}, {"about", check.about}, {"state", state(finding)}});
        if (!finding.problems.empty()) {
            Json problems = Json::array();
            for (const std::string& problem : finding.problems) problems.push(problem);
            row.set("problems", std::move(problems)).set("remedy", check.remedy);
        } else if (!finding.ran) {
            row.set("reason", finding.skipped);
        }
        if (!finding.remark.empty()) row.set("remark", finding.remark);
        list.push(std::move(row));
    }
    return Json::object({{"ok", !failed()}, {"checks", std::move(list)}});
}

void Notes::doing(std::string_view what) const { lines_.doing(what); }

void Notes::note(std::string_view check, std::string_view kind, std::string_view text) const {
    lines_.write(Json::object({{"check", check}, {"kind", kind}, {"text", text}}).dump());
}

}  // namespace brygga::conformance
