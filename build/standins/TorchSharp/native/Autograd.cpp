#include "Shim.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

TS_EXPORT int ts_requires_grad(void* value) {
    return shim::guarded(0, [&] { return shim::tensor(value).requires_grad() ? 1 : 0; });
}

TS_EXPORT void ts_set_requires_grad(void* value, int8_t on) {
    shim::guarded([&] { shim::tensor(value).set_requires_grad(on != 0); });
}

TS_EXPORT int ts_is_leaf(void* value) {
    return shim::guarded(0, [&] { return shim::tensor(value).is_leaf() ? 1 : 0; });
}

// The gradient, or null when there is none.
TS_EXPORT void* ts_grad(void* value) {
    return shim::guarded<void*>(nullptr, [&]() -> void* {
        const auto& gradient = shim::tensor(value).grad();
        return gradient.defined() ? shim::handle(gradient) : nullptr;
    });
}

TS_EXPORT void ts_set_grad(void* value, void* gradient) {
    shim::guarded([&] { shim::tensor(value).mutable_grad() = gradient == nullptr ? at::Tensor() : shim::tensor(gradient); });
}

TS_EXPORT int ts_grad_mode() {
    return at::GradMode::is_enabled() ? 1 : 0;
}

TS_EXPORT void ts_set_grad_mode(int8_t on) {
    at::GradMode::set_enabled(on != 0);
}

// outputs and their gradients go in pairs; with no gradients at all each output must be a single value.
TS_EXPORT void ts_backward(
    void* const* outputs, int outputCount, void* const* gradients, int gradientCount,
    int8_t retainGraph, int8_t createGraph, void* const* inputs, int inputCount) {
    shim::guarded([&] {
        torch::autograd::backward(
            shim::tensors(outputs, outputCount), shim::tensors(gradients, gradientCount),
            retainGraph != 0, createGraph != 0, shim::tensors(inputs, inputCount));
    });
}

// One gradient an input; null where an input was not used and that is allowed.
TS_EXPORT void ts_gradients(
    void* const* outputs, int outputCount, void* const* inputs, int inputCount, void* const* gradients, int gradientCount,
    int8_t retainGraph, int8_t createGraph, int8_t allowUnused, void** results) {
    shim::guarded([&] {
        auto found = torch::autograd::grad(
            shim::tensors(outputs, outputCount), shim::tensors(inputs, inputCount), shim::tensors(gradients, gradientCount),
            retainGraph != 0, createGraph != 0, allowUnused != 0);
        for (size_t i = 0; i < found.size(); i++) {
            results[i] = found[i].defined() ? shim::handle(found[i]) : nullptr;
        }
    });
}
