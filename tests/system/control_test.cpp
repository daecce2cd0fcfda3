// What a person does to a host at work: a run that is cancelled, a key that is rotated through kills, the shell that
// asks what can be typed.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

TEST(Control, ACancelledRunKeepsWhatItTookAndTheNextReadsOn) {
    const Simulated vendors{{"--orders", "250", "--clean", "--latency-ms", "20"}};
    Daemon daemon{vendors, {.trigger = "{}"}};
    daemon.start();
    const std::string run{daemon.call("POST", "/v1/flows/orders/runs").json()["id"].string()};
    const auto taken = [&] { return daemon.deliveries().size(); };
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return taken() > 0; })) << daemon.story();
    const Ended cancelled = daemon.cli({"runs", "cancel", run});
    EXPECT_EQ(cancelled.code, 0) << cancelled.err;
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon.get("/v1/runs/" + run)["ended_at"].is_string(); }));
    const Json ended = daemon.get("/v1/runs/" + run);
    EXPECT_EQ(ended["state"].string(), "cancelled") << ended.pretty();
    EXPECT_EQ(ended["error"]["code"].string(), "run.cancelled");
    const auto kept = taken();
    EXPECT_LT(kept, 250u);
    EXPECT_EQ(daemon.cli({"runs", "cancel", run}).code, 1) << "it has ended";

    const Ended rest = daemon.cli({"run", "orders", "--wait"});
    EXPECT_EQ(rest.code, 0) << rest.err;
    EXPECT_EQ(daemon.count("delivered"), 250);
    EXPECT_GT(taken(), kept);
}

TEST(Control, APersonSettlesWhatNobodyElseCanKnow) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Daemon daemon{vendors};
    daemon.start();
    const auto doubt = [&](const char* write) {
        vendors.fault("eaccounting", write, "1", Json::object({{"method", "POST"}, {"path", "/orders"}}));
        vendors.fault("eaccounting", "html", "1",
                      Json::object({{"method", "GET"}, {"path", "/orders"}, {"status", 400}}));
        const std::string number = vendors.add_orders(1).front();
        EXPECT_TRUE(daemon.reaches(number, "in_doubt", Seconds{30})) << daemon.delivery(number).pretty();
        vendors.clear_faults();
        return number;
    };
    const auto resolve = [&](const std::string& number, std::vector<std::string> words) {
        words.insert(words.begin(), {"resolve", std::string{daemon.delivery(number)["id"].text()}});
        return daemon.cli(words);
    };

    const std::string known = vendors.add_orders(1).front();  // from now on the index of documents is filled
    ASSERT_TRUE(daemon.reaches(known, "delivered"));
    const std::string there = doubt("reset_after");
    const Json orders = vendors.get("/ledger")["orders"];
    ASSERT_EQ(orders.size(), 2u);
    EXPECT_EQ(resolve(there, {"delivered", "--target", "00000000-0000-0000-0000-000000000000"}).code, 1);
    const Json of_known = daemon.delivery(known)["target_ref"]["id"];
    const std::string id{orders.at(orders.at(0)["Id"] == of_known ? 1 : 0)["Id"].text()};
    const Ended bound = resolve(there, {"delivered", "--target", id});
    EXPECT_EQ(bound.code, 0) << bound.err << orders.pretty();
    EXPECT_EQ(daemon.delivery(there)["target_ref"]["id"].text(), id);

    const std::string lost = doubt("reset_before");
    EXPECT_EQ(resolve(lost, {"delivered", "--target", id}).code, 1) << "that is the other order's";
    EXPECT_EQ(resolve(lost, {"not_delivered"}).code, 0);
    EXPECT_TRUE(daemon.reaches(lost, "delivered"));
    EXPECT_EQ(vendors.get("/ledger")["orders"].size(), 3u) << "none is doubled";
}

TEST(Control, AKeyIsRotatedThroughKillsAndAllStaysReadable) {
    const Simulated vendors{{"--orders", "60", "--clean"}};
    Daemon daemon{vendors};
    daemon.start();
    const auto held = vendors.add_orders(2, "platform_sale");
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const std::int64_t delivered = daemon.count("delivered");
    for (int round = 0; round < 4; ++round) {
        const Answer begun = daemon.call("POST", "/v1/keys/rotate");
        EXPECT_TRUE(begun.status == 202 || begun.status == 409) << begun.status;
        for (int i = 0; i < round; ++i) (void)daemon.get("/v1/keys/rotate");
        daemon.kill_hard();
        daemon.start();
    }
    const auto sealed = [&] { return daemon.get("/v1/keys/rotate")["sealed_anew_at"].is_string(); };
    ASSERT_TRUE(eventually(Seconds{30}, sealed)) << daemon.get("/v1/keys/rotate").pretty();
    EXPECT_GT(daemon.get("/v1/keys/rotate")["key"].integer(0), 1);
    EXPECT_EQ(daemon.get("/v1/keys/rotate")["unreadable"].integer(-1), 0);
    const Ended again = daemon.cli({"keys", "rotate", "--wait", "--output", "json"});
    EXPECT_EQ(again.code, 0) << again.err;

    for (const Json& delivery : daemon.deliveries())
        EXPECT_EQ(daemon.call("GET", "/v1/deliveries/" + std::string{delivery["id"].text()}).status, 200);
    EXPECT_EQ(daemon.connection_state("books"), "ok") << "its stored token, too";
    EXPECT_EQ(daemon.call("POST", "/v1/connections/books/check").status, 200);
    // The content of what waits is read again, and a new order of a known customer is matched as before.
    const std::string waiting{daemon.delivery(held.front())["id"].text()};
    EXPECT_EQ(daemon.call("POST", "/v1/deliveries/" + waiting + "/replay").status, 200);
    ASSERT_TRUE(daemon.reaches(held.front(), "held"));
    (void)vendors.add_orders(3);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_GT(daemon.count("delivered"), delivered);
    EXPECT_TRUE(daemon.errors_logged().empty()) << daemon.story();
}

TEST(Control, ActivityIsSearchedFromTheCommandLine) {
    const Simulated vendors{{"--orders", "3", "--clean"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const std::string number{daemon.deliveries().front()["source_ref"]["number"].string()};
    const Ended found = daemon.cli({"activity", "--query", number, "--state", "delivered"});
    EXPECT_EQ(found.code, 0) << found.err;
    EXPECT_THAT(found.out, HasSubstr(number));
    EXPECT_THAT(found.out, HasSubstr("attempt"));
    EXPECT_THAT(daemon.cli({"activity", "--state", "dead", "--output", "json"}).out, HasSubstr(R"("items":[])"));
}

/// What bash would offer for a line whose last word is being typed.
std::string offered_by_bash(const std::vector<std::string>& line) {
    const TempDir directory;
    const Ended script = run_to_end({program("brygga"), "completion", "bash"});
    EXPECT_EQ(script.code, 0);
    std::string words;
    for (const std::string& word : line) words += " '" + word + "'";
    write_file(directory.path() / "ask", "PATH=" + program("brygga").parent_path().string() + ":$PATH\n" + script.out +
                                             "COMP_WORDS=(" + words +
                                             ")\nCOMP_CWORD=" + std::to_string(line.size() - 1) +
                                             "\n_brygga\nprintf '%s ' \"${COMPREPLY[@]}\"\n");
    const Ended asked = run_to_end({"/bin/bash", "--norc", (directory.path() / "ask").string()});
    EXPECT_EQ(asked.code, 0) << asked.err;
    return asked.out;
}

TEST(Control, BashIsToldWhatCanBeTyped) {
    EXPECT_EQ(offered_by_bash({"brygga", "flows", "re"}), "resume restart ");
    EXPECT_EQ(offered_by_bash({"brygga", "--output", ""}), "table json ");
    EXPECT_THAT(offered_by_bash({"brygga", "run", "orders", "--w"}), HasSubstr("--wait"));
    EXPECT_THAT(offered_by_bash({"brygga", ""}), HasSubstr("completion "));
    EXPECT_THAT(offered_by_bash({"brygga", "check", "/bin/bas"}), HasSubstr("/bin/bash "));
    EXPECT_EQ(run_to_end({program("brygga"), "completion", "tcsh"}).code, 2);
}

TEST(Control, ARangeOfNumbersIsReadWithoutThoseThatAreNotThere) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Layout layout;
    layout.trigger = "{}";
    Daemon daemon{vendors, layout};
    daemon.start();
    const auto numbers = vendors.add_orders(3, "plain_person");
    const Ended wide =
        daemon.cli({"run", "orders", "--numbers", numbers.front() + ".." + numbers.back() + "9999", "--wait"});
    EXPECT_EQ(wide.code, 1) << "more than a thousand";
    EXPECT_EQ(daemon.cli({"run", "orders", "--numbers", numbers.front(), "--wait"}).code, 2);
    const Ended read =
        daemon.cli({"run", "orders", "--numbers", numbers.at(1) + ".." + numbers.back() + "0", "--wait"});
    EXPECT_EQ(read.code, 0) << read.err;
    EXPECT_EQ(daemon.count("delivered"), 2) << daemon.story();
    EXPECT_EQ(daemon.get("/v1/runs")["items"].at(0)["mode"].string(), "backfill");
}

}  // namespace
}  // namespace brygga::system_test
