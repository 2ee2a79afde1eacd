using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Tool;

/// <summary>Evaluates a model on labelled images with ML.NET's evaluator.</summary>
internal static class Evaluation
{
    private const string FeaturesColumn = "Features";
    private const string LabelColumn = "Label";
    private const int LargestK = 5;

    /// <summary>Scores all images and compares with their labels.</summary>
    public static MulticlassClassificationMetrics Run(MLContext mlContext, RandomPrunedResNetTransformer model, IDataView images) =>
        mlContext.MulticlassClassification.Evaluate(
            model.Transform(Named(mlContext, images, model)), labelColumnName: model.LabelColumnName, topKPredictionCount: Math.Min(LargestK, model.Model.Network.ClassCount));

    /// <summary>The number of images that were evaluated.</summary>
    public static long CountOf(MulticlassClassificationMetrics metrics) => (long)metrics.ConfusionMatrix.Counts.Sum(row => row.Sum());

    /// <summary>Images under the column names of a model, which may have been trained under others than those of the loaded images.</summary>
    public static IDataView Named(MLContext mlContext, IDataView images, RandomPrunedResNetTransformer model) =>
        Named(mlContext, Named(mlContext, images, FeaturesColumn, model.FeatureColumnName), LabelColumn, model.LabelColumnName);

    private static IDataView Named(MLContext mlContext, IDataView data, string name, string wanted) => name == wanted
        ? data
        : mlContext.Transforms.CopyColumns(wanted, name).Fit(data).Transform(data);
}
