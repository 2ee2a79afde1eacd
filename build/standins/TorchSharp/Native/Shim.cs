using System;
using System.IO;
using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>The functions of the shim (see the folder <c>native</c>). A function that fails leaves a message, which <see cref="Check"/> throws.</summary>
internal static unsafe partial class Shim
{
    private const string Library = "TorchSharpStandin";

    private static readonly object LoadLock = new();
    private static IntPtr _library;

    static Shim() => NativeLibrary.SetDllImportResolver(typeof(Shim).Assembly, (name, _, _) => name == Library ? Load() : IntPtr.Zero);

    /// <summary>Throws what the last call on this thread has failed with.</summary>
    public static void Check()
    {
        byte* message = ts_failure();
        if (message != null)
        {
            throw new ExternalException(Marshal.PtrToStringUTF8((IntPtr)message));
        }
    }

    /// <summary>Loads the shim, and libtorch with it.</summary>
    /// <exception cref="DllNotFoundException">It is missing or cannot be loaded; says how to get it.</exception>
    public static IntPtr Load()
    {
        lock (LoadLock)
        {
            return _library != IntPtr.Zero ? _library : _library = Open();
        }
    }

    private static IntPtr Open()
    {
        string file = OperatingSystem.IsWindows() ? $"{Library}.dll" : OperatingSystem.IsMacOS() ? $"lib{Library}.dylib" : $"lib{Library}.so";
        string beside = Path.Combine(AppContext.BaseDirectory, file);
        Exception cause = null;
        if (File.Exists(beside))
        {
            try
            {
                return NativeLibrary.Load(beside);
            }
            catch (DllNotFoundException exception)
            {
                cause = exception;
            }
        }

        if (NativeLibrary.TryLoad(file, out IntPtr library))
        {
            return library;
        }

        throw cause is null
            ? new DllNotFoundException(
                $"The stand-in of TorchSharp was built without its native library: there is no {beside}. Run build/setup, which builds it where libtorch is installed (Debian: apt-get install libtorch-dev cmake g++), then build again.")
            : new DllNotFoundException($"{beside} cannot be loaded, most likely because the loader does not find the libtorch that it was built with. {cause.Message}", cause);
    }

    [LibraryImport(Library)] private static partial byte* ts_failure();

    // Operators
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial IntPtr ts_operator(string name, string overload);
    [LibraryImport(Library)] public static partial void ts_begin();
    [LibraryImport(Library)] public static partial void ts_push_none();
    [LibraryImport(Library)] public static partial void ts_push_bool(sbyte value);
    [LibraryImport(Library)] public static partial void ts_push_int(long value);
    [LibraryImport(Library)] public static partial void ts_push_double(double value);
    [LibraryImport(Library)] public static partial void ts_push_tensor(IntPtr value);
    [LibraryImport(Library)] public static partial void ts_push_ints(long* values, int count);
    [LibraryImport(Library)] public static partial void ts_push_tensors(IntPtr* values, int count);
    [LibraryImport(Library)] public static partial void ts_push_device(int type, int index);
    [LibraryImport(Library)] public static partial int ts_call(IntPtr op, IntPtr* results, int room);

    // Tensors
    [LibraryImport(Library)] public static partial void ts_tensor_free(IntPtr value);
    [LibraryImport(Library)] public static partial IntPtr ts_tensor_copy_of(void* values, long* sizes, int dimensions, int type);
    [LibraryImport(Library)] public static partial int ts_tensor_dimensions(IntPtr value);
    [LibraryImport(Library)] public static partial void ts_tensor_sizes(IntPtr value, long* sizes);
    [LibraryImport(Library)] public static partial void ts_tensor_strides(IntPtr value, long* strides);
    [LibraryImport(Library)] public static partial long ts_tensor_count(IntPtr value);
    [LibraryImport(Library)] public static partial int ts_tensor_type(IntPtr value);
    [LibraryImport(Library)] public static partial int ts_tensor_element_size(IntPtr value);
    [LibraryImport(Library)] public static partial int ts_tensor_device_type(IntPtr value);
    [LibraryImport(Library)] public static partial int ts_tensor_device_index(IntPtr value);
    [LibraryImport(Library)] public static partial int ts_tensor_is_contiguous(IntPtr value);
    [LibraryImport(Library)] public static partial byte* ts_tensor_data(IntPtr value);

    // Autograd
    [LibraryImport(Library)] public static partial int ts_requires_grad(IntPtr value);
    [LibraryImport(Library)] public static partial void ts_set_requires_grad(IntPtr value, sbyte on);
    [LibraryImport(Library)] public static partial int ts_is_leaf(IntPtr value);
    [LibraryImport(Library)] public static partial IntPtr ts_grad(IntPtr value);
    [LibraryImport(Library)] public static partial void ts_set_grad(IntPtr value, IntPtr gradient);
    [LibraryImport(Library)] public static partial int ts_grad_mode();
    [LibraryImport(Library)] public static partial void ts_set_grad_mode(sbyte on);

    [LibraryImport(Library)]
    public static partial void ts_backward(
        IntPtr* outputs, int outputCount, IntPtr* gradients, int gradientCount, sbyte retainGraph, sbyte createGraph, IntPtr* inputs, int inputCount);

    [LibraryImport(Library)]
    public static partial void ts_gradients(
        IntPtr* outputs, int outputCount, IntPtr* inputs, int inputCount, IntPtr* gradients, int gradientCount,
        sbyte retainGraph, sbyte createGraph, sbyte allowUnused, IntPtr* results);

    // Runtime
    [LibraryImport(Library)] public static partial byte* ts_version();
    [LibraryImport(Library)] public static partial int ts_threads();
    [LibraryImport(Library)] public static partial void ts_set_threads(int count);
    [LibraryImport(Library)] public static partial int ts_cuda_is_available();
    [LibraryImport(Library)] public static partial int ts_cuda_devices();
    [LibraryImport(Library)] public static partial void ts_cuda_synchronize(int device);
    [LibraryImport(Library)] public static partial int ts_cudnn_tf32();
    [LibraryImport(Library)] public static partial void ts_set_cudnn_tf32(sbyte on);
    [LibraryImport(Library)] public static partial int ts_matmul_tf32();
    [LibraryImport(Library)] public static partial void ts_set_matmul_tf32(sbyte on);
}
