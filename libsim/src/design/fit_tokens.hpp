// How many tokens of each feature the jobs of a trace would use at one time if none of them waited.
#pragma once
#include "centresim/design/trace.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace centresim::design::detail {

// In cells of time, of which a bounded number covers the span: jobs count in every cell that they touch.
class TokenPeaks {
 public:
  TokenPeaks(const TraceNames& names, Tick first, Tick last);
  void add(const TraceJob& job);
  [[nodiscard]] std::map<std::string, std::int64_t> peaks() const;

 private:
  const TraceNames& names_;
  Tick first_, cell_;
  std::size_t cells_;
  std::map<std::string, std::vector<std::int64_t>> changes_; // from one cell to the next
};

} // namespace centresim::design::detail
