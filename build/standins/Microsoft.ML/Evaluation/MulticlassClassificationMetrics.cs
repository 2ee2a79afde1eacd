namespace Microsoft.ML.Data;

/// <summary>How well a multiclass classifier did on labelled data.</summary>
public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(MulticlassAccumulator counts, string[] classNames)
    {
        MicroAccuracy = counts.MicroAccuracy;
        MacroAccuracy = counts.MacroAccuracy;
        LogLoss = counts.LogLoss;
        LogLossReduction = counts.LogLossReduction;
        PerClassLogLoss = counts.PerClassLogLoss;
        TopKPredictionCount = counts.TopK;
        if (counts.TopK > 0)
        {
            TopKAccuracyForAllK = counts.TopKAccuracies;
            TopKAccuracy = TopKAccuracyForAllK[^1];
        }
        ConfusionMatrix = new ConfusionMatrix(counts.Confusion, classNames);
    }

    /// <summary>The mean of -ln(p), p the probability given to the true class, at least 1e-15. 0 is perfect.</summary>
    public double LogLoss { get; }

    /// <summary>1 - <see cref="LogLoss"/> / H, H the entropy of the class frequencies in nats. 1 is perfect, 0 as good as always giving the frequencies.</summary>
    public double LogLossReduction { get; }

    /// <summary>The mean over the classes that have examples of the part of a class's examples that is predicted right.</summary>
    public double MacroAccuracy { get; }

    /// <summary>The part of all examples that is predicted right.</summary>
    public double MicroAccuracy { get; }

    /// <summary>The last value of <see cref="TopKAccuracyForAllK"/>.</summary>
    public double TopKAccuracy { get; }

    /// <summary>How many of the best scores count for <see cref="TopKAccuracy"/>; 0 where it was not asked for.</summary>
    public int TopKPredictionCount { get; }

    /// <summary>For k from 1 to <see cref="TopKPredictionCount"/>, the part of the examples whose class has one of the k best scores; null where not asked for.</summary>
    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    /// <summary>The log-loss of the examples of each class; 0 for a class without examples.</summary>
    public IReadOnlyList<double> PerClassLogLoss { get; }

    /// <summary>How often each class was predicted as each class.</summary>
    public ConfusionMatrix ConfusionMatrix { get; }
}
