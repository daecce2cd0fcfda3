#include "connector/frame.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace brygga::connector {
namespace {

class Frames : public ::testing::Test {
protected:
    Frames() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error{"no socket pair"};
        here_ = std::make_unique<Channel>(ends[0], 1);
        there_ = ends[1];
    }
    ~Frames() override { hang_up(); }
    void hang_up() {
        if (there_ >= 0) ::close(std::exchange(there_, -1));
    }
    void sends(std::string_view bytes) const {
        ASSERT_EQ(::write(there_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    Channel::Got receive() { return here_->receive(message_); }

    std::unique_ptr<Channel> here_;
    int there_ = -1;
    Message message_;
};

std::string seen(std::string_view id, std::string_view revision) {
    Frame frame{FrameKind::seen};
    return frame.text(id).text(revision).bytes();
}

TEST_F(Frames, CarryNumbersAndTexts) {
    Frame frame{FrameKind::returned};
    sends(frame.number(-1).text("").number(INT64_MAX).text(std::string("\0\xff", 2)).bytes());
    ASSERT_EQ(receive(), Channel::Got::message);
    EXPECT_EQ(message_.kind(), FrameKind::returned);
    EXPECT_EQ(message_.number(), -1);
    EXPECT_EQ(message_.text(), "");
    EXPECT_EQ(message_.number(), INT64_MAX);
    EXPECT_EQ(message_.text(), std::string_view("\0\xff", 2));
    EXPECT_TRUE(message_.whole());
}

TEST_F(Frames, ComeInPiecesAndTogether) {
    const std::string two = seen("1", "a") + seen("2", "b");
    for (const char byte : two.substr(0, 10)) {
        sends({&byte, 1});
        EXPECT_EQ(receive(), Channel::Got::nothing);
    }
    sends(two.substr(10));
    for (const char* id : {"1", "2"}) {
        ASSERT_EQ(receive(), Channel::Got::message);
        EXPECT_EQ(message_.text(), id);
    }
    EXPECT_EQ(here_->receive(message_, false), Channel::Got::nothing);
}

TEST_F(Frames, KeptOnesGoWithTheNext) {
    Channel there{::dup(there_), 0};
    Frame first{FrameKind::entity}, second{FrameKind::checkpoint}, third{FrameKind::seen};
    EXPECT_FALSE(there.keep(first.text("1")));
    EXPECT_FALSE(there.keep(second.text("2").number(0)));
    EXPECT_EQ(receive(), Channel::Got::nothing);
    ASSERT_TRUE(there.send(third.text("3").text("")));
    for (const FrameKind kind : {FrameKind::entity, FrameKind::checkpoint, FrameKind::seen}) {
        ASSERT_EQ(receive(), Channel::Got::message);
        EXPECT_EQ(message_.kind(), kind);
    }
    Frame large{FrameKind::entity};
    EXPECT_TRUE(there.keep(large.text(std::string(Channel::most_kept_bytes, 'x')))) << "it is time";
    ASSERT_TRUE(there.send_kept());
    auto got = Channel::Got::nothing;
    while (got == Channel::Got::nothing) got = receive();
    EXPECT_EQ(got, Channel::Got::message);
}

TEST_F(Frames, LargerThanABufferArriveWhole) {
    const std::string large(5u << 20, 'x');
    std::jthread other{[&] {
        Channel channel{::dup(there_), 0};
        Frame frame{FrameKind::entity};
        EXPECT_TRUE(channel.send(frame.text(large)));
    }};
    auto got = Channel::Got::nothing;
    while (got == Channel::Got::nothing) got = receive();
    ASSERT_EQ(got, Channel::Got::message);
    EXPECT_EQ(message_.text(), large);
}

TEST_F(Frames, ATooLongOneIsBrokenBeforeItIsThere) {
    const std::uint32_t length = Channel::most_frame_bytes + 1;
    sends({reinterpret_cast<const char*>(&length), sizeof length});
    EXPECT_EQ(receive(), Channel::Got::broken);
}

TEST_F(Frames, AnEmptyOneIsBroken) {
    sends(std::string_view{"\0\0\0\0", 4});
    EXPECT_EQ(receive(), Channel::Got::broken);
}

TEST_F(Frames, HalfOfOneIsTheEnd) {
    sends(seen("1", "a").substr(0, 9));
    hang_up();
    EXPECT_EQ(receive(), Channel::Got::closed);
}

TEST_F(Frames, OtherFieldsThanAskedForAreNotWhole) {
    const std::string whole = seen("1", "a");
    Frame more{FrameKind::seen};
    sends(more.text("1").text("a").number(1).bytes());
    ASSERT_EQ(receive(), Channel::Got::message);
    message_.text(), message_.text();
    EXPECT_FALSE(message_.whole());

    Frame less{FrameKind::seen};
    sends(less.text("1").bytes());
    ASSERT_EQ(receive(), Channel::Got::message);
    message_.text();
    EXPECT_EQ(message_.text(), "");
    EXPECT_EQ(message_.number(), 0);
    EXPECT_FALSE(message_.whole());

    Frame lying{FrameKind::seen};
    sends(lying.number(INT64_MAX).bytes());  // as a text: longer than there is
    ASSERT_EQ(receive(), Channel::Got::message);
    EXPECT_EQ(message_.text(), "");
    EXPECT_FALSE(message_.whole());
}

TEST_F(Frames, NobodyWhoReadsIsNotWaitedForLongerThanAllowed) {
    Frame frame{FrameKind::reply};
    frame.text(std::string(5u << 20, 'x'));
    int asked = 0;
    EXPECT_FALSE(here_->send(frame, [&] { return ++asked < 3; }));
    EXPECT_EQ(asked, 3);
    hang_up();
    Frame next{FrameKind::reply};
    EXPECT_FALSE(here_->send(next));
}

}  // namespace
}  // namespace brygga::connector
