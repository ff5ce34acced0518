// The jobs of a floor without a simulation: what is submitted does not depend on what becomes of it.
#pragma once
#include "centresim/design/model.hpp"

#include <cstdint>
#include <memory>

namespace centresim::design {

// Listed jobs, the trace and the streams of a model, as one replication submits them: by time, those of one instant
// listed ones first, then the trace, then streams by name.
class JobSource {
 public:
  // The model must outlive it. Throws IoError (a trace that cannot be read).
  JobSource(const Model& model, std::uint64_t seed, std::uint64_t replication);
  ~JobSource();
  JobSource(JobSource&&) noexcept;
  JobSource& operator=(JobSource&&) noexcept;
  // False at the end.
  [[nodiscard]] bool next(Submission& job);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace centresim::design
