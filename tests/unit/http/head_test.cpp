#include "http/head.h"

#include <gtest/gtest.h>

namespace brygga::http {
namespace {

using State = Answer::State;

struct Result {
    State state;
    Response response;
    bool keeps, cut;
};
/// Fed in pieces of every size up to the whole; they must agree.
Result parsed(std::string_view text, bool ended = false, bool head_request = false, AnswerLimits limits = {}) {
    std::optional<Result> first;
    for (std::size_t piece = 1; piece <= std::max<std::size_t>(text.size(), 1); piece = piece * 2 + 1) {
        Answer answer{head_request, limits};
        State state = State::more;
        for (std::size_t i = 0; i < text.size() && state != State::failed; i += piece)
            state = answer.feed(text.substr(i, piece));
        if (ended && state == State::more) state = answer.end();
        Result result{state, answer.response(), answer.keeps_connection(), answer.cut()};
        if (first) {
            EXPECT_EQ(first->state, state) << piece << ": " << text;
            EXPECT_EQ(state == State::done ? first->response.body : "",
                      state == State::done ? result.response.body : "");
        }
        if (!first) first = std::move(result);
    }
    return *first;
}

TEST(Answer, ReadsABodyByItsLength) {
    const auto r = parsed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhello");
    EXPECT_EQ(r.state, State::done);
    EXPECT_EQ(r.response.body, "hello");
    EXPECT_EQ(r.response.header("x-a"), "b");
    EXPECT_EQ(r.response.header("x-b"), "");
    EXPECT_TRUE(r.keeps);
}

TEST(Answer, ReadsChunks) {
    const auto r = parsed(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n");
    EXPECT_EQ(r.state, State::done);
    EXPECT_EQ(r.response.body, "hello0123456789");
    EXPECT_TRUE(r.keeps);
}

TEST(Answer, ReadsUntilTheEnd) {
    const auto r = parsed("HTTP/1.0 200 OK\r\n\r\nhello", true);
    EXPECT_EQ(r.state, State::done);
    EXPECT_EQ(r.response.body, "hello");
    EXPECT_FALSE(r.keeps);
}

TEST(Answer, SomeAnswersHaveNoBody) {
    EXPECT_EQ(parsed("HTTP/1.1 204 No Content\r\n\r\n").state, State::done);
    EXPECT_TRUE(parsed("HTTP/1.1 204 No Content\r\n\r\n").keeps);
    EXPECT_EQ(parsed("HTTP/1.1 304\r\nContent-Length: 9\r\n\r\n").state, State::done);
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false, true).state, State::done);
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").state, State::done);
}

TEST(Answer, SkipsInterimAnswers) {
    const auto r = parsed(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: "
        "0\r\n\r\n");
    EXPECT_EQ(r.state, State::done);
    EXPECT_EQ(r.response.status, 201);
    EXPECT_EQ(r.response.header("link"), "");
}

TEST(Answer, DoesNotKeepAConnectionThatIsInDoubt) {
    EXPECT_FALSE(parsed("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").keeps);
    EXPECT_FALSE(parsed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore").keeps);
    EXPECT_FALSE(parsed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps);
    EXPECT_TRUE(parsed("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n").keeps);
}

TEST(Answer, AnEarlyEndIsCut) {
    for (const char* text : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
        const auto r = parsed(text, true);
        EXPECT_EQ(r.state, State::failed) << text;
        EXPECT_TRUE(r.cut) << text;
    }
}

TEST(Answer, RefusesWhatTwoParsersCouldReadDifferently) {
    for (const char* text : {"HTTP/2 200 OK\r\n\r\n",
                             "HTTP/1.1 20 OK\r\n\r\n",
                             "HTTP/1.1 2000 OK\r\n\r\n",
                             "HTTP/1.1 999 OK\r\n\r\n",
                             "ICY 200 OK\r\n\r\n",
                             "HTTP/1.1 101 Switching\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
                             "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"}) {
        EXPECT_EQ(parsed(text).state, State::failed) << text;
    }
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx").state, State::done);
}

TEST(Answer, KeepsItsBounds) {
    const AnswerLimits small{.head_bytes = 100, .headers = 3, .body_bytes = 10};
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", false, false, small).state, State::failed);
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\n\r\n01234567890", false, false, small).state, State::failed);
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n6\r\n012345\r\n", false,
                     false, small)
                  .state,
              State::failed);
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nA: " + std::string(100, 'x'), false, false, small).state, State::failed);
    EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n", false, false, small).state, State::failed);
    std::string interim;
    for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
    EXPECT_EQ(parsed(interim).state, State::failed);
}

TEST(Answer, ItsBoundsAreTheSameInPieces) {
    const std::string line = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    const auto with_line = [&](std::size_t length) {
        return parsed(line + std::string(length - 2, 'x') + "\r\nA\r\n0\r\n\r\n").state;
    };
    EXPECT_EQ(with_line(1024), State::done);
    EXPECT_EQ(with_line(1025), State::failed);
    const std::string head = "HTTP/1.1 204 OK\r\na:";
    const auto with_head = [&](std::size_t length) {
        const AnswerLimits small{.head_bytes = 100, .headers = 3, .body_bytes = 10};
        return parsed(head + std::string(length - head.size(), 'x') + "\r\n\r\n", false, false, small).state;
    };
    EXPECT_EQ(with_head(100), State::done);
    EXPECT_EQ(with_head(101), State::failed);
}

}  // namespace
}  // namespace brygga::http
