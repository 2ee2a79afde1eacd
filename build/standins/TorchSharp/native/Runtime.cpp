#include "Shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/version.h>

TS_EXPORT const char* ts_version() { return TORCH_VERSION; }

TS_EXPORT int ts_threads() {
    return shim::guarded(-1, [&] { return at::get_num_threads(); });
}

TS_EXPORT void ts_set_threads(int count) {
    shim::guarded([&] { at::set_num_threads(count); });
}

TS_EXPORT int ts_cuda_is_available() {
    return shim::guarded(0, [&] { return torch::cuda::is_available() ? 1 : 0; });
}

TS_EXPORT int ts_cuda_devices() {
    return shim::guarded(0, [&] { return static_cast<int>(torch::cuda::device_count()); });
}

TS_EXPORT void ts_cuda_synchronize(int device) {
    shim::guarded([&] { torch::cuda::synchronize(device); });
}

TS_EXPORT int ts_cudnn_tf32() {
    return shim::guarded(0, [&] { return at::globalContext().allowTF32CuDNN() ? 1 : 0; });
}

TS_EXPORT void ts_set_cudnn_tf32(int8_t on) {
    shim::guarded([&] { at::globalContext().setAllowTF32CuDNN(on != 0); });
}

TS_EXPORT int ts_matmul_tf32() {
    return shim::guarded(0, [&] { return at::globalContext().allowTF32CuBLAS() ? 1 : 0; });
}

TS_EXPORT void ts_set_matmul_tf32(int8_t on) {
    shim::guarded([&] { at::globalContext().setAllowTF32CuBLAS(on != 0); });
}
