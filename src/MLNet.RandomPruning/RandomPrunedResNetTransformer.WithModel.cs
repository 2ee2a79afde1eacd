using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Scoring;

namespace MLNet.RandomPruning;

public sealed partial class RandomPrunedResNetTransformer
{
    /// <summary>The same step of a pipeline, with the same columns and labels, with another model in it: one pruned or trained further.</summary>
    /// <param name="model">A model of images of the same size and of the same classes, in the same order.</param>
    /// <exception cref="ArgumentException">The images or the classes are others.</exception>
    public RandomPrunedResNetTransformer WithModel(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Network.InputShape != Model.Network.InputShape)
        {
            throw new ArgumentException($"The model is for images of {model.Network.InputShape}, but the one that it replaces is for {Model.Network.InputShape} (channels×rows×columns).", nameof(model));
        }

        if (!model.ClassNames.SequenceEqual(Model.ClassNames))
        {
            throw new ArgumentException("The model tells other classes apart than the one that it replaces, or has them in another order.", nameof(model));
        }

        return new RandomPrunedResNetTransformer(_host, model, _scorer.Labels, _scorer.Columns, FeatureColumnType);
    }

    /// <summary>
    /// The same step of a pipeline that adds the logits as well, what the softmax makes the probabilities of: a vector of Single with a
    /// slot a class. Scores for out-of-distribution inputs such as the energy take them.
    /// </summary>
    /// <param name="columnName">The column that is added; null for none.</param>
    /// <exception cref="ArgumentException">The name is empty, or that of another column that scoring adds.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var scored = model.WithLogits().Transform(test);
    /// ]]></code>
    /// </example>
    public RandomPrunedResNetTransformer WithLogits(string? columnName = "Logits")
    {
        ScoringColumns.CheckLogits(columnName);
        return new RandomPrunedResNetTransformer(_host, Model, _scorer.Labels, _scorer.Columns with { Logits = columnName }, FeatureColumnType);
    }
}
