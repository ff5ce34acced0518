// Passes over a model whose tables are filled.
#pragma once
#include "centresim/fab/model.hpp"

namespace centresim::fab {

// Numbers a timer for the group, once.
void need_timer(Model& model, GroupTable& group);

// What queue-time windows ask of the tool groups on their way.
void finish_windows(Model& model);

// Who may still bring a lot for a batch or a set-up: asked at every decision to wait for more.
void list_sources(Model& model);

} // namespace centresim::fab
