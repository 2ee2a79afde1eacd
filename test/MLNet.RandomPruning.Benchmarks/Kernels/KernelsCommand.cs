using System.CommandLine;
using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Tool;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary><c>kernels</c>: the speed of the sparse engine's kernels, next to what the machine can do.</summary>
internal sealed class KernelsCommand : Command
{
    private readonly Option<bool> _quick = new("--quick") { Description = "Three shapes, three densities, the widest vectors, and short iterations: about a minute." };
    private readonly Option<IReadOnlyList<KernelShape>?> _shapes;
    private readonly Option<NumberList?> _densities;
    private readonly Option<IReadOnlyList<VectorWidth>?> _widths;
    private readonly Option<string?> _artifacts = ValueOption.File("--artifacts", "The folder for all that BenchmarkDotNet writes. [default: build/obj/bench]", "DIR");
    private readonly Option<string?> _json = ValueOption.File("--json", "Write everything to this file as well.");
    private readonly ToolOutput _output;

    public KernelsCommand(ToolOutput output) : base("kernels", "Measure the kernels in GFLOP/s of real work, next to the machine's multiply-add peak and memory bandwidth.")
    {
        _output = output;
        string densities = Names(KernelBenchmarks.Densities);
        _shapes = List<IReadOnlyList<KernelShape>>(
            "--shapes", "The layers: channels in and out, rows and columns of the input, stride.", "SHAPE,...", Names(KernelBenchmarks.Shapes),
            text => [.. text.Split(',').Distinct().Select(KernelShape.Parse)]);
        _densities = List<NumberList>(
            "--densities", "The shares of kept weights.", "D,D,...", densities, text => NumberList.Parse(text, KernelBenchmarks.Densities.Contains, densities));
        _widths = List<IReadOnlyList<VectorWidth>>(
            "--widths", $"The vectors, of {Names(KernelBenchmarks.Widths)}.", "WIDTH,...", Names(DefaultWidths()),
            text => [.. text.Split(',').Distinct().Select(ParseWidth)]);
        foreach (Option option in new Option[] { _quick, _shapes, _densities, _widths, _artifacts, _json })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string? file = parsed.GetValue(_json);
        if (file is not null)
        {
            AtomicFile.ThrowIfNotWritable(file, "result");
        }

        var clock = Stopwatch.StartNew();
        void Tell(string text) => _output.Error.WriteLine($"[{clock.Elapsed:mm\\:ss}] {text}");
        var settings = Read(parsed);
        var machine = MachineDescription.OfThisOne();
        int[] threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        Tell("the machine's multiply-add peak and memory bandwidth");
        MultiplyAddPeak[] peaks = [.. settings.Widths.SelectMany(width => threads.Select(count => MultiplyAddPeak.Measure(width, count)))];
        MemoryBandwidth[] bandwidths = [.. threads.SelectMany(count => MemoryBandwidth.MeasureAll(machine.Caches, count))];
        var (rows, summary) = new KernelRun(settings, peaks, Tell).Run();
        var result = new KernelsResult(DateTimeOffset.UtcNow, machine, peaks, bandwidths, rows, Math.Round(clock.Elapsed.TotalMinutes, 1));

        MarkdownExporter.Console.ExportToLog(summary, new TextLogger(_output.Out));
        KernelsTable.Show(result, _output);
        if (file is not null)
        {
            ResultFile.Write(file, result);
            _output.Out.WriteLine($"saved {file}");
        }

        return RandPrune.Success;
    }

    // What is asked for by name is measured, quick or not.
    private KernelSettings Read(ParseResult parsed)
    {
        bool quick = parsed.GetValue(_quick);
        return new KernelSettings(
            parsed.GetValue(_shapes) ?? (quick ? [.. KernelShape.All.Take(3)] : KernelShape.All),
            parsed.GetValue(_densities)?.Values ?? (quick ? [1, 0.1, 0.025] : [.. KernelBenchmarks.Densities]),
            parsed.GetValue(_widths) ?? (quick ? [VectorWidths.Resolve(VectorWidth.Auto)] : DefaultWidths()),
            quick, Path.GetFullPath(parsed.GetValue(_artifacts) ?? "build/obj/bench"));
    }

    // An option whose default depends on --quick.
    private static Option<T?> List<T>(string name, string description, string helpName, string defaultText, Func<string, T?> parse)
        where T : class
    {
        var option = ValueOption.Parsed(name, $"{description} [default: {defaultText}]", helpName, defaultText, parse);
        option.DefaultValueFactory = _ => null;
        return option;
    }

    private static VectorWidth ParseWidth(string text) =>
        KernelBenchmarks.Widths.Any(width => $"{width}" == text) && Enum.Parse<VectorWidth>(text) is var parsed
            ? IsSupported(parsed) ? parsed : throw new ArgumentException($"this machine has no vectors of that width; it has {Names(KernelBenchmarks.Widths.Where(IsSupported))}.")
            : throw new ArgumentException($"'{text}' must be one of {Names(KernelBenchmarks.Widths)}, with commas between them.");

    // The narrower ones have no user where these are.
    private static VectorWidth[] DefaultWidths() =>
        IsSupported(VectorWidth.Vector256)
            ? [.. new[] { VectorWidth.Vector256, VectorWidth.Vector512 }.Where(IsSupported)]
            : [VectorWidths.Resolve(VectorWidth.Auto)];

    private static bool IsSupported(VectorWidth width) => width switch
    {
        VectorWidth.Vector512 => Avx512F.IsSupported || Vector512.IsHardwareAccelerated,
        VectorWidth.Vector256 => Vector256.IsHardwareAccelerated,
        VectorWidth.Vector128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };

    private static string Names<T>(IEnumerable<T> values) => string.Join(',', values.Select(value => FormattableString.Invariant($"{value}")));
}
