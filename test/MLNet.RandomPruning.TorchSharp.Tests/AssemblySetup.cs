using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// libtorch's number of threads is one for the whole process.
[assembly: DoNotParallelize]

namespace MLNet.RandomPruning.Torch.Tests;

/// <summary>What must be so before libtorch is loaded.</summary>
internal static partial class AssemblySetup
{
#pragma warning disable CA2255 // Nothing else runs before a test's condition is looked at, which loads libtorch.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void LetThreadsSleep()
    {
        // OpenMP's threads would spin while they wait, against everything else on the machine. It reads the C environment.
        if (OperatingSystem.IsLinux())
        {
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
