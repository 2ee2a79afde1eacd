using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>
/// Measures whole training steps: the schedule, choosing and augmenting the images, forward, backward, the update, and loss,
/// accuracy and gradient norm. One engine takes turns with all the states that are compared.
/// </summary>
internal sealed class TrainingBenchmark : IDisposable
{
    private const int AllocationTrials = 3;

    private static readonly TrainingRecipe Recipe = new();

    private readonly SparseTrainingEngine _engine;
    private readonly AugmentedBatch _batch;
    private readonly int[] _order;
    private readonly int _stepsPerEpoch;
    private NetworkState _state;
    private long _step;
    private double _loss, _correct, _gradientNorm;

    /// <param name="initial">The state to begin with.</param>
    /// <param name="images">The images, at least a batch.</param>
    /// <param name="batchSize">The number of images in a step.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="precision">How activations are kept.</param>
    public TrainingBenchmark(NetworkState initial, ImageSet images, int batchSize, int threads, ActivationPrecision precision)
    {
        _state = initial;
        _engine = new SparseTrainingEngine(initial, PixelNormalization.Cifar10, batchSize, threads, VectorWidth.Auto, precision);
        _batch = new AugmentedBatch(images, batchSize);
        _order = [.. Enumerable.Range(0, images.Count)];
        _stepsPerEpoch = images.Count / batchSize;
    }

    /// <summary>Runs some steps and adds the milliseconds that each took.</summary>
    /// <param name="state">The network that is trained; where it is not the one of the last call, it begins anew, outside the time.</param>
    /// <param name="untimed">The steps that come first and are not counted.</param>
    /// <param name="timed">The steps that are counted.</param>
    /// <param name="milliseconds">Where the times go.</param>
    /// <param name="cancellationToken">Checked before each step.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(NetworkState state, int untimed, int timed, List<double> milliseconds, CancellationToken cancellationToken = default)
    {
        if (!ReferenceEquals(state, _state))
        {
            _engine.Load(state);
            _state = state;
        }

        for (int number = -untimed; number < timed; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            Step();
            double taken = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (number >= 0)
            {
                milliseconds.Add(taken);
            }
        }
    }

    /// <summary>
    /// The bytes that a step allocates on the managed heap, in the mean of some; steps of this state must have been run before. Of
    /// several such means the least: what the runtime allocates of itself, now and then, is not the step's.
    /// </summary>
    public double AllocatedBytesPerStep(int steps)
    {
        long least = long.MaxValue;
        for (int trial = 0; trial < AllocationTrials; trial++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int number = 0; number < steps; number++)
            {
                Step();
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return (double)least / steps;
    }

    public void Dispose() => _engine.Dispose();

    private void Step()
    {
        int place = (int)(_step % _stepsPerEpoch);
        int epoch = (int)(_step / _stepsPerEpoch) + 1;
        if (place == 0)
        {
            new KeyedRandom(Recipe.Seed, RandomPurpose.Shuffle, epoch).Shuffle(_order);
            _loss = _correct = _gradientNorm = 0;
        }

        double rate = Recipe.LearningRateAt(_step, _stepsPerEpoch);
        _batch.Fill(_order.AsSpan(place * _batch.Capacity, _batch.Capacity), Recipe.Augmentation, Recipe.Seed, epoch);
        var found = _engine.TrainStep(_batch, new SgdStep((float)rate, (float)Recipe.Momentum, Recipe.Nesterov, (float)Recipe.WeightDecay));
        if (!double.IsFinite(found.Loss))
        {
            throw new ArithmeticException($"The loss of step {_step + 1} is not a finite number, so the time of the step would mean nothing.");
        }

        _loss += found.Loss;
        _correct += found.CorrectCount;
        _gradientNorm += found.GradientNorm;
        _step++;
    }
}
