// What the files of the shim share. Every function that managed code calls catches what libtorch throws: its message can be
// read with ts_failure until the next call on the same thread.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <exception>
#include <string>

#define TS_EXPORT extern "C" __attribute__((visibility("default")))

namespace shim {

void clear_failure();
void set_failure(const std::exception& error);
void set_unknown_failure();

// Runs work and gives its result, or onFailure after an exception.
template <typename Result, typename Work>
Result guarded(Result onFailure, Work&& work) {
    clear_failure();
    try {
        return work();
    } catch (const std::exception& error) {
        set_failure(error);
    } catch (...) {
        set_unknown_failure();
    }
    return onFailure;
}

template <typename Work>
void guarded(Work&& work) {
    guarded(0, [&] {
        work();
        return 0;
    });
}

// A handle is a tensor on the heap; managed code owns it and gives it back with ts_tensor_free.
inline at::Tensor& tensor(void* handle) {
    return *static_cast<at::Tensor*>(handle);
}

inline void* handle(at::Tensor value) {
    return new at::Tensor(std::move(value));
}

std::vector<at::Tensor> tensors(void* const* handles, int count);

} // namespace shim
