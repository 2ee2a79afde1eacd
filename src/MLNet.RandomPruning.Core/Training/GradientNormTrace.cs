using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

/// <summary>The gradient norms of an unfinished epoch: of each step, and summed over the steps for each layer.</summary>
internal sealed class GradientNormTrace(int layers)
{
    private readonly double[] _step = new double[layers];

    /// <summary>One norm a step; empty when not asked for.</summary>
    public List<double> Steps { get; } = [];

    /// <summary>For each layer the sum of its norms over the steps; zeros when not asked for.</summary>
    public double[] LayerSums { get; } = new double[layers];

    /// <summary>Takes in a step that was just done.</summary>
    public void Add(TrainingRecipe recipe, StepResult found, ITrainingEngine engine)
    {
        if (recipe.TrackStepGradientNorms)
        {
            Steps.Add(found.GradientNorm);
        }

        if (recipe.TrackLayerGradientNorms)
        {
            engine.LayerGradientNorms(_step);
            for (int layer = 0; layer < LayerSums.Length; layer++)
            {
                LayerSums[layer] += _step[layer];
            }
        }
    }

    /// <summary>The norms of the steps for the epoch's metrics; null when not asked for.</summary>
    public double[]? OfSteps(TrainingRecipe recipe) => recipe.TrackStepGradientNorms ? [.. Steps] : null;

    /// <summary>Each layer's mean norm for the epoch's metrics; null when not asked for.</summary>
    public OrderedDictionary<string, double>? OfLayers(TrainingRecipe recipe, Network network, int steps) => recipe.TrackLayerGradientNorms
        ? new(network.WeightLayers.Zip(LayerSums, (layer, sum) => KeyValuePair.Create(layer.Name, sum / steps)), StringComparer.Ordinal)
        : null;

    /// <summary>Forgets all, for the next epoch.</summary>
    public void Clear()
    {
        Steps.Clear();
        Array.Clear(LayerSums);
    }
}
