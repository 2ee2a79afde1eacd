using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Loading;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Scoring;

namespace MLNet.RandomPruning;

/// <summary>Brings trained models from outside ML.NET into its pipelines.</summary>
public static class TrainedModelExtensions
{
    /// <summary>
    /// Makes a transformer of a model, for example one read by <see cref="TrainedModel.Load(string)"/>. Its labels are keys whose
    /// values are the model's class names.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="environment">The environment, an <see cref="Microsoft.ML.MLContext"/>.</param>
    /// <param name="featureColumnName">The column with the images; pixels from 0 to 255, or images.</param>
    /// <param name="labelColumnName">The column with the true labels, where data has them.</param>
    /// <exception cref="ArgumentException">A column name is empty.</exception>
    public static RandomPrunedResNetTransformer ToTransformer(
        this TrainedModel model, IHostEnvironment environment, string featureColumnName = ImageSetDataView.FeaturesName, string labelColumnName = ImageSetDataView.LabelName)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentException.ThrowIfNullOrEmpty(featureColumnName);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);

        // A set without images has the label column that data of these classes has.
        var data = new ImageSetDataView(new ImageSetBuilder(model.Network.InputShape, model.ClassNames).Build());
        var labels = ClassLabels.Of(data.Schema[ImageSetDataView.LabelName], model.ClassNames.Count);
        return new RandomPrunedResNetTransformer(
            environment, model, labels, new ScoringColumns(featureColumnName, labelColumnName, new PixelOptions(Minimum: 0, Maximum: 255, Interleaved: false)));
    }

    /// <summary>Checks that a label column has the classes of a model that is trained on, in the model's order.</summary>
    /// <exception cref="ArgumentException">It has not; the message names the first class that differs.</exception>
    internal static void ThrowIfOtherClasses(this TrainedModel model, LabelColumn label)
    {
        var there = model.ClassNames;
        var here = label.Labels.Names;
        if (there.Count != here.Count)
        {
            throw new ArgumentException(
                $"Label column '{label.Column.Name}' is a key with {here.Count} values, but the model to go on with tells {there.Count} classes apart. It can be trained on with its own classes only.");
        }

        for (int index = 0; index < here.Count; index++)
        {
            if (there[index] != here[index])
            {
                throw new ArgumentException(
                    $"Label column '{label.Column.Name}' is a key whose value {index + 1} stands for '{here[index]}', but class {index + 1} of the model to go on with is '{there[index]}'. Map the labels with the MapValueToKey that the model was trained with, or give MapValueToKey the classes as keyData in the model's order.");
            }
        }
    }
}
