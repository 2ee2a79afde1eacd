using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>One of a processor's caches.</summary>
/// <param name="Level">1 for the one next to the core.</param>
/// <param name="Kind">Data, Instruction or Unified.</param>
/// <param name="Bytes">Its size, as one core sees it.</param>
internal sealed record CacheDescription(int Level, string Kind, long Bytes);

/// <summary>What was measured on.</summary>
/// <param name="System">The operating system.</param>
/// <param name="Architecture">The processor's architecture.</param>
/// <param name="Processor">The processor's name; "unknown" where the system does not tell.</param>
/// <param name="LogicalProcessors">How many threads run at the same time.</param>
/// <param name="Caches">The caches of the first core; empty where the system does not tell.</param>
/// <param name="VectorBits">The width of the vectors that the engine computes with, in bits; 32 without vectors.</param>
/// <param name="Runtime">The .NET runtime.</param>
internal sealed record MachineDescription(
    string System, string Architecture, string Processor, int LogicalProcessors, IReadOnlyList<CacheDescription> Caches, int VectorBits, string Runtime)
{
    private const string CacheFolder = "/sys/devices/system/cpu/cpu0/cache";
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>The most memory that this process has had at a time, in bytes; 0 where the system does not tell.</summary>
    public static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Describes this machine.</summary>
    public static MachineDescription OfThisOne() => new(
        RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString(), ProcessorName(), Environment.ProcessorCount,
        CachesOfFirstCore(), Width(), RuntimeInformation.FrameworkDescription);

    /// <summary>The machine in a line.</summary>
    public override string ToString()
    {
        string caches = string.Join(", ", Caches.Where(cache => cache.Kind != "Instruction").Select(cache =>
            string.Create(CultureInfo.InvariantCulture, $"L{cache.Level} {cache.Bytes / 1024:N0} KiB")));
        return $"{Processor}, {LogicalProcessors} logical processors{(caches.Length > 0 ? $", {caches}" : "")}, vectors of {VectorBits} bits; {System}; {Runtime}";
    }

    private static string ProcessorName() =>
        (File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")) ?? "unknown";

    // As the engine chooses it: the widest that there is.
    private static int Width() =>
        Avx512F.IsSupported || Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 32;

    private static CacheDescription[] CachesOfFirstCore()
    {
        if (!Directory.Exists(CacheFolder))
        {
            return [];
        }

        try
        {
            return [.. Directory.GetDirectories(CacheFolder, "index*").Order(StringComparer.Ordinal).Select(folder => new CacheDescription(
                int.Parse(Read(folder, "level"), CultureInfo.InvariantCulture), Read(folder, "type"), Size(Read(folder, "size"))))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            // Some virtual machines leave files out or empty.
            return [];
        }

        static string Read(string folder, string file) => File.ReadAllText(Path.Combine(folder, file)).Trim();

        static long Size(string text) =>
            text[^1] switch
            {
                'K' => 1024 * long.Parse(text[..^1], CultureInfo.InvariantCulture),
                'M' => 1024 * 1024 * long.Parse(text[..^1], CultureInfo.InvariantCulture),
                _ => long.Parse(text, CultureInfo.InvariantCulture),
            };
    }
}
