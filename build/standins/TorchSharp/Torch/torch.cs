using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

/// <summary>What PyTorch has at the top of its module.</summary>
public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU, -1);

    private static readonly Operator Empty = new("aten::empty", "memory_format");
    private static readonly Operator Zeros = new("aten::zeros");
    private static readonly Operator Ones = new("aten::ones");
    private static readonly Operator Cat = new("aten::cat");

    /// <summary>The version of the libtorch that the shim was built with.</summary>
    public static unsafe string __version__ => Marshal.PtrToStringUTF8((IntPtr)Shim.ts_version());

    /// <summary>Whether tensors can be made on such a device; loads the native library.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType)
    {
        Shim.Load();
        return deviceType switch
        {
            DeviceType.CPU => true,
            DeviceType.CUDA => cuda.is_available(),
            _ => false,
        };
    }

    public static DisposeScope NewDisposeScope() => DisposeScope.Open();

    public static IDisposable no_grad() => new GradModeScope(false);

    public static bool is_grad_enabled() => Shim.ts_grad_mode() != 0;

    public static int get_num_threads()
    {
        int count = Shim.ts_threads();
        Shim.Check();
        return count;
    }

    public static void set_num_threads(int num)
    {
        Shim.ts_set_threads(num);
        Shim.Check();
    }

    public static Device device(string description) => new(description);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Make(Empty, size, dtype, device, requires_grad, names);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Make(Zeros, size, dtype, device, requires_grad, names);

    public static Tensor ones(long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Make(Ones, size, dtype, device, requires_grad, names);

    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        CopyOf<float>(rawArray, dimensions, ScalarType.Float32, dtype, device, requires_grad, names);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        tensor(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        CopyOf<long>(dataArray, dimensions, ScalarType.Int64, dtype, device, requires_grad, names);

    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        tensor(dataArray, [dataArray.Length], dtype, device, requires_grad, names);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Cat.Call(tensors.ToArray(), dim);

    private static Tensor Make(Operator maker, long[] size, ScalarType? dtype, Device device, bool requires_grad, string[] names)
    {
        ThrowIfNamed(names);
        return Finish(maker.Call(size, dtype, Argument.None, device), requires_grad);
    }

    private static unsafe Tensor CopyOf<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType from, ScalarType? dtype, Device device, bool requires_grad, string[] names)
        where T : unmanaged
    {
        ThrowIfNamed(names);
        long count = 1;
        foreach (long length in dimensions)
        {
            count = checked(count * length);
        }

        if (count != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill a tensor of shape [{string.Join(", ", dimensions.ToArray())}].", nameof(dimensions));
        }

        Tensor copy;
        fixed (T* pinned = values)
        {
            fixed (long* sizes = dimensions)
            {
                // An empty tensor has no values to point to.
                T nothing;
                IntPtr handle = Shim.ts_tensor_copy_of(pinned == null ? &nothing : pinned, sizes, dimensions.Length, (int)from);
                Shim.Check();
                copy = new Tensor(handle);
            }
        }

        if ((dtype ?? from) != from || device is not null)
        {
            using var first = copy;
            copy = first.to(dtype ?? from, device ?? CPU, copy: true);
        }

        return Finish(copy, requires_grad);
    }

    private static Tensor Finish(Tensor made, bool requires_grad)
    {
        if (requires_grad)
        {
            made.requires_grad = true;
        }

        return made;
    }

    private static void ThrowIfNamed(string[] names)
    {
        if (names is { Length: > 0 })
        {
            throw new NotSupportedException("The stand-in of TorchSharp has no named dimensions.");
        }
    }

    /// <summary>Sets whether autograd records, on this thread, and puts back what it was.</summary>
    private sealed class GradModeScope : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        public GradModeScope(bool enabled) => Shim.ts_set_grad_mode((sbyte)(enabled ? 1 : 0));

        public void Dispose() => Shim.ts_set_grad_mode((sbyte)(_before ? 1 : 0));
    }
}
