// Kernels in the place of LibTorch's own.
#pragma once

#include <c10/util/Exception.h>
#include <torch/library.h>

#include <optional>

namespace ctorch {

// Registers operators of the CPU a second time, when a condition holds. LibTorch warns of that, which is kept from the user.
class Override {
  public:
    Override(bool holds, void (*add)(torch::Library &library)) {
        if (!holds) return;
        struct Silence : c10::WarningHandler {
            void process(const c10::Warning &) override {}
        } silence;
        c10::WarningUtils::WarningHandlerGuard guard(&silence);
        library_.emplace(torch::Library::IMPL, "aten", c10::DispatchKey::CPU, __FILE__, __LINE__);
        add(*library_);
    }

  private:
    std::optional<torch::Library> library_;
};

} // namespace ctorch
