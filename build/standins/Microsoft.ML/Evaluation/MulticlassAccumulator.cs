namespace Microsoft.ML.Data;

/// <summary>Adds up, example by example, what <see cref="MulticlassClassificationMetrics"/> reports.</summary>
internal sealed class MulticlassAccumulator
{
    /// <summary>The packages keep it as a Single, which is not quite 1e-15.</summary>
    private const double LeastProbability = 1e-15f;

    private readonly int _classes;
    private readonly double[] _examplesOfClass;
    private readonly double[] _logLossOfClass;
    private readonly double[] _correctAtRank;
    private double _examples;
    private double _correct;
    private double _logLoss;

    public MulticlassAccumulator(int classes, int topK)
    {
        _classes = classes;
        TopK = topK;
        _examplesOfClass = new double[classes];
        _logLossOfClass = new double[classes];
        _correctAtRank = new double[classes];
        Confusion = new double[classes][];
        for (int i = 0; i < classes; i++)
        {
            Confusion[i] = new double[classes];
        }
    }

    public int TopK { get; }

    public double[][] Confusion { get; }

    public double MicroAccuracy => _examples > 0 ? _correct / _examples : 0;

    public double MacroAccuracy
    {
        get
        {
            double sum = 0;
            int present = 0;
            for (int i = 0; i < _classes; i++)
            {
                if (_examplesOfClass[i] > 0)
                {
                    sum += Confusion[i][i] / _examplesOfClass[i];
                    present++;
                }
            }
            return present > 0 ? sum / present : 0;
        }
    }

    public double LogLoss => _examples > 0 ? _logLoss / _examples : 0;

    public double LogLossReduction
    {
        get
        {
            double sum = 0;
            foreach (double count in _examplesOfClass)
            {
                if (count > 0)
                {
                    double frequency = count / _examples;
                    sum += frequency * Math.Log(frequency);
                }
            }

            // With one class the entropy is -0, and the reduction by a loss above 0 is +∞.
            double entropy = -sum;
            return (entropy - LogLoss) / entropy;
        }
    }

    public double[] PerClassLogLoss
        => [.. _logLossOfClass.Select((loss, i) => _examplesOfClass[i] > 0 ? loss / _examplesOfClass[i] : 0)];

    public double[] TopKAccuracies
    {
        get
        {
            var accuracies = new double[TopK];
            double sum = 0;
            for (int k = 0; k < TopK; k++)
            {
                sum += k < _classes && _examples > 0 ? _correctAtRank[k] / _examples : 0;
                accuracies[k] = sum;
            }
            return accuracies;
        }
    }

    /// <summary>
    /// Adds an example. A class at or above the number of scores was not seen in training: it counts as wrong, with the largest
    /// log-loss, and has no place in the values of single classes.
    /// </summary>
    public void Add(ReadOnlySpan<float> scores, long label)
    {
        _examples++;
        if (label >= _classes)
        {
            _logLoss -= Math.Log(LeastProbability);
            return;
        }

        int actual = (int)label;
        double loss = -Math.Log(Math.Clamp(scores[actual], LeastProbability, 1));
        _logLoss += loss;
        _logLossOfClass[actual] += loss;
        _examplesOfClass[actual]++;

        // Equal scores rank in the order of their classes.
        int rank = 0;
        int predicted = 0;
        for (int i = 0; i < _classes; i++)
        {
            if (scores[i] > scores[actual] || (scores[i] == scores[actual] && i < actual))
            {
                rank++;
            }
            if (scores[i] > scores[predicted])
            {
                predicted = i;
            }
        }
        _correctAtRank[rank]++;
        Confusion[actual][predicted]++;
        if (predicted == actual)
        {
            _correct++;
        }
    }
}
