#include "app/commands.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"
#include "completion_bash.h"
#include "completion_fish.h"
#include "completion_zsh.h"

namespace brygga::app {

namespace {

struct Option {
    std::string_view name;
    std::string_view value;  ///< "N", "table|json"; FILE and DIR are completed as such; empty: none
    bool repeats = false;
    bool global = false;  ///< every command takes it
};

constexpr Option options[] = {
    {"url", "U", false, true},
    {"token", "T", false, true},
    {"token-file", "FILE", false, true},
    {"ca", "FILE", false, true},
    {"output", "table|json", false, true},
    {"help", "", false, true},
    {"version", "", false, true},
    {"record", "NUMBER", true},
    {"from", "DATE"},
    {"to", "DATE"},
    {"numbers", "A..B"},
    {"wait", ""},
    {"dry-run", ""},
    {"flow", "FLOW"},
    {"diff", "A"},
    {"state", "pending|in_flight|waiting|delivered|skipped|held|dead|in_doubt|superseded|cancelled"},
    {"query", "TEXT"},
    {"limit", "N"},
    {"cursor", "C"},
    {"follow", ""},
    {"dir", "DIR"},
    {"keys", "DIR"},
    {"scope", "viewer|operator|admin"},
    {"expires", "DATE"},
    {"object", "ID"},
    {"since", "DATE"},
    {"until", "DATE"},
    {"preview", ""},
    {"from-start", ""},
    {"flow-version", "N"},
    {"set", "TEXT"},
    {"reset", ""},
    {"prune", ""},
    {"redirect-uri", "URI"},
    {"answer", "ADDRESS"},
    {"target", "ID"},
    {"number", "N"},
    {"input", "FILE"},
    {"type", "order|customer|product|category"},
    {"functions", ""},
};

const Option* option_of(std::string_view name) {
    const auto found = std::ranges::find(options, name, &Option::name);
    return found == std::end(options) ? nullptr : found;
}

/// The words of a text, without the brackets and dots of a synopsis.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    std::string word;
    for (const char c : std::string{text} + ' ') {
        if (c != ' ' && c != '[' && c != ']') {
            word += c;
        } else if (!word.empty()) {
            if (word != "|" && word != "...") out.push_back(word);
            word.clear();
        }
    }
    return out;
}

bool takes(const Command& command, const Option& option) {
    return option.global || std::ranges::count(words_of(command.synopsis), fmt::format("--{}", option.name)) > 0;
}

bool begins_with(const std::vector<std::string>& line, const std::vector<std::string>& words) {
    return line.size() >= words.size() && std::equal(words.begin(), words.end(), line.begin());
}

/// The choices of "table|json": what is typed as it stands.
std::vector<std::string> choices(std::string_view text) {
    std::vector<std::string> out;
    if (text.empty() || text.front() < 'a' || text.front() > 'z') return out;
    for (;;) {
        const auto end = std::min(text.find('|'), text.size());
        out.emplace_back(text.substr(0, end));
        if (end == text.size()) return out;
        text.remove_prefix(end + 1);
    }
}

/// What may stand at a place, each once.
class Offers {
public:
    explicit Offers(std::string_view begun) : begun_{begun} {}
    void add(std::string word, std::string_view about = {}) {
        if (word.starts_with(begun_) && std::ranges::find(words_, word) == words_.end()) {
            text_ += word + (about.empty() ? "" : "\t") + std::string{about} + '\n';
            words_.push_back(std::move(word));
        }
    }
    void add_value(std::string_view value) {
        if (value == "FILE" || value == "DIR") text_ += ":files\n";
        for (std::string& choice : choices(value)) add(std::move(choice));
    }
    const std::string& text() const { return text_; }

private:
    std::string_view begun_;
    std::vector<std::string> words_;
    std::string text_;
};

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> table{
        {"check", "DIR", "check a configuration directory", "check /etc/brygga"},
        {"test", "DIR", "run the tests of its mappings", "test /etc/brygga"},
        {"connections list", "", "their states"},
        {"connections check", "ID", "one cheap request; a stopped one goes on when it succeeds",
         "connections check shop-nl"},
        {"connections options", "ID [KIND]",
         "selectable records, such as payment_term; without KIND the kinds that there are",
         "connections options books payment_term"},
        {"connections webhooks", "ID", "what its vendor calls this host about, and whether it does"},
        {"connections authorize", "ID [--redirect-uri URI | --answer ADDRESS]", "consent at the vendor",
         "connections authorize books"},
        {"flows list", "", "their states and deliveries"},
        {"flows pause", "FLOW", "begin nothing more of it", "flows pause shop-orders"},
        {"flows stop", "FLOW", "the same, so that its checkpoint can be changed"},
        {"flows resume", "FLOW", "go on"},
        {"flows restart", "FLOW", "try its dead deliveries again"},
        {"flows preflight", "FLOW", "what would go wrong with its orders", "flows preflight shop-orders"},
        {"flows versions", "FLOW [N | --diff A [B]]", "its versions; one of them; what changed from A to B",
         "flows versions shop-orders\nflows versions shop-orders --diff 2 3"},
        {"flows rollback", "FLOW N", "make an older version active, until its file changes",
         "flows rollback shop-orders 2"},
        {"preview", "FLOW [--record NUMBER]...", "what would become of records, written nowhere",
         "preview shop-orders --record 1042"},
        {"run", "FLOW [--record NUMBER]... [--numbers A..B] [--from DATE [--to DATE]] [--wait] [--dry-run]",
         "run a flow now",
         "run shop-orders --wait\nrun shop-orders --record 1042 --record 1043\nrun shop-orders --from 2026-01-01 --to "
         "2026-01-31 --wait\nrun shop-orders --numbers 1000..1200 --dry-run"},
        {"runs", "[--flow FLOW] [--limit N] [--follow]", "the newest runs; with --follow also those to come",
         "runs --flow shop-orders --limit 5"},
        {"runs cancel", "ID", "end one at its next page; what it took stays"},
        {"deliveries", "[--state S,...] [--flow FLOW] [--query TEXT] [--limit N] [--follow]",
         "newest first; with --follow those to come, too, and what becomes of them",
         "deliveries --state held,dead\ndeliveries --query 1042\ndeliveries --flow shop-orders --follow"},
        {"show", "ID | TYPE CONNECTION NUMBER", "one delivery; all there is of one record, by its number at the source",
         "show 17\nshow order shop-nl 1042"},
        {"replay",
         "ID | --flow FLOW [--state S,...] [--query TEXT] [--since DATE] [--until DATE] [--preview] [--from-start] "
         "[--flow-version N]",
         "try one, or all that fit, again: from the step that failed and by the active version, unless told",
         "replay 17\nreplay 17 --from-start --flow-version 2\nreplay --flow shop-orders --state dead --preview"},
        {"cancel", "ID", "give a delivery up"},
        {"resolve", "ID delivered|not_delivered [--target ID [--number N]]", "what a person found in the books",
         "resolve 17 delivered --target 1042\nresolve 17 not_delivered"},
        {"activity",
         "[--flow FLOW] [--state S] [--query TEXT] [--since DATE] [--until DATE] [--limit N] [--cursor C] [--follow]",
         "what happened to deliveries, newest first; with --follow what happens, too",
         "activity --flow shop-orders --since 2026-01-31"},
        {"checkpoint", "FLOW [--set TEXT | --reset]", "how far its source was read; changed while it is stopped",
         "checkpoint shop-orders\ncheckpoint shop-orders --reset"},
        {"alerts list", "", "what people were told of"},
        {"alerts acknowledge", "ID", "say that you have it in hands"},
        {"alerts channels", "", "by which way they hear of it"},
        {"alerts test", "CHANNEL", "send a test notice", "alerts test ops"},
        {"plan", "DIR [--prune]", "what apply would do", "plan ./configuration"},
        {"apply", "DIR [--prune]", "flows, connections and channels of a directory into the host",
         "apply ./configuration"},
        {"export", "DIR", "what the API manages, as files", "export ./configuration"},
        {"token list", "", "who may use the API"},
        {"token create", "NAME --scope viewer|operator|admin [--expires DATE]", "a new one, shown once",
         "token create grafana --scope viewer --expires 2027-01-31"},
        {"token revoke", "ID", "end one at once"},
        {"audit", "[--object ID] [--limit N]", "who changed what", "audit --object shop-orders"},
        {"keys show", "", "the key that seals what is stored, and how far its rotation is"},
        {"keys rotate", "[--wait]", "a new one; what older ones sealed is sealed anew", "keys rotate --wait"},
        {"eval", "EXPRESSION [--input FILE [--type order]] | --functions",
         "try an expression of the mapping language; list its functions",
         "eval 'round(12.345, 2)'\neval 'order.lines[0].sku' --input order.json --type order"},
        {"plugin list", "", "the files of the plugin directories"},
        {"plugin describe", "FILE", "its manifest", "plugin describe ./brygga_mine.so"},
        {"plugin install", "FILE [--dir DIR] [--keys DIR]", "check it, its maker's signature, too, and put it there",
         "plugin install ./brygga_mine.so"},
        {"plugin remove", "ID [--dir DIR]", "take one out that no connection uses"},
        {"completion", "bash|zsh|fish", "the completion of a shell, to be sourced by it",
         "completion bash > ~/.local/share/bash-completion/completions/brygga"},
    };
    return table;
}

std::vector<OptionSpec> option_specs() {
    std::vector<OptionSpec> out;
    for (const Option& option : options)
        out.push_back({std::string{option.name}, !option.value.empty(), option.repeats});
    return out;
}

const Command* command_of(const std::vector<std::string>& words) {
    const Command* best = nullptr;
    for (const Command& command : commands())
        if (begins_with(words, words_of(command.words)) && (!best || command.words.size() > best->words.size()))
            best = &command;
    return best;
}

std::optional<Error> misuse(const Arguments& arguments) {
    const auto refusal = [](std::string message, std::string remedy) {
        return Error{ErrorClass::misconfigured, "usage", std::move(message), std::move(remedy)};
    };
    const std::string& first = arguments.words.at(0);
    const Command* command = command_of(arguments.words);
    if (!command) {
        std::vector<std::string> known;
        std::string next;
        for (const Command& c : commands()) {
            const auto words = words_of(c.words);
            known.push_back(words.front());
            if (words.front() == first) next += (next.empty() ? "" : ", ") + words.at(1);
        }
        if (!next.empty()) return refusal(fmt::format("{} needs one of: {}.", first, next), "See brygga --help.");
        const auto near = nearest(first, known);
        return refusal(fmt::format("unknown command '{}'.", first.substr(0, 60)),
                       near ? fmt::format("Did you mean {}?", *near) : "See brygga --help.");
    }
    for (const auto& [name, values] : arguments.options)
        if (const Option* option = option_of(name); option && !takes(*command, *option))
            return refusal(fmt::format("{} takes no --{}.", command->words, name),
                           fmt::format("brygga {} {}", command->words, command->synopsis));
    return std::nullopt;
}

std::string help(const std::vector<std::string>& words) {
    std::vector<const Command*> wanted;
    if (const Command* one = command_of(words))
        wanted.push_back(one);
    else
        for (const Command& command : commands())
            if (!words.empty() && words_of(command.words).front() == words.front()) wanted.push_back(&command);
    const bool of_few = !wanted.empty();
    if (!of_few)
        for (const Command& command : commands()) wanted.push_back(&command);
    std::string out = "brygga [--url U] [--token T | --token-file F] [--ca F] [--output table|json] COMMAND\n\n",
                examples;
    for (const Command* each : wanted) {
        const Command& command = *each;
        const std::string line =
            fmt::format("{}{}{}", command.words, command.synopsis.empty() ? "" : " ", command.synopsis);
        const std::string gap = line.size() > 42 ? '\n' + std::string(46, ' ') : std::string(44 - line.size(), ' ');
        out += fmt::format("  {}{}{}\n", line, gap, command.about);
        for (std::string_view rest = command.example; !rest.empty();) {
            const auto end = std::min(rest.find('\n'), rest.size());
            examples += fmt::format("  brygga {}\n", rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    if (of_few) return examples.empty() ? out : out + "\nExamples:\n" + examples;
    return out +
           "\nbrygga COMMAND --help shows examples.\nEnvironment: BRYGGA_URL (http://127.0.0.1:8585), BRYGGA_TOKEN, "
           "BRYGGA_TOKEN_FILE, BRYGGA_CA.\n";
}

std::string completions(const std::vector<std::string>& words) {
    const std::string begun = words.empty() ? std::string{} : words.back();
    std::vector<std::string> line;  // the command's words before, without options
    const Option* open = nullptr;   // whose value is begun
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (open) {
            open = nullptr;
        } else if (words[i].starts_with("--")) {
            const Option* option = option_of(std::string_view{words[i]}.substr(2));
            if (option && !option->value.empty()) open = option;
        } else {
            line.push_back(words[i]);
        }
    }
    Offers offers{begun};
    const Command* command = command_of(line);
    if (open) {
        offers.add_value(open->value);
        return offers.text();
    }
    if (begun.starts_with("-")) {
        for (const Option& option : options)
            if (command ? takes(*command, option) : option.global) offers.add(fmt::format("--{}", option.name));
        return offers.text();
    }
    for (const Command& c : commands()) {
        const auto own = words_of(c.words);
        if (own.size() > line.size() && begins_with(own, line))
            offers.add(own[line.size()], own.size() == line.size() + 1 ? c.about : std::string_view{});
    }
    if (command) {
        std::vector<std::string> places = words_of(command->synopsis);
        places.erase(std::ranges::find_if(places, [](const auto& w) { return w.starts_with("--"); }), places.end());
        const std::size_t at = line.size() - words_of(command->words).size();
        if (at < places.size()) offers.add_value(places[at]);
    }
    return offers.text();
}

std::optional<std::string_view> completion_script(std::string_view shell) {
    if (shell == "bash") return completion_bash;
    if (shell == "zsh") return completion_zsh;
    if (shell == "fish") return completion_fish;
    return std::nullopt;
}

}  // namespace brygga::app
