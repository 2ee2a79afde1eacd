#include "Shim.h"

TS_EXPORT void ts_tensor_free(void* value) { delete static_cast<at::Tensor*>(value); }

// A new tensor on the CPU with a copy of the values.
TS_EXPORT void* ts_tensor_copy_of(const void* values, const int64_t* sizes, int dimensions, int type) {
    return shim::guarded<void*>(nullptr, [&]() -> void* {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(type));
        auto shape = at::IntArrayRef(sizes, dimensions);
        return shim::handle(at::from_blob(const_cast<void*>(values), shape, options).clone());
    });
}

TS_EXPORT int ts_tensor_dimensions(void* value) {
    return shim::guarded(-1, [&] { return static_cast<int>(shim::tensor(value).dim()); });
}

TS_EXPORT void ts_tensor_sizes(void* value, int64_t* sizes) {
    shim::guarded([&] {
        auto from = shim::tensor(value).sizes();
        std::copy(from.begin(), from.end(), sizes);
    });
}

TS_EXPORT void ts_tensor_strides(void* value, int64_t* strides) {
    shim::guarded([&] {
        auto from = shim::tensor(value).strides();
        std::copy(from.begin(), from.end(), strides);
    });
}

TS_EXPORT int64_t ts_tensor_count(void* value) {
    return shim::guarded<int64_t>(-1, [&] { return shim::tensor(value).numel(); });
}

TS_EXPORT int ts_tensor_type(void* value) {
    return shim::guarded(-1, [&] { return static_cast<int>(shim::tensor(value).scalar_type()); });
}

TS_EXPORT int ts_tensor_element_size(void* value) {
    return shim::guarded(-1, [&] { return static_cast<int>(shim::tensor(value).element_size()); });
}

TS_EXPORT int ts_tensor_device_type(void* value) {
    return shim::guarded(-1, [&] { return static_cast<int>(shim::tensor(value).device().type()); });
}

TS_EXPORT int ts_tensor_device_index(void* value) {
    return shim::guarded(-1, [&] { return static_cast<int>(shim::tensor(value).device().index()); });
}

TS_EXPORT int ts_tensor_is_contiguous(void* value) {
    return shim::guarded(0, [&] { return shim::tensor(value).is_contiguous() ? 1 : 0; });
}

TS_EXPORT void* ts_tensor_data(void* value) {
    return shim::guarded<void*>(nullptr, [&] { return shim::tensor(value).data_ptr(); });
}
