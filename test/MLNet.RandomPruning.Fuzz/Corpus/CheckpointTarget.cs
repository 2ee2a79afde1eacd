using System.Text.RegularExpressions;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Fuzz.Mutation;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>Checkpoints of a training that was stopped within an epoch; a training that is stopped at once reads them.</summary>
internal sealed partial class CheckpointTarget : FuzzTarget, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("random-pruning-fuzz-").FullName;
    private readonly ThreadLocal<SparseTrainingEngine> _engines;
    private readonly NetworkState _initial;
    private readonly ImageSet _images;
    private readonly MaskSchedule _schedule;

    public CheckpointTarget(NetworkState initial, MaskSchedule schedule)
    {
        _initial = initial;
        _schedule = schedule;
        _images = Images(initial.Network.InputShape, initial.Network.ClassCount);
        _engines = new(() => new SparseTrainingEngine(_initial, PixelNormalization.Estimate(_images), Recipe.BatchSize, numberOfThreads: 1), trackAllValues: true);
    }

    public override string Name => "checkpoint";

    private static TrainingRecipe Recipe => new() { Epochs = 3, BatchSize = 5, Augmentation = Augmentation.None, TrackStepGradientNorms = true, TrackLayerGradientNorms = true };

    /// <summary>
    /// The checkpoint of a training that is stopped after its first epoch or, where masks change, within the second. It holds times, which are
    /// set to what no clock has measured, so that it is the same in every run.
    /// </summary>
    public byte[] Make()
    {
        string path = Path.Combine(_folder, "made.checkpoint");
        using var stop = new CancellationTokenSource();
        Loop(path, stop).Run(_engines.Value!, _initial, stop.Token);
        var document = SafetensorsDocument.Parse(File.ReadAllBytes(path));
        int progress = document.Metadata.FindIndex(pair => pair.Key == "progress");
        document.Metadata[progress] = new("progress", Times().Replace(document.Metadata[progress].Value, "$1:4711"));
        document.Sign();
        return document.Write();
    }

    public override object Load(Stream stream)
    {
        string path = Path.Combine(_folder, $"{Environment.CurrentManagedThreadId}.checkpoint");
        using (var file = new FileStream(path, FileMode.Create))
        {
            stream.CopyTo(file);
        }

        return Loop(path, stop: null).Run(_engines.Value!, _initial, new CancellationToken(canceled: true));
    }

    public override string? Difference(object left, object right)
    {
        TrainingResult one = (TrainingResult)left, other = (TrainingResult)right;
        return ModelComparison.StateDifference(one.State, other.State) ?? ModelComparison.HistoryDifference(one.History, other.History);
    }

    public override string? Fault(object loaded, bool use) => ModelTarget.StateFault(((TrainingResult)loaded).State);

    public void Dispose()
    {
        foreach (var engine in _engines.Values)
        {
            engine.Dispose();
        }

        _engines.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private TrainingLoop Loop(string path, CancellationTokenSource? stop) => new()
    {
        Recipe = Recipe,
        TrainingSet = _images,
        ValidationSet = _images,
        CheckpointPath = path,
        Resume = stop is null,
        MaskSchedule = _schedule,
        EpochCompleted = _ =>
        {
            if (_schedule.IsStatic)
            {
                stop?.Cancel();
            }
        },
        MaskUpdated = update =>
        {
            if (update.Step >= 4)
            {
                stop?.Cancel();
            }
        },
    };

    private static ImageSet Images(ImageShape shape, int classes)
    {
        var builder = new ImageSetBuilder(shape, [.. Enumerable.Range(0, classes).Select(index => $"class {index}")]);
        var random = new KeyedRandom(1, RandomPurpose.GeneratedImages);
        byte[] pixels = new byte[shape.Size];
        for (int image = 0; image < 12; image++)
        {
            foreach (ref byte pixel in pixels.AsSpan())
            {
                pixel = (byte)random.NextUInt32();
            }

            builder.Add(pixels, image % classes);
        }

        return builder.Build();
    }

    [GeneratedRegex("""("elapsedTicks"|"remainingTicks"|"imagesPerSecond"):[0-9.E+-]+""")]
    private static partial Regex Times();
}
