using System.Runtime.InteropServices;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Soak;

/// <summary>
/// Calls one model on many threads at once in every way that there is, and holds each answer, bit for bit, to the one that a single thread
/// was given for the same image alone.
/// </summary>
internal sealed class PredictionSoak : IDisposable
{
    /// <summary>How many times memory is looked at after settling.</summary>
    public const int Intervals = 50;

    private const int Images = 64;

    // Single images, some of them, blocks of 16, and a rest.
    private static readonly int[] Counts = [1, 1, 1, 2, 16, 37];

    private readonly TrainedModel _model;
    private readonly PrunedModel _planar, _interleaved, _shared;
    private readonly byte[] _planarBytes, _interleavedBytes;
    private readonly float[] _planarFloats, _interleavedFloats;
    private readonly float[] _scores, _logits;
    private readonly double[] _energies;
    private readonly int[] _classes;
    private long _calls, _predictions, _wrong;
    private string? _firstWrong;
    private volatile bool _isOver;

    /// <param name="model">The model.</param>
    /// <param name="seed">Makes the images: random bytes.</param>
    public PredictionSoak(TrainedModel model, int seed)
    {
        _model = model;
        _planar = new PrunedModel(model);
        _interleaved = new PrunedModel(model, new PrunedModelOptions { PixelLayout = PixelLayout.Interleaved });
        _shared = new PrunedModel(model, new PrunedModelOptions { NumberOfThreads = 2 });
        var shape = model.Network.InputShape;
        _planarBytes = new byte[Images * shape.Size];
        new Random(seed).NextBytes(_planarBytes);
        _interleavedBytes = new byte[_planarBytes.Length];
        for (int i = 0; i < _planarBytes.Length; i++)
        {
            var (image, place) = Math.DivRem(i, shape.Size);
            var (channel, pixel) = Math.DivRem(place, shape.PlaneSize);
            _interleavedBytes[image * shape.Size + pixel * shape.Channels + channel] = _planarBytes[i];
        }

        _planarFloats = Array.ConvertAll(_planarBytes, value => value / 255f);
        _interleavedFloats = Array.ConvertAll(_interleavedBytes, value => value / 255f);
        int classes = model.Network.ClassCount;
        _scores = new float[Images * classes];
        _logits = new float[Images * classes];
        _energies = new double[Images];
        _classes = new int[Images];
        for (int image = 0; image < Images; image++)
        {
            var pixels = _planarBytes.AsSpan(image * shape.Size, shape.Size);
            var scores = _scores.AsSpan(image * classes, classes);
            _planar.PredictLogits(pixels, _logits.AsSpan(image * classes, classes));
            _planar.Predict(pixels, scores, _energies.AsSpan(image, 1), OutOfDistributionScore.Energy);
            _classes[image] = scores.IndexOf(Largest(scores));
        }
    }

    /// <summary>Starts the threads, and looks at memory once they have settled, and from then on at regular intervals.</summary>
    /// <param name="threads">How many threads call the model.</param>
    /// <param name="settle">The time after which memory must not grow any more.</param>
    /// <param name="duration">The whole time.</param>
    public SoakReport Run(int threads, TimeSpan settle, TimeSpan duration)
    {
        _isOver = false;
        using var ready = new Barrier(threads + 1);
        var workers = new Thread[threads];
        for (int worker = 0; worker < threads; worker++)
        {
            int seed = worker;
            workers[worker] = new Thread(() => Work(seed, ready)) { IsBackground = true, Name = $"soak {worker}" };
            workers[worker].Start();
        }

        ready.SignalAndWait();
        Thread.Sleep(settle);
        long collections = GC.CollectionCount(0), calls = Interlocked.Read(ref _calls);
        long workingSet = Environment.WorkingSet, allocated = GC.GetTotalAllocatedBytes(precise: true), last = allocated;
        int quiet = 0;
        for (int interval = 0; interval < Intervals; interval++)
        {
            Thread.Sleep((duration - settle) / Intervals);
            long now = GC.GetTotalAllocatedBytes(precise: true);
            quiet += now == last ? 1 : 0;
            last = now;
        }

        long workingSetAtEnd = Environment.WorkingSet, callsAtEnd = Interlocked.Read(ref _calls), collectionsAtEnd = GC.CollectionCount(0);
        _isOver = true;
        foreach (var worker in workers)
        {
            worker.Join();
        }

        return new SoakReport
        {
            Calls = _calls,
            CallsAfterSettling = callsAtEnd - calls,
            Predictions = _predictions,
            Wrong = _wrong,
            FirstWrong = _firstWrong,
            AllocatedAfterSettling = last - allocated,
            QuietIntervals = quiet,
            CollectionsAfterSettling = collectionsAtEnd - collections,
            WorkingSet = workingSet,
            WorkingSetAtEnd = workingSetAtEnd,
        };
    }

    public void Dispose()
    {
        _planar.Dispose();
        _interleaved.Dispose();
        _shared.Dispose();
    }

    private void Work(int seed, Barrier ready)
    {
        var random = new Random(seed);
        int classes = _model.Network.ClassCount, most = Counts.Max();
        var scores = new float[most * classes];
        var energies = new double[most];
        var indices = new int[most];
        ready.SignalAndWait();
        while (!_isOver)
        {
            int count = Counts[random.Next(Counts.Length)], first = random.Next(Images - count + 1), way = random.Next(8);
            try
            {
                if (!Call(way, first, count, scores, energies, indices))
                {
                    Interlocked.Increment(ref _wrong);
                    _firstWrong ??= $"way {way}, images {first} to {first + count - 1}: another answer than a single thread's";
                }
            }
            catch (Exception error)
            {
                Interlocked.Increment(ref _wrong);
                _firstWrong ??= $"way {way}, images {first} to {first + count - 1}: {error}";
            }

            Interlocked.Increment(ref _calls);
            Interlocked.Add(ref _predictions, count);
        }
    }

    /// <summary>Whether a call gives what it should.</summary>
    private bool Call(int way, int first, int count, float[] scores, double[] energies, int[] indices)
    {
        int size = _model.Network.InputShape.Size, classes = _model.Network.ClassCount;
        var bytes = _planarBytes.AsSpan(first * size, count * size);
        var floats = _planarFloats.AsSpan(first * size, count * size);
        switch (way)
        {
            case 0:
                _planar.Predict(bytes, scores);
                return AreSame(_scores, scores, first, count, classes);
            case 1:
                _planar.Predict(floats, scores);
                return AreSame(_scores, scores, first, count, classes);
            case 2:
                _interleaved.Predict(_interleavedBytes.AsSpan(first * size, count * size), scores);
                return AreSame(_scores, scores, first, count, classes);
            case 3:
                _interleaved.Predict(_interleavedFloats.AsSpan(first * size, count * size), scores);
                return AreSame(_scores, scores, first, count, classes);
            case 4:
                _planar.PredictLogits(bytes, scores);
                return AreSame(_logits, scores, first, count, classes);
            case 5:
                _planar.Predict(bytes, scores, energies, OutOfDistributionScore.Energy);
                return AreSame(_scores, scores, first, count, classes) && AreSame<double>(_energies, energies, first, count, 1);
            case 6:
                _planar.Classify(bytes, indices);
                return AreSame<int>(_classes, indices, first, count, 1);
            default:
                _shared.Predict(bytes, scores);
                return AreSame(_scores, scores, first, count, classes);
        }
    }

    private static bool AreSame(float[] expected, float[] actual, int first, int count, int width) => AreSame<float>(expected, actual, first, count, width);

    private static bool AreSame<T>(T[] expected, T[] actual, int first, int count, int width)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(expected.AsSpan(first * width, count * width)).SequenceEqual(MemoryMarshal.AsBytes(actual.AsSpan(0, count * width)));

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = values[0];
        foreach (float value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }
}

/// <summary>What a soak found.</summary>
internal sealed record SoakReport
{
    public required long Calls { get; init; }

    public required long CallsAfterSettling { get; init; }

    /// <summary>How many images were predicted.</summary>
    public required long Predictions { get; init; }

    /// <summary>How many calls gave a wrong answer or an error.</summary>
    public required long Wrong { get; init; }

    public required string? FirstWrong { get; init; }

    /// <summary>Managed bytes that all threads of the process allocated after settling.</summary>
    public required long AllocatedAfterSettling { get; init; }

    /// <summary>
    /// In how many of the intervals after settling nothing at all was allocated. More callers at the same moment than ever before take more
    /// memory, once; if calls allocated, hardly any interval would be quiet.
    /// </summary>
    public required int QuietIntervals { get; init; }

    public required long CollectionsAfterSettling { get; init; }

    /// <summary>The process's memory in bytes, after settling.</summary>
    public required long WorkingSet { get; init; }

    public required long WorkingSetAtEnd { get; init; }
}
