using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace MLNet.RandomPruning.Torch;

/// <summary>What libtorch there is, and which devices it offers. Asking never throws.</summary>
public static class TorchRuntime
{
    private const string Advice =
        "The TorchSharp engine needs TorchSharp's native libraries. Add the package TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows, in the version of its TorchSharp, to the program that trains; in a checkout of this repository run build/setup, which provides them where it can.";

    /// <summary>Whether libtorch can be used; where it cannot, why not and what to do about it.</summary>
    public static bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        try
        {
            Load();
            reason = null;
            return true;
        }
        // Whatever keeps a library from loading: a missing file, another processor, a version that does not fit.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            reason = $"{Advice} What went wrong: {Explain(exception)}";
            return false;
        }
    }

    /// <summary>Whether libtorch is there and sees a CUDA device.</summary>
    public static bool HasCuda() => IsAvailable(out _) && CudaIsAvailable();

    /// <summary>Whether a text names a device, there or not: <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>auto</c>.</summary>
    public static bool IsDeviceName(string? name) =>
        name is "cpu" or "cuda" or "auto" || (name is not null && name.StartsWith("cuda:", StringComparison.Ordinal) && TryParseIndex(name, out _));

    /// <summary>The device that a name means.</summary>
    /// <exception cref="ArgumentException">It is no device's name.</exception>
    /// <exception cref="NotSupportedException">libtorch is missing, or has no such device; says what to do.</exception>
    internal static torch.Device DeviceNamed(string name)
    {
        if (!IsDeviceName(name))
        {
            throw new ArgumentException($"'{name}' is not a device: cpu, cuda, cuda:N (N from 0) and auto are.", nameof(name));
        }

        if (!IsAvailable(out string? reason))
        {
            throw new NotSupportedException(reason);
        }

        if (name == "cpu" || (name == "auto" && !CudaIsAvailable()))
        {
            return torch.device("cpu");
        }

        if (!CudaIsAvailable())
        {
            throw new NotSupportedException($"Device '{name}' was asked for, but libtorch sees no CUDA device. Check that there is an NVIDIA GPU with its driver, and that libtorch is a build with CUDA; or take cpu or auto.");
        }

        int count = torch.cuda.device_count();
        if (TryParseIndex(name, out int index) && index >= count)
        {
            throw new NotSupportedException($"Device '{name}' was asked for, but libtorch sees {count} CUDA device{(count == 1 ? "" : "s")}, with indices from 0.");
        }

        return torch.device(name == "auto" ? "cuda" : name);
    }

    // In methods of their own, so that a missing TorchSharp assembly shows when they are called, inside the try.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Load()
    {
        if (!torch.TryInitializeDeviceType(DeviceType.CPU))
        {
            throw new NotSupportedException("libtorch does not offer the CPU as a device.");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool CudaIsAvailable() => torch.cuda.is_available();

    private static bool TryParseIndex(string name, out int index)
    {
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        index = -1;
        return colon > 0 && int.TryParse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Assembly TorchSharpAssembly() => typeof(torch).Assembly;

    private static string Explain(Exception exception)
    {
        try
        {
            return LoaderWords.Explain(exception, TorchSharpAssembly());
        }
        // The managed assembly itself may be what cannot be loaded, for whatever reason.
        catch (Exception again) when (again is not OutOfMemoryException)
        {
            return LoaderWords.FirstLine(exception);
        }
    }
}
