// How many threads: argument, environment, quota of the control group.
#include "../../../libsim/src/experiment/threads.hpp"
#include "catch.hpp"
#include "centresim/experiment/replicate.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <unistd.h>

using namespace centresim::experiment;
namespace fs = std::filesystem;

namespace {

class Environment { // sets or unsets a variable and puts it back
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) before_ = old;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class FakeSystem {
 public:
  FakeSystem()
      : root_(fs::temp_directory_path() /
              ("centresim-threads-" + std::to_string(::getpid()) + "-" + std::to_string(std::rand()))) {}
  ~FakeSystem() { fs::remove_all(root_); }
  FakeSystem(const FakeSystem&) = delete;
  FakeSystem& operator=(const FakeSystem&) = delete;
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] int quota() const { return detail::quota_threads(root_); }

 private:
  fs::path root_;
};

} // namespace

TEST_CASE("Threads: the argument, then OpenMP's variable, then Slurm's, then the machine", "[experiment]") {
  {
    const Environment omp("OMP_NUM_THREADS", "3,2"), slurm("SLURM_CPUS_PER_TASK", "5");
    CHECK(choose_threads(7) == 7);
    CHECK(choose_threads(0) == 3);
    CHECK(choose_threads(-1) == 3);
    CHECK(choose_threads(2'000'000'000) == kMaxThreads);
  }
  for (const char* nonsense : {"", "many", "-4", "0", "99999999999999999999"}) {
    const Environment omp("OMP_NUM_THREADS", nonsense), slurm("SLURM_CPUS_PER_TASK", " 5");
    CHECK(choose_threads(0) == 5);
  }
  const Environment omp("OMP_NUM_THREADS", nullptr), slurm("SLURM_CPUS_PER_TASK", nullptr);
  CHECK(choose_threads(0) >= 1);
  CHECK(choose_threads(0) <= detail::affinity_threads());
}

TEST_CASE("Quotas of control groups, version 2", "[experiment]") {
  const FakeSystem system;
  CHECK(system.quota() == 0);
  system.write("proc/self/cgroup", "0::/user/job\n");
  CHECK(system.quota() == 0);
  system.write("sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
  CHECK(system.quota() == 0);
  system.write("sys/fs/cgroup/user/job/cpu.max", "250000 100000\n");
  CHECK(system.quota() == 3);
  system.write("sys/fs/cgroup/user/cpu.max", "50000 100000\n"); // a parent's quota binds, too
  CHECK(system.quota() == 1);
  system.write("sys/fs/cgroup/user/cpu.max", "garbage\n");
  CHECK(system.quota() == 3);
}

TEST_CASE("The quota of a container's own root counts", "[experiment]") {
  const FakeSystem system;
  system.write("proc/self/cgroup", "0::/\n");
  system.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  CHECK(system.quota() == 2);
}

TEST_CASE("Quotas of control groups, version 1", "[experiment]") {
  const FakeSystem system;
  system.write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/docker/x\nnonsense\n");
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "-1\n");
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us", "100000\n");
  CHECK(system.quota() == 0);
  system.write("sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us", "400000\n");
  CHECK(system.quota() == 4);
}
