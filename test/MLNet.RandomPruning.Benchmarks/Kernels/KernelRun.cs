using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.EventProcessors;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Csv;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using MLNet.RandomPruning.SparseEngine;
using Perfolizer.Horology;

namespace MLNet.RandomPruning.Benchmarks.Kernels;

/// <summary>What is measured of the kernels.</summary>
/// <param name="Shapes">The layers.</param>
/// <param name="Densities">The shares of kept weights.</param>
/// <param name="Widths">The vectors, all of which this machine has.</param>
/// <param name="Quick">Whether few and short iterations do.</param>
/// <param name="Artifacts">The folder for all that BenchmarkDotNet writes.</param>
internal sealed record KernelSettings(
    IReadOnlyList<KernelShape> Shapes, IReadOnlyList<double> Densities, IReadOnlyList<VectorWidth> Widths, bool Quick, string Artifacts);

/// <summary>Runs <see cref="KernelBenchmarks"/> in this process: what BenchmarkDotNet otherwise compiles for each of them takes long and needs a feed.</summary>
/// <param name="settings">What to measure.</param>
/// <param name="peaks">What the machine can do.</param>
/// <param name="tell">Takes lines on how far it is.</param>
internal sealed class KernelRun(KernelSettings settings, IReadOnlyList<MultiplyAddPeak> peaks, Action<string> tell)
{
    // The slowest is the widest layer without vectors, at a second or so an iteration.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly KernelSpeed _speed = new(peaks);

    /// <summary>Measures.</summary>
    /// <exception cref="InvalidOperationException">Some benchmark gave no time.</exception>
    public (IReadOnlyList<KernelRow> Rows, Summary Summary) Run()
    {
        var summary = BenchmarkRunner.Run(typeof(KernelBenchmarks), Config());
        string[] wrong = [.. summary.ValidationErrors.Where(error => error.IsCritical).Select(error => error.Message)];
        if (wrong.Length > 0 || summary.Reports.Length == 0 || summary.Reports.Any(report => report.ResultStatistics is null))
        {
            throw new InvalidOperationException(
                $"BenchmarkDotNet did not measure all kernels{string.Concat(wrong.Select(message => $"; {message}"))}; its log is {summary.LogFilePath}.");
        }

        return ([.. summary.Reports.Select(RowOf)], summary);
    }

    private KernelRow RowOf(BenchmarkReport report)
    {
        var (benchmark, times) = (report.BenchmarkCase, report.ResultStatistics!);
        return new KernelRow(
            benchmark.Descriptor.WorkloadMethodDisplayInfo.Trim('\''), KernelSpeed.Shape(benchmark), KernelSpeed.Width(benchmark), KernelSpeed.Density(benchmark),
            new Times(times.Min / 1000, times.Q1 / 1000, times.Median / 1000, times.Q3 / 1000), KernelSpeed.GigaFlops(benchmark, report)!.Value, _speed.OfPeak(benchmark, report)!.Value);
    }

    private ManualConfig Config()
    {
        var job = Job.Default.WithToolchain(new InProcessNoEmitToolchain(Limit, logOutput: false)).WithId(settings.Quick ? "quick" : "full")
            .WithUnrollFactor(1).WithEvaluateOverhead(false).WithGcForce(false)
            .WithWarmupCount(3).WithIterationCount(settings.Quick ? 10 : 15).WithIterationTime(TimeInterval.FromMilliseconds(settings.Quick ? 50 : 100));
        return ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddFilter(new SimpleFilter(IsAskedFor))
            .AddLogger(NullLogger.Instance)
            .AddEventProcessor(new Reporter(_speed, tell))
            .AddColumnProvider(DefaultColumnProviders.Params)
            .AddColumn(
                TargetMethodColumn.Method, StatisticColumn.Min, StatisticColumn.Median, StatisticColumn.StdDev,
                new SpeedColumn(
                    "GFLOP/s", "2 × kept weights × output pixels × 16 images ÷ median time; zeros are not work", 0,
                    (benchmark, report) => Text(KernelSpeed.GigaFlops(benchmark, report), "F1")),
                new SpeedColumn(
                    "of peak", "that ÷ what multiply-adds of this width reach on one core", 1,
                    (benchmark, report) => Text(_speed.OfPeak(benchmark, report), "P0")))
            .AddExporter(MarkdownExporter.GitHub, CsvExporter.Default, JsonExporter.FullCompressed)
            .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared, MethodOrderPolicy.Declared))
            .WithArtifactsPath(settings.Artifacts);
    }

    private bool IsAskedFor(BenchmarkCase benchmark) =>
        settings.Shapes.Contains(KernelShape.Parse(KernelSpeed.Shape(benchmark)))
        && settings.Densities.Contains(KernelSpeed.Density(benchmark))
        && settings.Widths.Contains(KernelSpeed.Width(benchmark));

    private static string? Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Says how each benchmark came out.</summary>
    private sealed class Reporter(KernelSpeed speed, Action<string> tell) : EventProcessor
    {
        private int _done, _all;

        public override void OnStartRunBenchmarksInType(Type type, IReadOnlyList<BenchmarkCase> benchmarks) => _all = benchmarks.Count;

        public override void OnEndRunBenchmark(BenchmarkCase benchmarkCase, BenchmarkReport report)
        {
            _done++;
            tell(string.Create(CultureInfo.InvariantCulture,
                $"{_done}/{_all} {benchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')} {KernelSpeed.Shape(benchmarkCase)}, density {KernelSpeed.Density(benchmarkCase)}, {KernelSpeed.Width(benchmarkCase)}: {Text(KernelSpeed.GigaFlops(benchmarkCase, report), "F1") ?? "no"} GFLOP/s, {Text(speed.OfPeak(benchmarkCase, report), "P0") ?? "nothing"} of the peak"));
        }
    }
}
