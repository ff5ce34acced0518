#include "console.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>

#include <unistd.h>

namespace centresim::app {
namespace {

constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw{100};

std::string left(double seconds) {
  const long s = std::lround(std::min(seconds, 359'999.0));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

} // namespace

void answer(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
  throw core::IoError("standard output", "", std::generic_category().message(errno != 0 ? errno : EIO));
}

void message(std::string_view text) {
  const std::string shown = core::printable(text, core::Lines::many);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
  std::fputc('\n', stderr);
}

ProgressBar::ProgressBar(bool wanted) : wanted_(wanted && ::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(const core::Progress& progress) {
  const auto now = Clock::now();
  if (!wanted_ || progress.total <= 0 || now - last_ < kRedraw) return;
  last_ = now;
  drawn_ = true;
  const double share = std::clamp(progress.done / progress.total, 0.0, 1.0);
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const int full = static_cast<int>(share * kBarWidth);
  std::string line = fmt::format("\r[{:#>{}}{:.>{}}] {:3.0f} %  {:.1f} of {:.0f} replications", "", full, "",
                                 kBarWidth - full, 100 * share, progress.done, progress.total);
  if (share > 0.02) line += "  " + left(seconds * (1 - share) / share) + " left";
  std::fputs((line + "\033[K").c_str(), stderr);
  std::fflush(stderr);
}

} // namespace centresim::app
