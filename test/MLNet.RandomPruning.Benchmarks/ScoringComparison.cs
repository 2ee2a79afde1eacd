using System.Globalization;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary>
/// Compares scoring with ONNX Runtime, which scores with the dense network. Ours begins with bytes, as images lie in memory, and
/// ends with logits. ONNX Runtime's begins with normalised floats in its own tensor: making these is not in its time, so that it
/// is the faster for it. What a call takes from JavaScript is measured in the same rounds and taken off.
/// </summary>
internal sealed class ScoringComparison(CompareSettings settings, Action<string> progress, CancellationToken cancellationToken) : IDisposable
{
    private const string BatchKey = "batch", ImageKey = "image", CallKey = "call";
    private const int WarmUpBatches = 20, WarmUpImages = 300;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("randprune-bench-");
    private readonly List<double> _calls = [];

    /// <summary>The version of ONNX Runtime; null while it has not been met.</summary>
    public string? OnnxVersion { get; private set; }

    /// <summary>What a call takes that does nothing.</summary>
    public TimingSummary? CallOverhead => TimingSummary.Of(_calls);

    /// <summary>Compares everything.</summary>
    public IEnumerable<SpeedRow> Run()
    {
        var images = BenchmarkSubject.Images(CompareSettings.Batch, cancellationToken);
        if (settings.WithOnnx)
        {
            Export();
        }

        using var onnx = settings.WithOnnx ? new OnnxPeer(settings.Places, cancellationToken) : null;
        OnnxVersion = onnx?.Version;
        onnx?.Prepare(CallKey, FileOf("call"), threads: 1, [1], [1]);
        foreach (var network in settings.Networks)
        {
            foreach (int threads in settings.Threads)
            {
                foreach (var row in Compare(network, threads, images, onnx))
                {
                    yield return row;
                }
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Export()
    {
        // Which threads and instructions write a file makes no difference to it.
        using var torch = TorchPeer.Start(settings.Places, 1, "", cancellationToken);
        torch.Export(null, FileOf("call"));
        foreach (var network in settings.Networks)
        {
            torch.Export(network.ToString(), FileOf(network.ToString()));
        }
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, $"{name}.onnx");

    private List<SpeedRow> Compare(ResNet network, int threads, ImageSet images, OnnxPeer? onnx)
    {
        string name = network.ToString();
        progress($"{name}, {Progress.Threads(threads)}: scoring ...");
        var shape = GeneratedImages.Shape;
        int classes = GeneratedImages.ClassNames.Count;
        foreach (var (key, batch) in (ReadOnlySpan<(string, int)>)[(BatchKey, CompareSettings.Batch), (ImageKey, 1)])
        {
            onnx?.Prepare(key, FileOf(name), threads, [batch, shape.Channels, shape.Height, shape.Width], [batch, classes]);
        }

        var subjects = settings.Sparsities.Select(sparsity => BenchmarkSubject.Create(network, LayerwiseRatio.ErdosRenyiKernel, sparsity, images)).ToArray();
        var benchmarks = new List<ScoringBenchmark>();
        try
        {
            foreach (var subject in subjects)
            {
                benchmarks.Add(new ScoringBenchmark(subject.State, images));
                benchmarks[^1].Run(CompareSettings.Batch, threads, WarmUpBatches, 0, [], cancellationToken);
                benchmarks[^1].Run(1, threads, WarmUpImages, 0, [], cancellationToken);
            }

            var rows = new List<SpeedRow>();
            rows.AddRange(Alternate(ComparedWork.ScoringBatch, BatchKey, CompareSettings.Batch, settings.Repetitions, Visits.Batches));
            rows.AddRange(Alternate(ComparedWork.ScoringImage, ImageKey, 1, settings.Repetitions * Visits.ImagesPerBatch, Visits.Images));
            return rows;
        }
        finally
        {
            benchmarks.ForEach(benchmark => benchmark.Dispose());
            onnx?.Drop(BatchKey);
            onnx?.Drop(ImageKey);
        }

        IEnumerable<SpeedRow> Alternate(ComparedWork work, string key, int batch, int repetitions, int onVisit)
        {
            var ours = subjects.Select(_ => new List<double>()).ToArray();
            var peer = new List<double>();
            foreach (int count in Visits.Of(repetitions, onVisit))
            {
                if (onnx is not null)
                {
                    Progress.Pause();
                    onnx.Run(CallKey, Visits.Untimed);
                    var calls = onnx.Run(CallKey, Visits.Images);
                    _calls.AddRange(calls);
                    double overhead = TimingSummary.Of(calls)!.Median;
                    onnx.Run(key, Visits.Untimed);
                    peer.AddRange(onnx.Run(key, count).Select(time => time - overhead));
                    Progress.Pause();
                }

                for (int index = 0; index < subjects.Length; index++)
                {
                    benchmarks[index].Run(batch, threads, Visits.Untimed, count, ours[index], cancellationToken);
                }
            }

            return subjects.Select((subject, index) => SpeedRow.Of(
                work, name, threads, subject.Sparsity, ours[index], peer, string.Create(CultureInfo.InvariantCulture, $"dense, {Progress.Threads(threads)}")));
        }
    }
}
