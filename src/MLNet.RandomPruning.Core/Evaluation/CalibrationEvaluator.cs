using System.Runtime.InteropServices;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// Measures calibration on rows that come one by one. Of each row it keeps its confidence and whether it is correct, five
/// bytes, and with bootstrap intervals all of its probabilities. Not for use by two threads at once.
/// </summary>
public sealed class CalibrationEvaluator
{
    private readonly CalibrationOptions _options;
    private readonly EqualWidthBins _bins;
    private readonly List<float> _confidence = [];
    private readonly List<bool> _correct = [];
    private readonly BinSums[] _classBins;
    private readonly float[] _probabilities;
    private readonly CalibrationResampler? _resampler;
    private double _brier;
    private double _negativeLogLikelihood;

    /// <summary>Starts with no rows.</summary>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">How calibration is measured.</param>
    /// <exception cref="ArgumentException">There are fewer than two classes, or an option is out of range.</exception>
    public CalibrationEvaluator(int classCount, CalibrationOptions? options = null)
    {
        ScoreRows.CheckClassCount(classCount);
        _options = options ?? new CalibrationOptions();
        _options.Check();
        ClassCount = classCount;
        _bins = new EqualWidthBins(_options.Bins);
        _classBins = new BinSums[checked(classCount * _options.Bins)];
        _probabilities = new float[classCount];
        _resampler = _options.Bootstrap is null ? null : new CalibrationResampler(classCount, _bins);
    }

    /// <summary>The number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>The number of rows so far.</summary>
    public int Count => _confidence.Count;

    /// <summary>Takes a row.</summary>
    /// <param name="scores">A score a class: probabilities, or logits with <see cref="CalibrationOptions.Softmax"/>.</param>
    /// <param name="label">The zero-based class.</param>
    /// <exception cref="ScoreRowException">
    /// The scores are not probabilities (finite, not negative, summing to 1 to within 0.001) or not finite logits, or the label is out of
    /// range; the row is not taken.
    /// </exception>
    /// <exception cref="ArgumentException">There is not one score a class.</exception>
    public void Add(ReadOnlySpan<float> scores, int label)
    {
        if (scores.Length != ClassCount)
        {
            throw new ArgumentException($"Row {Count} (counted from 0) has {scores.Length} scores, but there are {ClassCount} classes.", nameof(scores));
        }

        ScoreRows.CheckLabel(label, ClassCount, Count);
        int predicted = LogSoftmax.IndexOfLargest(scores);
        ReadOnlySpan<float> probabilities = scores;
        double loss;
        if (_options.Softmax)
        {
            ScoreRows.CheckLogits(scores, Count);
            loss = ScoreRows.Softmax(scores, _options.Temperature, label, _probabilities);
            probabilities = _probabilities;
        }
        else
        {
            ScoreRows.CheckProbabilities(scores, Count);
            loss = -PortableMath.Log(Math.Max(probabilities[label], ScoreRows.LeastProbability));
        }

        double brier = 0;
        for (int index = 0; index < probabilities.Length; index++)
        {
            float probability = probabilities[index];
            double difference = index == label ? probability - 1.0 : probability;
            brier += difference * difference;
            _classBins[index * _bins.Count + _bins.IndexOf(probability)].Add(probability, index == label, 1);
        }

        _brier += brier;
        _negativeLogLikelihood += loss;
        _confidence.Add(probabilities[predicted]);
        _correct.Add(predicted == label);
        _resampler?.Add(probabilities, label, brier, loss);
    }

    /// <summary>Takes rows.</summary>
    /// <param name="scores">The scores, row-major [rows, classes].</param>
    /// <param name="labels">The zero-based class of each row.</param>
    /// <param name="cancellationToken">Heard between rows.</param>
    /// <exception cref="ScoreRowException">See <see cref="Add"/>; the rows before it are taken.</exception>
    /// <exception cref="ArgumentException">There is not one score for each class of each row.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void AddRows(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, CancellationToken cancellationToken = default)
    {
        if (labels.IsEmpty && scores.IsEmpty)
        {
            return;
        }

        ScoreRows.CheckShape(scores.Length, labels.Length, ClassCount);
        for (int row = 0; row < labels.Length; row++)
        {
            if ((row & 1023) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            Add(scores.Slice(row * ClassCount, ClassCount), labels[row]);
        }
    }

    /// <summary>The metrics of all rows so far; more rows may follow.</summary>
    /// <param name="cancellationToken">Heard between two resamples.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public CalibrationMetrics Compute(CancellationToken cancellationToken = default)
    {
        if (Count == 0)
        {
            throw new ArgumentException("There are no rows to evaluate.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var ranking = new ConfidenceRanking(_bins, CollectionsMarshal.AsSpan(_confidence), CollectionsMarshal.AsSpan(_correct));
        var equalWidth = new BinSums[_bins.Count];
        var equalMass = new BinSums[_bins.Count];
        ranking.Fill([], equalWidth, equalMass);
        return new CalibrationMetrics
        {
            Count = Count,
            ClassCount = ClassCount,
            Accuracy = (double)equalWidth.Sum(bin => bin.Correct) / Count,
            MeanConfidence = equalWidth.Sum(bin => bin.Confidence) / Count,
            ExpectedCalibrationError = BinSums.ExpectedGap(equalWidth, Count),
            EqualMassCalibrationError = BinSums.ExpectedGap(equalMass, Count),
            MaximumCalibrationError = BinSums.LargestGap(equalWidth),
            ClasswiseCalibrationError = BinSums.ExpectedGap(_classBins, Count) / ClassCount,
            BrierScore = _brier / Count,
            NegativeLogLikelihood = _negativeLogLikelihood / Count,
            ReliabilityDiagram = [.. equalWidth.Select((bin, index) => new ReliabilityBin(_bins.Lower(index), _bins.Upper(index), bin.Count, bin.Correct, Mean(bin)))],
            EqualMassDiagram = [.. equalMass.Select(bin => new ReliabilityBin(Value(bin, bin.Lowest), Value(bin, bin.Highest), bin.Count, bin.Correct, Mean(bin)))],
            Intervals = _resampler?.Intervals(ranking, _options.Bootstrap!, cancellationToken) ?? [],
        };

        static double? Mean(BinSums bin) => Value(bin, bin.Confidence / bin.Count);
        static double? Value(BinSums bin, double value) => bin.Count == 0 ? null : value;
    }
}
