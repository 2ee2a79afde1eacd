#include "Shim.h"

#include <c10/util/Exception.h>

namespace shim {

namespace {
thread_local bool failed = false;
thread_local std::string message;
} // namespace

void clear_failure() {
    failed = false;
}

void set_failure(const std::exception& error) {
    failed = true;
    // c10's errors carry a C++ backtrace, which says nothing to who calls from managed code.
    const auto* detailed = dynamic_cast<const c10::Error*>(&error);
    message = detailed != nullptr ? detailed->what_without_backtrace() : error.what();
}

void set_unknown_failure() {
    failed = true;
    message = "libtorch threw something that is no std::exception.";
}

std::vector<at::Tensor> tensors(void* const* handles, int count) {
    std::vector<at::Tensor> result;
    result.reserve(count);
    for (int i = 0; i < count; i++) {
        result.push_back(tensor(handles[i]));
    }
    return result;
}

} // namespace shim

// The message of the last call on this thread, or null when it did not fail.
TS_EXPORT const char* ts_failure() {
    return shim::failed ? shim::message.c_str() : nullptr;
}
