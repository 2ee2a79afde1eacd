using System.Runtime.InteropServices;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>
/// Asks the operating system to back large buffers with large pages: a step walks through many planes at once, more than the
/// processor can translate addresses for in pages of 4 KiB. Where that cannot be had, nothing changes.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>The size of a large page on the machines that have them, and how buffers must be aligned to fill them.</summary>
    public const int Size = 2 << 20;

    // MADV_HUGEPAGE of <sys/mman.h>.
    private const int AdviseHugePages = 14;

    /// <summary>Asks for large pages for memory that has not been touched yet.</summary>
    public static void Ask(void* memory, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            // It is advice: a refusal is no error.
            _ = Advise(memory, bytes / Size * Size, AdviseHugePages);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A Linux without a C library of that name.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* memory, nuint bytes, int advice);
}
