// The tree of a result, shared with the numpy arrays that look into it.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <memory>
#include <utility>

namespace centresim::python {

struct SharedTree {
  std::shared_ptr<const experiment::Tree> tree;
};

[[nodiscard]] inline SharedTree share(experiment::Tree tree) {
  return {std::make_shared<const experiment::Tree>(std::move(tree))};
}

} // namespace centresim::python
