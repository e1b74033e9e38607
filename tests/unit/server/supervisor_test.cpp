// The supervisor with real children: shell scripts that prove their life, stop, spin or die.
#include "server/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lectern::server {
namespace {

// A shell that says it is ready and then that it is alive, until somebody ends it.
constexpr const char* kLives = "printf R >&3; while :; do printf . >&3; sleep 0.02; done";

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "supervisor-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    supervisor_.reset();
    std::filesystem::remove_all(folder_);
  }

  // A child that notes each of its starts in the file of its name, as a line with its pid.
  ChildSpec child(const std::string& name, const std::string& script) {
    return {.name = name,
            .command = {.program = "/bin/sh",
                        .arguments = {"-c", "echo $$ >>" + file(name) + "; " + script}}};
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

  [[nodiscard]] std::vector<std::string> lines(const std::string& name) const {
    std::ifstream stream(file(name));
    std::vector<std::string> found;
    for (std::string line; std::getline(stream, line);) found.push_back(line);
    return found;
  }
  [[nodiscard]] int pid(const std::string& name) const {
    const auto all = lines(name);
    return all.empty() ? 0 : std::stoi(all.back());
  }

  // Runs until `is_reached`, then goes on with `then`. A test that never gets there is ended.
  void when(std::function<bool()> is_reached, std::function<void()> then) {
    steps_.emplace_back(std::move(is_reached), std::move(then));
  }
  int run(std::vector<ChildSpec> specs, const SupervisorTimes& times = quick()) {
    supervisor_ =
        std::make_unique<Supervisor>(loop_, std::move(specs), [this] { is_ready_ = true; }, times);
    poll_.arm_repeating(Duration::milliseconds(5));
    give_up_.arm(Duration::seconds(30));
    const int status = supervisor_->run();
    poll_.disarm();
    give_up_.disarm();
    EXPECT_TRUE(steps_.empty()) << "the state that was waited for never came";
    return status;
  }
  static SupervisorTimes quick() {
    return {.look = Duration::milliseconds(50),
            .silence = Duration::milliseconds(1000),
            .start = Duration::milliseconds(1000),
            .stop = Duration::milliseconds(500)};
  }
  void stop() { supervisor_->stop(); }

  bool is_ready_ = false;

 private:
  void step() {
    if (steps_.empty() || !steps_.front().first()) return;
    const auto then = std::move(steps_.front().second);
    steps_.erase(steps_.begin());
    then();
  }

  std::filesystem::path folder_;
  std::vector<std::pair<std::function<bool()>, std::function<void()>>> steps_;
  io::UvLoop loop_;
  io::UvTimer poll_{loop_, [this] { step(); }};
  io::UvTimer give_up_{loop_, [this] {
                         ADD_FAILURE() << "30 s are over";
                         steps_.clear();
                         supervisor_->stop();
                         supervisor_->stop();
                       }};
  std::unique_ptr<Supervisor> supervisor_;
};

TEST_F(SupervisorTest, StartsAgainWhatWasKilled) {
  when([&] { return lines("a").size() == 1 && is_ready_; }, [&] { kill(pid("a"), SIGKILL); });
  when([&] { return lines("a").size() == 2; }, [&] { stop(); });
  ChildSpec spec = child("a", kLives);
  spec.makes_ready = true;
  EXPECT_EQ(run({spec}), 0);
}

TEST_F(SupervisorTest, IsReadyWhenTheChildThatMakesItSoSaysIt) {
  ChildSpec other = child("other", kLives);
  ChildSpec first = child("first", "printf . >&3; while [ ! -e " + file("go") +
                                       " ]; do printf . >&3; sleep 0.02; done; " + kLives);
  first.makes_ready = true;
  when([&] { return !lines("other").empty() && !lines("first").empty(); },
       [&] {
         EXPECT_FALSE(is_ready_);
         std::ofstream(file("go")) << "go";
       });
  when([&] { return is_ready_; }, [&] { stop(); });
  EXPECT_EQ(run({other, first}), 0);
}

TEST_F(SupervisorTest, ReplacesAChildThatIsStopped) {
  when([&] { return is_ready_; }, [&] { kill(pid("a"), SIGSTOP); });
  when([&] { return lines("a").size() == 2; }, [&] { stop(); });
  ChildSpec spec = child("a", kLives);
  spec.makes_ready = true;
  EXPECT_EQ(run({spec}), 0);
}

TEST_F(SupervisorTest, ReplacesAChildThatSpins) {
  when([&] { return lines("a").size() == 2; }, [&] { stop(); });
  // SIGTERM does not reach a loop that spins.
  EXPECT_EQ(run({child("a", "trap '' TERM; printf R >&3; while :; do :; done")}), 0);
}

TEST_F(SupervisorTest, ReplacesAChildThatNeverReportsAtAll) {
  when([&] { return lines("a").size() == 2; }, [&] { stop(); });
  EXPECT_EQ(run({child("a", "exec sleep 100")}), 0);
}

TEST_F(SupervisorTest, LeavesASilentChildAloneThatIsNotWatched) {
  ChildSpec silent = child("silent", "exec sleep 100");
  silent.is_watched = false;
  when([&] { return lines("other").size() == 3; },
       [&] {
         EXPECT_EQ(lines("silent").size(), 1U);
         stop();
       });
  EXPECT_EQ(run({silent, child("other", "exec sleep 100")}), 0);
}

TEST_F(SupervisorTest, DoesNotBlameChildrenForItsOwnPause) {
  // Somebody else stops and continues this whole process; meanwhile nobody's reports are read.
  const std::string pause = "kill -STOP " + std::to_string(getpid()) + "; sleep 3; kill -CONT " +
                            std::to_string(getpid()) + "; echo done >>" + file("paused") + "; ";
  ChildSpec pauser = child("pauser", "printf R >&3; " + pause + kLives);
  pauser.makes_ready = true;
  when([&] { return !lines("paused").empty() && lines("a").size() == 1; }, [] {});
  when([looks = 0]() mutable { return ++looks == 100; },  // half a second of looking
       [&] {
         EXPECT_EQ(lines("a").size(), 1U);
         stop();
       });
  EXPECT_EQ(run({child("a", kLives), pauser}), 0);
}

TEST_F(SupervisorTest, EndsTheServerAtASetUpFaultBeforeItIsReady) {
  const std::string script = "exit " + std::to_string(kExitSetup);
  EXPECT_EQ(run({child("a", script), child("b", kLives)}), 1);
  EXPECT_EQ(lines("a").size(), 1U);
}

TEST_F(SupervisorTest, EndsTheServerWhenAChildKeepsDyingBeforeItIsReady) {
  EXPECT_EQ(run({child("a", "exit 3")}), 1);
  EXPECT_EQ(lines("a").size(), Supervisor::kStartAttempts);
}

TEST_F(SupervisorTest, KeepsTryingWhenTheServerWasReady) {
  ChildSpec good = child("good", kLives);
  good.makes_ready = true;
  ChildSpec bad = child(
      "bad", "[ -e " + file("faulty") + " ] && exit " + std::to_string(kExitSetup) + "; " + kLives);
  when([&] { return is_ready_ && lines("bad").size() == 1; },
       [&] {
         std::ofstream(file("faulty")) << "now";
         kill(pid("bad"), SIGKILL);
       });
  when([&] { return lines("bad").size() == 4; }, [&] { stop(); });
  EXPECT_EQ(run({good, bad}), 0);
}

TEST_F(SupervisorTest, AChildThatMayFailEndsNothing) {
  ChildSpec demo = child("demo", "exit " + std::to_string(kExitSetup));
  demo.may_fail = true;
  when([&] { return lines("demo").size() == 3; }, [&] { stop(); });
  EXPECT_EQ(run({demo, child("b", kLives)}), 0);
}

// Notes its end in the file `ends`.
std::string dutiful(const std::string& name, const std::string& ends) {
  return "trap 'echo " + name + " >>" + ends + "; exit 0' TERM; " + kLives;
}

TEST_F(SupervisorTest, StopsStageAfterStage) {
  std::vector<ChildSpec> specs;
  for (const auto& [name, stage] : {std::pair{"media", 2}, {"demo", 0}, {"signaling", 1}}) {
    specs.push_back(child(name, dutiful(name, file("ends"))));
    specs.back().stop_stage = stage;
  }
  when(
      [&] {
        return !lines("media").empty() && !lines("demo").empty() && !lines("signaling").empty();
      },
      [] {});
  when([looks = 0]() mutable { return ++looks == 40; }, [&] { stop(); });  // traps are set
  EXPECT_EQ(run(specs), 0);
  EXPECT_EQ(lines("ends"), (std::vector<std::string>{"demo", "signaling", "media"}));
  EXPECT_EQ(lines("media").size(), 1U) << "who was told to stop is not started again";
}

TEST_F(SupervisorTest, EndsByForceWhoDoesNotStop) {
  ChildSpec stubborn = child("a", std::string("trap '' TERM; ") + kLives);
  stubborn.makes_ready = true;
  when([&] { return is_ready_; }, [&] { stop(); });
  EXPECT_EQ(run({stubborn}), 0);
}

TEST_F(SupervisorTest, TheSecondStopEndsAtOnce) {
  SupervisorTimes patient = quick();
  patient.stop = Duration::seconds(600);
  std::vector<ChildSpec> specs;
  for (const auto& [name, stage] : {std::pair{"a", 0}, {"b", 1}}) {
    specs.push_back(child(name, std::string("trap '' TERM; ") + kLives));
    specs.back().stop_stage = stage;
    specs.back().makes_ready = true;
  }
  when([&] { return is_ready_ && !lines("b").empty(); },
       [&] {
         stop();
         stop();
       });
  EXPECT_EQ(run(specs, patient), 1);
}

TEST_F(SupervisorTest, SignalsOfTheProcessStopAndReload) {
  ChildSpec hearing = child("hearing", "trap 'echo hup >>" + file("hups") + "' HUP; " + kLives);
  hearing.takes_hangup = true;
  hearing.makes_ready = true;
  ChildSpec deaf = child("deaf", kLives);  // SIGHUP would end it
  when([&] { return is_ready_ && !lines("deaf").empty(); }, [] { raise(SIGHUP); });
  when([&] { return !lines("hups").empty(); },
       [&] {
         EXPECT_EQ(lines("deaf").size(), 1U);
         raise(SIGINT);
       });
  EXPECT_EQ(run({hearing, deaf}), 0);
}

TEST(Supervision, HandsOnWhyAChildWasStartedAgain) {
  EXPECT_EQ(supervision_words(7, {.died = 1, .silent = 2, .asked = 3}),
            (std::vector<std::string>{"--supervisor", "7", "1", "2", "3"}));
}

}  // namespace
}  // namespace lectern::server
