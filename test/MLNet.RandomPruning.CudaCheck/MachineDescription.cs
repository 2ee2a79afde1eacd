using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Torch;
using MLNet.RandomPruning.Training;
using TorchSharp;

namespace MLNet.RandomPruning.CudaCheck;

/// <summary>What the numbers were measured on.</summary>
/// <param name="Gpus">The GPUs' names and drivers as NVIDIA's tool gives them; empty where it is not there, or on the CPU.</param>
/// <param name="LibTorch">The version of libtorch that the native library was built with.</param>
/// <param name="Threads">How many threads either engine was given.</param>
/// <param name="LibTorchThreads">How many threads libtorch says it uses on the CPU.</param>
internal sealed record MachineDescription(
    string OperatingSystem, string Architecture, string Processor, int ProcessorCount, string Runtime,
    string Device, IReadOnlyList<string> Gpus, string LibTorch, int Threads, int LibTorchThreads)
{
    /// <summary>Describes this machine, and makes sure of the device.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing or has no such device; says what to do.</exception>
    public static MachineDescription OfThisOne(string device, int threads)
    {
        // The engine knows best whether it can run there, and sets libtorch's number of threads.
        var mask = NetworkMask.Dense(ResNet.Parse("ResNet-8-2").Build(GeneratedImages.Shape, classCount: 2));
        using var engine = new TorchSharpEngine(
            WeightInitializer.KaimingNormal.Create(mask, seed: 1), PixelNormalization.Cifar10, 1, threads, new TorchSharpEngineOptions { Device = device });
        return new MachineDescription(
            RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString(), ProcessorName(), Environment.ProcessorCount,
            RuntimeInformation.FrameworkDescription, engine.Device, device == "cpu" ? [] : GpuNames(), torch.__version__, threads, torch.get_num_threads());
    }

    public void Print()
    {
        var table = new TextTable("Machine", ["", ""]);
        table.Add(["system", $"{OperatingSystem}, {Architecture}"]);
        table.Add(["processor", $"{Processor}, {ProcessorCount} logical"]);
        table.Add(["runtime", Runtime]);
        table.Add(["libtorch", LibTorch]);
        table.Add(["device", Device]);
        table.Add(["GPUs", Gpus.Count == 0 ? "not asked for, or not known" : string.Join("; ", Gpus)]);
        table.Add(["threads", $"{Threads} given, {LibTorchThreads} in libtorch"]);
        table.Print();
    }

    private static string ProcessorName()
    {
        const string Source = "/proc/cpuinfo";
        string? line = File.Exists(Source) ? File.ReadLines(Source).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown";
    }

    // TorchSharp has no call for the name.
    private static string[] GpuNames()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            });
            string found = process!.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? found.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        }
        catch (Win32Exception)
        {
            return [];
        }
    }
}
