using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.Engines;

/// <summary>
/// Whether this machine has a CUDA device, asked of NVIDIA's driver itself, so that an app without one never loads libtorch just
/// to learn that.
/// </summary>
internal static unsafe class CudaDriver
{
    private const int Success = 0;

    /// <summary>True when the driver is there and knows at least one device.</summary>
    public static bool HasDevice()
    {
        string library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(library, out nint driver))
        {
            return false;
        }

        try
        {
            if (!NativeLibrary.TryGetExport(driver, "cuInit", out nint initialise) || !NativeLibrary.TryGetExport(driver, "cuDeviceGetCount", out nint getCount))
            {
                return false;
            }

            int count = 0;
            return ((delegate* unmanaged<uint, int>)initialise)(0) == Success
                && ((delegate* unmanaged<int*, int>)getCount)(&count) == Success
                && count > 0;
        }
        finally
        {
            NativeLibrary.Free(driver);
        }
    }
}
