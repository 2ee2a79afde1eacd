using Microsoft.ML;

namespace MLNet.RandomPruning.Evaluation.Robustness;

/// <summary>The one network of a model, and the steps that make its input.</summary>
internal sealed record NetworkInPipeline(RandomPrunedResNetTransformer Network, IReadOnlyList<ITransformer> Before)
{
    /// <summary>Finds the network in a model: a transformer, or chains of transformers in one another.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    public static NetworkInPipeline Find(ITransformer model)
    {
        ITransformer[] steps = [.. Steps(model)];
        RandomPrunedResNetTransformer[] networks = [.. steps.OfType<RandomPrunedResNetTransformer>()];
        return networks.Length == 1
            ? new NetworkInPipeline(networks[0], [.. steps.TakeWhile(step => step != networks[0])])
            : throw new ArgumentException(
                $"The model has {(networks.Length == 0 ? "no RandomPrunedResNetTransformer" : $"{networks.Length} of RandomPrunedResNetTransformer")} among its steps ({string.Join(", ", steps.Select(step => step.GetType().Name))}), but attacks need the gradients of exactly one.",
                nameof(model));
    }

    /// <summary>The data as the network gets it.</summary>
    public IDataView Prepare(IDataView data) => Before.Aggregate(data, (prepared, step) => step.Transform(prepared));

    private static IEnumerable<ITransformer> Steps(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [model];
}
