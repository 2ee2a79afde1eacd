// Any operator of libtorch, by name, through its dispatcher: managed code pushes the arguments in the order of the operator's
// schema and calls it; arguments that are left out at the end take the schema's defaults. The names and schemas are what
// libtorch keeps stable from version to version.
#include "Shim.h"

#include <ATen/core/dispatch/Dispatcher.h>

namespace {

// The arguments pushed so far; each thread has its own.
thread_local torch::jit::Stack arguments;

template <typename Value>
void push(Value&& value) {
    shim::guarded([&] { arguments.emplace_back(std::forward<Value>(value)); });
}

void add_defaults(const c10::FunctionSchema& schema) {
    const auto& declared = schema.arguments();
    TORCH_CHECK(arguments.size() <= declared.size(), schema.name(), " takes ", declared.size(), " arguments, but got ", arguments.size());
    for (size_t i = arguments.size(); i < declared.size(); i++) {
        const auto& value = declared[i].default_value();
        TORCH_CHECK(value.has_value(), schema.name(), " needs a value for '", declared[i].name(), "'");
        arguments.push_back(*value);
    }
}

int take_results(torch::jit::Stack&& results, void** taken, int room) {
    int count = 0;
    auto take = [&](const at::Tensor& value) {
        TORCH_CHECK(count < room, "there are more results than room for them");
        taken[count++] = shim::handle(value);
    };
    for (auto& result : results) {
        if (result.isTensor()) {
            take(result.toTensor());
        } else if (result.isTensorList()) {
            for (const auto& value : result.toTensorVector()) {
                take(value);
            }
        }
    }
    return count;
}

} // namespace

TS_EXPORT void* ts_operator(const char* name, const char* overload) {
    return shim::guarded<void*>(nullptr, [&]() -> void* {
        return new c10::OperatorHandle(c10::Dispatcher::singleton().findSchemaOrThrow(name, overload));
    });
}

TS_EXPORT void ts_begin() { arguments.clear(); }
TS_EXPORT void ts_push_none() { push(c10::IValue()); }
TS_EXPORT void ts_push_bool(int8_t value) { push(value != 0); }
TS_EXPORT void ts_push_int(int64_t value) { push(value); }
TS_EXPORT void ts_push_double(double value) { push(value); }
TS_EXPORT void ts_push_tensor(void* value) { push(shim::tensor(value)); }

TS_EXPORT void ts_push_ints(const int64_t* values, int count) {
    push(std::vector<int64_t>(values, values + count));
}

TS_EXPORT void ts_push_tensors(void* const* values, int count) {
    push(shim::tensors(values, count));
}

TS_EXPORT void ts_push_device(int type, int index) {
    push(c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index)));
}

// Calls an operator with what was pushed; gives the number of tensors that came back, or -1.
TS_EXPORT int ts_call(void* op, void** results, int room) {
    int count = shim::guarded(-1, [&] {
        const auto& handle = *static_cast<c10::OperatorHandle*>(op);
        add_defaults(handle.schema());
        handle.callBoxed(&arguments);
        return take_results(std::move(arguments), results, room);
    });
    // No argument or result may live on until the next call.
    arguments.clear();
    return count;
}
