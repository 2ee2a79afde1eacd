using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>The negative log-likelihood of labels under softmax(βz), by its slope and curvature in β.</summary>
internal readonly ref struct TemperatureLikelihood
{
    private readonly ReadOnlySpan<float> _logits;
    private readonly ReadOnlySpan<int> _labels;
    private readonly int _classCount;
    private readonly CancellationToken _cancellationToken;

    public TemperatureLikelihood(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int classCount, CancellationToken cancellationToken)
    {
        _logits = logits;
        _labels = labels;
        _classCount = classCount;
        _cancellationToken = cancellationToken;
        IsFlat = true;
        for (int row = 0; row < labels.Length && IsFlat; row++)
        {
            var rowLogits = logits.Slice(row * classCount, classCount);
            IsFlat = rowLogits.IndexOfAnyExcept(rowLogits[0]) < 0;
        }
    }

    /// <summary>Whether β changes nothing, because each row's logits are all equal.</summary>
    public bool IsFlat { get; }

    /// <summary>mean(E_p z − z_label) and mean(Var_p z), with logits taken relative to each row's largest.</summary>
    public (double Slope, double Curvature) At(double beta)
    {
        double slope = 0, curvature = 0;
        for (int row = 0; row < _labels.Length; row++)
        {
            if ((row & 1023) == 0)
            {
                _cancellationToken.ThrowIfCancellationRequested();
            }

            var logits = _logits.Slice(row * _classCount, _classCount);
            double largest = ScoreRows.Largest(logits);
            double sum = 0, first = 0, second = 0;
            foreach (float logit in logits)
            {
                double difference = logit - largest;
                double weight = PortableMath.Exp(beta * difference);
                sum += weight;
                first += weight * difference;
                second += weight * difference * difference;
            }

            double mean = first / sum;
            slope += mean - (logits[_labels[row]] - largest);
            curvature += Math.Max(0, second / sum - mean * mean);
        }

        return (slope / _labels.Length, curvature / _labels.Length);
    }
}
