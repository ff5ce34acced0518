// Where jobs come from: lists, traces and random streams. Each gives its jobs in the order of submission.
#pragma once
#include "centresim/core/random.hpp"
#include "centresim/design/model.hpp"

#include <memory>
#include <vector>

namespace centresim::design {

class Source {
 public:
  virtual ~Source() = default;
  // False: no more.
  [[nodiscard]] virtual bool next(Submission& job) = 0;
};

// The sources of a model in canonical order: listed jobs, trace, streams by name.
[[nodiscard]] std::vector<std::unique_ptr<Source>> make_sources(const Model& model, core::StreamKey key);

} // namespace centresim::design
