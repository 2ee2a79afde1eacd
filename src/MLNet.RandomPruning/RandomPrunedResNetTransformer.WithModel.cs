using MLNet.RandomPruning.Models;

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
}
